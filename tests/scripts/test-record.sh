#!/bin/sh
# Recordings: a run is recorded, is there again whatever happened, and nothing is overwritten.
top=$(pwd)
case $SPILLWAY in /*) ;; *) SPILLWAY=$top/$SPILLWAY ;; esac
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
XDG_RUNTIME_DIR=$dir
export XDG_RUNTIME_DIR

fail() {
    echo "record: $1" >&2
    exit 1
}
# says WORDS FILE
says() { grep -q -- "$1" "$2" || { cat "$2" >&2; fail "\"$1\" was not said"; }; }
code() {
    want=$1
    shift
    "$@" >out 2>err
    got=$?
    [ $got -eq "$want" ] || { cat err >&2; fail "exit $got instead of $want: $*"; }
}

# the same run gives the same bytes, and the summary is that of the run without
code 0 "$SPILLWAY" run "$top/presets/burst.json" --sim --duration 20s --seed 3 --record a.spw --headless=json
mv out with.json
code 0 "$SPILLWAY" run "$top/presets/burst.json" --sim --duration 20s --seed 3 --record b.spw --headless=json
cmp -s a.spw b.spw || fail "two recordings of one run differ"
code 0 "$SPILLWAY" run "$top/presets/burst.json" --sim --duration 20s --seed 3 --headless=json
cmp -s out with.json || fail "a recording changes the run"

# nothing is overwritten, and places that are none are said
cp a.spw kept
code 2 "$SPILLWAY" run "$top/presets/burst.json" --sim --duration 1s --record a.spw --headless
says "never overwrites" err
cmp -s a.spw kept || fail "a recording was overwritten"
code 1 "$SPILLWAY" run "$top/presets/burst.json" --sim --duration 1s --record none/x.spw --headless
says "No such file" err

# by command: begun, refused while one is under way, ended
code 0 "$SPILLWAY" run "$top/presets/burst.json" --sim --duration 5s --headless --at "1s record c.spw" \
    --at "2s record d.spw" --at "3s record off" --at "4s record off"
says "recording into c.spw" err
says "c.spw is being recorded already" err
says "recorded: c.spw" err
says "nothing is being recorded" err
[ ! -e d.spw ] || fail "a refused recording left a file"

# a full disk ends the recording and not the run
code 0 sh -c 'trap "" XFSZ; ulimit -f 40; exec "$@"' - "$SPILLWAY" run "$top/presets/burst.json" --sim \
    --duration 60s --record full.spw --headless=json
says "recording has stopped: File too large; the run goes on" err
[ "$(grep -c "recording has stopped" err)" = 1 ] || fail "a full disk was said more than once"

# killed outright, a live run's recording is there but for its last second
"$SPILLWAY" run "$top/presets/burst.json" --live --duration 60s --record killed.spw --headless >/dev/null 2>&1 &
pid=$!
i=0
readings() { grep -c '"r":' killed.spw 2>/dev/null || :; }
while [ "0$(readings)" -lt 12 ] && [ $i -lt 200 ]; do
    sleep 0.1
    i=$((i + 1))
done
kill -9 $pid
wait $pid 2>/dev/null
[ "$(readings)" -ge 12 ] || fail "nothing is written while the run goes on"
echo "ok    record"
