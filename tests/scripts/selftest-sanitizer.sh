#!/bin/sh
# selftest-sanitizer.sh asan|tsan COMPILE LINK: builds small wrong programs the way
# the tests are built, and sees each of them stopped. A sanitizer that cannot fail
# proves nothing.
kind=$1 compile=$2 link=$3
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0

# build CODE [LIBRARY…]
build() {
    printf '%s\n' "$1" >"$dir/wrong.c"
    shift
    $compile -w -c "$dir/wrong.c" -o "$dir/wrong.o" && $link "$dir/wrong.o" "$@" -o "$dir/wrong" || exit 1
}
# caught WORDS: the program must end badly and its report must hold WORDS
caught() {
    if "$dir/wrong" >"$dir/log" 2>&1; then
        echo "$kind cannot fail: a planted fault ($1) passed" >&2
        exit 1
    fi
    grep -q "$1" "$dir/log" || {
        echo "$kind: the planted fault was not reported as '$1':" >&2
        cat "$dir/log" >&2
        exit 1
    }
    count=$((count + 1))
}

case $kind in
asan)
    build '#include <criterion/criterion.h>
    #include <stdlib.h>
    Test(planted, leak) { volatile char *p = malloc(7); p[0] = 1; p = 0; }' -lcriterion
    caught 'LeakSanitizer'
    build '#include <criterion/criterion.h>
    #include <stdlib.h>
    Test(planted, after) { volatile char *p = malloc(7); p[0] = 1; free((void *)p); p[1] = 2; }' -lcriterion
    caught 'heap-use-after-free'
    build '#include <limits.h>
    int main(int argc, char **argv) { (void)argv; int top = INT_MAX; return (top + argc) != 0 ? 0 : 1; }'
    caught 'signed integer overflow'
    ;;
tsan)
    build '#include <pthread.h>
    static long shared;
    static void *add(void *p) { for (int i = 0; i < 1000; i++) shared++; return p; }
    int main(void) { pthread_t t; pthread_create(&t, 0, add, 0); add(0); pthread_join(t, 0); return 0; }'
    caught 'data race'
    # A ring whose publishing store is relaxed: the mistake that stress programs look for.
    build '#include <pthread.h>
    #include <stdatomic.h>
    static long slot; static _Atomic int ready;
    static void *put(void *p) { slot = 1; atomic_store_explicit(&ready, 1, memory_order_relaxed); return p; }
    int main(void) { pthread_t t; pthread_create(&t, 0, put, 0);
      while (!atomic_load_explicit(&ready, memory_order_acquire)) { }
      long v = slot; pthread_join(t, 0); return v == 1 ? 0 : 9; }'
    caught 'data race'
    ;;
esac
echo "ok    $kind can fail ($count faults planted, all caught)"
