#include "cloud/report.h"

#include <stdio.h>
#include <string.h>

#define MB (INT64_C(1024) * 1024)
#define LINE 400

void report_bytes(struct account *a, struct invocation *i, const void *bytes, size_t size)
{
    const char *from = bytes;
    account_log(a, from, size);
    if (i == NULL || !i->wants_tail)
        return;
    if (size > POOL_TAIL) {
        from += size - POOL_TAIL;
        size = POOL_TAIL;
    }
    if (i->tail.size + size > 2 * POOL_TAIL) { /* keeps what can still be among the last */
        memmove(i->tail.data, i->tail.data + i->tail.size - POOL_TAIL, POOL_TAIL);
        i->tail.size = POOL_TAIL;
    }
    buffer_add(&i->tail, from, size);
}

bool report_is_read(const struct invocation *i)
{
    return pool_account(i->pool)->log || i->wants_tail;
}

void report_start(struct invocation *i)
{
    struct account *a = pool_account(i->pool);
    char line[LINE];
    if (!report_is_read(i))
        return;
    int n =
        snprintf(line, sizeof line, "START RequestId: %s Version: $LATEST\n", i->work.request_id);
    report_bytes(a, i, line, (size_t)n);
}

void report_line(struct invocation *i, const char *text)
{
    struct account *a = pool_account(i->pool);
    char line[LINE];
    if (!report_is_read(i))
        return;
    int n = snprintf(line, sizeof line, "%.*s\n", LINE - 2, text);
    report_bytes(a, i, line, (size_t)n);
}

/* Milliseconds with two digits behind the point. */
static int write_ms(char *out, size_t size, int64_t ns)
{
    int64_t hundredths = (ns + 5000) / 10000;
    return snprintf(out, size, "%lld.%02lld ms", (long long)(hundredths / 100),
                    (long long)(hundredths % 100));
}

void report_end(struct invocation *i, int64_t memory)
{
    struct account *a = pool_account(i->pool);
    char line[LINE], run[40], init[40];
    if (!report_is_read(i))
        return;
    const char *id = i->work.request_id;
    write_ms(run, sizeof run, i->run_ns);
    int n = snprintf(line, sizeof line,
                     "END RequestId: %s\nREPORT RequestId: %s\tDuration: %s\tBilled Duration: %lld "
                     "ms\tMemory Size: %d MB\tMax Memory Used: %lld MB\t",
                     id, id, run, (long long)i->billed_ms, pool_options(i->pool)->faas.memory_mb,
                     (long long)((memory + MB - 1) / MB));
    if (i->cold) {
        write_ms(init, sizeof init, i->init_ns);
        n += snprintf(line + n, sizeof line - (size_t)n, "Init Duration: %s\t", init);
    }
    if (i->status == ANSWER_TIMEOUT)
        n += snprintf(line + n, sizeof line - (size_t)n, "Status: timeout");
    n += snprintf(line + n, sizeof line - (size_t)n, "\n");
    report_bytes(a, i, line, (size_t)n);
}

void report_trace_id(char *out, size_t size, int64_t real_s, const char *id)
{
    char hex[33];
    int used = 0;
    for (const char *s = id; *s && used < 32; s++)
        if (*s != '-')
            hex[used++] = *s;
    hex[used] = '\0';
    assert(size >= 80);
    /* Root=1-8 digits of the time-24 digits; parent: 16 more */
    static const char digit[] = "0123456789abcdef";
    char *to = out;
    memcpy(to, "Root=1-", 7);
    to += 7;
    for (int shift = 28; shift >= 0; shift -= 4)
        *to++ = digit[real_s >> shift & 15];
    *to++ = '-';
    memcpy(to, hex, 24);
    to += 24;
    memcpy(to, ";Parent=", 8);
    to += 8;
    memcpy(to, hex + 16, 16);
    to += 16;
    memcpy(to, ";Sampled=0", 11);
}
