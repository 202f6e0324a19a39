#include "lab/sweep.h"

#include "io/preset_text.h"
#include "lab/stats.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DURATION "60s" /* where nobody said how long */

static int fail(struct err *e, const char *argument, size_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static int fail(struct err *e, const char *argument, size_t column, const char *format, ...)
{
    char text[300], quoted[PRESET_QUOTED];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    e->code = ERR_BAD;
    (void)snprintf(e->text, sizeof e->text, "%s:%zu: %s",
                   preset_quote(quoted, sizeof quoted, argument, strlen(argument)), column, text);
    return ERR_BAD;
}

/* ---- values ------------------------------------------------------------------------------- */

/* Units of fields that are no knobs, in the order in which they are tried. */
static const enum unit any_unit[] = {UNIT_COUNT, UNIT_DURATION, UNIT_RATIO, UNIT_RATE, UNIT_SIZE};

/* The unit of a range's ends, as far as the field says; else by trying. */
static bool read_number(const char *field, size_t field_len, const char *text, size_t len,
                        enum unit *unit, int64_t *out, const char **why)
{
    int knob = knob_find(field, field_len);
    bool rate = field_len == 4 && memcmp(field, "rate", 4) == 0;
    if (knob >= 0 || rate) {
        *unit = rate ? UNIT_RATE : knob_table[knob].unit;
        if (*unit != UNIT_NAME)
            return units_read(*unit, text, len, out, why);
        *why = "this field takes names; list them";
        return false;
    }
    for (size_t i = 0; i < sizeof any_unit / sizeof *any_unit; i++) {
        *unit = any_unit[i];
        if (units_read(*unit, text, len, out, why))
            return true;
    }
    return false;
}

struct list {
    const char *argument;
    char (*value)[EXPERIMENT_WORD];
    int max, count;
    struct err *e;
};

static int add(struct list *l, const char *at, const char *text, size_t len)
{
    size_t column = (size_t)(at - l->argument) + 1;
    if (len == 0)
        return fail(l->e, l->argument, column, "a value is missing");
    if (len >= EXPERIMENT_WORD || !preset_printable(text, len) || memchr(text, '"', len) ||
        memchr(text, ';', len) || memchr(text, '\\', len))
        return fail(l->e, l->argument, column, "a value is at most %d characters without quotes",
                    EXPERIMENT_WORD - 1);
    if (l->count == l->max)
        return fail(l->e, l->argument, column, "more than %d values", l->max);
    char *to = l->value[l->count];
    memcpy(to, text, len);
    to[len] = '\0';
    for (int i = 0; i < l->count; i++)
        if (strcmp(l->value[i], to) == 0)
            return fail(l->e, l->argument, column, "%s stands here twice", to);
    l->count++;
    return 0;
}

/* a..b:+s or a..b:xF */
static int add_range(struct list *l, size_t field_len, const char *text, size_t len)
{
    const char *dots = memmem(text, len, "..", 2), *end = text + len;
    const char *colon = memchr(dots, ':', (size_t)(end - dots)), *why = NULL;
    size_t at = (size_t)(text - l->argument) + 1;
    int64_t from, to, step, factor;
    enum unit unit, unit_to, unit_step;
    if (!colon || colon + 2 > end || (colon[1] != '+' && colon[1] != 'x'))
        return fail(l->e, l->argument, at,
                    "a range needs its step: 10..50:+10, or 10..400:x2 for factors");
    if (!read_number(l->argument, field_len, text, (size_t)(dots - text), &unit, &from, &why))
        return fail(l->e, l->argument, at, "begin of the range: %s", why);
    if (!read_number(l->argument, field_len, dots + 2, (size_t)(colon - dots - 2), &unit_to, &to,
                     &why))
        return fail(l->e, l->argument, (size_t)(dots - l->argument) + 3, "end of the range: %s",
                    why);
    if (unit != unit_to || to < from)
        return fail(l->e, l->argument, at, "%s",
                    unit != unit_to ? "the two ends are of two kinds" : "the range goes down");
    bool by_factor = colon[1] == 'x';
    const char *size = colon + 2;
    bool good = by_factor ? units_read(UNIT_FACTOR, size, (size_t)(end - size), &factor, &why)
                          : read_number(l->argument, field_len, size, (size_t)(end - size),
                                        &unit_step, &step, &why);
    size_t column = (size_t)(size - l->argument) + 1;
    if (!good)
        return fail(l->e, l->argument, column, "step of the range: %s", why);
    if (by_factor ? factor <= PPM_ONE || from <= 0 : unit_step != unit || step <= 0)
        return fail(l->e, l->argument, column, "%s",
                    by_factor ? "a factor is above 1, and the range begins above 0"
                              : "a step is above 0 and of the kind of the ends");
    for (int64_t v = from; v <= to;) {
        char word[64];
        size_t used = units_write(unit, v, word, sizeof word);
        if (add(l, text, word, used) != 0)
            return ERR_BAD;
        i128 next = by_factor ? ((i128)v * factor + PPM_ONE / 2) / PPM_ONE : (i128)v + step;
        if (next > INT64_MAX || next <= v)
            break;
        v = (int64_t)next;
    }
    return 0;
}

int sweep_values(const char *argument, char (*value)[EXPERIMENT_WORD], int max, int *count,
                 struct err *e)
{
    struct list l = {argument, value, max, 0, e};
    const char *equals = strchr(argument, '=');
    if (!equals || equals == argument)
        return fail(e, argument, 1, "FIELD=VALUES is expected, as in batch=10..400:x2");
    size_t field_len = (size_t)(equals - argument);
    for (const char *at = equals + 1;;) {
        size_t len = strcspn(at, ",");
        int status =
            memmem(at, len, "..", 2) ? add_range(&l, field_len, at, len) : add(&l, at, at, len);
        if (status != 0)
            return status;
        if (!at[len])
            break;
        at += len + 1;
    }
    *count = l.count;
    return 0;
}

/* ---- the experiment ------------------------------------------------------------------------ */

/* What a run has besides its preset; the plan checks the values. */
static bool run_option(const char *field, size_t len)
{
    return (len == 4 && memcmp(field, "rate", 4) == 0) ||
           (len == 7 && memcmp(field, "records", 7) == 0) ||
           (len == 8 && memcmp(field, "duration", 8) == 0);
}

/* Tries each value on a preset of its own. */
static int try_values(const struct preset *base, const char *argument,
                      char (*value)[EXPERIMENT_WORD], int count, struct err *e)
{
    size_t len = strcspn(argument, "=");
    struct preset *p = run_option(argument, len) ? NULL : malloc(sizeof *p);
    int status = 0;
    for (int i = 0; p && i < count && status == 0; i++) {
        struct err why = {0};
        bool in_value = false;
        *p = *base;
        if (preset_assign(p, argument, len, value[i], &in_value, &why) != 0) {
            const char *at = in_value ? strstr(argument + len + 1, value[i]) : argument;
            status = fail(e, argument, (size_t)((at ? at : argument + len + 1) - argument) + 1,
                          "%.250s", why.text);
        }
    }
    free(p);
    return status;
}

struct writing {
    struct text settings, axes;
    bool ends; /* a duration or a number of records was given */
    const char *axis[2];
    size_t axis_len[2];
    int count;
};

static void put_axis(struct writing *w, const char *argument, char (*value)[EXPERIMENT_WORD],
                     int count)
{
    int len = (int)strcspn(argument, "=");
    if (count == 1) {
        text_put(&w->settings, ",\"%.*s\":", len, argument);
        text_json(&w->settings, value[0]);
        return;
    }
    text_put(&w->axes, "%s{\"name\":\"%.*s\",\"field\":\"%.*s\",\"values\":[", w->count ? "," : "",
             len, argument, len, argument);
    for (int i = 0; i < count; i++) {
        text_add(&w->axes, i ? "," : "");
        text_json(&w->axes, value[i]);
    }
    text_add(&w->axes, "]}");
    if (w->count < 2) {
        w->axis[w->count] = argument;
        w->axis_len[w->count] = (size_t)len;
    }
    w->count++;
}

static void put_figure(struct writing *w, const struct aim *goal, struct text *out)
{
    const struct metric *m = metric_at(goal->metric);
    if (w->count == 0)
        return;
    text_put(out, ",\"figures\":[{\"name\":\"Sweep\",\"title\":\"%s: %s\",\"x\":\"%.*s\"", m->name,
             m->help, (int)w->axis_len[0], w->axis[0]);
    if (w->count > 1)
        text_put(out, ",\"series\":\"%.*s\"", (int)w->axis_len[1], w->axis[1]);
    text_put(out, ",\"y\":\"%s\",\"x_label\":\"%.*s\",\"y_label\":\"%s%s%s%s\"}]", m->name,
             (int)w->axis_len[0], w->axis[0], m->name, m->unit[0] ? " (" : "", m->unit,
             m->unit[0] ? ")" : "");
}

static int read_arguments(const struct sweep_options *o, const struct preset *base,
                          struct writing *w, struct err *e)
{
    char value[EXPERIMENT_VALUES][EXPERIMENT_WORD];
    for (int i = 0; i < o->arguments; i++) {
        const char *argument = o->argument[i];
        int count = 0;
        size_t len = strcspn(argument, "=");
        if (sweep_values(argument, value, EXPERIMENT_VALUES, &count, e) != 0 ||
            try_values(base, argument, value, count, e) != 0)
            return ERR_BAD;
        for (int k = 0; k < i; k++)
            if (strcspn(o->argument[k], "=") == len && memcmp(o->argument[k], argument, len) == 0)
                return fail(e, argument, 1, "this field is given twice; list all its values");
        if (len >= EXPERIMENT_WORD)
            return fail(e, argument, 1, "unknown field");
        w->ends = w->ends || (run_option(argument, len) && len > 4);
        if (w->count == EXPERIMENT_AXES && count > 1)
            return fail(e, argument, 1, "more than %d fields vary", EXPERIMENT_AXES);
        put_axis(w, argument, value, count);
    }
    return 0;
}

int sweep_text(const struct sweep_options *o, const struct aim *goal, struct text *out,
               struct err *e)
{
    struct writing w = {0};
    struct preset *base = malloc(sizeof *base);
    int status = base ? preset_load(o->preset, base, e) : ERR_MEMORY;
    text_add(&w.settings, "{\"preset\":");
    text_json(&w.settings, o->preset);
    if (status == 0)
        status = read_arguments(o, base, &w, e);
    if (status == 0) {
        if (!w.ends && base->duration_ns == 0)
            text_add(&w.settings, ",\"duration\":\"" DURATION "\"");
        text_put(out,
                 "{\"spillway\":1,\"experiment\":\"sweep\",\"why\":\"A sweep.\",\"repeats\":%d,"
                 "\"settings\":%s},\"groups\":[{\"name\":\"sweep\"%s%s%s}]",
                 o->repeats, w.settings.s ? w.settings.s : "", w.count ? ",\"axes\":[" : "",
                 w.count ? w.axes.s : "", w.count ? "]" : "");
        put_figure(&w, goal, out);
        text_add(out, "}\n");
    }
    if (status == ERR_MEMORY || out->failed || w.settings.failed || w.axes.failed)
        *e = (struct err){status = ERR_MEMORY, "not enough memory for a sweep"};
    text_free(&w.settings);
    text_free(&w.axes);
    free(base);
    return status;
}

/* ---- the verdict ------------------------------------------------------------------------------ */

static int64_t mean_of(const struct results *r, const struct point *pt, int metric, int64_t *values,
                       int *n)
{
    *n = results_sorted(r, pt, metric, values);
    return stats_mean(values, *n);
}

/* Index of the first condition that a row's means do not meet, or that a run has no figure for;
 * -1: it meets all. */
static int missed(const struct results *r, const struct aim *g, const struct sweep_row *row,
                  int64_t *values)
{
    for (int i = 0; i < g->constraints; i++) {
        int n;
        int64_t mean = mean_of(r, row->point, g->constraint[i].metric, values, &n);
        int64_t over =
            g->constraint[i].below ? mean - g->constraint[i].bound : g->constraint[i].bound - mean;
        if (n < row->runs || over > 0 || (over == 0 && !g->constraint[i].equal))
            return i;
    }
    return -1;
}

static int count_of(const struct results *r, const struct point *pt, const char *metric,
                    int64_t *values)
{
    int n, good = 0;
    (void)mean_of(r, pt, metric_find(metric), values, &n);
    for (int i = 0; i < n; i++)
        good += values[i] != 0;
    return good;
}

static void judge_row(const struct results *r, const struct aim *g, struct sweep_row *row,
                      int64_t *values)
{
    const struct point *pt = row->point;
    int figures;
    (void)mean_of(r, pt, metric_find("duration_s"), values, &row->runs);
    row->mean = mean_of(r, pt, g->metric, values, &figures);
    row->band = stats_band(values, figures);
    row->mean = figures ? row->mean : METRIC_NONE;
    row->steady = count_of(r, pt, "steady", values);
    row->missed = missed(r, g, row, values);
    row->state = row->runs == 0                                     ? ROW_NOT_RUN
                 : count_of(r, pt, "ledger_ok", values) < row->runs ? ROW_VIOLATED
                 : row->missed >= 0                                 ? ROW_MISSES
                 : figures < row->runs                              ? ROW_NOTHING
                                                                    : ROW_WORSE;
}

int sweep_judge(const struct results *r, const struct aim *g, struct sweep_row *rows)
{
    const struct plan *p = r->plan;
    bool less = metric_at(g->metric)->less;
    int64_t *a = malloc((size_t)p->runs * sizeof *a), *b = malloc((size_t)p->runs * sizeof *b);
    int best = a && b ? -1 : -2;
    for (int i = 0; best != -2 && i < p->points; i++) {
        rows[i] = (struct sweep_row){.point = &p->point[i]};
        judge_row(r, g, &rows[i], a);
        bool better =
            best < 0 || (less ? rows[i].mean < rows[best].mean : rows[i].mean > rows[best].mean);
        if (rows[i].state == ROW_WORSE && better)
            best = i;
    }
    for (int i = 0; best >= 0 && i < p->points; i++) {
        int n = results_sorted(r, rows[best].point, g->metric, a);
        int m = results_sorted(r, rows[i].point, g->metric, b);
        if (rows[i].state == ROW_WORSE && i != best && stats_differ(a, n, b, m) == STATS_NOISE)
            rows[i].state = ROW_NOISE;
    }
    if (best >= 0)
        rows[best].state = ROW_BEST;
    free(a);
    free(b);
    return best;
}
