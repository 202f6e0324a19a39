/* The emulator's requests per second: one thread keeps N connections busy with Invoke
 * calls of the native tokenizer, no calibration; and with a constant 20 ms. What counts
 * is the emulator's own processor time per request: its thread is all of the process but
 * this one. */
#include "bench/bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUNDS 5
#define SPAN_S 1.0
#define CONNECTIONS_MAX 1000
#define ANSWER_MAX 4096

static const char body[] = "{\"v\":1,\"batch\":7,\"op\":\"tokenize\",\"records\":[\"some text, "
                           "here\",\"and a few more words\"]}";

struct client {
    int fd[CONNECTIONS_MAX], used[CONNECTIONS_MAX];
    char answer[CONNECTIONS_MAX][ANSWER_MAX];
    char request[1000];
    int size, epoll_fd, port;
};

static void give_up(const char *why)
{
    fprintf(stderr, "bench: %s\n", why);
    exit(1);
}

static void ask(struct client *c, int i)
{
    if (send(c->fd[i], c->request, (size_t)c->size, MSG_NOSIGNAL) != c->size)
        give_up("the emulator took no request");
    c->used[i] = 0;
}

static void open_all(struct client *c, int connections)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)c->port),
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    c->size = snprintf(c->request, sizeof c->request,
                       "POST /2015-03-31/functions/tokenize/invocations HTTP/1.1\r\n"
                       "Host: 127.0.0.1\r\nContent-Length: %zu\r\n\r\n%s",
                       sizeof body - 1, body);
    c->epoll_fd = epoll_create1(0);
    for (int i = 0; i < connections; i++) {
        int on = 1;
        c->fd[i] = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(c->fd[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data = {.fd = i}};
        if (connect(c->fd[i], (struct sockaddr *)&to, sizeof to) != 0 ||
            epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->fd[i], &event) != 0)
            give_up("cannot connect");
    }
}

static void close_all(struct client *c, int connections)
{
    for (int i = 0; i < connections; i++)
        close(c->fd[i]);
    close(c->epoll_fd);
}

/* Reads what is there; true when an answer is whole. */
static bool read_answer(struct client *c, int i)
{
    char *answer = c->answer[i];
    ssize_t n =
        recv(c->fd[i], answer + c->used[i], (size_t)(ANSWER_MAX - 1 - c->used[i]), MSG_DONTWAIT);
    if (n <= 0)
        give_up("the emulator hung up");
    c->used[i] += (int)n;
    answer[c->used[i]] = '\0';
    const char *length = strstr(answer, "Content-Length: ");
    const char *end = strstr(answer, "\r\n\r\n");
    if (!length || !end || answer + c->used[i] < end + 4 + atoi(length + 16))
        return false;
    if (strncmp(answer, "HTTP/1.1 200", 12) != 0 || !strstr(end, "[[\"some\",\"text\",\"here\"]"))
        give_up("a wrong answer");
    return true;
}

static uint64_t drive(struct client *c, int connections, double span_s)
{
    struct epoll_event events[256];
    uint64_t answers = 0;
    int out = connections;
    double end = bench_wall_s() + span_s;
    for (int i = 0; i < connections; i++)
        ask(c, i);
    while (out > 0) {
        int n = epoll_wait(c->epoll_fd, events, 256, 10000);
        bool on = bench_wall_s() < end;
        if (n <= 0)
            give_up("no answer for ten seconds");
        for (int k = 0; k < n; k++) {
            int i = events[k].data.fd;
            if (!read_answer(c, i))
                continue;
            answers++;
            if (on)
                ask(c, i);
            else
                out--;
        }
    }
    return answers;
}

static double process_cpu_s(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static void measure(struct client *c, int connections, int64_t constant_ns)
{
    struct emulator_options o;
    struct err e = {0};
    emulator_options_init(&o);
    o.faas.calibration = CALIBRATION_NONE;
    o.faas.constant_ns = constant_ns;
    o.faas.rate_limit = FAAS_RATE_MAX;
    struct emulator *emulator = emulator_open(&o, &e);
    if (emulator == NULL)
        give_up(e.text);
    c->port = emulator_port(emulator);
    open_all(c, connections);
    double rate[ROUNDS], cpu_us[ROUNDS];
    drive(c, connections, 0.2); /* environments are warm, memory is there */
    for (int i = 0; i < ROUNDS; i++) {
        double begin = bench_wall_s(), mine = bench_cpu_s(), all = process_cpu_s();
        double answers = (double)drive(c, connections, SPAN_S);
        double cpu = process_cpu_s() - all - (bench_cpu_s() - mine);
        rate[i] = answers / (bench_wall_s() - begin);
        cpu_us[i] = cpu / answers * 1e6;
    }
    double us = bench_median(cpu_us, ROUNDS);
    printf("{\"bench\":\"emulator\",\"constant_ms\":%.0f,\"connections\":%d,"
           "\"requests_per_s\":%.0f,\"emulator_cpu_us_per_request\":%.1f,"
           "\"requests_per_cpu_s\":%.0f}\n",
           (double)constant_ns * 1e-6, connections, bench_median(rate, ROUNDS), us, 1e6 / us);
    fflush(stdout);
    close_all(c, connections);
    emulator_close(emulator);
}

int main(void)
{
    struct client *c = calloc(1, sizeof *c);
    if (c == NULL)
        return 1;
    measure(c, 1, 0);
    measure(c, 50, 0);
    measure(c, 500, 0);
    measure(c, 100, 20 * NS_PER_MS);
    measure(c, 900, 20 * NS_PER_MS);
    free(c);
    return 0;
}
