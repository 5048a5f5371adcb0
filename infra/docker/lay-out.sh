#!/bin/sh
# Puts what was built outside to where images built with BINARIES=prebuilt and CLIENT=prebuilt take
# it from: target/docker.
#   lay-out.sh [FOLDER OF THE PROGRAMS]
set -eu
repository=$(cd "$(dirname "$0")/../.." && pwd)
programs=${1:-$repository/target/release}

rm -rf "$repository/target/docker"
mkdir -p "$repository/target/docker"
cp "$programs/core-service" "$programs/realtime-hub" "$repository/target/docker/"
cp -R "$repository/client/dist" "$repository/target/docker/client"
