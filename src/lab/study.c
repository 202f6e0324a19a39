#include "lab/study.h"

#include "io/err_say.h"
#include "lab/figure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_one(struct study *s, const struct studies *all, const char *name, struct err *e)
{
    s->experiment = malloc(sizeof *s->experiment);
    if (!s->experiment)
        return err_say(e, ERR_MEMORY, "not enough memory for an experiment");
    int status = experiment_load(name, s->experiment, e);
    if (status == 0)
        status = plan_make(s->experiment, &all->options.plan, &s->plan, e);
    s->planned = status == 0;
    for (int i = 0; status == 0 && &all->study[i] != s; i++)
        if (strcmp(all->study[i].experiment->name, s->experiment->name) == 0) {
            status = err_say(e, ERR_BAD, "%s", "");
            (void)snprintf(e->text, sizeof e->text, "\"%.60s\": this experiment is named twice",
                           s->experiment->name);
        }
    return status;
}

int studies_open(struct studies *s, const struct study_options *options, const char *const *names,
                 int count, struct err *e)
{
    int status = 0;
    memset(s, 0, sizeof *s);
    s->options = *options;
    runner_init(&s->runner);
    if (count > STUDY_MAX)
        return err_say(e, ERR_BAD, "more experiments than can be studied at once (64)");
    for (int i = 0; i < count && status == 0; i++)
        status = open_one(&s->study[s->count++], s, names[i], e);
    return status;
}

void studies_close(struct studies *s)
{
    for (int i = 0; i < s->count; i++) {
        struct study *one = &s->study[i];
        if (one->opened)
            results_close(&one->results);
        if (one->planned)
            plan_close(&one->plan);
        if (one->experiment)
            experiment_close(one->experiment);
        free(one->experiment);
    }
    s->count = 0;
}

struct telling {
    const struct study *study;
    study_progress_fn *progress;
    void *context;
};

static void pass_on(void *context, const struct runner_progress *p)
{
    struct telling *t = context;
    t->progress(t->context, t->study, p);
}

static int draw(struct studies *s, struct study *one, struct err *e)
{
    const char *names[EXPERIMENT_FIGURES];
    const struct experiment *x = one->experiment;
    struct err why = {0};
    for (int i = 0; i < x->figures; i++) {
        int status = figure_write(&one->results, &x->figure[i], e);
        if (status != 0)
            return status;
        names[i] = x->figure[i].name;
    }
    if (figure_draw(one->results.dir, names, x->figures, &why) != 0 && !s->no_pictures[0])
        (void)snprintf(s->no_pictures, sizeof s->no_pictures, "%.290s", why.text);
    return 0;
}

static int do_one(struct studies *s, struct study *one, study_progress_fn *progress, void *context,
                  struct err *e)
{
    char dir[PRESET_PATH];
    struct telling t = {one, progress, context};
    (void)snprintf(dir, sizeof dir, "%.3900s/%s", s->options.dir, one->experiment->name);
    int status = results_open(&one->plan, dir, &one->results, e);
    one->opened = status == 0;
    if (status == 0)
        status = runner_run(&s->runner, &one->results, s->options.threads,
                            progress ? pass_on : NULL, &t, e);
    struct err later = {0};
    int written = one->opened ? results_write(&one->results, &later) : 0;
    if (written == 0 && one->opened && one->results.done_count > 0)
        written = draw(s, one, &later);
    if (status == 0 && written != 0) {
        status = written;
        *e = later;
    }
    return status;
}

int studies_run(struct studies *s, study_progress_fn *progress, void *context, struct err *e)
{
    int status = 0;
    for (int i = 0; i < s->count && status == 0 && !runner_stopped(&s->runner); i++)
        status = do_one(s, &s->study[i], progress, context, e);
    struct err later = {0};
    int page = study_page(s, &later);
    if (status == 0 && page != 0) {
        status = page;
        *e = later;
    }
    return status;
}
