# A race in a real terminal (tmux): keys reach all lanes or one, the clock is one for all,
# any size lives, and leaving gives the terminal back with the result. SPILLWAY is the program.
set -u
label=race
. tests/scripts/terminal.sh
export TERM=xterm-256color
# wait_for TEXT WHAT: until TEXT stands on the screen
wait_for() {
    tries=0
    until shown | grep -q -e "$1"; do
        tries=$((tries + 1))
        [ $tries -le 600 ] || fail "$2"
        sleep 0.05
    done
}
press() { server send-keys "$@"; }

mkdir "$dir/here"
server new-session -d -x 120 -y 36 "sh -c 'cp -r presets $dir/here/; cd $dir/here && $program race vanilla burst excess --noise 0; echo exit code \$?; sleep 60'"
wait_for 'spillway RACE' 'the race screen does not come'
wait_for 'C excess' 'there is no third lane'
press '>' '>' '>' '>'
wait_for 'x16' 'the speed of all lanes does not change'
press s
wait_for 'all: spike x2 10s' 'a spike does not go to all lanes'
press 2
wait_for 'to B only' 'lane B is not focused'
press ':mark hello' Enter
wait_for 'B: mark hello' 'a mark does not go to the focused lane'
press '*' M
wait_for 'p50 (M: next)' 'M does not change the figure'
press d
wait_for 'What differs' 'there are no differences'
press d Space
wait_for 'FROZEN' 'Space does not freeze'
press Space '?'
wait_for 'In a race\|type to find\|find' 'there is no help'
press Escape e
wait_for 'race-1.json' 'the scoreboard is not kept'
server resize-window -x 80 -y 24
wait_for 'p50 of A B C' 'at 80 columns the lanes are not in one graph'
server resize-window -x 1 -y 1
server resize-window -x 30 -y 6
wait_for 'lane' 'no scoreboard on a small screen'
server resize-window -x 120 -y 36
wait_for 'spillway RACE' 'it does not come back from a small screen'
press q
wait_for 'exit code 0' 'q does not leave with 0'
shown | grep -q 'race of 3 lanes' || fail 'no result is left behind'
grep -q '"v":1,"race":3' "$dir/here/race-1.json" || { echo 'FAILED: what was kept is no result'; exit 1; }
server kill-server 2>/dev/null
label=again # a server that is on its way out takes no new session

# ---- from a run's own screen: its settings as they stand against its preset
server new-session -d -x 120 -y 36 "sh -c 'cd $dir/here && $program run burst --sim; echo exit code \$?; sleep 60'"
wait_for 'burst' 'the screen does not come'
press ':set batch 200' Enter
wait_for 'batch 200 →' 'the knob is not turned'
press c
wait_for 'c again' 'c does not ask first'
press c
wait_for 'B burst now' 'no race of the settings as they stood'
press d
wait_for 'batch .*A 50 .*B 200' 'the race does not have the knob as it stood'
press q
wait_for 'exit code 0' 'q does not leave the race with 0'
echo 'race screen holds'
