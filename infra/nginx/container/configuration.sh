# Fills in ../nginx.conf from the settings and from where everything is. Read by run.sh.
# shellcheck shell=bash

readonly TEMPLATES=$HERE/..
# Nobody listens here: what stands in an upstream while nobody is known.
readonly NOBODY='127.0.0.1:1 down'

# Words of the templates and what they stand for.
declare -A words

# each PORT: the cores' addresses with it.
each() {
    local address
    for address in $cores; do
        echo "$address:$1"
    done
    [ -n "$cores" ] || echo "$NOBODY"
}

# fill FILE: the template with its words filled in.
fill() {
    local line word server port
    while IFS= read -r line; do
        for word in "${!words[@]}"; do
            line=${line//"\${$word}"/"${words[$word]}"}
        done
        case $line in
        *'${EACH_CORE_HTTP}'*) port=9101 ;;
        *'${EACH_CORE_GRPC}'*) port=9201 ;;
        *)
            printf '%s\n' "$line"
            continue
            ;;
        esac
        while IFS= read -r server; do
            printf '%s\n' "${line/'${EACH_CORE_'????'}'/"$server"}"
        done < <(each "$port")
    done <"$1"
}

write_configuration() {
    words=(
        [USER_LINE]=
        [FOLDER]=$FOLDER
        [ERROR_LOG]=/dev/stderr
        [ACCESS_LOG]=/dev/stdout
        [MIME_TYPES]=/etc/nginx/mime.types
        [CLIENT_FOLDER]=/usr/share/rookery/client
        [NGINX_FOLDER]=/usr/share/rookery/nginx
        [HUB_SERVER]=${hub:+$hub:8081}
        [HTTP_LISTEN]=0.0.0.0:8080
        [HTTP_TLS]=
        [CONNECT_SOURCES]="ws://\$host:$hub_port http://\$host:$hub_port"
        [GRPC_LISTEN]=0.0.0.0:9200
        [GRPC_TLS]=
        [GRPC_SCHEME]=grpc
        [MORE_SERVERS]=$(<"$HERE/health.conf")
    )
    [ -n "$hub" ] || words[HUB_SERVER]=$NOBODY
    if [ -n "$certificate_file" ]; then
        words[CERTIFICATE_FILE]=$certificate_file
        words[KEY_FILE]=$key_file
        words[HTTP_TLS]=$(fill "$TEMPLATES/tls-http.conf")
        words[HTTP_LISTEN]='0.0.0.0:8443 ssl http2'
        # The hub's own port has no TLS, so its sockets come through here.
        words[CONNECT_SOURCES]="wss://\$http_host"
        if [ -n "$https_port" ]; then
            words[HTTPS_PORT]=$https_port
            words[MORE_SERVERS]+=$'\n'$(fill "$HERE/redirect.conf")
        fi
    fi
    if [ -n "$grpc_ca_file" ]; then
        words[GRPC_CA_FILE]=$grpc_ca_file
        words[GRPC_CERTIFICATE_FILE]=$grpc_certificate_file
        words[GRPC_KEY_FILE]=$grpc_key_file
        words[CORE_NAME]=$core_name
        words[GRPC_TLS]=$(fill "$TEMPLATES/tls-grpc.conf")
        words[GRPC_LISTEN]='0.0.0.0:9200 ssl'
        words[GRPC_SCHEME]=grpcs
    fi
    fill "$TEMPLATES/nginx.conf"
}
