#include "cloud/url_event.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define HEADERS_MAX 100

/* ---- the request as an event --------------------------------------------------------- */

static void add_lower(struct buffer *out, const char *name)
{
    buffer_text(out, "\"");
    for (const char *s = name; *s; s++) { /* a header's name has no quotes, or MHD refused it */
        char c = (char)tolower((unsigned char)*s);
        if (c != '"' && c != '\\')
            buffer_add(out, &c, 1);
    }
    buffer_text(out, "\":");
}

/* A text of any bytes as a JSON string: what is no UTF-8 goes in as Latin-1. */
static void add_text(struct buffer *out, const char *text, size_t size)
{
    if (buffer_is_utf8(text, size)) {
        buffer_json(out, text, size);
        return;
    }
    struct buffer wide = {0};
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        const char two[2] = {(char)(0xc0 | c >> 6), (char)(0x80 | (c & 63))};
        buffer_add(&wide, c < 0x80 ? &text[i] : two, c < 0x80 ? 1 : 2);
    }
    buffer_json(out, wide.data ? wide.data : "", wide.size);
    buffer_free(&wide);
}

/* Headers: lower case, those that repeat joined by commas. Cookies go elsewhere. */
static void add_headers(struct buffer *out, const struct http_field *f, int count)
{
    struct buffer value = {0};
    bool first = true;
    buffer_text(out, "\"headers\":{");
    for (int i = 0; i < count; i++) {
        bool seen = strcasecmp(f[i].name, "Cookie") == 0;
        for (int k = 0; k < i && !seen; k++)
            seen = strcasecmp(f[k].name, f[i].name) == 0;
        if (seen)
            continue;
        buffer_clear(&value);
        buffer_text(&value, f[i].value);
        for (int k = i + 1; k < count; k++)
            if (strcasecmp(f[k].name, f[i].name) == 0)
                buffer_format(&value, ",%s", f[k].value);
        buffer_text(out, first ? "" : ",");
        add_lower(out, f[i].name);
        add_text(out, value.data, value.size);
        first = false;
    }
    buffer_text(out, "},");
    buffer_free(&value);
}

static void add_cookies(struct buffer *out, const struct http_request *r)
{
    const char *s = http_header(r, "Cookie");
    if (s == NULL)
        return;
    buffer_text(out, "\"cookies\":[");
    for (bool first = true; *s; first = false) {
        size_t length = strcspn(s, ";");
        buffer_text(out, first ? "" : ",");
        add_text(out, s, length);
        s += length;
        s += strspn(s, "; ");
    }
    buffer_text(out, "],");
}

struct parameter {
    struct buffer name, value;
};

#define PARAMETERS_MAX 64

static int read_parameters(const char *query, struct parameter *p)
{
    int count = 0;
    while (*query && count < PARAMETERS_MAX) {
        size_t length = strcspn(query, "&");
        size_t equals = strcspn(query, "=&");
        p[count] = (struct parameter){0};
        buffer_unescape(&p[count].name, query, equals, true);
        if (equals < length)
            buffer_unescape(&p[count].value, query + equals + 1, length - equals - 1, true);
        else
            buffer_text(&p[count].value, "");
        count += length > 0;
        if (length == 0)
            buffer_free(&p[count].name), buffer_free(&p[count].value);
        query += length + (query[length] == '&');
    }
    return count;
}

static bool same_name(const struct parameter *a, const struct parameter *b)
{
    return a->name.size == b->name.size && memcmp(a->name.data, b->name.data, a->name.size) == 0;
}

static void add_parameters(struct buffer *out, const char *query)
{
    struct parameter p[PARAMETERS_MAX];
    int count = read_parameters(query, p);
    if (count > 0)
        buffer_text(out, "\"queryStringParameters\":{");
    for (int i = 0; i < count; i++) {
        bool seen = false;
        for (int k = 0; k < i && !seen; k++)
            seen = same_name(&p[k], &p[i]);
        for (int k = i + 1; k < count && !seen; k++)
            if (same_name(&p[k], &p[i])) {
                buffer_text(&p[i].value, ",");
                buffer_add(&p[i].value, p[k].value.data, p[k].value.size);
            }
        if (seen)
            continue;
        buffer_text(out, i ? "," : "");
        add_text(out, p[i].name.data, p[i].name.size);
        buffer_text(out, ":");
        add_text(out, p[i].value.data, p[i].value.size);
    }
    if (count > 0)
        buffer_text(out, "},");
    for (int i = 0; i < count; i++) {
        buffer_free(&p[i].name);
        buffer_free(&p[i].value);
    }
}

