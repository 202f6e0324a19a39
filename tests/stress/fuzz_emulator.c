/* Requests that nobody should send, to the emulator's front: good ones with bytes changed,
 * cut off, doubled, in a row, in drops, with lying lengths, and plain noise; connections
 * that end at any moment; faults and functions that come and go meanwhile. Every thousand
 * requests it must answer within ten seconds, and hold no more descriptors than there
 * are connections. At the end all of it must be given back.
 *
 *     fuzz_emulator [REQUESTS [SEED]] */
#include "cloud/emulator.h"

#include "base/prng.h"
#include "tests/lib/raw_http.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#define TEXT_MAX 70000
#define SLOW 40
#define EVERY 1000

static struct prng prng;
static struct emulator *emulator;
static char text[TEXT_MAX];
static size_t size;
static long sent, answered, ended;

struct slow {
    int fd;
    size_t at, size;
    char *text;
};
static struct slow slow[SLOW];

static uint32_t below(uint32_t n) { return (uint32_t)prng_below(&prng, n); }

static void fail(const char *what)
{
    fprintf(stderr, "fuzz_emulator: %s (after %ld requests)\n", what, sent);
    abort();
}

/* ---- requests ------------------------------------------------------------------------- */

static const char *const lines[] = {
    "POST /2015-03-31/functions/tokenize/invocations",
    "POST /2015-03-31/functions/tokenize/invocations",
    "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Atokenize"
    "/invocations?Qualifier=%24LATEST",
    "POST /2015-03-31/functions/nobody:prod/invocations",
    "POST /url/tokenize/a/b?x=1&y=%20&x=2",
    "GET /url/tokenize",
    "GET /2015-03-31/functions",
    "POST /2015-03-31/functions",
    "GET /2015-03-31/functions/tokenize",
    "DELETE /2015-03-31/functions/made",
    "GET /2015-03-31/functions/tokenize/configuration",
    "PUT /2017-10-31/functions/tokenize/concurrency",
    "DELETE /2017-10-31/functions/tokenize/concurrency",
    "GET /2019-09-30/functions/tokenize/concurrency",
    "GET /2016-08-19/account-settings",
    "GET /2021-10-31/functions/tokenize/url",
    "GET /metrics",
    "GET /_spillway/state",
    "POST /_spillway/fault",
    "OPTIONS *",
    "HEAD /",
};

static const char *const headers[] = {
    "X-Amz-Invocation-Type: Event\r\n",
    "X-Amz-Invocation-Type: DryRun\r\n",
    "X-Amz-Log-Type: Tail\r\n",
    "X-Amz-Client-Context: e30=\r\n",
    "Content-Type: application/json\r\n",
    "Content-Type: application/octet-stream\r\n",
    "Expect: 100-continue\r\n",
    "Connection: close\r\n",
    "Cookie: a=b; c=\"d\"; ;;\r\n",
    "Host: x.lambda-url.us-east-1.on.aws\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: -1\r\n",
    "Content-Length: 99999999999999999999\r\n",
    "Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/lambda/aws4_request, "
    "SignedHeaders=host, Signature=00\r\n",
    "X: \xff\xfe\x01\r\n",
    ": nothing\r\n",
    " folded\r\n",
};

