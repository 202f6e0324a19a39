# Experiments as people run them: list, tables, figures, the same bytes again, going on
# after an interrupt, sentences. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*"; [ -s "$dir/err" ] && tail -3 "$dir/err"; exit 1; }

cat >"$dir/small.json" <<'JSON'
{ "spillway": 1, "experiment": "small", "why": "A small one.", "repeats": 2,
  "settings": { "preset": "steady", "duration": "5s" },
  "groups": [ { "name": "all", "axes": [
    { "name": "policy", "values": { "off": {}, "excess": { "policy": "excess" } } },
    { "name": "rate", "field": "rate", "values": [500, 1500] } ] } ],
  "figures": [
    { "name": "Lines", "title": "Latency", "x": "rate", "series": "policy", "y": "latency_mean_ms",
      "x_label": "rate (ev/s)", "y_label": "latency (ms)", "log": "y", "difference": "They are made up.",
      "published": [ { "series": "off", "label": "off, published", "source": "nowhere", "points": [[500, 4], [1500, 900]] } ] },
    { "name": "Bars", "kind": "bars", "title": "Cost", "x": "rate", "series": "policy", "y": "cost_usd",
      "x_label": "rate (ev/s)", "y_label": "cost ($)" },
    { "name": "Box", "kind": "box", "title": "Latency", "x": "rate", "series": "policy", "y": "latency_ms",
      "x_label": "rate (ev/s)", "y_label": "latency (ms)" },
    { "name": "Heat", "kind": "heat", "title": "Latency", "x": "rate", "series": "policy", "y": "latency_p99_ms",
      "x_label": "rate (ev/s)", "y_label": "latency (ms)" } ] }
JSON

"$SPILLWAY" experiment list >"$dir/out" 2>"$dir/err" || fail "experiment list"
grep -q '^latency ' "$dir/out" || fail "the list lacks latency"

run() { "$SPILLWAY" experiment run "$dir/small.json" --out "$1" >"$dir/out" 2>"$dir/err"; }
run "$dir/a" || fail "experiment run"
for name in Lines Bars Box Heat; do
    for kind in dat gp; do
        [ -s "$dir/a/small/$name.$kind" ] || fail "no $name.$kind"
    done
    if command -v gnuplot >/dev/null; then
        [ -s "$dir/a/small/$name.png" ] && grep -q '</svg>' "$dir/a/small/$name.svg" ||
            fail "no picture of $name"
        [ -s "$dir/a/small/gnuplot.log" ] && fail "gnuplot says $(head -3 "$dir/a/small/gnuplot.log")"
    fi
done
[ "$(wc -l <"$dir/a/small/runs.csv")" = 9 ] || fail "runs.csv has not 8 rows"
[ "$(wc -l <"$dir/a/small/points.csv")" = 5 ] || fail "points.csv has not 4 rows"
grep -q 'off, published' "$dir/a/report.md" && grep -q 'They are made up' "$dir/a/report.html" ||
    fail "the report lacks what was published"

# The command of a row repeats its figures.
command=$(sed -n '4s/.*,"\(spillway run .*\)"$/\1/p' "$dir/a/small/runs.csv")
[ -n "$command" ] || fail "no command in runs.csv"
eval "\"$SPILLWAY\" ${command#spillway }" >"$dir/summary" 2>"$dir/err"
mean=$(sed -n 's/.*"latency_ms":{"count":[0-9]*,"mean":\([0-9.]*\),.*/\1/p' "$dir/summary")
digest=$(sed -n 's/.*"digest":"\([0-9a-f]*\)".*/\1/p' "$dir/summary")
sed -n 4p "$dir/a/small/runs.csv" | grep -q ",$digest," || fail "$command: its digest is not in its row"
sed -n 4p "$dir/a/small/runs.csv" | grep -q ",$mean," || fail "$command: mean $mean is not in its row"