static void add_context(struct buffer *out, const struct url_event *u)
{
    const char *agent = http_header(u->request, "User-Agent");
    time_t s = (time_t)(u->real_ms / 1000);
    struct tm tm;
    char when[64];
    gmtime_r(&s, &tm);
    strftime(when, sizeof when, "%d/%b/%Y:%H:%M:%S +0000", &tm);
    buffer_format(out,
                  "\"requestContext\":{\"accountId\":\"%s\",\"apiId\":\"%s\",\"domainName\":\"%s\","
                  "\"domainPrefix\":\"%s\",\"http\":{\"method\":\"%s\",\"path\":",
                  u->account, u->id, u->domain, u->id, u->request->method);
    add_text(out, u->path, strlen(u->path));
    buffer_text(out, ",\"protocol\":\"HTTP/1.1\",\"sourceIp\":\"127.0.0.1\",\"userAgent\":");
    add_text(out, agent ? agent : "", agent ? strlen(agent) : 0);
    buffer_format(out,
                  "},\"requestId\":\"%s\",\"routeKey\":\"$default\",\"stage\":\"$default\","
                  "\"time\":\"%s\",\"timeEpoch\":%lld},",
                  u->request_id, when, (long long)u->real_ms);
}

/* Text goes as text, everything else as base64. */
static void add_body(struct buffer *out, const struct http_request *r)
{
    const char *type = http_header(r, "Content-Type");
    const char *body = (const char *)r->body;
    bool text = type == NULL || strncasecmp(type, "text/", 5) == 0 || strstr(type, "json") ||
                strstr(type, "xml") || strstr(type, "javascript") || strstr(type, "urlencoded");
    text = text && buffer_is_utf8(body, r->size);
    if (r->size > 0) {
        buffer_text(out, "\"body\":");
        if (text) {
            buffer_json(out, body, r->size);
        } else {
            buffer_text(out, "\"");
            buffer_base64(out, body, r->size);
            buffer_text(out, "\"");
        }
        buffer_text(out, ",");
    }
    buffer_format(out, "\"isBase64Encoded\":%s}", text || r->size == 0 ? "false" : "true");
}

void url_event_write(struct buffer *out, const struct url_event *u)
{
    struct http_field fields[HEADERS_MAX];
    int count = http_headers(u->request, fields, HEADERS_MAX);
    buffer_text(out, "{\"version\":\"2.0\",\"routeKey\":\"$default\",\"rawPath\":");
    add_text(out, u->path, strlen(u->path));
    buffer_text(out, ",\"rawQueryString\":");
    add_text(out, u->query, strlen(u->query));
    buffer_text(out, ",");
    add_cookies(out, u->request);
    add_headers(out, fields, count < HEADERS_MAX ? count : HEADERS_MAX);
    add_parameters(out, u->query);
    add_context(out, u);
    add_body(out, u->request);
}

/* ---- the handler's side ------------------------------------------------------------------ */

/* Passes over blanks and then the word; NULL if it is not there. */
static const char *expect(const char *s, const char *end, const char *word)
{
    while (s && s < end && isspace((unsigned char)*s))
        s++;
    size_t length = strlen(word);
    return s && (size_t)(end - s) >= length && memcmp(s, word, length) == 0 ? s + length : NULL;
}

bool url_event_is(const char *json, size_t size)
{
    const char *end = json + size;
    const char *s = expect(json, end, "{");
    s = expect(s, end, "\"version\"");
    s = expect(s, end, ":");
    return expect(s, end, "\"2.0\"") != NULL;
}

