# A person's own text and dead letters as the input: the same rows by every path, every
# byte as it was, large records as dead letters with their place, bad input a sentence.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0
fail() {
    echo "FAILED: $1"
    [ ! -s "$dir/err" ] || head -c 600 "$dir/err"
    exit 1
}
# rows FILE ARGUMENTS…: standard input is handed on
rows() {
    to=$1
    shift
    "$SPILLWAY" run "$@" --sink stdout --dead-letters "$dir/letters" >"$to" 2>"$dir/err" ||
        fail "($?) spillway run $*"
    count=$((count + 1))
}
same() { cmp "$1" "$2" >"$dir/err" 2>&1 || fail "$3"; }
# refused CODE SENTENCE ARGUMENTS…
refused() {
    code=$1
    sentence=$2
    shift 2
    "$SPILLWAY" run "$@" --sim --headless >"$dir/out" 2>"$dir/err" </dev/null
    [ $? = "$code" ] || fail "the exit code is not $code: spillway run $*"
    grep -qF -- "$sentence" "$dir/err" || fail "no sentence \"$sentence\": spillway run $*"
    count=$((count + 1))
}

# ---- the same rows by every path
awk 'BEGIN { for (i = 0; i < 3000; i++) print "line " i " of " i % 7 " words, and-more\r"; print ""
    printf "the last has no LF" }' >"$dir/text"
rows "$dir/sim" vanilla --sim --source "lines:$dir/text" --rate 20000 --set slots=100 </dev/null
[ "$(wc -l <"$dir/sim")" = 3002 ] || fail 'not a row for each line'
grep -qxF '{"id":"0:8","tokens":["line","8","of","1","words","and","more"]}' "$dir/sim" || fail 'row 8'
grep -qxF '{"id":"0:3000","tokens":[]}' "$dir/sim" || fail 'an empty line is a record'
grep -qxF '{"id":"0:3001","tokens":["the","last","has","no","LF"]}' "$dir/sim" || fail 'the last line'
rows "$dir/other" vanilla --live --source "lines:$dir/text" --rate 20000 --set slots=100 </dev/null
same "$dir/sim" "$dir/other" 'live has other rows than sim'
rows "$dir/other" burst --sim --source "lines:$dir/text" --rate 2000 --set policy=always \
    --set order=global </dev/null
same "$dir/sim" "$dir/other" 'functions give other rows'
rows "$dir/other" vanilla --sim --source lines:- --rate 20000 --set slots=100 <"$dir/text"
same "$dir/sim" "$dir/other" 'standard input gives other rows'
cat "$dir/text" | rows "$dir/other" vanilla --live --source lines:- --rate 20000 --set slots=100 || exit 1
same "$dir/sim" "$dir/other" 'a pipe gives other rows'
mkfifo "$dir/fifo"
{ head -c 70000 "$dir/text"; sleep 0.3; tail -c +70001 "$dir/text"; } >"$dir/fifo" &
rows "$dir/other" vanilla --live --source "lines:$dir/fifo" --rate 20000 --set slots=100 </dev/null
same "$dir/sim" "$dir/other" 'a fifo gives other rows'
{ head -c 70000 "$dir/text"; sleep 0.3; tail -c +70001 "$dir/text"; } |
    rows "$dir/other" vanilla --sim --source lines:- --rate 20000 --set slots=100 || exit 1
same "$dir/sim" "$dir/other" 'a slow pipe gives other rows in sim'

# ---- a slow pipe is no backlog, and what comes late is due when it comes
{ echo one; sleep 0.6; echo two; } | rows "$dir/other" vanilla --live --source lines:- --rate 1000 \
    --expect 'max<400ms' --expect 'backlog==0' || exit 1

# ---- every byte: the letters of a run without any lane hold them, and run again
for i in 0 1 2 3 4 5 6 7; do for j in 0 1 2 3 4 5 6 7; do for k in 0 1 2 3; do
    printf "\\$k$i$j"
done; done; done >"$dir/bytes"
rows "$dir/first" vanilla --sim --source "lines:$dir/bytes" </dev/null
rm -f "$dir/letters"
rows "$dir/none" invoker-only --sim --source "lines:$dir/bytes" --at '0s fault function-error 100% 1h' \
    </dev/null
[ ! -s "$dir/none" ] || fail 'there are rows although every call fails'
mv "$dir/letters" "$dir/again"
rows "$dir/second" vanilla --sim --source "dead:$dir/again" </dev/null
same "$dir/first" "$dir/second" 'dead letters that run again give other rows'
[ ! -e "$dir/letters" ] || fail 'they became dead letters again'

# ---- a record above 1 MiB
{ echo small; head -c 10485760 /dev/zero | tr '\0' x; echo; head -c 1048576 /dev/zero | tr '\0' y
  echo; echo last; } >"$dir/big"
rows "$dir/other" burst --sim --source "lines:$dir/big" </dev/null
[ "$(cut -c1-14 "$dir/other" | tr '\n' ' ')" = '{"id":"0:0","t {"id":"0:2","t {"id":"0:3","t ' ] ||
    fail 'the records around a large one'
grep -qF "\"reason\":\"above 1 MiB\",\"attempts\":0,\"at\":\"$dir/big:2 (10485760 bytes)\"" \
    "$dir/letters" || fail 'the letter does not say where the record stands'
mv "$dir/letters" "$dir/again"
rows "$dir/other" vanilla --sim --source "dead:$dir/again" </dev/null
cmp -s "$dir/again" "$dir/letters" && fail 'ids are the same'
sed 's/"0:0"/"0:1"/' "$dir/letters" | cmp -s - "$dir/again" || fail 'the place is not kept'

# ---- what is no input
: >"$dir/empty"
rows "$dir/other" vanilla --sim --source "lines:$dir/empty" </dev/null
[ ! -s "$dir/other" ] || fail 'rows of an empty file'
refused 1 'cannot be opened' vanilla --source "lines:$dir/missing"
refused 2 'is a directory' vanilla --source "lines:$dir"
refused 2 "$dir/text:1:1: a dead letter is an object" vanilla --source "dead:$dir/text"
head -c 60 "$dir/again" >"$dir/torn"
refused 2 "$dir/torn:1:61: the line ends early" vanilla --source "dead:$dir/torn"
refused 2 'from a file' vanilla --source dead:/dev/null
refused 2 'is no source' vanilla --source lines:
refused 2 'is no source' vanilla --source nexmark:x
refused 2 'give another with --dead-letters' vanilla --source "dead:$dir/again" \
    --dead-letters "$dir/again"
refused 2 'wanted twice' vanilla --source lines:- --script -

# ---- in a preset: relative to its own file
mkdir "$dir/folder"
cp "$dir/text" "$dir/folder/words"
sed 's/"source": {[^}]*}/"source": { "kind": "lines", "file": "words" }/' presets/vanilla.json \
    >"$dir/folder/p.json"
rows "$dir/other" "$dir/folder/p.json" --sim --rate 20000 --set slots=100 </dev/null
same "$dir/sim" "$dir/other" 'a preset that names the file gives other rows'
echo "$count runs"
