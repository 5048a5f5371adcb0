#!/bin/sh
# The steps of the programs' build stage, in the workspace's folder:
#   build.sh dependencies    builds what the programs depend on
#   build.sh programs        leaves the programs in /out, without symbols
# With BINARIES=prebuilt they are those in target/docker, and nothing is built.
set -eu

# Installs what a slim image of Rust, or one without Rust, lacks.
need() {
    if ! dpkg --status "$@" >/dev/null 2>&1; then
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends "$@"
    fi
}

build() {
    cargo build --release --locked --package core-service --package realtime-hub
}

case "$BINARIES $1" in
'source dependencies')
    need gcc libc6-dev libpq-dev
    build
    exit
    ;;
'prebuilt dependencies')
    need binutils
    exit
    ;;
'source programs')
    # Their empty stand-ins were compiled after these were written.
    find . -name '*.rs' -not -path './target/*' -exec touch {} +
    build
    built=target/release
    ;;
'prebuilt programs')
    built=target/docker
    ;;
*)
    echo "BINARIES is source or prebuilt, not $BINARIES" >&2
    exit 2
    ;;
esac

mkdir /out
for program in core-service realtime-hub; do
    strip -o "/out/$program" "$built/$program"
done
