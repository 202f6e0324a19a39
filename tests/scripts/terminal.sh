# Sourced by scripts that show the program in a real terminal (tmux); `label` names the server.
# Gives program, dir (a folder of its own, which is also HOME and goes away in the end), server
# and slower; leaves with 0 where there is no tmux.
command -v tmux >/dev/null || {
    echo "skipped: there is no tmux to show a screen in"
    exit 0
}
dir=$(mktemp -d) || exit 1
program=$(realpath "$SPILLWAY") || exit 1
unset TMUX LINES COLUMNS NO_COLOR FORCE_COLOR XDG_STATE_HOME XDG_CONFIG_HOME
export LC_ALL=C.UTF-8 TMUX_TMPDIR="$dir" HOME="$dir" HISTFILE=/dev/null
server() { tmux -u -L "$label" -f /dev/null "$@"; }
finish() {
    server kill-server 2>/dev/null
    # what it ran may write its last words in there for a moment
    rm -rf "$dir" 2>/dev/null || { sleep 0.5; rm -rf "$dir"; }
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A sanitizer's build is slower than anything promised here: it is given time.
slower=1
grep -q -e __asan_init -e __tsan_init "$program" && slower=10

# shown [SESSION]: what stands on its screen
shown() { server capture-pane -p ${1:+-t "$1"}; }
# fail SENTENCE: with the screen of $session
fail() {
    echo "FAILED: $*"
    shown "${session:-}"
    exit 1
}
