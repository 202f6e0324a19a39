/* A function in C for tests: what `exec:` starts. It asks the Runtime API as AWS's clients
 * do, over plain sockets, and does what its handler's name says; see table `handlers`. */
#include "record/payload.h"
#include "record/tokenize.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM (8u * 1024 * 1024)

struct call {
    char id[64];
    char *body; /* the event; NUL behind it */
    size_t size;
};

static int line = -1; /* the connection */

static _Noreturn void give_up(const char *why)
{
    fprintf(stderr, "bootstrap: %s\n", why);
    exit(1);
}

static void dial(void)
{
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    const char *port = api ? strrchr(api, ':') : NULL;
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
                             .sin_port = htons((uint16_t)(port ? atoi(port + 1) : 0))};
    line = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1; /* else the body of an answer waits 40 ms for an acknowledgement of its head */
    setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(line, (struct sockaddr *)&to, sizeof to) != 0)
        give_up("no Runtime API");
}

static void send_all(const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = send(line, bytes, size, MSG_NOSIGNAL);
        if (n <= 0)
            give_up("the Runtime API has gone");
        bytes += n;
        size -= (size_t)n;
    }
}

/* Reads one answer; head and body into room. Returns the status. */
static int receive(char *room, char **body, size_t *size)
{
    size_t got = 0;
    char *end = NULL;
    *size = 0;
    while (end == NULL || got < (size_t)(end + 4 - room) + *size) {
        ssize_t n = got < ROOM ? recv(line, room + got, ROOM - got, 0) : 0;
        if (n <= 0)
            give_up("the Runtime API has gone");
        got += (size_t)n;
        room[got] = '\0';
        if (end == NULL && (end = strstr(room, "\r\n\r\n")) != NULL) {
            const char *length = strcasestr(room, "\r\ncontent-length:");
            *size = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
        }
    }
    *body = end + 4;
    return atoi(room + strlen("HTTP/1.1 "));
}

static int post(const char *path, const char *body, size_t size)
{
    static char room[ROOM + 1];
    char head[300];
    char *answer;
    size_t ignored;
    int n =
        snprintf(head, sizeof head,
                 "POST /2018-06-01/runtime/%s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n",
                 path, size);
    send_all(head, (size_t)n);
    send_all(body, size);
    return receive(room, &answer, &ignored);
}

static void next(struct call *c)
{
    static char room[ROOM + 1];
    static const char ask[] = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n";
    send_all(ask, sizeof ask - 1);
    if (receive(room, &c->body, &c->size) != 200)
        give_up("no invocation");
    const char *id = strcasestr(room, "\r\nlambda-runtime-aws-request-id:");
    if (id == NULL || sscanf(strchr(id, ':') + 1, "%63s", c->id) != 1)
        give_up("an invocation without an id");
}

static void answer(const struct call *c, const char *how, const char *body, size_t size)
{
    char path[100];
    snprintf(path, sizeof path, "invocation/%s/%s", c->id, how);
    post(path, body, size);
}

/* ---- handlers ------------------------------------------------------------------------ */

static void tokenize(const struct call *c)
{
    static unsigned char text[ROOM + 64];
    static struct span record[ROOM / 3], token[ROOM / 2];
    static uint32_t token_end[ROOM / 3];
    static char out[2 * ROOM];
    struct payload_request q;
    struct payload_fault fault;
    enum payload_error bad = payload_read_request(c->body, c->size, text, record,
                                                  payload_records_max(c->size), &q, &fault);
    if (bad != PAYLOAD_OK) {
        int n = snprintf(out, sizeof out, "{\"errorType\":\"BadPayload\",\"errorMessage\":\"%s\"}",
                         payload_error_text[bad]);
        answer(c, "error", out, (size_t)n);
        return;
    }
    tokenize_fn *split = tokenize_select(NULL);
    uint32_t count = 0;
    for (uint32_t i = 0; i < q.records; i++) {
        count += split(text, record[i].begin, record[i].end, token + count);
        token_end[i] = count;
    }
    answer(c, "response", out, payload_write_response(out, sizeof out, &q, text, token, token_end));
}

static void echo(const struct call *c) { answer(c, "response", c->body, c->size); }

static void fail(const struct call *c)
{
    static const char error[] = "{\"errorType\":\"Oops\",\"errorMessage\":\"as asked\"}";
    answer(c, "error", error, sizeof error - 1);
}

static void leave(const struct call *c)
{
    (void)c;
    exit(7);
}

static void die(const struct call *c)
{
    (void)c;
    raise(SIGKILL);
}

static void hang(const struct call *c)
{
    (void)c;
    for (;;)
        pause();
}

static void big(const struct call *c)
{
    static char body[7 * 1024 * 1024];
    memset(body, ' ', sizeof body);
    answer(c, "response", body, sizeof body);
}

static void noisy(const struct call *c)
{
    fprintf(stderr, "to standard error\n");
    printf("to standard output\nwithout an end");
    fflush(stdout);
    echo(c);
}

static void twice(const struct call *c)
{
    echo(c);
    echo(c);
}

/* What the process got: the body is a shell command; its output is the answer. */
static void shell(const struct call *c)
{
    static char out[65536];
    FILE *f = popen(c->body, "r"); /* NOLINT: a test's own commands */
    size_t n = f ? fread(out, 1, sizeof out, f) : 0;
    if (f)
        pclose(f);
    answer(c, "response", out, n);
}

/* How many descriptors are open. */
static void descriptors(const struct call *c)
{
    char out[20];
    int count = 0;
    for (int fd = 0; fd < 4096; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    answer(c, "response", out, (size_t)snprintf(out, sizeof out, "%d", count));
}

static void refuse_to_start(void)
{
    static const char error[] = "{\"errorType\":\"Runtime.Oops\",\"errorMessage\":\"at init\"}";
    post("init/error", error, sizeof error - 1);
    exit(1);
}

static void exit_at_start(void) { exit(3); }

static void ignore_polite_words(void) { signal(SIGTERM, SIG_IGN); }

struct handler {
    const char *name;
    void (*begin)(void); /* may be NULL */
    void (*serve)(const struct call *c);
};
static const struct handler handlers[] = {
    {"handler", NULL, tokenize}, /* the usual name */
    {"echo", NULL, echo},
    {"fail", NULL, fail},
    {"leave", NULL, leave},
    {"die", NULL, die},
    {"hang", NULL, hang},
    {"big", NULL, big},
    {"noisy", NULL, noisy},
    {"twice", NULL, twice},
    {"shell", NULL, shell},
    {"descriptors", NULL, descriptors},
    {"stubborn", ignore_polite_words, hang},
    {"init-error", refuse_to_start, echo},
    {"init-exit", exit_at_start, echo},
};

int main(void)
{
    const char *name = getenv("_HANDLER");
    const struct handler *h = NULL;
    for (size_t i = 0; name && i < sizeof handlers / sizeof handlers[0]; i++)
        if (strcmp(name, handlers[i].name) == 0)
            h = &handlers[i];
    if (h == NULL)
        give_up("no such handler");
    dial();
    if (h->begin)
        h->begin();
    for (;;) {
        struct call c = {0};
        next(&c);
        h->serve(&c);
    }
}
