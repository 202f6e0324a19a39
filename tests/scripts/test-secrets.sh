# Secrets stay where they are: planted ones appear in no output, log, report, recording,
# screenshot, saved preset, argument list or error. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
case $SPILLWAY in /*) ;; *) SPILLWAY=$PWD/$SPILLWAY ;; esac
fail() {
    echo "FAILED: $*"
    exit 1
}
for name in $(env | sed -n 's/^\(AWS_[A-Z0-9_]*\)=.*/\1/p'); do unset "$name"; done

# Each has a number of its own, so that a find says where it was planted. They look like what
# they stand for, so that whatever knows secrets by their looks is put to work.
secret() { echo "hunter2pLaNtEd$1+abcdefghijklmnopqrstuv/x"; }
found() { grep -rlaE 'hunter2pLaNtEd|AKIAPLANTED' "$1"; }
home=$dir/home seen=$dir/seen work=$dir/work
mkdir -p "$home/.aws" "$seen" "$work"
export HOME="$home" XDG_CONFIG_HOME="$work/config" XDG_STATE_HOME="$work/state" \
    XDG_RUNTIME_DIR="$work" AWS_EC2_METADATA_DISABLED=true AWS_REGION=us-east-1
cp -r presets "$work/presets"
cd "$work" || exit 1

n=0
# see COMMAND…: runs it, keeps what it says; $code is its exit code.
see() {
    n=$((n + 1))
    "$@" >"$seen/$n.out" 2>"$seen/$n.err" </dev/null
    code=$?
}
refused() { # WORDS COMMAND…
    words=$1
    shift
    see "$@"
    [ $code = 2 ] || fail "$1 $2 ended with $code, not 2: $(head -c 300 "$seen/$n.err")"
    grep -qF -- "$words" "$seen/$n.err" || fail "no \"$words\" in: $(head -c 300 "$seen/$n.err")"
}

# ---- keys in the environment while everything that writes is on
AKID=AKIAPLANTED123456789
export AWS_ACCESS_KEY_ID=$AKID AWS_SECRET_ACCESS_KEY="$(secret 1)" AWS_SESSION_TOKEN="$(secret 2)"
see "$SPILLWAY" run burst --sim --duration 5s --headless=json --log a.log --report report
[ $code = 0 ] || fail "a run: $(cat "$seen/$n.err")"
see "$SPILLWAY" run burst --sim --duration 3s --headless=csv --record a.spw
see "$SPILLWAY" run burst --screenshot 120x36@2s --format svg --at '1s save mine'
see "$SPILLWAY" run burst --sim --duration 2s --sink stdout
see "$SPILLWAY" run burst --sim --duration 2s --headless --at '1s save mine'
[ -s "$work/config/spillway/presets/mine.json" ] || fail "no preset was saved"
sign="$SPILLWAY sign --service lambda --url"
see $sign http://localhost/ --body-file "$work/presets/burst.json"
[ $code = 0 ] || fail "sign: $(cat "$seen/$n.err")"
# It shows the access key: that is part of the Authorization header.
grep -q "Credential=$AKID/" "$seen/$n.out" || fail "sign shows no signature"
sed -i "s/$AKID/AKID/" "$seen/$n.out"

# ---- a live run: argument lists of the process and of its children
"$SPILLWAY" run default --headless --duration 30s >"$seen/live.out" 2>"$seen/live.err" &
pid=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    "$SPILLWAY" ctl 'spike x2 1s' >/dev/null 2>&1 && break
    sleep 0.3
