# The control socket of a run, presets saved and loaded over it, and `preset diff`.
# SPILLWAY is the program.
set -u
spillway=$SPILLWAY
case $spillway in /*) ;; *) spillway=$PWD/$spillway ;; esac
presets=$PWD/presets
dir=$(mktemp -d) || exit 1
run=
trap 'kill $run 2>/dev/null; wait $run 2>/dev/null; rm -rf "$dir"' EXIT
count=0
mkdir -m 700 "$dir/run" "$dir/work" && cd "$dir/work" || exit 1
export XDG_RUNTIME_DIR="$dir/run" XDG_CONFIG_HOME="$dir/config"

failed() { echo "FAILED: $*"; head -n 20 "$dir/out" "$dir/err" 2>/dev/null; exit 1; }
# start ARGUMENTS: a run in the background; its socket is there when this returns
start() {
    "$spillway" run "$presets/burst.json" --headless=json --duration 60s "$@" \
        >"$dir/summary" 2>"$dir/progress" &
    run=$!
    socket=$XDG_RUNTIME_DIR/spillway-$run.sock
    for _ in $(seq 100); do [ -S "$socket" ] && return; sleep 0.05; done
    failed "no socket at $socket"
}
finish() {
    kill "$run"
    wait "$run"
    [ ! -e "$socket" ] || failed "the socket was left behind"
    run=
}
# ctl CODE WORDS ARGUMENTS: exit code, and words in the answer
ctl() {
    count=$((count + 1))
    want=$1 words=$2
    shift 2
    "$spillway" ctl "$@" >"$dir/out" 2>"$dir/err"
    code=$?
    [ $code = "$want" ] || failed "ctl $* gave $code, not $want"
    cat "$dir/out" "$dir/err" | grep -qF -- "$words" || failed "ctl $*: no \"$words\" in"
}
said() { grep -qF -- "$1" "$dir/out" || failed "no \"$1\" in"; }

# ---- nobody there
ctl 1 'no spillway is running here' 'mark x'
ctl 1 'No such file' --socket "$dir/none.sock" 'mark x'
ctl 2 'a command is needed'

# ---- commands, their events, their errors
start
[ "$(stat -c %a "$socket")" = 600 ] || failed "the mode is $(stat -c %a "$socket")"
ctl 0 '"author":"socket","command":"spike x2 1s","effect":' 'spi x2 1s'
said '{"ok":true,"event":{"number":'
ctl 0 '"command":"batch 64","effect":"batch: 50 -> 64"' 'bat 64' --socket "$socket"
ctl 2 '{"ok":false,"error":"column 7: batch 0: must be 1 to 10000"}' 'batch 0'
ctl 2 '{"ok":false,"error":"column 1: ' 'nonsense'
ctl 2 '"ok":false' 'mark one' 'kill nobody' 'mark two'
[ "$(wc -l <"$dir/out")" = 3 ] || failed 'three commands, but not three answers'
ctl 0 '"effect":"spillway run ' as-command-line
said '--set batch=64'

# ---- the shell line gives the same settings
line=$(sed 's/.*"effect":"//; s/"}}$//' "$dir/out")
case $line in "spillway run $presets/burst.json"*) ;; *) failed "not a shell line: $line" ;; esac

# ---- presets: saved, never overwritten silently, loaded
ctl 0 '"effect":"saved: spillway run mine"' 'save mine'
ctl 2 'mine is there already: another name, or `save mine!`' 'save mine'
ctl 0 'saved' 'set linger 5ms' 'save mine!'
ctl 2 'no name for a preset' 'save ../evil'
"$spillway" preset diff "$presets/burst.json" mine >"$dir/out" 2>"$dir/err"
[ $? = 1 ] || failed 'preset diff: these two differ'
said 'knobs: batch: 50 -> 64'
said 'knobs: linger: 20ms -> 5ms'
said 'name: burst -> mine'
grep -v duration "$dir/out" | awk 'END { exit NR != 3 }' || failed 'more differs than was changed'
"$spillway" check "$XDG_CONFIG_HOME/spillway/presets/mine.json" >/dev/null || failed 'mine is bad'
ctl 0 '"effect":"vanilla from zero: differs from burst in ' "load $presets/vanilla.json"
ctl 0 '"effect":"spillway run ' as-command-line
said "$presets/vanilla.json"
ctl 0 '"command":"load mine"' 'load mine'
ctl 2 'no preset has this name' 'load minx'
ctl 0 '"effect":"spillway run mine"' as-command-line
"$spillway" preset diff mine mine >"$dir/out" 2>"$dir/err" || failed 'a preset differs from itself'
"$spillway" preset diff mine nobody >"$dir/out" 2>"$dir/err"
[ $? = 2 ] || failed 'preset diff with a name that does not exist'

# ---- a watcher sees the names of the series
timeout 2 "$spillway" ctl --watch >"$dir/out" 2>"$dir/err"
[ "$(grep -c '^{"time_s":[0-9.]*,.*"in_rate":.*}$' "$dir/out")" -ge 5 ] || failed 'too few readings'

# ---- two of them: say which
other_run=$run
start
ctl 2 '2 are running: choose one with --socket' 'mark x'
ctl 0 '"ok":true' --socket "$socket" 'mark x'
finish
run=$other_run socket=$XDG_RUNTIME_DIR/spillway-$run.sock

# ---- killed: the socket stays, and the next run takes it away
kill -9 "$run"
wait "$run" 2>/dev/null
dead=$socket
[ -S "$dead" ] || failed 'a killed run cannot clean up'
ctl 1 'no spillway is running here' 'mark x'
start --readonly
[ ! -e "$dead" ] || failed 'the socket of a dead one is still there'
ctl 2 '"error":"refused: this session is read-only"' 'batch 3'
ctl 2 'read-only' 'save readonly'
finish

# ---- a scenario of a preset touches no file
sed 's/"at 30s spike x2 5s"/"at 1s save stolen", "at 2s load vanilla"/; s/"at 30s expect/"at 3s expect/' \
    "$presets/burst.json" >"$dir/thief.json"
"$spillway" run "$dir/thief.json" --sim --headless=json --duration 4s --log "$dir/out" \
    >/dev/null 2>"$dir/err" || true
[ "$(grep -c 'may not touch files' "$dir/out")" = 2 ] || failed 'a scenario wrote or loaded'
[ ! -e "$XDG_CONFIG_HOME/spillway/presets/stolen.json" ] || failed 'stolen'

# ---- a full disk: the old file stays, and nothing else
before=$(cat "$XDG_CONFIG_HOME/spillway/presets/mine.json")
(ulimit -f 0; "$spillway" run "$presets/vanilla.json" --sim --headless=json --duration 3s --at '1s save mine!' \
    >/dev/null 2>"$dir/err")
[ "$(cat "$XDG_CONFIG_HOME/spillway/presets/mine.json")" = "$before" ] || failed 'the old preset is gone'
[ "$(ls "$XDG_CONFIG_HOME/spillway/presets")" = mine.json ] || failed 'something was left behind'

# ---- without a runtime folder: one in /tmp, closed to others
export XDG_RUNTIME_DIR=relative
"$spillway" run "$presets/vanilla.json" --headless=json --duration 60s >/dev/null 2>"$dir/err" &
run=$!
socket=/tmp/spillway-$(id -u)/spillway-$run.sock
for _ in $(seq 100); do [ -S "$socket" ] && break; sleep 0.05; done
[ "$(stat -c %a "/tmp/spillway-$(id -u)")" = 700 ] || failed 'the folder in /tmp is open to others'
ctl 0 '"ok":true' --socket "$socket" 'mark x'
finish
echo "$count answers of the control socket"
