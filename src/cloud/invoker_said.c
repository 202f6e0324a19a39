/* The header lines of an answer that matter here. */
#include "base/units.h"
#include "cloud/invoker_parts.h"

#include <stdio.h>
#include <string.h>

/* More than this is no figure but a mistake, or malice: it is as if nothing had been said. */
#define TIME_MAX_MS (2 * 3600 * INT64_C(1000))
#define EXECUTIONS_MAX 1000

void invoker_said_init(struct invoker_said *s)
{
    *s = (struct invoker_said){
        .retry_after_ns = -1, .billed_ms = -1, .init_ms = -1, .executions = -1};
}

static unsigned char lower(char c) { return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c); }

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

const char *invoker_header_value(const char *line, size_t size, const char *name, size_t *n)
{
    size_t i = 0;
    for (; name[i]; i++)
        if (i >= size || lower(line[i]) != (unsigned char)name[i])
            return NULL;
    if (i >= size || line[i] != ':')
        return NULL;
    for (i++; i < size && blank(line[i]);)
        i++;
    while (size > i && blank(line[size - 1]))
        size--;
    *n = size - i;
    return line + i;
}

/* Digits, a fraction of them passed over; -1 if it is no such number. */
static int64_t number(const char *p, size_t n)
{
    int64_t v = 0;
    size_t i = 0;
    for (; i < n && p[i] >= '0' && p[i] <= '9' && v < INT64_MAX / 100; i++)
        v = v * 10 + (p[i] - '0');
    if (i == 0 || (i < n && p[i] != '.'))
        return -1;
    return v;
}

static int64_t number_up_to(const char *p, size_t n, int64_t max)
{
    int64_t v = number(p, n);
    return v <= max ? v : -1;
}

static void hear_status(struct invoker_said *s, const char *line, size_t size)
{
    const char *space = memchr(line, ' ', size);
    int64_t status = space ? number(space + 1, 3 < size ? 3 : 0) : -1;
    invoker_said_init(s); /* a further answer of the same call begins: 100, then 200 */
    if (space && (size_t)(space - line) + 4 <= size && status >= 100 && status <= 599)
        s->status = (int)status;
}

/* "com.amazonaws.lambda#TooManyRequestsException:http://…" -> the name alone. */
static void hear_error(struct invoker_said *s, const char *p, size_t n)
{
    const char *hash = memchr(p, '#', n);
    if (hash) {
        n -= (size_t)(hash + 1 - p);
        p = hash + 1;
    }
    const char *colon = memchr(p, ':', n);
    if (colon)
        n = (size_t)(colon - p);
    snprintf(s->error_type, sizeof s->error_type, "%.*s", (int)(n < 63 ? n : 63), p);
}

static void hear_function_error(struct invoker_said *s, const char *p, size_t n)
{
    snprintf(s->function_error, sizeof s->function_error, "%.*s", (int)(n < 23 ? n : 23), p);
}

static void hear_wait(struct invoker_said *s, const char *p, size_t n, int64_t unit_ns)
{
    int64_t v = number(p, n);
    if (v >= 0)
        s->retry_after_ns = v < NS_PER_S * 3600 / unit_ns ? v * unit_ns : NS_PER_S * 3600;
}
static void hear_retry_after(struct invoker_said *s, const char *p, size_t n)
{
    hear_wait(s, p, n, NS_PER_S);
}
static void hear_retry_ms(struct invoker_said *s, const char *p, size_t n)
{
    hear_wait(s, p, n, NS_PER_MS);
}
static void hear_billed(struct invoker_said *s, const char *p, size_t n)
{
    s->billed_ms = number_up_to(p, n, TIME_MAX_MS);
}
static void hear_init(struct invoker_said *s, const char *p, size_t n)
{
    s->init_ms = number_up_to(p, n, TIME_MAX_MS);
}
static void hear_executions(struct invoker_said *s, const char *p, size_t n)
{
    s->executions = number_up_to(p, n, EXECUTIONS_MAX);
}

static const struct {
    const char *name;
    void (*hear)(struct invoker_said *s, const char *value, size_t size);
} headers[] = {
    {"retry-after", hear_retry_after},     {"x-amz-function-error", hear_function_error},
    {"x-amz-retry-after", hear_retry_ms},  {"x-amzn-errortype", hear_error},
    {"x-spillway-billed-ms", hear_billed}, {"x-spillway-executions", hear_executions},
    {"x-spillway-init-ms", hear_init},
};

void invoker_hear(struct invoker_said *s, const char *line, size_t size)
{
    unsigned char first = size ? lower(line[0]) : 0;
    size_t n;
    if (size > 5 && memcmp(line, "HTTP/", 5) == 0) {
        hear_status(s, line, size);
        return;
    }
    if (first != 'x' && first != 'r')
        return;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        const char *value = invoker_header_value(line, size, headers[i].name, &n);
        if (value) {
            headers[i].hear(s, value, n);
            return;
        }
    }
}
