# Money stops at the cent; another platform can be had while it runs; a fault on the way, and
# an emulator that is killed and started again, lose nothing (all of them: make faults).
# SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
. tests/scripts/figures.sh

# ---- money ----------------------------------------------------------------------------------------
measure "$dir/a" default --live --duration 4s --rate 1000 --set policy=always --budget 0.00005 \
    --log "$dir/log"
holds "$(of burst cost_usd "$dir/a") <= 0.00005 && $(of burst cost_usd "$dir/a") > 0.00002" \
    'the budget holds'
holds "$(grep -c 'budget.*are spent' "$dir/log") == 1" 'one event'
holds "$(of records out "$dir/a") > 2800 && $(of records lost "$dir/a") == 0" \
    'the pipeline goes on locally'

# ---- another platform while it runs -----------------------------------------------------------------
measure "$dir/a" default --live --duration 2s --rate 1000 --set policy=always \
    --at '700ms provider model' --at '1400ms provider emulator' --log "$dir/log"
holds "$(grep -c 'emulator -> model\|model -> emulator at 127' "$dir/log") == 2 && \
    $(of records lost "$dir/a") == 0 && $(of records duplicated "$dir/a") == 0" \
    'another provider while it runs'

# ---- faults --------------------------------------------------------------------------------------------
sh tests/scripts/faults.sh "$SPILLWAY" 3 die-after-execute || exit 1
sh tests/scripts/faults.sh "$SPILLWAY" 8 killed || exit 1
