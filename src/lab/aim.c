/* Goals of sweeps: conditions joined by "then" and "and", and at the end what to make best. */
#include "io/preset_text.h"
#include "lab/sweep.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word, *metric;
} words[] = {
    {"mean", "steady_mean_ms"},       {"p50", "steady_p50_ms"},           {"p99", "steady_p99_ms"},
    {"p90", "latency_p90_ms"},        {"p999", "latency_p999_ms"},        {"max", "latency_max_ms"},
    {"cost", "cost_per_million_usd"}, {"total", "total_per_million_usd"}, {"burst", "burst_share"},
    {"completion", "completion_s"},
};
#define WORDS (sizeof words / sizeof *words)

__attribute__((format(printf, 3, 4))) static int fail(struct err *e, size_t column,
                                                      const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    e->code = ERR_BAD;
    (void)snprintf(e->text, sizeof e->text, "goal:%zu: %s", column, text);
    return ERR_BAD;
}

/* The metric that a word means, -1. */
static int find(const char *word, size_t len)
{
    char name[64];
    if (len >= sizeof name)
        return -1;
    memcpy(name, word, len);
    name[len] = '\0';
    for (size_t i = 0; i < WORDS; i++)
        if (strcmp(words[i].word, name) == 0)
            return metric_find(words[i].metric);
    return metric_find(name);
}

static int fail_word(struct err *e, size_t column, const char *word, size_t len)
{
    const char *names[WORDS + METRICS_MAX];
    char quoted[PRESET_QUOTED];
    size_t count = 0;
    for (size_t i = 0; i < WORDS; i++)
        names[count++] = words[i].word;
    for (int i = 0; i < metric_count(); i++)
        names[count++] = metric_at(i)->name;
    const char *near = preset_nearest_of(word, len, names, count);
    return fail(e, column, "%s is no figure of a run%s%s%s",
                preset_quote(quoted, sizeof quoted, word, len),
                near ? "; did you mean \"" : "; good are mean, p50, p99, cost, total, burst",
                near ? near : "", near ? "\"?" : "");
}

/* A bound as people write it, in the metric's digits. */
static bool read_bound(const struct metric *m, const char *text, size_t len, int64_t *out,
                       const char **why)
{
    static const struct {
        const char *unit;
        enum unit reads;
        int64_t per; /* of the unit's canonical value in one metric unit */
    } known[] = {{"ms", UNIT_DURATION, NS_PER_MS}, {"s", UNIT_DURATION, NS_PER_S},
                 {"%", UNIT_RATIO, PPM_ONE / 100}, {"$", UNIT_USD, NUSD_PER_USD},
                 {"ev/s", UNIT_RATE, 1000},        {"", UNIT_COUNT, 1}};
    int64_t scale = 1, v = 0;
    for (int i = 0; i < m->digits; i++)
        scale *= 10;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].unit, m->unit) == 0) {
            if (!units_read(known[i].reads, text, len, &v, why))
                return false;
            i128 scaled = (i128)v * scale / known[i].per;
            *why = "too large";
            *out = (int64_t)scaled;
            return scaled <= INT64_MAX;
        }
    *why = "no bound can be set on this";
    return false;
}

/* "p99<250ms", from text; len bytes of it. */
static int read_constraint(const char *whole, const char *text, size_t len, struct aim *g,
                           struct err *e)
{
    char quoted[PRESET_QUOTED];
    size_t at = strcspn(text, "<>="), value;
    const char *why = NULL;
    if (g->constraints == SWEEP_CONSTRAINTS)
        return fail(e, (size_t)(text - whole) + 1, "more than %d conditions", SWEEP_CONSTRAINTS);
    int metric = find(text, at);
    if (metric < 0)
        return fail_word(e, (size_t)(text - whole) + 1, text, at);
    int i = g->constraints++;
    if (text[at] == '=')
        return fail(e, (size_t)(text - whole) + at + 1,
                    "conditions are written with <, <=, > or >=");
    g->constraint[i].metric = metric;
    g->constraint[i].below = text[at] == '<';
    g->constraint[i].equal = text[at + 1] == '=';
    value = at + 1 + g->constraint[i].equal;
    (void)snprintf(g->constraint[i].text, sizeof g->constraint[i].text, "%.*s", (int)len, text);
    if (value < len &&
        read_bound(metric_at(metric), text + value, len - value, &g->constraint[i].bound, &why))
        return 0;
    return fail(e, (size_t)(text - whole) + value + 1, "%s: %s",
                preset_quote(quoted, sizeof quoted, text + value, len - value),
                why ? why : "a value is missing");
}

int aim_read(const char *text, struct aim *out, struct err *e)
{
    const char *at = text;
    bool done = false, join = false;
    *out = (struct aim){.metric = -1};
    while (*(at += strspn(at, " "))) {
        size_t len = strcspn(at, " ");
        bool word = (len == 4 && memcmp(at, "then", 4) == 0) || (len == 3 && !memcmp(at, "and", 3));
        size_t column = (size_t)(at - text) + 1;
        if (word != join)
            return join ? fail(e, column, "\"then\" or \"and\" is missing here")
                        : fail(e, column, "a condition or a figure is missing here");
        if (!word && done)
            return fail(e, column, "what is made best stands at the end, conditions before it");
        if (!word && memchr(at, '<', len) == NULL && memchr(at, '>', len) == NULL &&
            memchr(at, '=', len) == NULL) {
            out->metric = find(at, len);
            done = true;
            if (out->metric < 0)
                return fail_word(e, column, at, len);
        } else if (!word && read_constraint(text, at, len, out, e) != 0) {
            return ERR_BAD;
        }
        join = !word;
        at += len;
    }
    if (!done || !join)
        return fail(e, strlen(text) + 1,
                    "what is made best is missing, as in \"p99<250ms then cost\"");
    return 0;
}
