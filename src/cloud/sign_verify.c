/* Checks a signature as a server does: from the Authorization header alone. */
#include "cloud/sign_parts.h"

#include "io/err_say.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define KIND "AWS4-HMAC-SHA256"

/* What an Authorization header says. */
struct claim {
    char access[SIGN_ACCESS_MAX];
    char day[9];
    char region[SIGN_SCOPE_MAX], service[SIGN_SCOPE_MAX];
    char names[SIGN_NAMES_MAX]; /* "host;x-amz-date" */
    char signature[SIGN_HEX + 1];
};

static enum sign_verdict malformed(struct err *e, const char *text)
{
    err_say(e, ERR_BAD, "%s", text);
    return SIGN_MALFORMED;
}

static const char *header(const struct sign_request *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++)
        if (strcasecmp(r->headers[i].name, name) == 0)
            return r->headers[i].value;
    return NULL;
}

/* ---- the claim ------------------------------------------------------------------------- */

/* Copies what stands before one of the stops; false if that is nothing or too long. */
static bool take(const char **at, const char *stops, char *dst, size_t size)
{
    size_t n = strcspn(*at, stops);
    if (n == 0 || n >= size)
        return false;
    memcpy(dst, *at, n);
    dst[n] = '\0';
    *at += n;
    return true;
}

static bool skip(const char **at, const char *text)
{
    size_t n = strlen(text);
    if (strncmp(*at, text, n) != 0)
        return false;
    *at += n;
    return true;
}

/* "AKID/20261121/us-east-1/lambda/aws4_request" */
static bool take_credential(const char **at, struct claim *c)
{
    return take(at, "/, \t", c->access, sizeof c->access) && skip(at, "/") &&
           take(at, "/, \t", c->day, sizeof c->day) && skip(at, "/") &&
           take(at, "/, \t", c->region, sizeof c->region) && skip(at, "/") &&
           take(at, "/, \t", c->service, sizeof c->service) && skip(at, "/aws4_request");
}

static bool take_part(const char **at, struct claim *c)
{
    if (skip(at, "Credential="))
        return take_credential(at, c);
    if (skip(at, "SignedHeaders="))
        return take(at, ", \t", c->names, sizeof c->names);
    return skip(at, "Signature=") && take(at, ", \t", c->signature, sizeof c->signature);
}

static enum sign_verdict read_claim(const char *text, struct claim *c, struct err *e)
{
    const char *at = text + strlen(KIND);
    c->access[0] = c->names[0] = c->signature[0] = '\0';
    for (;;) {
        at += strspn(at, ", \t");
        if (!*at)
            break;
        if (!take_part(&at, c) || (*at && !strchr(", \t", *at)))
            return malformed(e, "Authorization is not \"" KIND " Credential=ID/DATE/REGION/SERVICE/"
                                "aws4_request, SignedHeaders=…, Signature=…\"");
    }
    if (!c->access[0])
        return malformed(e, "Authorization header requires 'Credential' parameter.");
    if (!c->names[0])
        return malformed(e, "Authorization header requires 'SignedHeaders' parameter.");
    if (strlen(c->signature) != SIGN_HEX)
        return malformed(e, "Authorization header requires 'Signature' parameter of 64 hexadecimal "
                            "digits.");
    return SIGN_GOOD;
}

/* ---- signed headers ---------------------------------------------------------------------- */

/* All values of one signed name. */
static enum sign_verdict add_signed(struct signer *s, const struct sign_request *r,
                                    const char *name, struct err *e)
{
    bool found = false;
    for (size_t i = 0; i < r->header_count; i++) {
        if (strcasecmp(r->headers[i].name, name) != 0)
            continue;
        found = true;
        if (sign_headers_add(s, name, r->headers[i].value, e))
            return SIGN_MALFORMED;
    }
    if (!found && strcmp(name, "host") == 0 && r->host)
        return sign_headers_add(s, name, r->host, e) ? SIGN_MALFORMED : SIGN_GOOD;
    if (found)
        return SIGN_GOOD;
    err_say(e, ERR_BAD, "header %.60s is in SignedHeaders, but did not arrive", name);
    return SIGN_MALFORMED;
}

static enum sign_verdict collect(struct signer *s, const struct sign_request *r,
                                 const struct claim *c, struct err *e)
{
    char name[257];
    char before[257] = "";
    bool host = false, date = false;
    const char *at = c->names;
    sign_headers_begin(s);
    for (;; at++) {
        if (!take(&at, ";", name, sizeof name))
            return malformed(e, "SignedHeaders is not a list such as host;x-amz-date");
        if (strcmp(before, name) >= 0 || !sign_is_name(name))
            return malformed(e, "SignedHeaders must be in lower case, sorted, each name once");
        host = host || strcmp(name, "host") == 0;
        date = date || strcmp(name, "x-amz-date") == 0 || strcmp(name, "date") == 0;
        enum sign_verdict verdict = add_signed(s, r, name, e);
        if (verdict)
            return verdict;
        memcpy(before, name, sizeof before);
        if (!*at)
            break;
    }
    if (!host)
        return malformed(e, "'Host' must be a 'SignedHeader' in the AWS Authorization.");
    if (!date)
        return malformed(e, "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.");
    return SIGN_GOOD;
}

