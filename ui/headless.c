#include "headless.h"

#include "cli.h"
#include "ctl.h"
#include "fmt.h"
#include "headless_report.h"
#include "recorder.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_TTY_NS (NS_PER_S / 4) /* a line that updates itself */
#define PROGRESS_NS (5 * NS_PER_S)     /* a line after the other */

/* A run under way. Large: lives on the heap. */
struct headless {
    const struct headless_options *options;
    struct sp_engine *engine;
    struct ctl *ctl;      /* NULL in sim */
    struct print results; /* standard output, or standard error beside a sink's rows */
    struct report report;
    struct recorder recorder;
    struct sp_summary summary;
    int64_t seconds;     /* whole seconds of engine time that have a row */
    int64_t now_ns;      /* of the reading before */
    int64_t row_ns;      /* engine time of the newest row, -1: none */
    int64_t progress_ns; /* wall time of the last progress line */
    uint64_t answered;   /* events up to this one were looked at for answers */
    bool progress_tty;
    bool progress_shown; /* a line that updates itself stands there */
};

/* What a signal handler may touch. Signals belong to the process, so does this. */
static struct sp_engine *volatile signalled_engine;
static volatile sig_atomic_t caught_signal;

static void on_signal(int number)
{
    caught_signal = number;
    struct sp_engine *engine = signalled_engine;
    if (engine)
        sp_stop(engine);
}

/* The second signal of a kind ends the program at once, should it hang. A signal
 * that the caller had ignored (nohup) stays ignored. */
static void watch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct sigaction old;
        struct sigaction new = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
        sigemptyset(&new.sa_mask);
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(signals[i], &new, NULL);
    }
}

static int64_t wall_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- while it runs ---------------------------------------------------------------- */

static void show_progress(struct headless *h, const struct sp_reading *r)
{
    int64_t now = wall_ns();
    bool tty = h->progress_tty;
    if (now - h->progress_ns < (tty ? PROGRESS_TTY_NS : PROGRESS_NS))
        return;
    h->progress_ns = now;
    char of[48] = "";
    if (r->duration_ns > 0)
        snprintf(of, sizeof of, " of %s", fmt_clock(r->duration_ns).s);
    fprintf(stderr, "%s%s%s  in %s/s  out %s/s  backlog %s  p99 %s  burst %s  cost %s%s",
            tty ? "\r" : "", fmt_clock(r->now_ns).s, of, fmt_si(r->in_rate).s,
            fmt_si(r->out_rate).s, fmt_si((double)r->backlog).s,
            r->latency.count ? fmt_latency(r->latency.p99).s : "-", fmt_percent(r->burst_share).s,
            fmt_usd(r->cost_nusd).s, tty ? "\033[K" : "\n");
    h->progress_shown = tty;
}

static void end_progress(struct headless *h)
{
    if (h->progress_shown)
        fputs("\r\033[K", stderr);
    h->progress_shown = false;
}

/* A row for each second of engine time, at its first reading; and one at the end
 * for what came after the last of them. */
static void note(struct headless *h, const struct sp_reading *r, bool last)
{
    if (r->now_ns < h->now_ns) { /* restarted */
        h->seconds = 0;
        h->row_ns = -1;
        h->answered = 0;
    }
    h->now_ns = r->now_ns;
    bool due = r->now_ns / NS_PER_S > h->seconds || (last && r->now_ns > h->row_ns);
    if (due) {
        h->seconds = r->now_ns / NS_PER_S;
        h->row_ns = r->now_ns;
    }
    report_reading(&h->report, r, due);
    if (h->options->format != HEADLESS_CSV)
        return;
    if (due)
        series_row(&h->results, r);
    if (due && !r->sim)
        print_flush(&h->results);
}

/* What was asked for is answered at once: `stats since`, `as-command-line`, `save`. And what
 * happens outside is told while it matters: functions go away or come back, money is spent. */
static void say_news(struct headless *h, const struct sp_reading *r)
{
    for (int i = 0; i < r->events; i++) {
        const struct sp_event *e = &r->event[i];
        bool outside = !r->sim && (e->kind == '!' || e->kind == 'H') && e->author == SP_AUTO;
        if (e->number <= h->answered || (e->kind != 'A' && !outside))
            continue;
        end_progress(h);
        if (outside)
            fprintf(stderr, "%s  ", fmt_clock(e->at_ns).s);
        fprintf(stderr, "%s: %s\n", e->command, e->effect);
    }
    h->answered = r->event_count;
}

static void say_recording(struct headless *h, bool news)
{
    if (!news)
        return;
    end_progress(h);
    fprintf(stderr, "%s%s\n", h->recorder.bad ? "spillway: " : "", h->recorder.say);
    h->recorder.say[0] = 0;
}