static bool is_true(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* A string, decoded from base64 where it says so. */
static bool add_decoded(struct buffer *out, const cJSON *text, bool base64)
{
    if (!cJSON_IsString(text))
        return false;
    size_t size = strlen(text->valuestring);
    if (base64)
        return buffer_unbase64(out, text->valuestring, size);
    buffer_add(out, text->valuestring, size);
    return true;
}

bool url_event_body(const char *json, size_t size, struct buffer *out)
{
    cJSON *event = cJSON_ParseWithLength(json, size);
    const cJSON *body = cJSON_GetObjectItemCaseSensitive(event, "body");
    buffer_text(out, "");
    bool good = event && (body == NULL || cJSON_IsNull(body) ||
                          add_decoded(out, body, is_true(event, "isBase64Encoded")));
    cJSON_Delete(event);
    return good && !out->failed;
}

void url_event_answer(struct buffer *out, int status, const char *body, size_t size)
{
    buffer_format(out,
                  "{\"statusCode\":%d,\"headers\":{\"Content-Type\":\"application/json\"},"
                  "\"isBase64Encoded\":false,\"body\":",
                  status);
    buffer_json(out, body, size);
    buffer_text(out, "}");
}

/* ---- the front's side ----------------------------------------------------------------------- */

/* Keeps a name and a value in out->text as offsets; url_answer_read makes pointers. */
static bool keep_field(struct url_answer *out, const char *name, const char *value)
{
    for (const char *s = name; *s; s++)
        if (*s <= ' ' || *s > '~' || *s == ':')
            return false;
    if (*name == '\0' || strpbrk(value, "\r\n") || out->field_count == URL_FIELDS_MAX)
        return false;
    if (strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Connection") == 0 ||
        strcasecmp(name, "Transfer-Encoding") == 0 || strcasecmp(name, "Date") == 0)
        return true; /* the server's own business */
    struct http_field *f = &out->fields[out->field_count++];
    f->name = (const char *)(uintptr_t)out->text.size;
    buffer_add(&out->text, name, strlen(name) + 1);
    f->value = (const char *)(uintptr_t)out->text.size;
    buffer_add(&out->text, value, strlen(value) + 1);
    return true;
}

static bool keep_headers(struct url_answer *out, const cJSON *answer)
{
    char number[32];
    const cJSON *f;
    cJSON_ArrayForEach(f, cJSON_GetObjectItemCaseSensitive(answer, "headers"))
    {
        const char *value = cJSON_IsString(f) ? f->valuestring : number;
        if (cJSON_IsBool(f))
            value = cJSON_IsTrue(f) ? "true" : "false";
        else if (cJSON_IsNumber(f))
            snprintf(number, sizeof number, "%.15g", f->valuedouble);
        else if (!cJSON_IsString(f))
            return false;
        if (!f->string || !keep_field(out, f->string, value))
            return false;
    }
    cJSON_ArrayForEach(f, cJSON_GetObjectItemCaseSensitive(answer, "cookies"))
    {
        if (!cJSON_IsString(f) || !keep_field(out, "Set-Cookie", f->valuestring))
            return false;
    }
    return true;
}

static bool read_answer(const cJSON *answer, struct url_answer *out)
{
    const cJSON *status = cJSON_GetObjectItemCaseSensitive(answer, "statusCode");
    const cJSON *body = cJSON_GetObjectItemCaseSensitive(answer, "body");
    double code = cJSON_IsString(status) ? atof(status->valuestring) : status->valuedouble;
    if (!(code >= 200 && code <= 599))
        return false;
    out->status = (int)code;
    if (!keep_headers(out, answer))
        return false;
    if (body == NULL || cJSON_IsNull(body))
        return true;
    return add_decoded(&out->body, body, is_true(answer, "isBase64Encoded"));
}

static void point(struct url_answer *out)
{
    for (int i = 0; i < out->field_count; i++) {
        out->fields[i].name = out->text.data + (uintptr_t)out->fields[i].name;
        out->fields[i].value = out->text.data + (uintptr_t)out->fields[i].value;
    }
}

bool url_answer_read(const char *json, size_t size, struct url_answer *out)
{
    *out = (struct url_answer){.status = 200};
    cJSON *answer = cJSON_ParseWithLength(json, size);
    bool good = answer != NULL;
    if (cJSON_IsObject(answer) && cJSON_HasObjectItem(answer, "statusCode"))
        good = read_answer(answer, out);
    else if (cJSON_IsString(answer)) /* the text itself, without its quotes */
        buffer_add(&out->body, answer->valuestring, strlen(answer->valuestring));
    else if (good)
        buffer_add(&out->body, json, size);
    cJSON_Delete(answer);
    bool typed = false;
    point(out);
    for (int i = 0; i < out->field_count; i++)
        typed |= strcasecmp(out->fields[i].name, "Content-Type") == 0;
    if (!typed && out->field_count < URL_FIELDS_MAX)
        out->fields[out->field_count++] = (struct http_field){"Content-Type", "application/json"};
    return good && !out->body.failed && !out->text.failed;
}

void url_answer_free(struct url_answer *a)
{
    buffer_free(&a->body);
    buffer_free(&a->text);
}