static const char *const bodies[] = {
    "[\"a b\",\"c\"]",
    "{\"v\":1,\"batch\":7,\"op\":\"tokenize\",\"records\":[\"a\\u00ffb\",\"\"]}",
    "{\"FunctionName\":\"made\",\"MemorySize\":128}",
    "{\"ReservedConcurrentExecutions\":3}",
    "error 20% 10ms",
    "lose 30% 10ms",
    "drip 30% 10ms",
    "cut 30% 10ms",
    "die-after-execute 30% 10ms",
    "garbage 50% 10ms",
    "throttle 1ms",
    "late 10% 5ms",
    "off",
    "{\"version\":\"2.0\",\"body\":\"[]\",\"isBase64Encoded\":true}",
    "{\"version\":\"2.0\",\"body\":\"WyJhIl0=\",\"isBase64Encoded\":true}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "5\r\n[\"a\"]\r\n0\r\n\r\n",
    "ffffffffff\r\n",
    "",
};

#define PICK(list) list[below(sizeof list / sizeof *list)]

static void add(const void *bytes, size_t n)
{
    if (size + n > TEXT_MAX)
        n = TEXT_MAX - size;
    memcpy(text + size, bytes, n);
    size += n;
}

static void add_text(const char *s) { add(s, strlen(s)); }

static void add_request(void)
{
    char number[64];
    bool good = below(2); /* likely to reach the function */
    const char *body = good ? bodies[below(2)] : PICK(bodies);
    add_text(good ? lines[0] : PICK(lines));
    add_text(below(20) ? " HTTP/1.1\r\n" : below(2) ? " HTTP/1.0\r\n" : " HTTP/9\r\n");
    if (below(30))
        add_text("Host: 127.0.0.1\r\n");
    for (uint32_t i = good ? below(2) : below(4); i > 0; i--)
        add_text(PICK(headers));
    size_t length = strlen(body);
    if (below(12) == 0)
        length = below(40);
    snprintf(number, sizeof number, "Content-Length: %zu\r\n", length);
    if (below(10))
        add_text(number);
    if (below(200) == 0) {
        static char long_one[66000];
        memset(long_one, 'x', sizeof long_one);
        memcpy(long_one, "X-Long: ", 8);
        add(long_one, below(sizeof long_one));
    }
    add_text("\r\n");
    add_text(body);
}

static void mutate(void)
{
    for (uint32_t i = below(6); i > 0 && size > 1; i--) {
        uint32_t at = below((uint32_t)size);
        switch (below(5)) {
        case 0:
            text[at] = (char)below(256);
            break;
        case 1:
            text[at] ^= (char)(1 << below(8));
            break;
        case 2: { /* a piece goes */
            size_t n = below(8);
            n = at + n > size ? size - at : n;
            memmove(text + at, text + at + n, size - at - n);
            size -= n;
            break;
        }
        case 3: { /* a piece comes twice */
            size_t n = below(40);
            n = at + n > size ? size - at : n;
            if (size + n <= TEXT_MAX) {
                memmove(text + at + n, text + at, size - at);
                size += n;
            }
            break;
        }
        case 4:
            size = at; /* cut */
            break;
        }
    }
}

static void make_text(void)
{
    size = 0;
    if (below(20) == 0) { /* noise */
        for (uint32_t i = below(300); i > 0; i--) {
            char c = (char)below(256);
            add(&c, 1);
        }
        sent++;
        return;
    }
    for (uint32_t i = below(5) ? 1 : below(6); i > 0; i--) {
        add_request();
        sent++;
    }
    if (below(3) == 0)
        mutate();
}

/* ---- sending -------------------------------------------------------------------------- */

/* Reads what comes within `ms`; true if there was something. */
static bool drain(int fd, int ms)
{
    static char in[65536];
    struct pollfd p = {.fd = fd, .events = POLLIN};
    if (poll(&p, 1, ms) <= 0)
        return false;
    ssize_t n = recv(fd, in, sizeof in, MSG_DONTWAIT);
    answered += n > 0;
    ended += n <= 0;
    return n > 0;
}

static void send_some(int fd)
{
    ssize_t n = send(fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)n; /* it may have hung up already */
}

static void go_slow(struct slow *s)
{
    if (s->fd < 0) {
        make_text();
        s->fd = raw_connect(emulator_port(emulator));
        s->text = malloc(size + 1);
        if (s->fd < 0 || s->text == NULL)
            fail("no connection");
        memcpy(s->text, text, size);
        s->size = size;
        s->at = 0;
    }
    size_t n = 1 + below(20);
    n = s->at + n > s->size ? s->size - s->at : n;
    ssize_t put = send(s->fd, s->text + s->at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    s->at += n;
    if (put < 0 || s->at >= s->size || below(60) == 0) {
        drain(s->fd, 0);
        close(s->fd);
        free(s->text);
        s->fd = -1;
    }
}

/* One connection, some requests, some end. */
static void go_once(void)
{
    int fd = raw_connect(emulator_port(emulator));
    if (fd < 0)
        fail("no connection");
    for (uint32_t i = 1 + below(12); i > 0; i--) {
        make_text();
        send_some(fd);
        if (below(4) && !drain(fd, 3))
            break; /* it has hung up, or waits for more */
    }
    if (below(3) == 0)
        shutdown(fd, SHUT_WR);
    if (below(4) == 0)
        drain(fd, 2);
    if (below(4) == 0) { /* ends with a reset */
        struct linger now = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    close(fd);
}

/* ---- is it well? ------------------------------------------------------------------------- */

static int descriptors(void)
{
    int n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

static void check(void)
{
    int fd = raw_connect(emulator_port(emulator));
    struct raw_answer a = raw_ask(fd, "GET /_spillway/health", "", "", 0);
    if (a.status != 200)
        fail("it does not answer any more");
    raw_free(&a);
    close(fd);
}

/* All connections but ours are gone, nothing is under way. */
static void check_quiet(int before)
{
    emulator_faults_off(emulator);
    for (int i = 0; i < 2000; i++) {
        int fd = raw_connect(emulator_port(emulator));
        struct raw_answer a = raw_ask(fd, "GET /_spillway/state", "", "", 0);
        bool quiet = strstr(a.body, "\"connections\":1,") && strstr(a.body, "\"pending\":1,") &&
                     strstr(a.body, "\"busy\":0,") && strstr(a.body, "\"events_waiting\":0,");
        raw_free(&a);
        close(fd);
        if (quiet && descriptors() <= before + 3)
            return;
        usleep(10000);
    }
    fail("connections, calls or descriptors are left");
}

int main(int argc, char **argv)
{
    long requests = argc > 1 ? atol(argv[1]) : 30000;
    prng = prng_split(argc > 2 ? strtoull(argv[2], NULL, 10) : 1, 0);
    struct emulator_options o;
    struct err e = {0};
    signal(SIGPIPE, SIG_IGN);
    emulator_options_init(&o);
    o.faas.calibration = CALIBRATION_NONE;
    o.faas.constant_ns = NS_PER_MS / 10;
    o.faas.timeout_ns = 200 * NS_PER_MS;
    o.faas.late_factor = 3;
    o.event_retry_ns = NS_PER_MS;
    o.connection_idle_ns = NS_PER_S; /* half-closed ones end by time only */
    emulator = emulator_open(&o, &e);
    if (emulator == NULL)
        fail(e.text);
    for (int i = 0; i < SLOW; i++)
        slow[i].fd = -1;
    check();
    int before = descriptors();
    for (long next = EVERY; sent < requests;) {
        if (below(4))
            go_slow(&slow[below(SLOW)]);
        else
            go_once();
        if (sent < next)
            continue;
        next = sent + EVERY;
        check();
    }
    for (int i = 0; i < SLOW; i++)
        if (slow[i].fd >= 0) {
            close(slow[i].fd);
            free(slow[i].text);
        }
    check_quiet(before);
    struct account_seen seen;
    emulator_seen_all(emulator, &seen);
    printf("%ld requests sent, %llu of them whole, %llu calls, %ld answers, %ld ends\n", sent,
           (unsigned long long)seen.requests, (unsigned long long)seen.faas.calls, answered, ended);
    emulator_close(emulator);
    return 0;
}
