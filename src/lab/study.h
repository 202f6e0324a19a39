/* One or several experiments from file to page: runs, tables, figures, and one report that
 * puts published and measured values side by side. */
#ifndef LAB_STUDY_H
#define LAB_STUDY_H

#include "lab/runner.h"

#define STUDY_MAX 64

struct study_options {
    struct plan_options plan;
    const char *dir; /* each experiment gets a folder in it */
    int threads;     /* 0: as many as there are processors */
};

/* An experiment being studied. */
struct study {
    struct experiment *experiment; /* owned */
    struct plan plan;
    struct results results;
    bool planned, opened; /* what there is of it to close */
};

struct studies {
    struct study study[STUDY_MAX];
    int count;
    struct study_options options;
    struct runner runner;
    char no_pictures[300]; /* why there are none; "" */
};

/* Reads and plans everything before anything runs: 0, or the first error. studies_close is
 * due in every case. names: of experiments, each once. */
MUST_USE int studies_open(struct studies *s, const struct study_options *options,
                          const char *const *names, int count, struct err *e);
void studies_close(struct studies *s);

/* Called before each experiment, and as runner_run calls it. */
typedef void study_progress_fn(void *context, const struct study *study,
                               const struct runner_progress *p);

/* Does what is not done, then writes tables, figures and the page, also when it was stopped
 * (runner_stop(&s->runner)), with what there is. 0, or the first error; missing gnuplot is
 * none: see no_pictures. */
MUST_USE int studies_run(struct studies *s, study_progress_fn *progress, void *context,
                         struct err *e);

/* The page: report.md and report.html in options.dir. */
MUST_USE int study_page(const struct studies *s, struct err *e);

#endif
