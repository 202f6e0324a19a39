/* Environments that are processes: tests/tools/bootstrap.c in its roles. */
#include "cloud/runtime_process.h"

#include "base/units.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACES 12

/* One function with some environments; what they report. Place i is the token of
 * environment i. */
struct rig {
    struct reactor *reactor;
    const struct handler_kind *kind;
    struct handler_function function;
    void *opened;
    struct place {
        struct rig *rig;
        void *environment;
        int ready, init_failed, answers, gone;
        enum handler_outcome outcome;
        struct handler_end end;
        char body[4096], log[4096];
        size_t size;
    } places[PLACES];
};

static void on_ready(void *token) { ((struct place *)token)->ready++; }

static void keep(struct place *p, const void *body, size_t size)
{
    p->size = size;
    snprintf(p->body, sizeof p->body, "%.*s", (int)(size < 4000 ? size : 4000),
             size ? (const char *)body : "");
}

static void end(struct place *p)
{
    p->rig->kind->stop(p->environment);
    p->environment = NULL;
}

static void on_init_failed(void *token, const void *json, size_t size)
{
    struct place *p = token;
    p->init_failed++;
    keep(p, json, size);
    end(p); /* as the pool does, from within */
}

static void on_answer(void *token, const char *id, enum handler_outcome outcome, const void *body,
                      size_t size)
{
    struct place *p = token;
    (void)id;
    p->answers++;
    p->outcome = outcome;
    keep(p, body, size);
}

static void on_gone(void *token, struct handler_end how)
{
    struct place *p = token;
    p->gone++;
    p->end = how;
    end(p);
}

static void on_log(void *token, const void *bytes, size_t size)
{
    struct place *p = token;
    size_t n = strlen(p->log);
    snprintf(p->log + n, sizeof p->log - n, "%.*s", (int)size, (const char *)bytes);
}

static const struct handler_host host = {on_ready, on_init_failed, on_answer, on_gone, on_log};

/* The folder of the test's own tools. */
static const char *tools(void)
{
    static char folder[400];
    ssize_t n = readlink("/proc/self/exe", folder, sizeof folder - 10);
    folder[n > 0 ? n : 0] = '\0';
    snprintf(strrchr(folder, '/'), 10, "/tools");
    return folder;
}

static void begin(struct rig *g, const char *role)
{
    static char source[500];
    struct err e = {0};
    *g = (struct rig){.kind = &handler_exec};
    snprintf(source, sizeof source, "%s:%s", tools(), role);
    g->function = (struct handler_function){.name = "f",
                                            .source = source,
                                            .arn = "arn:aws:lambda:us-east-1:1:function:f",
                                            .region = "us-east-1",
                                            .memory_mb = 512,
                                            .timeout_ns = 3 * NS_PER_S,
                                            .environments_max = PLACES};
    for (int i = 0; i < PLACES; i++)
        g->places[i].rig = g;
    g->reactor = reactor_open(&e);
    g->opened = g->kind->open(&g->function, g->reactor, &host, &e);
    cr_assert(g->opened, "%s", e.text);
}

static void start(struct rig *g, int place)
{
    struct err e = {0};
    struct place *p = &g->places[place];
    p->environment = g->kind->start(g->opened, p, &e);
    cr_assert(p->environment, "%s", e.text);
}

/* Runs the reactor until *count is n, for 20 s at most. */
static void until(struct rig *g, const int *count, int n)
{
    int64_t end_ns = reactor_refresh_ns(g->reactor) + 20 * NS_PER_S;
    while (*count != n && reactor_refresh_ns(g->reactor) < end_ns)
        reactor_step(g->reactor, 50 * NS_PER_MS);
    cr_assert_eq(*count, n);
}

static void steps(struct rig *g, int64_t for_ns)
{
    int64_t end_ns = reactor_refresh_ns(g->reactor) + for_ns;
    while (reactor_refresh_ns(g->reactor) < end_ns)
        reactor_step(g->reactor, 5 * NS_PER_MS);
}

static void invoke(struct rig *g, int place, const char *payload)
{
    const struct handler_invocation i = {.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                                         .arn = g->function.arn,
                                         .trace_id = "",
                                         .client_context = "",
                                         .deadline_ms = 1700000000000,
                                         .payload = payload,
                                         .size = strlen(payload)};
    g->kind->invoke(g->places[place].environment, &i);
}

