/* The report: for every experiment its figures, the values behind them beside those that
 * were published, and the commands that repeat its runs. */
#include "lab/page.h"
#include "lab/pivot.h"
#include "lab/stats.h"
#include "lab/study.h"

#include <stdio.h>
#include <string.h>

#define COMMANDS_SHOWN 400

/* A value for a reader: whole from 100 on, three digits below. */
static const char *shown(const struct metric *m, int64_t value, char dst[48])
{
    char text[40];
    int64_t scale = 1, size = value < 0 ? -value : value;
    for (int i = 0; i < m->digits; i++)
        scale *= 10;
    int64_t step = m->digits > 3 && size >= scale / 100 ? scale / 1000 : 1;
    value = (value + (value < 0 ? -step : step) / 2) / step * step;
    (void)metric_write(m, value, text, sizeof text);
    char *point = strchr(text, '.');
    if (point && size >= 100 * scale)
        (void)snprintf(text, sizeof text, "%lld",
                       (long long)((value + (value < 0 ? -scale : scale) / 2) / scale));
    else if (point && strlen(point) > 4 && size >= scale / 100)
        point[4] = '\0';
    (void)snprintf(dst, 48, "%s", text);
    return dst;
}

static void cell_of(struct page *p, const struct metric *m, struct pivot_cell c)
{
    char a[48], b[48], d[48], text[160];
    if (c.n == 0)
        (void)snprintf(text, sizeof text, "–");
    else if (c.n == 1 || c.low == c.high)
        (void)snprintf(text, sizeof text, "%s", shown(m, c.median, a));
    else
        (void)snprintf(text, sizeof text, "%s (%s–%s)", shown(m, c.median, a), shown(m, c.low, b),
                       shown(m, c.high, d));
    page_cell(p, text);
}

/* ---- a figure's values ------------------------------------------------------------------------- */

static const char *published_at(const struct published *k, const char *x, char dst[48])
{
    for (int i = 0; i < k->count; i++)
        if (strcmp(k->x[i], x) == 0) {
            int64_t milli = k->y_micro[i] / 1000;
            (void)snprintf(dst, 48, milli % 1000 ? "%lld.%03lld" : "%lld",
                           (long long)(milli / 1000), (long long)(milli % 1000));
            if (strchr(dst, '.'))
                for (char *end = dst + strlen(dst) - 1; *end == '0'; end--)
                    *end = '\0';
            return dst;
        }
    return "–";
}

struct x_row {
    const char *x;
    int at; /* index in the pivot; from xs on: published only */
    int64_t number;
};

/* In ascending order if all are numbers. */
static void sort_rows(struct x_row *row, int n)
{
    for (int i = 0; i < n; i++)
        if (!pivot_number(row[i].x, &row[i].number))
            return;
    for (int i = 1; i < n; i++) {
        struct x_row one = row[i];
        int k = i;
        for (; k > 0 && row[k - 1].number > one.number; k--)
            row[k] = row[k - 1];
        row[k] = one;
    }
}

/* Labels of x that were published and not run have rows of their own. */
static int all_x(const struct pivot *v, const struct figure *f, struct x_row row[PIVOT_LABELS])
{
    int n = 0;
    for (; n < v->xs; n++)
        row[n] = (struct x_row){.x = v->x[n], .at = n};
    for (int k = 0; k < f->published_count; k++)
        for (int i = 0; i < f->published[k].count && n < PIVOT_LABELS; i++) {
            bool known = false;
            for (int j = 0; j < n; j++)
                known = known || strcmp(row[j].x, f->published[k].x[i]) == 0;
            if (!known) {
                row[n] = (struct x_row){.x = f->published[k].x[i], .at = n};
                n++;
            }
        }
    sort_rows(row, n);
    return n;
}

static void put_values(struct page *p, const struct results *r, const struct figure *f)
{
    struct pivot v;
    struct x_row row[PIVOT_LABELS];
    char text[300], number[48];
    int family = metric_find_family(f->y);
    int metric = f->kind == FIGURE_BOX ? family + FAMILY_P50 : metric_find(f->y);
    const struct metric *m = metric_at(metric);
    if (!pivot_open(r, &f->where, f->x, f->series, &v)) {
        p->md.failed = true;
        return;
    }
    int rows = all_x(&v, f, row);
    page_table_begin(p);
    page_header(p, f->x);
    for (int s = 0; s < v.count; s++) {
        (void)snprintf(text, sizeof text, "%s, measured%s%s",
                       v.series[s][0] ? v.series[s] : m->name, m->unit[0] ? ", " : "", m->unit);
        page_header(p, text);
    }
    for (int k = 0; k < f->published_count; k++)
        page_header(p, f->published[k].label);
    page_header_end(p);
    for (int i = 0; i < rows; i++) {
        page_row(p);
        int at = row[i].at;
        page_cell(p, row[i].x);
        for (int s = 0; s < v.count; s++)
            cell_of(p, m, at < v.xs ? pivot_cell(&v, at, s, metric) : (struct pivot_cell){0});
        for (int k = 0; k < f->published_count; k++)
            page_cell(p, published_at(&f->published[k], row[i].x, number));
        page_row_end(p);
    }
    page_table_end(p);
    pivot_close(&v);
}

