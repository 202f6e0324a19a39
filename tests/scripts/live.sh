#!/bin/sh
# live.sh PROGRAM: short runs under both clocks, with every thread the program has.
# For the sanitizers: what is looked for is their report, not the figures.
program=$1
run() {
    "$program" run "$@" >/dev/null || {
        status=$?
        echo "live: $program run $* ended with $status" >&2
        exit 1
    }
}
run --live --duration 3s --headless=json
run --live --duration 3s --at "1s spike x3 1s" --headless=csv
run --sim --duration 5s --headless
echo "ok    live runs"
