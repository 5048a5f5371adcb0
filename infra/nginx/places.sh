# Which cores take requests, and where the hub and the certificates are. Read by container/run.sh
# and watch.sh.
# shellcheck shell=bash

# A core that does not say so within this is not ready.
readonly READY_WITHIN_S=1
# A core that was not ready at so many looks in a row is left out, while another one is ready.
readonly OUT_AFTER_LOOKS=2

# Addresses of the cores that take requests, as HTTP/GRPC, one per line.
cores=
# Address and port.
hub=
# How often in a row a core was not ready.
declare -A not_ready=()

# addresses NAME: its IPv4 addresses, one per line; fails when there are none.
addresses() {
    local found
    found=$(getent ahostsv4 "$1") || return 1
    cut -d ' ' -f 1 <<<"$found" | sort -u
}

# Every core that there is, as HTTP/GRPC, one per line; fails when nobody can say.
all_cores() {
    local found address
    if [ -n "$listed_cores" ]; then
        tr ' ' '\n' <<<"$listed_cores"
        return
    fi
    found=$(addresses "$core_name") || return 1
    for address in $found; do
        echo "$address:9101/$address:9201"
    done
}

# is_ready ADDRESS:PORT: whether the core there takes requests. A core that hangs gives no answer.
is_ready() {
    # shellcheck disable=SC2016
    timeout "$READY_WITHIN_S" bash -c '
        exec 3<>"/dev/tcp/${0%:*}/${0##*:}"
        printf "GET /health/ready HTTP/1.0\r\n\r\n" >&3
        read -r version status rest <&3
        [[ $status == 2?? ]]' "$1" 2>/dev/null
}

# ready_of CORES: those that are ready, one per line. All are asked at once.
ready_of() {
    local core
    for core in $1; do
        is_ready "${core%/*}" && echo "$core" &
    done
    wait
}

# choose ALL READY: sets `cores`. A core joins when it is ready. It leaves when it is no longer
# there, or when it was not ready OUT_AFTER_LOOKS times in a row; but unready cores are better than
# none: they can still say what is wrong.
choose() {
    local core chosen=() unready=()
    for core in $1; do
        if grep -qxF "$core" <<<"$2"; then
            not_ready[$core]=0
            chosen+=("$core")
        elif grep -qxF "$core" <<<"$cores"; then
            not_ready[$core]=$((${not_ready[$core]:-0} + 1))
            unready+=("$core")
            [ "${not_ready[$core]}" -ge "$OUT_AFTER_LOOKS" ] || chosen+=("$core")
        fi
    done
    [ ${#chosen[@]} != 0 ] || chosen=("${unready[@]}")
    [ ${#chosen[@]} = 0 ] || cores=$(printf '%s\n' "${chosen[@]}" | sort)
}

# Sets `cores` and `hub`. An unanswered question changes nothing.
look() {
    local found
    if found=$(all_cores); then
        choose "$found" "$(ready_of "$found")"
    fi
    if [ -n "$listed_hub" ]; then
        hub=$listed_hub
    elif found=$(addresses "$hub_name"); then
        hub=${found%%$'\n'*}:8081
    fi
}

# What was found, in a line: another line means another configuration.
places() {
    local files=("$certificate_file" "$key_file" "$grpc_ca_file" "$grpc_certificate_file" "$grpc_key_file")
    local named=() core shown=() file sum
    for core in $cores; do
        shown+=("${core%/*}")
    done
    for file in "${files[@]}"; do
        [ -z "$file" ] || named+=("$file")
    done
    printf 'cores %s, hub %s' "${shown[*]}" "${hub:-unknown}"
    if [ ${#named[@]} != 0 ]; then
        sum=$(cat -- "${named[@]}" | cksum)
        printf ', certificates %s' "${sum%% *}"
    fi
}
