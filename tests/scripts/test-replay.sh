#!/bin/sh
# Replays: the screens that the run had, the same run again, and a person who moves through it.
top=$(pwd)
case $SPILLWAY in /*) ;; *) SPILLWAY=$top/$SPILLWAY ;; esac
dir=$(mktemp -d) || exit 1
tmux="tmux -L replay$$ -f /dev/null"
trap '$tmux kill-server 2>/dev/null; rm -rf "$dir"' EXIT
cd "$dir" || exit 1
XDG_RUNTIME_DIR=$dir XDG_STATE_HOME=$dir XDG_CONFIG_HOME=$dir LC_ALL=C.UTF-8
export XDG_RUNTIME_DIR XDG_STATE_HOME XDG_CONFIG_HOME LC_ALL

fail() {
    echo "replay: $1" >&2
    exit 1
}
code() {
    want=$1
    shift
    "$@" >out 2>err
    got=$?
    [ $got -eq "$want" ] || { cat err >&2; fail "exit $got instead of $want: $*"; }
}
says() { grep -q -- "$1" "$2" || { cat "$2" >&2; fail "\"$1\" was not said"; }; }
run() {
    "$SPILLWAY" run "$top/presets/default.json" --sim --duration 30s --seed 5 --at "5s policy excess" \
        --at "8s spike x3 5s" --at "14s expect p99<1h within 9s" --at "15s mark look here" --at "20s kill tokenizer" "$@"
}

run --record a.spw --headless=json >summary.json 2>err || fail "the run failed"

# the same screens, but for the title and the keys
for shot in 120x36@9s 160x45@16s:5 80x24@29s 120x36@21s:8 40x10@12s; do
    run --screenshot "$shot" >live 2>/dev/null || fail "no picture of the run at $shot"
    code 0 "$SPILLWAY" replay a.spw --screenshot "$shot"
    grep -q "REPLAY" out || fail "a replay's picture does not say so"
    sed '1d;$d' live >live.rest
    sed '1d;$d' out >out.rest
    cmp -s live.rest out.rest || { diff live.rest out.rest >&2; fail "another screen at $shot"; }
done

# headless: the summary of the run; the same run again
code 0 "$SPILLWAY" replay a.spw --headless=json
cmp -s out summary.json || fail "another summary"
code 0 "$SPILLWAY" replay a.spw --golden
says "the same: 30[0-9] readings" out
sed 's/"seed":"5"/"seed":"6"/' a.spw >seed.spw
code 3 "$SPILLWAY" replay seed.spw --golden
says "is not what it was: at" err
sed 's/drops\|noted/Noted/' a.spw >event.spw
code 3 "$SPILLWAY" replay event.spw --golden
says "event .* was .*Noted" err

# a film: one frame a reading, the markers, nothing overwritten
code 0 "$SPILLWAY" replay a.spw --cast a.cast --speed x2 --size 80x24
head -1 a.cast | grep -q '^{"version":2,"width":80,"height":24' || fail "no film: $(head -1 a.cast)"
grep -q '^\[7.500,"m","[A-Z] mark look here"\]$' a.cast || fail "no marker in the film"
[ "$(grep -c '^\[[0-9.]*,"o","' a.cast)" -gt 200 ] || fail "too few frames"
[ "$(grep -vc '^[[{].*[]}]$' a.cast)" = 0 ] || fail "a line of the film is none"
code 2 "$SPILLWAY" replay a.spw --cast a.cast
says "it exists" err

# broken off: as far as it goes
head -c $(($(wc -c <a.spw) - 20)) a.spw >cut.spw # within its last line
code 0 "$SPILLWAY" replay cut.spw
says "broken off in the middle of a line" err
code 0 "$SPILLWAY" replay cut.spw --golden

# what is none
code 1 "$SPILLWAY" replay none.spw
code 2 "$SPILLWAY" replay "$top/README.md"
says "not a recording" err
code 2 "$SPILLWAY" replay a.spw --from Q
says "nor a marker of this recording" err
code 2 "$SPILLWAY" replay a.spw --speed x1000
says "x0.25 to x100" err
code 2 "$SPILLWAY" replay

# on a terminal
await() {
    i=0
    until $tmux capture-pane -p 2>/dev/null | grep -q -- "$1"; do
        i=$((i + 1))
        [ $i -lt 100 ] || { $tmux capture-pane -p >&2; fail "\"$1\" never came"; }
        sleep 0.1
    done
}
$tmux new-session -d -x 120 -y 36 "$SPILLWAY replay a.spw --from B --speed x4; echo left \$?; sleep 60"
await "REPLAY .*▶ 00:00:1"
$tmux send-keys Space
await "REPLAY .*❚ 00:00:"
$tmux send-keys Home
await "❚ 00:00:00"
$tmux send-keys Right
await "❚ 00:00:05"
$tmux send-keys s
await "a replay cannot be steered"
$tmux send-keys -l ":seek look"
$tmux send-keys Enter
await "❚ 00:00:15"
$tmux send-keys '['
await "FROZEN"
$tmux send-keys Space
await "❚ 00:00:15"
$tmux send-keys '>'
await "shown at x8"
$tmux send-keys End
await "ENDED 00:00:30"
$tmux send-keys q
await "left 0"
echo "ok    replay"