static bool on_tick(void *context, const struct sp_reading *r)
{
    struct headless *h = context;
    note(h, r, false);
    say_news(h, r);
    say_recording(h, recorder_reading(&h->recorder, r));
    show_progress(h, r);
    ctl_reading(h->ctl, r);
    bool reader_gone = h->results.error != 0 || print_reader_gone(h->results.fd);
    return !reader_gone && !caught_signal;
}

/* ---- its end ------------------------------------------------------------------------ */

static void write_results(struct headless *h)
{
    switch (h->options->format) {
    case HEADLESS_TEXT:
        summary_text(&h->results, &h->summary);
        return;
    case HEADLESS_JSON:
        summary_json(&h->results, &h->summary);
        return;
    case HEADLESS_CSV:
        return; /* the rows are written; the page goes to standard error */
    }
}

static void write_page_aside(struct headless *h)
{
    static struct print aside;
    print_init(&aside, STDERR_FILENO);
    summary_text(&aside, &h->summary);
    print_flush(&aside);
}

/* What the process tells its caller: a failure of the machine, then a violated
 * ledger, then a signal, then an expectation. */
static int verdict(const struct headless *h, int code, const struct err *e, bool delivered)
{
    /* The reader of a sink's rows may have had enough. */
    bool quiet =
        code == ERR_IO && h->options->results_on_stderr && print_reader_gone(STDOUT_FILENO);
    const struct sp_summary *s = &h->summary;
    if (!s->ledger_ok)
        fprintf(stderr, "spillway: the ledger is violated: %s\n", s->ledger_text);
    for (int i = 0; i < s->expect_count; i++)
        if (!s->expect[i].ok && !caught_signal)
            fprintf(stderr, "spillway: expect %s: did not hold (observed %s)\n", s->expect[i].text,
                    s->expect[i].observed);
    if (code && code != ERR_EXPECT && code != ERR_LEDGER) {
        if (!quiet)
            cli_fail(e);
        return err_exit(code);
    }
    if (!delivered)
        return err_exit(ERR_IO);
    if (!s->ledger_ok || code == ERR_LEDGER)
        return err_exit(ERR_LEDGER);
    if (caught_signal)
        return 128 + caught_signal;
    return s->expects_ok && code == 0 ? 0 : err_exit(ERR_EXPECT);
}

static int finish(struct headless *h, int code, struct err *e)
{
    end_progress(h);
    sp_summary(h->engine, &h->summary);
    say_recording(h, recorder_end(&h->recorder, &h->summary));
    note(h, &h->summary.last, true);
    struct err report_error = {0};
    int report_code = report_finish(&h->report, &h->summary, &report_error);
    if (report_code && code == 0) {
        code = report_code;
        *e = report_error;
    }
    write_results(h);
    bool delivered = print_finish(&h->results, h->options->results_on_stderr ? "standard error"
                                                                             : "standard output");
    if (delivered && h->options->format == HEADLESS_CSV)
        write_page_aside(h);
    return verdict(h, code, e, delivered);
}

static void begin(struct headless *h, const struct headless_options *options)
{
    h->options = options;
    h->row_ns = -1;
    h->progress_tty = isatty(STDERR_FILENO) && !options->results_on_stderr;
    h->progress_ns = wall_ns();
    print_init(&h->results, options->results_on_stderr ? STDERR_FILENO : STDOUT_FILENO);
    if (options->format == HEADLESS_CSV)
        series_header(&h->results);
}

static int run(struct headless *h, const struct sp_options *engine)
{
    struct err e = {0};
    int code = report_open(&h->report, h->options->report_dir, h->options->log, &e);
    if (code)
        return cli_fail(&e);
    recorder_init(&h->recorder, engine);
    watch_signals();
    code = sp_open(engine, &h->engine, &e);
    if (!code && h->options->record)
        code = recorder_begin(&h->recorder, h->options->record, &e);
    if (code) {
        sp_close(h->engine);
        report_drop(&h->report);
        return cli_fail(&e);
    }
    signalled_engine = h->engine;
    if (!engine->sim && !(h->ctl = ctl_open(h->engine, &e)))
        fprintf(stderr, "spillway: %s\n", e.text);
    if (!caught_signal)
        code = sp_run(h->engine, on_tick, h, &e);
    ctl_close(h->ctl, NULL);
    int exit_code = finish(h, code, &e);
    signalled_engine = NULL;
    sp_close(h->engine);
    return exit_code;
}

int headless_run(const struct sp_options *engine, const struct headless_options *options)
{
    struct headless *h = calloc(1, sizeof *h);
    if (!h) {
        struct err e = {.code = ERR_MEMORY, .text = "out of memory"};
        return cli_fail(&e);
    }
    begin(h, options);
    int exit_code = run(h, engine);
    free(h);
    return exit_code;
}
