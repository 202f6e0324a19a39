/* Which front a request goes to, and what they all need. */
#include "cloud/address.h"
#include "cloud/emulator_parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SIGNED_HEADERS_MAX 128

/* '*' stands for one part of the path; a last '/' and '>' for everything behind it.
 * Several methods may share a path. */
struct route {
    const char *method; /* "": any */
    const char *path;
    ask_fn *serve;
    bool open; /* needs no signature */
};

static const struct route routes[] = {
    {"POST", "/2015-03-31/functions/*/invocations", front_invoke, false},
    {"", "/url/*/>", front_url, false},
    {"GET", "/2015-03-31/functions", front_list, false},
    {"POST", "/2015-03-31/functions", front_create, false},
    {"GET", "/2015-03-31/functions/*", front_get, false},
    {"DELETE", "/2015-03-31/functions/*", front_delete, false},
    {"GET", "/2015-03-31/functions/*/configuration", front_configuration, false},
    {"PUT", "/2017-10-31/functions/*/concurrency", front_concurrency_put, false},
    {"DELETE", "/2017-10-31/functions/*/concurrency", front_concurrency_delete, false},
    {"GET", "/2019-09-30/functions/*/concurrency", front_concurrency_get, false},
    {"GET", "/2016-08-19/account-settings", front_settings, false},
    {"GET", "/2021-10-31/functions/*/url", front_url_config, false},
    {"GET", "/metrics", front_metrics, true},
    {"GET", "/_spillway/health", front_health, true},
    {"GET", "/_spillway/state", front_state, true},
    {"GET", "/_spillway/fault", front_faults, true},
    {"POST", "/_spillway/fault", front_fault, true},
};

static const struct route by_host = {"", "", front_url, false};

/* Does path[0..length) match? The part under '*' goes to a->name, decoded. */
static bool matches(const char *pattern, const char *path, size_t length, struct ask *a)
{
    const char *end = path + length;
    while (*pattern) {
        if (pattern[0] == '/' && pattern[1] == '>') {
            a->rest = path;
            return path == end || *path == '/';
        }
        if (*pattern == '*') {
            const char *slash = memchr(path, '/', (size_t)(end - path));
            size_t part = (size_t)((slash ? slash : end) - path);
            struct buffer name = {0};
            buffer_unescape(&name, path, part, false);
            bool fits = name.size > 0 && name.size < sizeof a->name &&
                        memchr(name.data, '\0', name.size) == NULL;
            if (fits)
                memcpy(a->name, name.data, name.size + 1);
            buffer_free(&name);
            if (!fits)
                return false;
            path += part;
            pattern++;
            continue;
        }
        if (path == end || *path++ != *pattern++)
            return false;
    }
    return path == end || (path + 1 == end && *path == '/' && length > 1);
}

/* ---- signatures --------------------------------------------------------------------- */

static const char *secret_of(void *context, const char *access)
{
    const struct sign_keys *keys = context;
    return strcmp(keys->access, access) == 0 ? keys->secret : NULL;
}

static bool is_signed(struct ask *a, size_t path_length)
{
    struct platform *p = a->platform;
    struct http_field fields[SIGNED_HEADERS_MAX];
    struct sign_header headers[SIGNED_HEADERS_MAX];
    char path[ADDRESS_PATH_MAX];
    int count = http_headers(a->request, fields, SIGNED_HEADERS_MAX);
    struct err e = {0};
    enum sign_verdict verdict = SIGN_MALFORMED;
    if (count <= SIGNED_HEADERS_MAX && path_length < sizeof path) {
        memcpy(path, a->request->target, path_length);
        path[path_length] = '\0';
        for (int i = 0; i < count; i++)
            headers[i] = (struct sign_header){fields[i].name, fields[i].value};
        const struct sign_request r = {.method = a->request->method,
                                       .path = path,
                                       .query = a->query,
                                       .headers = headers,
                                       .header_count = (size_t)count,
                                       .body = a->request->body,
                                       .body_size = a->request->size};
        const struct sign_check check = {
            .secret_of = secret_of,
            .context = (void *)(uintptr_t)p->options.keys,
            .now_s = (int64_t)time(NULL),
        };
        verdict = sign_verify(p->signer, &r, &check, &e);
    }
    if (verdict == SIGN_GOOD)
        return true;
    char id[HANDLER_REQUEST_ID];
    account_uuid(&p->account, id);
    enum api_error error = verdict == SIGN_MISSING   ? API_NO_SIGNATURE
                           : verdict == SIGN_UNKNOWN ? API_UNKNOWN_KEY
                                                     : API_BAD_SIGNATURE;
    const struct api_detail d = {.request_id = id};
    api_error_answer(a->request, error, &d, "%s",
                     e.text[0] ? e.text : "the request cannot be checked: too long");
    return false;
}

/* ---- what came in ---------------------------------------------------------------------- */

/* A page in a browser must not be able to steer us: its requests carry an Origin. */
static bool from_a_page(const struct http_request *r) { return http_header(r, "Origin") != NULL; }

