#include "cloud/http.h"

#include "base/units.h"
#include "tests/lib/raw_http.h"

#include <criterion/criterion.h>
#include <pthread.h>

/* A server in a thread of its own; what it does with a request depends on the path. */
struct rig {
    struct reactor *reactor;
    struct http_server *server;
    pthread_t thread;
    struct http_request *kept;
    struct reactor_timer timer;
    int served, port, pending_at_end;
};

static void echo(struct http_request *r, enum http_damage damage)
{
    char length[32];
    snprintf(length, sizeof length, "%llu", (unsigned long long)r->length);
    const struct http_field fields[] = {{"X-Target", r->target}, {"X-Sent", length}};
    const struct http_answer a = {.status = 200,
                                  .fields = fields,
                                  .field_count = 2,
                                  .body = r->body,
                                  .size = r->size,
                                  .damage = damage,
                                  .drip_ns = 100 * NS_PER_MS};
    http_answer(r, &a);
}

static void echo_kept(void *context)
{
    struct rig *g = context;
    echo(g->kept, HTTP_WHOLE);
}

static void serve(void *context, struct http_request *r)
{
    struct rig *g = context;
    g->served++;
    if (strstr(r->target, "/reset"))
        http_reset(r);
    else if (strstr(r->target, "/lose"))
        http_ignore(r, 50 * NS_PER_MS);
    else if (strstr(r->target, "/cut"))
        echo(r, HTTP_CUT);
    else if (strstr(r->target, "/drip"))
        echo(r, HTTP_DRIP);
    else if (strstr(r->target, "/hold"))
        g->kept = r;
    else if (strstr(r->target, "/later")) {
        g->kept = r;
        g->timer = (struct reactor_timer){.due = echo_kept, .context = g};
        reactor_timer_set(g->reactor, &g->timer, reactor_now_ns(g->reactor) + 20 * NS_PER_MS);
    } else
        echo(r, HTTP_WHOLE);
}

static void *run_it(void *context)
{
    struct rig *g = context;
    reactor_run(g->reactor);
    g->pending_at_end = http_pending(g->server);
    http_close(g->server);
    return NULL;
}

static void begin(struct rig *g, int port)
{
    struct err e = {0};
    memset(g, 0, sizeof *g);
    g->reactor = reactor_open(&e);
    struct http_options o = {.port = port,
                             .connections_max = 100,
                             .body_max = 100000,
                             .bodies_max = 300000,
                             .idle_ns = 10 * NS_PER_S,
                             .serve = serve,
                             .context = g};
    g->server = http_open(g->reactor, &o, &e);
    cr_assert(g->server, "%s", e.text);
    g->port = http_port(g->server);
    pthread_create(&g->thread, NULL, run_it, g);
}

static void finish(struct rig *g)
{
    reactor_stop(g->reactor);
    pthread_join(g->thread, NULL);
    reactor_close(g->reactor);
}

static struct raw_answer ask(int fd, const char *path, const char *body)
{
    char line[200];
    snprintf(line, sizeof line, "POST %s", path);
    return raw_ask(fd, line, "", body, strlen(body));
}

Test(http, answers_at_once_and_later_on_one_connection)
{
    struct rig g;
    begin(&g, 0);
    int fd = raw_connect(g.port);
    const char *paths[] = {"/now?a=%20b&c", "/later", "/n%3Aow/%2e", "/later"};
    for (int i = 0; i < 4; i++) {
        struct raw_answer a = ask(fd, paths[i], "hello");
        cr_assert_eq(a.status, 200);
        cr_assert(a.whole && a.size == 5 && memcmp(a.body, "hello", 5) == 0);
        cr_assert_str_eq(raw_header(&a, "x-target"), paths[i], "as sent");
        cr_assert_str_eq(raw_header(&a, "connection"), "Keep-Alive");
        cr_assert(raw_header(&a, "date"));
        raw_free(&a);
    }
    close(fd);
    finish(&g);
    cr_assert_eq(g.served, 4);
    cr_assert_eq(g.pending_at_end, 0);
}

