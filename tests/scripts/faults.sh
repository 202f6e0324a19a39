#!/bin/sh
# faults.sh PROGRAM SECONDS [FAULT…]: live runs of 1000 ev/s against the emulator, under each
# fault alone, then under all of them together, and one whose emulator is killed and started
# again. In each: nothing lost, doubled or out of order, no dead letter.
program=$1 seconds=$2
shift 2
dir=$(mktemp -d) || exit 1
emulator=
trap '[ "$emulator" ] && kill -9 $emulator 2>/dev/null; rm -rf "$dir"' EXIT
. tests/scripts/figures.sh
SPILLWAY=$program
last=$((seconds - 2))

# survives NAME ARGUMENTS…
survives() {
    name=$1
    shift
    measure "$dir/a" default --live --duration "${seconds}s" --rate 1000 --set policy=always \
        --set order=global --set head_deadline=1s --dead-letters "$dir/dead" "$@"
    for what in lost duplicated disordered dead; do
        [ "$(of records $what "$dir/a")" = 0 ] || {
            echo "FAILED: $name: $what"
            cat "$dir/a"
            exit 1
        }
    done
    in=$(of records in "$dir/a") out=$(of records out "$dir/a") at=$(of records in_flight "$dir/a")
    [ "$in" = $((out + at)) ] && [ "$out" -gt 0 ] || {
        echo "FAILED: $name: in $in, out $out, in flight $at"
        exit 1
    }
    echo "  $name: out $out, batches $(of burst batches "$dir/a"), calls $(of burst calls "$dir/a")," \
        "executions $(of burst executed "$dir/a"), retries $(of burst retries "$dir/a")," \
        "failed $(of burst failed "$dir/a"), back $(of burst fell_back "$dir/a")"
}

alone() {
    case $1 in
    latency) echo "fault latency x5 ${last}s" ;;
    throttle) echo "fault throttle ${last}s" ;;
    *) echo "fault $1 20% ${last}s" ;;
    esac
}

all='latency error function-error throttle lose late cut reset die-after-execute garbage drip
wrong-ids'
for fault in ${*:-$all}; do
    [ "$fault" = mixed ] || [ "$fault" = killed ] ||
        survives "$fault" --at "1s $(alone "$fault")" --set timeout=1s
    if [ "$fault" = die-after-execute ]; then
        batches=$(of burst batches "$dir/a") executed=$(of burst executed "$dir/a")
        holds "$executed > $batches" 'die-after-execute: more executions than batches'
    fi
done

case " ${*:-mixed killed} " in
*' mixed '*)
    survives mixed --set timeout=1s --at '500ms fault latency x2 60s' \
        --at '600ms fault error 5% 60s' --at '600ms fault function-error 5% 60s' \
        --at '600ms fault lose 5% 60s' --at '600ms fault late 5% 60s' \
        --at '600ms fault cut 5% 60s' --at '600ms fault reset 5% 60s' \
        --at '600ms fault die-after-execute 5% 60s' --at '600ms fault garbage 5% 60s' \
        --at '600ms fault drip 5% 60s' --at '600ms fault wrong-ids 5% 60s' \
        --at '2s fault throttle 500ms' --at '3s kill tokenizer.functions'
    ;;
esac

# start_emulator PORT: in the background; sets $emulator and $port
start_emulator() {
    "$program" emulator --port "$1" --quiet >"$dir/url" 2>"$dir/emulator.err" &
    emulator=$!
    for i in $(seq 200); do
        port=$(sed -n 's|.*http://127.0.0.1:\([0-9]*\).*|\1|p' "$dir/url" | head -1)
        [ "$port" ] && return
        sleep 0.05
    done
    echo 'FAILED: the emulator did not start'
    cat "$dir/emulator.err"
    exit 1
}

case " ${*:-killed} " in
*' killed '*)
    start_emulator 0
    (
        sleep $((seconds / 3))
        kill -9 $emulator
        sleep $((seconds / 5))
        exec "$program" emulator --port "$port" --quiet
    ) >"$dir/second" 2>&1 &
    second=$!
    survives 'emulator killed, started again' --provider emulator --log "$dir/log" \
        --endpoint "http://127.0.0.1:$port"
    kill $second 2>/dev/null
    emulator=
    gone=$(grep -c 'functions.*until they answer' "$dir/log")
    back=$(grep -c 'functions.*they answer again' "$dir/log")
    holds "$gone == 1 && $back == 1" 'one event when it goes, one when it is back'
    holds "$(of burst retries "$dir/a") <= 20" 'no storm of retries'
    ;;
esac
echo 'ok    faults'
