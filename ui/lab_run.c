#include "lab_run.h"

#include "fmt.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_NS (2 * NS_PER_S) /* between lines, where they do not replace each other */

/* What a signal handler may touch. Signals belong to the process, so does this. */
static struct runner *volatile signalled;
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
    struct runner *runner = signalled;
    if (runner)
        runner_stop(runner);
}

void lab_watch_signals(struct runner *runner)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    signalled = runner;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct sigaction old, new = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
        sigemptyset(&new.sa_mask);
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &new, NULL);
    }
}

int lab_signal(void) { return caught; }

/* ---- progress --------------------------------------------------------------------------- */

static struct {
    const struct study *study;
    int64_t told_ns; /* when the last line was written */
    int told;        /* runs done by then */
    bool open;       /* a line that updates itself stands there */
} progress;

static int64_t wall_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

void lab_progress(void *context, const struct study *study, const struct runner_progress *p)
{
    (void)context;
    bool tty = isatty(STDERR_FILENO), over = p->done == p->total;
    bool fresh = progress.study != study;
    int64_t now = wall_ns();
    if (!fresh && progress.told == p->done && over)
        return;
    if (!fresh && !over && !tty && now - progress.told_ns < PROGRESS_NS)
        return;
    char left[64] = "", kept[64] = "";
    if (p->left_ns >= 0 && !over)
        snprintf(left, sizeof left, ", %s left", fmt_clock(p->left_ns).s);
    if (p->resumed > 0)
        snprintf(kept, sizeof kept, " (%d kept from before)", p->resumed);
    fprintf(stderr, "%s%-16s %d of %d runs%s, %s%s%s", tty ? "\r" : "", study->experiment->name,
            p->done, p->total, kept, fmt_clock(p->elapsed_ns).s, left,
            !tty   ? "\n"
            : over ? "\033[K\n"
                   : "\033[K");
    progress.study = study;
    progress.told_ns = now;
    progress.told = p->done;
    progress.open = tty && !over;
}

void lab_progress_end(void)
{
    if (progress.open)
        fputs("\n", stderr);
    progress.open = false;
}

/* ---- the end ------------------------------------------------------------------------------ */

/* Runs of all studies with a metric that is not what it should be. */
static int count_not(const struct studies *s, const char *metric, int64_t good)
{
    int m = metric_find(metric), n = 0;
    for (int i = 0; i < s->count; i++) {
        const struct results *r = &s->study[i].results;
        for (int run = 0; s->study[i].opened && run < r->plan->runs; run++)
            n += r->done[run] && r->value[run][m] != good;
    }
    return n;
}

int lab_verdict(const struct studies *s, int code, const struct err *e)
{
    int done = 0, total = 0;
    for (int i = 0; i < s->count; i++) {
        done += s->study[i].opened ? s->study[i].results.done_count : 0;
        total += s->study[i].plan.runs;
    }
    if (code)
        return cli_fail(e);
    if (caught || runner_stopped(&s->runner))
        fprintf(stderr,
                "spillway: stopped after %d of %d runs; their results are kept in %s, and the "
                "same command goes on from there\n",
                done, total, s->options.dir);
    int broken = count_not(s, "ledger_ok", 1), failed = count_not(s, "expects_failed", 0);
    if (broken)
        fprintf(stderr, "spillway: the ledger is violated in %d runs: see ledger_ok in runs.csv\n",
                broken);
    if (failed)
        fprintf(stderr,
                "spillway: in %d runs an expectation did not hold: see expects_failed in "
                "runs.csv\n",
                failed);
    if (broken)
        return err_exit(ERR_LEDGER);
    if (caught)
        return 128 + caught;
    return failed ? err_exit(ERR_EXPECT) : 0;
}
