/* Keys, hashes, and the string that is signed. */
#include "cloud/sign_parts.h"

#include "io/err_say.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define LAST_SECOND INT64_C(253402300799) /* of the year 9999 */
#define HMAC_BLOCK SHA256_CBLOCK

struct signer *signer_open(void)
{
    struct signer *s = calloc(1, sizeof *s);
    if (s)
        s->date_s = -1;
    return s;
}

void signer_close(struct signer *s)
{
    if (s)
        OPENSSL_cleanse(s, sizeof *s);
    free(s);
}

bool sign_skips(const char *name)
{
    static const char *const names[] = {"authorization",
                                        "baggage",
                                        "connection",
                                        "expect",
                                        "keep-alive",
                                        "proxy-authenticate",
                                        "te",
                                        "proxy-authorization",
                                        "traceparent",
                                        "tracestate",
                                        "trailer",
                                        "transfer-encoding",
                                        "upgrade",
                                        "user-agent",
                                        "x-amzn-trace-id"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

bool sign_sends_hash(const char *service)
{
    static const char *const names[] = {"s3", "s3-object-lambda", "s3-outposts", "s3express"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(service, names[i]) == 0)
            return true;
    return false;
}

/* ---- time -------------------------------------------------------------------------------- */

/* count digits at text, or -1. */
static int digits(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool sign_read_time(const char *text, int64_t *at_s)
{
    if (strlen(text) != 16 || text[8] != 'T' || text[15] != 'Z')
        return false;
    struct tm t = {.tm_year = digits(text, 4) - 1900,
                   .tm_mon = digits(text + 4, 2) - 1,
                   .tm_mday = digits(text + 6, 2),
                   .tm_hour = digits(text + 9, 2),
                   .tm_min = digits(text + 11, 2),
                   .tm_sec = digits(text + 13, 2)};
    if (t.tm_year < 70 || t.tm_mon < 0 || t.tm_mon > 11 || t.tm_mday < 1 || t.tm_hour < 0 ||
        t.tm_hour > 23 || t.tm_min < 0 || t.tm_min > 59 || t.tm_sec < 0 || t.tm_sec > 59)
        return false;
    int day = t.tm_mday;
    *at_s = (int64_t)timegm(&t);
    return t.tm_mday == day; /* timegm makes March of the 30th of February */
}

int sign_set_date(struct signer *s, int64_t at_s, struct err *e)
{
    if (at_s == s->date_s)
        return 0;
    if (at_s < 0 || at_s > LAST_SECOND)
        return err_say(e, ERR_BAD, "the time of a signature lies between 1970 and 9999");
    time_t t = (time_t)at_s;
    struct tm parts;
    gmtime_r(&t, &parts);
    strftime(s->date, sizeof s->date, "%Y%m%dT%H%M%SZ", &parts);
    s->date_s = at_s;
    return 0;
}

/* ---- hashes ------------------------------------------------------------------------------ */

void sign_hex(const unsigned char *bytes, size_t count, char *dst)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        dst[2 * i] = hex[bytes[i] >> 4];
        dst[2 * i + 1] = hex[bytes[i] & 15];
    }
    dst[2 * count] = '\0';
}

void sign_hash(const void *bytes, size_t size, char hex[SIGN_HEX + 1])
{
    unsigned char hash[SIGN_HASH];
    SHA256_CTX c;
    SHA256_Init(&c);
    SHA256_Update(&c, bytes, size);
    SHA256_Final(hash, &c);
    sign_hex(hash, sizeof hash, hex);
}

/* The states of an HMAC after its padded key. A key longer than a block is hashed. */
static void hmac_key(SHA256_CTX *inner, SHA256_CTX *outer, const void *key, size_t size)
{
    unsigned char block[HMAC_BLOCK] = {0};
    if (size > sizeof block) {
        SHA256_Init(inner);
        SHA256_Update(inner, key, size);
        SHA256_Final(block, inner);
    } else {
        memcpy(block, key, size);
    }
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36;
    SHA256_Init(inner);
    SHA256_Update(inner, block, sizeof block);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36 ^ 0x5C;
    SHA256_Init(outer);
    SHA256_Update(outer, block, sizeof block);
    OPENSSL_cleanse(block, sizeof block);
}

static void hmac(SHA256_CTX inner, SHA256_CTX outer, const char *text, unsigned char out[SIGN_HASH])
{
    SHA256_Update(&inner, text, strlen(text));
    SHA256_Final(out, &inner);
    SHA256_Update(&outer, out, SIGN_HASH);
    SHA256_Final(out, &outer);
}

/* ---- derived keys ------------------------------------------------------------------------ */

static void derive(struct derived_key *k)
{
    char first[SIGN_SECRET_MAX + 4];
    unsigned char key[SIGN_HASH];
    const char *const steps[] = {k->day, k->region, k->service, "aws4_request"};
    size_t size = (size_t)snprintf(first, sizeof first, "AWS4%s", k->secret);
    hmac_key(&k->inner, &k->outer, first, size);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        hmac(k->inner, k->outer, steps[i], key);
        hmac_key(&k->inner, &k->outer, key, sizeof key);
    }
    OPENSSL_cleanse(first, sizeof first);
    OPENSSL_cleanse(key, sizeof key);
}

