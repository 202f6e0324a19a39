/* The invoker against a server that does what it is told: every call comes out once,
 * with the answer or with the reason why there is none. */
#include "cloud/invoker.h"
#include "cloud/invoker_parts.h"

#include "base/units.h"
#include "tests/lib/raw_server.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <sys/eventfd.h>

#define MB (1 << 20)

static struct raw_server server;
static struct invoker *inv;
static int wake;
static struct invoker_options options = {
    .loopback = true, .calls_max = 256, .answer_max = 6 * MB, .connect_ns = 2 * NS_PER_S};
static char url[200];

static void start_at(const char *where)
{
    struct err e;
    wake = eventfd(0, EFD_NONBLOCK);
    options.url = where;
    options.wake_fd = wake;
    cr_assert_eq(invoker_open(&options, &inv, &e), 0);
}

static void start(raw_behave_fn *behave)
{
    cr_assert_eq(raw_open(&server, 0, behave, NULL), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/f?q=1", server.port);
    start_at(url);
}

static void stop(void)
{
    invoker_close(inv);
    if (server.port)
        raw_close(&server);
}

static struct invoker_call *send_body(const char *body, size_t size)
{
    struct invoker_call *c = invoker_take(inv);
    cr_assert(c != NULL);
    cr_assert(invoker_room(c, size));
    if (size)
        memcpy(c->body, body, size);
    c->body_size = size;
    c->timeout_ns = 10 * NS_PER_S;
    invoker_start(inv, c);
    return c;
}

/* Waits for the next call that is done, woken by the descriptor. */
static struct invoker_call *done(void)
{
    for (int i = 0; i < 200; i++) {
        struct invoker_call *c = invoker_poll(inv);
        if (c)
            return c;
        struct pollfd p = {.fd = wake, .events = POLLIN};
        if (poll(&p, 1, 100) > 0) {
            uint64_t n;
            cr_assert_eq(read(wake, &n, sizeof n), 8);
        }
    }
    cr_assert_fail("nothing came out for 20 s");
    return NULL;
}

static struct invoker_call *call(const char *body)
{
    struct invoker_call *c = send_body(body, strlen(body));
    cr_assert_eq(done(), c);
    cr_assert_eq(invoker_poll(inv), NULL);
    return c;
}

/* ---- answers --------------------------------------------------------------------------- */

static bool echo(void *context, struct raw_request *r)
{
    (void)context;
    raw_answer(r->fd, 200, "X-Spillway-Billed-Ms: 12\r\nx-amzn-ErrorType: a#B:c\r\n", r->body,
               r->size);
    return true;
}

Test(invoker, a_call_is_answered)
{
    start(echo);
    struct invoker_call *c = call("{\"a\":1}");
    cr_assert_eq(c->failure, INVOKER_ANSWERED, "%s", c->why);
    cr_assert_eq(c->said.status, 200);
    cr_assert_eq(c->said.billed_ms, 12);
    cr_assert_eq(c->said.init_ms, -1);
    cr_assert_str_eq(c->said.error_type, "B");
    cr_assert_eq(c->answer_size, 7u);
    cr_assert_eq(memcmp(c->answer, "{\"a\":1}", 7), 0);
    cr_assert(c->fresh);
    cr_assert(c->end_ns >= c->begin_ns && c->begin_ns > 0);
    invoker_give(inv, c);
    stop();
}

Test(invoker, a_connection_is_kept)
{
    start(echo);
    for (int i = 0; i < 5; i++) {
        struct invoker_call *c = call("x");
        cr_assert_eq(c->failure, INVOKER_ANSWERED);
        cr_assert_eq(c->fresh, i == 0);
        invoker_give(inv, c);
    }
    cr_assert_eq(raw_connections(&server), 1);
    stop();
}

Test(invoker, many_calls_each_come_out_once)
{
    start(echo);
    for (int round = 0; round < 5; round++) {
        for (uint32_t i = 0; i < 200; i++) {
            char body[20];
            snprintf(body, sizeof body, "%u", i);
            send_body(body, strlen(body))->ticket = i;
        }
        bool seen[200] = {false};
        for (int i = 0; i < 200; i++) {
            struct invoker_call *c = done();
            cr_assert_eq(c->failure, INVOKER_ANSWERED, "%s", c->why);
            cr_assert(!seen[c->ticket]);
            seen[c->ticket] = true;
            cr_assert_eq(strtoull(c->answer, NULL, 10), c->ticket);
            c->answer_size = 0;
            invoker_give(inv, c);
        }
    }
    cr_assert_eq(raw_requests(&server), 1000);
    cr_assert_eq(invoker_poll(inv), NULL);
    cr_assert_leq(raw_connections(&server), 200);
    stop();
}

/* More than any buffer on the way holds: edges that are missed would hang it. */
Test(invoker, large_bodies_go_both_ways)
{
    start(echo);
    size_t size = 5 * MB + 123;
    char *body = malloc(size);
    for (size_t i = 0; i < size; i++)
        body[i] = (char)('a' + i % 23);
    for (int i = 0; i < 3; i++) {
        send_body(body, size);
        struct invoker_call *c = done();
        cr_assert_eq(c->failure, INVOKER_ANSWERED, "%s", c->why);
        cr_assert_eq(c->answer_size, size);
        cr_assert_eq(memcmp(c->answer, body, size), 0);
        invoker_give(inv, c);
    }
    for (int i = 0; i < 8; i++)
        send_body(body, size);
    for (int i = 0; i < 8; i++) {
        struct invoker_call *c = done();
        cr_assert_eq(c->answer_size, size, "%s", c->why);
        invoker_give(inv, c);
    }
    free(body);
    stop();
}

static bool look_at_head(void *context, struct raw_request *r)
{
    (void)context;
    cr_assert_eq(strncmp(r->head, "POST /f?q=1 HTTP/1.1\r\n", 22), 0, "%s", r->head);
    raw_answer(r->fd, 200, "", r->head, strlen(r->head));
    return true;
}

static int add_headers(void *context, struct invoker_call *c, struct err *e)
{
    (void)context;
    (void)e;
    return invoker_header(c, "X-Test", "yes") ? 0 : ERR_BAD;
}

Test(invoker, a_request_has_the_headers_it_should_and_no_others)
{
    options.prepare = add_headers;
    start(look_at_head);
    struct invoker_call *c = call("body");
    char head[2000];
    snprintf(head, sizeof head, "%.*s", (int)c->answer_size, c->answer);
    cr_assert(strstr(head, "Content-Type: application/json\r\n"), "%s", head);
    cr_assert(strstr(head, "Content-Length: 4\r\n"), "%s", head);
    cr_assert(strstr(head, "X-Test: yes\r\n"), "%s", head);
    cr_assert(!strcasestr(head, "expect") && !strcasestr(head, "accept"), "%s", head);
    stop();
}

Test(invoker, a_header_line_cannot_be_smuggled_in)
{
    static struct flight f;
    cr_assert(!invoker_header(&f.call, "X-A", "b\r\nX-C: d"));
    cr_assert(invoker_header(&f.call, "X-A", "b"));
    cr_assert_eq(f.lines, 1);
    static char big[INVOKER_HEADER_BYTES + 1];
    memset(big, 'x', sizeof big - 1);
    cr_assert(!invoker_header(&f.call, "X-A", big));
}

static int no_keys(void *context, struct invoker_call *c, struct err *e)
{
    (void)context;
    (void)c;
    snprintf(e->text, sizeof e->text, "there are no credentials");
    return ERR_BAD;
}

Test(invoker, a_call_that_cannot_be_made_says_why)
{
    options.prepare = no_keys;
    start(echo);
    struct invoker_call *c = call("x");
    cr_assert_eq(c->failure, INVOKER_UNPREPARED);
    cr_assert_str_eq(c->why, "there are no credentials");
    cr_assert_eq(raw_requests(&server), 0);
    stop();
}

Test(invoker, a_proxy_is_not_asked_for_what_is_on_this_machine)
{
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("all_proxy", "http://127.0.0.1:1/", 1);
    start(echo);
    struct invoker_call *c = call("x");
    cr_assert_eq(c->failure, INVOKER_ANSWERED, "%s", c->why);
    stop();
}

/* ---- no answers -------------------------------------------------------------------------- */

static bool hang(void *context, struct raw_request *r)
{
    (void)context;
    raw_hang(r->fd, 20000);
    return false;
}

Test(invoker, a_server_that_hangs_is_left_in_time)
{
    start(hang);
    struct invoker_call *c = invoker_take(inv);
    c->timeout_ns = 150 * NS_PER_MS;
    invoker_start(inv, c);
    cr_assert_eq(done(), c);
    cr_assert_eq(c->failure, INVOKER_LATE, "%s", c->why);
    cr_assert(c->end_ns - c->begin_ns >= 140 * NS_PER_MS);
    cr_assert(c->end_ns - c->begin_ns < 5 * NS_PER_S);
    cr_assert(strstr(c->why, "did not answer in time"), "%s", c->why);
    stop();
}

static bool drip(void *context, struct raw_request *r)
{
    (void)context;
    raw_say(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    for (int i = 0; i < 200; i++) {
        if (send(r->fd, "x", 1, MSG_NOSIGNAL) < 1)
            return false;
        usleep(20000);
    }
    return false;
}

Test(invoker, a_server_that_drips_is_left_in_time)
{
    start(drip);
    struct invoker_call *c = invoker_take(inv);
    c->timeout_ns = 200 * NS_PER_MS;
    invoker_start(inv, c);
    cr_assert_eq(done(), c);
    cr_assert_eq(c->failure, INVOKER_LATE, "%s", c->why);
    stop();
}

Test(invoker, a_call_can_be_given_up)
{
    start(hang);
    struct invoker_call *a = send_body("a", 1), *b = send_body("b", 1);
    while (raw_requests(&server) < 2)
        usleep(1000);
    invoker_cancel(inv, a);
    cr_assert_eq(done(), a);
    cr_assert_eq(a->failure, INVOKER_CANCELLED);
    cr_assert_eq(invoker_poll(inv), NULL);
    invoker_cancel(inv, b);
    cr_assert_eq(done(), b);
    invoker_give(inv, a);
    invoker_give(inv, b);
    stop();
}

/* Giving up races with the answer: whoever is first, it comes out once, and what is
 * started in its place is not hit. */
Test(invoker, giving_up_hits_only_the_call_that_was_meant)
{
    start(echo);
    for (int i = 0; i < 300; i++) {
        struct invoker_call *a = send_body("a", 1);
        if (i % 3)
            usleep((unsigned)(i % 7) * 30);
        invoker_cancel(inv, a);
        cr_assert_eq(done(), a);
        cr_assert(a->failure == INVOKER_CANCELLED || a->failure == INVOKER_ANSWERED);
        invoker_give(inv, a);
        struct invoker_call *b = call("b");
        cr_assert_eq(b->failure, INVOKER_ANSWERED, "%s", b->why);
        invoker_give(inv, b);
    }
    stop();
}

Test(invoker, closing_gives_up_what_is_under_way)
{
    start(hang);
    for (int i = 0; i < 20; i++)
        send_body("x", 1);
    while (raw_requests(&server) < 20)
        usleep(1000);
    stop();
}

Test(invoker, a_closed_port_is_named)
{
    cr_assert_eq(raw_open(&server, 0, echo, NULL), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/secret-path", server.port);
    raw_close(&server);
    char peer[40];
    snprintf(peer, sizeof peer, "127.0.0.1:%d", server.port);
    server.port = 0;
    start_at(url);
    struct invoker_call *c = call("x");
    cr_assert_eq(c->failure, INVOKER_NO_PEER);
    cr_assert(strstr(c->why, "nobody listens at ") && strstr(c->why, peer), "%s", c->why);
    cr_assert(!strstr(c->why, "secret"), "%s", c->why);
    stop();
}

Test(invoker, an_unknown_name_is_named)
{
    options.loopback = false;
    start_at("http://no-such-host.invalid/");
    struct invoker_call *c = call("x");
    cr_assert(c->failure == INVOKER_NO_HOST || c->failure == INVOKER_LATE, "%s", c->why);
    cr_assert(strstr(c->why, "no-such-host.invalid"), "%s", c->why);
    stop();
}

static bool talk_smtp(void *context, struct raw_request *r)
{
    (void)context;
    raw_say(r->fd, "220 mail.example ESMTP ready\r\n");
    raw_hang(r->fd, 300);
    return false;
}

Test(invoker, what_speaks_something_else_is_named)
{
    start(talk_smtp);
    struct invoker_call *c = call("x");
    cr_assert_eq(c->failure, INVOKER_NO_HTTP, "%s", c->why);
    cr_assert(strstr(c->why, "not in HTTP"), "%s", c->why);
    stop();
}

Test(invoker, clear_text_is_no_tls)
{
    cr_assert_eq(raw_open(&server, 0, talk_smtp, NULL), 0);
    server.greets_nobody = true;
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", server.port);
    start_at(url);
    struct invoker_call *c = call("x");
    cr_assert_eq(c->failure, INVOKER_NO_HTTP, "%s", c->why);
    cr_assert(strstr(c->why, "TLS"), "%s", c->why);
    stop();
}

static bool cut(void *context, struct raw_request *r)
{
    (void)context;
    raw_say(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
    return false;
}

Test(invoker, a_cut_answer_is_none)
{
    start(cut);
    struct invoker_call *c = call("x");
    cr_assert_eq(c->failure, INVOKER_BROKEN, "%s", c->why);
    stop();
}

static bool endless(void *context, struct raw_request *r)
{
    (void)context;
    char much[4096] = {0};
    raw_say(r->fd, "HTTP/1.1 200 OK\r\n\r\n");
    for (int i = 0; i < 10000; i++)
        if (send(r->fd, much, sizeof much, MSG_NOSIGNAL) < 1)
            break;
    return false;
}

Test(invoker, an_endless_answer_is_broken_off)
{
    options.answer_max = MB;
    start(endless);
    struct invoker_call *c = call("x");
    cr_assert_eq(c->failure, INVOKER_TOO_LARGE, "%s", c->why);
    cr_assert_leq(c->answer_size, (size_t)MB);
    stop();
}

static bool announce_much(void *context, struct raw_request *r)
{
    (void)context;
    raw_say(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\nx");
    raw_hang(r->fd, 5000);
    return false;
}

Test(invoker, an_answer_announced_too_large_is_not_waited_for)
{
    start(announce_much);
    struct invoker_call *c = call("x");
    cr_assert_eq(c->failure, INVOKER_TOO_LARGE, "%s", c->why);
    cr_assert(c->end_ns - c->begin_ns < 3 * NS_PER_S);
    stop();
}

/* faas.md 0.10: the second request of a kept connection is executed, and then the
 * connection dies. libcurl sends it again by itself. */
static bool die_after_execute(void *context, struct raw_request *r)
{
    (void)context;
    if (r->connection == 1 && r->of_connection == 2)
        return false;
    return echo(NULL, r);
}

Test(invoker, libcurl_sends_again_by_itself)
{
    start(die_after_execute);
    invoker_give(inv, call("a"));
    struct invoker_call *c = call("b");
    cr_assert_eq(c->failure, INVOKER_ANSWERED, "%s", c->why);
    cr_assert_eq(raw_requests(&server), 3, "the server saw b twice");
    stop();
}

static bool close_at_once(void *context, struct raw_request *r)
{
    (void)context;
    (void)r;
    return false;
}

Test(invoker, a_connection_that_dies_at_once_is_an_end)
{
    start(close_at_once);
    struct invoker_call *c = call("b");
    cr_assert_eq(c->failure, INVOKER_BROKEN, "%s", c->why);
    stop();
}

/* ---- header lines ---------------------------------------------------------------------------- */

static struct invoker_said hear(const char *const *lines)
{
    struct invoker_said s;
    invoker_said_init(&s);
    for (; *lines; lines++)
        invoker_hear(&s, *lines, strlen(*lines));
    return s;
}

Test(invoker, headers_are_read_in_any_case)
{
    struct invoker_said s = hear((const char *const[]){
        "HTTP/1.1 429 Too Many\r\n", "RETRY-AFTER: 3\r\n", "X-Amz-Function-Error:Unhandled \r\n",
        "x-amzn-errortype: TooManyRequestsException:http://internal/\r\n",
        "x-spillway-init-ms: 80\r\n", "X-Spillway-Executions: 2\r\n", NULL});
    cr_assert_eq(s.status, 429);
    cr_assert_eq(s.retry_after_ns, 3 * NS_PER_S);
    cr_assert_str_eq(s.function_error, "Unhandled");
    cr_assert_str_eq(s.error_type, "TooManyRequestsException");
    cr_assert_eq(s.init_ms, 80);
    cr_assert_eq(s.executions, 2);
    cr_assert_eq(s.billed_ms, -1);
}

Test(invoker, a_second_answer_forgets_the_first)
{
    struct invoker_said s =
        hear((const char *const[]){"HTTP/1.1 100 Continue\r\n", "Retry-After: 9\r\n",
                                   "HTTP/1.1 200 OK\r\n", "x-amz-retry-after: 1500\r\n", NULL});
    cr_assert_eq(s.status, 200);
    cr_assert_eq(s.retry_after_ns, 1500 * NS_PER_MS);
}

Test(invoker, absurd_figures_are_as_good_as_none)
{
    struct invoker_said s = hear((const char *const[]){
        "HTTP/1.1 200 OK\r\n", "x-spillway-billed-ms: 90000000000000000\r\n",
        "x-spillway-init-ms: 99999999999\r\n", "x-spillway-executions: 1000000\r\n", NULL});
    cr_assert(s.billed_ms == -1 && s.init_ms == -1 && s.executions == -1);
}

Test(invoker, nonsense_in_headers_is_passed_over)
{
    struct invoker_said s = hear((const char *const[]){
        "HTTP/1.1 abc\r\n", "HTTP/", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n",
        "Retry-After", "x-spillway-billed-ms: -4\r\n", "x", "", "\r\n",
        "Retry-After: 99999999999999999999999\r\n", NULL});
    cr_assert_eq(s.status, 0);
    cr_assert_eq(s.billed_ms, -1);
    cr_assert(s.retry_after_ns == -1 || s.retry_after_ns == 3600 * NS_PER_S);
}
