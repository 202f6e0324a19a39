/* What people and other programs give the cloud part to read: profiles, answers of a
 * credential_process, command lines, URLs, names of functions, headers, Authorization. Good ones
 * with bytes changed, put in, taken out, doubled and cut, from a seed. Each is taken or refused
 * with a sentence that shows no secret; what is taken must hold what its header promises.
 *
 *     fuzz_cloud_inputs [ROUNDS [SEED]]
 */
#include "cloud/address.h"
#include "cloud/assume_role.h"
#include "cloud/credentials_find.h"
#include "cloud/profile.h"
#include "cloud/program.h"
#include "cloud/sign.h"
#include "tests/lib/mutant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "hunter2"

static struct err e;
static struct signer *signer;
static long taken, refused;

static void die(const char *what)
{
    fprintf(stderr, "fuzz_cloud_inputs: %s\n%.*s\n%s\n", what, (int)size, text, e.text);
    abort();
}

/* One of the good ones, damaged; or as it is, now and then. */
static void choose(const char *const *good, uint32_t count)
{
    mutant_of(good[below(count)], 6);
    e = (struct err){0};
}

/* The text in memory of exactly its size, up to its first NUL. */
static char *exact(void)
{
    size = strlen(text);
    char *copy = malloc(size + 1);
    if (!copy)
        exit(1);
    memcpy(copy, text, size + 1);
    return copy;
}

/* Counts an answer. */
static bool good(int code)
{
    if (code == 0) {
        taken++;
        return true;
    }
    refused++;
    if (code != ERR_BAD && code != ERR_IO)
        die("a code that is none of these");
    if (!e.text[0] || strchr(e.text, '\n'))
        die("no sentence");
    if (strstr(e.text, SECRET))
        die("a sentence shows the secret");
    return false;
}

/* ---- what is read ------------------------------------------------------------------------- */

static void fuzz_profile(void)
{
    static const char *const files[] = {
        "# c\n[default]\nregion = us-east-1\naws_access_key_id=AKID\naws_secret_access_key "
        "= " SECRET "\n\n[profile dev]\ncredential_process = a\n   b\n   c\nservices = s\n",
        "[services s]\nlambda =\n  endpoint_url = http://localhost:1\n  # c\ns3 =\n  a = b\n"
        "[default]\n[profile \"x y\"]\r\nk : v\r\n[profile 'z']\n[sso-session q]\n",
        "\xEF\xBB\xBF[a]\n" SECRET " = " SECRET "\nempty =\n  x = " SECRET "\n; c"};
    choose(files, sizeof files / sizeof *files);
    size_t bytes = size;
    char *copy = malloc(bytes + 1);
    struct profiles *p = profile_none();
    if (!copy || !p)
        exit(1);
    memcpy(copy, text, bytes + 1);
    enum profile_file kind = below(2) ? PROFILE_CONFIG : PROFILE_CREDENTIALS;
    if (good(profile_parse(p, kind, copy, bytes, "file", &e))) {
        static const char *const names[] = {"default", "dev", "x y", "a", ""};
        const char *name = names[below(5)];
        const char *value = profile_either(p, name, "region");
        const char *url = profile_service(p, name, "lambda", "endpoint_url");
        if ((value && (value < copy || value > copy + bytes)) ||
            (url && (url < copy || url > copy + bytes)) || (value && !profile_exists(p, name)))
            die("a value is not in the file");
    }
    profile_close(p);
    free(copy);
}

static void fuzz_keys(void)
{
    static const char *const answers[] = {
        "{\"Version\":1,\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":\"" SECRET
        "\",\"SessionToken\":\"" SECRET "\",\"Expiration\":\"2030-01-02T03:04:05Z\"}",
        "{ \"Token\" : \"" SECRET "\", \"AccessKeyId\" : \"A\", \"SecretAccessKey\" : \"" SECRET
        "\", \"Expiration\" : \"2030-01-02T03:04:05.123+01:00\", \"Version\":1, \"x\":[{}, null]}"};
    static struct key_set k;
    choose(answers, sizeof answers / sizeof *answers);
    char *copy = exact();
    if (good(credentials_read_json(copy, below(2) ? 1 : 0, &k, &e)) &&
        (!k.access[0] || !k.secret[0] || strlen(k.token) >= sizeof k.token))
        die("keys without keys");
    if (size > 0 && copy[0])
        die("the answer was not wiped");
    free(copy);
    static const char *const roles[] = {
        "<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>" SECRET "</SecretAccessKey>"
        "<SessionToken>" SECRET "</SessionToken><Expiration>2030-01-02T03:04:05Z</Expiration>"};
    choose(roles, 1);
    copy = exact();
    if (good(assume_role_read(copy, &k, &e)) && (!k.access[0] || !k.secret[0] || !k.token[0]))
        die("a role without keys");
    free(copy);
    int64_t at_s = -1;
    static const char *const times[] = {"2030-01-02T03:04:05Z", "2030-01-02t03:04:05.5-10:30"};
    choose(times, 2);
    copy = exact();
    if (credentials_read_expiration(copy, &at_s) && (at_s < -86400 || at_s > INT64_C(300000000000)))
        die("a time beyond all");
    if (sign_read_time(copy, &at_s) && at_s < 0)
        die("a time before 1970");
    free(copy);
}

static void fuzz_words(void)
{
    static const char *const commands[] = {"aws configure 'a b' \"c \\\" d\" e\\ f",
                                           "sh -c \"'x'\"", "'" SECRET "' \"\" ''"};
    char *words[PROGRAM_ARGUMENTS_MAX + 1];
    choose(commands, sizeof commands / sizeof *commands);
    char *copy = exact();
    if (good(program_split(copy, words, &e)))
        for (int i = 0; words[i]; i++)
            if (words[i] < copy || words[i] + strlen(words[i]) > copy + size)
                die("a word is not in the command");
    free(copy);
}

