# Checks every #include against the layers of docs/ARCHITECTURE.md. Files are given
# relative to the top of the tree. Prints one line per violation; exit 1 if any.
BEGIN {
    n = split("base ring record state flow workload control burst faas replica io cloud cluster sim run lab",
              names)
    for (i = 1; i <= n; i++) rank[names[i]] = i
    fill("base record state flow workload control burst faas replica", pure)
    fill("ring io cloud cluster run lab ui", threads)
    # Headers that bring types and memory moves but no service of the system.
    fill("assert.h cpuid.h emmintrin.h immintrin.h limits.h stdalign.h stdbool.h stddef.h stdint.h string.h",
         harmless)
}
function fill(words, set,    w, k, i) {
    k = split(words, w)
    for (i = 1; i <= k; i++) set[w[i]] = 1
}
function bad(why) {
    print FILENAME ":" FNR ": " why
    bads++
}
FNR == 1 {
    parts = split(FILENAME, path, "/")
    inside = path[1] == "ui" ? "ui" : parts == 2 ? path[2] : path[2]
    if (path[1] == "src" && parts > 2 && !(inside in rank))
        bad("folder src/" inside " is not in the list of layers")
}
# Atomics outside ring/, whichever way they are spelled.
/_Atomic|__atomic_|__sync_|atomic_(load|store|fetch|exchange|compare)/ {
    if (inside != "ring") bad("atomics live in src/ring only")
}
/^([^"]*\*\/)?[ \t]*#[ \t]*include/ {
    line = $0
    sub(/^.*#[ \t]*include[ \t]*/, "", line)
    mark = substr(line, 1, 1)
    name = substr(line, 2)
    sub(/[">].*/, "", name)
    if (mark == "\"") project(name)
    else if (mark == "<") system_header(name)
    else bad("an include must name its file")
}
function project(name,    to, k, p) {
    if (name ~ /\.\./) { bad("\"" name "\": no .. in an include"); return }
    if (name ~ /\.c$/) { bad("\"" name "\": a .c file is not included"); return }
    k = split(name, p, "/")
    if (inside == "ui") {
        if (name != "spillway.h" && !(k == 1 || (k == 2 && (p[1] == "ui" || p[1] == "lab"))))
            bad("\"" name "\": ui includes spillway.h, lab and its own headers only")
        return
    }
    if (name == "spillway.h") {
        if (inside != "run" && inside != "lab")
            bad("\"spillway.h\": only run, lab and ui include it")
        return
    }
    if (k != 2) { bad("\"" name "\": write \"folder/file.h\""); return }
    to = p[1]
    if (inside == "lab" && to == "run")
        bad("\"" name "\": lab knows whole runs only: spillway.h")
    if (!(to in rank)) bad("\"" name "\": no such layer")
    else if (inside in rank && rank[to] > rank[inside])
        bad("\"" name "\": " inside " stands above " to " and may not include it")
}
function system_header(name) {
    if (name == "stdatomic.h" && inside != "ring") bad("<stdatomic.h> belongs to src/ring")
    if (name == "threads.h") bad("<threads.h>: pthreads are used")
    if (name == "pthread.h" && !(inside in threads)) bad("<pthread.h> is not for " inside)
    if (name ~ /(^|\/)(n?curses|term|panel|form|menu)\.h$/ && FILENAME != "ui/term.c")
        bad("<" name ">: curses belongs to ui/term.c")
    if (inside in pure && !(name in harmless))
        bad("<" name ">: " inside " is pure and has no use for it")
}
END { exit bads > 0 }