/* ---- body and date -------------------------------------------------------------------------- */

/* A hash that the client sends along is part of what it signed; it must be the body's too. */
static enum sign_verdict hash_body(struct signer *s, const struct sign_request *r, struct err *e)
{
    const char *said = header(r, "x-amz-content-sha256");
    s->body_hash = s->hash;
    if (said && strcmp(said, "UNSIGNED-PAYLOAD") == 0) {
        s->body_hash = "UNSIGNED-PAYLOAD";
        return SIGN_GOOD;
    }
    sign_hash(r->body, r->body_size, s->hash);
    if (!said || strcasecmp(said, s->hash) == 0)
        return SIGN_GOOD;
    err_say(e, ERR_BAD, "X-Amz-Content-Sha256 is not the SHA-256 of the body that arrived");
    return SIGN_MISMATCH;
}

static enum sign_verdict check_date(struct signer *s, const struct sign_request *r,
                                    const struct claim *c, const struct sign_check *check,
                                    struct err *e)
{
    const char *text = header(r, "x-amz-date");
    int64_t at_s = 0;
    if (!text || !sign_read_time(text, &at_s))
        return malformed(e, "X-Amz-Date must be written like 20261121T093015Z.");
    if (strlen(c->day) != 8 || memcmp(text, c->day, 8) != 0)
        return malformed(e, "Date in Credential scope does not match YYYYMMDD of X-Amz-Date.");
    if (sign_set_date(s, at_s, e))
        return SIGN_MALFORMED;
    if (check->skew_s <= 0)
        return SIGN_GOOD;
    if (at_s + check->skew_s < check->now_s) {
        err_say(e, ERR_BAD,
                "Signature expired: %s is %lld s before the server's time, more than %lld s", text,
                (long long)(check->now_s - at_s), (long long)check->skew_s);
        return SIGN_EXPIRED;
    }
    if (at_s - check->skew_s > check->now_s) {
        err_say(e, ERR_BAD,
                "Signature not yet current: %s is %lld s after the server's time, more than "
                "%lld s",
                text, (long long)(at_s - check->now_s), (long long)check->skew_s);
        return SIGN_EXPIRED;
    }
    return SIGN_GOOD;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum sign_verdict compare(struct signer *s, const struct sign_request *r,
                                 const struct claim *c, const char *secret, struct err *e)
{
    char signature[SIGN_HEX + 1];
    if (sign_canonical(s, r, sign_sends_hash(c->service), e))
        return SIGN_MALFORMED;
    sign_finish(s, secret, c->region, c->service, signature);
    if (CRYPTO_memcmp(signature, c->signature, SIGN_HEX) == 0)
        return SIGN_GOOD;
    err_say(e, ERR_BAD,
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service "
            "documentation for details.");
    return SIGN_MISMATCH;
}

static enum sign_verdict check_claim(struct signer *s, const struct sign_request *r,
                                     const struct claim *c, const struct sign_check *check,
                                     struct err *e)
{
    const char *secret = check->secret_of(check->context, c->access);
    if (!secret || !secret[0] || strlen(secret) >= SIGN_SECRET_MAX) {
        err_say(e, ERR_BAD, "The security token included in the request is invalid.");
        return SIGN_UNKNOWN;
    }
    enum sign_verdict verdict = check_date(s, r, c, check, e);
    if (verdict == SIGN_GOOD)
        verdict = collect(s, r, c, e);
    if (verdict == SIGN_GOOD)
        verdict = hash_body(s, r, e);
    return verdict == SIGN_GOOD ? compare(s, r, c, secret, e) : verdict;
}

enum sign_verdict sign_verify(struct signer *s, const struct sign_request *r,
                              const struct sign_check *check, struct err *e)
{
    const char *authorization = header(r, "authorization");
    s->canonical[0] = '\0';
    if (!authorization) {
        err_say(e, ERR_BAD, "Missing Authentication Token");
        return SIGN_MISSING;
    }
    size_t kind = strlen(KIND);
    if (strncmp(authorization, KIND, kind) != 0 || !strchr(" \t", authorization[kind]) ||
        !authorization[kind]) {
        err_say(e, ERR_BAD, "Authorization must begin with \"" KIND " \"");
        return SIGN_MISSING;
    }
    struct claim c;
    enum sign_verdict verdict = read_claim(authorization, &c, e);
    return verdict == SIGN_GOOD ? check_claim(s, r, &c, check, e) : verdict;
}

const char *sign_verdict_name(enum sign_verdict verdict)
{
    static const char *const names[] = {[SIGN_GOOD] = "",
                                        [SIGN_MISSING] = "MissingAuthenticationTokenException",
                                        [SIGN_MALFORMED] = "IncompleteSignatureException",
                                        [SIGN_UNKNOWN] = "UnrecognizedClientException",
                                        [SIGN_EXPIRED] = "InvalidSignatureException",
                                        [SIGN_MISMATCH] = "InvalidSignatureException"};
    return names[verdict];
}