static const struct derived_key *find_key(struct signer *s, const char *secret, const char *region,
                                          const char *service)
{
    struct derived_key *oldest = &s->keys[0];
    for (struct derived_key *k = s->keys; k < s->keys + SIGN_KEYS_KEPT; k++) {
        if (k->used && memcmp(k->day, s->date, 8) == 0 && strcmp(k->secret, secret) == 0 &&
            strcmp(k->region, region) == 0 && strcmp(k->service, service) == 0) {
            k->used = s->signatures;
            return k;
        }
        if (k->used < oldest->used)
            oldest = k;
    }
    OPENSSL_cleanse(oldest, sizeof *oldest);
    oldest->used = s->signatures;
    snprintf(oldest->secret, sizeof oldest->secret, "%s", secret);
    snprintf(oldest->region, sizeof oldest->region, "%s", region);
    snprintf(oldest->service, sizeof oldest->service, "%s", service);
    memcpy(oldest->day, s->date, 8);
    derive(oldest);
    return oldest;
}

/* Appends a text to dst; returns its new end. The caller knows that it fits. */
static char *append(char *dst, const char *text)
{
    size_t size = strlen(text);
    memcpy(dst, text, size + 1);
    return dst + size;
}

static char *append_scope(const struct signer *s, char *at, const char *region, const char *service)
{
    memcpy(at, s->date, 8);
    at = append(at + 8, "/");
    at = append(at, region);
    at = append(at, "/");
    at = append(at, service);
    return append(at, "/aws4_request");
}

void sign_finish(struct signer *s, const char *secret, const char *region, const char *service,
                 char hex[SIGN_HEX + 1])
{
    s->signatures++;
    char *at = append(s->to_sign, "AWS4-HMAC-SHA256\n");
    at = append(at, s->date);
    at = append(at, "\n");
    at = append_scope(s, at, region, service);
    at = append(at, "\n");
    sign_hash(s->canonical, s->canonical_size, at);
    const struct derived_key *k = find_key(s, secret, region, service);
    unsigned char mac[SIGN_HASH];
    hmac(k->inner, k->outer, s->to_sign, mac);
    sign_hex(mac, sizeof mac, hex);
}

/* ---- signing ------------------------------------------------------------------------------ */

static int check_word(const char *what, const char *word, size_t size_max, struct err *e)
{
    size_t size = word ? strlen(word) : 0;
    if (size == 0)
        return err_say(e, ERR_BAD, "the %s is empty", what);
    if (size >= size_max)
        return err_say(e, ERR_BAD, "the %s has %zu characters, more than %zu", what, size,
                       size_max - 1);
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)word[i] <= 0x20 || (unsigned char)word[i] >= 0x7F)
            return err_say(e, ERR_BAD, "the %s has a character that is not printable ASCII", what);
    return 0;
}