static void fuzz_address(void)
{
    static const char *const urls[] = {
        "http://localhost:9001/2015-03-31/functions/tok/invocations?Qualifier=prod&a=%20",
        "https://abc.lambda-url.eu-west-1.on.aws/x/y?b=1&a=2",
        "https://[fd00:ec2::23]:8443/a%2Fb/../c",
        "https://user:" SECRET "@a1.execute-api.us-east-2.amazonaws.com/prod"};
    static const char *const names[] = {"tok", "tok:prod", "123456789012:function:tok:$LATEST",
                                        "arn:aws:lambda:us-east-1:123456789012:function:tok:7"};
    struct address a, again;
    choose(urls, sizeof urls / sizeof *urls);
    char *copy = exact();
    if (good(address_url(copy, &a, &e))) {
        if (a.path[0] != '/' || !a.host[0] || strchr(a.host, '@') || strlen(a.url) > size + 1)
            die("an address that is none");
        if (address_url(a.url, &again, &e) || strcmp(a.url, again.url) != 0 ||
            strcmp(a.region, again.region) != 0)
            die("a URL that reads differently the second time");
    }
    free(copy);
    struct function_name f;
    choose(names, sizeof names / sizeof *names);
    copy = exact();
    struct address_style style = {.fips = below(4) == 0};
    if (good(address_function(copy, &f, &e)) &&
        good(address_invoke(&f, below(2) ? "us-east-1" : NULL,
                            below(2) ? "http://localhost:1/base/" : NULL, style, &a, &e)) &&
        (address_url(a.url, &again, &e) || strcmp(a.url, again.url) != 0))
        die("the URL of a function is no URL");
    free(copy);
}

/* ---- signing ---------------------------------------------------------------------------------- */

static const char *secret_of(void *context, const char *access)
{
    (void)context;
    return strcmp(access, "AKID") == 0 ? SECRET : NULL;
}

static void fuzz_sign(void)
{
    static const char *const values[] = {"application/json", "  a  b\tc ", "\"x\", y"};
    static const char *const names[] = {"Content-Type", "X-Amz-Meta", "x-a", "Host"};
    static const char *const paths[] = {"/2015-03-31/functions/tok/invocations", "//a/./../b%20/"};
    static const char *const queries[] = {"b=2&a=1&a=0&c", "=&&x=%2f", ""};
    choose(values, 3);
    char *value = exact();
    choose(names, 4);
    char *name = exact();
    choose(paths, 2);
    char *path = exact();
    choose(queries, 3);
    char *query = exact();
    struct sign_header headers[4] = {{name, value}, {"X-A", "2"}};
    struct sign_request r = {.method = "POST",
                             .host = "localhost",
                             .path = path,
                             .query = query,
                             .headers = headers,
                             .header_count = 2,
                             .body = value,
                             .body_size = strlen(value)};
    struct sign_keys keys = {"AKID", SECRET, NULL};
    struct sign_scope scope = {"us-east-1", below(4) ? "lambda" : "s3", 1795253415};
    struct signature s;
    if (good(sign_request(signer, &keys, &scope, &r, &s, &e))) {
        char authorization[2048], date[17], hash[128];
        snprintf(authorization, sizeof authorization, "%s", s.authorization);
        snprintf(date, sizeof date, "%s", s.date);
        snprintf(hash, sizeof hash, "%s", s.body_sha256);
        headers[2] = (struct sign_header){"authorization", authorization};
        headers[3] = (struct sign_header){"x-amz-date", date};
        r.header_count = 4;
        struct sign_header with_hash[5];
        memcpy(with_hash, headers, sizeof headers);
        with_hash[4] = (struct sign_header){"X-Amz-Content-Sha256", hash};
        if (sign_sends_hash(scope.service)) {
            r.headers = with_hash;
            r.header_count = 5;
        }
        struct sign_check check = {secret_of, NULL, 0, 0};
        bool long_names = strlen(name) > 256;
        if (sign_verify(signer, &r, &check, &e) != SIGN_GOOD && !long_names)
            die("what was signed is not verified");
    }
    free(value);
    free(name);
    free(path);
    free(query);
}

static void fuzz_verify(void)
{
    static const char *const claims[] = {
        "AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/lambda/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature="
        "4d1d86ac1b9ecc9e88250490b7d24816ee10b6e7553c444a2eee50df9fd04b1f"};
    choose(claims, 1);
    char *copy = exact();
    struct sign_header headers[] = {
        {"Authorization", copy}, {"X-Amz-Date", "20261121T093015Z"}, {"Host", "localhost"}};
    struct sign_request r = {
        .method = "POST", .path = "/", .query = "", .headers = headers, .header_count = 3};
    struct sign_check check = {secret_of, NULL, 0, 0};
    enum sign_verdict v = sign_verify(signer, &r, &check, &e);
    if (v == SIGN_GOOD || v > SIGN_MISMATCH)
        die("a damaged claim is good");
    (void)good(ERR_BAD);
    free(copy);
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 20000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    static void (*const kinds[])(void) = {fuzz_profile, fuzz_keys, fuzz_words,
                                          fuzz_address, fuzz_sign, fuzz_verify};
    prng = prng_split(seed, 0);
    signer = signer_open();
    for (long i = 0; i < rounds; i++)
        kinds[i % 6]();
    signer_close(signer);
    if (taken < rounds / 10 || refused < rounds / 10)
        die("nearly all of it was taken, or refused: this shows nothing");
    printf("ok    fuzz_cloud_inputs: %ld inputs, seed %llu: %ld taken, %ld refused\n", rounds,
           (unsigned long long)seed, taken, refused);
    return 0;
}
