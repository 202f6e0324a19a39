/* The invoker's thread: libcurl multi, driven by socket events.
 *
 * Each connection is registered with epoll once, edge-triggered in both directions,
 * when it is opened, and leaves epoll by being closed: libcurl's wishes per transfer
 * (watch, do not watch) cost no system call. What an edge cannot say is mended by
 * re-arming: if libcurl still wants to write, or wants to read on after it has read,
 * the descriptor is armed anew, and fires again at once if there is more.
 * Descriptors that are not connections (the resolver's) are watched as libcurl asks. */
#include "cloud/invoker_parts.h"

#include "base/units.h"
#include "io/err_say.h"
#include "ring/flag.h"
#include "ring/spsc.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 128
#define DESCRIPTORS_MAX (1 << 17)
#define KEPT_MAX (1u << 20) /* larger buffers are given back after their call */

enum watch { WATCH_OURS = 1, WATCH_ARMED = 2, WATCH_IN = 4, WATCH_OUT = 8 };

/* What the owner asks: a call's index, and whether to start it or to give it up. */
struct wish {
    uint32_t index;
    bool cancel;
};

struct invoker {
    struct flight_setting setting;
    char *url, *ca_file;
    invoker_prepare_fn *prepare;
    void *context;
    struct flight *flight;
    uint32_t flights;
    /* the owner's */
    uint32_t *free;
    uint32_t free_count;
    /* between the threads */
    struct spsc wishes, done;
    void *wishes_memory, *done_memory;
    int ask_fd, wake_fd;
    struct flag stop;
    pthread_t thread;
    bool running;
    /* the thread's */
    CURLM *multi;
    int epoll_fd;
    uint8_t *watch;   /* enum watch, by descriptor */
    int64_t timer_ns; /* when libcurl wants to be called; INT64_MAX: never */
    bool finished_any;
};

static int64_t clock_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- descriptors ------------------------------------------------------------------------ */

static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct invoker *v = context;
    (void)purpose;
    int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
    if (fd >= DESCRIPTORS_MAX) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    if (fd >= 0)
        v->watch[fd] = WATCH_OURS;
    return fd;
}

static int on_close(void *context, curl_socket_t fd)
{
    struct invoker *v = context;
    v->watch[fd] = 0; /* closing takes it out of epoll */
    return close(fd);
}

static void arm(struct invoker *v, int fd, uint32_t events)
{
    struct epoll_event x = {.events = events, .data.fd = fd};
    int op = v->watch[fd] & WATCH_ARMED ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(v->epoll_fd, op, fd, &x) == 0)
        v->watch[fd] |= WATCH_ARMED;
}

#define BOTH_EDGES (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
    struct invoker *v = context;
    (void)easy;
    (void)unused;
    if (fd < 0 || fd >= DESCRIPTORS_MAX)
        return 0;
    bool in = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
    bool out = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
    uint8_t *w = &v->watch[fd];
    *w = (uint8_t)((*w & ~(WATCH_IN | WATCH_OUT)) | (in ? WATCH_IN : 0) | (out ? WATCH_OUT : 0));
    if (*w & WATCH_OURS) {
        if (what != CURL_POLL_REMOVE && (!(*w & WATCH_ARMED) || out))
            arm(v, fd, BOTH_EDGES);
    } else if (what == CURL_POLL_REMOVE) {
        epoll_ctl(v->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        *w = 0;
    } else {
        arm(v, fd, (in ? EPOLLIN : 0u) | (out ? EPOLLOUT : 0u));
    }
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
    struct invoker *v = context;
    (void)multi;
    v->timer_ns = ms < 0 ? INT64_MAX : clock_ns(CLOCK_MONOTONIC) + ms * NS_PER_MS;
    return 0;
}

static void on_event(struct invoker *v, int fd, uint32_t events)
{
    uint8_t *w = &v->watch[fd];
    int running;
    if (!(*w & (WATCH_IN | WATCH_OUT)))
        return; /* an idle connection: libcurl looks when it needs it again */
    int mask = (events & (EPOLLIN | EPOLLRDHUP) ? CURL_CSELECT_IN : 0) |
               (events & EPOLLOUT && *w & WATCH_OUT ? CURL_CSELECT_OUT : 0) |
               (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR | CURL_CSELECT_IN : 0);
    if (mask == 0)
        return;
    curl_multi_socket_action(v->multi, fd, mask, &running);
    bool more = (*w & WATCH_OUT) || (mask & CURL_CSELECT_IN && *w & WATCH_IN);
    if (*w & WATCH_OURS && more)
        arm(v, fd, BOTH_EDGES);
}

/* ---- calls ---------------------------------------------------------------------------------- */

static void finish(struct invoker *v, struct flight *f)
{
    f->call.end_ns = clock_ns(CLOCK_MONOTONIC);
    f->under_way = false;
    bool pushed = spsc_push(&v->done, &f->index);
    assert(pushed); /* it holds every call there is */
    v->finished_any = true;
}