static void put_figure(struct page *p, const struct studies *s, const struct results *r,
                       const struct figure *f)
{
    char svg[PRESET_PATH], png[PRESET_PATH];
    const char *folder = r->plan->x->name;
    (void)snprintf(svg, sizeof svg, "%s/%s.svg", folder, f->name);
    (void)snprintf(png, sizeof png, "%s/%s.png", folder, f->name);
    page_heading(p, 3, f->name);
    page_paragraph(p, "%s.", f->title);
    if (s->no_pictures[0])
        page_paragraph(p, "No picture: gnuplot could not be run; %s/%s.gp makes it.", folder,
                       f->name);
    else
        page_image(p, svg, png, f->title);
    put_values(p, r, f);
    for (int k = 0; k < f->published_count; k++)
        page_paragraph(p, "%s: %s.", f->published[k].label, f->published[k].source);
    if (f->difference[0])
        page_paragraph(p, "Why they differ: %s", f->difference);
}

static void put_table(struct page *p, const struct results *r, const struct lab_table *t)
{
    struct pivot v;
    int metric = metric_find(t->value);
    if (!pivot_open(r, &t->where, t->rows, t->columns, &v)) {
        p->md.failed = true;
        return;
    }
    const struct metric *m = metric_at(metric);
    page_heading(p, 3, t->title);
    page_paragraph(p, "%s%s%s: %s. Median of the runs (quartiles).", t->value,
                   m->unit[0] ? ", " : "", m->unit, m->help);
    page_table_begin(p);
    page_header(p, t->rows);
    for (int s = 0; s < v.count; s++)
        page_header(p, v.series[s][0] ? v.series[s] : t->value);
    page_header_end(p);
    for (int x = 0; x < v.xs; x++) {
        page_row(p);
        page_cell(p, v.x[x]);
        for (int s = 0; s < v.count; s++)
            cell_of(p, m, pivot_cell(&v, x, s, metric));
        page_row_end(p);
    }
    page_table_end(p);
    pivot_close(&v);
}

/* ---- an experiment ------------------------------------------------------------------------------ */

/* Runs where something was lost, or an expectation failed. */
static void put_verdicts(struct page *p, const struct results *r)
{
    int ledger = metric_find("ledger_ok"), expects = metric_find("expects_failed");
    int bad = 0, failed = 0;
    for (int i = 0; i < r->plan->runs; i++)
        if (r->done[i]) {
            bad += r->value[i][ledger] != 1;
            failed += r->value[i][expects] != 0;
        }
    page_paragraph(p, "%d of %d runs are done. The ledger balances in %d of them%s.", r->done_count,
                   r->plan->runs, r->done_count - bad,
                   bad ? ": the others LOST OR DOUBLED RECORDS" : "");
    if (failed)
        page_paragraph(p, "In %d runs an expectation did not hold (expects_failed in runs.csv).",
                       failed);
}

static void put_commands(struct page *p, const struct results *r)
{
    const struct plan *plan = r->plan;
    struct text t = {0};
    page_heading(p, 3, "Each point again");
    page_paragraph(p,
                   "One command for the first run of each point; those of all runs stand in "
                   "%s/runs.csv, medians and quartiles in %s/points.csv.",
                   plan->x->name, plan->x->name);
    int shown_count = plan->points < COMMANDS_SHOWN ? plan->points : COMMANDS_SHOWN;
    for (int i = 0; i < shown_count; i++) {
        plan_command(plan, &plan->point[i], 0, &t);
        text_add(&t, "\n");
    }
    page_code(p, t.s ? t.s : "");
    p->md.failed = p->md.failed || t.failed;
    text_free(&t);
}

static void put_experiment(struct page *p, const struct studies *s, const struct study *one)
{
    const struct experiment *x = one->experiment;
    page_heading(p, 2, x->name);
    page_paragraph(p, "%s", x->why);
    if (!one->opened) {
        page_paragraph(p, "Not begun.");
        return;
    }
    page_items_begin(p);
    for (int i = 0; i < x->groups; i++)
        page_item(p, "%s: %s", x->group[i].name, x->group[i].why);
    page_items_end(p);
    put_verdicts(p, &one->results);
    if (one->results.done_count == 0)
        return;
    for (int i = 0; i < x->figures; i++)
        put_figure(p, s, &one->results, &x->figure[i]);
    for (int i = 0; i < x->tables; i++)
        put_table(p, &one->results, &x->table[i]);
    put_commands(p, &one->results);
}

static void put_head(struct page *p, const struct studies *s)
{
    page_paragraph(
        p,
        "Made by spillway %s with a %s clock and seed %llu. Values are medians over the runs of a "
        "point, with their quartiles in brackets; latency is measured per record from the moment "
        "it was due, whatever held it back.",
        sp_commit(), s->options.plan.sim ? "virtual" : "real",
        (unsigned long long)s->options.plan.seed);
    page_paragraph(
        p, "Published values are those of a student project of spring 2023 on bursting a stream to "
           "cloud functions. Its tables contradict each other (back-pressure of the bursting "
           "pipeline 134 s in one and 320 s in another, a completion of 50 s and of 122 s for the "
           "same settings), so they are context and not targets.");
    if (runner_stopped(&s->runner))
        page_paragraph(p, "This study was broken off; the same command goes on from here.");
}

int study_page(const struct studies *s, struct err *e)
{
    struct page p;
    page_begin(&p, "spillway experiments");
    put_head(&p, s);
    for (int i = 0; i < s->count; i++)
        put_experiment(&p, s, &s->study[i]);
    page_end(&p);
    int status = results_file(s->options.dir, "report.md", &p.md, e);
    if (status == 0)
        status = results_file(s->options.dir, "report.html", &p.html, e);
    page_free(&p);
    return status;
}
