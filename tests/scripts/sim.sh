#!/bin/sh
# sim.sh PROGRAM SEEDS FROM JOBS: runs seeds FROM … FROM+SEEDS-1, shared between
# JOBS processes. Every process says which of its seeds failed and how to run it again.
program=$1 seeds=$2 from=$3 jobs=$4
if [ ! -x "$program" ]; then
    echo "sim: $program is not there" >&2
    exit 1
fi
share=$(((seeds + jobs - 1) / jobs))
pids=
while [ "$seeds" -gt 0 ]; do
    n=$((seeds < share ? seeds : share))
    "$program" --seeds "$n" --from "$from" &
    pids="$pids $!"
    from=$((from + n))
    seeds=$((seeds - n))
done
status=0
for pid in $pids; do
    wait "$pid" || status=1
done
exit $status
