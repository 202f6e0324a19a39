#!/bin/sh
# live.sh PROGRAM: short runs under both clocks, with every thread the program has.
# For the sanitizers: what is looked for is their report, not the figures.
program=$1
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
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
echo "ok    live runs"