static void refuse(struct invoker *v, struct flight *f, enum invoker_failure failure,
                   const char *why)
{
    f->call.failure = failure;
    snprintf(f->call.why, sizeof f->call.why, "%.239s", why);
    finish(v, f);
}

static void begin(struct invoker *v, struct flight *f)
{
    struct err e;
    f->call.begin_ns = clock_ns(CLOCK_MONOTONIC);
    if (!flight_make(f)) {
        refuse(v, f, INVOKER_UNPREPARED, "the system gave no memory for a call");
        return;
    }
    flight_reset(f);
    if (v->prepare && v->prepare(v->context, &f->call, &e)) {
        refuse(v, f, INVOKER_UNPREPARED, e.text);
        return;
    }
    flight_load(f);
    f->under_way = true;
    curl_multi_add_handle(v->multi, f->easy);
}

static void cancel(struct invoker *v, struct flight *f)
{
    if (!f->under_way)
        return; /* it came out meanwhile, and says how it ended */
    curl_multi_remove_handle(v->multi, f->easy);
    refuse(v, f, INVOKER_CANCELLED, "given up");
}

static void take_wishes(struct invoker *v)
{
    struct wish w;
    while (spsc_pop(&v->wishes, &w)) {
        if (w.cancel)
            cancel(v, &v->flight[w.index]);
        else
            begin(v, &v->flight[w.index]);
    }
}

static void take_finished(struct invoker *v)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(v->multi, &left)) != NULL) {
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode code = m->data.result;
        void *f = NULL;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &f);
        curl_multi_remove_handle(v->multi, m->easy_handle);
        flight_end(f, code);
        finish(v, f);
    }
}

static void wake_owner(struct invoker *v)
{
    uint64_t one = 1;
    if (!v->finished_any)
        return;
    v->finished_any = false;
    if (v->wake_fd >= 0 && write(v->wake_fd, &one, sizeof one) < 0)
        return; /* the counter is full: the owner has been woken */
}

/* ---- the thread -------------------------------------------------------------------------------- */

static int wait_ms(const struct invoker *v)
{
    if (v->timer_ns == INT64_MAX)
        return -1;
    int64_t left = v->timer_ns - clock_ns(CLOCK_MONOTONIC);
    return left <= 0 ? 0 : (int)((left + NS_PER_MS - 1) / NS_PER_MS);
}

static void run_timer(struct invoker *v)
{
    int running;
    if (v->timer_ns == INT64_MAX || clock_ns(CLOCK_MONOTONIC) < v->timer_ns)
        return;
    v->timer_ns = INT64_MAX;
    curl_multi_socket_action(v->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static void *thread_main(void *self)
{
    struct invoker *v = self;
    struct epoll_event event[EVENTS];
    while (!flag_is(&v->stop)) {
        take_wishes(v);
        run_timer(v);
        take_finished(v);
        wake_owner(v);
        int n = epoll_wait(v->epoll_fd, event, EVENTS, wait_ms(v));
        for (int i = 0; i < n; i++)
            if (event[i].data.fd != v->ask_fd)
                on_event(v, event[i].data.fd, event[i].events);
    }
    for (uint32_t i = 0; i < v->flights; i++)
        cancel(v, &v->flight[i]);
    return NULL;
}

/* ---- open and close ------------------------------------------------------------------------------ */

static void global_init(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    signal(SIGPIPE, SIG_IGN);
}

/* One descriptor per call under way: as many as the system lets us have. */
static void raise_limit(uint32_t calls)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) || r.rlim_cur >= calls + 256u)
        return;
    r.rlim_cur = r.rlim_max < calls + 256u ? r.rlim_max : calls + 256u;
    (void)setrlimit(RLIMIT_NOFILE, &r);
}

static uint32_t power_of_two(uint32_t n)
{
    uint32_t p = 1;
    while (p < n)
        p *= 2;
    return p;
}

static bool make_memory(struct invoker *v, const struct invoker_options *o)
{
    uint32_t n = o->calls_max, wishes = power_of_two(4 * n), done = power_of_two(n);
    v->flights = n;
    v->url = strdup(o->url);
    v->ca_file = o->ca_file ? strdup(o->ca_file) : NULL;
    v->flight = calloc(n, sizeof *v->flight);
    v->free = calloc(n, sizeof *v->free);
    v->wishes_memory = calloc(wishes, sizeof(struct wish));
    v->done_memory = calloc(done, sizeof(uint32_t));
    v->watch = calloc(DESCRIPTORS_MAX, 1);
    if (!v->url || !v->flight || !v->free || !v->wishes_memory || !v->done_memory || !v->watch ||
        (o->ca_file && !v->ca_file))
        return false;
    spsc_init(&v->wishes, v->wishes_memory, sizeof(struct wish), wishes);
    spsc_init(&v->done, v->done_memory, sizeof(uint32_t), done);
    for (uint32_t i = n; i-- > 0;)
        v->free[v->free_count++] = i;
    return true;
}

