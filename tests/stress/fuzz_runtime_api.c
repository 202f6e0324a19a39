/* fuzz_runtime_api [REQUESTS [SEED]]: damaged requests for the Runtime API, well-formed ones
 * between them. It must answer or close, report each invocation's end at most once and
 * nothing that was not asked for, and go on working. Server and client share a thread. */
#include "base/prng.h"
#include "base/units.h"
#include "cloud/runtime_api.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM 70000
#define LIFE 300 /* requests to one API */
#define ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

static struct prng rnd;
static struct reactor *reactor;
static struct runtime_api *api;
static bool was_ready, has_failed, is_running, is_free, is_silent;
static uint64_t answers, replies;

static uint64_t below(uint64_t n) { return prng_below(&rnd, n); }

static void check(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_runtime_api: %s\n", what);
    abort();
}

static void on_ready(void *context)
{
    (void)context;
    check(!is_silent && !was_ready, "ready twice");
    was_ready = is_free = true;
}

static void on_init_failed(void *context, const void *json, size_t size)
{
    (void)context;
    check(!is_silent && !was_ready && !has_failed && json && size > 0, "a strange init error");
    has_failed = true;
}

static void on_answer(void *context, const char *id, enum handler_outcome outcome, const void *body,
                      size_t size)
{
    (void)context;
    check(!is_silent && is_running && strcmp(id, ID) == 0, "an answer that nobody waits for");
    check(size == 0 || body != NULL, "a body that is not there");
    check(outcome != HANDLER_OK || size <= HANDLER_PAYLOAD_MAX, "a body that is too large");
    is_running = false;
    is_free = true;
    answers++;
}

static const struct runtime_api_events events = {on_ready, on_init_failed, on_answer};

static void reopen(void)
{
    struct err e = {0};
    api = runtime_api_open(reactor, &events, NULL, &e);
    check(api != NULL, e.text);
    was_ready = has_failed = is_running = is_free = is_silent = false;
}

/* ---- requests ---------------------------------------------------------------------- */

static const char *const words[] = {
    "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n",
    "POST /2018-06-01/runtime/invocation/" ID "/response HTTP/1.1\r\n",
    "POST /2018-06-01/runtime/invocation/" ID "/error HTTP/1.1\r\n",
    "POST /2018-06-01/runtime/init/error HTTP/1.1\r\n",
    "POST /2018-06-01/runtime/invocation/next/response HTTP/1.1\r\n",
    "PUT /%2e%2e/2018-06-01/?a=b#c HTTP/1.0\r\n",
    "Host: x\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 99999999999999999999\r\n",
    "Content-Length: -1\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Expect: 100-continue\r\n",
    "Connection: close\r\n",
    "Lambda-Runtime-Function-Response-Mode: streaming\r\n",
    "Lambda-Runtime-Function-Error-Type: E\r\n",
    "Lambda-Runtime-Function-Error-Body: eyJhIjoxfQ==\r\n",
    "Trailer: Lambda-Runtime-Function-Error-Type\r\n",
    "\r\n",
    "\r\n",
    "5\r\n[1,2]\r\n",
    "ffffffffffffffff\r\n",
    "0\r\n\r\n",
    "[1,2]",
    "{\"errorType\":\"E\"}",
    " ",
    ":",
};
#define WORDS (sizeof words / sizeof words[0])

static size_t add(char *out, size_t n, const char *text)
{
    size_t size = strlen(text);
    if (n + size > ROOM)
        return n;
    memcpy(out + n, text, size);
    return n + size;
}

/* A request as a runtime sends it. */
static size_t good(char *out)
{
    size_t n = add(out, 0, words[below(4)]);
    n = add(out, n, "Host: x\r\n");
    if (out[0] == 'G')
        return add(out, n, "\r\n");
    if (below(2))
        return add(out, n, "Transfer-Encoding: chunked\r\n\r\n5\r\n[1,2]\r\n0\r\n\r\n");
    return add(out, n, "Content-Length: 5\r\n\r\n[1,2]");
}

static size_t from_words(char *out)
{
    size_t n = 0;
    for (uint64_t i = 1 + below(12); i > 0; i--)
        n = add(out, n, words[below(WORDS)]);
    return n;
}

