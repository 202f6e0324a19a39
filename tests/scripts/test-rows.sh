# The rows are the records' alone: vanilla, modified and burst, whatever the policy,
# the order, the batch size, the clock, give the same ones. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. tests/scripts/figures.sh
count=0

# rows FILE ARGUMENTS…
rows() {
    to=$1
    shift
    "$SPILLWAY" run "$@" --sink stdout >"$to" 2>"$to.err" </dev/null || {
        echo "FAILED ($?): spillway run $* --sink stdout"
        head -c 600 "$to.err"
        exit 1
    }
    count=$((count + 1))
}
same() {
    cmp "$1" "$2" || { echo "FAILED: $3"; exit 1; }
}

# ---- 20,000 records in virtual time; one rate, so that the records are the same
rows "$dir/vanilla" vanilla --sim --records 20000 --rate 1500
[ "$(wc -l <"$dir/vanilla")" = 20000 ] || { echo 'FAILED: not a row for each record'; exit 1; }
awk -F'"' '{ split($4, id, ":"); if (id[2] != NR - 1) { print "FAILED: row " NR " has id " $4; exit 1 } }' \
    "$dir/vanilla" || exit 1
sort "$dir/vanilla" >"$dir/set"
rows "$dir/other" modified --sim --records 20000 --rate 1500
same "$dir/vanilla" "$dir/other" 'modified has other rows than vanilla, or another order'
for policy in excess always half; do
    rows "$dir/other" burst --sim --records 20000 --rate 1500 --set order=global --set policy=$policy
    same "$dir/vanilla" "$dir/other" "burst, $policy, has other rows than vanilla, or another order"
done
for order in none key; do
    rows "$dir/other" burst --sim --records 20000 --rate 1500 --set order=$order
    sort "$dir/other" >"$dir/other.set"
    same "$dir/set" "$dir/other.set" "burst with order=$order has another set of rows"
done
cmp -s "$dir/vanilla" "$dir/other" && { echo 'FAILED: order=key kept a total order by chance?'; exit 1; }

# ---- the same in real time: event times follow the schedule, not the clock
rows "$dir/sim" vanilla --sim --records 20000 --rate 10000 --set slots=64
rows "$dir/live" vanilla --live --records 20000 --rate 10000 --set slots=64
same "$dir/sim" "$dir/live" 'live vanilla has other rows than sim, or another order'
rows "$dir/live" burst --live --records 20000 --rate 10000 --set policy=always
same "$dir/sim" "$dir/live" 'live burst has other rows than sim, or another order'
sort "$dir/sim" >"$dir/set"
rows "$dir/live" burst --live --records 20000 --rate 10000 --set order=none --set slots=16
sort "$dir/live" >"$dir/live.set"
same "$dir/set" "$dir/live.set" 'live burst with order=none has another set of rows'
echo "$count runs"
