# Screens without a terminal: --screenshot, --format, --theme, and --linear.
# SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
unset NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE COLORFGBG
XDG_CONFIG_HOME=$dir
export XDG_CONFIG_HOME

fail() {
    echo "FAILED: $*"
    exit 1
}
# expect CODE WORDS ARGUMENTS…: the exit code of a run, and words on standard error
expect() {
    code=$1 words=$2
    shift 2
    "$SPILLWAY" run "$@" >"$dir/out" 2>"$dir/err" </dev/null
    got=$?
    [ $got = "$code" ] || fail "run $*: exit $got, not $code: $(head -c 300 "$dir/err")"
    [ -z "$words" ] || grep -qF -- "$words" "$dir/err" ||
        fail "run $*: said $(head -c 300 "$dir/err")"
}
says() { grep -qF -- "$1" "$dir/out" || fail "standard output lacks $1"; }
lacks() { ! grep -qF -- "$1" "$dir/out" || fail "standard output has $1"; }

# The same run gives the same bytes, with as many rows as asked for.
expect 0 '' excess --screenshot 120x36@30s
says '[5] Latency'
says 'SIM'
[ "$(wc -l <"$dir/out")" = 36 ] || fail "36 rows"
mv "$dir/out" "$dir/first"
expect 0 '' excess --sim --screenshot 120x36@30s
cmp -s "$dir/first" "$dir/out" || fail "the second screenshot differs"
TERM=dumb LC_ALL=C expect 0 '' excess --screenshot 120x36@30s
cmp -s "$dir/first" "$dir/out" || fail "terminal and locale show in the screenshot"

# Several, in the order asked for, whatever their times.
expect 0 '' excess --screenshot 40x10@20s --screenshot 1x1@0s --screenshot 80x24@10s:9
[ "$(grep -c '^# ' "$dir/out")" = 3 ] || fail "three headings"
[ "$(sed -n 1p "$dir/out")" = '# 40x10@20s' ] || fail "order"
says 'in flight, where they are'

# Colours.
expect 0 '' excess --screenshot 80x24@5s --format ansi
grep -q "$(printf '\033')\[.*38;5;" "$dir/out" || fail "no colours in ansi"
NO_COLOR=1 expect 0 '' excess --screenshot 80x24@5s --format ansi
! grep -q '38;5;' "$dir/out" || fail "colours with NO_COLOR"
NO_COLOR=1 expect 0 '' excess --screenshot 80x24@5s --format ansi --theme light
says '38;5;'
expect 0 '' excess --screenshot 80x24@5s --format svg --theme projector
says '<svg '
says '#ffffff'
expect 0 '' excess --screenshot 80x24@5s --ascii
[ "$(LC_ALL=C tr -d '\n -~' <"$dir/out" | wc -c)" = 0 ] || fail "more than ASCII"

# Sentences.
expect 2 'at most 300x120' default --screenshot 301x10@1s
expect 2 'WIDTHxHEIGHT@TIME' default --screenshot 0x10@1s
expect 2 'WIDTHxHEIGHT@TIME' default --screenshot 120
expect 2 '--screenshot' default --screenshot 10x10@soon
expect 2 'after the end of the run' default --duration 5s --screenshot 10x10@6s
expect 2 'the run ended at' default --records 100 --screenshot 10x10@60s
expect 2 'txt, ansi or svg' default --screenshot 10x10@1s --format png
expect 2 '--format is for --screenshot' default --format svg
expect 2 '--live' default --live --screenshot 10x10@1s
expect 2 'did you mean dark' default --theme drak --screenshot 10x10@1s
expect 2 'braille, blocks or ascii' default --glyphs dots --screenshot 10x10@1s

# A theme of one's own.
expect 2 'theme.json' default --theme user --screenshot 10x10@1s
mkdir -p "$dir/spillway"
echo '{"theme":1,"ground":"#5f0000"}' >"$dir/spillway/theme.json"
expect 0 '' default --theme user --screenshot 20x5@1s --format svg
says '#5f0000'
echo '{"theme":1,"grund":1}' >"$dir/spillway/theme.json"
expect 2 'did you mean "ground"' default --theme user --screenshot 20x5@1s

# Sentences instead of a screen.
printf 'policy excess\nnonsense\nquit\n' | "$SPILLWAY" run default --linear >"$dir/out" 2>&1 ||
    fail "linear: exit $?"
says 'refused: '
lacks "$(printf '\033')"
"$SPILLWAY" run default --linear --duration 1s </dev/null >"$dir/out" 2>&1 || fail "linear: exit $?"
says 'the run is over'
echo "screenshots and sentences as they should be"
