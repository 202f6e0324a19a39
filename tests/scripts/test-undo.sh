# Undo and redo in the simulator, by the lines of the log. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0

# play PRESET "10s COMMAND"…: a run of 60 s; its log stands in $dir/log
play() {
    preset=$1
    shift
    set -- "$@" --end
    while [ "$1" != --end ]; do
        set -- "$@" --at "$1"
        shift
    done
    shift
    "$SPILLWAY" run "$preset" --sim --seed 3 --headless=json --duration 60s --log "$dir/log" \
        "$@" >"$dir/out" 2>"$dir/err"
    code=$?
    [ $code = 0 ] || { echo "FAILED: $preset $* gave $code"; cat "$dir/err"; exit 1; }
}
# line TIME AUTHOR COMMAND WORDS: one line of the log, and words of its effect
line() {
    count=$((count + 1))
    awk -F '\t' -v t="$1" -v a="$2" -v c="$3" -v w="$4" \
        '$1 == t && $2 == a && $3 == c && index($4, w) { found = 1 } END { exit !found }' "$dir/log" ||
        { echo "FAILED: no line $1 $2 \"$3\" with \"$4\" in:"; grep -v 'will run' "$dir/log"; exit 1; }
}

cat >"$dir/base.json" <<'END'
{ "spillway": 1, "name": "undo", "schedule": [ { "at": "0s", "rate": 800 } ],
  "graph": [ { "name": "source", "op": "source" },
             { "name": "tokenizer", "op": "tokenize", "from": ["source"], "slots": 4,
               "cost": "4ms", "burst": true },
             { "name": "sink", "op": "sink", "from": ["tokenizer"] } ],
  "policy": "off", "knobs": { "batch": 30 } }
END
sed 's/"knobs"/"scenario": ["at 5s set batch 80", "at 6s cancel 1", "at 7s rate 900", "at 8s pause"], &/' \
    "$dir/base.json" >"$dir/other.json"

# ---- a knob comes back with its owner; redo does it again; the list has two ends
play "$dir/base.json" '1s set batch 64' '2s set batch 70' '3s undo' '4s undo' '5s undo' \
    '6s redo' '7s redo' '8s redo'
line 3.000 script 'set batch 64' '70 -> 64'
line 4.000 script 'set batch auto' 'undo of `set batch 64`: batch: given back, 64 -> 30'
line 5.000 script undo 'nothing to undo'
line 6.000 script 'set batch 64' 'redo of'
line 7.000 script 'set batch 70' '64 -> 70'
line 8.000 script redo 'nothing to redo'

# ---- a new change ends the way forward
play "$dir/base.json" '1s set batch 64' '2s undo' '3s set linger 5ms' '4s redo' '5s undo' '6s redo'
line 4.000 script redo 'nothing to redo'
line 6.000 script 'set linger 5ms' '20ms -> 5ms'

# ---- several knobs are one change
play "$dir/base.json" '1s set busy_on 90% busy_off 60% policy hysteresis' '2s undo' '3s redo'
line 1.000 script 'set busy_on 90% busy_off 60% policy hysteresis' 'busy_off: 70% -> 60%'
line 2.000 script 'set busy_on auto busy_off auto policy auto' 'hysteresis -> off'
line 3.000 script 'set busy_on 90% busy_off 60% policy hysteresis' 'redo of'

# ---- load: a spike, a rate, a pause; what is over is passed over
play "$dir/base.json" '1s spike x2 30s' '2s undo' '3s redo' '4s rate 500' '5s undo' '6s pause' \
    '7s undo' '8s undo' '9s undo' '20s set batch 64' '21s spike +100 5s' '30s undo'
line 2.000 script 'cancel 1' '800/s'
line 3.000 script 'spike x2 30s' '800/s -> 1.6k/s'
line 5.000 script 'cancel 3' '`rate 500` ended'
line 7.000 script resume 'undo of `pause`'
line 8.000 script 'cancel 2' '`spike x2 30s` ended: 800/s'
line 9.000 script undo 'nothing to undo'
line 30.000 script 'set batch auto' 'undo of `set batch 64`'

# ---- what changes nothing cannot be undone
play "$dir/base.json" '1s set batch 64' '2s resume' '3s set batch 64' '4s undo'
line 4.000 script 'set batch auto' '64 -> 30'

# ---- another author's change stands: who, and when; the one before it can still go
play "$dir/other.json" '1s set linger 5ms' '2s set batch 64' '3s rate 700' '4s spike x2 50s' \
    '10s undo' '11s undo' '12s undo' '13s undo' '14s undo'
line 10.000 script 'cancel 2' '`spike x2 50s` ended'
line 11.000 script undo '`rate 700` is not undone: scenario ended it at 6s'
line 12.000 script undo '`set batch 64` is not undone: scenario changed batch at 5s since'
line 13.000 script 'set linger auto' '5ms -> 20ms'
line 14.000 script undo 'nothing to undo'
play "$dir/other.json" '6s rate 700' '6500ms spike x2 1s' '10s undo' '11s resume' '12s undo'
line 10.000 script undo '`rate 700` is not undone: scenario changed the rate at 7s since'
line 12.000 script pause 'undo of `resume`'

# ---- the controller is an author too
play "$dir/base.json" '1s policy slo' '2s set slots 2' '3s auto slots' '4s undo'
line 4.000 script 'set slots 2' 'undo of `auto slots`: slots: 4 -> 2'

# ---- after `halt` there is nothing to take back
play "$dir/base.json" '1s set batch 64' '2s halt'
sed 's/"knobs"/"scenario": ["at 2s set batch 64"], &/' "$dir/base.json" >"$dir/halt.json"
play "$dir/halt.json" '3s halt'
line 3.000 script halt '1 knob given back'

# ---- the log says the same of the same change, however it is typed
play "$dir/base.json" '1s se batch 0064' '2s  set  linger 0.005s' '3s kill tok/0' '4s spi x2.0 10000ms' \
    '5s pol exc' '6s auto batch' '7s set ord key'
line 1.000 script 'set batch 64' '30 -> 64'
line 2.000 script 'set linger 5ms' '20ms -> 5ms'
line 3.000 script 'kill tokenizer/0' 're-dispatched'
line 4.000 script 'spike x2 10s' '1.6k/s'
line 5.000 script 'policy excess' 'off -> excess'
line 7.000 script 'set order key' 'global -> key'

# ---- bad pairs turn nothing at all
wrong() {
    count=$((count + 1))
    "$SPILLWAY" run "$dir/base.json" --sim --headless=json --duration 2s --at "1s $1" \
        >"$dir/out" 2>"$dir/err"
    [ $? = 2 ] && grep -qF -- "$2" "$dir/err" || { echo "FAILED: $1"; cat "$dir/err"; exit 1; }
}
wrong 'set batch 64 linger' 'something is missing'
wrong 'set batch 64 batch 3' 'batch stands here twice'
wrong 'set batch 64 bacth 3' 'did you mean batch?'
wrong 'set batch auto:0' 'batch 0: must be 1 to 10000'
wrong 'set bat 3' 'could be batch, batch_policy'
wrong 'undo 3' 'nothing may follow'
echo "$count lines"
