#include "lab/runner.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 64
#define PROGRESS_NS (200 * NS_PER_MS)

/* What the threads share; all of it under the mutex but for the plan, which nobody changes. */
struct work {
    struct runner *runner;
    struct results *results;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int next;  /* first run that nobody has looked at */
    int alive; /* threads */
    int status;
    struct err *e;
};

/* What one thread needs: large, hence apart. */
struct bench {
    struct work *work;
    struct run_setup setup;
    struct sp_summary summary;
    struct watch watch;
};

void runner_init(struct runner *w) { flag_init(&w->stop); }

void runner_stop(struct runner *w) { flag_raise(&w->stop); }

bool runner_stopped(const struct runner *w) { return flag_is(&w->stop); }

static int64_t wall_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- one run ------------------------------------------------------------------------------------ */

static bool on_tick(void *context, const struct sp_reading *r)
{
    struct bench *b = context;
    watch_see(&b->watch, r);
    return !flag_is(&b->work->runner->stop);
}

/* 0, with *whole set when the run came to its end. */
static int do_run(struct bench *b, int run, bool *whole, struct err *e)
{
    const struct plan *p = b->work->results->plan;
    int repeat;
    const struct point *pt = plan_point(p, run, &repeat);
    struct sp_engine *engine = NULL;
    *whole = false;
    int status = plan_setup(p, pt, repeat, &b->setup, e);
    if (status == 0)
        status = sp_open(&b->setup.options, &engine, e);
    if (status != 0)
        return status;
    watch_begin(&b->watch);
    status = sp_run(engine, on_tick, b, e);
    sp_summary(engine, &b->summary);
    sp_close(engine);
    if (status == ERR_EXPECT || status == ERR_LEDGER)
        status = 0; /* figures of the run: expects_failed, ledger_ok */
    *whole = status == 0 && !flag_is(&b->work->runner->stop);
    return status;
}

/* ---- threads -------------------------------------------------------------------------------------- */

/* The next run to do; -1: none. */
static int take(struct work *w)
{
    const struct results *r = w->results;
    while (w->next < r->plan->runs && r->done[w->next])
        w->next++;
    if (w->status != 0 || flag_is(&w->runner->stop) || w->next >= r->plan->runs)
        return -1;
    return w->next++;
}

static void note_error(struct work *w, int status, const struct err *e)
{
    if (w->status == 0) {
        w->status = status;
        *w->e = *e;
    }
}

static void *labour(void *context)
{
    struct bench *b = context;
    struct work *w = b->work;
    int64_t value[METRICS_MAX];
    pthread_mutex_lock(&w->mutex);
    for (int run; (run = take(w)) >= 0;) {
        struct err e = {0};
        bool whole = false;
        pthread_mutex_unlock(&w->mutex);
        int status = do_run(b, run, &whole, &e);
        if (whole)
            metric_take(&b->watch, &b->summary, value);
        pthread_mutex_lock(&w->mutex);
        if (whole)
            status = results_keep(w->results, run, value, &b->summary, &e);
        if (status != 0)
            note_error(w, status, &e);
        pthread_cond_signal(&w->changed);
    }
    w->alive--;
    pthread_cond_signal(&w->changed);
    pthread_mutex_unlock(&w->mutex);
    return NULL;
}

static void tell(const struct work *w, int64_t began_ns, runner_progress_fn *progress,
                 void *context)
{
    const struct results *r = w->results;
    struct runner_progress p = {.done = r->done_count,
                                .total = r->plan->runs,
                                .resumed = r->resumed,
                                .elapsed_ns = wall_ns(CLOCK_MONOTONIC) - began_ns,
                                .left_ns = -1};
    int fresh = p.done - p.resumed;
    if (fresh > 0)
        p.left_ns = (int64_t)((i128)p.elapsed_ns * (p.total - p.done) / fresh);
    if (progress)
        progress(context, &p);
}

/* Waits for the threads, telling how far they are. */
static void follow(struct work *w, runner_progress_fn *progress, void *context)
{
    int64_t began_ns = wall_ns(CLOCK_MONOTONIC);
    pthread_mutex_lock(&w->mutex);
    while (w->alive > 0) {
        int64_t until = wall_ns(CLOCK_REALTIME) + PROGRESS_NS;
        struct timespec t = {until / NS_PER_S, until % NS_PER_S};
        (void)pthread_cond_timedwait(&w->changed, &w->mutex, &t);
        tell(w, began_ns, progress, context);
    }
    tell(w, began_ns, progress, context);
    pthread_mutex_unlock(&w->mutex);
}

static struct bench *bench_open(struct work *w)
{
    struct bench *b = malloc(sizeof *b);
    if (b && !watch_open(&b->watch)) {
        free(b);
        b = NULL;
    }
    if (b)
        b->work = w;
    return b;
}

static int thread_count(const struct results *r, int threads)
{
    int left = r->plan->runs - r->done_count;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int n = !r->plan->options.sim ? 1 : threads > 0 ? threads : cores > 0 ? (int)cores : 1;
    n = n > THREADS_MAX ? THREADS_MAX : n;
    return n > left ? left : n;
}

int runner_run(struct runner *runner, struct results *r, int threads, runner_progress_fn *progress,
               void *context, struct err *e)
{
    struct work w = {.runner = runner, .results = r, .e = e};
    struct bench *bench[THREADS_MAX];
    pthread_t thread[THREADS_MAX];
    int count = thread_count(r, threads), started = 0;
    pthread_mutex_init(&w.mutex, NULL);
    pthread_cond_init(&w.changed, NULL);
    pthread_mutex_lock(&w.mutex);
    for (; started < count; started++) {
        bench[started] = bench_open(&w);
        if (!bench[started])
            break;
        if (pthread_create(&thread[started], NULL, labour, bench[started]) != 0) {
            watch_close(&bench[started]->watch);
            free(bench[started]);
            break;
        }
        w.alive++;
    }
    if (started == 0 && count > 0)
        note_error(&w, ERR_MEMORY, &(struct err){ERR_MEMORY, "not enough memory to begin a run"});
    pthread_mutex_unlock(&w.mutex);
    follow(&w, progress, context);
    for (int i = 0; i < started; i++) {
        pthread_join(thread[i], NULL);
        watch_close(&bench[i]->watch);
        free(bench[i]);
    }
    pthread_cond_destroy(&w.changed);
    pthread_mutex_destroy(&w.mutex);
    return w.status;
}
