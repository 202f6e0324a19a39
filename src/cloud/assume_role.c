/* AssumeRole by GET: its parameters go into the query, so the body is empty. */
#include "cloud/assume_role.h"

#include "cloud/address.h"
#include "cloud/fetch.h"
#include "io/err_say.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER_MAX 65536
#define ROLE_MS 5000
#define HEADER_MAX (CREDENTIALS_TOKEN_MAX + 64)

/* ---- the answer ---------------------------------------------------------------------------- */

/* The text between <name> and </name>, without elements or entities in it. */
static bool take_element(const char *xml, const char *name, char *dst, size_t size)
{
    char open[64];
    int n = snprintf(open, sizeof open, "<%s>", name);
    const char *at = strstr(xml, open);
    if (!at)
        return false;
    at += n;
    size_t length = strcspn(at, "<&");
    if (length == 0 || length >= size || strncmp(at + length, "</", 2) != 0 ||
        strncmp(at + length + 2, name, strlen(name)) != 0)
        return false;
    memcpy(dst, at, length);
    dst[length] = '\0';
    return true;
}

int assume_role_read(char *xml, struct key_set *out, struct err *e)
{
    char expiration[64];
    bool whole = take_element(xml, "AccessKeyId", out->access, sizeof out->access) &&
                 take_element(xml, "SecretAccessKey", out->secret, sizeof out->secret) &&
                 take_element(xml, "SessionToken", out->token, sizeof out->token) &&
                 take_element(xml, "Expiration", expiration, sizeof expiration) &&
                 credentials_read_expiration(expiration, &out->expires_s);
    OPENSSL_cleanse(xml, strlen(xml));
    return whole ? 0 : err_say(e, ERR_IO, "the answer has no keys in it");
}

/* AWS's error code, where it is a word. */
static int refused(const char *xml, int status, struct err *e)
{
    char code[64];
    if (!take_element(xml, "Code", code, sizeof code) ||
        strspn(code, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.") != strlen(code))
        snprintf(code, sizeof code, "something else");
    return err_say(e, ERR_IO, "AWS answered %s (HTTP status %d)", code, status);
}

/* ---- the request ------------------------------------------------------------------------------ */

/* Appends "&name=value", percent-encoded; false if it does not fit. */
static bool add(char *query, size_t size, const char *name, const char *value)
{
    size_t at = strlen(query);
    int n = snprintf(query + at, size - at, "&%s=", name);
    if (n < 0 || (size_t)n >= size - at)
        return false;
    at += (size_t)n;
    for (; *value; value++) {
        bool stays = (*value >= 'a' && *value <= 'z') || (*value >= 'A' && *value <= 'Z') ||
                     (*value >= '0' && *value <= '9') || strchr("-_.~", *value);
        if (at + 4 > size)
            return false;
        at += (size_t)snprintf(query + at, 4, stays ? "%c" : "%%%02X", (unsigned char)*value);
    }
    return true;
}

static bool said(const char *value) { return value && value[0]; }

static int make_url(const struct role *r, const char *region, const char *endpoint,
                    struct address *a, struct err *e)
{
    static const struct address_style plain;
    char query[ADDRESS_QUERY_MAX - 8] = "Action=AssumeRole&Version=2011-06-15";
    char name[40];
    snprintf(name, sizeof name, "spillway-%lld", (long long)time(NULL));
    bool fits =
        add(query, sizeof query, "RoleArn", r->arn) &&
        add(query, sizeof query, "RoleSessionName", said(r->session_name) ? r->session_name : name);
    if (fits && said(r->external_id))
        fits = add(query, sizeof query, "ExternalId", r->external_id);
    if (fits && said(r->duration_s))
        fits = add(query, sizeof query, "DurationSeconds", r->duration_s);
    if (!fits)
        return err_say(e, ERR_BAD, "its settings are too long");
    char url[ADDRESS_URL_MAX];
    int code =
        said(endpoint) ? address_url(endpoint, a, e) : address_service("sts", region, plain, a, e);
    if (code)
        return code;
    snprintf(url, sizeof url, "%s://%s%s?%s", a->tls ? "https" : "http", a->host, a->path, query);
    return address_url(url, a, e);
}

static int sign(const struct address *a, const struct sign_keys *source, const char *region,
                char headers[3][HEADER_MAX], struct err *e)
{
    struct signer *s = signer_open();
    struct signature out;
    struct sign_request r = {.method = "GET", .host = a->host, .path = a->path, .query = a->query};
    struct sign_scope scope = {region, "sts", (int64_t)time(NULL)};
    if (!s)
        return err_say(e, ERR_MEMORY, "out of memory");
    int code = sign_request(s, source, &scope, &r, &out, e);
    if (code == 0) {
        snprintf(headers[0], HEADER_MAX, "Authorization: %s", out.authorization);
        snprintf(headers[1], HEADER_MAX, "X-Amz-Date: %s", out.date);
        snprintf(headers[2], HEADER_MAX, "X-Amz-Security-Token: %s",
                 said(source->token) ? source->token : "");
    }
    signer_close(s);
    return code;
}

/* Everything that one request needs: too large for the stack of a thread. */
struct work {
    struct address address;
    char headers[3][HEADER_MAX];
    char answer[ANSWER_MAX];
};

static int ask(struct work *w, const struct sign_keys *source, const char *region,
               struct key_set *out, struct err *e)
{
    int code = sign(&w->address, source, region, w->headers, e);
    if (code)
        return code;
    const char *list[] = {w->headers[0], w->headers[1], said(source->token) ? w->headers[2] : NULL,
                          NULL};
    struct fetch f = {"GET", w->address.url, list, ROLE_MS};
    int status = fetch_run(&f, w->answer, sizeof w->answer, e);
    if (status < 0)
        return status;
    return status == 200 ? assume_role_read(w->answer, out, e) : refused(w->answer, status, e);
}

int assume_role(const struct role *r, const struct sign_keys *source, const char *region,
                const char *endpoint, struct key_set *out, struct err *e)
{
    struct work *w = calloc(1, sizeof *w);
    if (!w)
        return err_say(e, ERR_MEMORY, "out of memory");
    int code = make_url(r, region, endpoint, &w->address, e);
    if (code == 0)
        code = ask(w, source, region, out, e);
    OPENSSL_cleanse(w, sizeof *w);
    free(w);
    return code;
}
