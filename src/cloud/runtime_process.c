/* An environment outlives its handle: after `stop` it is silent, and goes when its
 * process has.
 *
 *   start ─► [waits for its turn] ─► process runs ─── stop: SIGTERM ─► SIGKILL after GRACE_NS
 *                                        │                                   │
 *                                        └─ ends by itself: gone ─► stop ────┴─► reaped, freed
 *
 * Nothing is freed inside a callback of the Runtime API: what must go goes when the
 * process's end is seen, or in the next round of the reactor. */
#include "cloud/runtime_process.h"

#include "base/units.h"
#include "cloud/child.h"
#include "cloud/runtime_api.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define GRACE_NS (500 * NS_PER_MS)
#define FILES_MAX 1024                              /* as Lambda allows */
#define FILE_SIZE_MAX ((uint64_t)512 * 1024 * 1024) /* as its temporary folder */
#define FIRST_GAP_NS (50 * NS_PER_MS)
#define LAST_GAP_NS (5 * NS_PER_S)
#define CLOSE_MS 1000
#define LINE_MAX_BYTES 4096 /* longer lines are passed on in pieces */
#define READS_MAX 8         /* of output, before others have their turn */
#define LAST_READS_MAX 64   /* of what a process leaves behind */
#define MEMORY_AGE_NS NS_PER_S

struct runtime {
    const struct handler_function *function;
    struct reactor *reactor;
    const struct handler_host *host;
    struct runtime_command command;
    struct environment *first;
    int failures;          /* environments in a row that ended before they were ready */
    int64_t next_start_ns; /* the next one not before */
    uint32_t started;
};

struct environment {
    struct runtime *runtime;
    void *token; /* NULL: stopped, calls nobody */
    struct runtime_api *api;
    struct child child;
    bool was_ready, failed;
    struct reactor_watch end, output;
    struct reactor_timer timer; /* its turn to start, end of the grace, or its removal */
    int64_t memory, memory_at_ns;
    uint32_t number;
    size_t line_size;
    char line[LINE_MAX_BYTES];
    struct environment *next, *before;
};

/* ---- what the handler writes --------------------------------------------------- */

static void pass_line(struct environment *v, size_t size)
{
    if (v->token && size > 0)
        v->runtime->host->log(v->token, v->line, size);
}

/* Whole lines as they come; of a line that is too long, what there is. */
static void pass_lines(struct environment *v)
{
    char *last = memrchr(v->line, '\n', v->line_size);
    size_t whole = last ? (size_t)(last - v->line) + 1 : 0;
    if (whole == 0 && v->line_size == sizeof v->line)
        whole = v->line_size;
    pass_line(v, whole);
    v->line_size -= whole;
    memmove(v->line, v->line + whole, v->line_size);
}

/* Reads what is there, `reads` times at most. Returns the last read's result: 0 at the
 * end of the output. */
static ssize_t read_output(struct environment *v, int reads)
{
    ssize_t n = -1;
    for (int i = 0; i < reads; i++) {
        n = read(v->child.output_fd, v->line + v->line_size, sizeof v->line - v->line_size);
        if (n <= 0)
            break;
        v->line_size += (size_t)n;
        pass_lines(v);
    }
    return n;
}

/* What a handler wrote belongs to its call: the answer on another way may overtake it, and a
 * last line may have no end. */
static void finish_output(struct environment *v)
{
    read_output(v, READS_MAX);
    if (v->line_size == 0)
        return;
    pass_line(v, v->line_size);
    v->line_size = 0;
    if (v->token)
        v->runtime->host->log(v->token, "\n", 1);
}

static void on_output(void *context, uint32_t events)
{
    struct environment *v = context;
    (void)events;
    if (read_output(v, READS_MAX) == 0)
        reactor_unwatch(v->runtime->reactor, &v->output);
}

/* ---- beginning --------------------------------------------------------------------- */

#define VARIABLES 24
struct variables {
    char *list[VARIABLES + 1];
    int count;
};

