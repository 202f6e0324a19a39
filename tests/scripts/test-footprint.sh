# The program is small and quick to start: the first record is out within 100 ms of the
# start of the process, and the default preset without a screen stays below 32 MiB
# resident, also while a spike is in it. SPILLWAY is the program.
set -u
if grep -q -e __asan_init -e __tsan_init "$SPILLWAY"; then
    echo "skipped: a sanitizer's build is neither small nor quick"
    exit 0
fi
dir=$(mktemp -d) || exit 1
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
now() { date +%s%3N; } # ms

# From before the process exists to the row of the first record in a pipe. Best of ten:
# somebody else may use the machine meanwhile.
mkfifo "$dir/rows"
best=
for try in 1 2 3 4 5 6 7 8 9 10; do
    begun=$(now)
    "$SPILLWAY" run default --sink stdout --duration 2s >"$dir/rows" 2>"$dir/errors" &
    pid=$!
    { IFS= read -r row; took=$(($(now) - begun)); } <"$dir/rows"
    wait "$pid"
    pid=
    case $row in
    '{"id":"0:0",'*) ;;
    *)
        echo "FAILED: the first row is '$row'"
        cat "$dir/errors"
        exit 1
        ;;
    esac
    [ -n "$best" ] && [ "$best" -le $took ] || best=$took
    [ "$best" -ge 100 ] || break
done
echo "first record after $best ms (best of $try)"
[ "$best" -lt 100 ] || {
    echo "FAILED: the first record came after $best ms, not within 100"
    exit 1
}

# The kernel's own peak, read until the end: in real time through a spike …
peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status" 2>/dev/null; }
watched() {
    "$SPILLWAY" run default --headless "$@" >"$dir/out" 2>"$dir/errors" &
    pid=$!
    most=0
    while kill -0 "$pid" 2>/dev/null; do
        kib=$(peak)
        [ -z "$kib" ] || most=$kib
        sleep 0.02
    done
    wait "$pid" || {
        echo "FAILED: run default $* ended with $?"
        cat "$dir/errors"
        exit 1
    }
    pid=
    echo "run default $*: $most KiB at most"
    if [ "$most" -le 1000 ] || [ "$most" -ge 32768 ]; then
        echo "FAILED: run default $* held $most KiB: not measured, or not below 32768"
        exit 1
    fi
}
watched --duration 4s --at '1s spike x4 2s'
# … and in virtual time through ten minutes, so that what grows slowly is seen too
watched --sim --duration 10m
