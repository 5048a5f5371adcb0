#!/bin/bash
# Writes nginx's configuration for `cargo up`, and keeps its list of cores right.
#   watch.sh write    writes it with every core, and ends
#   watch.sh          looks every second, and reloads nginx when the list has changed
# Needs ROOKERY_NGINX_CORES and ROOKERY_NGINX_HUB_SERVER; settings.sh has the rest.
set -uo pipefail

readonly LOOK_EVERY_S=1

# nginx lies where only root's path leads.
PATH=$PATH:/usr/sbin:/usr/local/sbin
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=settings.sh
source "$here/settings.sh"
# shellcheck source=places.sh
source "$here/places.sh"
# shellcheck source=configuration.sh
source "$here/configuration.sh"

cores=$(all_cores)
hub=$listed_hub
if [ "${1:-}" = write ]; then
    configure
    exit
fi

known=$(places)
while true; do
    sleep "$LOOK_EVERY_S"
    look
    now=$(places)
    if [ "$now" != "$known" ] && configure; then
        known=$now
        echo "reloading nginx: $known"
        kill -HUP "$(<"$folder/nginx.pid")"
    fi
done