static void call(struct rig *g, int place, const char *payload)
{
    int before = g->places[place].answers;
    invoke(g, place, payload);
    until(g, &g->places[place].answers, before + 1);
}

static void finish(struct rig *g)
{
    for (int i = 0; i < PLACES; i++)
        if (g->places[i].environment)
            end(&g->places[i]);
    g->kind->close(g->opened);
    reactor_close(g->reactor);
    cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "no process is left");
}

/* One environment, ready. */
static void ready(struct rig *g, const char *role)
{
    begin(g, role);
    start(g, 0);
    until(g, &g->places[0].ready, 1);
}

Test(runtime_process, tokenizes_in_a_process_of_its_own)
{
    struct rig g;
    ready(&g, "handler");
    for (int i = 0; i < 50; i++) {
        call(&g, 0, "{\"v\":1,\"batch\":7,\"op\":\"tokenize\",\"records\":[\"a-b\",\"\"]}");
        cr_assert_eq(g.places[0].outcome, HANDLER_OK);
        cr_assert_str_eq(g.places[0].body, "{\"v\":1,\"batch\":7,\"results\":[[\"a\",\"b\"],[]]}");
    }
    cr_assert_eq(g.places[0].ready, 1);
    cr_assert_gt(g.kind->memory(g.places[0].environment), 100000);
    finish(&g);
}

Test(runtime_process, twelve_environments_work_at_once)
{
    struct rig g;
    begin(&g, "echo");
    for (int i = 0; i < PLACES; i++)
        start(&g, i);
    for (int i = 0; i < PLACES; i++)
        until(&g, &g.places[i].ready, 1);
    for (int round = 0; round < 5; round++) {
        char text[PLACES][32];
        for (int i = 0; i < PLACES; i++) {
            snprintf(text[i], sizeof text[i], "[%d,%d]", round, i);
            invoke(&g, i, text[i]);
        }
        for (int i = 0; i < PLACES; i++) {
            until(&g, &g.places[i].answers, round + 1);
            cr_assert_str_eq(g.places[i].body, text[i]);
        }
    }
    finish(&g);
}

Test(runtime_process, gives_a_clean_environment_a_folder_and_no_terminal)
{
    struct rig g;
    setenv("SPILLWAY_TEST_SECRET", "planted", 1);
    ready(&g, "shell");
    call(&g, 0, "env | sort | cut -d= -f1 | tr '\\n' ' '");
    cr_assert_str_eq(
        g.places[0].body,
        "AWS_ACCESS_KEY_ID AWS_DEFAULT_REGION AWS_LAMBDA_FUNCTION_MEMORY_SIZE "
        "AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE "
        "AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_LAMBDA_RUNTIME_API AWS_REGION "
        "AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN LAMBDA_RUNTIME_DIR LAMBDA_TASK_ROOT LANG PATH "
        "PWD TZ _HANDLER ");
    call(&g, 0, "env | grep -c planted");
    cr_assert_str_eq(g.places[0].body, "0\n");
    call(&g, 0, "pwd");
    cr_assert_eq(strncmp(g.places[0].body, tools(), strlen(tools())), 0);
    call(&g, 0, "readlink /proc/$PPID/fd/0; ulimit -n; ulimit -c");
    cr_assert_str_eq(g.places[0].body, "/dev/null\n1024\n0\n");
    /* A session and group of its own, no terminal, no signal blocked or ignored. */
    call(&g, 0,
         "set -- $(cut -d')' -f2 /proc/$PPID/stat); [ $3 = $PPID ] && [ $4 = $PPID ] && "
         "echo $5; grep NoNewPrivs /proc/$PPID/status; for m in SigBlk SigIgn; do "
         "echo $((0x$(awk \"/$m/{print \\$2}\" /proc/$PPID/status) & 0x7fffffff)); done");
    cr_assert_str_eq(g.places[0].body, "0\nNoNewPrivs:\t1\n0\n0\n");
    finish(&g);
}

