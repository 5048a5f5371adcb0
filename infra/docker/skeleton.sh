#!/bin/sh
# Copies a workspace without its sources: manifests, lock file, and an empty source where cargo
# wants one. What is built from it are the dependencies.
#   skeleton.sh FROM TO
set -eu
from=$1
to=$2

mkdir -p "$to/infra/docker"
cd "$from"
cp Cargo.toml Cargo.lock "$to"
cp infra/docker/build.sh "$to/infra/docker"
find . -name Cargo.toml -not -path './target/*' | while read -r manifest; do
    member=$(dirname "$manifest")
    mkdir -p "$to/$member/src"
    cp "$manifest" "$to/$member"
    for source in build.rs src/main.rs src/lib.rs; do
        [ ! -f "$member/$source" ] || echo 'fn main() {}' >"$to/$member/$source"
    done
done
