#!/bin/sh
# pure.sh OBJECT…: linked with one another, the objects of the pure folders may need
# nothing from outside but memory moves and what the compiler itself puts in, and
# may keep no state of their own.
out=$(mktemp) || exit 1
trap 'rm -f "$out"' EXIT
ld -r -o "$out" "$@" || exit 1

# The last row: helpers of libgcc (128-bit arithmetic, the processor's features) and
# of position-independent code.
allowed='memcpy memmove memset memcmp __memcpy_chk __memmove_chk __memset_chk
__assert_fail __stack_chk_fail
__udivti3 __umodti3 __udivmodti4 __divti3 __modti3 __divmodti4 __multi3 __cpu_model __cpu_indicator_init _GLOBAL_OFFSET_TABLE_'
status=0
for name in $(nm -u "$out" | awk '{ print $2 }'); do
    case " $(echo $allowed) " in
    *" $name "*) ;;
    *)
        echo "pure: $name is called by$(nm -A -u "$@" | awk -v n="$name" '$NF == n { sub(/:.*/, "", $1); printf " %s", $1 }')"
        status=1
        ;;
    esac
done

# Variables that can be written: an engine is a value, so there are none.
state=$(nm -A -f sysv "$@" | awk -F'|' '
    $NF ~ /^\.(data|bss|tdata|tbss)(\.|$)/ && $NF !~ /^\.data\.rel\.ro/ && $4 ~ /OBJECT|TLS/ {
        gsub(/ /, "", $1); print "pure: variable " $1
    }')
if [ -n "$state" ]; then
    echo "$state"
    status=1
fi
[ $status = 0 ] && echo "ok    pure"
exit $status
