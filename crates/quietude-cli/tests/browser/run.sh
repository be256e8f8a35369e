#!/usr/bin/env bash
# Tests the page that `quietude page` writes, in Debian's Chromium through
# Playwright's core library, and the JSON Schema, with the validator Ajv. It
# installs them where they are missing; where that is not possible it says so and
# ends, as if there were no test.
#
#     crates/quietude-cli/tests/browser/run.sh [PNG]
#
# With PNG it also writes the picture of the package's README to that file.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../../.." && pwd)
cd "$root"

skip() {
    printf 'SKIPPED: the tests of the page in a browser: %s\n' "$1"
    exit 0
}

# install PROGRAM PACKAGE: Debian's package, if the program is missing.
install() {
    command -v "$1" >/dev/null && return
    command -v apt-get >/dev/null || skip "no $1, and no apt-get to install it"
    local sudo=()
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || skip "no $1, and no right to install it"
        sudo=(sudo -n)
    fi
    "${sudo[@]}" apt-get update -q || skip "apt-get update failed"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qy --no-install-recommends "$2" fonts-dejavu-core ||
        skip "apt-get cannot install $2"
}

install chromium chromium
install node nodejs
install npm npm
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 20 ] || skip "node $major is older than 20"

# The libraries, as the lock file has them.
work=$root/target/browser
mkdir -p "$work"
if ! cmp -s "$here/package-lock.json" "$work/package-lock.json" ||
    [ ! -d "$work/node_modules/playwright-core" ]; then
    rm -rf "$work/node_modules" "$work/package-lock.json"
    cp "$here/package.json" "$work/"
    cp "$here/package-lock.json" "$work/lock.json"
    mv "$work/lock.json" "$work/package-lock.json"
    (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund) || {
        rm -f "$work/package-lock.json"
        skip "npm cannot install the libraries"
    }
fi
cp "$here"/*.mjs "$work/"

cargo build -p quietude-cli --locked
export QUIETUDE=$root/target/debug/quietude QUIETUDE_ROOT=$root
QUIETUDE_CHROMIUM=$(command -v chromium)
export QUIETUDE_CHROMIUM QUIETUDE_PICTURE=${1:+$(realpath -m "$1")}
node --test --test-reporter=spec --test-concurrency=1 "$work/page.test.mjs" "$work/schema.test.mjs"
