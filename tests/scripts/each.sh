#!/bin/sh
# each.sh JOBS SCRIPT…: runs the scripts, JOBS at a time. One line for each that
# holds; the whole output of each that does not, or that takes longer than a quarter of
# an hour.
jobs=$1
shift
[ $# -gt 0 ] || exit 0
logs=$(mktemp -d) || exit 1
trap 'rm -rf "$logs"' EXIT
export logs
printf '%s\n' "$@" | xargs -P "$jobs" -n 1 sh -c '
    name=$(basename "$0" .sh)
    if timeout -k 10 900 sh "$0" >"$logs/$name" 2>&1; then
        echo "ok    $name"
    else
        echo "FAIL  $name"
        sed "s/^/      /" "$logs/$name"
        touch "$logs/.failed"
    fi'
[ ! -e "$logs/.failed" ]
