# Commands that wait for one time run in the order in which they were given, whatever
# was given and done before. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

"$SPILLWAY" run vanilla --sim --duration 4s --headless=json --log "$dir/log" --at '1s mark early' \
    --at '3s set batch 11' --at '2s at 3s set batch 12' --at '3s set batch 13' >"$dir/out" || exit 1
grep -o 'set batch 1[123]	batch: .*' "$dir/log" | cut -f 2 >"$dir/got"
printf 'batch: 50 -> 11\nbatch: 11 -> 13\nbatch: 13 -> 12\n' | cmp -s - "$dir/got" || {
    echo 'FAILED: commands that waited for 3s ran in another order than they came:'
    cat "$dir/got"
    exit 1
}
echo '3 commands in order'
