#!/bin/bash
# PID 1 of nginx's container. Fills in nginx.conf and runs nginx; looks every second where the
# cores, the hub and the certificates are, and reloads when that has changed, which costs no request.
#   SIGQUIT        requests may end, then nginx leaves; at the latest after GRACE_S
#   SIGTERM, INT   nginx leaves at once
#   SIGHUP         reload
set -uo pipefail

readonly LOOK_EVERY_S=1
# Shorter than compose.yaml's stop_grace_period. WebSockets would hold nginx back for ever.
readonly GRACE_S=10

here=$(dirname "${BASH_SOURCE[0]}")/..
# shellcheck source=../settings.sh
source "$here/settings.sh"
# shellcheck source=../places.sh
source "$here/places.sh"
# shellcheck source=../configuration.sh
source "$here/configuration.sh"

say() {
    echo "rookery-nginx: $*" >&2
}

reload() {
    if configure; then
        say "reloading: $1"
        kill -HUP "$nginx"
    else
        say "nginx rejects the configuration; going on with the one before"
    fi
}

# leave SIGNAL: passes it on and ends with nginx's own status.
leave() {
    local status=0
    say "leaving ($1)"
    kill "-$1" "$nginx"
    (sleep "$GRACE_S" && kill -TERM "$nginx") 2>/dev/null &
    while kill -0 "$nginx" 2>/dev/null; do
        wait "$nginx"
        status=$?
    done
    exit "$status"
}

mkdir -p "$folder"
look
known=$(places)
configure || exit 1
say "starting: $known"
nginx -p "$folder" -e "$error_log" -c "$folder/nginx.conf" &
nginx=$!
trap 'leave QUIT' QUIT
trap 'leave TERM' TERM INT
trap 'reload "as asked"' HUP

while true; do
    sleep "$LOOK_EVERY_S" &
    # Ends early at a signal, and then `ended` is unset.
    wait -n -p ended "$nginx" $!
    status=$?
    if [ "${ended:-}" = "$nginx" ]; then
        say "nginx has ended ($status)"
        exit "$status"
    fi
    look
    now=$(places)
    if [ "$now" != "$known" ]; then
        known=$now
        reload "$known"
    fi
done
