# The ledger can fail: PLANTED, a build that drops, repeats or swaps one record at a
# given place, must end with exit code 4 wherever the fault is, and only then.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0

# run CODE PLANT ARGUMENTS…
run() {
    code=$1 plant=$2
    shift 2
    SPILLWAY_PLANT=$plant "$PLANTED" run burst --sim --headless=json --rate 1500 --records 3000 "$@" \
        >"$dir/out" 2>"$dir/err" </dev/null
    got=$?
    count=$((count + 1))
    if [ $got != "$code" ]; then
        echo "FAILED: '$plant' with $* gave exit $got, not $code"
        head -c 600 "$dir/err"
        exit 1
    fi
}

run 0 off:none:0
for kind in drop repeat swap; do
    for place in link order; do
        run 4 $kind:$place:500 --set policy=excess
    done
    run 4 $kind:slot:500 --set policy=off
    for place in dispatch batch result; do
        run 4 $kind:$place:500 --set policy=always
    done
    run 4 $kind:fallback:500 --set policy=always --at '0s fault error 100% 60s'
done
echo "$count runs"
