# `spillway emulator` as its own program: every route over curl, its errors, its end, and
# that it comes back on the same port after kill -9. SPILLWAY is the program.
set -u
spillway=$SPILLWAY
dir=$(mktemp -d) || exit 1
pid=
trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "$dir"' EXIT
count=0
unset HTTP_PROXY http_proxy ALL_PROXY all_proxy AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY

failed() { echo "FAILED: $*"; head -n 30 "$dir/head" "$dir/body" "$dir/err" 2>/dev/null; exit 1; }
# start OPTIONS: url is set when this returns
start() {
    "$spillway" emulator "$@" >"$dir/out" 2>"$dir/err" &
    pid=$!
    for _ in $(seq 200); do
        url=$(cat "$dir/out")
        [ -n "$url" ] && return
        kill -0 $pid 2>/dev/null || failed "emulator $* did not start"
        sleep 0.05
    done
    failed 'no URL on standard output'
}
# ask STATUS WORDS CURL-ARGUMENTS: status, and words in head or body
ask() {
    count=$((count + 1))
    want=$1 words=$2
    shift 2
    got=$(curl -s -g --max-time 20 -D "$dir/head" -o "$dir/body" -w '%{http_code}' "$@")
    [ "$got" = "$want" ] || failed "$*: $got, not $want"
    [ -z "$words" ] || cat "$dir/head" "$dir/body" | grep -qF -- "$words" ||
        failed "$*: no \"$words\" in"
}
# refused CODE WORDS OPTIONS: the program ends with it and says so
refused() {
    count=$((count + 1))
    want=$1 words=$2
    shift 2
    "$spillway" emulator "$@" >"$dir/body" 2>"$dir/err"
    code=$?
    [ $code = "$want" ] || failed "emulator $* gave $code, not $want"
    grep -qF -- "$words" "$dir/err" || failed "emulator $*: no \"$words\" in"
    [ "$(wc -l <"$dir/err")" = 1 ] || failed "emulator $*: more than one sentence"
}

start --calibration none --seed 7
invoke=$url/2015-03-31/functions/tokenize/invocations

# ---- Invoke
ask 200 'X-Amz-Executed-Version: $LATEST' -d '["It rains."]' "$invoke"
[ "$(cat "$dir/body")" = '["It","rains"]' ] || failed 'not the tokens'
ask 200 '"batch":7,"results":[["a"],[]]' "$invoke" \
    -d '{"v":1,"job":"j","epoch":1,"batch":7,"attempt":2,"op":"tokenize","records":["a",""]}'
ask 200 '' -d '[]' "$url/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Atokenize/invocations?Qualifier=prod"
ask 200 'X-Amz-Function-Error: Unhandled' -X POST "$invoke"
ask 200 'X-Amz-Log-Result: ' -H 'X-Amz-Log-Type: Tail' -d '[]' "$invoke"
ask 202 '' -H 'X-Amz-Invocation-Type: Event' -d '[]' "$invoke"
ask 204 '' -H 'X-Amz-Invocation-Type: DryRun' -d '[]' "$invoke"
ask 400 'x-amzn-ErrorType: InvalidRequestContentException' -d '[' "$invoke"
ask 404 'arn:aws:lambda:us-east-1:000000000000:function:nobody' -d '[]' \
    "$url/2015-03-31/functions/nobody/invocations"
head -c 6291557 /dev/zero | tr '\0' ' ' >"$dir/large"
ask 413 'x-amzn-ErrorType: RequestEntityTooLargeException' --data-binary "@$dir/large" "$invoke"

# ---- every byte goes there and back: \u0000 to \u00ff, split where it must be
text=$(awk 'BEGIN { for (i = 0; i < 256; i++) printf "\\u%04x", i }')
ask 200 '["0123456789","ABCDEFGHIJKLMNOPQRSTUVWXYZ","_","abcdefghijklmnopqrstuvwxyz"]' "$invoke" \
    -d "[\"$text\"]"