/* Some bytes changed, a piece cut out or doubled. */
static size_t damage(char *out, size_t n)
{
    for (uint64_t i = below(6); i > 0 && n > 0; i--)
        out[below(n)] = (char)below(256);
    size_t from = below(n + 1), size = below(n - from + 1);
    switch (below(4)) {
    case 0:
        memmove(out + from, out + from + size, n - from - size);
        return n - size;
    case 1:
        if (n + size <= ROOM) {
            memmove(out + from + size, out + from, n - from);
            return n + size;
        }
        return n;
    case 2:
        return from;
    case 3:
    default:
        return n;
    }
}

/* *whole: as a runtime would send it. */
static size_t make(char *out, bool *whole)
{
    uint64_t kind = below(10);
    *whole = kind < 3;
    size_t n = kind < 3 ? good(out) : kind < 6 ? from_words(out) : damage(out, good(out));
    if (kind == 9) {
        n = ROOM - below(ROOM / 2);
        memset(out, 'a' + (int)below(26), n);
        add(out, 0, words[below(WORDS)]);
    }
    return n;
}

/* ---- talking -------------------------------------------------------------------------- */

static int dial(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(runtime_api_port(api)),
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0, "cannot connect");
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

/* Reads what there is. False: the connection has ended. */
static bool listen_to(int fd)
{
    static char room[65536];
    ssize_t n = recv(fd, room, sizeof room - 1, 0);
    if (n > 0) {
        replies++;
        room[n] = '\0';
        check(strncmp(room, "HTTP/1.", 7) == 0, "an answer that is no HTTP");
        return true;
    }
    return n < 0 && errno == EAGAIN;
}

static void tell(int fd, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t piece = below(4) ? size - at : 1 + below(size - at);
        ssize_t n = send(fd, bytes + at, piece, MSG_NOSIGNAL);
        reactor_step(reactor, 0);
        if (n <= 0)
            return; /* closed, or full because nobody reads: both are fine */
        at += (size_t)n;
    }
}

static void maybe_invoke(void)
{
    struct handler_invocation i = {.request_id = ID,
                                   .arn = "arn",
                                   .trace_id = "",
                                   .client_context = below(2) ? "e30=" : "?",
                                   .deadline_ms = 1,
                                   .payload = "[]",
                                   .size = below(3)};
    if (!is_free || is_silent || below(2))
        return;
    is_free = false;
    is_running = true;
    check(runtime_api_invoke(api, &i), "out of memory");
}

/* One request. Returns the connection, or -1 where it has ended. */
static int one(int fd)
{
    static char bytes[ROOM];
    bool whole;
    if (fd < 0)
        fd = dial();
    tell(fd, bytes, make(bytes, &whole));
    if (below(8) == 0)
        shutdown(fd, SHUT_WR);
    maybe_invoke();
    bool open = true;
    for (int i = 0; i < 4 && open; i++) {
        reactor_step(reactor, 0);
        open = listen_to(fd);
    }
    if (open && (whole || below(3) == 0))
        return fd;
    close(fd);
    return -1;
}

/* Requests to one API, over up to four connections. */
static void one_life(uint64_t requests)
{
    int fd[4] = {-1, -1, -1, -1};
    reopen();
    for (uint64_t i = 0; i < requests; i++) {
        int *f = &fd[below(4)];
        *f = one(*f);
        if (i == LIFE - 50 && below(2)) {
            is_silent = true;
            runtime_api_silence(api);
        }
    }
    for (int k = 0; k < 4; k++)
        if (fd[k] >= 0)
            close(fd[k]);
    runtime_api_close(api);
    api = NULL;
}

int main(int argc, char **argv)
{
    uint64_t requests = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct err e = {0};
    rnd = prng_split(seed, 1);
    reactor = reactor_open(&e);
    check(reactor != NULL, e.text);
    for (uint64_t i = 0; i < requests; i += LIFE)
        one_life(requests - i < LIFE ? requests - i : LIFE);
    reactor_close(reactor);
    printf("ok    fuzz_runtime_api: %llu requests, %llu replies, %llu answers, seed %llu\n",
           (unsigned long long)requests, (unsigned long long)replies, (unsigned long long)answers,
           (unsigned long long)seed);
    return replies > 0 && (answers > 0 || requests < 1000) ? 0 : 1;
}