Test(runtime_process, a_process_inherits_no_descriptor)
{
    struct rig g;
    int leak = open("/dev/null", O_RDONLY); /* as other threads' may be: not close-on-exec */
    ready(&g, "descriptors");
    call(&g, 0, "1");
    cr_assert_str_eq(g.places[0].body, "4", "input, output, error, its connection");
    finish(&g);
    close(leak);
}

Test(runtime_process, says_how_a_process_ended)
{
    struct rig g;
    ready(&g, "leave");
    invoke(&g, 0, "1");
    until(&g, &g.places[0].gone, 1);
    cr_assert(!g.places[0].end.signalled && g.places[0].end.number == 7);
    finish(&g);
    ready(&g, "die");
    invoke(&g, 0, "1");
    until(&g, &g.places[0].gone, 1);
    cr_assert(g.places[0].end.signalled && g.places[0].end.number == SIGKILL);
    cr_assert_eq(g.places[0].answers, 0);
    finish(&g);
}

Test(runtime_process, an_init_that_fails_is_passed_on)
{
    struct rig g;
    begin(&g, "init-error");
    start(&g, 0);
    until(&g, &g.places[0].init_failed, 1);
    cr_assert(strstr(g.places[0].body, "Runtime.Oops"));
    steps(&g, 20 * NS_PER_MS);
    cr_assert_eq(g.places[0].gone, 0, "nothing comes after stop");
    finish(&g);
    begin(&g, "init-exit");
    start(&g, 0);
    until(&g, &g.places[0].gone, 1);
    cr_assert_eq(g.places[0].end.number, 3);
    finish(&g);
}

Test(runtime_process, errors_and_results_that_are_too_large)
{
    struct rig g;
    ready(&g, "fail");
    call(&g, 0, "1");
    cr_assert_eq(g.places[0].outcome, HANDLER_ERROR);
    cr_assert(strstr(g.places[0].body, "as asked"));
    finish(&g);
    ready(&g, "big");
    call(&g, 0, "1");
    cr_assert_eq(g.places[0].outcome, HANDLER_TOO_LARGE);
    call(&g, 0, "1");
    cr_assert_eq(g.places[0].answers, 2, "it lives on");
    finish(&g);
}

Test(runtime_process, a_second_answer_to_the_same_call_is_not_passed_on)
{
    struct rig g;
    ready(&g, "twice");
    call(&g, 0, "1");
    call(&g, 0, "2");
    steps(&g, 20 * NS_PER_MS);
    cr_assert_eq(g.places[0].answers, 2);
    cr_assert_str_eq(g.places[0].body, "2");
    finish(&g);
}

Test(runtime_process, output_comes_in_lines_and_the_rest_with_the_answer)
{
    struct rig g;
    ready(&g, "noisy");
    call(&g, 0, "1");
    cr_assert_str_eq(g.places[0].log, "to standard error\nto standard output\nwithout an end\n");
    finish(&g);
    ready(&g, "shell");
    invoke(&g, 0, "printf 'last words' >&2; kill -9 $PPID");
    until(&g, &g.places[0].gone, 1);
    cr_assert_str_eq(g.places[0].log, "last words");
    finish(&g);
}

Test(runtime_process, a_flood_of_output_starves_nobody)
{
    struct rig g;
    ready(&g, "shell");
    call(&g, 0, "(yes >&2 & echo $!)");
    int flood = atoi(g.places[0].body);
    for (int i = 0; i < 20; i++)
        call(&g, 0, "echo 1");
    cr_assert_eq(kill(flood, 0), 0, "it still floods");
    end(&g.places[0]);
    int dead = -1;
    for (int i = 0; i < 400 && dead == -1; i++) {
        steps(&g, 5 * NS_PER_MS);
        char path[40];
        snprintf(path, sizeof path, "/proc/%d/fd", flood);
        dead = access(path, R_OK) == 0 ? -1 : 1;
    }
    cr_assert_eq(dead, 1, "what a handler started goes with it");
    finish(&g);
}

Test(runtime_process, one_that_ignores_sigterm_is_killed)
{
    struct rig g;
    ready(&g, "stubborn");
    invoke(&g, 0, "1");
    steps(&g, 50 * NS_PER_MS);
    end(&g.places[0]);
    steps(&g, 200 * NS_PER_MS);
    cr_assert_eq(waitpid(-1, NULL, WNOHANG), 0, "it has half a second");
    steps(&g, 600 * NS_PER_MS);
    cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1, "it was killed, and is no zombie");
    finish(&g);
}

