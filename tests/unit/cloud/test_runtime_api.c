/* The Runtime API as a runtime sees it: over sockets. */
#include "cloud/runtime_api.h"

#include "base/units.h"
#include "tests/lib/raw_http.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <time.h>

#define NEXT "GET /2018-06-01/runtime/invocation/next"
#define POST "POST /2018-06-01/runtime/"
#define ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

/* An API in a reactor's thread; what it reports is a text, one word or line each. */
struct rig {
    struct reactor *reactor;
    struct runtime_api *api;
    pthread_t thread;
    pthread_mutex_t lock;
    char said[4096];
    struct handler_invocation next;
    bool invoke_at_once; /* a second invocation from within the first one's answer */
    int port;
};

static void say(struct rig *g, const char *what, const void *body, size_t size)
{
    pthread_mutex_lock(&g->lock);
    size_t n = strlen(g->said);
    snprintf(g->said + n, sizeof g->said - n, "%s%s%.*s;", what, size ? " " : "",
             (int)(size < 200 ? size : 200), (const char *)body);
    pthread_mutex_unlock(&g->lock);
}

static void on_ready(void *context) { say(context, "ready", "", 0); }

static void on_init_failed(void *context, const void *json, size_t size)
{
    say(context, "init_failed", json, size);
}

static void on_answer(void *context, const char *id, enum handler_outcome outcome, const void *body,
                      size_t size)
{
    struct rig *g = context;
    static const char *const names[] = {"ok", "error", "too large"};
    char what[100];
    snprintf(what, sizeof what, "%s %.4s", names[outcome], id);
    say(g, what, body, size);
    if (g->invoke_at_once) {
        g->invoke_at_once = false;
        cr_assert(runtime_api_invoke(g->api, &g->next));
    }
}

static void *run_it(void *context)
{
    struct rig *g = context;
    reactor_run(g->reactor);
    runtime_api_close(g->api);
    return NULL;
}

static void begin(struct rig *g)
{
    static const struct runtime_api_events events = {on_ready, on_init_failed, on_answer};
    struct err e = {0};
    *g = (struct rig){.lock = PTHREAD_MUTEX_INITIALIZER};
    g->next = (struct handler_invocation){.request_id = ID,
                                          .arn = "arn:aws:lambda:x:1:function:f:prod",
                                          .trace_id = "Root=1-2-3",
                                          .client_context = "eyJhIjoiYiJ9",
                                          .deadline_ms = 1700000000123,
                                          .payload = "[\"a\"]",
                                          .size = 5};
    g->reactor = reactor_open(&e);
    g->api = runtime_api_open(g->reactor, &events, g, &e);
    cr_assert(g->api, "%s", e.text);
    g->port = runtime_api_port(g->api);
    pthread_create(&g->thread, NULL, run_it, g);
}

static void finish(struct rig *g)
{
    reactor_stop(g->reactor);
    pthread_join(g->thread, NULL);
    reactor_close(g->reactor);
}

/* Waits until exactly this has been reported. */
static void wait_for(struct rig *g, const char *said)
{
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(&g->lock);
        bool there = strcmp(g->said, said) == 0;
        pthread_mutex_unlock(&g->lock);
        if (there)
            return;
        nanosleep(&(struct timespec){.tv_nsec = 5 * NS_PER_MS}, NULL);
    }
    cr_assert_str_eq(g->said, said);
}

static void do_invoke(void *context)
{
    struct rig *g = context;
    cr_assert(runtime_api_invoke(g->api, &g->next));
}

static void invoke(struct rig *g) { cr_assert(reactor_post(g->reactor, do_invoke, g)); }

static void ask_next(int fd)
{
    static const char text[] = NEXT " HTTP/1.1\r\nHost: x\r\n\r\n";
    raw_send(fd, text, sizeof text - 1);
}

/* A runtime that was given an invocation. */
static int running(struct rig *g)
{
    begin(g);
    int fd = raw_connect(g->port);
    ask_next(fd);
    wait_for(g, "ready;");
    invoke(g);
    struct raw_answer a = raw_read(fd);
    cr_assert_eq(a.status, 200);
    raw_free(&a);
    return fd;
}

static void expect(int fd, const char *line, const char *body, int status, const char *words)
{
    struct raw_answer a = raw_ask(fd, line, "", body, strlen(body));
    cr_assert_eq(a.status, status, "%s: %d", line, a.status);
    cr_assert(strstr(a.body, words), "%s: %s", line, a.body);
    cr_assert_str_eq(raw_header(&a, "Content-Type"), "application/json");
    raw_free(&a);
}

