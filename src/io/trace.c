#include "io/trace.h"

#include "base/units.h"
#include "io/lines.h"
#include "io/preset.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_BYTES 1000
#define RATE_MAX 1000000000            /* records/s */
#define TIME_MAX_S INT64_C(8000000000) /* as seconds since 1970: the year 2223 */

struct reader {
    struct lines *lines;
    struct line line;
    uint32_t at;
    struct schedule_spec *spec;
    struct schedule_trace trace;
    int64_t origin_ns;
    struct err *e;
};

static int fail(struct reader *r, const char *what)
{
    r->e->code = ERR_BAD;
    (void)snprintf(r->e->text, sizeof r->e->text, "%s:%llu:%u: %s", lines_name(r->lines),
                   (unsigned long long)r->line.number, r->at + 1, what);
    return ERR_BAD;
}

static int peek(const struct reader *r) { return r->at < r->line.size ? r->line.text[r->at] : -1; }

static bool is_digit(int c) { return c >= '0' && c <= '9'; }

static void skip_blanks(struct reader *r)
{
    while (peek(r) == ' ' || peek(r) == '\t')
        r->at++;
}

/* A number without sign or exponent, in units of 10^-places, at most `max` whole ones. */
static int read_decimal(struct reader *r, int places, int64_t max, int64_t *out)
{
    int64_t value = 0;
    skip_blanks(r);
    uint32_t begin = r->at;
    for (; is_digit(peek(r)); r->at++)
        if ((value = value * 10 + (peek(r) - '0')) > max)
            break;
    bool digits = r->at > begin, over = value > max;
    if (!over && peek(r) == '.') {
        r->at++;
        for (; is_digit(peek(r)); r->at++, digits = true)
            if (places-- > 0)
                value = value * 10 + (peek(r) - '0');
    }
    while (!over && places-- > 0)
        value *= 10;
    *out = value;
    if (digits && !over && peek(r) != 'e' && peek(r) != 'E')
        return 0;
    r->at = begin;
    return fail(r, over ? "too large: times go to 8000000000 s, rates to 1G records per second"
                        : "a decimal number is expected, like 12 or 0.5");
}

/* Counted from the first one. */
static int read_time(struct reader *r, int64_t *out)
{
    uint32_t begin = r->at;
    if (read_decimal(r, 9, TIME_MAX_S, out) != 0)
        return ERR_BAD;
    if (r->trace.count == 0)
        r->origin_ns = *out;
    *out -= r->origin_ns;
    uint32_t end = r->at;
    r->at = begin;
    if (r->trace.count > 0 && *out <= r->spec->point[r->spec->points - 1].at_ns)
        return fail(r, "this time is not after the one before it");
    if (*out > SCHEDULE_TIME_MAX)
        return fail(r, "more than 1000 days after the first time");
    r->at = end;
    return 0;
}

static int read_point(struct reader *r)
{
    struct schedule_point p;
    if (read_time(r, &p.at_ns) != 0)
        return ERR_BAD;
    skip_blanks(r);
    if (peek(r) != ',')
        return fail(r, "a comma and a rate are expected: time_s,rate");
    r->at++;
    if (read_decimal(r, 3, RATE_MAX, &p.rate_mps) != 0)
        return ERR_BAD;
    skip_blanks(r);
    if (r->at < r->line.size)
        return fail(r, "nothing is expected behind the rate");
    if (r->spec->points == SCHEDULE_POINTS) {
        r->at = 0;
        return fail(r, "more than 4096 points: a schedule holds no more; keep every second one");
    }
    r->spec->point[r->spec->points++] = p;
    r->trace.count++;
    return 0;
}

static bool is_header(const struct reader *r)
{
    static const char header[] = "time_s,rate";
    return r->line.size == sizeof header - 1 &&
           memcmp(r->line.text, header, sizeof header - 1) == 0;
}

/* Spreadsheets begin a file with it. */
static void skip_byte_order_mark(struct reader *r)
{
    if (r->line.size >= 3 && memcmp(r->line.text, "\xef\xbb\xbf", 3) == 0) {
        r->line.text += 3;
        r->line.size -= 3;
    }
}

static int read_line(struct reader *r, bool *header)
{
    r->at = 0;
    if (r->line.text == NULL)
        return fail(r, "longer than 1000 bytes; a line is a time and a rate");
    if (r->line.number == 1)
        skip_byte_order_mark(r);
    if (r->line.size > 0 && r->line.text[r->line.size - 1] == '\r')
        r->line.size--;
    skip_blanks(r);
    if (r->at == r->line.size || peek(r) == '#')
        return 0;
    if (r->trace.count == 0 && !*header && is_header(r)) {
        *header = true;
        return 0;
    }
    return read_point(r);
}

static int read_all(struct reader *r)
{
    enum lines_state state;
    bool header = false;
    while ((state = lines_next(r->lines, &r->line, r->e)) == LINES_HAS)
        if (read_line(r, &header) != 0)
            return ERR_BAD;
    if (state == LINES_FAILED)
        return r->e->code;
    if (r->trace.count > 0)
        return 0;
    r->e->code = ERR_BAD;
    (void)snprintf(r->e->text, sizeof r->e->text,
                   "%s: holds no point; a trace is lines of time_s,rate", lines_name(r->lines));
    return ERR_BAD;
}

static int refuse(const char *what, const char *name, struct err *e)
{
    e->code = ERR_BAD;
    (void)snprintf(e->text, sizeof e->text, "%.200s: %s", name, what);
    return ERR_BAD;
}

int trace_load(const char *file, struct schedule_spec *spec, int *index, struct err *e)
{
    struct reader r = {.spec = spec, .e = e, .trace.first = spec->points};
    if (spec->traces == SCHEDULE_TRACES)
        return refuse("a schedule has at most 4 traces", file, e);
    if (strlen(file) >= sizeof r.trace.file)
        return refuse("the name is longer than 511 bytes", file, e);
    int rc = lines_open(file, LINE_MAX_BYTES, &r.lines, e);
    if (rc)
        return rc;
    memcpy(r.trace.file, file, strlen(file) + 1);
    rc = lines_again(r.lines)
             ? read_all(&r)
             : refuse("a trace is a file; this is a pipe or a device", lines_name(r.lines), e);
    lines_close(r.lines);
    if (rc)
        return rc;
    *index = spec->traces;
    spec->trace[spec->traces++] = r.trace;
    return 0;
}

int preset_trace(struct preset *p, const char *file, struct err *e)
{
    struct schedule_spec *s = &p->schedule;
    int at_fault;
    *s = (struct schedule_spec){.count = 1};
    s->step[0] = (struct schedule_step){.kind = STEP_TRACE, .factor_ppm = PPM_ONE};
    int rc = trace_load(file, s, &s->step[0].trace, e);
    const char *why = rc ? NULL : schedule_check(s, &at_fault);
    return why ? refuse(why, file, e) : rc;
}
