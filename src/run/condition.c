#include "base/words.h"
#include "run/engine.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Conditions: `p99 < 250ms within 20s`. A variable has a unit; its value is read
 * and compared in that unit's integers. */

enum { KIND_END, KIND_WITHIN, KIND_FOR };
enum { LESS, LESS_EQUAL, MORE, MORE_EQUAL, EQUAL };

struct variable {
    const char *name;
    enum unit unit;
    bool ms_per_s; /* a bare number of ms/s */
    int64_t (*of)(const struct sp_reading *r, bool whole_run);
    bool (*known)(const struct sp_reading *r, bool whole_run);
    const char *help;
};

#define LATENCY(field)                                                                             \
    static int64_t field##_of(const struct sp_reading *r, bool run)                                \
    {                                                                                              \
        return run ? r->latency_run.field : r->latency.field;                                      \
    }
LATENCY(p50)
LATENCY(p90)
LATENCY(p99)
LATENCY(p999)
LATENCY(mean)
LATENCY(max)
static int64_t call_p50_of(const struct sp_reading *r, bool run)
{
    return run ? r->call_run.p50 : r->call.p50;
}
static int64_t call_p99_of(const struct sp_reading *r, bool run)
{
    return run ? r->call_run.p99 : r->call.p99;
}
static int64_t backlog_of(const struct sp_reading *r, bool run)
{
    (void)run;
    return r->backlog;
}
static int64_t busy_of(const struct sp_reading *r, bool run)
{
    (void)run;
    return (int64_t)(r->busy * 1e6);
}
static int64_t backpressured_of(const struct sp_reading *r, bool run)
{
    (void)run;
    return (int64_t)r->backpressured;
}
static int64_t whole_rate(uint64_t records, const struct sp_reading *r)
{
    return r->now_ns > 0 ? (int64_t)((i128)records * 1000 * NS_PER_S / r->now_ns) : 0;
}
static int64_t in_rate_of(const struct sp_reading *r, bool run)
{
    return run ? whole_rate(r->in, r) : (int64_t)(r->in_rate * 1000);
}
static int64_t out_rate_of(const struct sp_reading *r, bool run)
{
    return run ? whole_rate(r->out, r) : (int64_t)(r->out_rate * 1000);
}
static int64_t burst_of(const struct sp_reading *r, bool run)
{
    if (!run)
        return (int64_t)(r->burst_share * 1e6);
    return r->in ? (int64_t)((i128)r->burst_records * PPM_ONE / (int64_t)r->in) : 0;
}
static int64_t lost_of(const struct sp_reading *r, bool run)
{
    (void)run;
    return (int64_t)r->lost;
}
static int64_t dead_of(const struct sp_reading *r, bool run)
{
    (void)run;
    return (int64_t)r->dead;
}
static int64_t duplicated_of(const struct sp_reading *r, bool run)
{
    (void)run;
    return (int64_t)r->duplicated;
}
static int64_t disordered_of(const struct sp_reading *r, bool run)
{
    (void)run;
    return (int64_t)r->disordered;
}
static int64_t cost_of(const struct sp_reading *r, bool run)
{
    (void)run;
    return r->cost_nusd;
}

static bool always(const struct sp_reading *r, bool run)
{
    (void)r;
    (void)run;
    return true;
}
static bool has_latency(const struct sp_reading *r, bool run)
{
    return (run ? r->latency_run.count : r->latency.count) > 0;
}
static bool has_calls(const struct sp_reading *r, bool run)
{
    return (run ? r->call_run.count : r->call.count) > 0;
}

