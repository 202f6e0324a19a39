#!/bin/sh
# docs.sh PROGRAM MAKE_DOCS FOLDER: writes all generated documents under FOLDER: the
# README with its screen made anew, docs/spillway.1, docs/CHEATSHEET.md, docs/img.
# Run at the top of the tree. Nobody's settings, terminal or history take part.
set -eu
program=$1 make_docs=$2 to=$3
mkdir -p "$to/docs/img"
nowhere=$(mktemp -d)
trap 'rm -rf "$nowhere"' EXIT
clean() { env -i PATH="$PATH" HOME="$nowhere" LC_ALL=C.UTF-8 "$@"; }

# put FILE COMMAND…: what the command prints; if it fails, the old file stays.
put() {
    file=$1
    shift
    clean "$@" >"$nowhere/new"
    cat "$nowhere/new" >"$to/$file"
}

# The README says itself which screen it shows: the arguments stand in its marker.
marker=$(sed -n 's/^<!-- screen:begin spillway \(.*\) -->$/\1/p' README.md)
[ -n "$marker" ] || {
    echo "README.md: no line <!-- screen:begin spillway … -->" >&2
    exit 1
}
grep -q '^<!-- screen:end -->$' README.md || {
    echo "README.md: no line <!-- screen:end -->" >&2
    exit 1
}
eval "clean \"\$program\" $marker" >"$nowhere/screen"
put README.md awk -v screen="$nowhere/screen" '
    /^<!-- screen:end -->$/ { hidden = 0 }
    !hidden { print }
    /^<!-- screen:begin / {
        hidden = 1
        print "```text"
        while ((getline line < screen) > 0) {
            sub(/ +$/, "", line)
            print line
        }
        print "```"
    }' README.md

put docs/spillway.1 "$make_docs" man
put docs/CHEATSHEET.md "$make_docs" sheet

# picture NAME WxH@T[:KEYS] [OPTIONS…]: a screen of the default preset, with functions
# for the excess and a spike.
picture() {
    name=$1 shot=$2
    shift 2
    put "docs/img/$name.svg" "$program" run default --sim --at "12s policy excess" \
        --at "24s spike x2 10s" --screenshot "$shot" --format svg "$@"
}
picture dashboard 120x36@31s:+
picture heatmap 120x36@40s:55V+
picture help '120x36@31s:?'
picture 80x24 80x24@31s
picture projector 120x36@31s:+ --theme projector
