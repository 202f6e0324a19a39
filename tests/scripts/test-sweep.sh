# Sweeps as people type them: table, best row, formats, the same bytes again, sentences.
# SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; [ -s "$dir/err" ] && tail -3 "$dir/err"; cat "$dir/out"; exit 1; }
sweep() {
    code=$1
    shift
    "$SPILLWAY" sweep "$@" --out "$dir/o" >"$dir/out" 2>"$dir/err"
    got=$?
    [ $got = "$code" ] || fail "sweep $*: exit $got, not $code"
}
says() { grep -qF -- "$1" "$dir/out" "$dir/err" || fail "it does not say \"$1\""; }

sweep 0 steady policy=excess rate=1500 duration=5s concurrency=1,4,64 --repeats 3 --goal 'p99<2s then p99'
says 'Best: concurrency='
says 'spillway run steady --sim'
[ -s "$dir/o/sweep/Sweep.gp" ] && [ -s "$dir/o/sweep/runs.csv" ] || fail "no figure or table"
sweep 0 steady policy=excess rate=1500 duration=5s batch=10..40:x2 --repeats 2 --format csv
[ "$(wc -l <"$dir/out")" = 4 ] || fail "csv has not 3 rows"
cp "$dir/out" "$dir/first"
rm -r "$dir/o"
sweep 0 steady policy=excess rate=1500 duration=5s batch=10..40:x2 --repeats 2 --format csv --threads 1
cmp "$dir/first" "$dir/out" || fail "the same seed gave another table"
sweep 0 steady rate=100 duration=3s busy_on=80%,81% --repeats 2 --format json
says '[{"busy_on":"80%"'

# No combination meets the condition: exit 3.
sweep 3 vanilla duration=5s rate=3000 slots=1,2 --repeats 2 --goal 'p99<1ms then p99'
says 'misses p99<1ms'
says 'No combination meets the conditions'

# A setting that no record comes through is not the fastest.
sweep 0 steady duration=2s rate=100 graph.tokenizer.cost=4ms,30s --repeats 2 --goal p99
says 'Best: graph.tokenizer.cost=4ms'
says 'has no such figure'

sweep 2 steady
says 'at least one FIELD=VALUES'
sweep 2 batch=1,2
says 'comes first'
sweep 2 steady bacth=1,2
says 'did you mean "batch"?'
sweep 2 steady batch=0,5
says '"batch=0,5":7: batch 0: must be 1 to 10000'
sweep 2 steady batch=10..50
says 'a range needs its step'
sweep 2 steady batch=1,2 batch=3
says 'given twice'
sweep 2 steady batch=1,2 --goal 'p99<250ms'
says 'what is made best is missing'
sweep 2 no-such batch=1,2
says 'no preset has this name'
echo "ok    sweeps"
