/* `spillway sweep`: a preset, fields over ranges, and which combination is best. */
#include "cli_sweep.h"

#include "lab/figure.h"
#include "lab/stats.h"
#include "lab/sweep.h"
#include "lab_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED_DEFAULT 1
#define REPEATS_DEFAULT 5
#define DIR_DEFAULT "results"
#define GOAL_DEFAULT "p99"

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

struct request {
    const char *argument[SWEEP_ARGUMENTS];
    const char *goal_text, *dir;
    struct sweep_options options;
    enum format format;
    int threads;
};

/* A sweep under way. */
struct sweep {
    const struct request *request;
    struct aim goal;
    struct studies all; /* of one study: what progress and signals know */
    struct sweep_row *rows;
    int best;
};

/* ---- options ---------------------------------------------------------------------------- */

static int take_goal(void *request, const char *value, struct err *e)
{
    struct aim goal;
    ((struct request *)request)->goal_text = value;
    return aim_read(value, &goal, e);
}

static int take_repeats(void *request, const char *value, struct err *e)
{
    return cli_count(value, EXPERIMENT_REPEATS_MAX, &((struct request *)request)->options.repeats,
                     e);
}

static int take_seed(void *request, const char *value, struct err *e)
{
    return cli_seed(value, &((struct request *)request)->options.seed, e);
}

static int take_out(void *request, const char *value, struct err *e)
{
    ((struct request *)request)->dir = value;
    return value[0] ? 0 : err_say(e, ERR_BAD, "a folder's name is missing");
}

static int take_format(void *request, const char *value, struct err *e)
{
    static const char *const formats[] = {"text", "json", "csv", NULL};
    for (int i = 0; formats[i]; i++)
        if (strcmp(value, formats[i]) == 0) {
            ((struct request *)request)->format = (enum format)i;
            return 0;
        }
    return err_say(e, ERR_BAD, "\"%.60s\" is no format: text, json or csv", value);
}

static int take_threads(void *request, const char *value, struct err *e)
{
    return cli_count(value, 64, &((struct request *)request)->threads, e);
}

static const struct cli_option options[] = {
    {"goal", "TEXT",
     "Conditions and what is made best: \"p99<250ms then cost\" (default p99). Words: mean p50 p99 "
     "(after the warm-up), p90 p999 max cost total burst backlog throughput completion, and the "
     "columns of runs.csv.",
     take_goal},
    {"repeats", "N", "Runs of each combination (default 5); the noise is told from them.",
     take_repeats},
    {"seed", "N", "Seed from which those of all runs are made (default 1).", take_seed},
    {"out", "DIR", "Folder for the tables and the figure, in DIR/sweep (default results).",
     take_out},
    {"format", "NAME", "Of the table: text (the default), json or csv.", take_format},
    {"threads", "N", "Runs at a time (default: as many as there are processors).", take_threads},
    {0},
};

static int take_word(void *request, const char *text, struct err *e)
{
    struct request *r = request;
    if (!r->options.preset) {
        if (strchr(text, '=') || strcmp(text, "-") == 0)
            return err_say(e, ERR_BAD, "\"%.60s\": the name or file of a preset comes first", text);
        r->options.preset = text;
        return 0;
    }
    if (r->options.arguments == SWEEP_ARGUMENTS)
        return err_say(e, ERR_BAD, "more than %d fields", SWEEP_ARGUMENTS);
    r->argument[r->options.arguments++] = text;
    return 0;
}

/* ---- the table ------------------------------------------------------------------------------ */

static const char *const shown[] = {"steady_p50_ms", "steady_p99_ms", "cost_per_million_usd",
                                    "burst_share"};
#define SHOWN (sizeof shown / sizeof *shown)

static void verdict(const struct sweep *s, const struct sweep_row *row, char *dst, size_t size)
{
    switch (row->state) {
    case ROW_BEST:
        snprintf(dst, size, "best");
        return;
    case ROW_NOISE:
        snprintf(dst, size, "as good: the difference is noise");
        return;
    case ROW_WORSE:
        snprintf(dst, size, s->request->options.repeats > 1 ? "worse" : "one run: noise unknown");
        return;
    case ROW_MISSES:
        snprintf(dst, size, "misses %s", s->goal.constraint[row->missed].text);
        return;
    case ROW_VIOLATED:
        snprintf(dst, size, "disqualified: the ledger is violated");
        return;
    case ROW_NOTHING:
        snprintf(dst, size, "has no such figure");
        return;
    case ROW_NOT_RUN:
        snprintf(dst, size, "not run");
        return;
    }
}

static void metric_text(int metric, int64_t value, char dst[48])
{
    if (metric_write(metric_at(metric), value, dst, 48) == 0)
        snprintf(dst, 48, "-");
}

/* Mean of a metric over the runs of a row. */
static void mean_text(const struct sweep *s, const struct sweep_row *row, const char *name,
                      int64_t *values, char dst[48])
{
    int metric = metric_find(name);
    int n = results_sorted(&s->all.study[0].results, row->point, metric, values);
    metric_text(metric, n ? stats_mean(values, n) : METRIC_NONE, dst);
}

