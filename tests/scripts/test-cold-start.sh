# One cold start of 3.9 s: without an order the records that never leave the machine do not
# notice it; with the global order they wait, and the part `order` says so; a deadline for
# the head of the order bounds it. In virtual time, and once over HTTP. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. tests/scripts/figures.sh

measure "$dir/a" one-cold-start --sim --set order=none
holds "$(of latency_ms p90 "$dir/a") < 10 && $(of latency_ms p99 "$dir/a") < 100" \
    'order none: the local 98% are as fast as ever'
holds "$(of call_ms max "$dir/a") > 3000 && $(of latency_parts_ms order "$dir/a") == 0" \
    'and there was a cold start'

measure "$dir/a" one-cold-start --sim
holds "$(of latency_ms p99 "$dir/a") > 3000 && $(of latency_parts_ms order "$dir/a") > 400" \
    'order global: everybody waits, and the part order says why'
holds "$(of latency_parts_ms order "$dir/a") > 0.9 * $(of latency_ms mean "$dir/a")" \
    'it is nearly all of the latency'

measure "$dir/a" one-cold-start --sim --set head_deadline=300ms
holds "$(of latency_ms max "$dir/a") < 2000 && $(of call_ms max "$dir/a") > 3000" \
    'head_deadline bounds it'

measure "$dir/a" one-cold-start --live --duration 7s --set head_deadline=300ms
holds "$(of latency_ms max "$dir/a") < 2600 && $(of call_ms max "$dir/a") > 3000" \
    'over HTTP too'
holds "$(of records lost "$dir/a") + $(of records duplicated "$dir/a") + \
    $(of records disordered "$dir/a") == 0" 'nothing lost, doubled, out of order'
