#!/usr/bin/env bash
# Prints the instructions per query, measured with callgrind: the difference of two runs
# with different numbers of queries, less the cost of the loop itself.
#
#   benches/instructions.sh [SCENARIO ...]
set -euo pipefail
cd "$(dirname "$0")/.."
few=20000 many=120000
binary=$(cargo bench --bench instructions --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*instructions[^"]*\)".*/\1/p' | tail -n 1)
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" "$1" "$2" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
each() { echo $((($(count "$1" $many) - $(count "$1" $few)) * 10 / (many - few))); }
loop=$(each nothing)
for scenario in "${@:-}"; do
    [ -n "$scenario" ] || set -- floor now mixed random handle_now handle_mixed daily weekly monthly change
done
for scenario in "$@"; do
    tenths=$(($(each "$scenario") - loop))
    echo "$scenario: $((tenths / 10)).$((tenths % 10)) instructions"
done
