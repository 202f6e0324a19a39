# The screen in a real terminal (tmux), as a person uses it: it lives at once, a key
# shows at once, and the terminal comes back as it was, whatever ends the program.
# SPILLWAY is the program. Nothing but a text on the screen is waited for.
set -u
label=screen
. tests/scripts/terminal.sh
export TERM=xterm-256color

# A crash that is asked for leaves no core.
# shellcheck disable=SC3045
ulimit -c 0

now() { date +%s%3N; } # ms
# wait_for SESSION TEXT MS WHAT: until TEXT (a pattern) stands on its screen; `took` is
# for how long, counted from `begun`
wait_for() {
    session=$1
    until shown "$1" | grep -q -e "$2"; do
        took=$(($(now) - begun))
        [ $took -le $(($3 * slower)) ] || fail "$4 not within $3 ms"
        sleep 0.01
    done
    took=$(($(now) - begun))
}
press() {
    session=$1
    begun=$(now)
    server send-keys -t "$1" "$2"
}

# start NAME WIDTH HEIGHT ARGUMENTS…: the program under a shell that leaves the terminal
# alone; NAME.pid, NAME.before, NAME.after and NAME.code tell about it
start() {
    name=$1 size="-x $2 -y $3"
    shift 3
    cat >"$dir/$name.sh" <<END
stty -a >$dir/$name.before
sh -c 'echo \$\$ >$dir/$name.pid; exec $program $*' 2>$dir/$name.errors
code=\$?
stty -a >$dir/$name.after
echo \$code >$dir/$name.code
echo over
read -r _
END
    session=$name
    begun=$(now)
    # shellcheck disable=SC2086
    server new-session -d -s "$name" $size "sh $dir/$name.sh" || exit 1
}
lives() {
    wait_for "$1" 'IN [1-9]' 2000 "a living screen"
    echo "$1: lives after $took ms"
}

# As the shell had it: modes, the screen's other half, the cursor, the keypad.
given_back() {
    cmp -s "$dir/$1.before" "$dir/$1.after" || {
        diff "$dir/$1.before" "$dir/$1.after"
        fail "the terminal's modes are not as they were"
    }
    left=$(server display-message -p -t "$1" '#{alternate_on} #{cursor_flag} #{keypad_flag}')
    [ "$left" = "0 1 0" ] || fail "alternate screen, cursor, keypad are $left, not 0 1 0"
}
# ends NAME CODE: the program is over, with this exit code, and the terminal is as it was
ends() {
    wait_for "$1" '^over' 6000 "the end"
    [ "$(cat "$dir/$1.code")" = "$2" ] || fail "exit code $(cat "$dir/$1.code"), not $2"
    given_back "$1"
}
# killed SIGNAL CODE WIDTH HEIGHT
killed() {
    start "$1" "$3" "$4"
    lives "$1"
    begun=$(now)
    kill -s "$1" "$(cat "$dir/$1.pid")"
    ends "$1" "$2"
    echo "$1: given back after $took ms, exit code $2"
    server kill-session -t "$1"
}

# The line at which a spike starts, in the graphs (none is there before).
lines() { shown "$1" | grep -o '┊' | wc -l; }
# Somebody else may use the machine for a moment: one of three spikes must be in time.
spike_shows() {
    best=
    press "$1" +
    press "$1" +
    wait_for "$1" '−15s' 1000 "a graph of 15 s"
    for try in 1 2 3; do
        before=$(lines "$1")
        press "$1" s
        while [ "$(lines "$1")" -le "$before" ]; do
            [ $(($(now) - begun)) -le 5000 ] || fail "s changed no graph"
        done
        took=$(($(now) - begun))
        echo "$1: spike $try in the graph after $took ms"
        [ -n "$best" ] && [ "$best" -le $took ] || best=$took
        [ "$best" -gt 250 ] || break
        sleep 1 # the next line needs a column of its own
    done
    [ "$best" -le $((250 * slower)) ] || fail "s changed the graph after $best ms, not within 250"
}

# ---- a stop of 20 s: it begins here, and the rest of this script runs meanwhile -------
session=stop
server new-session -d -s stop -x 120 -y 36 "bash --norc --noprofile -i" || exit 1
begun=$(now)
server send-keys -t stop "PS1='ready> '" Enter
wait_for stop '^ready>' 3000 "a shell"
# as under make: a parent that waits is stopped in the same instant, and the shell is back at once
printf '%s\nexit $?\n' "$program run --rate 500 --expect 'max<2s' --expect 'backlog<500'" >"$dir/parent.sh"
server send-keys -t stop "clear; sh $dir/parent.sh" Enter
begun=$(now)
lives stop
press stop C-z
wait_for stop 'Stopped' 2000 "the shell after Ctrl-Z"
left=$(server display-message -p -t stop '#{alternate_on} #{cursor_flag}')
[ "$left" = "0 1" ] || fail "suspended: alternate screen and cursor are $left, not 0 1"
stopped=$(now)

# ---- each way to end, in both sizes ---------------------------------------------------
start wide 120 36
lives wide
spike_shows wide
press wide q
ends wide 0
shown wide | grep -q '^ledger .*balances' || fail "no summary after q"
start narrow 80 24
lives narrow
spike_shows narrow
press narrow q
ends narrow 0
killed TERM 143 120 36
killed SEGV 139 80 24
killed HUP 129 80 24
killed ABRT 134 120 36
killed INT 130 80 24

# ---- the stop ends --------------------------------------------------------------------
rest=$((20000 - ($(now) - stopped)))
[ $rest -le 0 ] || sleep "$((rest / 1000)).$(printf %03d $((rest % 1000)))"
server send-keys -t stop "clear; fg; echo code=\$?" Enter
begun=$(now)
wait_for stop 'gap .*stood still for 2[0-9]' 2000 "the gap among the events"
wait_for stop 'BACKLOG [0-9]' 2000 "the backlog"
backlog=$(shown stop | sed -n 's/.*BACKLOG \([^ ]*\).*/\1/p')
case $backlog in
0 | [0-9] | [0-9][0-9] | [0-9][0-9][0-9]) echo "stop: gap told, backlog $backlog" ;;
*) fail "a backlog of $backlog after a stop of 20 s" ;;
esac
begun=$(now)
wait_for stop 'IN [45][0-9][0-9]/s' 3000 "the usual rate"
press stop q
wait_for stop '^code=' 6000 "the end"
shown stop | grep -q '^code=0' || fail "backlog or latency of the stop itself were counted"