done
"$SPILLWAY" ctl 'save alive' >"$seen/ctl.out" 2>&1 || fail "ctl: $(cat "$seen/ctl.out")"
for p in $pid $(cat /proc/$pid/task/*/children 2>/dev/null); do
    tr '\0' ' ' <"/proc/$p/cmdline"
done >"$seen/arguments"
grep -q 'run default' "$seen/arguments" || fail "no argument list was read"
kill -TERM $pid
wait $pid
pid=

# ---- what is wrong with keys is said without them
unset AWS_SECRET_ACCESS_KEY
refused 'both are needed' $sign http://localhost/
unset AWS_ACCESS_KEY_ID AWS_SESSION_TOKEN
file() { printf "$1\n" "$(secret "$2")" >"$home/.aws/$3"; }
file '[default]\naws_secret_access_key %s' 3 credentials
refused 'credentials:2: neither' $sign http://localhost/
file '%s' 4 credentials
refused 'credentials:1: ' $sign http://localhost/
file "[default]\naws_access_key_id = $AKID\naws_secret_access_key = %s\naws_secret_access_key = x" 5 credentials
refused 'credentials:4: this key is set twice' $sign http://localhost/
file "[default]\naws_access_key_id = $AKID\naws_secret_access_key = %s é" 6 credentials
refused 'no printable ASCII' $sign http://localhost/
rm "$home/.aws/credentials"
process() { # WORDS NUMBER CODE COMMAND: the secret stands for %s in it
    file "[default]\ncredential_process = $4" "$2" config
    see $sign http://localhost/
    [ $code = "$3" ] && grep -qF -- "$1" "$seen/$n.err" ||
        fail "credential_process: $code: $(head -c 300 "$seen/$n.err")"
}
process 'exit code 4' 7 1 'sh -c "echo %s; echo %s >\&2; exit 4"'
process 'not good JSON' 8 2 'echo %s'
process '"Version" is not 1' 9 2 "echo '{\"AccessKeyId\":\"%s\"}'"
process 'is not a text' 10 2 \
    "echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":[\"%s\"]}'"
process 'cannot be started' 11 1 '/no/such --key %s'
# Core dumps are off before there is a secret in the process.
printf '[default]\ncredential_process = sh -c "grep core /proc/$PPID/limits >%s; exit 1"\n' \
    "$dir/core" >"$home/.aws/config"
see $sign http://localhost/
grep -q 'Max core file size *0 *0 ' "$dir/core" || fail "core dumps are on: $(cat "$dir/core")"
rm "$home/.aws/config"

# ---- users and passwords in URLs, tokens in queries and headers
export AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY="$(secret 12)"
refused 'user name or password' $sign "http://user:$(secret 13)@localhost/"
refused 'user name or password' $sign "https://$(secret 14)@localhost/"
refused 'hexadecimal' $sign "http://localhost/?code=$(secret 15)%"
refused "written 'Name: value'" $sign http://localhost/ --header "$(secret 16)"
refused 'control characters' $sign http://localhost/ --header "X-Y: $(secret 17)$(printf '\001')"
# The endpoint of a run, where this program has it.
if "$SPILLWAY" run --help | grep -q -- '--endpoint'; then
    run="$SPILLWAY run burst --headless --duration 2s --function tok"
    refused 'user name or password' $run --provider url --endpoint "https://u:$(secret 18)@127.0.0.1:9/"
    AWS_ENDPOINT_URL="http://u:$(secret 19)@127.0.0.1:9/"
    export AWS_ENDPOINT_URL
    refused 'user name or password' $run --provider aws
    unset AWS_ENDPOINT_URL
    see $run --provider aws --endpoint http://127.0.0.1:9/ --log b.log --record b.spw
fi

# ---- presets refuse them, and do not repeat them
preset() { # WORDS NAME VALUE
    printf '{"spillway":1,"name":"x","why":"%s"}\n' "$3" >"$dir/preset.json"
    refused "$1" "$SPILLWAY" check "$dir/preset.json"
    ! grep -qF -- "$3" "$seen/$n.err" || fail "the sentence repeats $2"
}
preset 'an access key' 'an access key' "key $AKID"
preset 'an ARN' 'an ARN' 'arn:aws:lambda:us-east-1:123456789012:function:tok'
preset 'an account number' 'an account number' 'account 123456789012'
preset 'a secret' 'a secret' 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQ4xB8vT1L'
preset 'a password' 'a password' 'https://me:hunter@host/'
printf '{"spillway":1,"name":"x","why":"y","aws_secret_access_key":"%s"}\n' "$(secret 20)" \
    >"$dir/preset.json"
refused 'secret' "$SPILLWAY" check "$dir/preset.json"

# ---- the search, and that it finds
places=$(found "$seen"; found "$work")
[ -z "$places" ] || {
    grep -raoE '.{0,60}(hunter2pLaNtEd[0-9]*|AKIAPLANTED).{0,20}' $places | head -5
    fail "secrets are in: $places"
}
secret 99 >"$work/presets/planted"
[ "$(found "$work")" = "$work/presets/planted" ] || fail "a planted secret is not found"
ls "$work/a.log" "$work/a.spw" "$work/report/summary.json" >/dev/null || fail "nothing was written"
echo "no secret in $n outputs, logs, reports, recordings, pictures, presets, argument lists"
