/* Signatures against botocore's, and what a person hears when something cannot be signed. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/vectors.h"
#include "cloud/address.h"
#include "cloud/sign.h"

static struct signer *signer;

static void open_signer(void) { signer = signer_open(); }
static void close_signer(void) { signer_close(signer); }

TestSuite(sign, .init = open_signer, .fini = close_signer);

/* A call of a function, as the invoker makes it. */
static struct sign_request call(void)
{
    return (struct sign_request){.method = "POST",
                                 .host = "lambda.us-east-1.amazonaws.com",
                                 .path = "/2015-03-31/functions/tok/invocations",
                                 .query = "",
                                 .body = "{}",
                                 .body_size = 2};
}

static const struct sign_keys keys = {"AKIDEXAMPLE", "a-secret-of-somebody", NULL};
static const struct sign_scope scope = {"us-east-1", "lambda", 1795253415};

static struct signature sign(const struct sign_request *r)
{
    struct signature out;
    struct err e;
    cr_assert_eq(sign_request(signer, &keys, &scope, r, &out, &e), 0, "%s", e.text);
    return out;
}

static void refused(const struct sign_request *r, const char *words)
{
    struct signature out;
    struct err e;
    cr_assert_eq(sign_request(signer, &keys, &scope, r, &out, &e), ERR_BAD);
    cr_assert(strstr(e.text, words), "\"%s\" lacks \"%s\"", e.text, words);
}

/* ---- vectors --------------------------------------------------------------------------- */

static struct sign_request request_of(const struct vector *v, const struct address *a)
{
    return (struct sign_request){v->method,  a->host,         a->path, a->query,
                                 v->headers, v->header_count, v->body, v->body_size};
}

static void expect_vector(const struct vector *v, void *context)
{
    (void)context;
    struct address a;
    struct err e;
    struct signature out;
    struct sign_scope at = {v->region, v->service, 0};
    cr_assert_eq(address_url(v->url, &a, &e), 0, "%s %s: %s", v->id, v->note, e.text);
    cr_assert(sign_read_time(v->time, &at.at_s));
    struct sign_request r = request_of(v, &a);
    cr_assert_eq(sign_request(signer, &v->keys, &at, &r, &out, &e), 0, "%s: %s", v->id, e.text);
    cr_assert_str_eq(out.canonical, v->canonical, "%s %s:\n%s\nwanted\n%s", v->id, v->note,
                     out.canonical, v->canonical);
    cr_assert_str_eq(out.authorization, v->authorization, "%s %s", v->id, v->note);
    cr_assert_str_eq(out.date, v->time);
}

Test(sign, equals_botocore)
{
    int count = vectors_read(expect_vector, NULL);
    cr_assert_geq(count, 60, "%d vectors", count);
}

/* What arrives: the request with the headers that the signer made. */
struct arrival {
    struct sign_header headers[40];
    struct sign_request r;
    char authorization[2048], date[17], hash[65];
};

static void arrive(struct arrival *to, const struct sign_request *r, const struct signature *s,
                   const struct sign_keys *of, const char *service)
{
    size_t n = 0;
    snprintf(to->authorization, sizeof to->authorization, "%s", s->authorization);
    snprintf(to->date, sizeof to->date, "%s", s->date);
    snprintf(to->hash, sizeof to->hash, "%s", s->body_sha256);
    to->headers[n++] = (struct sign_header){"Content-Length", "2"};
    for (size_t i = 0; i < r->header_count; i++)
        to->headers[n++] = r->headers[i];
    to->headers[n++] = (struct sign_header){"authorization", to->authorization};
    to->headers[n++] = (struct sign_header){"X-AMZ-DATE", to->date};
    if (of->token && of->token[0])
        to->headers[n++] = (struct sign_header){"X-Amz-Security-Token", of->token};
    if (sign_sends_hash(service))
        to->headers[n++] = (struct sign_header){"X-Amz-Content-Sha256", to->hash};
    to->r = *r;
    to->r.headers = to->headers;
    to->r.header_count = n;
}

static const char *secret_of(void *context, const char *access)
{
    const struct sign_keys *k = context;
    return strcmp(access, k->access) == 0 ? k->secret : NULL;
}

static enum sign_verdict verify(struct arrival *a, struct err *e)
{
    struct sign_keys k = keys;
    struct sign_check check = {secret_of, &k, 0, 0};
    return sign_verify(signer, &a->r, &check, e);
}

