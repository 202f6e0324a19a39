#!/bin/sh
# cover.sh OBJECT…: per source file, the share of lines that were run; least first.
for object in "$@"; do
    gcov -n "$object" 2>/dev/null
done | awk -F"[':%]" '
    /^File/ { file = $2 }
    /^Lines executed/ && file ~ /^(src|ui)\/.*\.c$/ {
        split($0, w, " of ")
        if (!(file in total)) { total[file] = w[2]; share[file] = $2 }
        file = ""
    }
    END {
        for (f in total) { printf "%6.2f %% of %4d  %s\n", share[f], total[f], f; lines += total[f]; hit += share[f] * total[f] / 100 }
        if (lines) printf "%6.2f %% of %4d  all\n", 100 * hit / lines, lines
    }' | LC_ALL=C sort -n
