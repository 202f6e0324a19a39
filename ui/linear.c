/* Sentences instead of a screen. A figure is said again when it has changed by a sixth and
 * five seconds have passed, or at once where it is bad news; an event is said when it
 * comes. */
#include "ui/linear.h"

#include "ui/ctl.h"
#include "ui/fmt.h"
#include "ui/recorder.h"
#include "ui/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define QUIET_NS (5 * NS_PER_S)

struct page {
    char *dst;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void line(struct page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(p->dst + p->used, p->size - p->used, format, args);
    va_end(args);
    p->used += n > 0 ? (size_t)n : 0;
    if (p->used + 2 > p->size)
        p->used = p->size - 2; /* cut */
    p->dst[p->used++] = '\n';
    p->dst[p->used] = 0;
}

static void say_event(struct page *p, const struct sp_event *e)
{
    static const char *const failed = "refused";
    bool refused = e->kind == '!' && e->author != SP_AUTO; /* its own bad news is none */
    const char *who = refused ? failed : sp_author_names[e->author];
    line(p, "%s, %s: %s%s%s", fmt_clock_short(e->at_ns).s, who, e->command,
         e->command[0] != 0 && e->effect[0] != 0 ? ": " : "", e->effect);
}

static bool moved(double now, double then)
{
    double d = now > then ? now - then : then - now;
    return d * 6 > then && d > 1e-3;
}

static bool good(const struct sp_reading *r)
{
    return r->balanced && r->lost == 0 && r->duplicated == 0 && r->disordered == 0;
}

static void say_figures(struct linear *l, struct page *p, const struct sp_reading *r)
{
    static const char *const words[] = {"no back-pressure", "low back-pressure",
                                        "high back-pressure"};
    double p99 = r->latency.count > 0 ? (double)r->latency.p99 : -1;
    int level = r->level <= SP_BP_HIGH ? (int)r->level : SP_BP_HIGH;
    bool news = moved(r->in_rate, l->in_rate) || moved(r->busy, l->busy) || moved(p99, l->p99_ns) ||
                moved(r->burst_share, l->burst) || moved((double)r->backlog, l->backlog);
    bool due = r->now_ns - l->said_ns >= QUIET_NS;
    if (l->any && !(news && due) && level <= l->level)
        return;
    line(p, "%s: in %s per second, %s busy, %s, backlog %s, p99 %s, %s to functions",
         fmt_clock_short(r->now_ns).s, fmt_si(r->in_rate).s, fmt_percent(r->busy).s, words[level],
         fmt_si((double)r->backlog).s, fmt_latency((int64_t)p99).s, fmt_percent(r->burst_share).s);
    l->any = true;
    l->said_ns = r->now_ns;
    l->in_rate = r->in_rate;
    l->busy = r->busy;
    l->backlog = (double)r->backlog;
    l->p99_ns = p99;
    l->burst = r->burst_share;
    l->level = level;
}

static void say_ledger(struct linear *l, struct page *p, const struct sp_reading *r)
{
    bool is_good = good(r);
    if (is_good == l->ledger_good)
        return;
    l->ledger_good = is_good;
    line(p,
         is_good ? "%s: the ledger balances; lost %s, duplicated %s, out of order %s"
                 : "%s: LEDGER VIOLATED: lost %s, duplicated %s, out of order %s",
         fmt_clock_short(r->now_ns).s, fmt_grouped(r->lost).s, fmt_grouped(r->duplicated).s,
         fmt_grouped(r->disordered).s);
}

void linear_say(struct linear *l, const struct sp_reading *r, char *dst, size_t size)
{
    struct page p = {dst, size, 0};
    dst[0] = 0;
    if (r->now_ns < l->now_ns) { /* restarted: the log began anew, and so do the figures */
        l->seen_event = 0;
        l->any = false;
        l->ledger_good = true;
    }
    l->now_ns = r->now_ns;
    for (int i = 0; i < r->events && i < SP_EVENTS; i++)
        if (r->event[i].number > l->seen_event) {
            l->seen_event = r->event[i].number;
            say_event(&p, &r->event[i]);
        }
    if (r->now_ns > 0) {
        say_ledger(l, &p, r);
        say_figures(l, &p, r);
    }
    if (r->paused != l->paused)
        line(&p, "%s: %s", fmt_clock_short(r->now_ns).s, r->paused ? "paused" : "goes on");
    l->paused = r->paused;
    if (r->finished && !l->finished)
        line(&p, "%s: the run is over", fmt_clock_short(r->now_ns).s);
    l->finished = r->finished;
    if (l->redact)
        redact_text(dst);
}

/* ---- running --------------------------------------------------------------------------- */

static volatile sig_atomic_t stopped;

static void on_signal(int sig) { stopped = sig; }

struct reader {
    char text[SP_EVENT_TEXT + 2];
    size_t used;
    bool too_long, ended, quit;
};

static void run_line(struct sp_engine *engine, struct reader *in)
{
    struct err e = {0, ""};
    const char *text = in->text + strspn(in->text, " \t:");
    size_t n = strcspn(text, " \t\r");
    if (*text == 0 || *text == '\r')
        return;
    in->quit = (n == 1 && *text == 'q') || (n == 4 && strncmp(text, "quit", 4) == 0);
    if (in->quit)
        return;
    if (in->too_long)
        printf("refused: the line is too long\n");
    else if (sp_command_check(text, &e) != 0)
        printf("refused: %s\n", e.text);
    else if (!ctl_send(engine, SP_YOU, 0, text))
        printf("refused: the engine is busy with earlier commands; try again\n");
}

static void take_lines(struct sp_engine *engine, struct reader *in)
{
    char part[512];
    ssize_t n = read(STDIN_FILENO, part, sizeof part);
    in->ended = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
    for (ssize_t i = 0; i < n && !in->quit; i++) {
        if (part[i] == '\n') {
            in->text[in->used] = 0;
            in->text[strcspn(in->text, "\r")] = 0;
            run_line(engine, in);
            in->used = 0;
            in->too_long = false;
        } else if (in->used + 1 < sizeof in->text) {
            in->text[in->used++] = part[i];
        } else {
            in->too_long = true;
        }
    }
}

static void note_recording(struct recorder *r, const struct sp_reading *reading)
{
    if (recorder_reading(r, reading))
        printf("%s\n", r->say);
    r->say[0] = 0;
}

static int loop(struct sp_engine *engine, const struct look_options *look, struct ctl *ctl,
                struct recorder *recorder)
{
    static struct sp_reading r;
    static char text[SP_EVENTS * (2 * SP_EVENT_TEXT + 40) + 2000];
    struct linear l = {.redact = look->redact, .ledger_good = true};
    struct reader in = {.used = 0};
    memset(&r, 0, sizeof r);
    printf("spillway: a line is a command (spike x2 10s, policy excess); quit leaves\n");
    for (bool ended = false; !ended && !in.quit && !stopped;) {
        ended = sp_ended(engine); /* before the last reading is taken */
        while (sp_read(engine, &r)) {
            linear_say(&l, &r, text, sizeof text);
            ctl_reading(ctl, &r);
            note_recording(recorder, &r);
            fputs(text, stdout);
        }
        if (fflush(stdout) != 0)
            return SCREEN_GONE;
        struct pollfd p[2] = {{sp_event_fd(engine), POLLIN, 0},
                              {in.ended ? -1 : STDIN_FILENO, POLLIN, 0}};
        if (ended || poll(p, 2, 200) <= 0)
            continue;
        uint64_t count;
        if (p[0].revents & POLLIN)
            while (read(p[0].fd, &count, sizeof count) < 0 && errno == EINTR)
                ;
        if (p[1].revents != 0)
            take_lines(engine, &in);
    }
    return stopped ? (int)stopped : SCREEN_QUIT;
}

int linear_run(struct sp_engine *engine, const struct look_options *look, struct recorder *recorder,
               struct err *e)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction a = {.sa_handler = on_signal}, before[4];
    stopped = 0;
    sigemptyset(&a.sa_mask);
    for (int i = 0; i < 4; i++)
        sigaction(signals[i], &a, &before[i]);
    int ended = SCREEN_FAILED;
    struct err no_socket = {0, ""};
    struct ctl *ctl = ctl_open(engine, &no_socket);
    if (sp_start(engine, e) == 0) {
        const struct timespec step = {0, 2 * 1000 * 1000};
        ended = loop(engine, look, ctl, recorder);
        ctl_close(ctl, NULL);
        ctl = NULL;
        if (ended != SCREEN_QUIT || !sp_command(engine, SP_YOU, "quit"))
            sp_stop(engine);
        for (int i = 0; i < 2500 && !sp_ended(engine); i++)
            nanosleep(&step, NULL);
    }
    ctl_close(ctl, NULL);
    for (int i = 0; i < 4; i++)
        sigaction(signals[i], &before[i], NULL);
    return ended;
}