static void verify_vector(const struct vector *v, void *context)
{
    (void)context;
    struct address a;
    struct err e = {0};
    struct signature out;
    struct arrival came;
    struct sign_scope at = {v->region, v->service, 0};
    cr_assert_eq(address_url(v->url, &a, &e), 0);
    cr_assert(sign_read_time(v->time, &at.at_s));
    struct sign_request r = request_of(v, &a);
    cr_assert_eq(sign_request(signer, &v->keys, &at, &r, &out, &e), 0);
    arrive(&came, &r, &out, &v->keys, v->service);
    if (strstr(v->note, "content-length"))
        came.headers[0].name = "X-Other";
    struct sign_keys k = v->keys;
    struct sign_check check = {secret_of, &k, at.at_s + 299, 300};
    enum sign_verdict verdict = sign_verify(signer, &came.r, &check, &e);
    cr_assert_eq(verdict, SIGN_GOOD, "%s %s: %s\n%s", v->id, v->note, e.text,
                 sign_expected(signer));
    came.r.method = strcmp(v->method, "GET") == 0 ? "PUT" : "GET";
    cr_assert_eq(sign_verify(signer, &came.r, &check, &e), SIGN_MISMATCH, "%s", v->id);
}

Test(sign, verifies_what_it_signed) { cr_assert_geq(vectors_read(verify_vector, NULL), 60); }

/* ---- keys --------------------------------------------------------------------------------- */

Test(sign, kept_keys_change_nothing)
{
    static const char *const regions[] = {"us-east-1", "eu-west-1",  "eu-west-2",
                                          "eu-west-3", "cn-north-1", "sa-east-1"};
    char first[6][512];
    struct sign_request r = call();
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 6; i++) {
            struct signature out;
            struct err e;
            struct sign_scope at = {regions[i], "lambda", scope.at_s};
            cr_assert_eq(sign_request(signer, &keys, &at, &r, &out, &e), 0);
            if (round == 0)
                snprintf(first[i], sizeof first[i], "%s", out.authorization);
            cr_assert_str_eq(out.authorization, first[i]);
        }
}

Test(sign, a_new_secret_or_day_is_a_new_key)
{
    struct sign_request r = call();
    char before[512];
    snprintf(before, sizeof before, "%s", sign(&r).authorization);
    struct sign_keys other = {keys.access, "a-secret-of-somebody-else", NULL};
    struct sign_scope tomorrow = {scope.region, scope.service, scope.at_s + 86400};
    struct signature out;
    struct err e;
    cr_assert_eq(sign_request(signer, &other, &scope, &r, &out, &e), 0);
    cr_assert_str_neq(out.authorization, before);
    cr_assert_eq(sign_request(signer, &keys, &tomorrow, &r, &out, &e), 0);
    cr_assert_str_neq(strstr(out.authorization, "Signature="), strstr(before, "Signature="));
    cr_assert_str_eq(sign(&r).authorization, before);
}

/* ---- what cannot be signed ------------------------------------------------------------------ */

Test(sign, says_what_is_missing)
{
    struct sign_request r = call();
    struct signature out;
    struct err e;
    struct sign_keys none = {"AKIDEXAMPLE", "", NULL};
    cr_assert_eq(sign_request(signer, &none, &scope, &r, &out, &e), ERR_BAD);
    cr_assert_str_eq(e.text, "the secret key is empty");
    struct sign_keys blank = {"AKID EXAMPLE", "x", NULL};
    cr_assert_eq(sign_request(signer, &blank, &scope, &r, &out, &e), ERR_BAD);
    cr_assert(strstr(e.text, "access key has a character"));
    struct sign_scope nowhere = {"", "lambda", 0};
    cr_assert_eq(sign_request(signer, &keys, &nowhere, &r, &out, &e), ERR_BAD);
    cr_assert_str_eq(e.text, "the region is empty");
    struct sign_scope late = {"us-east-1", "lambda", INT64_MAX};
    cr_assert_eq(sign_request(signer, &keys, &late, &r, &out, &e), ERR_BAD);
    r.host = NULL;
    refused(&r, "host is missing");
}

Test(sign, refuses_headers_it_makes_itself_and_bad_ones)
{
    struct sign_header h = {"X-Amz-Date", "20261121T093015Z"};
    struct sign_request r = call();
    r.headers = &h;
    r.header_count = 1;
    refused(&r, "the signer makes it");
    h = (struct sign_header){"x-amz-security-token", "t"};
    refused(&r, "the signer makes it");
    h = (struct sign_header){"", "v"};
    refused(&r, "1 to 256");
    h = (struct sign_header){"X Y", "v"};
    refused(&r, "character 2");
    h = (struct sign_header){"X-Y", "a\r\nB: c"};
    refused(&r, "control characters");
    h = (struct sign_header){"Authorization", "left out, it will be replaced"};
    (void)sign(&r);
    r.method = "GE T";
    refused(&r, "method");
    r.method = "";
    refused(&r, "method");
}

