/* The emulator at a steady rate: memory and descriptors must stay as they were after the
 * first tenth. Calls take what the calibration of 2026 says, one in a thousand asks for
 * a log tail, one in a thousand is an Event, and every hundredth connection is made anew.
 *
 *     soak_emulator [SECONDS [CALLS_PER_S]] */
#include "cloud/emulator.h"

#include "tests/lib/raw_http.h"

#include <dirent.h>
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>

#define CONNECTIONS 400
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GROWTH_KB (1 << 20) /* a sanitizer keeps what was freed, and notes of its own */
#else
#define GROWTH_KB 4096
#endif

static const char body[] = "{\"v\":1,\"batch\":7,\"op\":\"tokenize\",\"records\":[\"some text, "
                           "here\",\"and a few more words\"]}";

struct soak {
    struct emulator *emulator;
    int epoll_fd;
    int fd[CONNECTIONS], used[CONNECTIONS];
    int idle[CONNECTIONS], idle_first, idle_count; /* a ring: the one that rested longest is next */
    char answer[CONNECTIONS][8192];
    uint64_t asked, answered, throttled;
};

static void fail(const char *what)
{
    fprintf(stderr, "soak_emulator: %s\n", what);
    abort();
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static long resident_kb(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%*d %ld", &pages) != 1)
        fail("no /proc/self/statm");
    fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

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

static void connect_one(struct soak *s, int i)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = i}};
    s->fd[i] = raw_connect(emulator_port(s->emulator));
    if (s->fd[i] < 0 || epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->fd[i], &event) != 0)
        fail("no connection");
}

static void ask(struct soak *s)
{
    char request[1000];
    uint64_t n = s->asked++;
    const char *header = n % 1000 == 1   ? "X-Amz-Log-Type: Tail\r\n"
                         : n % 1000 == 2 ? "X-Amz-Invocation-Type: Event\r\n"
                                         : "";
    int size = snprintf(request, sizeof request,
                        "POST /2015-03-31/functions/tokenize/invocations HTTP/1.1\r\nHost: x\r\n"
                        "%sContent-Length: %zu\r\n\r\n%s",
                        header, sizeof body - 1, body);
    int i = s->idle[s->idle_first];
    s->idle_first = (s->idle_first + 1) % CONNECTIONS;
    s->idle_count--;
    if (n % 100 == 0) {
        close(s->fd[i]);
        connect_one(s, i);
    }
    s->used[i] = 0;
    raw_send(s->fd[i], request, (size_t)size);
}

static void take(struct soak *s, int i)
{
    char *answer = s->answer[i];
    ssize_t n = recv(s->fd[i], answer + s->used[i], sizeof s->answer[i] - 1 - (size_t)s->used[i],
                     MSG_DONTWAIT);
    if (n <= 0)
        fail("a connection ended");
    s->used[i] += (int)n;
    answer[s->used[i]] = '\0';
    const char *length = strstr(answer, "Content-Length: ");
    const char *end = strstr(answer, "\r\n\r\n");
    if (!length || !end || answer + s->used[i] < end + 4 + atoi(length + 16))
        return;
    s->answered++;
    s->throttled += strncmp(answer, "HTTP/1.1 429", 12) == 0;
    s->idle[(s->idle_first + s->idle_count++) % CONNECTIONS] = i;
}

/* Calls at the rate until the time has come; one that finds no idle connection waits. */
static void drive(struct soak *s, double seconds, double rate)
{
    struct epoll_event events[64];
    double begin = now_s();
    uint64_t first = s->asked;
    for (double now = begin; now < begin + seconds; now = now_s()) {
        while (s->idle_count > 0 && (double)(s->asked - first) < (now - begin) * rate)
            ask(s);
        int n = epoll_wait(s->epoll_fd, events, 64, 1);
        for (int k = 0; k < n; k++)
            take(s, events[k].data.fd);
    }
    while (s->idle_count < CONNECTIONS) {
        int n = epoll_wait(s->epoll_fd, events, 64, 10000);
        if (n <= 0)
            fail("no answer for ten seconds");
        for (int k = 0; k < n; k++)
            take(s, events[k].data.fd);
    }
}

int main(int argc, char **argv)
{
    static struct soak s;
    double seconds = argc > 1 ? atof(argv[1]) : 5;
    double rate = argc > 2 ? atof(argv[2]) : 2000;
    struct emulator_options o;
    struct err e = {0};
    signal(SIGPIPE, SIG_IGN);
    emulator_options_init(&o);
    o.faas.concurrency_limit = 2000;
    s.emulator = emulator_open(&o, &e);
    if (s.emulator == NULL)
        fail(e.text);
    s.epoll_fd = epoll_create1(0);
    for (int i = 0; i < CONNECTIONS; i++) {
        connect_one(&s, i);
        s.idle[s.idle_count++] = i;
    }
    drive(&s, seconds / 10, rate);
    long memory_kb = resident_kb();
    int fds = descriptors();
    uint64_t before = s.answered;
    double begin = now_s();
    drive(&s, seconds * 9 / 10, rate);
    double took = now_s() - begin;
    long grown_kb = resident_kb() - memory_kb;
    int more = descriptors() - fds;
    printf("%.0f calls/s for %.0f s: %llu answers, %llu throttled; resident %ld kB -> %+ld kB, "
           "descriptors %d -> %+d\n",
           (double)(s.answered - before) / took, took, (unsigned long long)s.answered,
           (unsigned long long)s.throttled, memory_kb, grown_kb, fds, more);
    if (grown_kb > GROWTH_KB)
        fail("memory grows");
    if (more > 10)
        fail("descriptors leak");
    emulator_close(s.emulator);
    return 0;
}
