# The same preset, seed and commands give the same bytes: again, without the wide
# instructions that libc or this program would use, and (with OTHERS, a list of
# programs built otherwise) from another compiler. Another seed gives the same rows
# at other times. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. tests/scripts/figures.sh
count=0

same() {
    count=$((count + 1))
    cmp -s "$1" "$2" || {
        echo "FAILED: $3 gives other bytes:"
        cat "$1" "$2"
        exit 1
    }
}

paths=
for path in scalar sse2 avx2 avx512; do
    SPILLWAY_CPU=$path "$SPILLWAY" run vanilla --sim --duration 100ms --headless=json \
        >/dev/null 2>&1 && paths="$paths $path"
done
[ -n "$paths" ] || { echo 'FAILED: no code path runs, not even scalar'; exit 1; }

for file in presets/*.json; do
    name=$(basename "$file" .json)
    measure "$dir/a" "$name" --sim --seed 7
    measure "$dir/b" "$name" --sim --seed 7
    same "$dir/a" "$dir/b" "$name, run again,"
    GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA
    export GLIBC_TUNABLES
    measure "$dir/b" "$name" --sim --seed 7
    unset GLIBC_TUNABLES
    same "$dir/a" "$dir/b" "$name without AVX2 and FMA in libc"
    for path in $paths; do
        SPILLWAY_CPU=$path
        export SPILLWAY_CPU
        measure "$dir/b" "$name" --sim --seed 7
        unset SPILLWAY_CPU
        same "$dir/a" "$dir/b" "$name with SPILLWAY_CPU=$path"
    done
    for other in ${OTHERS-}; do
        "$other" run "$name" --sim --seed 7 --headless=json >"$dir/b" 2>/dev/null </dev/null
        same "$dir/a" "$dir/b" "$name from $other"
    done
done

# Rows and events too, with commands and faults in between.
for path in $paths; do
    SPILLWAY_CPU=$path "$SPILLWAY" run burst --sim --records 4000 --sink stdout --seed 7 \
        --at '1s kill tokenizer' --at '1s fault lose 20% 2s' --at '2s set timeout 80ms' \
        --set policy=always --log "$dir/log-$path" >"$dir/rows-$path" 2>/dev/null
done
first=${paths# }
first=${first%% *}
for path in $paths; do
    same "$dir/rows-$first" "$dir/rows-$path" "rows with SPILLWAY_CPU=$path"
    same "$dir/log-$first" "$dir/log-$path" "events with SPILLWAY_CPU=$path"
done

# Another seed: the same rows, other latencies.
for name in burst batch-size invoker-only; do
    measure "$dir/a" "$name" --sim --rate 1500 --records 5000 --seed 7
    measure "$dir/b" "$name" --sim --rate 1500 --records 5000 --seed 8
    [ "$(figure digest "$dir/a")" = "$(figure digest "$dir/b")" ] || {
        echo "FAILED: $name: seed 8 has other rows than seed 7"
        exit 1
    }
    [ "$(of latency_ms mean "$dir/a")" != "$(of latency_ms mean "$dir/b")" ] || {
        echo "FAILED: $name: seed 8 has the very latency of seed 7"
        exit 1
    }
    count=$((count + 1))
done
echo "$count comparisons; code paths:$paths"