Test(sign, is_bounded)
{
    struct sign_header h[SIGN_HEADERS_MAX];
    char names[SIGN_HEADERS_MAX][16];
    struct sign_request r = call();
    for (int i = 0; i < SIGN_HEADERS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "x-%d", i);
        h[i] = (struct sign_header){names[i], "1"};
    }
    r.headers = h;
    r.header_count = SIGN_HEADERS_MAX - 2; /* host and date */
    (void)sign(&r);
    r.header_count = SIGN_HEADERS_MAX;
    refused(&r, "more than 128 headers");
    r.header_count = 0;
    static char query[2 * (SIGN_PARAMETERS_MAX + 1)];
    for (int i = 0; i <= SIGN_PARAMETERS_MAX; i++)
        memcpy(query + 2 * i, "a&", 2);
    query[2 * SIGN_PARAMETERS_MAX - 1] = 0;
    r.query = query;
    (void)sign(&r);
    query[2 * SIGN_PARAMETERS_MAX - 1] = '&';
    query[2 * SIGN_PARAMETERS_MAX + 1] = 0;
    refused(&r, "more than 256 parameters");
    r.query = "";
    static char path[SIGN_CANONICAL_MAX + 100];
    memset(path, ':', sizeof path - 1);
    path[0] = '/';
    path[SIGN_CANONICAL_MAX / 3] = 0;
    r.path = path;
    refused(&r, "more than the 65536"); /* three bytes for each ':' */
    path[SIGN_CANONICAL_MAX / 4] = 0;
    (void)sign(&r);
}

Test(sign, reads_times)
{
    int64_t at_s;
    cr_assert(sign_read_time("19700101T000001Z", &at_s));
    cr_assert_eq(at_s, 1);
    cr_assert(sign_read_time("20240229T235959Z", &at_s));
    cr_assert_eq(at_s, 1709251199);
    static const char *const wrong[] = {"",
                                        "20261121",
                                        "2026-11-21T09:30:15Z",
                                        "20260229T000000Z",
                                        "20261301T000000Z",
                                        "20261121T240000Z",
                                        "20261121T093015z",
                                        "20261121T09301 Z",
                                        "19691231T235959Z",
                                        "20261121T093015ZZ"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_not(sign_read_time(wrong[i], &at_s), "%s", wrong[i]);
}

/* ---- what arrives ----------------------------------------------------------------------------- */

static struct arrival good(void)
{
    static struct arrival a;
    static const struct sign_header content = {"Content-Type", "application/json"};
    struct sign_request r = call();
    r.headers = &content;
    r.header_count = 1;
    struct signature s = sign(&r);
    arrive(&a, &r, &s, &keys, "lambda");
    return a;
}

/* The Authorization of a with `from` replaced. */
static void replace(struct arrival *a, const char *from, const char *to)
{
    char text[sizeof a->authorization];
    char *at = strstr(a->authorization, from);
    cr_assert_not_null(at, "%s in %s", from, a->authorization);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - a->authorization), a->authorization, to,
             at + strlen(from));
    memcpy(a->authorization, text, sizeof text);
}

static void expect_verdict(struct arrival *a, enum sign_verdict want, const char *words)
{
    struct err e = {0};
    for (size_t i = 0; i < a->r.header_count; i++) { /* copied with the struct */
        if (strcmp(a->headers[i].name, "authorization") == 0)
            a->headers[i].value = a->authorization;
        if (strcmp(a->headers[i].name, "X-AMZ-DATE") == 0)
            a->headers[i].value = a->date;
    }
    a->r.headers = a->headers;
    enum sign_verdict got = verify(a, &e);
    cr_assert_eq(got, want, "%d, wanted %d: %s", got, want, e.text);
    cr_assert(strstr(e.text, words), "\"%s\" lacks \"%s\"", e.text, words);
}

Test(verify, good, .init = open_signer, .fini = close_signer)
{
    struct arrival a = good();
    expect_verdict(&a, SIGN_GOOD, "");
    replace(&a, ", SignedHeaders=", ",SignedHeaders="); /* some clients write no blank */
    expect_verdict(&a, SIGN_GOOD, "");
}

