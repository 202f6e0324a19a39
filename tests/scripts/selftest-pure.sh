#!/bin/sh
# selftest-pure.sh COMPILE OBJECT…: compiles impure files, adds each to the pure
# objects, and sees it caught.
here=$(cd "$(dirname "$0")" && pwd)
compile=$1
shift
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0
objects=$*

# plant NAME CODE: NAME must be blamed, and its file named
plant() {
    printf '%s\n' "$2" >"$dir/planted.c"
    $compile -w -c "$dir/planted.c" -o "$dir/planted.o" || exit 1
    # shellcheck disable=SC2086
    if out=$(sh "$here/pure.sh" $objects "$dir/planted.o" 2>&1); then
        echo "pure cannot fail: $2 passed" >&2
        exit 1
    fi
    case $out in
    *"$1"*planted*) count=$((count + 1)) ;;
    *)
        echo "pure: '$1' was not named: $out" >&2
        exit 1
        ;;
    esac
}

plant malloc '#include <stdlib.h>
void *planted(size_t n); void *planted(size_t n) { return malloc(n); }'
plant clock_gettime '#include <time.h>
long planted(void); long planted(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_nsec; }'
plant pow 'double pow(double, double); double planted(double x); double planted(double x) { return pow(x, x); }'
plant getenv 'char *getenv(const char *); char *planted(void); char *planted(void) { return getenv("A"); }'
plant variable 'int planted(void); int planted(void) { static int calls; return ++calls; }'
plant variable 'int planted(void); int planted(void) { static _Thread_local int calls; return ++calls; }'
plant variable 'int planted = 3;'
echo "ok    pure can fail ($count violations planted, all caught)"
