/* One call as libcurl sees it: the handle, its options, what comes back. */
#include "cloud/invoker_parts.h"

#include "base/units.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_FIRST (16u << 10)

/* ---- what comes back ---------------------------------------------------------------- */

static size_t on_body(char *bytes, size_t one, size_t size, void *context)
{
    struct flight *f = context;
    (void)one;
    size_t need = f->call.answer_size + size;
    if (need > f->setting->answer_max) {
        f->overflowed = true;
        return 0; /* breaks the transfer off */
    }
    if (need + 1 > f->answer_room) {
        size_t room = f->answer_room ? f->answer_room : BUFFER_FIRST;
        while (room < need + 1)
            room *= 2;
        char *grown = realloc(f->call.answer, room);
        if (grown == NULL)
            return 0;
        f->call.answer = grown;
        f->answer_room = room;
    }
    memcpy(f->call.answer + f->call.answer_size, bytes, size);
    f->call.answer_size = need;
    f->call.answer[need] = 0;
    return size;
}

static size_t on_header(char *line, size_t one, size_t size, void *context)
{
    struct flight *f = context;
    size_t n;
    (void)one;
    invoker_hear(&f->call.said, line, size);
    if (!f->setting->keep_log)
        return size;
    const char *value = invoker_header_value(line, size, "x-amz-log-result", &n);
    if (value && n < INVOKER_LOG)
        snprintf(f->log, INVOKER_LOG, "%.*s", (int)n, value);
    return size;
}

/* ---- the handle ----------------------------------------------------------------------- */

bool flight_make(struct flight *f)
{
    const struct flight_setting *s = f->setting;
    if (f->easy)
        return true;
    if (s->keep_log && f->log == NULL && (f->log = calloc(1, INVOKER_LOG)) == NULL)
        return false;
    CURL *h = f->easy = curl_easy_init();
    if (h == NULL)
        return false;
    curl_easy_setopt(h, CURLOPT_PRIVATE, f);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, f->error);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, s->open_socket);
    curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, f->invoker);
    curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, s->close_socket);
    curl_easy_setopt(h, CURLOPT_CLOSESOCKETDATA, f->invoker);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L); /* a signature holds for one address */
    curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(h, CURLOPT_MAXAGE_CONN, 50L);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)(s->connect_ns / NS_PER_MS));
    curl_easy_setopt(h, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)s->answer_max);
    curl_easy_setopt(h, CURLOPT_POST, 1L);
    if (s->loopback)
        curl_easy_setopt(h, CURLOPT_PROXY, "");
    if (s->ca_file)
        curl_easy_setopt(h, CURLOPT_CAINFO, s->ca_file);
    return curl_easy_setopt(h, CURLOPT_URL, s->url) == CURLE_OK;
}

bool invoker_header(struct invoker_call *c, const char *name, const char *value)
{
    struct flight *f = (struct flight *)(void *)c;
    size_t left = sizeof f->text - f->text_used;
    if (f->lines == INVOKER_HEADERS)
        return false;
    char *line = f->text + f->text_used;
    int n = snprintf(line, left, value[0] ? "%s: %s" : "%s:", name, value);
    if (n < 0 || (size_t)n >= left || strpbrk(line, "\r\n"))
        return false;
    f->text_used += (size_t)n + 1;
    f->line[f->lines] = (struct curl_slist){line, NULL};
    if (f->lines > 0)
        f->line[f->lines - 1].next = &f->line[f->lines];
    f->lines++;
    return true;
}

void flight_reset(struct flight *f)
{
    struct invoker_call *c = &f->call;
    invoker_said_init(&c->said);
    c->failure = INVOKER_ANSWERED;
    c->why[0] = 0;
    c->answer_size = 0;
    if (f->log)
        f->log[0] = 0;
    c->log = f->log ? f->log : "";
    c->fresh = false;
    f->overflowed = f->cancel = false;
    f->error[0] = 0;
    f->lines = 0;
    f->text_used = 0;
    /* No Expect: a server may well wait for the body it was not sent. */
    bool ok = invoker_header(c, "Content-Type", "application/json");
    ok = ok && invoker_header(c, "Accept", "") && invoker_header(c, "Expect", "");
    assert(ok);
}

void flight_load(struct flight *f)
{
    int64_t ms = f->call.timeout_ns / NS_PER_MS;
    curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, &f->line[0]);
    curl_easy_setopt(f->easy, CURLOPT_POSTFIELDS, f->call.body ? f->call.body : "");
    curl_easy_setopt(f->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->call.body_size);
    curl_easy_setopt(f->easy, CURLOPT_TIMEOUT_MS, ms > 0 ? (long)ms : 1L);
}

void flight_end(struct flight *f, CURLcode code)
{
    long connects = 0;
    curl_easy_getinfo(f->easy, CURLINFO_NUM_CONNECTS, &connects);
    f->call.fresh = connects > 0;
    if (f->overflowed)
        code = CURLE_FILESIZE_EXCEEDED;
    if (code == CURLE_OK && f->call.said.status == 0)
        code = CURLE_WEIRD_SERVER_REPLY;
    if (code != CURLE_OK)
        f->call.failure = invoker_why(f->easy, code, f->error, f->call.why, sizeof f->call.why);
}

void flight_free(struct flight *f)
{
    free(f->log);
    if (f->easy)
        curl_easy_cleanup(f->easy);
    free(f->call.body);
    free(f->call.answer);
}

/* ---- buffers ------------------------------------------------------------------------------ */

bool invoker_room(struct invoker_call *c, size_t size)
{
    struct flight *f = (struct flight *)(void *)c;
    if (size <= f->body_room)
        return true;
    size_t room = f->body_room ? f->body_room : BUFFER_FIRST;
    while (room < size)
        room *= 2;
    free(c->body);
    c->body = malloc(room);
    f->body_room = c->body ? room : 0;
    return c->body != NULL;
}

size_t invoker_body_room(const struct invoker_call *c)
{
    return ((const struct flight *)(const void *)c)->body_room;
}
