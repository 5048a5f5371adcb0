#!/bin/sh
# Makes a Debian base image without a registry, by debootstrap. Runs as root.
#   make-base.sh IMAGE
set -eu
image=$1
suite=bookworm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

debootstrap --variant=minbase "$suite" "$root" >"$work/log" 2>&1 || {
    tail -n 20 "$work/log" >&2
    exit 1
}
cat >"$root/etc/apt/sources.list" <<EOF
deb http://deb.debian.org/debian $suite main
deb http://deb.debian.org/debian $suite-updates main
deb http://deb.debian.org/debian-security $suite-security main
EOF
# As in slim images: no manuals, no translations.
for name in doc info locale man; do
    echo "path-exclude /usr/share/$name/*"
    rm -rf "$root/usr/share/$name"
    mkdir "$root/usr/share/$name"
done >"$root/etc/dpkg/dpkg.cfg.d/slim"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*

tar --create --directory "$root" . | docker import \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'CMD ["bash"]' - "$image"
