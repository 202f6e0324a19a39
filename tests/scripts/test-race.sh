# Races without a screen: identical lanes differ by nothing, a lane that loses one record is
# disqualified, figures are those of the runs, results repeat. PLANTED can lose a record.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. tests/scripts/figures.sh
count=0
fail() {
    echo "FAILED: $1"
    [ ! -s "$dir/err" ] || head -c 600 "$dir/err"
    exit 1
}
# race CODE FILE ARGUMENTS…
race() {
    code=$1
    to=$2
    shift 2
    "$SPILLWAY" race "$@" >"$to" 2>"$dir/err" </dev/null
    [ $? = "$code" ] || fail "the exit code is not $code: spillway race $*"
    count=$((count + 1))
}
refused() {
    sentence=$1
    shift
    race 2 "$dir/out" "$@"
    grep -qF -- "$sentence" "$dir/err" || fail "no sentence \"$sentence\": spillway race $*"
}

# ---- identical lanes: every difference is exactly 0
race 0 "$dir/twins" burst burst burst --headless=json --duration 30s
grep -o '"difference":{[^}]*}' "$dir/twins" >"$dir/by"
[ "$(wc -l <"$dir/by")" = 2 ] || fail 'not a difference for each lane but the baseline'
grep -q '[1-9]' "$dir/by" && sed 's/p[59][09]*9*_ms//g' "$dir/by" | grep -q '[1-9]' && fail 'identical lanes differ'
race 0 "$dir/again" burst burst burst --headless=json --duration 30s
cmp "$dir/twins" "$dir/again" >"$dir/err" 2>&1 || fail 'the same race has another result'

# ---- a lane that no record comes through has no latency
race 0 "$dir/none" vanilla vanilla --set B:graph.tokenizer.cost=30s --headless=json --duration 5s --noise 0
[ "$(grep -o '"p99_ms":null' "$dir/none" | wc -l)" = 2 ] || fail 'a latency of no record'

# ---- a load and records of one's own, for all lanes
printf 'time_s,rate\n0,300\n5,300\n' >"$dir/load.csv"
printf 'to be or not to be\n' >"$dir/text"
race 0 "$dir/own" vanilla burst --headless=json --duration 5s --noise 0 --trace "$dir/load.csv"
[ "$(grep -o '"records":{"in":1501,' "$dir/own" | wc -l)" = 2 ] || fail 'not the load of the trace file'
race 0 "$dir/own" vanilla burst --headless=json --noise 0 --source "lines:$dir/text"
[ "$(grep -o '"records":{"in":1,' "$dir/own" | wc -l)" = 2 ] || fail 'not the records of the file'
refused '--rate and --trace' vanilla burst --trace "$dir/load.csv" --rate 5

# ---- the figures are those of the run alone
race 0 "$dir/three" vanilla burst excess --headless=json --duration 40s --noise 2 --baseline B
"$SPILLWAY" run modified --sim --headless=json --duration 40s >"$dir/alone" 2>/dev/null
race 0 "$dir/pair" modified burst --headless=json --duration 40s --noise 0
p99=$(of latency_ms p99 "$dir/alone")
grep -qF "\"p99_ms\":$p99," "$dir/pair" || fail "p99 is not that of the run ($p99)"
[ "$(figure digest "$dir/alone")" = "$(figure digest "$dir/pair")" ] || fail 'the rows are not those of the run'
awk -F'"digest":"' '{ exit substr($2, 1, 16) != substr($3, 1, 16) }' "$dir/twins" || fail 'twins have other rows'

# ---- ranks: the goal decides
grep -q '"lane":"A","preset":"vanilla","rank":3,"disqualified":false,"goal_met":false,"missed":"p99"' "$dir/three" ||
    fail 'vanilla does not come last under p99<250ms'
race 0 "$dir/cheap" vanilla burst --headless=json --duration 40s --noise 0 --goal cost
grep -q '"lane":"A","preset":"vanilla","rank":1' "$dir/cheap" || fail 'the cheapest does not win by cost'
race 0 "$dir/set" burst burst --set B:policy=off --at 'B:5s mark hello' --headless --duration 20s
grep -q 'knobs: policy: excess -> off' "$dir/set" || fail 'the text does not say what differs'

# ---- a lane that loses one record (only burst has calls to lose it from)
SPILLWAY_PLANT=drop:result:2000 "$PLANTED" race vanilla burst --headless=json --duration 30s --noise 0 \
    >"$dir/planted" 2>"$dir/err" </dev/null
[ $? = 4 ] || fail 'a lost record does not end a race with 4'
grep -q '"lane":"B","preset":"burst","rank":2,"disqualified":true' "$dir/planted" || fail 'the lane that lost it is not disqualified'
grep -q '"lane":"A","preset":"vanilla","rank":1,"disqualified":false' "$dir/planted" || fail 'the other lane is disqualified'
grep -q 'lane B is disqualified: .*lost' "$dir/err" || fail 'no sentence about the lost record'

# ---- what is no race
refused 'two to four presets' vanilla --headless
refused 'at most 4 lanes' vanilla vanilla vanilla vanilla vanilla --headless
refused 'did you mean "burst"' vanilla brst --headless
refused '--baseline C: the race has 2 lanes' vanilla burst --baseline C --headless
refused 'lane C: the race has 2 lanes' vanilla burst --set C:batch=5 --headless
refused 'lane B: --set:7: batch' vanilla burst --set B:batch=0 --headless
refused 'no figure of a run' vanilla burst --goal fast --headless
refused '`restart` is not for a lane' vanilla burst --at '5s restart' --headless
refused 'names and files' - burst --headless
refused 'text or json' vanilla burst --headless=csv

# ---- live: labelled, and interrupted in order
race 0 "$dir/live" modified burst --live --headless=json --duration 1s
grep -q '"clock":"live","shared_cores":true.*"noise":null' "$dir/live" || fail 'a live race is not labelled'
"$SPILLWAY" race modified burst --live --headless --duration 60s >"$dir/out" 2>"$dir/err" </dev/null &
pid=$!
sleep 0.5
kill -TERM $pid
wait $pid
[ $? = 143 ] || fail 'SIGTERM does not end it with 143'
grep -q 'race of 2 lanes' "$dir/out" || fail 'no result so far after SIGTERM'
echo "$count races"
