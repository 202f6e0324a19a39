# Figures that the design promises, each with its bound. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. tests/scripts/figures.sh

# ---- the tokenizer of 2023 does one record a second
measure "$dir/a" as-found-2023 --sim --set order=none --set policy=off --duration 60s
out=$(of records out "$dir/a")
holds "$out / 60 >= 0.98 && $out / 60 <= 1.0" 'as found in 2023, local only: records a second at the sink'
measure "$dir/a" as-found-2023 --sim --set order=none --set policy=off --records 100
rate=$(awk "BEGIN { print 100 / $(figure completion_s "$dir/a") }")
holds "$rate >= 0.995 && $rate <= 1.005" 'the same over exactly 100 records'

# ---- a blocked sink hides nothing
measure "$dir/a" vanilla --sim --rate 1000 --set slots=8 --duration 30s --at '10s fault sink-block 10s'
p99=$(of latency_ms p99 "$dir/a")
holds "$p99 >= 9000" 'sink blocked for 10 of 30 s: p99 in ms'

# ---- excess: 1000/s offered, 500/s of local capacity
cat >"$dir/half.json" <<'END'
{ "spillway": 1, "name": "half", "why": "Twice as much as the slots can do.",
  "schedule": [{ "at": "0s", "rate": 1000 }],
  "graph": [
    { "name": "source", "op": "source" },
    { "name": "tokenizer", "op": "tokenize", "from": ["source"], "slots": 2, "cost": "4ms", "burst": true },
    { "name": "sink", "op": "sink", "from": ["tokenizer"] } ],
  "policy": "excess", "knobs": { "order": "none" },
  "functions": { "calibration": "2026" }, "duration": "60s" }
END
measure "$dir/a" "$dir/half.json" --sim --at '5s expect backlog<100 for 54s'
[ "$(figure ok "$dir/a")" = true ] || { echo 'FAILED: the backlog reached 100'; exit 1; }
p99=$(of latency_ms p99 "$dir/a")
call99=$(of call_ms p99 "$dir/a")
fill=20 # linger, ms: a batch waits no longer to fill
holds "$p99 < 1.5 * ($fill + $call99)" 'excess at twice the capacity: p99 against 1.5 x (fill + call p99), ms'
share=$(awk "BEGIN { print $(of burst records "$dir/a") / $(of records in "$dir/a") }")
holds "$share > 0.45 && $share < 0.60" 'the same: share of records sent to functions'
for rate in 100 250 400; do
    measure "$dir/a" "$dir/half.json" --sim --rate $rate
    holds "$(of burst calls "$dir/a") == 0" "excess at $rate/s, at most 80 % of capacity: calls"
done

# ---- 10,000 functions at once, a million events a second
cat >"$dir/wide.json" <<'END'
{ "spillway": 1, "name": "wide", "why": "As many functions as an account may have.",
  "schedule": [{ "at": "0s", "rate": "1M" }],
  "graph": [
    { "name": "source", "op": "source" },
    { "name": "invoker", "op": "invoke", "from": ["source"] },
    { "name": "sink", "op": "sink", "from": ["invoker"] } ],
  "policy": "always", "knobs": { "order": "none", "batch": 10, "concurrency": 10000, "linger": "5ms" },
  "functions": { "calibration": "none", "constant": "100ms", "concurrency_limit": 10000,
                 "scale_per_10s": 1000000, "rate_limit": 1000000 },
  "duration": "2s" }
END
measure "$dir/a" "$dir/wide.json" --sim --at '1900ms mark nearly done'
cold=$(of burst cold_starts "$dir/a")
holds "$cold >= 9000" '10,000 functions, 1M/s: environments started'
holds "$(of records out "$dir/a") > 500000" 'the same: records out within 2 s'
