#!/bin/sh
# Reports: a page that needs nothing else, in which nothing of a recording becomes markup,
# and whose command gives the same run again.
top=$(pwd)
case $SPILLWAY in /*) ;; *) SPILLWAY=$top/$SPILLWAY ;; esac
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

fail() {
    echo "report: $1" >&2
    exit 1
}
has() { grep -qF -- "$1" "$page" || fail "the page has no \"$1\""; }

"$SPILLWAY" run "$top/presets/default.json" --sim --duration 20s --seed 5 --at "5s policy excess" \
    --at "8s spike x3 5s" --at "12s batch 20" --at "15s mark <script>alert(1)</script> & it's \"so\"" \
    --expect "p99<10s" --record a.spw --headless=json >summary.json 2>err || { cat err >&2; fail "no run"; }
page=$("$SPILLWAY" report a.spw --out pages) || fail "no page"
[ "$page" = pages/a.html ] && [ -s "$page" ] || fail "the page is not where it was said: $page"

# self-contained, and escaped
grep -qi "http\|src=\|url(\|@import\|<script\|onload" "$page" && fail "the page asks for something else"
has "&lt;script&gt;alert(1)&lt;/script&gt; &amp; it&#39;s &quot;so&quot;"
[ "$(grep -c "<svg " "$page")" = 6 ] && [ "$(grep -c "</svg>" "$page")" = 6 ] || fail "not six graphs"
has '<text x="'
has 'class="mid b">A</text>'
has "<b>C</b>"
has "<td>batch</td><td>50</td><td>00:00:12: 20</td>"
has "✓ p99&lt;10s"
if command -v xmllint >/dev/null; then
    sed -n '/<svg /,/<\/svg>/p' "$page" | sed '1i <all>' | sed '$a </all>' | xmllint --noout - || fail "no XML"
fi

# the command on it gives the same run
sed -n '/<details>/,/<\/pre>/p' "$page" | sed 's/.*<pre>//; s/<\/pre>.*//' >preset
sed -n 's/^<pre>spillway run \(.*\)<\/pre>$/\1/p' "$page" >command
for f in preset command; do
    sed "s/&lt;/</g; s/&gt;/>/g; s/&quot;/\"/g; s/&#39;/'/g; s/&amp;/\&/g" $f >$f.plain
done
mv preset.plain default.json
eval "\"\$SPILLWAY\" run $(cat command.plain) --headless=json" >again.json 2>err || { cat err >&2; fail "its command fails"; }
cmp -s summary.json again.json || { diff summary.json again.json >&2; fail "its command gives another run"; }

# again over the old page; a recording that was cut; none at all
head -c $(($(wc -c <a.spw) - 20)) a.spw >cut.spw
"$SPILLWAY" report cut.spw --out pages >/dev/null || fail "no page of a cut recording"
grep -q "broken off" pages/cut.html || fail "the page does not say that it was broken off"
"$SPILLWAY" report a.spw --out pages >/dev/null || fail "no second page"
"$SPILLWAY" report none.spw 2>/dev/null
[ $? -eq 1 ] || fail "a file that is not there"
"$SPILLWAY" report "$top/README.md" 2>/dev/null
[ $? -eq 2 ] || fail "a file that is none"
mkdir pages/b.html && cp a.spw b.spw
"$SPILLWAY" report b.spw --out pages 2>/dev/null
[ $? -eq 1 ] || fail "a page that cannot be written"
[ ! -e pages/b.html.part ] || fail "a part was left"
echo "ok    report"
