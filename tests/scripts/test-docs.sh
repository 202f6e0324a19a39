# The generated documents are those of this program. SPILLWAY is the program, MAKE_DOCS
# the generator beside it.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() {
    echo "FAILED: $*"
    exit 1
}
sh docs/make/docs.sh "$SPILLWAY" "$MAKE_DOCS" "$dir/made" || fail "docs.sh: exit $?"
# stale TREE: the generated documents that are another text in TREE
stale() {
    (cd "$dir/made" && find . -type f | sed 's,^\./,,' | sort) | while read -r made; do
        cmp -s "$1/$made" "$dir/made/$made" || echo "$made"
    done
}
old=$(stale .)
[ -z "$old" ] || {
    for made in $old; do
        diff "$made" "$dir/made/$made" | cut -c 1-200 | head -6
    done
    fail "not what the program says now: $(echo $old); run make docs"
}
for made in docs/img/*; do
    [ -e "$dir/made/$made" ] || fail "$made: nothing makes it"
done
grep -q 'LEDGER ✓' README.md || fail "the README shows no screen"

# It can fail: one byte more, and one file less.
cp -r "$dir/made" "$dir/planted"
echo >>"$dir/planted/docs/CHEATSHEET.md"
rm "$dir/planted/docs/img/help.svg"
[ "$(echo $(stale "$dir/planted"))" = 'docs/CHEATSHEET.md docs/img/help.svg' ] ||
    fail "stale documents are not found"

# The manual page names every variable of the environment that the program reads, and
# every option.
grep -rhoE '(getenv|set|value|variable|is_true)\((env, |p, profile, )?"[A-Z0-9_]+"' src ui | grep -oE '[A-Z0-9_]{4,}' | sort -u |
    while read -r name; do
        [ "$name" = SPILLWAY_PLANT ] || grep -q "$name" docs/spillway.1 || echo "$name"
    done >"$dir/missing"
[ ! -s "$dir/missing" ] || fail "docs/make/man.c lacks $(tr '\n' ' ' <"$dir/missing")"

# Formatters have nothing to complain about, where they are installed.
if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning docs/spillway.1 >"$dir/lint" 2>&1 || fail "$(head -5 "$dir/lint")"
fi
if command -v groff >/dev/null; then
    groff -mandoc -ww -Tutf8 docs/spillway.1 2>"$dir/lint" >"$dir/page" || fail "groff: exit $?"
    [ ! -s "$dir/lint" ] || fail "$(head -5 "$dir/lint")"
fi

# Each file that a document points to is there.
for document in README.md docs/*.md; do
    grep -oE '\]\([^)#]+' "$document" | sed 's/^](//' | grep -v '^https\{0,1\}:' |
        while read -r link; do
            [ -e "$(dirname "$document")/$link" ] || echo "$document: $link"
        done
done >"$dir/broken"
[ ! -s "$dir/broken" ] || fail "broken links: $(cat "$dir/broken")"
echo "documents are up to date"
