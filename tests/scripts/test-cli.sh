# The command line as people use it: exit codes, sentences, closed and broken pipes.
# SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0

# expect CODE WORDS COMMAND…: the exit code, and words on standard error ("" for none)
expect() {
    code=$1 words=$2
    shift 2
    "$@" >"$dir/out" 2>"$dir/err" </dev/null
    got=$?
    count=$((count + 1))
    if [ $got != "$code" ] || { [ -n "$words" ] && ! grep -qF -- "$words" "$dir/err"; }; then
        echo "FAILED: $*"
        echo "  wanted exit $code and \"$words\"; got $got and: $(head -c 400 "$dir/err")"
        exit 1
    fi
}
# says WORDS: on standard output of the last command
says() {
    grep -qF -- "$1" "$dir/out" || {
        echo "FAILED: standard output lacks \"$1\":"
        head -c 400 "$dir/out"
        exit 1
    }
}
quietly() { [ ! -s "$dir/err" ] || { echo "FAILED: said $(cat "$dir/err")"; exit 1; }; }

# ---- help and lists
expect 0 '' "$SPILLWAY" --help && says 'Exit codes' && quietly
expect 0 '' "$SPILLWAY" run --help && says '--duration T'
expect 0 '' "$SPILLWAY" help events && says '--first-event-number N0'
expect 0 '' "$SPILLWAY" --version && says spillway
for kind in policies commands knobs presets views keys conditions; do
    expect 0 '' "$SPILLWAY" list $kind && quietly
    expect 0 '' "$SPILLWAY" list $kind --json && says '[{"'
done

# ---- sentences for what is wrong
expect 2 "did you mean run?" "$SPILLWAY" rnu
expect 2 'did you mean --duration?' "$SPILLWAY" run --durtion 3s
expect 2 'must be 1 to' "$SPILLWAY" run --records 0
expect 2 'not a whole number' "$SPILLWAY" run --seed -1
expect 2 'must be 0 to 18446744073709551615' "$SPILLWAY" run --seed 18446744073709551616
expect 2 'needs a value' "$SPILLWAY" run --seed
expect 2 'needs a unit' "$SPILLWAY" run --duration 5
expect 2 'one clock' "$SPILLWAY" run --sim --live
expect 2 'did you mean "batch"' "$SPILLWAY" run --set bacth=3
expect 2 'spike' "$SPILLWAY" run --at '10s spkie x3 5s'
expect 2 'no preset' "$SPILLWAY" run no-such-preset
expect 2 'one preset at a time' "$SPILLWAY" run burst vanilla
expect 2 'both want standard output' "$SPILLWAY" run --sink stdout --headless=csv
expect 2 '953' "$SPILLWAY" events --group 1906
expect 2 'needs a preset' "$SPILLWAY" check
printf '# a comment\n\n  pause\n at 2s spkie x3 5s\n' >"$dir/script"
expect 2 "$dir/script:4" "$SPILLWAY" run --sim --script "$dir/script"
printf '{ "spillway": 1, "name": "x",\n  "scenario": [ "at 1s mark a",\n    "at 2s spkie x3 5s" ] }\n' >"$dir/x.json"
expect 2 "$dir/x.json:3:" "$SPILLWAY" check presets/default.json "$dir/x.json"
says 'presets/default.json: ok'
expect 1 "$dir/none.json" "$SPILLWAY" check "$dir/none.json"

# ---- descriptors: closed, full, left by their reader
expect 1 'standard output' sh -c '"$0" --help >&-' "$SPILLWAY"
expect 1 'standard output is closed' sh -c '"$0" run --sim >&-' "$SPILLWAY"
expect 1 'standard input' sh -c '"$0" run - --sim <&-' "$SPILLWAY"
expect 1 'No space left' sh -c '"$0" events --count 1000 >/dev/full' "$SPILLWAY"
expect 1 'No space left' sh -c '"$0" run --sim --headless=json --duration 1s >/dev/full' "$SPILLWAY"
expect 0 '' sh -c '"$0" run --sim --headless=json --duration 1s 2>&-' "$SPILLWAY" && says '{"v":1'
expect 0 '' sh -c '"$0" events --count 1000000 | head -n 1' "$SPILLWAY" && quietly

# ---- runs
expect 0 '' "$SPILLWAY" run burst --sim --headless=json --duration 3s --seed 7
says '"seed":7'
cp "$dir/out" "$dir/first"
expect 0 '' "$SPILLWAY" run burst --sim --headless=json --duration 3s --seed 7
cmp -s "$dir/out" "$dir/first" || { echo 'FAILED: the same run gave other bytes'; exit 1; }
expect 0 '' "$SPILLWAY" run vanilla --sim --headless=csv --duration 3s
[ "$(wc -l <"$dir/out")" = 4 ] || { echo 'FAILED: not a row for each second'; cat "$dir/out"; exit 1; }
expect 3 'p99<1us' "$SPILLWAY" run vanilla --sim --duration 3s --headless=json --expect 'p99<1us'
says '"ok":false'
expect 0 '' "$SPILLWAY" run burst --sim --duration 3s --report "$dir/a/b" --log "$dir/log"
for f in summary.json summary.txt series.csv events.log; do
    [ -s "$dir/a/b/$f" ] || [ "$f" = events.log ] || { echo "FAILED: no $f"; exit 1; }
done
[ -z "$(find "$dir/a/b" -name '*.part')" ] || { echo 'FAILED: an unfinished file stays'; exit 1; }
expect 0 '' "$SPILLWAY" run vanilla --sim --records 100 --sink stdout
[ "$(wc -l <"$dir/out")" = 100 ] || { echo 'FAILED: not a row for each record'; exit 1; }

# ---- signals: the summary so far, then the code of the signal
for pair in INT:130 TERM:143; do
    # A background job of sh ignores SIGINT; env puts it back.
    env --default-signal=INT "$SPILLWAY" run burst --headless=json --duration 60s >"$dir/out" 2>"$dir/err" &
    pid=$!
    sleep 0.7
    kill -"${pair%:*}" $pid
    wait $pid
    got=$?
    count=$((count + 1))
    [ $got = "${pair#*:}" ] || { echo "FAILED: SIG${pair%:*} gave $got"; cat "$dir/err"; exit 1; }
    says '{"v":1'
done
echo "$count command lines"
