/* The invoker against a bare libcurl multi loop that uses the same technique (each
 * descriptor registered once, edge-triggered, REMOVE ignored, closed through
 * CLOSESOCKETFUNCTION): the same prepared bodies of 50 Nexmark records to the same server,
 * in turns, requests per CPU-second of the thread that sends. Then what a call adds to the
 * latency of a record, and how soon the first call goes out after a spike. */
#include "cloud/invoker.h"
#include "bench/bench.h"
#include "record/payload.h"
#include "tests/lib/raw_function.h"
#include "workload/nexmark.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define RECORDS 50
#define BODIES 16
#define CONNECTIONS 64
#define REQUESTS 20000
#define ROUNDS 5
#define REPLY_BODY 4096

static char *body[BODIES];
static size_t body_size[BODIES];

static void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static void make_bodies(void)
{
    struct block_pool pool;
    struct nexmark g = {.profile = NEXMARK_MIX, .group = 1};
    struct payload_head head = {.op = "tokenize", .attempt = 1};
    block_pool_init(&pool, calloc(1, block_pool_bytes(1, 1 << 18)), 1, 1 << 18);
    for (uint64_t k = 0; k < BODIES; k++) {
        struct block *b = block_pool_take(&pool);
        for (uint64_t i = 0; i < RECORDS; i++) {
            struct nexmark_event e;
            nexmark_numbers(&g, nexmark_event_id(&g, k * RECORDS + i), 0, 100, &e);
            b->offset[i] = b->slab_used;
            b->length[i] = nexmark_text(&g, &e, b->slab + b->slab_used);
            b->slab_used += b->length[i];
            b->count++;
        }
        head.batch = k;
        body_size[k] = payload_request_size(PAYLOAD_V1, &head, b);
        body[k] = malloc(body_size[k]);
        payload_write_request(body[k], body_size[k], PAYLOAD_V1, &head, b);
        block_pool_give(&pool, b);
    }
    free(pool.memory);
}

/* ---- a server that only counts ------------------------------------------------------------ */

struct peer {
    size_t have, need; /* bytes of the request that came, and that it has; need 0: not known */
    char head[1024];
};

static struct peer peers[4096];
static int server_fd, server_port;
static char reply[REPLY_BODY + 256];
static size_t reply_size;

/* Takes what is there; answers each whole request. false: the peer has gone. */
static bool serve_peer(int fd)
{
    static char buffer[1 << 16];
    struct peer *p = &peers[fd];
    for (;;) {
        ssize_t n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (n < 0)
            return errno == EAGAIN;
        if (n == 0)
            return false;
        if (p->need == 0) { /* the head comes in one piece: the client writes it so */
            buffer[n < (ssize_t)sizeof buffer ? n : n - 1] = 0;
            char *end = strstr(buffer, "\r\n\r\n"), *length = strstr(buffer, "Content-Length: ");
            if (!end || !length)
                die("a request without a length");
            p->need = (size_t)(end + 4 - buffer) + strtoul(length + 16, NULL, 10);
            p->have = 0;
        }
        p->have += (size_t)n;
        if (p->have >= p->need) {
            p->need = 0;
            if (send(fd, reply, reply_size, MSG_NOSIGNAL) != (ssize_t)reply_size)
                return false;
        }
    }
}

static void *serve(void *unused)
{
    struct epoll_event event[64];
    int ep = epoll_create1(0);
    struct epoll_event x = {.events = EPOLLIN, .data.fd = server_fd};
    epoll_ctl(ep, EPOLL_CTL_ADD, server_fd, &x);
    (void)unused;
    for (;;) {
        int n = epoll_wait(ep, event, 64, -1);
        for (int i = 0; i < n; i++) {
            int fd = event[i].data.fd;
            if (fd != server_fd) {
                if (!serve_peer(fd))
                    close(fd);
                continue;
            }
            fd = accept(server_fd, NULL, NULL);
            if (fd < 0 || fd >= 4096)
                continue;
            int on = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            memset(&peers[fd], 0, sizeof peers[fd]);
            x = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(ep, EPOLL_CTL_ADD, fd, &x);
        }
    }
    return NULL;
}

