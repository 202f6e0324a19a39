# Loads from trace files: --trace and a preset's "trace" are one thing; saved, compared and
# refused like any other schedule.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. tests/scripts/figures.sh
fail() {
    echo "FAILED: $1"
    [ ! -s "$dir/err" ] || head -c 600 "$dir/err"
    exit 1
}
refused() {
    sentence=$1
    shift
    "$SPILLWAY" run vanilla --sim --headless "$@" >"$dir/out" 2>"$dir/err" </dev/null
    [ $? = 2 ] || fail "the exit code is not 2: $*"
    grep -qF -- "$sentence" "$dir/err" || fail "no sentence \"$sentence\": $*"
}
printf 'time_s,rate\n0,100\n10,300\n20,300\n' >"$dir/t.csv"
mkdir "$dir/presets"
awk '/"schedule"/ { print "  \"schedule\": [ { \"at\": \"0s\", \"trace\": \"../t.csv\" } ],"; skip = 1 }
    !skip { print } skip && /^  \],/ { skip = 0 }' presets/excess.json >"$dir/presets/p.json"
measure "$dir/a" excess --sim --duration 20s --trace "$dir/t.csv"
measure "$dir/b" "$dir/presets/p.json" --sim --duration 20s
holds "$(of records in "$dir/a") == 5001" 'the integral of the trace, and the record at 20 s'
[ "$(figure digest "$dir/a")" = "$(figure digest "$dir/b")" ] ||
    fail 'the preset and --trace give different rows'
# ---- saved and compared; the saved one finds the trace from wherever it lies
XDG_CONFIG_HOME=$dir/config "$SPILLWAY" run "$dir/presets/p.json" --sim --headless --duration 2s \
    --at '1s save kept' >"$dir/out" 2>"$dir/err" </dev/null || fail 'save'
saved=$dir/config/spillway/presets/kept.json
grep -qF "\"trace\": \"$dir/t.csv\"" "$saved" || fail 'the saved preset has no trace'
"$SPILLWAY" preset diff "$dir/presets/p.json" "$saved" >"$dir/out" 2>"$dir/err"
grep -q schedule "$dir/out" && fail 'the schedule changed when it was saved'
"$SPILLWAY" preset diff presets/day.json "$saved" | grep -q 'schedule: step 1: at 0 trace .*day.csv loop true ->' ||
    fail 'preset diff does not know traces'
# ---- refused
"$SPILLWAY" run vanilla --sim --headless --trace "$dir/none.csv" >"$dir/out" 2>"$dir/err"
[ $? = 1 ] && grep -qF "$dir/none.csv: cannot be opened" "$dir/err" || fail 'a trace that is missing'
printf '0,1\n1,oops\n' >"$dir/bad.csv"
refused "$dir/bad.csv:2:3: a decimal number" --trace "$dir/bad.csv"
refused 'give one' --trace "$dir/t.csv" --rate 5
refused 'a file'"'"'s name is missing' --trace ''
echo 'traces hold'