# ---- function URLs
ask 200 '["by","url"]' -d '["by url"]' "$url/url/tokenize/"
ask 200 '["by","host"]' -d '["by host"]' -H 'Host: tokenize.lambda-url.us-east-1.on.aws' "$url/x?y=z"
ask 502 'Internal Server Error' -d 'no payload' "$url/url/tokenize/"

# ---- control plane
ask 200 '"State":"Active"' "$url/2015-03-31/functions"
ask 200 '"LastUpdateStatus":"Successful"' "$url/2015-03-31/functions/tokenize/configuration"
ask 201 '"FunctionName":"other"' -d '{"FunctionName":"other"}' "$url/2015-03-31/functions"
ask 204 '' -X DELETE "$url/2015-03-31/functions/other"
ask 200 ':0}' -X PUT -d '{"ReservedConcurrentExecutions":0}' \
    "$url/2017-10-31/functions/tokenize/concurrency"
ask 429 '"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"' -d '[]' "$invoke"
ask 204 '' -X DELETE "$url/2017-10-31/functions/tokenize/concurrency"
ask 200 '{}' "$url/2019-09-30/functions/tokenize/concurrency"
ask 200 '"ConcurrentExecutions":1000' "$url/2016-08-19/account-settings"

# ---- metrics, faults
ask 200 'spillway_throttles_total{reason="reserved_zero"} 1' "$url/metrics"
tail -n 1 "$dir/body" | grep -qx '# EOF' || failed 'no end of the metrics'
ask 200 '"fault":"throttle"' -d 'throttle 60s' "$url/_spillway/fault"
ask 429 'Retry-After: 1' -d '[]' "$invoke"
ask 200 '[]' -d off "$url/_spillway/fault"
ask 400 'no such fault; there are off, latency, error' -d 'eror 3%' "$url/_spillway/fault"
ask 404 'no such path here' "$url/nothing"

# ---- log lines, and an orderly end
grep -q '^START RequestId: [0-9a-f-]* Version: \$LATEST$' "$dir/err" || failed 'no START'
grep -q "^REPORT RequestId: .* MB	Init Duration: [0-9.]* ms	\$" "$dir/err" || failed 'no REPORT'
refused 1 'is in use' --port "${url##*:}"
kill "$pid"
wait "$pid" || failed "SIGTERM: ended with $?"

# ---- kill -9 with a call under way, and back on the same port
# under_way FILE: a call in the background, which the emulator has when this returns
under_way() {
    curl -s --max-time 20 -o "$1" -d '["again"]' "$url/2015-03-31/functions/tokenize/invocations" &
    caller=$!
    for _ in $(seq 200); do
        curl -s "$url/_spillway/state" | grep -q '"busy":1' && return
        sleep 0.05
    done
    failed 'no call under way'
}
start --calibration none --constant 15s --quiet
under_way "$dir/body"
kill -9 "$pid"
wait "$pid" 2>/dev/null
wait "$caller" && failed 'an answer from a dead emulator'
start --calibration none --constant 500ms --port "${url##*:}" --quiet

# ---- a signal while a call is under way: it is answered first
under_way "$dir/body"
kill -INT "$pid"
wait "$pid" || failed "SIGINT: ended with $?"
pid=
wait "$caller" || failed 'no answer: it ended before its call'
[ "$(cat "$dir/body")" = '["again"]' ] || failed 'another answer'
[ ! -s "$dir/err" ] || failed 'not quiet'

# ---- what is wrong on the command line
refused 2 'a function is NAME=KIND:SOURCE' --function tokenize
refused 2 'native:sort: there is only native:tokenize' --function a=native:sort
refused 2 'is not KIND:SOURCE; there are native:…, python:…' --function a=cobol:x
refused 2 'none of: 2023, 2026, none' --calibration 2024
refused 2 'must be 0 to 65535' --port 70000
refused 2 'like error 20% 10s' --fault ''
refused 2 'no such fault' --fault 'eror 3%'
refused 2 'needs AWS_ACCESS_KEY_ID' --verify-signatures
refused 2 'is no region' --region 'over there'
refused 2 'twelve digits' --account 12
echo "$count answers of the emulator"
