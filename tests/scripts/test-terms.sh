# The screen on six kinds of terminal, without colours, in the C locale, and into a pipe;
# a preset is opened, saved and found by what the screen says. SPILLWAY is the program.
# All terminals run at once; nothing but a text on the screen is waited for.
set -u
label=terms
. tests/scripts/terminal.sh
mkdir "$dir/work" && ln -s "$PWD/presets" "$dir/work/presets"

coloured() { server capture-pane -pe -t "$1"; }
# wait_for SESSION PATTERN: until it stands on its screen
wait_for() {
    session=$1
    left=$((500 * slower))
    until shown "$1" | grep -q -e "$2"; do
        left=$((left - 1))
        [ $left -gt 0 ] || fail "$1: no \"$2\""
        sleep 0.02
    done
}
# start NAME WIDTH HEIGHT ENVIRONMENT… -- ARGUMENTS…
start() {
    name=$1 size="-x $2 -y $3"
    shift 3
    # shellcheck disable=SC2086
    server new-session -d -s "$name" $size -c "$dir/work" \
        "stty -a >$dir/$name.before; env $(echo "$*" | sed "s# -- # $program #"); code=\$?; stty -a >$dir/$name.after; echo over \$code; read -r _" || exit 1
}
press() {
    session=$1
    shift
    server send-keys -t "$session" "$@"
}
ends() {
    press "$1" q
    wait_for "$1" '^over 0'
    cmp -s "$dir/$1.before" "$dir/$1.after" || fail "$1: the modes are not as they were"
    left=$(server display-message -p -t "$1" '#{alternate_on} #{cursor_flag}')
    [ "$left" = "0 1" ] || fail "$1: alternate screen and cursor are $left"
}

terms="xterm-256color tmux-256color screen linux vt100"
for term in $terms; do
    start "$term" 100 30 "TERM=$term" -- run burst --sim
done
start dumb 100 30 TERM=dumb -- run burst --rate 500
start plain 100 30 TERM=xterm-256color NO_COLOR=1 -- run burst --sim
start cee 100 30 TERM=xterm-256color LC_ALL=C LANG=C -- run burst --sim
start hand 120 36 TERM=xterm-256color -- run burst --sim

# ---- six terminals
for term in $terms; do
    wait_for "$term" 'IN [1-9]'
    wait_for "$term" 'LEDGER'
    # letters of the line-drawing set that were not understood
    shown "$term" | grep -q 'qqqq\|lqq' && fail "$term: frames are letters"
    ends "$term"
done
wait_for dumb 'in [1-9].* per second'
shown dumb | tr -d '\n' | grep -q "$(printf '\033')" && fail "dumb: escape sequences"
press dumb quit Enter
wait_for dumb '^over 0'

# ---- no colours, no letters but ASCII
wait_for plain 'IN [1-9]'
coloured plain | grep -q "$(printf '\033')"'\[[0-9;]*\(3[0-7]\|38;5\|4[0-7]\|48;5\)' && fail "NO_COLOR: colours"
ends plain
wait_for cee 'IN [1-9]'
shown cee | LC_ALL=C grep -q "$(printf '[\200-\377]')" && fail "LC_ALL=C: more than ASCII"
ends cee

# ---- nothing but what the screen says: a spike, a policy, an undo, a saved preset, found again
wait_for hand 'IN [1-9]'
press hand s
wait_for hand ':spike x2 10s'
press hand p
wait_for hand 'choose  Enter'
press hand Home Enter
wait_for hand 'policy: excess -> off'
press hand u
wait_for hand 'undo of'
press hand w
wait_for hand 'Enter lets you choose the name'
press hand Enter
wait_for hand '^:save burst-mine'
press hand Enter
wait_for hand 'saved: spillway run burst-mine'
press hand O
wait_for hand 'burst-mine'
press hand Down
wait_for hand 'load burst-mine'
press hand Enter
wait_for hand 'burst-mine from zero'
press hand e
wait_for hand 'written here: spillway-burst-mine'
for ending in svg txt csv; do
    [ -n "$(ls "$dir"/work/spillway-burst-mine-*.$ending)" ] || fail "no $ending was written"
done
head -n 1 "$dir"/work/spillway-burst-mine-*.csv | grep -q '^time_s,.*,policy,markers$' || fail 'csv'
press hand o
wait_for hand 'Set-up of the screen'
press hand Right Enter
wait_for hand 'kept in'
grep -q '"theme":.*"light"' "$dir/.config/spillway/screen.json" || fail 'the set-up was not kept'
ends hand
[ -s "$dir/.config/spillway/presets/burst-mine.json" ] || fail 'no preset was saved'

# ---- keys of one's own
cat >"$dir/.config/spillway/screen.json" <<'END'
{ "screen": 1, "keys": { "Z": ":mark own key", "s": ":pause" } }
END
start own 100 30 TERM=xterm-256color -- run burst --sim
wait_for own 'no key is left to "spike at once'
press own Z
wait_for own ':mark own key'
ends own
printf '{ "screen": 1, "keys": { "Z": ":spkie" } }' >"$dir/.config/spillway/screen.json"
start bad 140 30 TERM=xterm-256color -- run burst --sim
wait_for bad 'did you mean spike'
ends bad
rm "$dir/.config/spillway/screen.json"

# ---- a pipe, no terminal at all
"$program" run burst --sim --duration 3s 2>"$dir/err" </dev/null | cat >"$dir/out"
grep -q '^ledger .*balances' "$dir/out" || { echo 'FAILED: no summary in the pipe'; exit 1; }
grep -q "$(printf '\033')" "$dir/out" && { echo 'FAILED: escape sequences in the pipe'; exit 1; }
echo "six terminals, NO_COLOR, C locale, a pipe, a first minute, own keys"
