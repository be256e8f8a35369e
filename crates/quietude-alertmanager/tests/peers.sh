#!/bin/sh
# Unpacks Debian's packages of Alertmanager and Prometheus below a folder, and prints the
# folder of their programs. Nothing is written elsewhere, and no service starts.
#
# Debian's Alertmanager reads its templates from the fixed folder
# /usr/share/prometheus/alertmanager, and has no option for another one; templates of a
# configuration come in addition. In the unpacked program this path is replaced by a relative
# one of the same length, so it must be started in the folder of this script's argument.
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
fixed=/usr/share/prometheus/alertmanager
relative=usr/share/prometheus//alertmanager
if ! grep -qF "$relative" "$programs/prometheus-alertmanager"; then
    LC_ALL=C sed -i "s|$fixed|$relative|g" "$programs/prometheus-alertmanager"
fi
echo "$programs"