Test(verify, tells_what_was_changed, .init = open_signer, .fini = close_signer)
{
    struct arrival a = good();
    a.r.body = "[]";
    expect_verdict(&a, SIGN_MISMATCH, "does not match");
    a = good();
    a.r.path = "/2015-03-31/functions/other/invocations";
    expect_verdict(&a, SIGN_MISMATCH, "does not match");
    a = good();
    a.r.query = "Qualifier=1";
    expect_verdict(&a, SIGN_MISMATCH, "does not match");
    a = good();
    a.r.host = "localhost";
    expect_verdict(&a, SIGN_MISMATCH, "does not match");
    a = good();
    a.headers[0].value = "3"; /* not signed */
    expect_verdict(&a, SIGN_GOOD, "");
    a.headers[1].value = "text/plain"; /* signed */
    expect_verdict(&a, SIGN_MISMATCH, "does not match");
    cr_assert(strstr(sign_expected(signer), "content-type:text/plain"));
}

Test(verify, tells_what_is_malformed, .init = open_signer, .fini = close_signer)
{
    struct arrival a = good();
    a.r.header_count = 2;
    expect_verdict(&a, SIGN_MISSING, "Missing Authentication Token");
    a = good();
    replace(&a, "AWS4-HMAC-SHA256", "Basic");
    expect_verdict(&a, SIGN_MISSING, "must begin with");
    a = good();
    replace(&a, "/us-east-1/", "/");
    expect_verdict(&a, SIGN_MALFORMED, "Authorization is not");
    a = good();
    *strstr(a.authorization, ", Signature=") = 0;
    expect_verdict(&a, SIGN_MALFORMED, "'Signature'");
    a = good();
    replace(&a, "SignedHeaders=content-type;host;x-amz-date, ", "");
    expect_verdict(&a, SIGN_MALFORMED, "'SignedHeaders'");
    a = good();
    replace(&a, "content-type;host;", "content-type;");
    expect_verdict(&a, SIGN_MALFORMED, "'Host'");
    a = good();
    replace(&a, ";host;", ";Host;");
    expect_verdict(&a, SIGN_MALFORMED, "lower case");
    a = good();
    replace(&a, "content-type;host;", "host;content-type;");
    expect_verdict(&a, SIGN_MALFORMED, "sorted");
    a = good();
    replace(&a, "content-type;host;", "content-type;host;x-absent;");
    expect_verdict(&a, SIGN_MALFORMED, "did not arrive");
    a = good();
    replace(&a, "content-type;host;", "content-type;host;x-\n;"); /* would tear a log apart */
    expect_verdict(&a, SIGN_MALFORMED, "lower case");
    a = good();
    replace(&a, "content-type;host;", "content-type;;host;");
    expect_verdict(&a, SIGN_MALFORMED, "list");
    a = good();
    a.date[3]++;
    expect_verdict(&a, SIGN_MALFORMED, "Credential scope");
    a.date[3] = 'x';
    expect_verdict(&a, SIGN_MALFORMED, "written like");
}

Test(verify, unknown_key, .init = open_signer, .fini = close_signer)
{
    struct arrival a = good();
    replace(&a, "AKIDEXAMPLE", "AKIDNOBODY");
    expect_verdict(&a, SIGN_UNKNOWN, "security token");
    cr_assert_str_eq(sign_verdict_name(SIGN_UNKNOWN), "UnrecognizedClientException");
}

Test(verify, strict_dates, .init = open_signer, .fini = close_signer)
{
    struct arrival a = good();
    struct sign_keys k = keys;
    struct err e;
    struct sign_check check = {secret_of, &k, scope.at_s + 301, 300};
    expect_verdict(&a, SIGN_GOOD, "");
    cr_assert_eq(sign_verify(signer, &a.r, &check, &e), SIGN_EXPIRED);
    cr_assert(strstr(e.text, "expired: 20261121T093015Z is 301 s before"), "%s", e.text);
    check.now_s = scope.at_s - 301;
    cr_assert_eq(sign_verify(signer, &a.r, &check, &e), SIGN_EXPIRED);
    cr_assert(strstr(e.text, "not yet current"), "%s", e.text);
    check.now_s = scope.at_s - 300;
    cr_assert_eq(sign_verify(signer, &a.r, &check, &e), SIGN_GOOD);
    check.skew_s = 0;
    check.now_s = 0;
    cr_assert_eq(sign_verify(signer, &a.r, &check, &e), SIGN_GOOD);
}
