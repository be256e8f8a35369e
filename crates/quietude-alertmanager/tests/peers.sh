#!/bin/sh
# Unpacks Debian's packages of Alertmanager and Prometheus below a folder, and prints the
# folder of their programs. Nothing is installed, so no service starts; only the templates of
# Alertmanager, which it reads from a fixed place, are copied there if they are missing.
#
# usage: peers.sh FOLDER
set -eu
folder=$1
programs=$folder/usr/bin
if [ ! -x "$programs/prometheus-alertmanager" ] || [ ! -x "$programs/prometheus" ]; then
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
        echo 'there is no apt-get or no dpkg-deb' >&2
        exit 1
    }
    new=$folder.$$
    mkdir -p "$new"
    trap 'rm -rf "$new"' EXIT
    cd "$new"
    download() { apt-get -qq download prometheus prometheus-alertmanager >&2; }
    download || { apt-get -qq update >&2 && download; }
    mkdir unpacked
    for package in *.deb; do dpkg-deb -x "$package" unpacked; done
    rm -rf "$folder"
    mv unpacked "$folder"
fi
templates=/usr/share/prometheus/alertmanager
if [ ! -e "$templates/default.tmpl" ]; then
    mkdir -p "$templates"
    cp "$folder$templates"/*.tmpl "$templates"
fi
echo "$programs"
