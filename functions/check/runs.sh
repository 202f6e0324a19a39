# Whole runs with real handlers behind the in-process emulator: the rows are those of the local
# operator, and handlers that are killed on the way cost no record. SPILLWAY is the program.
set -eu
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
records=20000
# A record's bytes hold its due time, so the rate must be the same in all runs.
fixed="run default --headless=json --records $records --rate 2k --set policy=always --set concurrency=12"

# summary NAME OPTION…: a run's summary in $dir/NAME
summary() {
    name=$1
    shift
    code=0
    # shellcheck disable=SC2086
    "$SPILLWAY" $fixed "$@" >"$dir/$name" 2>"$dir/$name.err" </dev/null || code=$?
    [ $code = 0 ] || { echo "FAILED: $name: exit $code"; cat "$dir/$name" "$dir/$name.err"; exit 1; }
}
field() { sed "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/" "$dir/$1"; }
# same NAME: all records, in order, the rows of the local run
same() {
    for pair in in:$records out:$records in_flight:0 dead:0 lost:0 duplicated:0 disordered:0 \
        "digest:$(field local digest)"; do
        [ "$(field "$1" "${pair%%:*}")" = "${pair#*:}" ] || {
            echo "FAILED: $1: ${pair%%:*} is $(field "$1" "${pair%%:*}"), not ${pair#*:}"
            cat "$dir/$1"
            exit 1
        }
    done
    [ "$(sed 's/.*"burst":{"records":\([0-9]*\).*/\1/' "$dir/$1")" -gt $((records / 2)) ] || {
        echo "FAILED: $1: hardly a record went to the function"
        cat "$dir/$1"
        exit 1
    }
    echo "ok    rows of $1"
}

summary local --sim --set policy=off
jar=build/functions/dist/tokenize-java.jar
summary python --live --function tokenize=python:functions/python
same python
summary java --live --function "tokenize=java:$jar"
same java

# kill -9 of handler processes, five a second, for as long as the run lasts
handlers() { cat /proc/"$1"/task/*/children 2>/dev/null | tr ' ' '\n'; }
killed=0
for kind in "python:functions/python" "java:$jar"; do
    name=killed-${kind%%:*}
    # shellcheck disable=SC2086
    "$SPILLWAY" $fixed --live --function "tokenize=$kind" >"$dir/$name" 2>"$dir/$name.err" </dev/null &
    run=$!
    while kill -0 $run 2>/dev/null; do
        victim=$(handlers $run | shuf -n 1)
        if [ -n "$victim" ] && kill -9 "$victim" 2>/dev/null; then killed=$((killed + 1)); fi
        sleep 0.2
    done
    code=0
    wait $run || code=$?
    [ $code = 0 ] || { echo "FAILED: $name: exit $code"; cat "$dir/$name" "$dir/$name.err"; exit 1; }
    same "$name"
done
[ $killed -gt 20 ] || { echo "FAILED: only $killed handlers were killed"; exit 1; }
echo "ok    $killed handlers killed"
