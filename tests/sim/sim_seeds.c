/* sim_seeds --seeds N --from S: runs N random cases (seeds.h). Each runs in a child
 * process, so that a failed assertion or a hang is one seed's and not the end.
 *   --show    prints each case's preset and commands instead of running it
 *   --here    runs in this process (for a debugger)
 *   --plant T plants a fault (flow/plant.h; a build with MODE=plant): must be found
 *   --past    runs only the cases that failed once (past.c); else they come before seed 1 */
#include "seeds.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WALL_SECONDS 60 /* one seed may take: far more than any does, sanitizers included */

/* Every eighth case runs twice, to compare; every second one that drains and keeps
 * its content is compared with the plain pipeline. */
#define TWICE 8
#define PLAIN 2

static const char *planted; /* --plant */

struct totals {
    uint64_t cases, drained, twice, plain, records, readings, dead;
};

/* ---- one run ---------------------------------------------------------------------------- */

static bool run_case(const struct sim_case *c, struct watch *w, struct sp_summary *s)
{
    const char *lines[CASE_ORDERS + 1];
    char text[CASE_ORDERS][PRESET_COMMAND + 32];
    int n = 0;
    for (int i = 0; i < c->orders; i++) {
        if (c->order[i].typed)
            continue;
        snprintf(text[n], sizeof text[n], "at %" PRId64 "us %s", c->order[i].at_ns / NS_PER_US,
                 c->order[i].text);
        lines[n] = text[n];
        n++;
    }
    lines[n] = NULL;
    struct sp_options o = {.preset = &c->preset,
                           .sim = true,
                           .seed = c->seed,
                           .duration_ns = c->duration_ns,
                           .records = c->records,
                           .commands = lines,
                           .sink = SP_SINK_NULL,
                           .plant = planted};
    struct sp_engine *engine;
    struct err e = {0};
    watch_init(w, c, NULL);
    if (sp_open(&o, &engine, &e)) {
        watch_fail(w, "sp_open: %s", e.text);
        return false;
    }
    w->engine = engine;
    if (sp_run(engine, watch_tick, w, &e))
        watch_fail(w, "sp_run: %s", e.text);
    sp_summary(engine, s);
    if (!w->failed)
        watch_end(w, s);
    else if (s->ledger_text[0])
        snprintf(w->what + strlen(w->what), sizeof w->what - strlen(w->what), "; %s",
                 s->ledger_text);
    sp_close(engine);
    return !w->failed;
}

/* The same options again: every reading must be the same. */
static void compare_twice(const struct sim_case *c, struct watch *w, const struct sp_summary *s)
{
    static struct watch again;
    static struct sp_summary other;
    run_case(c, &again, &other);
    if (again.failed)
        watch_fail(w, "the second run failed: %s", again.what);
    else if (again.readings != w->readings || again.fingerprint != w->fingerprint)
        watch_fail(w,
                   "the second run differs: readings %" PRIu64 " and %" PRIu64
                   ", fingerprints %" PRIx64 " and %" PRIx64,
                   w->readings, again.readings, w->fingerprint, again.fingerprint);
    if (memcmp(&other.last.latency_hist.bucket, &s->last.latency_hist.bucket,
               sizeof s->last.latency_hist.bucket) != 0)
        watch_fail(w, "the second run has another latency histogram");
}

/* The rows depend on the source alone: not on policies, order, faults, kills. */
static void compare_plain(const struct sim_case *c, struct watch *w, const struct sp_summary *s)
{
    static struct sim_case plain;
    static struct watch quiet;
    static struct sp_summary other;
    plain = *c;
    plain.orders = 0;
    plain.calm_ns = 0;
    case_plain(c, &plain.preset);
    run_case(&plain, &quiet, &other);
    if (quiet.failed)
        watch_fail(w, "the plain pipeline failed: %s", quiet.what);
    else if (other.last.digest != s->last.digest || other.last.tokens != s->last.tokens)
        watch_fail(w,
                   "rows differ from the plain pipeline's: digest %016" PRIx64 " and %016" PRIx64
                   ", tokens %" PRIu64 " and %" PRIu64,
                   s->last.digest, other.last.digest, s->last.tokens, other.last.tokens);
}

static bool run_past_case(int i)
{
    static struct sim_case c;
    static struct watch w;
    static struct sp_summary s;
    char refused[400] = "";
    bool ok = past_case(&c, i, refused, sizeof refused) && run_case(&c, &w, &s);
    if (!ok)
        printf("  %s\n", refused[0] ? refused : w.what);
    return ok;
}

/* The cases that failed once, each in a child of its own. */
static bool run_past(void)
{
    int failures = 0;
    for (int i = 0; i < past_count(); i++) {
        int status = 0;
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) {
            alarm(WALL_SECONDS);
            bool ok = run_past_case(i);
            exit(!ok);
        }
        waitpid(pid, &status, 0);
        if (status == 0)
            continue;
        failures++;
        printf("past case \"%s\" %s; again: make sim SEEDS=1 FROM=1\n", past_name(i),
               !WIFSIGNALED(status)          ? "failed"
               : WTERMSIG(status) == SIGALRM ? "hangs"
                                             : "crashed");
    }
    printf("%s    sim: %d cases that failed once, %d failed\n", failures ? "FAIL" : "ok",
           past_count(), failures);
    return failures == 0;
}