Test(runtime_api, next_waits_and_then_carries_everything_a_client_needs)
{
    struct rig g;
    begin(&g);
    int fd = raw_connect(g.port);
    ask_next(fd);
    wait_for(&g, "ready;");
    invoke(&g);
    struct raw_answer a = raw_read(fd);
    cr_assert_eq(a.status, 200);
    cr_assert(a.size == 5 && memcmp(a.body, "[\"a\"]", 5) == 0);
    cr_assert_str_eq(raw_header(&a, "Content-Type"), "application/json");
    cr_assert_str_eq(raw_header(&a, "Lambda-Runtime-Aws-Request-Id"), ID);
    cr_assert_str_eq(raw_header(&a, "Lambda-Runtime-Deadline-Ms"), "1700000000123");
    cr_assert_str_eq(raw_header(&a, "Lambda-Runtime-Invoked-Function-Arn"), g.next.arn);
    cr_assert_str_eq(raw_header(&a, "Lambda-Runtime-Trace-Id"), "Root=1-2-3");
    cr_assert_str_eq(raw_header(&a, "Lambda-Runtime-Client-Context"), "{\"a\":\"b\"}");
    raw_free(&a);
    expect(fd, POST "invocation/" ID "/response", "[1]", 202, "OK");
    wait_for(&g, "ready;ok 8476 [1];");
    close(fd);
    finish(&g);
}

Test(runtime_api, an_empty_event_and_odd_client_contexts_pass)
{
    static const char *const odd[] = {"", "not base64", "AAAA", "Cgo="}; /* NULs; line ends */
    for (size_t i = 0; i < 4; i++) {
        struct rig g;
        begin(&g);
        g.next.client_context = odd[i];
        g.next.size = 0;
        int fd = raw_connect(g.port);
        ask_next(fd);
        wait_for(&g, "ready;");
        invoke(&g);
        struct raw_answer a = raw_read(fd);
        cr_assert(a.status == 200 && a.size == 0);
        cr_assert_null(raw_header(&a, "Lambda-Runtime-Client-Context"));
        cr_assert(raw_header(&a, "Content-Type"));
        raw_free(&a);
        close(fd);
        finish(&g);
    }
}

Test(runtime_api, answers_and_questions_may_come_on_different_connections)
{
    struct rig g;
    int fd = running(&g);
    int other = raw_connect(g.port);
    expect(other, POST "invocation/" ID "/response", "{}", 202, "OK");
    ask_next(other);
    invoke(&g);
    struct raw_answer a = raw_read(other);
    cr_assert_eq(a.status, 200);
    raw_free(&a);
    close(fd);
    close(other);
    finish(&g);
}

Test(runtime_api, an_invocation_that_comes_early_waits_for_the_question)
{
    struct rig g;
    begin(&g);
    g.invoke_at_once = true;
    int fd = raw_connect(g.port);
    ask_next(fd);
    wait_for(&g, "ready;");
    invoke(&g);
    struct raw_answer a = raw_read(fd);
    raw_free(&a);
    expect(fd, POST "invocation/" ID "/response", "1", 202, "OK");
    expect(fd, NEXT, "", 200, "[\"a\"]");
    close(fd);
    finish(&g);
}

Test(runtime_api, errors_are_passed_on_as_they_came)
{
    struct rig g;
    int fd = running(&g);
    expect(fd, POST "invocation/" ID "/error", "{\"errorType\":\"E\"}", 202, "OK");
    wait_for(&g, "ready;error 8476 {\"errorType\":\"E\"};");
    close(fd);
    finish(&g);
}

Test(runtime_api, an_error_without_a_body_has_the_type_of_its_header)
{
    struct rig g;
    int fd = running(&g);
    struct raw_answer a = raw_ask(fd, POST "invocation/" ID "/error",
                                  "Lambda-Runtime-Function-Error-Type: My\"Error\\\r\n", "", 0);
    cr_assert_eq(a.status, 202);
    raw_free(&a);
    wait_for(&g, "ready;error 8476 {\"errorType\":\"MyError\"};");
    close(fd);
    finish(&g);
}

Test(runtime_api, refuses_what_is_not_its_turn)
{
    struct rig g;
    int fd = running(&g);
    expect(fd, NEXT, "", 403, "InvalidStateTransition");
    expect(fd, POST "init/error", "{}", 403, "InvalidStateTransition");
    expect(fd, POST "invocation/8476a536/response", "1", 400, "InvalidRequestID");
    expect(fd, POST "invocation/" ID "0/response", "1", 400, "InvalidRequestID");
    expect(fd, POST "invocation/" ID "/response", "1", 202, "OK");
    expect(fd, POST "invocation/" ID "/response", "2", 403, "InvalidStateTransition");
    expect(fd, POST "invocation/" ID "/error", "2", 403, "InvalidStateTransition");
    wait_for(&g, "ready;ok 8476 1;");
    close(fd);
    finish(&g);
}

Test(runtime_api, refuses_an_answer_before_there_was_any_invocation)
{
    struct rig g;
    begin(&g);
    int fd = raw_connect(g.port);
    expect(fd, POST "invocation/" ID "/response", "1", 400, "InvalidRequestID");
    expect(fd, POST "invocation//response", "1", 404, "NotFound");
    expect(fd, POST "invocation/" ID "/reply", "1", 404, "NotFound");
    expect(fd, POST "invocation/next", "1", 405, "MethodNotAllowed");
    expect(fd, "GET /2018-06-01/runtime/invocation/" ID "/response", "", 405, "MethodNotAllowed");
    expect(fd, "GET /", "", 404, "NotFound");
    wait_for(&g, "");
    close(fd);
    finish(&g);
}

