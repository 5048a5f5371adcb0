#!/bin/sh
# Makes the secrets that are missing, and hands out to each service what it may read: a folder per
# service, every file of mode 0600 and owned by that service's user. It runs as root with no other
# right than to give files away, has no network, and can be run again at any time.
#   /secrets                          the originals, for root alone: made once, kept for ever
#   /run/rookery/{core,hub,nginx,postgres}    what is handed out, written anew at every run
#   /tls                              certificates, if there are any (infra/tls)
set -eu
umask 077

# Of programs.Dockerfile, nginx.Dockerfile, and PostgreSQL's image.
core=10001
hub=10002
nginx=10003
postgres=999

random() {
    od -An -vtx1 -N32 /dev/urandom | tr -d ' \n'
}

# once NAME COMMAND…: what the command says becomes an original, unless there is one.
once() {
    name=$1
    shift
    [ ! -e "/secrets/$name" ] || return 0
    "$@" >"/secrets/$name.new"
    mv "/secrets/$name.new" "/secrets/$name"
    echo "made $name"
}

# hand OWNER FILE: what comes in becomes the service's file, whole or not at all.
hand() {
    cat >"$2.new"
    chown "$1:$1" "$2.new"
    mv "$2.new" "$2"
}

signing_key() {
    rm -f /tmp/jwt.pem
    core-service generate-key --out /tmp/jwt.pem >/dev/null
    cat /tmp/jwt.pem
}

once internal random
once admin-api-key random
once dashboard-api-key random
once postgres-password random
once jwt.pem signing_key

cd /run/rookery
for owner in core hub; do
    eval "hand \$$owner $owner/internal </secrets/internal"
done
for key in admin-api-key dashboard-api-key; do
    hand $hub "hub/$key" <"/secrets/$key"
done
hand $core core/jwt.pem </secrets/jwt.pem
hand $postgres postgres/password </secrets/postgres-password
# libpq's form: so the password is in no environment and no process list.
printf 'postgres:5432:*:rookery:%s\n' "$(cat /secrets/postgres-password)" | hand $core core/pgpass

if [ -d /tls ]; then
    for owner in core hub nginx; do
        for file in ca.crt "$owner.crt" "$owner.key"; do
            eval "hand \$$owner $owner/$file </tls/$file"
        done
    done
    for file in public.crt public.key; do
        hand $nginx "nginx/$file" <"/tls/$file"
    done
fi
echo "secrets are in place"