static bool run_seed(uint64_t seed, struct totals *t)
{
    static struct sim_case c;
    static struct watch w;
    static struct sp_summary s;
    char refused[400] = "";
    if (!case_draw(&c, seed, refused, sizeof refused)) {
        printf("seed %" PRIu64 ": no valid preset: %s\n", seed, refused);
        return false;
    }
    bool ok = run_case(&c, &w, &s);
    t->cases++;
    t->readings += w.readings;
    t->records += s.last.in;
    t->dead += s.last.dead;
    t->drained += c.drained;
    if (ok && seed % TWICE == 0) {
        compare_twice(&c, &w, &s);
        t->twice++;
    }
    if (ok && c.drained && !c.content_moves && s.last.dead == 0 && seed % PLAIN == 0) {
        compare_plain(&c, &w, &s);
        t->plain++;
    }
    if (w.failed)
        printf("seed %" PRIu64 ": %s\n", seed, w.what);
    return !w.failed;
}

/* ---- many seeds ------------------------------------------------------------------------------ */

static void say_again(uint64_t seed)
{
    printf("  again: make sim SEEDS=1 FROM=%" PRIu64 "\n", seed);
    fflush(stdout);
}

/* Runs seeds from..end in a child; returns the first one that the child did not
 * finish, or end. */
static uint64_t run_child(uint64_t from, uint64_t end, struct totals *all, uint64_t *failures)
{
    int fd[2];
    struct {
        uint64_t next, failed;
        struct totals t;
    } report = {from, 0, {0}}, seen = report;
    if (pipe(fd) != 0)
        abort();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        close(fd[0]);
        for (; report.next < end; report.next++) {
            alarm(WALL_SECONDS);
            bool ok = run_seed(report.next, &report.t);
            report.failed += !ok;
            if (!ok)
                say_again(report.next);
            if (write(fd[1], &report, sizeof report) != (ssize_t)sizeof report)
                _exit(3);
        }
        fflush(stdout);
        exit(0); /* runs the leak checker, where there is one */
    }
    close(fd[1]);
    for (;;) {
        ssize_t n = read(fd[0], &report, sizeof report);
        if (n < 0 && errno == EINTR)
            continue;
        if (n != (ssize_t)sizeof report)
            break;
        seen = report;
        seen.next++;
    }
    close(fd[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    const uint64_t *from_words = (const uint64_t *)&seen.t;
    for (size_t i = 0; i < sizeof seen.t / sizeof(uint64_t); i++)
        ((uint64_t *)all)[i] += from_words[i];
    *failures += seen.failed;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return end;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        printf("seed %" PRIu64 ": not done after %d s\n", seen.next, WALL_SECONDS);
    else
        printf("seed %" PRIu64 ": crashed (%s %d)\n", seen.next,
               WIFSIGNALED(status) ? "signal" : "exit",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    say_again(seen.next);
    ++*failures;
    return seen.next + 1;
}

static int run_all(uint64_t from, uint64_t count)
{
    struct totals t = {0};
    struct timespec a, b;
    uint64_t failures = 0, end = from + count;
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (uint64_t next = from; next < end;)
        next = run_child(next, end, &t, &failures);
    clock_gettime(CLOCK_MONOTONIC, &b);
    double s = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    printf("%s    sim: seeds %" PRIu64 "..%" PRIu64 ", %" PRIu64 " failed; %" PRIu64
           " drained, %" PRIu64 " run twice, %" PRIu64 " compared with the plain pipeline; %" PRIu64
           " records (%" PRIu64 " dead), %" PRIu64 " readings, %.1f s\n",
           failures ? "FAIL" : "ok", from, end - 1, failures, t.drained, t.twice, t.plain,
           t.records, t.dead, t.readings, s);
    return failures > 0;
}

static int show(uint64_t from, uint64_t count)
{
    static struct sim_case c;
    char refused[400] = "";
    for (uint64_t seed = from; seed < from + count; seed++) {
        if (!case_draw(&c, seed, refused, sizeof refused))
            printf("seed %" PRIu64 ": %s\n", seed, refused);
        else
            case_show(&c);
    }
    return 0;
}

static bool read_number(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = text ? strtoull(text, &end, 10) : 0;
    return text && *text && *end == 0 && errno == 0;
}

int main(int argc, char **argv)
{
    uint64_t seeds = 100, from = 1;
    bool shows = false, here = false, past = false, good = true;
    for (int i = 1; i < argc && good; i++) {
        if (strcmp(argv[i], "--show") == 0)
            shows = true;
        else if (strcmp(argv[i], "--here") == 0)
            here = true;
        else if (strcmp(argv[i], "--plant") == 0 && i + 1 < argc)
            planted = argv[++i];
        else if (strcmp(argv[i], "--past") == 0)
            past = true;
        else if (strcmp(argv[i], "--seeds") == 0)
            good = read_number(argv[++i], &seeds);
        else if (strcmp(argv[i], "--from") == 0)
            good = read_number(argv[++i], &from);
        else
            good = false;
    }
    if (!good) {
        fprintf(stderr,
                "sim_seeds [--seeds N] [--from S] [--plant T] [--show | --here | --past]\n");
        return 2;
    }
    if (shows)
        return show(from, seeds);
    bool held = past || from == 1 ? run_past() : true;
    if (past)
        return !held;
    if (!here)
        return run_all(from, seeds) || !held;
    struct totals t = {0};
    uint64_t failed = 0;
    for (uint64_t s = from; s < from + seeds; s++)
        failed += !run_seed(s, &t);
    return failed > 0;
}
