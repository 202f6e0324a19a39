# Somebody leans on the keyboard: 20,000 bytes of keys, pastes, broken UTF-8, cut escape
# sequences and resizes, and the program lives, balances and leaves when it is told to.
# SPILLWAY is the program; KEYS=1000000 SEED=7 type more, or something else.
set -u
typist=$(dirname "${MAKE_DOCS:-build/release/make_docs}")/stress/stress_keys
[ -x "$typist" ] || {
    echo "FAILED: there is no $typist"
    exit 1
}
# A crash that is looked for leaves no core.
# shellcheck disable=SC3045
ulimit -c 0
exec "$typist" "${KEYS:-20000}" "${SEED:-1}" "$SPILLWAY"
