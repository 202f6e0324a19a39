#!/bin/sh
# Plants one violation after another in a copy of the tree: each must be caught.
here=$(cd "$(dirname "$0")" && pwd)
copy=$(mktemp -d) || exit 1
trap 'rm -rf "$copy"' EXIT
cp -r src ui "$copy"/
count=0

# plant FILE LINE EXPECTED-WORDS
plant() {
    file=$copy/$1
    mkdir -p "$(dirname "$file")"
    existed=
    [ -e "$file" ] && existed=1 && cp "$file" "$copy/kept"
    printf '%s\n' "$2" >>"$file"
    if out=$(sh "$here/layers.sh" "$copy" 2>&1); then
        echo "layers cannot fail: $1 with '$2' passed" >&2
        exit 1
    fi
    case $out in
    *"$1:"*"$3"*) ;;
    *)
        echo "layers: '$2' in $1 was not named: $out" >&2
        exit 1
        ;;
    esac
    if [ -n "$existed" ]; then mv "$copy/kept" "$file"; else rm "$file"; fi
    count=$((count + 1))
}

plant src/base/planted.h '#include "flow/graph.h"' 'may not include'
plant src/flow/planted.c '  #  include "run/engine.h"' 'may not include'
plant src/ring/planted.h '#include "record/block.h"' 'may not include'
plant src/io/planted.c '/* x */ #include "sim/clock.h"' 'may not include'
plant src/control/planted.c '#include "spillway.h"' 'only run, lab and ui'
plant src/flow/planted.c '#include "../run/engine.h"' 'no ..'
plant src/flow/planted.c '#include "graph.h"' 'folder/file.h'
plant src/flow/planted.c '#include "base/err.c"' '.c file'
plant src/flow/planted.c '#include PLANTED' 'must name'
plant src/flow/planted.c '#include <stdio.h>' 'pure'
plant src/burst/planted.c '#include <stdatomic.h>' 'src/ring'
plant src/run/planted.c 'static _Atomic int planted;' 'src/ring only'
plant src/sim/planted.c '#include <pthread.h>' 'not for sim'
plant src/run/planted.c '#include <ncurses.h>' 'ui/term.c'
plant ui/planted.c '#include <curses.h>' 'ui/term.c'
plant ui/planted.c '#include "io/preset.h"' 'spillway.h'
plant src/run/planted.c '#include "lab/recording.h"' 'may not include'
plant src/lab/planted.c '#include "run/engine.h"' 'whole runs only'
plant src/lab/planted.c '#include "ui/history.h"' 'no such layer'
plant src/planted/planted.c '#include <stdint.h>' 'not in the list'
sh "$here/layers.sh" "$copy" >/dev/null || exit 1
echo "ok    layers can fail ($count violations planted, all caught)"