/* Cells of a row: axes, goal, band, the figures shown, steady runs, verdict. */
#define CELLS (EXPERIMENT_AXES + 2 + SHOWN + 2)
struct cells {
    char text[CELLS][64];
    int count;
};

static void put(struct cells *c, const char *text)
{
    snprintf(c->text[c->count++], sizeof c->text[0], "%s", text);
}

/* The goal's figure stands in front, not again among the others. */
static bool is_goal(const struct sweep *s, const char *name)
{
    return strcmp(metric_at(s->goal.metric)->name, name) == 0;
}

static void head_cells(const struct sweep *s, struct cells *c)
{
    const struct group *g = &s->all.study[0].experiment->group[0];
    *c = (struct cells){0};
    for (int i = 0; i < g->axes; i++)
        put(c, g->axis[i].name);
    put(c, metric_at(s->goal.metric)->name);
    put(c, "noise");
    for (size_t i = 0; i < SHOWN; i++)
        if (!is_goal(s, shown[i]))
            put(c, shown[i]);
    put(c, "steady");
    put(c, "verdict");
}

static void row_cells(const struct sweep *s, const struct sweep_row *row, int64_t *values,
                      struct cells *c)
{
    const struct group *g = &s->all.study[0].experiment->group[0];
    char text[64];
    *c = (struct cells){0};
    for (int i = 0; i < g->axes; i++)
        put(c, g->axis[i].value[row->point->value[i]].label);
    metric_text(s->goal.metric, row->mean, text);
    put(c, text);
    if (row->band >= 0)
        metric_text(s->goal.metric, row->band, text);
    else
        snprintf(text, sizeof text, "?");
    put(c, text);
    for (size_t i = 0; i < SHOWN; i++) {
        if (is_goal(s, shown[i]))
            continue;
        mean_text(s, row, shown[i], values, text);
        put(c, text);
    }
    snprintf(text, sizeof text, "%d/%d", row->steady, row->runs);
    put(c, text);
    verdict(s, row, text, sizeof text);
    put(c, text);
}

static void csv_row(struct print *o, const struct cells *c)
{
    for (int i = 0; i < c->count; i++)
        print_format(o, "%s%s", i ? "," : "", c->text[i]);
    print_text(o, "\n");
}

static void json_row(struct print *o, const struct cells *head, const struct cells *c, bool first)
{
    print_text(o, first ? "[{" : ",\n {");
    for (int i = 0; i < c->count; i++) {
        print_text(o, i ? "," : "");
        print_json(o, head->text[i]);
        print_text(o, ":");
        print_json(o, c->text[i]);
    }
    print_text(o, "}");
}

static void text_row(struct print *o, const struct cells *c, const size_t *width)
{
    for (int i = 0; i < c->count; i++)
        print_format(o, i + 1 < c->count ? "%*s  " : "%-*s", i + 1 < c->count ? (int)width[i] : 0,
                     c->text[i]);
    print_text(o, "\n");
}

static void write_table(const struct sweep *s, struct print *o, int64_t *values)
{
    const struct plan *p = &s->all.study[0].plan;
    enum format format = s->request->format;
    struct cells head, c;
    size_t width[CELLS] = {0};
    head_cells(s, &head);
    for (int i = -1; i < p->points; i++) {
        c = head;
        if (i >= 0)
            row_cells(s, &s->rows[i], values, &c);
        for (int k = 0; k < c.count; k++)
            width[k] = strlen(c.text[k]) > width[k] ? strlen(c.text[k]) : width[k];
    }
    if (format == FORMAT_CSV)
        csv_row(o, &head);
    if (format == FORMAT_TEXT)
        text_row(o, &head, width);
    for (int i = 0; i < p->points; i++) {
        row_cells(s, &s->rows[i], values, &c);
        if (format == FORMAT_TEXT)
            text_row(o, &c, width);
        else if (format == FORMAT_CSV)
            csv_row(o, &c);
        else
            json_row(o, &head, &c, i == 0);
    }
    if (format == FORMAT_JSON)
        print_text(o, "]\n");
}

/* ---- sentences under the table ------------------------------------------------------------------ */

static void say_best(const struct sweep *s, struct print *o)
{
    struct text command = {0};
    const struct plan *p = &s->all.study[0].plan;
    int noise = 0, unsteady = 0;
    for (int i = 0; i < p->points; i++) {
        noise += s->rows[i].state == ROW_NOISE;
        unsteady += s->rows[i].runs > s->rows[i].steady;
    }
    if (s->best < 0) {
        print_text(o, "\nNo combination meets the conditions.\n");
    } else {
        plan_command(p, s->rows[s->best].point, 0, &command);
        const char *axes = strchr(s->rows[s->best].point->key, ' '); /* behind "group=sweep" */
        print_format(o, "\nBest:%s\n  %s\n", axes ? axes : "", command.s ? command.s : "");
        if (noise)
            print_format(o, "%d other%s %s as good: what lies between is noise (Welch, 5 %%).\n",
                         noise, noise > 1 ? "s" : "", noise > 1 ? "are" : "is");
        if (s->request->options.repeats == 1)
            print_text(o,
                       "One run each: --repeats 5 would tell how much of a difference is noise.\n");
    }
    if (unsteady)
        print_format(o,
                     "In %d row%s not every run became steady (mean latency per second, MSER): "
                     "longer runs, or a load that the setting cannot carry.\n",
                     unsteady, unsteady > 1 ? "s" : "");
    text_free(&command);
}

