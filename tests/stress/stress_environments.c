/* stress_environments [STEPS [SEED]]: environments in processes (tests/tools/bootstrap.c) are
 * started, called, stopped and killed in random order. Each call ends once, by an answer or by
 * the end of its process; nothing is heard of an environment after its stop; in the end no
 * process and no descriptor is left. */
#include "base/prng.h"
#include "base/units.h"
#include "cloud/runtime_process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACES 12

/* An environment, or none. */
struct place {
    void *environment;
    bool ready, busy;
    int pid; /* as it answered; 0: not known */
};

static struct prng rnd;
static struct reactor *reactor;
static void *opened;
static struct place places[PLACES];
static uint64_t starts, answers, ends, kills;

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "stress_environments: %s\n", what);
    abort();
}

static void stop(struct place *p)
{
    void *environment = p->environment;
    *p = (struct place){.environment = NULL};
    handler_exec.stop(environment);
}

static void on_ready(void *token)
{
    struct place *p = token;
    check(p->environment && !p->ready, "ready twice, or after the stop");
    p->ready = true;
}

static void on_init_failed(void *token, const void *json, size_t size)
{
    (void)token, (void)json, (void)size;
    check(false, "an init error that was never posted");
}

static void on_answer(void *token, const char *id, enum handler_outcome outcome, const void *body,
                      size_t size)
{
    struct place *p = token;
    char text[20];
    (void)id;
    check(p->environment && p->busy, "an answer that nobody waits for");
    check(outcome == HANDLER_OK, "a shell that fails");
    snprintf(text, sizeof text, "%.*s", size < 15 ? (int)size : 15, (const char *)body);
    p->pid = atoi(text);
    p->busy = false;
    answers++;
    if (prng_below(&rnd, 20) == 0)
        stop(p); /* from within */
}

static void on_gone(void *token, struct handler_end end)
{
    struct place *p = token;
    (void)end;
    check(p->environment != NULL, "an end after the stop");
    ends++;
    stop(p);
}

static void on_log(void *token, const void *bytes, size_t size)
{
    (void)bytes;
    check(((struct place *)token)->environment && size > 0, "a log line after the stop");
}

static const struct handler_host host = {on_ready, on_init_failed, on_answer, on_gone, on_log};

static const char *const commands[] = {
    "echo $PPID",
    "echo $PPID; echo noise >&2",
    "sleep 0.01; echo $PPID",
    "kill -9 $PPID",
    "echo $PPID; (sleep 0.002; kill -9 $PPID) &",
};

static void call(struct place *p)
{
    const char *command = commands[prng_below(&rnd, sizeof commands / sizeof commands[0])];
    const struct handler_invocation i = {.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                                         .arn = "arn",
                                         .trace_id = "",
                                         .client_context = "",
                                         .deadline_ms = 1700000000000,
                                         .payload = command,
                                         .size = strlen(command)};
    p->busy = true;
    handler_exec.invoke(p->environment, &i);
}

static void step(struct place *p)
{
    struct err e = {0};
    uint64_t dice = prng_below(&rnd, 10);
    if (p->environment == NULL) {
        p->environment = handler_exec.start(opened, p, &e);
        check(p->environment != NULL, e.text);
        starts++;
    } else if (dice == 0) {
        stop(p);
    } else if (dice == 1 && p->pid > 0) {
        kills += kill(p->pid, SIGKILL) == 0;
        p->pid = 0;
    } else if (p->ready && !p->busy) {
        call(p);
    }
}

static int open_files(void)
{
    int count = 0;
    for (int fd = 0; fd < 4096; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

static void open_function(const char *argv0)
{
    static char source[600];
    static struct handler_function f = {.name = "f",
                                        .source = source,
                                        .arn = "arn",
                                        .region = "us-east-1",
                                        .memory_mb = 128,
                                        .environments_max = PLACES};
    struct err e = {0};
    snprintf(source, sizeof source, "%.500s", argv0);
    char *slash = strrchr(source, '/');
    check(slash != NULL, "start it by its path");
    snprintf(slash, 30, "/../tools:shell");
    reactor = reactor_open(&e);
    check(reactor != NULL, e.text);
    opened = handler_exec.open(&f, reactor, &host, &e);
    check(opened != NULL, e.text);
}

int main(int argc, char **argv)
{
    uint64_t steps = argc > 1 ? strtoull(argv[1], NULL, 10) : 3000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    int before = open_files();
    rnd = prng_split(seed, 1);
    open_function(argv[0]);
    for (uint64_t i = 0; i < steps; i++) {
        step(&places[prng_below(&rnd, PLACES)]);
        reactor_step(reactor, (int64_t)prng_below(&rnd, 3) * NS_PER_MS);
    }
    for (int i = 0; i < PLACES; i++)
        if (places[i].environment)
            stop(&places[i]);
    handler_exec.close(opened);
    reactor_close(reactor);
    check(waitpid(-1, NULL, WNOHANG) == -1, "a process is left");
    check(open_files() == before, "a descriptor is left");
    printf(
        "ok    stress_environments: %llu starts, %llu answers, %llu ends, %llu kills, seed %llu\n",
        (unsigned long long)starts, (unsigned long long)answers, (unsigned long long)ends,
        (unsigned long long)kills, (unsigned long long)seed);
    return answers > 0 && ends > 0 ? 0 : 1;
}
