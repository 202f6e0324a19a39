/* `spillway experiment`: lists them, runs some or all of them. */
#include "cli_experiment.h"

#include "lab_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED_DEFAULT 1
#define DIR_DEFAULT "results"

struct request {
    const char *action; /* "list", "run", "all"; NULL: not said yet */
    const char *name[STUDY_MAX];
    int count;
    bool live, sim;
    struct study_options options;
};

/* ---- options ------------------------------------------------------------------------------ */

static int take_sim(void *request, const char *value, struct err *e)
{
    struct request *r = request;
    (void)value;
    return cli_clock(&r->sim, r->live, "live", e);
}

static int take_live(void *request, const char *value, struct err *e)
{
    struct request *r = request;
    (void)value;
    return cli_clock(&r->live, r->sim, "sim", e);
}

static int take_repeats(void *request, const char *value, struct err *e)
{
    return cli_count(value, EXPERIMENT_REPEATS_MAX,
                     &((struct request *)request)->options.plan.repeats, e);
}

static int take_seed(void *request, const char *value, struct err *e)
{
    return cli_seed(value, &((struct request *)request)->options.plan.seed, e);
}

static int take_duration(void *request, const char *value, struct err *e)
{
    return cli_duration(value, &((struct request *)request)->options.plan.duration_ns, e);
}

static int take_provider(void *request, const char *value, struct err *e)
{
    for (int i = 0; provider_names[i]; i++)
        if (strcmp(provider_names[i], value) == 0) {
            ((struct request *)request)->options.plan.provider = provider_names[i];
            return 0;
        }
    return err_say(e, ERR_BAD, "\"%.60s\" is no provider; see spillway run --help", value);
}

static int take_only(void *request, const char *value, struct err *e)
{
    struct plan_options *o = &((struct request *)request)->options.plan;
    int n = 0;
    while (n < PLAN_ONLY && o->only[n])
        n++;
    if (n == PLAN_ONLY)
        return err_say(e, ERR_BAD, "more than %d labels", PLAN_ONLY);
    o->only[n] = value;
    const char *equals = strchr(value, '=');
    if (equals && equals > value && equals[1])
        return 0;
    return err_say(e, ERR_BAD, "\"%.60s\": AXIS=LABEL is expected, as in group=sound", value);
}

static int take_out(void *request, const char *value, struct err *e)
{
    ((struct request *)request)->options.dir = value;
    return value[0] ? 0 : err_say(e, ERR_BAD, "a folder's name is missing");
}

static int take_threads(void *request, const char *value, struct err *e)
{
    return cli_count(value, 64, &((struct request *)request)->options.threads, e);
}

static const struct cli_option options[] = {
    {"sim", NULL, "Virtual time (the default): the same seed gives the same bytes.", take_sim},
    {"live", NULL, "Real time, one run after the other.", take_live},
    {"repeats", "N", "Runs of each point, instead of what the experiment says.", take_repeats},
    {"seed", "N", "Seed from which those of all runs are made (default 1).", take_seed},
    {"duration", "T", "Engine time of every run that has no number of records.", take_duration},
    {"provider", "NAME", "What runs the functions, instead of the presets'.", take_provider},
    {"only", "AXIS=LABEL", "Only points with this label, as in group=sound. May be repeated.",
     take_only},
    {"out", "DIR", "Folder for tables, figures and report (default results).", take_out},
    {"threads", "N", "Runs at a time (default: as many as there are processors).", take_threads},
    {0},
};