static void put(struct variables *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct variables *v, const char *format, ...)
{
    va_list values;
    assert(v->count < VARIABLES);
    va_start(values, format);
    int n = vasprintf(&v->list[v->count], format, values);
    va_end(values);
    assert(n >= 0); /* no memory for a name */
    v->list[++v->count] = NULL;
}

static void free_variables(struct variables *v)
{
    for (int i = 0; i < v->count; i++)
        free(v->list[i]);
}

/* What AWS documents, and nothing else. The credentials sign nothing anywhere. */
static void fill_variables(struct variables *v, const struct environment *x)
{
    const struct handler_function *f = x->runtime->function;
    const struct runtime_command *c = &x->runtime->command;
    struct tm day;
    time_t now = time(NULL);
    gmtime_r(&now, &day);
    put(v, "AWS_LAMBDA_RUNTIME_API=127.0.0.1:%u", (unsigned)runtime_api_port(x->api));
    put(v, "_HANDLER=%s", c->handler);
    put(v, "LAMBDA_TASK_ROOT=%s", c->folder);
    put(v, "LAMBDA_RUNTIME_DIR=%s", c->runtime_folder);
    put(v, "AWS_LAMBDA_FUNCTION_NAME=%s", f->name);
    put(v, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST");
    put(v, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%d", f->memory_mb);
    put(v, "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/%s", f->name);
    put(v, "AWS_LAMBDA_LOG_STREAM_NAME=%04d/%02d/%02d/[$LATEST]%032x", day.tm_year + 1900,
        day.tm_mon + 1, day.tm_mday, x->number);
    put(v, "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand");
    put(v, "AWS_REGION=%s", f->region);
    put(v, "AWS_DEFAULT_REGION=%s", f->region);
    put(v, "AWS_ACCESS_KEY_ID=none");
    put(v, "AWS_SECRET_ACCESS_KEY=none");
    put(v, "AWS_SESSION_TOKEN=none");
    put(v, "TZ=:UTC");
    put(v, "LANG=en_US.UTF-8");
    put(v, "PATH=/usr/local/bin:/usr/bin:/bin");
}

static int launch(struct environment *x, struct err *e)
{
    struct runtime *r = x->runtime;
    struct variables v = {.count = 0};
    fill_variables(&v, x);
    const struct child_plan plan = {.program = r->command.program,
                                    .argv = (const char *const *)r->command.arguments,
                                    .envp = (const char *const *)v.list,
                                    .folder = r->command.folder,
                                    .open_files_max = FILES_MAX,
                                    .file_size_max = FILE_SIZE_MAX};
    int result = child_start(&x->child, &plan, e);
    free_variables(&v);
    if (result != 0)
        return result;
    result = reactor_watch(r->reactor, &x->end, x->child.pidfd, EPOLLIN, e);
    if (result == 0)
        result = reactor_watch(r->reactor, &x->output, x->child.output_fd, EPOLLIN, e);
    return result;
}

/* ---- ends ----------------------------------------------------------------------------- */

/* Frees an environment whose process is no more. */
static void discard(struct environment *x)
{
    struct runtime *r = x->runtime;
    assert(x->token == NULL && x->child.pid == 0);
    reactor_unwatch(r->reactor, &x->end);
    reactor_unwatch(r->reactor, &x->output);
    reactor_timer_clear(r->reactor, &x->timer);
    runtime_api_close(x->api);
    child_close(&x->child);
    if (x->before)
        x->before->next = x->next;
    else
        r->first = x->next;
    if (x->next)
        x->next->before = x->before;
    free(x);
}

/* Environments that die young are started ever more slowly. */
static void count_failure(struct environment *x)
{
    struct runtime *r = x->runtime;
    if (x->was_ready || x->failed)
        return;
    x->failed = true;
    int64_t gap_ns = FIRST_GAP_NS << (r->failures < 7 ? r->failures : 7);
    r->failures++;
    int64_t at_ns = reactor_now_ns(r->reactor) + (gap_ns < LAST_GAP_NS ? gap_ns : LAST_GAP_NS);
    if (r->next_start_ns < at_ns)
        r->next_start_ns = at_ns;
}

static void report_end(struct environment *x, struct handler_end end)
{
    read_output(x, LAST_READS_MAX);
    pass_line(x, x->line_size);
    x->line_size = 0;
    count_failure(x);
    runtime_api_silence(x->api);
    if (x->token)
        x->runtime->host->gone(x->token, end);
}

static void on_end(void *context, uint32_t events)
{
    struct environment *x = context;
    struct child_end end;
    (void)events;
    reactor_unwatch(x->runtime->reactor, &x->end); /* its descriptor is closed by the reaping */
    if (!child_reap(&x->child, 0, &end))
        end = (struct child_end){true, SIGKILL}; /* it cannot be: the descriptor said so */
    if (x->token == NULL)
        discard(x);
    else
        report_end(x, (struct handler_end){end.signalled, end.number});
}

static void on_grace_over(void *context)
{
    struct environment *x = context;
    child_signal(&x->child, SIGKILL);
}

static void on_removal(void *context) { discard(context); }

static void stop(void *environment)
{
    struct environment *x = environment;
    struct reactor *reactor = x->runtime->reactor;
    x->token = NULL;
    runtime_api_silence(x->api);
    reactor_timer_clear(reactor, &x->timer);
    if (x->child.pid > 0) {
        child_signal(&x->child, SIGTERM);
        x->timer.due = on_grace_over;
        reactor_timer_set(reactor, &x->timer, reactor_now_ns(reactor) + GRACE_NS);
    } else {
        x->timer.due = on_removal;
        reactor_timer_set(reactor, &x->timer, 0);
    }
}

/* ---- what the runtime does ---------------------------------------------------------------- */

static void on_api_ready(void *context)
{
    struct environment *x = context;
    x->was_ready = true;
    x->runtime->failures = 0;
    x->runtime->host->ready(x->token);
}

static void on_api_init_failed(void *context, const void *json, size_t size)
{
    struct environment *x = context;
    count_failure(x);
    x->runtime->host->init_failed(x->token, json, size);
}

static void on_api_answer(void *context, const char *request_id, enum handler_outcome outcome,
                          const void *body, size_t size)
{
    struct environment *x = context;
    finish_output(x);
    x->runtime->host->answer(x->token, request_id, outcome, body, size);
}

static const struct runtime_api_events api_events = {
    .ready = on_api_ready, .init_failed = on_api_init_failed, .answer = on_api_answer};

/* ---- the table --------------------------------------------------------------------------------- */

static void on_turn(void *context)
{
    struct environment *x = context;
    struct err e = {0};
    if (launch(x, &e) == 0)
        return;
    char line[sizeof e.text + 2];
    int n = snprintf(line, sizeof line, "%s\n", e.text);
    x->runtime->host->log(x->token, line, (size_t)n);
    if (x->child.pid == 0)
        report_end(x, (struct handler_end){false, 127});
    else
        child_signal(&x->child, SIGKILL);
}

static void *open_with(runtime_command_fn *fill, const struct handler_function *function,
                       struct reactor *reactor, const struct handler_host *host, struct err *e)
{
    struct runtime *r = calloc(1, sizeof *r);
    if (r == NULL) {
        snprintf(e->text, sizeof e->text, "out of memory");
        e->code = ERR_MEMORY;
        return NULL;
    }
    *r = (struct runtime){.function = function, .reactor = reactor, .host = host};
    if (fill(&r->command, function, e) == 0)
        return r;
    runtime_command_free(&r->command);
    free(r);
    return NULL;
}

static struct environment *environment_make(struct runtime *r, void *token, struct err *e)
{
    struct environment *x = calloc(1, sizeof *x);
    if (x == NULL) {
        snprintf(e->text, sizeof e->text, "out of memory");
        e->code = ERR_MEMORY;
        return NULL;
    }
    x->runtime = r;
    x->token = token;
    x->number = ++r->started;
    x->child = (struct child){.pidfd = -1, .output_fd = -1};
    x->end = (struct reactor_watch){.ready = on_end, .context = x};
    x->output = (struct reactor_watch){.ready = on_output, .context = x};
    x->timer = (struct reactor_timer){.due = on_turn, .context = x};
    x->api = runtime_api_open(r->reactor, &api_events, x, e);
    if (x->api == NULL) {
        free(x);
        return NULL;
    }
    x->next = r->first;
    if (r->first)
        r->first->before = x;
    r->first = x;
    return x;
}

/* At once, or after those that wait already if the last ones failed. */
static void *start(void *opened, void *token, struct err *e)
{
    struct runtime *r = opened;
    int64_t now_ns = reactor_now_ns(r->reactor);
    struct environment *x = environment_make(r, token, e);
    if (x == NULL)
        return NULL;
    if (r->failures > 0 && r->next_start_ns > now_ns) {
        reactor_timer_set(r->reactor, &x->timer, r->next_start_ns);
        r->next_start_ns += FIRST_GAP_NS;
        return x;
    }
    if (launch(x, e) == 0)
        return x;
    x->token = NULL;
    struct child_end end;
    child_signal(&x->child, SIGKILL);
    child_reap(&x->child, CLOSE_MS, &end);
    discard(x);
    return NULL;
}

static void invoke(void *environment, const struct handler_invocation *invocation)
{
    struct environment *x = environment;
    static const char error[] = "{\"errorType\":\"Runtime.OutOfMemory\"}";
    if (!runtime_api_invoke(x->api, invocation))
        x->runtime->host->answer(x->token, invocation->request_id, HANDLER_ERROR, error,
                                 sizeof error - 1);
}

static int64_t memory(void *environment)
{
    struct environment *x = environment;
    int64_t now_ns = reactor_now_ns(x->runtime->reactor);
    if (x->memory == 0 || now_ns - x->memory_at_ns >= MEMORY_AGE_NS) {
        int64_t bytes = child_memory(&x->child);
        x->memory = bytes > x->memory ? bytes : x->memory;
        x->memory_at_ns = now_ns;
    }
    return x->memory;
}

static void close_all(void *opened)
{
    struct runtime *r = opened;
    for (struct environment *x = r->first; x; x = x->next)
        child_signal(&x->child, SIGKILL);
    while (r->first) {
        struct environment *x = r->first;
        struct child_end end;
        x->token = NULL;
        reactor_unwatch(r->reactor, &x->end);
        if (!child_reap(&x->child, CLOSE_MS, &end))
            x->child.pid = 0; /* stuck in the kernel: it dies when it comes back */
        discard(x);
    }
    runtime_command_free(&r->command);
    free(r);
}

static void *open_python(const struct handler_function *f, struct reactor *reactor,
                         const struct handler_host *host, struct err *e)
{
    return open_with(runtime_command_python, f, reactor, host, e);
}

static void *open_java(const struct handler_function *f, struct reactor *reactor,
                       const struct handler_host *host, struct err *e)
{
    return open_with(runtime_command_java, f, reactor, host, e);
}

static void *open_exec(const struct handler_function *f, struct reactor *reactor,
                       const struct handler_host *host, struct err *e)
{
    return open_with(runtime_command_exec, f, reactor, host, e);
}

const struct handler_kind handler_python = {
    .name = "python",
    .help = "FOLDER[:module.function]: Python in AWS's runtime client (app.handler)",
    .open = open_python,
    .start = start,
    .invoke = invoke,
    .stop = stop,
    .memory = memory,
    .close = close_all,
};

const struct handler_kind handler_java = {
    .name = "java",
    .help = "JAR[:package.Class::method]: Java in AWS's runtime client",
    .open = open_java,
    .start = start,
    .invoke = invoke,
    .stop = stop,
    .memory = memory,
    .close = close_all,
};

const struct handler_kind handler_exec = {
    .name = "exec",
    .help = "FOLDER[:handler]: the program FOLDER/bootstrap, which asks the Runtime API",
    .open = open_exec,
    .start = start,
    .invoke = invoke,
    .stop = stop,
    .memory = memory,
    .close = close_all,
};
