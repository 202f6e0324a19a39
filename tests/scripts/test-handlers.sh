# Functions in processes of their own (exec:), as AWS's runtimes are run: the rows are the local
# operator's, also when handlers are killed all the time; nothing is left when the run is over.
# SPILLWAY is the program, TOOLS the folder with the function in C (tests/tools/bootstrap.c).
set -u
tools=${TOOLS:-build/release/tools}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
records=6000
fixed="run default --headless=json --records $records --rate 2k --set policy=always --set concurrency=12"

fail() {
    echo "FAILED: $1"
    cat "$dir/$2" "$dir/$2.err"
    exit 1
}
field() { sed "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/" "$dir/$1"; }
# shellcheck disable=SC2086
run() { name=$1; shift; "$SPILLWAY" $fixed "$@" >"$dir/$name" 2>"$dir/$name.err" </dev/null; }
same() {
    for pair in in:$records out:$records in_flight:0 dead:0 lost:0 duplicated:0 disordered:0 \
        "digest:$(field local digest)"; do
        [ "$(field "$1" "${pair%%:*}")" = "${pair#*:}" ] || fail "$1: not $pair" "$1"
    done
    sed 's/.*"burst":{"records":\([0-9]*\).*/\1/' "$dir/$1" | grep -q '[0-9][0-9][0-9][0-9]' ||
        fail "$1: hardly a record went to the function" "$1"
}

run local --sim --set policy=off || fail 'the local run' local
run exec --live --function "tokenize=exec:$tools" || fail 'a run with handlers in processes' exec
same exec

run killed --live --function "tokenize=exec:$tools" &
shell=$!
pid= killed=0
while [ -z "$pid" ] && kill -0 $shell 2>/dev/null; do
    pid=$(tr ' ' '\n' <"/proc/$shell/task/$shell/children" | head -n 1)
done
handlers() { cat "/proc/$pid"/task/*/children 2>/dev/null | tr ' ' '\n'; }
while kill -0 $shell 2>/dev/null; do
    some=$(handlers)
    victim=$(echo "$some" | shuf -n 1)
    if [ -n "$victim" ] && kill -9 "$victim" 2>/dev/null; then killed=$((killed + 1)); fi
    sleep 0.05
done
wait $shell || fail "a run whose handlers are killed: exit $?" killed
same killed
[ $killed -gt 5 ] || fail "only $killed handlers were killed" killed
for pid in $some; do
    [ ! -e "/proc/$pid" ] || fail "handler $pid is still there" killed
done

# ---- sentences for sources that are none
refused() {
    run refused --live --function "tokenize=$1"
    [ $? = 2 ] && grep -qF -- "$2" "$dir/refused.err" || fail "$1: no sentence with \"$2\"" refused
}
refused exec:/nowhere 'No such file'
refused exec:tests 'tests/bootstrap'
refused python:/nowhere 'No such file'
refused cobol:x cobol
echo "ok: $killed handlers killed"