static void start_server(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    pthread_t t;
    reply_size = (size_t)snprintf(reply, sizeof reply,
                                  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                  "Content-Length: %d\r\n\r\n%*s",
                                  REPLY_BODY, REPLY_BODY, "");
    server_fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server_fd, (struct sockaddr *)&a, n) || listen(server_fd, 1024) ||
        getsockname(server_fd, (struct sockaddr *)&a, &n) || pthread_create(&t, NULL, serve, NULL))
        die("no server");
    server_port = ntohs(a.sin_port);
}

/* ---- the bare loop --------------------------------------------------------------------------- */

struct bare {
    CURLM *multi;
    int ep;
    double timer_s;                  /* wall; 0: libcurl wants no call */
    uint8_t armed[4096], want[4096]; /* want: CURL_POLL_* */
};

static int bare_socket(CURL *h, curl_socket_t fd, int what, void *context, void *unused)
{
    struct bare *b = context;
    (void)h;
    (void)unused;
    b->want[fd] = what == CURL_POLL_REMOVE ? 0 : (uint8_t)what;
    if (what == CURL_POLL_REMOVE)
        return 0;
    struct epoll_event x = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = fd};
    if (!b->armed[fd] || what != CURL_POLL_IN)
        epoll_ctl(b->ep, b->armed[fd] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &x);
    b->armed[fd] = 1;
    return 0;
}

static int bare_close(void *context, curl_socket_t fd)
{
    ((struct bare *)context)->armed[fd] = 0;
    return close(fd);
}

static int bare_timer(CURLM *m, long ms, void *context)
{
    (void)m;
    ((struct bare *)context)->timer_s = ms < 0 ? 0 : bench_wall_s() + (double)ms * 1e-3;
    return 0;
}

static size_t swallow(char *bytes, size_t one, size_t size, void *context)
{
    (void)bytes;
    (void)context;
    return one * size;
}

static CURL *bare_handle(struct bare *b, const char *url, const struct curl_slist *headers)
{
    CURL *h = curl_easy_init();
    curl_easy_setopt(h, CURLOPT_URL, url);
    curl_easy_setopt(h, CURLOPT_POST, 1L);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, swallow);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(h, CURLOPT_PROXY, "");
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, bare_close);
    curl_easy_setopt(h, CURLOPT_CLOSESOCKETDATA, b);
    return h;
}

static void bare_send(struct bare *b, CURL *h, int k)
{
    curl_easy_setopt(h, CURLOPT_POSTFIELDS, body[k % BODIES]);
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body_size[k % BODIES]);
    curl_multi_add_handle(b->multi, h);
}

/* Takes what is done, sends the next in its place; returns how many were done. */
static int bare_reap(struct bare *b, int *sent)
{
    CURLMsg *m;
    int left, done = 0;
    while ((m = curl_multi_info_read(b->multi, &left)) != NULL) {
        CURL *h = m->easy_handle;
        if (m->data.result != CURLE_OK)
            die(curl_easy_strerror(m->data.result));
        curl_multi_remove_handle(b->multi, h);
        done++;
        if (*sent < REQUESTS)
            bare_send(b, h, (*sent)++);
    }
    return done;
}

/* An edge comes once: what still wants to go on is armed again. */
static void bare_event(struct bare *b, const struct epoll_event *e)
{
    int running, fd = e->data.fd;
    int mask = (e->events & EPOLLIN ? CURL_CSELECT_IN : 0) |
               (e->events & EPOLLOUT && b->want[fd] & CURL_POLL_OUT ? CURL_CSELECT_OUT : 0);
    if (b->want[fd] == 0 || mask == 0)
        return;
    curl_multi_socket_action(b->multi, fd, mask, &running);
    struct epoll_event x = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = fd};
    if (b->want[fd] & CURL_POLL_OUT || (mask & CURL_CSELECT_IN && b->want[fd]))
        epoll_ctl(b->ep, EPOLL_CTL_MOD, fd, &x);
}