static const struct variable variables[] = {
    {"p50", UNIT_DURATION, false, p50_of, has_latency, "median latency, due to sink"},
    {"p90", UNIT_DURATION, false, p90_of, has_latency, "90th percentile of latency"},
    {"p99", UNIT_DURATION, false, p99_of, has_latency, "99th percentile of latency"},
    {"p999", UNIT_DURATION, false, p999_of, has_latency, "99.9th percentile of latency"},
    {"mean", UNIT_DURATION, false, mean_of, has_latency, "mean latency"},
    {"max", UNIT_DURATION, false, max_of, has_latency, "largest latency"},
    {"call_p50", UNIT_DURATION, false, call_p50_of, has_calls,
     "median time of a call, first attempt to answer"},
    {"call_p99", UNIT_DURATION, false, call_p99_of, has_calls, "99th percentile of the same"},
    {"backlog", UNIT_COUNT, false, backlog_of, always, "records due and not emitted"},
    {"busy", UNIT_RATIO, false, busy_of, always, "busy share of the costly operator"},
    {"backpressured", UNIT_COUNT, true, backpressured_of, always,
     "most that an operator is held back"},
    {"in_rate", UNIT_RATE, false, in_rate_of, always, "records/s that the source emits"},
    {"out_rate", UNIT_RATE, false, out_rate_of, always, "records/s that reach the sink"},
    {"burst", UNIT_RATIO, false, burst_of, always, "share of the records that goes to functions"},
    {"lost", UNIT_COUNT, false, lost_of, always, "records lost"},
    {"dead", UNIT_COUNT, false, dead_of, always, "dead letters"},
    {"duplicated", UNIT_COUNT, false, duplicated_of, always, "records that came twice"},
    {"disordered", UNIT_COUNT, false, disordered_of, always, "records out of the chosen order"},
    {"cost", UNIT_USD, false, cost_of, always, "money that functions have cost"},
};
#define VARIABLES ((int)(sizeof variables / sizeof variables[0]))

bool sp_variable(int i, struct sp_variable *out)
{
    static const char *const units[] = {[UNIT_COUNT] = "count",
                                        [UNIT_DURATION] = "duration",
                                        [UNIT_RATE] = "rate",
                                        [UNIT_RATIO] = "ratio",
                                        [UNIT_USD] = "USD"};
    if (i < 0 || i >= VARIABLES)
        return false;
    const struct variable *v = &variables[i];
    *out = (struct sp_variable){v->name, v->ms_per_s ? "ms/s" : units[v->unit],
                                v->ms_per_s ? "100ms/s" : units_example(v->unit), v->help};
    return true;
}

__attribute__((format(printf, 4, 5))) static int bad(struct err *e, const char *text,
                                                     const char *at, const char *format, ...)
{
    char what[400];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    e->code = ERR_BAD;
    snprintf(e->text, sizeof e->text, "column %d: %s", (int)(at - text) + 1, what);
    return ERR_BAD;
}

static int read_variable(const char *text, const char **p, struct expectation *x, struct err *e)
{
    const char *names[VARIABLES + 1];
    size_t n = strspn(*p, "abcdefghijklmnopqrstuvwxyz_0123456789");
    for (int i = 0; i < VARIABLES; i++) {
        names[i] = variables[i].name;
        if (strlen(names[i]) == n && memcmp(names[i], *p, n) == 0) {
            x->variable = i;
            *p += n;
            return 0;
        }
    }
    names[VARIABLES] = NULL;
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)(n < 60 ? n : 60), *p);
    const char *near = preset_nearest(word, names);
    char what[300];
    snprintf(what, sizeof what, "\"%s\" is no variable%s%s%s", word, near ? "; did you mean " : "",
             near ? near
                  : ": p50 p90 p99 p999 mean max call_p50 call_p99 backlog busy "
                    "backpressured in_rate out_rate burst lost dead duplicated disordered cost",
             near ? "?" : "");
    return bad(e, text, *p, "%s", what);
}

static int read_comparison(const char *text, const char **p, struct expectation *x, struct err *e)
{
    static const struct {
        const char *sign;
        int comparison;
    } signs[] = {{"<=", LESS_EQUAL}, {">=", MORE_EQUAL}, {"==", EQUAL}, {"<", LESS}, {">", MORE}};
    *p = skip_blanks(*p);
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (strncmp(*p, signs[i].sign, strlen(signs[i].sign)) == 0) {
            x->comparison = signs[i].comparison;
            *p = skip_blanks(*p + strlen(signs[i].sign));
            return 0;
        }
    return bad(e, text, *p, "expected %s here", "< <= > >= or ==");
}