static void serve_route(const struct route *route, struct ask *a, size_t path_length)
{
    char id[HANDLER_REQUEST_ID];
    const struct api_detail d = {.request_id = id};
    if (route->open && from_a_page(a->request)) {
        account_uuid(&a->platform->account, id);
        api_error_answer(a->request, API_FORBIDDEN, &d, "not for pages of a browser");
        return;
    }
    if (a->platform->signer && !route->open && !is_signed(a, path_length))
        return;
    route->serve(a);
}

void routes_serve(void *platform, struct http_request *r)
{
    struct platform *p = platform;
    p->account.seen.requests++;
    p->account.dirty = true;
    const char *mark = strchr(r->target, '?');
    size_t length = mark ? (size_t)(mark - r->target) : strlen(r->target);
    struct ask a = {.platform = p, .request = r, .rest = "", .query = mark ? mark + 1 : ""};
    if (front_url_by_host(&a)) {
        serve_route(&by_host, &a, length);
        return;
    }
    bool known = false;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!matches(routes[i].path, r->target, length, &a))
            continue;
        known = true;
        if (routes[i].method[0] && strcmp(routes[i].method, r->method) != 0)
            continue;
        serve_route(&routes[i], &a, length);
        return;
    }
    char id[HANDLER_REQUEST_ID];
    account_uuid(&p->account, id);
    const struct api_detail d = {.request_id = id};
    api_error_answer(r, API_NO_OPERATION, &d, "%.20s %.*s: %s", r->method,
                     length < 200 ? (int)length : 200, r->target,
                     known ? "no such method here" : "no such path here");
}

/* ---- for the fronts ----------------------------------------------------------------------- */

bool ask_parameter(const struct ask *a, const char *name, char *out, size_t size)
{
    size_t length = strlen(name);
    for (const char *s = a->query; *s; s += strcspn(s, "&"), s += *s == '&') {
        if (strncmp(s, name, length) != 0 || s[length] != '=')
            continue;
        struct buffer value = {0};
        buffer_unescape(&value, s + length + 1, strcspn(s + length + 1, "&"), true);
        snprintf(out, size, "%s", value.data ? value.data : "");
        buffer_free(&value);
        return true;
    }
    return false;
}

void answer_json(struct ask *a, int status, struct buffer *json)
{
    char id[HANDLER_REQUEST_ID];
    account_uuid(&a->platform->account, id);
    const struct http_field fields[] = {{"Content-Type", "application/json"},
                                        {"x-amzn-RequestId", id}};
    const struct http_answer answer = {.status = status,
                                       .fields = fields,
                                       .field_count = 2,
                                       .body = json->data,
                                       .size = json->size};
    http_answer(a->request, &answer);
    buffer_free(json);
}

void answer_empty(struct ask *a, int status)
{
    char id[HANDLER_REQUEST_ID];
    account_uuid(&a->platform->account, id);
    const struct http_field fields[] = {{"x-amzn-RequestId", id}};
    const struct http_answer answer = {.status = status, .fields = fields, .field_count = 1};
    http_answer(a->request, &answer);
}

struct pool *platform_by_name(struct platform *p, const char *name)
{
    for (int i = 0; i < p->pool_count; i++)
        if (strcmp(pool_name(p->pool[i]), name) == 0)
            return p->pool[i];
    return NULL;
}

struct pool *platform_find(struct ask *a, char *qualifier)
{
    struct platform *p = a->platform;
    struct pool *quick = platform_by_name(p, a->name);
    char asked[ADDRESS_QUALIFIER_MAX] = "";
    bool has = ask_parameter(a, "Qualifier", asked, sizeof asked);
    if (quick) {
        if (qualifier)
            snprintf(qualifier, ADDRESS_QUALIFIER_MAX, "%s", asked);
        return quick;
    }
    char id[HANDLER_REQUEST_ID];
    const struct api_detail d = {.request_id = id};
    struct function_name f;
    struct err e = {0};
    if (address_function(a->name, &f, &e) != 0) {
        account_uuid(&p->account, id);
        api_error_answer(a->request, API_BAD_PARAMETER, &d, "%s", e.text);
        return NULL;
    }
    if (has && f.qualifier[0] && strcmp(asked, f.qualifier) != 0) {
        account_uuid(&p->account, id);
        api_error_answer(a->request, API_BAD_PARAMETER, &d,
                         "The derived qualifier from the function name does not match the "
                         "specified qualifier.");
        return NULL;
    }
    if (!has)
        memcpy(asked, f.qualifier, sizeof asked);
    struct pool *pool = platform_by_name(p, f.name);
    if (pool == NULL) {
        account_uuid(&p->account, id);
        api_error_answer(
            a->request, API_NOT_FOUND, &d,
            "Function not found: arn:%s:lambda:%s:%s:function:%s%s%.100s",
            f.partition[0] ? f.partition : "aws", f.region[0] ? f.region : p->options.region,
            f.account[0] ? f.account : p->options.account, f.name, asked[0] ? ":" : "", asked);
    } else if (qualifier) {
        memcpy(qualifier, asked, sizeof asked);
    }
    return pool;
}