/* Milliseconds until the timer; calls libcurl if its time has come. */
static int bare_time(struct bare *b)
{
    int running;
    if (b->timer_s == 0)
        return -1;
    double left = b->timer_s - bench_wall_s();
    if (left > 0)
        return (int)(left * 1e3) + 1;
    b->timer_s = 0;
    curl_multi_socket_action(b->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    return 0;
}

static double bare_round(const char *url)
{
    static struct bare b;
    struct epoll_event event[128];
    CURL *handle[CONNECTIONS];
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(curl_slist_append(headers, "Accept:"), "Expect:");
    memset(&b, 0, sizeof b);
    b.multi = curl_multi_init();
    b.ep = epoll_create1(0);
    curl_multi_setopt(b.multi, CURLMOPT_SOCKETFUNCTION, bare_socket);
    curl_multi_setopt(b.multi, CURLMOPT_SOCKETDATA, &b);
    curl_multi_setopt(b.multi, CURLMOPT_TIMERFUNCTION, bare_timer);
    curl_multi_setopt(b.multi, CURLMOPT_TIMERDATA, &b);
    curl_multi_setopt(b.multi, CURLMOPT_MAXCONNECTS, 2L * CONNECTIONS);
    double begin = bench_cpu_s();
    int sent = 0, done = 0;
    for (; sent < CONNECTIONS; sent++)
        bare_send(&b, handle[sent] = bare_handle(&b, url, headers), sent);
    while (done < REQUESTS) {
        done += bare_reap(&b, &sent);
        int n = done < REQUESTS ? epoll_wait(b.ep, event, 128, bare_time(&b)) : 0;
        for (int i = 0; i < n; i++)
            bare_event(&b, &event[i]);
    }
    double spent = bench_cpu_s() - begin;
    for (int i = 0; i < CONNECTIONS; i++)
        curl_easy_cleanup(handle[i]);
    curl_multi_cleanup(b.multi);
    curl_slist_free_all(headers);
    close(b.ep);
    return REQUESTS / spent;
}

/* ---- the invoker --------------------------------------------------------------------------------- */

static void invoker_send(struct invoker *v, int k)
{
    struct invoker_call *c = invoker_take(v);
    if (c == NULL || !invoker_room(c, body_size[k % BODIES]))
        die("no call is free");
    memcpy(c->body, body[k % BODIES], body_size[k % BODIES]);
    c->body_size = body_size[k % BODIES];
    c->timeout_ns = 30 * NS_PER_S;
    invoker_start(v, c);
}

static double invoker_round(const char *url)
{
    struct invoker *v;
    struct err e;
    int wake_fd = eventfd(0, 0), sent = 0;
    struct invoker_options o = {.url = url,
                                .loopback = true,
                                .calls_max = CONNECTIONS,
                                .answer_max = PAYLOAD_RESPONSE_MAX,
                                .connect_ns = NS_PER_S,
                                .wake_fd = wake_fd};
    if (invoker_open(&o, &v, &e))
        die(e.text);
    while (sent < CONNECTIONS)
        invoker_send(v, sent++);
    for (int done = 0; done < REQUESTS;) {
        struct invoker_call *c = invoker_poll(v);
        uint64_t n;
        if (c == NULL) {
            if (read(wake_fd, &n, sizeof n) < 0)
                die("the descriptor cannot be read");
            continue;
        }
        if (c->failure != INVOKER_ANSWERED || c->answer_size != REPLY_BODY)
            die(c->why);
        invoker_give(v, c);
        done++;
        if (sent < REQUESTS)
            invoker_send(v, sent++);
    }
    double spent = (double)invoker_cpu_ns(v) * 1e-9;
    invoker_close(v);
    close(wake_fd);
    return REQUESTS / spent;
}

static void compare(void)
{
    char url[64];
    double bare[ROUNDS], ours[ROUNDS], ratio[ROUNDS];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", server_port);
    (void)bare_round(url);
    (void)invoker_round(url);
    for (int i = 0; i < ROUNDS; i++) {
        bare[i] = bare_round(url);
        ours[i] = invoker_round(url);
        ratio[i] = ours[i] / bare[i];
    }
    printf("{\"bench\":\"invoker\",\"body_bytes\":%zu,\"bare_per_cpu_s\":%.0f,"
           "\"invoker_per_cpu_s\":%.0f,\"ratio\":%.3f}\n",
           body_size[0], bench_median(bare, ROUNDS), bench_median(ours, ROUNDS),
           bench_median(ratio, ROUNDS));
}

/* ---- what a call adds ------------------------------------------------------------------------------- */

#define GRAPH                                                                                      \
    "\"graph\":[{\"name\":\"source\",\"op\":\"source\"},"                                          \
    "{\"name\":\"tokenizer\",\"op\":\"tokenize\",\"slots\":4,\"cost\":\"4ms\",\"burst\":true,"     \
    "\"from\":[\"source\"]},{\"name\":\"sink\",\"op\":\"sink\",\"from\":[\"tokenizer\"]}]"

static void added_latency(void)
{
    static const char preset[] =
        "{\"spillway\":1,\"name\":\"added\",\"why\":\"bench\","
        "\"schedule\":[{\"at\":\"0s\",\"rate\":1000}]," GRAPH ",\"policy\":\"always\",\"knobs\":"
        "{\"linger\":\"4ms\",\"batch\":50,\"order\":\"none\",\"interval\":\"10ms\"},"
        "\"functions\":{\"calibration\":\"none\",\"constant\":\"40ms\"}}";
    struct sp_summary *s = calloc(1, sizeof *s);
    double spent = bench_run(preset, false, 0, 10 * NS_PER_S, s);
    const struct sp_latency *l = &s->last.latency_run;
    printf("{\"bench\":\"added_latency\",\"provider\":\"%s\",\"records\":%llu,\"calls\":%llu,"
           "\"mean_ms\":%.2f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"engine_cpu_us_per_record\":%.1f}\n",
           s->last.provider, (unsigned long long)l->count, (unsigned long long)s->last.calls,
           (double)l->mean / 1e6 - 40, (double)l->p50 / 1e6 - 40, (double)l->p99 / 1e6 - 40,
           spent * 1e6 / (double)l->count);
    free(s);
}

/* ---- the first call after a spike ------------------------------------------------------------------ */

static double first_call_s;

static bool note_first(void *context, struct raw_request *r)
{
    (void)context;
    pthread_mutex_lock(&r->server->lock);
    if (first_call_s == 0)
        first_call_s = bench_wall_s();
    pthread_mutex_unlock(&r->server->lock);
    usleep(40000);
    raw_serve_tokens(r, "");
    return true;
}

static double origin_s;

static bool note_origin(void *context, const struct sp_reading *r)
{
    (void)context;
    origin_s = (double)(r->wall_ns - r->now_ns) * 1e-9;
    return true;
}

static double first_call_ms(struct raw_server *server)
{
    static const char text[] =
        "{\"spillway\":1,\"name\":\"spike\",\"why\":\"bench\","
        "\"schedule\":[{\"at\":\"0s\",\"rate\":500}]," GRAPH ",\"policy\":\"threshold\",\"knobs\":"
        "{\"linger\":\"20ms\",\"batch\":50,\"interval\":\"100ms\",\"input_threshold\":800,"
        "\"busy_threshold\":\"100%\"}}";
    static const char *const commands[] = {"at 1500ms spike x4 1s", NULL};
    struct preset *preset = calloc(1, sizeof *preset);
    struct sp_engine *g;
    struct err e;
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", server->port);
    if (preset_parse(text, strlen(text), "bench", preset, &e))
        die(e.text);
    preset->provider = PROVIDER_URL;
    struct sp_options o = {.preset = preset,
                           .seed = 1,
                           .duration_ns = 2500 * NS_PER_MS,
                           .commands = commands,
                           .endpoint = url};
    first_call_s = 0;
    if (sp_open(&o, &g, &e) || sp_run(g, note_origin, NULL, &e))
        die(e.text);
    sp_close(g);
    free(preset);
    return first_call_s > 0 ? (first_call_s - origin_s - 1.5) * 1e3 : 1e9;
}

static void first_calls(void)
{
    static struct raw_server server;
    double ms[7];
    if (raw_open(&server, 0, note_first, NULL))
        die("no server");
    for (int i = 0; i < 7; i++)
        ms[i] = first_call_ms(&server);
    double median = bench_median(ms, 7);
    printf("{\"bench\":\"first_call_after_a_spike\",\"interval_ms\":100,\"linger_ms\":20,"
           "\"median_ms\":%.1f,\"min_ms\":%.1f,\"max_ms\":%.1f}\n",
           median, ms[0], ms[6]);
    raw_close(&server);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    make_bodies();
    start_server();
    compare();
    added_latency();
    first_calls();
    return 0;
}
