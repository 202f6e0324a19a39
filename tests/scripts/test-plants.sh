# The ledger can fail: PLANTED, a build that drops, repeats or swaps one record at a
# given place, must end with exit code 4 wherever the fault is, and only then.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0

# run PLANT WANTED ARGUMENTS…: WANTED are the exit codes that will do. An assertion
# (134) also stops a fault: some places check what passes them before the ledger does.
run() {
    plant=$1 wanted=$2
    shift 2
    SPILLWAY_PLANT=$plant timeout 60 "$PLANTED" run burst --sim --headless=json --records 3000 "$@" \
        >"$dir/out" 2>"$dir/err" </dev/null
    got=$?
    count=$((count + 1))
    case " $wanted " in
    *" $got "*) ;;
    *)
        echo "FAILED: '$plant' with $* gave exit $got, not $wanted"
        head -c 600 "$dir/err"
        exit 1
        ;;
    esac
}

ulimit -c 0
run off:none:0 0 --rate 1500
for kind in drop repeat; do
    run $kind:link:500 4 --rate 1500
    run $kind:order:500 4 --rate 1500
    run $kind:slot:500 4 --rate 1500 --set policy=off
    # At this rate blocks hold several records, so that one can be dropped from them.
    run $kind:dispatch:500 4 --rate 50k --set policy=always
    run $kind:batch:500 '4 134' --rate 1500 --set policy=always
    run $kind:result:500 '4 134' --rate 1500 --set policy=always
done
run swap:order:500 4 --rate 1500
echo "$count runs"
