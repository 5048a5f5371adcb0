#!/bin/sh
# Makes a private CA and what core, hub and nginx show each other, and for a trial a certificate
# that browsers meet. Run it again to renew: the CA stays, the certificates are made anew.
#   make-certificates.sh FOLDER [NAME…]
# FOLDER/ca.key signs everything: keep it elsewhere once the certificates are made. Each NAME is a
# DNS name or IPv4 address by which browsers reach nginx; localhost and 127.0.0.1 are always there.
# Your own certificate for browsers goes to FOLDER/public.crt and FOLDER/public.key; it is left alone.
set -eu
umask 077

CA_DAYS=3650
# As much as browsers accept.
CERTIFICATE_DAYS=397

[ $# -ge 1 ] || {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
folder=$1
shift
mkdir -p "$folder"
cd "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

new_key() {
    openssl ecparam -genkey -name prime256v1 -noout -out "$1"
}

# certify NAME ALTERNATIVES: NAME.crt and NAME.key, for servers and clients alike.
certify() {
    cat >"$work/extensions" <<EOF
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $2
EOF
    new_key "$work/key"
    openssl req -new -key "$work/key" -subj "/O=Rookery/CN=$1" -out "$work/request"
    openssl x509 -req -in "$work/request" -CA ca.crt -CAkey ca.key -CAcreateserial \
        -days "$CERTIFICATE_DAYS" -sha256 -extfile "$work/extensions" -out "$work/crt" 2>/dev/null
    mv "$work/key" "$1.key"
    mv "$work/crt" "$1.crt"
    echo "made $1.crt for $2"
}

if [ ! -s ca.key ]; then
    new_key ca.key
    openssl req -x509 -new -key ca.key -sha256 -days "$CA_DAYS" -subj "/O=Rookery/CN=Rookery private CA" \
        -addext 'basicConstraints = critical, CA:TRUE, pathlen:0' \
        -addext 'keyUsage = critical, keyCertSign, cRLSign' -out ca.crt
    echo "made ca.crt"
fi

for name in core hub nginx; do
    certify "$name" "DNS:$name, DNS:localhost, IP:127.0.0.1"
done

# Somebody else's is not ours to renew.
if [ ! -e public.crt ] || openssl verify -CAfile ca.crt public.crt >/dev/null 2>&1; then
    alternatives="DNS:localhost, IP:127.0.0.1"
    for name in "$@"; do
        case $name in
        *[!0-9.]*) alternatives="$alternatives, DNS:$name" ;;
        *) alternatives="$alternatives, IP:$name" ;;
        esac
    done
    certify public "$alternatives"
fi