static int read_span(const char *text, const char *p, struct expectation *x, struct err *e)
{
    const char *why;
    p = skip_blanks(p);
    if (*p == 0)
        return 0;
    size_t n = word_length(p);
    if (n == 6 && memcmp(p, "within", 6) == 0)
        x->kind = KIND_WITHIN;
    else if (n == 3 && memcmp(p, "for", 3) == 0)
        x->kind = KIND_FOR;
    else
        return bad(e, text, p, "expected %s here", "`within T` or `for T`");
    p = skip_blanks(p + n);
    n = word_length(p);
    if (!units_read(UNIT_DURATION, p, n, &x->span_ns, &why))
        return bad(e, text, p, "a duration is needed, like 20s: %s", why);
    if (*skip_blanks(p + n))
        return bad(e, text, skip_blanks(p + n), "nothing may follow here");
    return 0;
}

int condition_read(const char *text, struct expectation *x, struct err *e)
{
    const char *p = skip_blanks(text), *why;
    *x = (struct expectation){.kind = KIND_END};
    if (strlen(text) >= sizeof x->shown.text)
        return bad(e, text, text, "longer than 159 bytes");
    snprintf(x->shown.text, sizeof x->shown.text, "%s", text);
    if (read_variable(text, &p, x, e) || read_comparison(text, &p, x, e))
        return ERR_BAD;
    size_t n = word_length(p);
    const char *at = p;
    size_t digits = n;
    if (variables[x->variable].ms_per_s && n > 4 && memcmp(p + n - 4, "ms/s", 4) == 0)
        digits = n - 4;
    if (!units_read(variables[x->variable].unit, p, digits, &x->value, &why)) {
        char what[200];
        snprintf(what, sizeof what, "%s needs a value like %s: %s", variables[x->variable].name,
                 units_example(variables[x->variable].unit), why);
        return bad(e, text, at, "%s", what);
    }
    return read_span(text, p + n, x, e);
}

static bool compare(int comparison, int64_t a, int64_t b)
{
    switch (comparison) {
    case LESS:
        return a < b;
    case LESS_EQUAL:
        return a <= b;
    case MORE:
        return a > b;
    case MORE_EQUAL:
        return a >= b;
    default:
        return a == b;
    }
}

/* For people: four significant digits. The comparison is exact. */
static int64_t rounded(int64_t value)
{
    int64_t unit = 1;
    while (value / unit >= 10000)
        unit *= 10;
    return (value + unit / 2) / unit * unit;
}

static bool holds(struct expectation *x, const struct sp_reading *r, bool run)
{
    const struct variable *v = &variables[x->variable];
    if (!v->known(r, run)) {
        snprintf(x->shown.observed, sizeof x->shown.observed, "n/a");
        return false;
    }
    int64_t value = v->of(r, run);
    units_write(v->unit, rounded(value), x->shown.observed, sizeof x->shown.observed);
    return compare(x->comparison, value, x->value);
}

static void decide(struct expectation *x, bool ok)
{
    x->decided = true;
    x->shown.ok = ok;
}

const char *condition_outcome(const struct expectation *x)
{
    assert(x->decided);
    return !x->shown.ok ? "did not hold" : x->kind == KIND_WITHIN ? "came true" : "held";
}

void condition_judge(struct expectation *x, const struct sp_reading *r, bool last)
{
    if (x->decided)
        return;
    if (x->kind == KIND_END) {
        if (last)
            decide(x, holds(x, r, true));
        return;
    }
    int64_t age = r->now_ns - x->begin_ns;
    bool now = age > 0 && holds(x, r, false);
    if (x->kind == KIND_WITHIN) {
        if (now && age <= x->span_ns)
            decide(x, true);
        else if (age >= x->span_ns || last)
            decide(x, false);
        return;
    }
    if (age > 0 && !now)
        decide(x, false);
    else if (age >= x->span_ns)
        decide(x, true);
    else if (last)
        decide(x, false); /* the run ended before it had held for so long */
}
