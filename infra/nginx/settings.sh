# What can be set about nginx, and the defaults, which are those of the container. Read by
# container/run.sh and watch.sh.
# shellcheck shell=bash disable=SC2034

# Where nginx writes.
folder=${ROOKERY_NGINX_FOLDER:-/tmp/nginx}
error_log=${ROOKERY_NGINX_ERROR_LOG:-/dev/stderr}
access_log=${ROOKERY_NGINX_ACCESS_LOG:-/dev/stdout}
# A line of its configuration: `user NAME;`, needed by root alone.
user_line=${ROOKERY_NGINX_USER_LINE:-}

# What it reads.
mime_types=${ROOKERY_NGINX_MIME_TYPES:-/etc/nginx/mime.types}
client_folder=${ROOKERY_NGINX_CLIENT_FOLDER:-/usr/share/rookery/client}

# Where it listens: for browsers, and for the hub.
http_listen=${ROOKERY_NGINX_HTTP_LISTEN:-0.0.0.0:8080}
grpc_listen=${ROOKERY_NGINX_GRPC_LISTEN:-0.0.0.0:9200}
# Where it says that it lives; empty: nowhere.
health_listen=${ROOKERY_NGINX_HEALTH_LISTEN-127.0.0.1:8079}

# The cores and the hub, where they are known: HTTP/GRPC for each core, separated by blanks.
listed_cores=${ROOKERY_NGINX_CORES:-}
listed_hub=${ROOKERY_NGINX_HUB_SERVER:-}
# The names under which Docker's DNS knows them elsewhere.
core_name=${ROOKERY_NGINX_CORE:-core}
hub_name=${ROOKERY_NGINX_HUB:-hub}
# The hub's port as browsers reach it, for the content security policy.
hub_port=${ROOKERY_NGINX_HUB_PORT:-8081}

# Certificate and key for browsers. With both, nginx serves HTTPS on 8443.
certificate_file=${ROOKERY_NGINX_TLS__CERTIFICATE_FILE:-}
key_file=${ROOKERY_NGINX_TLS__KEY_FILE:-}
# The port of HTTPS as browsers reach it: who comes to 8080 is sent there. Empty: 8080 is closed.
https_port=${ROOKERY_NGINX_HTTPS_PORT-443}

# CA, certificate and key among hub, nginx and cores. With all, gRPC demands certificates.
grpc_ca_file=${ROOKERY_NGINX_GRPC_TLS__CA_FILE:-}
grpc_certificate_file=${ROOKERY_NGINX_GRPC_TLS__CERTIFICATE_FILE:-}
grpc_key_file=${ROOKERY_NGINX_GRPC_TLS__KEY_FILE:-}