/* ---- doing it ------------------------------------------------------------------------------------- */

static int prepare(struct sweep *s, struct err *e)
{
    struct text text = {0};
    struct study *one = &s->all.study[0];
    int code = sweep_text(&s->request->options, &s->goal, &text, e);
    if (code == 0 && !(one->experiment = malloc(sizeof *one->experiment)))
        code = err_say(e, ERR_MEMORY, "out of memory");
    if (code == 0) {
        s->all.count = 1;
        code = experiment_parse(text.s, text.size, "sweep", one->experiment, e);
    }
    if (code == 0) {
        struct plan_options o = {.sim = true, .seed = s->request->options.seed};
        code = plan_make(one->experiment, &o, &one->plan, e);
        one->planned = code == 0;
    }
    text_free(&text);
    return code;
}

static int work(struct sweep *s, struct err *e)
{
    struct study *one = &s->all.study[0];
    s->all.options = (struct study_options){
        .dir = s->request->dir, .threads = s->request->threads, .plan = one->plan.options};
    lab_watch_signals(&s->all.runner);
    int code = studies_run(&s->all, lab_progress, NULL, e);
    lab_progress_end();
    return code;
}

static int tell(struct sweep *s, struct err *e)
{
    static struct print o;
    const struct study *one = &s->all.study[0];
    s->rows = calloc((size_t)one->plan.points, sizeof *s->rows);
    int64_t *values = malloc((size_t)one->plan.runs * sizeof *values);
    s->best = s->rows ? sweep_judge(&one->results, &s->goal, s->rows) : -2;
    int code = s->best == -2 || !values ? err_say(e, ERR_MEMORY, "out of memory") : 0;
    if (code == 0) {
        print_init(&o, STDOUT_FILENO);
        write_table(s, &o, values);
        if (s->request->format == FORMAT_TEXT)
            say_best(s, &o);
        if (!print_finish(&o, "standard output"))
            code = err_say(e, ERR_IO, "standard output could not be written");
    }
    free(values);
    free(s->rows);
    return code;
}

static int sweep(const struct request *r)
{
    struct err e = {0};
    struct sweep *s = calloc(1, sizeof *s);
    if (!s)
        return err_say(&e, ERR_MEMORY, "out of memory"), cli_fail(&e);
    s->request = r;
    runner_init(&s->all.runner);
    int exit_code, code = aim_read(r->goal_text, &s->goal, &e);
    if (code == 0)
        code = prepare(s, &e);
    if (code) {
        exit_code = cli_fail(&e);
    } else {
        code = work(s, &e);
        if (code == 0)
            code = tell(s, &e);
        exit_code = lab_verdict(&s->all, code, &e);
        if (s->all.no_pictures[0])
            fprintf(stderr, "spillway: %s\n", s->all.no_pictures);
        if (exit_code == 0 && s->best < 0)
            exit_code = err_exit(ERR_EXPECT);
    }
    studies_close(&s->all);
    free(s);
    return exit_code;
}

static int run(int argc, char **argv)
{
    struct request r = {.goal_text = GOAL_DEFAULT,
                        .dir = DIR_DEFAULT,
                        .options = {.repeats = REPEATS_DEFAULT, .seed = SEED_DEFAULT}};
    struct err e = {0};
    int exit_code = 0;
    r.options.argument = r.argument;
    if (cli_parse(&cli_sweep, argc, argv, &r, &exit_code))
        return exit_code;
    if (r.options.preset && r.options.arguments > 0)
        return sweep(&r);
    return err_say(&e, ERR_BAD,
                   "a preset and at least one FIELD=VALUES are needed, as in sweep burst "
                   "batch=10..400:x2"),
           cli_fail(&e);
}

const struct cli_command cli_sweep = {
    .name = "sweep",
    .operands = "PRESET FIELD=VALUES…",
    .help = "Tries all combinations of some fields and says which is best.",
    .details =
        "VALUES are apart by commas; a range is A..B:+STEP or A..B:xFACTOR. FIELD is what --set "
        "of\n"
        "run takes, or rate, records, duration. Every combination runs in virtual time, several\n"
        "times with seeds of its own. The beginning of a run, before its latency is steady, is "
        "cut\n"
        "off where MSER says; differences that chance explains are called noise. A combination "
        "that\n"
        "loses a record is disqualified. Exit code 3: no combination meets the conditions.\n",
    .examples = "  spillway sweep burst batch=10..400:x2\n"
                "  spillway sweep steady rate=1500 policy=excess batch_policy=fixed "
                "batch=10..400:x2 \\\n      interval=120ms,800ms --goal \"p99<250ms then cost\"\n"
                "  spillway sweep vanilla slots=2..16:+2 --format csv\n",
    .options = options,
    .operand = take_word,
    .run = run,
};
