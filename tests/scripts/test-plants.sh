# The ledger can fail: PLANTED, a build that drops, repeats or swaps one record at a
# given place, must end with exit code 4 wherever the fault is, and only then.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0

# run PLANT ARGUMENTS…: must end with exit code $wanted; 4 must name a record's id.
run() {
    plant=$1
    shift
    SPILLWAY_PLANT=$plant timeout 60 "$PLANTED" run burst --sim --headless=json --records 3000 "$@" \
        >"$dir/out" 2>"$dir/err" </dev/null
    got=$?
    count=$((count + 1))
    [ "$got" = "$wanted" ] && { [ "$got" = 0 ] || grep -q ' 0:[0-9]' "$dir/err"; } && return
    echo "FAILED: '$plant' with $* gave exit $got, not $wanted with the record's id"
    head -c 600 "$dir/err"
    exit 1
}

# shellcheck disable=SC3045
ulimit -c 0
# Bursts by half, through functions that fail half of the time: every place where
# records are handed over is passed.
mixed() {
    run "$1" --set policy=always --set burst_max=50% --set order="$2" --at '0s fault error 50% 10s'
}
for order in global key none; do
    wanted=0
    mixed off:none:0 $order
    wanted=4
    for place in link dispatch fallback slot batch result order; do
        for kind in drop repeat swap; do
            mixed $kind:$place:300 $order
        done
    done
done
echo "$count runs"