static int check_words(const struct sign_keys *keys, const struct sign_scope *scope, struct err *e)
{
    int code = check_word("access key", keys->access, SIGN_ACCESS_MAX, e);
    if (code == 0)
        code = check_word("secret key", keys->secret, SIGN_SECRET_MAX, e);
    if (code == 0)
        code = check_word("region", scope->region, SIGN_SCOPE_MAX, e);
    if (code == 0)
        code = check_word("service", scope->service, SIGN_SCOPE_MAX, e);
    return code;
}

/* Headers that the signer itself makes cannot be given to it. */
static bool is_ours(const char *name)
{
    return strcasecmp(name, "x-amz-date") == 0 || strcasecmp(name, "x-amz-security-token") == 0;
}

static int add_given(struct signer *s, const struct sign_request *r, struct err *e)
{
    bool host = false;
    for (size_t i = 0; i < r->header_count; i++) {
        const struct sign_header *h = &r->headers[i];
        /* The first letter tells most names apart at once. */
        if (strchr("abcekptuxABCEKPTUX", h->name[0]) && h->name[0]) {
            if (sign_skips(h->name))
                continue;
            if (is_ours(h->name))
                return err_say(e, ERR_BAD, "header %.40s: the signer makes it", h->name);
            if (strcasecmp(h->name, "x-amz-content-sha256") == 0)
                s->body_hash = h->value;
        }
        host = host || strcasecmp(h->name, "host") == 0;
        int code = sign_headers_add(s, h->name, h->value, e);
        if (code)
            return code;
    }
    if (host)
        return 0;
    if (!r->host || !r->host[0])
        return err_say(e, ERR_BAD, "the host is missing");
    return sign_headers_add(s, "host", r->host, e);
}

static int add_own(struct signer *s, const struct sign_keys *keys, const struct sign_scope *scope,
                   struct err *e)
{
    int code = sign_headers_add(s, "x-amz-date", s->date, e);
    if (code == 0 && keys->token && keys->token[0])
        code = sign_headers_add(s, "x-amz-security-token", keys->token, e);
    if (code == 0 && sign_sends_hash(scope->service) && s->body_hash == s->hash)
        code = sign_headers_add(s, "x-amz-content-sha256", s->hash, e);
    return code;
}

static void write_authorization(struct signer *s, const struct sign_keys *keys,
                                const struct sign_scope *scope, const char *signature)
{
    char *at = append(s->authorization, "AWS4-HMAC-SHA256 Credential=");
    at = append(at, keys->access);
    at = append(at, "/");
    at = append_scope(s, at, scope->region, scope->service);
    at = append(at, ", SignedHeaders=");
    at = append(at, s->signed_names);
    at = append(at, ", Signature=");
    append(at, signature);
}

int sign_request(struct signer *s, const struct sign_keys *keys, const struct sign_scope *scope,
                 const struct sign_request *r, struct signature *out, struct err *e)
{
    s->canonical[0] = '\0';
    sign_headers_begin(s);
    int code = check_words(keys, scope, e);
    if (code == 0)
        code = sign_set_date(s, scope->at_s, e);
    if (code)
        return code;
    s->body_hash = s->hash;
    code = add_given(s, r, e);
    if (code)
        return code;
    if (s->body_hash == s->hash)
        sign_hash(r->body, r->body_size, s->hash);
    code = add_own(s, keys, scope, e);
    if (code)
        return code;
    sign_headers_sort(s);
    code = sign_canonical(s, r, sign_sends_hash(scope->service), e);
    if (code)
        return code;
    char signature[SIGN_HEX + 1];
    sign_finish(s, keys->secret, scope->region, scope->service, signature);
    write_authorization(s, keys, scope, signature);
    *out = (struct signature){s->authorization, s->date, s->body_hash, s->canonical, s->to_sign};
    return 0;
}

const char *sign_expected(const struct signer *s) { return s->canonical; }
