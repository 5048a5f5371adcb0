#!/bin/sh
# Makes a database at the first start, then becomes PostgreSQL. Arguments are the server's.
#   POSTGRES_USER, POSTGRES_DB, POSTGRES_PASSWORD_FILE: as with the official image
set -eu
[ "${1:-}" != postgres ] || shift

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    # Beside the final place, so that a first start that was cut off is not taken for a database.
    new=$PGDATA/new
    rm -rf "$new"
    initdb --pgdata="$new" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
        --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
    echo 'host all all all scram-sha-256' >>"$new/pg_hba.conf"
    # A server for one statement, without a network.
    echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -D "$new" postgres >/dev/null
    mv "$new/PG_VERSION" "$PGDATA/PG_VERSION.new"
    mv "$new"/* "$PGDATA"
    rmdir "$new"
    mv "$PGDATA/PG_VERSION.new" "$PGDATA/PG_VERSION"
fi
exec postgres -c listen_addresses='*' "$@"
