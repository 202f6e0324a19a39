#!/bin/sh
# live.sh PROGRAM: short runs under both clocks, with every thread the program has.
# For the sanitizers: what is looked for is their report, not the figures.
program=$1
log=$(mktemp) || exit 1
trap 'rm -f "$log" "$log.spw"' EXIT
run() {
    "$program" run "$@" >/dev/null 2>"$log" || {
        status=$?
        cat "$log" >&2
        echo "live: $program run $* ended with $status" >&2
        exit 1
    }
}
run --live --duration 3s --headless=json
run --live --duration 3s --at "1s spike x3 1s" --headless=csv
run --sim --duration 5s --headless
rm -f "$log.spw"
run --live --duration 3s --headless=json --record "$log.spw" # a thread of its own writes
"$program" replay "$log.spw" >/dev/null 2>"$log" || { cat "$log" >&2; exit 1; }
echo "ok    live runs"
