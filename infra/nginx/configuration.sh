# Fills in nginx.conf from the settings and from where everything is. Read by container/run.sh and
# watch.sh.
# shellcheck shell=bash

NGINX_FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly NGINX_FOLDER
# Nobody listens here: what stands in an upstream while nobody is known.
readonly NOBODY='127.0.0.1:1 down'

# Words of the templates and what they stand for.
declare -A words

# fill FILE: the template with its words filled in. A line with ${EACH_…} is there once for every
# core.
fill() {
    local line word core
    while IFS= read -r line; do
        for word in "${!words[@]}"; do
            line=${line//"\${$word}"/"${words[$word]}"}
        done
        if [[ $line != *'${EACH_CORE_'* ]]; then
            printf '%s\n' "$line"
            continue
        fi
        while IFS= read -r core; do
            core=${core:-"$NOBODY/$NOBODY"}
            word=${line//'${EACH_CORE_HTTP}'/"${core%/*}"}
            printf '%s\n' "${word//'${EACH_CORE_GRPC}'/"${core#*/}"}"
        done <<<"$cores"
    done <"$1"
}

write_configuration() {
    words=(
        [USER_LINE]=$user_line
        [FOLDER]=$folder
        [ERROR_LOG]=$error_log
        [ACCESS_LOG]=$access_log
        [MIME_TYPES]=$mime_types
        [CLIENT_FOLDER]=$client_folder
        [NGINX_FOLDER]=$NGINX_FOLDER
        [HUB_SERVER]=${hub:-$NOBODY}
        [HTTP_LISTEN]=$http_listen
        [HTTP_TLS]=
        [CONNECT_SOURCES]="ws://\$host:$hub_port http://\$host:$hub_port"
        [GRPC_LISTEN]=$grpc_listen
        [GRPC_TLS]=
        [GRPC_SCHEME]=grpc
        [MORE_SERVERS]=
    )
    if [ -n "$health_listen" ]; then
        words[HEALTH_LISTEN]=$health_listen
        words[MORE_SERVERS]=$(fill "$NGINX_FOLDER/container/health.conf")
    fi
    if [ -n "$certificate_file" ]; then
        words[CERTIFICATE_FILE]=$certificate_file
        words[KEY_FILE]=$key_file
        words[HTTP_TLS]=$(fill "$NGINX_FOLDER/tls-http.conf")
        words[HTTP_LISTEN]='0.0.0.0:8443 ssl http2'
        # The hub's own port has no TLS, so its sockets come through here.
        words[CONNECT_SOURCES]="wss://\$http_host"
        if [ -n "$https_port" ]; then
            words[HTTPS_PORT]=$https_port
            words[MORE_SERVERS]+=$'\n'$(fill "$NGINX_FOLDER/container/redirect.conf")
        fi
    fi
    if [ -n "$grpc_ca_file" ]; then
        words[GRPC_CA_FILE]=$grpc_ca_file
        words[GRPC_CERTIFICATE_FILE]=$grpc_certificate_file
        words[GRPC_KEY_FILE]=$grpc_key_file
        words[CORE_NAME]=$core_name
        words[GRPC_TLS]=$(fill "$NGINX_FOLDER/tls-grpc.conf")
        words[GRPC_LISTEN]='0.0.0.0:9200 ssl'
        words[GRPC_SCHEME]=grpcs
    fi
    fill "$NGINX_FOLDER/nginx.conf"
}

# Writes the configuration for what is known now; fails, and changes nothing, when nginx rejects it.
configure() {
    local configuration=$folder/nginx.conf
    write_configuration >"$configuration.new"
    nginx -q -t -p "$folder" -e "$error_log" -c "$configuration.new" || return 1
    mv "$configuration.new" "$configuration"
}