Test(runtime_process, closing_ends_everything_at_once)
{
    struct rig g;
    begin(&g, "stubborn");
    for (int i = 0; i < PLACES; i++)
        start(&g, i);
    for (int i = 0; i < PLACES; i++)
        until(&g, &g.places[i].ready, 1);
    int64_t began_ns = reactor_refresh_ns(g.reactor);
    for (int i = 0; i < PLACES; i++)
        end(&g.places[i]);
    g.kind->close(g.opened);
    cr_assert_lt(reactor_refresh_ns(g.reactor) - began_ns, 1 * NS_PER_S);
    cr_assert_eq(waitpid(-1, NULL, WNOHANG), -1);
    reactor_close(g.reactor);
}

Test(runtime_process, a_function_that_never_becomes_ready_starts_ever_more_slowly)
{
    struct rig g;
    begin(&g, "init-exit");
    int64_t began_ns = reactor_refresh_ns(g.reactor), took_ns[5];
    for (int i = 0; i < 5; i++) {
        start(&g, i);
        until(&g, &g.places[i].gone, 1);
        took_ns[i] = reactor_refresh_ns(g.reactor) - began_ns;
    }
    /* 50, 100, 200, 400 ms wait before the second to the fifth. */
    cr_assert_geq(took_ns[1] - took_ns[0], 45 * NS_PER_MS);
    cr_assert_geq(took_ns[4], 750 * NS_PER_MS);
    /* One that waits for its turn can be stopped; it never runs. */
    start(&g, 5);
    end(&g.places[5]);
    steps(&g, 20 * NS_PER_MS);
    cr_assert_eq(g.places[5].gone, 0);
    finish(&g);
}

/* All start; a third is stopped on its way; the others are killed at work. */
static void storm(struct rig *g, int round)
{
    for (int i = 0; i < PLACES; i++) {
        g->places[i].ready = g->places[i].gone = 0;
        start(g, i);
    }
    for (int i = round % 3; i < PLACES; i += 3)
        end(&g->places[i]);
    for (int i = 0; i < PLACES; i++)
        if (g->places[i].environment) {
            until(g, &g->places[i].ready, 1);
            invoke(g, i, "kill -9 $PPID");
        }
    for (int i = 0; i < PLACES; i++)
        if (g->places[i].environment)
            until(g, &g->places[i].gone, 1);
}

Test(runtime_process, kill_storms_leave_nothing_behind)
{
    struct rig g;
    begin(&g, "shell");
    for (int round = 0; round < 10; round++)
        storm(&g, round);
    finish(&g);
    int open_files = 0;
    for (int fd = 0; fd < 1000; fd++)
        open_files += fcntl(fd, F_GETFD) != -1;
    cr_assert_lt(open_files, 20, "%d descriptors", open_files);
}

/* ---- sources ------------------------------------------------------------------------- */

static void refuses(const struct handler_kind *kind, const char *source, const char *words)
{
    struct err e = {0};
    struct reactor *reactor = reactor_open(&e);
    const struct handler_function f = {
        .name = "f", .source = source, .region = "r", .memory_mb = 128};
    cr_assert_null(kind->open(&f, reactor, &host, &e));
    cr_assert_eq(e.code, ERR_BAD);
    cr_assert(strstr(e.text, words), "%s", e.text);
    reactor_close(reactor);
}

Test(runtime_process, says_what_is_wrong_with_a_source)
{
    setenv("SPILLWAY_RUNTIMES", "/nowhere", 1);
    refuses(&handler_exec, "/nowhere", "No such file");
    refuses(&handler_exec, "", "No such file");
    refuses(&handler_exec, "/etc/passwd", "is no folder");
    refuses(&handler_exec, "/etc", "/etc/bootstrap");
    refuses(&handler_exec, "/etc:", "ends with a colon");
    refuses(&handler_python, "/etc", "make functions");
    refuses(&handler_python, "/etc:app", "MODULE.FUNCTION");
    refuses(&handler_java, "/etc", "is no file");
    refuses(&handler_java, "/etc/passwd", "make functions");
}
