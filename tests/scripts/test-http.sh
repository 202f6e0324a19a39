# The default live run calls over HTTP on the loopback interface; its rows are those of every
# other way; what is wrong with an endpoint is one sentence; money stops at the cent; a fault
# on the way, and an emulator that is killed, lose nothing. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
pids=
trap 'for p in $pids; do kill -9 $p 2>/dev/null; done; rm -rf "$dir"' EXIT
. tests/scripts/figures.sh
unset http_proxy https_proxy all_proxy
export AWS_EC2_METADATA_DISABLED=true

# ---- connections can be seen ------------------------------------------------------------
"$SPILLWAY" run default --live --duration 3s --rate 1000 --set policy=always --headless=json \
    >"$dir/a" 2>/dev/null &
run=$!
pids="$pids $run"
seen=0
for i in $(seq 100); do
    sockets=$(ls -l /proc/$run/fd 2>/dev/null | sed -n 's/.*socket:\[\([0-9]*\)\].*/\1/p')
    for s in $sockets; do # local and remote address 127.0.0.1, established, owned by the run
        awk -v inode="$s" '$10 == inode && $2 ~ /^0100007F/ && $3 ~ /^0100007F/ && $4 == "01" \
            { found = 1 } END { exit !found }' /proc/net/tcp && seen=$((seen + 1))
    done
    [ $seen -gt 0 ] && break
    sleep 0.05
done
wait $run || { echo 'FAILED: the default run'; cat "$dir/a"; exit 1; }
[ $seen -gt 0 ] || { echo 'FAILED: no connection on the loopback interface'; exit 1; }
[ "$(figure provider "$dir/a")" = emulator ] || { echo 'FAILED: not the emulator'; exit 1; }
[ "$(of burst calls "$dir/a")" -gt 10 ] || { echo 'FAILED: hardly any call'; exit 1; }
echo "  $(of burst calls "$dir/a") calls, connections on the loopback interface"

# ---- a stand-alone emulator ---------------------------------------------------------------
"$SPILLWAY" emulator --port 0 --quiet >"$dir/url" 2>&1 &
pids="$pids $!"
for i in $(seq 200); do
    url=$(sed -n 's|.*\(http://127.0.0.1:[0-9]*\).*|\1|p' "$dir/url" | head -1)
    [ "$url" ] && break
    sleep 0.05
done

# ---- the same rows whichever way --------------------------------------------------------------
# N records, every one of them through a function (or, policy off, none)
digest=
same_rows() {
    measure "$dir/a" default --records 20000 --rate 20000 --set graph.tokenizer.cost=0 \
        --set concurrency=40 --set timeout=20s "$@"
    [ "${digest:=$(figure digest "$dir/a")}" = "$(figure digest "$dir/a")" ] &&
        [ "$(of records out "$dir/a")" = 20000 ] || {
        echo "FAILED: other rows: $*"
        cat "$dir/a"
        exit 1
    }
}
same_rows --sim --set policy=off
same_rows --sim --set policy=always
same_rows --live --set policy=always --provider model
same_rows --live --set policy=always
same_rows --live --set policy=always --payload list
same_rows --live --set policy=always --provider url --endpoint "$url/url/tokenize/"
same_rows --live --set policy=always --provider aws --endpoint "$url" \
    --function 123456789012:function:tokenize
echo "  the same rows locally, by the model, over HTTP in both forms, by a function URL"