static int take_word(void *request, const char *text, struct err *e)
{
    static const char *const actions[] = {"list", "run", "all", NULL};
    struct request *r = request;
    for (int i = 0; !r->action && actions[i]; i++)
        if (strcmp(text, actions[i]) == 0) {
            r->action = actions[i];
            return 0;
        }
    if (!r->action) {
        const char *near = preset_nearest(text, actions);
        return err_say(e, ERR_BAD, "\"%.60s\": experiment list, run NAME… or all%s%s%s", text,
                       near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if (strcmp(r->action, "run") != 0)
        return err_say(e, ERR_BAD, "\"%.60s\": experiment %s takes no names", text, r->action);
    if (r->count == STUDY_MAX)
        return err_say(e, ERR_BAD, "more than %d experiments", STUDY_MAX);
    r->name[r->count++] = text;
    return 0;
}

/* ---- list ----------------------------------------------------------------------------------- */

static int fail_none(void)
{
    struct err e = {0};
    err_say(&e, ERR_BAD, "no experiments in ./presets/experiments or the installed places");
    return cli_fail(&e);
}

static int list(void)
{
    static struct print o;
    static char names[STUDY_MAX][PRESET_NAME];
    struct experiment *x = malloc(sizeof *x);
    struct err e = {.code = ERR_MEMORY, .text = "out of memory"};
    if (!x)
        return cli_fail(&e);
    int count = experiment_names(names, STUDY_MAX), exit_code = count ? 0 : fail_none();
    print_init(&o, STDOUT_FILENO);
    for (int i = 0; i < count; i++) {
        struct plan_options options_of = {.sim = true, .seed = SEED_DEFAULT};
        struct plan plan;
        int code = experiment_load(names[i], x, &e);
        if (code == 0)
            code = plan_make(x, &options_of, &plan, &e);
        if (code == 0) {
            print_format(&o, "%-16s %5d runs of %d points, %d figures\n    %s\n", x->name,
                         plan.runs, plan.points, x->figures, x->why);
            plan_close(&plan);
        } else {
            print_flush(&o);
            exit_code = cli_fail(&e);
        }
        experiment_close(x);
    }
    free(x);
    if (!print_finish(&o, "standard output"))
        return 1;
    return exit_code;
}

/* ---- run -------------------------------------------------------------------------------------- */

static void say_where(const struct studies *s)
{
    static struct print o;
    print_init(&o, STDOUT_FILENO);
    print_format(&o, "%s/report.html\n%s/report.md\n", s->options.dir, s->options.dir);
    print_finish(&o, "standard output");
}

static int study(struct request *r)
{
    struct err e = {.code = ERR_MEMORY, .text = "out of memory"};
    struct studies *s = malloc(sizeof *s);
    if (!s)
        return cli_fail(&e);
    int code = studies_open(s, &r->options, r->name, r->count, &e), exit_code;
    if (code == 0) {
        lab_watch_signals(&s->runner);
        code = studies_run(s, lab_progress, NULL, &e);
        lab_progress_end();
        exit_code = lab_verdict(s, code, &e);
        if (s->no_pictures[0])
            fprintf(stderr, "spillway: %s\n", s->no_pictures);
        if (code == 0)
            say_where(s);
    } else {
        exit_code = cli_fail(&e);
    }
    studies_close(s);
    free(s);
    return exit_code;
}

static int run_request(struct request *r)
{
    static char names[STUDY_MAX][PRESET_NAME];
    struct err e = {0};
    r->options.plan.sim = !r->live;
    if (!r->action)
        return err_say(&e, ERR_BAD, "say what to do: experiment list, run NAME… or all"),
               cli_fail(&e);
    if (strcmp(r->action, "list") == 0)
        return list();
    if (strcmp(r->action, "all") == 0) {
        r->count = experiment_names(names, STUDY_MAX);
        for (int i = 0; i < r->count; i++)
            r->name[i] = names[i];
        if (r->count == 0)
            return fail_none();
    }
    if (r->count == 0)
        return err_say(&e, ERR_BAD, "experiment run needs a name; experiment list shows them"),
               cli_fail(&e);
    return study(r);
}

static int run(int argc, char **argv)
{
    struct request r = {.options = {.plan = {.seed = SEED_DEFAULT}, .dir = DIR_DEFAULT}};
    int exit_code = 0;
    if (cli_parse(&cli_experiment, argc, argv, &r, &exit_code))
        return exit_code;
    return run_request(&r);
}

const struct cli_command cli_experiment = {
    .name = "experiment",
    .operands = "list | run NAME|FILE… | all",
    .help = "Runs experiments: tables, figures and a report in one command.",
    .details =
        "An experiment is a file in presets/experiments: presets, what is varied, how often, and\n"
        "what is drawn from it. Its runs go on all processors; what is done is kept in\n"
        "DIR/NAME/journal, so that the same command goes on where it was broken off.\n"
        "DIR/NAME holds runs.csv (each run, with the command that repeats it), points.csv "
        "(medians\n"
        "and quartiles), and for each figure data, gnuplot script, SVG and PNG; DIR/report.html\n"
        "and DIR/report.md put them beside the published values.\n",
    .examples = "  spillway experiment list\n"
                "  spillway experiment run latency\n"
                "  spillway experiment run ./mine.json --repeats 10 --out results/mine\n"
                "  spillway experiment all --seed 7\n",
    .options = options,
    .operand = take_word,
    .run = run,
};
