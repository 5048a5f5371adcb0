# What can be set about nginx in its container, and its defaults. Read by run.sh.
# shellcheck shell=bash disable=SC2034

# The names under which Docker's DNS knows the cores and the hub.
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
