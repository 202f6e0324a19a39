# Whole runs: the rows are those of the local operator wherever a record is worked on, for
# Nexmark's events and for lines of any bytes, and handlers that are killed on the way cost no
# record. SPILLWAY is the program.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python=tokenize=python:functions/python
java=tokenize=java:build/functions/dist/tokenize-java.jar
# A Nexmark record's bytes hold its due time, so the rate must be the same in all runs.
fixed="run default --headless=json --rate 4k --set policy=always --set concurrency=12"
events="--records 20000"
lines="--source lines:$dir/lines"

fail() {
    echo "FAILED: $1"
    cat "$dir/$2" "$dir/$2.err"
    exit 1
}
field() { sed "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/" "$dir/$1"; }
# summary NAME OPTION…: a run's summary in $dir/NAME
# shellcheck disable=SC2086
summary() {
    name=$1
    shift
    "$SPILLWAY" $fixed "$@" >"$dir/$name" 2>"$dir/$name.err" </dev/null || fail "$name: exit $?" "$name"
}
# same REFERENCE NAME: all of its records, in order, the same rows, most of them burst
same() {
    records=$(field "$1" in)
    for pair in "in:$records" "out:$records" in_flight:0 dead:0 lost:0 duplicated:0 disordered:0 \
        "digest:$(field "$1" digest)"; do
        [ "$(field "$2" "${pair%%:*}")" = "${pair#*:}" ] || fail "$2: not $pair" "$2"
    done
    burst=$(sed 's/.*"burst":{"records":\([0-9]*\).*/\1/' "$dir/$2")
    [ "$burst" -gt $((records / 2)) ] || fail "$2: only $burst records went to the function" "$2"
    echo "ok    $2: the $records rows of $1"
}

# ---- 20,000 events
# shellcheck disable=SC2086
{
    summary local $events --sim --set policy=off
    summary model $events --sim
    summary native $events --live
    summary python $events --live --function $python
    summary java $events --live --function $java
}
for name in model native python java; do same local $name; done

# ---- every byte value, empty lines, lines of 1 MiB, random bytes
python3 - "$dir/lines" <<'PY'
import random, sys
rnd = random.Random(5)
lines = [bytes(set(range(256)) - {10}), b"", b"\r", b"\0", b"a" * 2**20, b"ab " * (2**20 // 3), b"\xff" * 2**20,
         rnd.randbytes(2**20).replace(b"\n", b"x")]
lines += [rnd.randbytes(rnd.randrange(300)).replace(b"\n", b" ") for _ in range(3000)]
rnd.shuffle(lines)
with open(sys.argv[1], "wb") as f:
    f.write(b"\n".join(lines) + b"\n")
PY
# shellcheck disable=SC2086
{
    summary local-lines $lines --sim --set policy=off
    summary native-lines $lines --live
    summary python-lines $lines --live --function $python
    summary python-lists $lines --live --function $python --payload list
    summary java-lines $lines --live --function $java
}
for name in native-lines python-lines python-lists java-lines; do same local-lines $name; done

# ---- kill -9 of handler processes, five a second, for as long as the run lasts
handlers() { cat /proc/"$1"/task/*/children 2>/dev/null | tr ' ' '\n'; }
killed=0
for function in $python $java; do
    name=killed-$(expr "$function" : 'tokenize=\([a-z]*\)')
    # shellcheck disable=SC2086
    "$SPILLWAY" $fixed $events --live --function "$function" >"$dir/$name" 2>"$dir/$name.err" </dev/null &
    run=$!
    while kill -0 $run 2>/dev/null; do
        victim=$(handlers $run | shuf -n 1)
        if [ -n "$victim" ] && kill -9 "$victim" 2>/dev/null; then killed=$((killed + 1)); fi
        sleep 0.2
    done
    wait $run || fail "$name: exit $?" "$name"
    same local "$name"
done
[ $killed -gt 10 ] || fail "only $killed handlers were killed" killed-java
echo "ok    $killed handlers killed"
