# Sourced by scripts that read the figures of a summary (one line of JSON).

# figure NAME FILE: the first number or word after "NAME":
figure() {
    awk -v key="\"$1\":" '(at = index($0, key)) {
        rest = substr($0, at + length(key))
        sub(/^"/, "", rest)
        sub(/[",}].*$/, "", rest)
        print rest
        exit
    }' "$2"
}
# of OBJECT NAME FILE: the same behind the name of the object that it is in
of() {
    sed "s/.*\"$1\":{//" "$3" >"$3.part"
    figure "$2" "$3.part"
}
# holds "CONDITION" WHAT: a condition of awk, over numbers only
holds() {
    if awk "BEGIN { exit !($1) }"; then
        echo "  $2 ($1)"
    else
        echo "FAILED: $2: $1 does not hold"
        exit 1
    fi
}
# the run: RESULT FILE, then arguments of `spillway run`; any exit code but 0 is a failure
measure() {
    to=$1
    shift
    "$SPILLWAY" run "$@" --headless=json >"$to" 2>"$to.err" </dev/null || {
        echo "FAILED ($?): spillway run $* --headless=json"
        head -c 600 "$to.err"
        exit 1
    }
}
