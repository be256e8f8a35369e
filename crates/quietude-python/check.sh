#!/usr/bin/env bash
# Builds the wheel in an environment of its own and tests it: formats, lints, types, tests, and
# a Spark cluster on loopback. Needs Rust, Python 3.11 or later, and Java 17.
#
#   crates/quietude-python/check.sh          what the gate runs
#   crates/quietude-python/check.sh long     also 4,000,000 rows on every engine, and the figures
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
target=$(cd ../.. && pwd)/target/python
export CARGO_TARGET_DIR=$target CARGO_INCREMENTAL=0
python=${PYTHON:-python3}
begun=$SECONDS

say() {
    printf '%4d s  %s\n' $((SECONDS - begun)) "$*"
}

mkdir -p "$target"
cargo fmt --check
say 'format'
if [ ! -x "$target/venv/bin/python" ]; then
    "$python" -m venv "$target/venv"
fi
"$target/venv/bin/pip" install --quiet --requirement requirements-check.txt
say 'environment'
export PYO3_PYTHON=$target/venv/bin/python
cargo clippy --release --locked -- -D warnings
say 'clippy'
rm -rf "$target/wheels"
"$target/venv/bin/maturin" build --release --locked --quiet --out "$target/wheels"
"$target/venv/bin/pip" install --quiet --force-reinstall --no-deps "$target"/wheels/*.whl
say "$(basename "$target"/wheels/*.whl)"
"$target/venv/bin/mypy"
"$target/venv/bin/python" -m mypy.stubtest quietude --mypy-config-file pyproject.toml \
    --allowlist stubtest-allowlist.txt
say 'types'
"$target/venv/bin/pytest" -q
say 'tests'
if [ "${1:-}" = long ]; then
    "$target/venv/bin/python" tests/long_rows.py
    say '4,000,000 rows'
    "$target/venv/bin/python" tests/scale.py
    "$target/venv/bin/python" tests/figures.py
    say 'figures'
fi
