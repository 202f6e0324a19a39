# --records N drains whatever the batch size and the order: half-filled batches too,
# and every record is out or a dead letter. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. tests/scripts/figures.sh
digest=

# drained N ARGUMENTS…
drained() {
    n=$1
    shift
    measure "$dir/a" "$@" --sim --records "$n" --dead-letters "$dir/dead"
    out=$(of records out "$dir/a") dead=$(of records dead "$dir/a")
    [ "$(of records in "$dir/a")" = "$n" ] && [ $((out + dead)) = "$n" ] &&
        [ "$(of records in_flight "$dir/a")" = 0 ] && [ "$(figure backlog "$dir/a")" = 0 ] || {
        echo "FAILED: $* did not drain"
        cat "$dir/a"
        exit 1
    }
    if [ "$dead" != 0 ] && [ "$(wc -l <"$dir/dead")" != "$dead" ]; then
        echo "FAILED: $*: $dead dead letters, $(wc -l <"$dir/dead") in the file"
        exit 1
    fi
    rm -f "$dir/dead"
}

for batch in 400 333 7; do
    for order in global key none; do
        drained 100000 burst --rate 5000 --set policy=always --set batch=$batch \
            --set batch_policy=fixed --set linger=2s --set order=$order
        [ "$(of burst records "$dir/a")" -gt 50000 ] || { echo 'FAILED: hardly any record burst'; exit 1; }
        [ "${digest:=$(figure digest "$dir/a")}" = "$(figure digest "$dir/a")" ] || {
            echo "FAILED: batch $batch, order $order: other rows"
            exit 1
        }
        echo "  batch $batch, order $order: $(of burst calls "$dir/a") calls," \
            "$(figure completion_s "$dir/a") s, p99 $(of latency_ms p99 "$dir/a") ms"
    done
done

# No local lane, and functions that fail: what no attempt can do is a dead letter.
for order in global key none; do
    drained 5000 invoker-only --set concurrency=20 --set batch=7 --set linger=20ms \
        --set order=$order --at '0s fault error 60% 20s'
    [ "$(of records dead "$dir/a")" -gt 0 ] || { echo 'FAILED: not one dead letter'; exit 1; }
    echo "  no local lane, order $order: $(of records dead "$dir/a") dead letters"
done