# The same bytes again, on one thread; and from the journal, at once.
"$SPILLWAY" experiment run "$dir/small.json" --out "$dir/b" --threads 1 >/dev/null 2>&1 || fail "again"
cmp "$dir/a/small/runs.csv" "$dir/b/small/runs.csv" || fail "a second run gave other figures"
run "$dir/a" || fail "third"
grep -q '8 kept from before' "$dir/err" || fail "the journal was not used"

# More repeats go on from those that there are; the same with fewer.
"$SPILLWAY" experiment run "$dir/small.json" --out "$dir/a" --repeats 3 >/dev/null 2>"$dir/err" || fail "more repeats"
grep -q '12 of 12 runs (8 kept' "$dir/err" || fail "more repeats began anew"
run "$dir/a" && cmp "$dir/a/small/runs.csv" "$dir/b/small/runs.csv" || fail "fewer repeats gave other figures"

# Other options begin anew, and nothing is thrown away.
cp "$dir/a/small/journal" "$dir/journal"
"$SPILLWAY" experiment run "$dir/small.json" --out "$dir/a" --seed 2 >/dev/null 2>&1 || fail "another seed"
cmp "$dir/journal" "$dir/a/small/journal.before" || fail "the older journal is gone"

# Ctrl-C: what is done is kept and said; again: it goes on, to the same bytes.
sed 's/"repeats": 2/"repeats": 200/' "$dir/small.json" >"$dir/long.json"
# A shell ignores SIGINT for what it starts with &.
env --default-signal=INT "$SPILLWAY" experiment run "$dir/long.json" --out "$dir/c" >/dev/null 2>"$dir/err" &
pid=$!
for _ in $(seq 200); do
    [ "$(cat "$dir/c/small/journal" 2>/dev/null | wc -l)" -gt 20 ] && break
    sleep 0.05
done
"$SPILLWAY" experiment run "$dir/long.json" --out "$dir/c" >/dev/null 2>"$dir/second"
[ $? = 1 ] && grep -q 'another spillway writes there' "$dir/second" || fail "two write one journal"
kill -INT $pid
wait $pid
[ $? = 130 ] || fail "an interrupt must end it with 130"
grep -q 'goes on from there' "$dir/err" || fail "it does not say that it can go on"
[ -s "$dir/c/small/runs.csv" ] && grep -q 'broken off' "$dir/c/report.md" || fail "no partial results"
done_before=$(($(wc -l <"$dir/c/small/journal") - 1))
"$SPILLWAY" experiment run "$dir/long.json" --out "$dir/c" >/dev/null 2>"$dir/err" || fail "going on"
grep -q "($done_before kept from before)" "$dir/err" || fail "it did not go on from $done_before"

# Sentences.
says() {
    words=$1
    shift
    "$SPILLWAY" experiment "$@" >"$dir/out" 2>"$dir/err"
    code=$?
    [ $code = 2 ] && grep -qF -- "$words" "$dir/err" || fail "experiment $* (exit $code): no \"$words\""
}
says 'say what to do' --sim
says 'did you mean run?' rnu
says 'needs a name' run
says 'did you mean "latency"' run latencyy
says 'one clock' run latency --sim --live
says 'must be 1 to' run latency --repeats 0
says 'did you mean "pipeline"?' run latency --only pipelin=vanilla
says 'did you mean "vanilla"?' run latency --only pipeline=vanila
says 'named twice' run latency latency
sed 's/"policy": "excess"/"policy": "exces"/' "$dir/small.json" >"$dir/bad.json"
says "$dir/bad.json:4:" run "$dir/bad.json"
printf '{ "spillway": 1,\n "experiment": "x", "wy": 1 }' >"$dir/bad.json"
says 'bad.json:2:21: "wy": unknown field; did you mean "why"?' run "$dir/bad.json"
printf '{ "spillway": 1,\n "experiment": "x",, }' >"$dir/bad.json"
says 'bad.json:2:20: ' run "$dir/bad.json"
for verb in list all; do
    case $SPILLWAY in /*) there=$SPILLWAY ;; *) there=$PWD/$SPILLWAY ;; esac
    (cd "$dir" && HOME=$dir SPILLWAY=$there says 'no experiments in ./presets' "$verb") || exit 1
done
echo "ok    experiments"