static bool make_multi(struct invoker *v)
{
    v->multi = curl_multi_init();
    if (v->multi == NULL)
        return false;
    curl_multi_setopt(v->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(v->multi, CURLMOPT_SOCKETDATA, v);
    curl_multi_setopt(v->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(v->multi, CURLMOPT_TIMERDATA, v);
    curl_multi_setopt(v->multi, CURLMOPT_MAXCONNECTS, (long)v->flights + 8);
    curl_multi_setopt(v->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    return true;
}

static int start_thread(struct invoker *v, struct err *e)
{
    v->ask_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    v->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event x = {.events = EPOLLIN | EPOLLET, .data.fd = v->ask_fd};
    if (v->ask_fd < 0 || v->epoll_fd < 0 ||
        epoll_ctl(v->epoll_fd, EPOLL_CTL_ADD, v->ask_fd, &x) != 0)
        return err_say(e, ERR_IO, "the system gave no descriptor for the calls");
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old); /* signals belong to the program's main thread */
    int rc = pthread_create(&v->thread, NULL, thread_main, v);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc)
        return err_say(e, ERR_IO, "the system started no thread for the calls");
    v->running = true;
    return 0;
}

int invoker_open(const struct invoker_options *o, struct invoker **out, struct err *e)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    assert(o->calls_max >= 1 && o->calls_max <= 65536 && o->connect_ns >= NS_PER_MS);
    pthread_once(&once, global_init);
    raise_limit(o->calls_max);
    *out = NULL;
    struct invoker *v = calloc(1, sizeof *v);
    if (v == NULL)
        return err_say(e, ERR_MEMORY, "the system gave no memory");
    v->ask_fd = v->epoll_fd = -1;
    v->wake_fd = o->wake_fd;
    v->prepare = o->prepare;
    v->context = o->context;
    v->timer_ns = INT64_MAX;
    flag_init(&v->stop);
    int rc = 0;
    if (!make_memory(v, o) || !make_multi(v))
        rc = err_say(e, ERR_MEMORY, "the system gave no memory for the calls");
    v->setting = (struct flight_setting){
        .url = v->url,
        .ca_file = v->ca_file,
        .loopback = o->loopback,
        .keep_log = o->keep_log,
        .answer_max = o->answer_max,
        .connect_ns = o->connect_ns,
        .open_socket = on_open,
        .close_socket = on_close,
    };
    if (rc == 0)
        rc = start_thread(v, e);
    if (rc) {
        invoker_close(v);
        return rc;
    }
    *out = v;
    return 0;
}

static void ask(struct invoker *v)
{
    uint64_t one = 1;
    if (write(v->ask_fd, &one, sizeof one) < 0)
        return; /* the counter is full: the thread has been woken */
}

void invoker_close(struct invoker *v)
{
    if (v == NULL)
        return;
    if (v->running) {
        flag_raise(&v->stop);
        ask(v);
        pthread_join(v->thread, NULL);
    }
    for (uint32_t i = 0; v->flight && i < v->flights; i++)
        flight_free(&v->flight[i]);
    if (v->multi)
        curl_multi_cleanup(v->multi); /* closes the connections it keeps */
    if (v->ask_fd >= 0)
        close(v->ask_fd);
    if (v->epoll_fd >= 0)
        close(v->epoll_fd);
    free(v->url);
    free(v->ca_file);
    free(v->flight);
    free(v->free);
    free(v->wishes_memory);
    free(v->done_memory);
    free(v->watch);
    free(v);
}

/* ---- the owner's side ------------------------------------------------------------------------------ */

struct invoker_call *invoker_take(struct invoker *v)
{
    if (v->free_count == 0)
        return NULL;
    uint32_t index = v->free[--v->free_count];
    struct flight *f = &v->flight[index]; /* memory that was never used is touched here first */
    f->index = index;
    f->invoker = v;
    f->setting = &v->setting;
    f->call.body_size = 0;
    return &f->call;
}

static void wish(struct invoker *v, struct invoker_call *c, bool cancelled)
{
    struct wish w = {((struct flight *)(void *)c)->index, cancelled};
    bool pushed = spsc_push(&v->wishes, &w);
    assert(pushed); /* each call has at most a start and two cancels in it */
    ask(v);
}

void invoker_start(struct invoker *v, struct invoker_call *c) { wish(v, c, false); }
void invoker_cancel(struct invoker *v, struct invoker_call *c) { wish(v, c, true); }

struct invoker_call *invoker_poll(struct invoker *v)
{
    uint32_t index;
    return spsc_pop(&v->done, &index) ? &v->flight[index].call : NULL;
}

bool invoker_pending(const struct invoker *v) { return !spsc_empty(&v->done); }

void invoker_give(struct invoker *v, struct invoker_call *c)
{
    struct flight *f = (struct flight *)(void *)c;
    if (f->body_room > KEPT_MAX) {
        free(c->body);
        c->body = NULL;
        f->body_room = 0;
    }
    if (f->answer_room > KEPT_MAX) {
        free(c->answer);
        c->answer = NULL;
        f->answer_room = 0;
    }
    v->free[v->free_count++] = f->index;
}

int64_t invoker_cpu_ns(const struct invoker *v)
{
    clockid_t id;
    return pthread_getcpuclockid(v->thread, &id) ? 0 : clock_ns(id);
}
