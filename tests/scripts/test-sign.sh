# `spillway sign`: the vectors of tests/vectors through the command line, where keys come from,
# and a sentence for each wrong thing. SPILLWAY is the program.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
for name in $(env | sed -n 's/^\(AWS_[A-Z0-9_]*\)=.*/\1/p'); do unset "$name"; done
export HOME="$dir" AWS_EC2_METADATA_DISABLED=true

# ---- vectors: authorization and canonical request as botocore's
count=0
while IFS= read -r line; do
    eval "set -- $line"
    id=$1 want=$2
    export AWS_ACCESS_KEY_ID="$3" AWS_SECRET_ACCESS_KEY="$4" AWS_SESSION_TOKEN="$5"
    printf %s "$6" | base64 -d >"$dir/body"
    shift 6
    "$SPILLWAY" sign "$@" --body-file "$dir/body" >"$dir/out" 2>"$dir/err" || {
        echo "FAILED: $id: $(cat "$dir/err")"
        exit 1
    }
    grep -qxF "Authorization: $want" "$dir/out" || {
        echo "FAILED: $id: wanted $want, got"
        cat "$dir/out"
        exit 1
    }
    count=$((count + 1))
done <tests/vectors/sigv4.args
[ $count -ge 60 ] && [ $count = "$(wc -l <tests/vectors/sigv4.jsonl)" ] || {
    echo "FAILED: $count vectors in sigv4.args, others in sigv4.jsonl: make them anew"
    exit 1
}
echo "$count vectors"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN

# ---- where keys come from
url='http://localhost:9001/2015-03-31/functions/tok/invocations'
at='--time 20261121T093015Z'
sign() { "$SPILLWAY" sign --url "$url" --service lambda $at "$@" >"$dir/out" 2>"$dir/err"; }
expect() { # CODE WORDS options…
    code=$1 words=$2
    shift 2
    sign "$@" </dev/null
    got=$?
    if [ $got != "$code" ] || ! grep -qF -- "$words" "$dir/err" "$dir/out"; then
        echo "FAILED: sign $*"
        echo "  wanted exit $code and \"$words\"; got $got and: $(head -c 600 "$dir/err")"
        exit 1
    fi
    ! grep -q hunter2 "$dir/err" "$dir/out" || { echo "FAILED: sign $* shows the secret"; exit 1; }
}
expect 2 'no region'
mkdir "$dir/.aws"
printf '[default]\nregion = eu-west-1\n[profile dev]\nregion = eu-west-2\n' >"$dir/.aws/config"
expect 2 'no AWS keys'
printf '[default]\naws_access_key_id = AKFILE\naws_secret_access_key = hunter2\n' \
    >"$dir/.aws/credentials"
expect 0 'Credential=AKFILE/20261121/eu-west-1/lambda/aws4_request'
expect 2 'no AWS keys' --profile dev
printf '[dev]\r\naws_access_key_id = AKDEV\r\naws_secret_access_key = hunter2\r\naws_session_token=hunter2' \
    >"$dir/.aws/credentials"
expect 0 'Credential=AKDEV/20261121/eu-west-2/lambda/aws4_request' --profile dev
expect 0 'x-amz-security-token:(7 characters' --profile dev
AWS_PROFILE=dev AWS_REGION=sa-east-1 expect 0 'Credential=AKDEV/20261121/sa-east-1/'
expect 2 'profile "nobody" is neither in' --profile nobody
printf '[default]\nregion hunter2\n' >"$dir/.aws/config"
expect 2 'config:2: neither a section' --region us-east-1
printf '[default]\ncredential_process = sh -c "echo hunter2; exit 9"\n' >"$dir/.aws/config"
expect 1 'it ended with exit code 9' --region us-east-1
rm "$dir/.aws/config"

# ---- what is wrong
export AWS_ACCESS_KEY_ID=AKENV AWS_SECRET_ACCESS_KEY=hunter2 AWS_REGION=us-east-1
expect 0 'Credential=AKENV/20261121/us-east-1/lambda/aws4_request'
expect 2 'user name or password' --url 'http://user:hunter2@localhost/'
expect 2 'http:// or https://' --url localhost
expect 2 'a blank' --url 'http://localhost/a b'
expect 2 'two hexadecimal digits' --url 'http://localhost/100%'
expect 2 'fragment' --url 'http://localhost/#x'
expect 2 'no method' --method 'GE T'
expect 2 'written like 20261121T093015Z' --time 2026-11-21
expect 2 'written like 20261121T093015Z' --time 20260230T000000Z
expect 2 "written 'Name: value'" --header 'hunter2'
expect 2 "written 'Name: value'" --header ': hunter2'
expect 2 'the signer makes it' --header 'X-Amz-Date: 20261121T093015Z'
expect 2 'control characters' --header "X-Y: hunter2$(printf '\001')"
expect 2 'cannot stand there' --header 'X Y: hunter2'
expect 2 'like us-east-1' --region 'us east'
expect 2 'like lambda' --service ''
expect 1 'No such file' --body-file "$dir/absent"
expect 1 'Is a directory' --body-file "$dir"
expect 2 'did you mean --method?' --metod GET
expect 0 'the host name says region eu-west-1' \
    --url https://abc.lambda-url.eu-west-1.on.aws/ --region us-east-1
unset AWS_SECRET_ACCESS_KEY
expect 2 'AWS_SECRET_ACCESS_KEY is not'
echo "sentences and sources"