Test(http, a_long_body_is_counted_and_dropped_beyond_its_limit)
{
    struct rig g;
    begin(&g, 0);
    int fd = raw_connect(g.port);
    char *body = calloc(1, 1000000);
    struct raw_answer a = raw_ask(fd, "POST /", "", body, 1000000);
    cr_assert_eq(a.status, 200);
    cr_assert_eq(a.size, 100000);
    cr_assert_str_eq(raw_header(&a, "x-sent"), "1000000");
    raw_free(&a);
    a = raw_ask(fd, "POST /", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n", 13);
    cr_assert_eq(a.status, 200, "both length and chunks: the chunks count, and no smuggling");
    raw_free(&a);
    free(body);
    close(fd);
    finish(&g);
}

Test(http, damage_is_what_it_says)
{
    struct rig g;
    begin(&g, 0);
    int fd = raw_connect(g.port);
    struct raw_answer a = ask(fd, "/reset", "x");
    cr_assert_eq(a.status, -1, "reset, and not just closed");
    raw_free(&a);
    close(fd);
    fd = raw_connect(g.port);
    a = ask(fd, "/cut", "0123456789");
    cr_assert(a.status == 200 && !a.whole && a.size == 5);
    raw_free(&a);
    close(fd);
    fd = raw_connect(g.port);
    a = ask(fd, "/drip", "The body comes in pieces, but all of it comes.");
    cr_assert(a.status == 200 && a.whole);
    cr_assert_eq(memcmp(a.body, "The body comes in pieces", 24), 0);
    raw_free(&a);
    a = ask(fd, "/lose", "x");
    cr_assert(a.status <= 0, "no answer, only an end");
    raw_free(&a);
    close(fd);
    finish(&g);
}

Test(http, the_one_that_is_ignored_is_let_go_when_the_client_goes)
{
    struct rig g;
    begin(&g, 0);
    for (int i = 0; i < 300; i++) { /* more than the connections it may have */
        int fd = raw_connect(g.port);
        cr_assert_geq(fd, 0);
        const char *request = "POST /lose HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
        raw_send(fd, request, strlen(request));
        close(fd);
    }
    int fd = raw_connect(g.port);
    struct raw_answer a = ask(fd, "/", "still there");
    cr_assert_eq(a.status, 200);
    raw_free(&a);
    close(fd);
    finish(&g);
}

Test(http, closing_ends_what_waits)
{
    struct rig g;
    begin(&g, 0);
    int fd = raw_connect(g.port);
    const char *request = "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n";
    raw_send(fd, request, strlen(request));
    int other = raw_connect(g.port);
    struct raw_answer a = ask(other, "/", "x"); /* so the first has arrived too */
    raw_free(&a);
    finish(&g);
    cr_assert_eq(g.pending_at_end, 1);
    a = raw_read(fd);
    cr_assert(a.status <= 0);
    raw_free(&a);
    close(fd);
    close(other);
}

Test(http, a_port_in_use_is_told_and_can_be_taken_again_afterwards)
{
    struct rig g;
    struct err e = {0};
    begin(&g, 0);
    struct http_options o = {.port = g.port, .connections_max = 1, .idle_ns = NS_PER_S};
    cr_assert_null(http_open(g.reactor, &o, &e));
    cr_assert(strstr(e.text, "is in use"), "%s", e.text);
    int fd = raw_connect(g.port);
    struct raw_answer a = ask(fd, "/", "x");
    raw_free(&a);
    int port = g.port;
    finish(&g); /* the server closes first: its port is in TIME_WAIT */
    close(fd);
    begin(&g, port);
    finish(&g);
}

/* Once this freed connections under the feet of the library. */
static void count_and_echo(void *context, struct http_request *r)
{
    struct rig *g = context;
    char text[16];
    int n = snprintf(text, sizeof text, "%d", http_connections(g->server));
    const struct http_answer a = {.status = 200, .body = text, .size = (size_t)n};
    http_answer(r, &a);
}

Test(http, counts_its_connections_from_within_a_request_while_others_end)
{
    struct rig g = {0};
    struct err e = {0};
    g.reactor = reactor_open(&e);
    struct http_options o = {.connections_max = 100,
                             .body_max = 100,
                             .bodies_max = 1000,
                             .idle_ns = 10 * NS_PER_S,
                             .serve = count_and_echo,
                             .context = &g};
    g.server = http_open(g.reactor, &o, &e);
    pthread_create(&g.thread, NULL, run_it, &g);
    for (int i = 0; i < 200; i++) {
        int other = raw_connect(http_port(g.server)), fd = raw_connect(http_port(g.server));
        raw_send(other, "no request\r\n\r\n", strlen("no request\r\n\r\n"));
        struct raw_answer a = ask(fd, "/", "");
        cr_assert_eq(a.status, 200);
        cr_assert(atoi(a.body) >= 1 && atoi(a.body) <= 4, "%s", a.body);
        raw_free(&a);
        close(other);
        close(fd);
    }
    finish(&g);
}
