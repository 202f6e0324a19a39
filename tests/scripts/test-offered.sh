# The load offered is the load that was asked for, to 0.01 %, at rates that whole
# microseconds cannot express; emitted or not. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. tests/scripts/figures.sh

cat >"$dir/straight.json" <<'END'
{ "spillway": 1, "name": "straight", "why": "Nothing between source and sink.",
  "graph": [ { "name": "source", "op": "source" },
             { "name": "sink", "op": "sink", "from": ["source"] } ] }
END

# offered RATE SECONDS PRESET; the record that is due at the very end counts too
offered() {
    measure "$dir/a" "$3" --sim --rate "$1" --duration "$2s"
    in=$(of records in "$dir/a") backlog=$(figure backlog "$dir/a")
    holds "($in + $backlog - $1 * $2 - 1) ^ 2 <= ($1 * $2 / 10000) ^ 2" \
        "$(basename "$3" .json) at $1/s for $2 s"
}
for rate in 700000 1370001; do
    offered $rate 10 vanilla
    offered $rate 2 "$dir/straight.json"
done
offered 333333 3 "$dir/straight.json"
offered 7 10 vanilla
holds "$backlog == 0" 'nothing waits at 7/s'