# ---- one sentence each --------------------------------------------------------------------------
# says CODE WORDS ARGUMENTS…
says() {
    code=$1 words=$2
    shift 2
    "$SPILLWAY" run default --duration 1s --headless "$@" >"$dir/out" 2>"$dir/err" </dev/null
    got=$?
    [ $got = "$code" ] && grep -q -- "$words" "$dir/err" &&
        [ "$(grep -c . "$dir/err")" = 1 ] || {
        echo "FAILED ($got): $*: not one sentence with \"$words\""
        cat "$dir/err"
        exit 1
    }
}
export AWS_ACCESS_KEY_ID=AKIDPLANTED AWS_SECRET_ACCESS_KEY=planted-secret
says 1 'nobody listens at 127.0.0.1:1' --provider aws --endpoint http://127.0.0.1:1
# A function URL is not asked beforehand: the run goes on locally, and says why, once.
"$SPILLWAY" run default --live --duration 2s --set policy=always --provider url \
    --endpoint http://127.0.0.1:1/ >"$dir/out" 2>"$dir/err" || exit 1
[ "$(grep -c 'functions: nobody listens at 127.0.0.1:1.*run locally' "$dir/err")" = 1 ] || {
    echo 'FAILED: a run without a screen does not say once that functions are away'
    cat "$dir/err"
    exit 1
}
says 1 'no-such-host.invalid' --provider aws --endpoint http://no-such-host.invalid
says 1 'does not speak TLS' --provider aws --endpoint "https${url#http}"
says 2 'Function not found' --provider aws --endpoint "$url" --function nobody
says 2 'where is it' --provider url
says 2 'no provider; did you mean emulator' --provider emulatr
says 2 'virtual time always has the model' --sim --provider emulator
says 2 'goes with --provider emulator' --provider model --function a=native:tokenize
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY

# ---- one call by hand ---------------------------------------------------------------------------
invokes() {
    code=$1 words=$2
    shift 2
    "$SPILLWAY" invoke --endpoint "$url" "$@" >"$dir/out" 2>"$dir/err" </dev/null
    got=$?
    [ $got = "$code" ] && cat "$dir/out" "$dir/err" | grep -q -- "$words" || {
        echo "FAILED ($got): invoke $*: no \"$words\""
        cat "$dir/out" "$dir/err"
        exit 1
    }
}
invokes 0 '\["a","b"\]' --body '["a b"]'
invokes 0 'REPORT RequestId' --log-tail
invokes 0 'HTTP 202' --type Event
invokes 0 'HTTP 204' --type DryRun
invokes 1 'Function not found: arn:aws:lambda:us-east-1:\*' --function nobody
invokes 1 'InvalidRequestContent' --body '{'
invokes 2 'RequestResponse' --type Sync
# On loopback keys are not looked for, but for who names a profile.
printf '[p]\naws_access_key_id = AKIDPLANTED\naws_secret_access_key = planted\n' >"$dir/keys"
export AWS_SHARED_CREDENTIALS_FILE="$dir/keys" AWS_DEFAULT_REGION=eu-west-1
invokes 0 ', unsigned'
invokes 0 'keys from profile p' --profile p
invokes 2 'profile "q"' --profile q
unset AWS_SHARED_CREDENTIALS_FILE AWS_DEFAULT_REGION
echo '  one call by hand, of every type'

# tls SENTENCE: a server with a certificate that nobody trusts
if command -v openssl >/dev/null; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/key" -out "$dir/cert" -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost >/dev/null 2>&1
    for i in $(seq 20); do
        port=$((20000 + ($$ * 7 + i * 131) % 20000))
        openssl s_server -accept 127.0.0.1:$port -key "$dir/key" -cert "$dir/cert" -www -quiet \
            >"$dir/tls" 2>&1 &
        tls=$!
        sleep 0.4
        kill -0 $tls 2>/dev/null && break
    done
    pids="$pids $tls"
    says 1 'certificate of localhost' --provider aws --endpoint "https://localhost:$port" \
        --auth none
    # trusted, but for another name
    AWS_CA_BUNDLE=$dir/cert
    export AWS_CA_BUNDLE
    says 1 'certificate of 127.0.0.1' --provider aws --endpoint "https://127.0.0.1:$port" \
        --auth none
    unset AWS_CA_BUNDLE
    kill $tls
    echo '  certificates that are not good'
fi
