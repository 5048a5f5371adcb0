# Where the cores, the hub and the certificates are now. Read by run.sh.
# shellcheck shell=bash

# A core that does not say so within this is not ready.
readonly READY_WITHIN_S=1

# One address per line.
cores=
hub=

# addresses NAME: its IPv4 addresses, one per line; fails when there are none.
addresses() {
    local found
    found=$(getent ahostsv4 "$1") || return 1
    cut -d ' ' -f 1 <<<"$found" | sort -u
}

# is_ready ADDRESS: whether the core there takes requests.
is_ready() {
    # shellcheck disable=SC2016
    timeout "$READY_WITHIN_S" bash -c '
        exec 3<>"/dev/tcp/$0/9101"
        printf "GET /health/ready HTTP/1.0\r\n\r\n" >&3
        read -r version status rest <&3
        [[ $status == 2?? ]]' "$1" 2>/dev/null
}

# Sets `cores` and `hub`. A core joins when it is ready and leaves when the name no longer leads to
# it; what happens to it in between is nginx's to notice. An unanswered question changes nothing.
look() {
    local found address joined=()
    if found=$(addresses "$core_name"); then
        for address in $found; do
            if grep -qxF "$address" <<<"$cores" || is_ready "$address"; then
                joined+=("$address")
            fi
        done
        [ ${#joined[@]} = 0 ] || cores=$(printf '%s\n' "${joined[@]}")
    fi
    if found=$(addresses "$hub_name"); then
        hub=${found%%$'\n'*}
    fi
}

# What was found, in a line: another line means another configuration.
places() {
    local files=("$certificate_file" "$key_file" "$grpc_ca_file" "$grpc_certificate_file" "$grpc_key_file")
    local named=() file sum
    for file in "${files[@]}"; do
        [ -z "$file" ] || named+=("$file")
    done
    printf 'cores %s, hub %s' "${cores//$'\n'/ }" "${hub:-unknown}"
    if [ ${#named[@]} != 0 ]; then
        sum=$(cat -- "${named[@]}" | cksum)
        printf ', certificates %s' "${sum%% *}"
    fi
}
