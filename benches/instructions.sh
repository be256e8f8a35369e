#!/usr/bin/env bash
# Prints the instructions per query, and of labels_build per window, measured with callgrind:
# the difference of two runs with different numbers of them, less the cost of the loop itself.
#
#   [WINDOWS=10000] [FEW=20000] [MANY=120000] benches/instructions.sh [SCENARIO ...]
#
# WINDOWS is the number of windows; FEW and MANY are the numbers of queries of the two runs.
set -euo pipefail
cd "$(dirname "$0")/.."
few=${FEW:-20000} many=${MANY:-120000} windows=${WINDOWS:-10000}
binary=$(cargo bench --bench instructions --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*instructions[^"]*\)".*/\1/p' | tail -n 1)
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" "$1" "$2" "$windows" 2>&1 |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
each() { echo $((($(count "$1" $many) - $(count "$1" $few)) * 10 / (many - few))); }
loop=$(each nothing)
for scenario in "${@:-}"; do
    [ -n "$scenario" ] || set -- floor now mixed random handle_now handle_mixed daily weekly monthly change calendars_now calendars_mixed calendars_random labels_floor labels_silenced labels_audible labels_random_audible labels_entity_silenced labels_entity_audible labels_answer_silenced labels_answer_audible labels_build
done
for scenario in "$@"; do
    tenths=$(($(each "$scenario") - loop))
    echo "$scenario: $((tenths / 10)).$((tenths % 10)) instructions"
done