Test(runtime_api, a_failed_init_is_told_once)
{
    struct rig g;
    begin(&g);
    int fd = raw_connect(g.port);
    expect(fd, POST "init/error", "{\"errorType\":\"I\"}", 202, "OK");
    expect(fd, POST "init/error", "{\"errorType\":\"I\"}", 403, "InvalidStateTransition");
    expect(fd, NEXT, "", 403, "InvalidStateTransition");
    wait_for(&g, "init_failed {\"errorType\":\"I\"};");
    close(fd);
    finish(&g);
}

Test(runtime_api, results_up_to_the_limit_pass_and_one_byte_more_does_not)
{
    struct rig g;
    int fd = running(&g);
    char *body = malloc(HANDLER_PAYLOAD_MAX + 1);
    memset(body, '7', HANDLER_PAYLOAD_MAX + 1);
    g.invoke_at_once = true;
    struct raw_answer a =
        raw_ask(fd, POST "invocation/" ID "/response", "", body, HANDLER_PAYLOAD_MAX);
    cr_assert_eq(a.status, 202);
    raw_free(&a);
    expect(fd, NEXT, "", 200, "a");
    a = raw_ask(fd, POST "invocation/" ID "/response", "", body, HANDLER_PAYLOAD_MAX + 1);
    cr_assert_eq(a.status, 413);
    cr_assert(strstr(a.body, "(6291556 bytes)"), "%s", a.body);
    raw_free(&a);
    cr_assert(strstr(g.said, ";too large 8476;"), "%s", g.said);
    free(body);
    close(fd);
    finish(&g);
}

Test(runtime_api, chunks_and_trailers_of_a_streamed_response)
{
    static const char good[] =
        POST "invocation/" ID "/response HTTP/1.1\r\nHost: x\r\n"
             "lambda-runtime-function-response-mode: streaming\r\n"
             "Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n3\r\n,2]\r\n0\r\n\r\n";
    static const char broken[] =
        POST "invocation/" ID "/response HTTP/1.1\r\nHost: x\r\n"
             "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
             "Transfer-Encoding: chunked\r\n"
             "Trailer: Lambda-Runtime-Function-Error-Type\r\n\r\n2\r\n[1\r\n0\r\n"
             "Lambda-Runtime-Function-Error-Type: E\r\n"
             "Lambda-Runtime-Function-Error-Body: eyJlIjoxfQ==\r\n\r\n";
    struct rig g;
    int fd = running(&g);
    g.invoke_at_once = true;
    raw_send(fd, good, sizeof good - 1);
    struct raw_answer a = raw_read(fd);
    cr_assert_eq(a.status, 202);
    raw_free(&a);
    expect(fd, NEXT, "", 200, "a");
    raw_send(fd, broken, sizeof broken - 1);
    a = raw_read(fd);
    cr_assert_eq(a.status, 202);
    raw_free(&a);
    wait_for(&g, "ready;ok 8476 [1,2];error 8476 {\"e\":1};");
    close(fd);
    finish(&g);
}

Test(runtime_api, a_header_of_150_kib_is_no_reason_to_refuse)
{
    struct rig g;
    int fd = running(&g);
    char *headers = malloc(200000);
    int n = sprintf(headers, "Lambda-Runtime-Function-XRay-Error-Cause: ");
    memset(headers + n, 'x', 150000);
    memcpy(headers + n + 150000, "\r\n", 3);
    struct raw_answer a = raw_ask(fd, POST "invocation/" ID "/error", headers, "{}", 2);
    cr_assert_eq(a.status, 202);
    raw_free(&a);
    free(headers);
    close(fd);
    finish(&g);
}

Test(runtime_api, who_asks_twice_gives_up_the_first_question)
{
    struct rig g;
    begin(&g);
    int first = raw_connect(g.port), second = raw_connect(g.port);
    ask_next(first);
    wait_for(&g, "ready;");
    ask_next(second);
    struct raw_answer a = raw_read(first);
    cr_assert_eq(a.status, 403);
    raw_free(&a);
    invoke(&g);
    a = raw_read(second);
    cr_assert_eq(a.status, 200);
    raw_free(&a);
    close(first);
    close(second);
    finish(&g);
}

static void silence(void *context)
{
    struct rig *g = context;
    runtime_api_silence(g->api);
}

Test(runtime_api, silent_it_reports_nothing_and_lets_the_runtime_wait)
{
    struct rig g;
    int fd = running(&g);
    cr_assert(reactor_post(g.reactor, silence, &g));
    expect(fd, POST "invocation/" ID "/response", "1", 403, "InvalidStateTransition");
    ask_next(fd);
    nanosleep(&(struct timespec){.tv_nsec = 30 * NS_PER_MS}, NULL);
    finish(&g);
    struct raw_answer a = raw_read(fd);
    cr_assert_leq(a.status, 0, "the question ends with the API");
    cr_assert_str_eq(g.said, "ready;");
    raw_free(&a);
    close(fd);
}
