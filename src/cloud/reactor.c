/* Timers are an intrusive pairing heap: a node's `child` is its first child, whose
 * siblings follow by `next`; `before` is the sibling before it, or its parent for
 * the first. So a timer needs no memory but its own, and any number may be set. */
#include "cloud/reactor.h"

#include "base/units.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 128

struct post {
    reactor_call_fn *call;
    void *context;
};

struct reactor {
    int epoll_fd, wake_fd;
    int64_t now_ns;
    struct reactor_timer *first; /* root of the heap: the earliest */
    uint64_t numbers;
    struct epoll_event events[EVENTS];
    int event, event_count; /* the one being dispatched; how many there are */
    struct post before_wait;
    struct reactor_watch wake;
    pthread_mutex_t lock; /* guards what follows */
    struct post posts[REACTOR_POSTS];
    uint32_t posted, ran;
    bool stopped;
};

/* ---- time ------------------------------------------------------------------ */

int64_t reactor_refresh_ns(struct reactor *r)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    r->now_ns = (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
    return r->now_ns;
}

int64_t reactor_now_ns(const struct reactor *r) { return r->now_ns; }

/* ---- timers ---------------------------------------------------------------- */

static bool earlier(const struct reactor_timer *a, const struct reactor_timer *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->number < b->number;
}

/* Joins two heaps (either may be NULL); returns the root, which has no siblings. */
static struct reactor_timer *join(struct reactor_timer *a, struct reactor_timer *b)
{
    if (a == NULL || b == NULL)
        return a ? a : b;
    if (earlier(b, a)) {
        struct reactor_timer *swap = a;
        a = b;
        b = swap;
    }
    b->before = a;
    b->next = a->child;
    if (a->child)
        a->child->before = b;
    a->child = b;
    return a;
}

static struct reactor_timer *alone(struct reactor_timer *t)
{
    t->next = NULL;
    t->before = NULL;
    return t;
}

/* Joins a list of siblings into one heap: in pairs from the left, then all from
 * the right. */
static struct reactor_timer *join_siblings(struct reactor_timer *list)
{
    struct reactor_timer *pairs = NULL;
    while (list) {
        struct reactor_timer *a = list, *b = a->next;
        list = b ? b->next : NULL;
        a = join(alone(a), b ? alone(b) : NULL);
        a->next = pairs;
        pairs = a;
    }
    struct reactor_timer *root = NULL;
    while (pairs) {
        struct reactor_timer *a = pairs;
        pairs = a->next;
        root = join(root, alone(a));
    }
    return root;
}

void reactor_timer_clear(struct reactor *r, struct reactor_timer *t)
{
    if (!t->set)
        return;
    t->set = false;
    struct reactor_timer *children = join_siblings(t->child);
    t->child = NULL;
    if (t == r->first) {
        r->first = children;
        return;
    }
    if (t->before->child == t)
        t->before->child = t->next;
    else
        t->before->next = t->next;
    if (t->next)
        t->next->before = t->before;
    alone(t);
    r->first = join(r->first, children);
}

void reactor_timer_set(struct reactor *r, struct reactor_timer *t, int64_t at_ns)
{
    reactor_timer_clear(r, t);
    t->at_ns = at_ns;
    t->number = r->numbers++;
    t->child = NULL;
    t->set = true;
    r->first = join(r->first, alone(t));
}

/* Those due by now. One that is set anew meanwhile waits for the next round, so
 * that a timer without delay starves nobody. */
static void run_timers(struct reactor *r)
{
    uint64_t fence = r->numbers;
    while (r->first && r->first->at_ns <= r->now_ns && r->first->number < fence) {
        struct reactor_timer *t = r->first;
        reactor_timer_clear(r, t);
        t->due(t->context);
    }
}

/* ---- descriptors --------------------------------------------------------------- */

int reactor_watch(struct reactor *r, struct reactor_watch *w, int fd, uint32_t events,
                  struct err *e)
{
    struct epoll_event event = {.events = events, .data = {.ptr = w}};
    if (epoll_ctl(r->epoll_fd, w->on ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) != 0) {
        snprintf(e->text, sizeof e->text, "cannot watch a descriptor: %s", strerror(errno));
        return e->code = ERR_IO;
    }
    w->fd = fd;
    w->on = true;
    return 0;
}

void reactor_unwatch(struct reactor *r, struct reactor_watch *w)
{
    if (!w->on)
        return;
    epoll_ctl(r->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
    w->on = false;
    for (int i = r->event; i < r->event_count; i++)
        if (r->events[i].data.ptr == w)
            r->events[i].data.ptr = NULL;
}

static void wait_for_events(struct reactor *r, int64_t wait_ns)
{
    struct timespec span = {.tv_sec = wait_ns / NS_PER_S, .tv_nsec = wait_ns % NS_PER_S};
    int n = epoll_pwait2(r->epoll_fd, r->events, EVENTS, &span, NULL);
    if (n < 0 && errno == ENOSYS) { /* a kernel before 5.11: whole milliseconds, never early */
        int64_t ms = (wait_ns + NS_PER_MS - 1) / NS_PER_MS;
        n = epoll_wait(r->epoll_fd, r->events, EVENTS, ms > 3600000 ? 3600000 : (int)ms);
    }
    r->event_count = n > 0 ? n : 0;
}

static void run_events(struct reactor *r)
{
    for (r->event = 0; r->event < r->event_count; r->event++) {
        struct reactor_watch *w = r->events[r->event].data.ptr;
        if (w)
            w->ready(w->context, r->events[r->event].events);
    }
    r->event_count = 0;
}

/* ---- other threads ------------------------------------------------------------- */

static void wake_up(struct reactor *r)
{
    uint64_t one = 1;
    ssize_t wrote = write(r->wake_fd, &one, sizeof one);
    (void)wrote; /* a full counter wakes as well */
}

bool reactor_post(struct reactor *r, reactor_call_fn *call, void *context)
{
    pthread_mutex_lock(&r->lock);
    bool room = r->posted - r->ran < REACTOR_POSTS;
    bool first = r->posted == r->ran;
    if (room)
        r->posts[r->posted++ % REACTOR_POSTS] = (struct post){call, context};
    pthread_mutex_unlock(&r->lock);
    if (room && first)
        wake_up(r);
    return room;
}

void reactor_stop(struct reactor *r)
{
    pthread_mutex_lock(&r->lock);
    r->stopped = true;
    pthread_mutex_unlock(&r->lock);
    wake_up(r);
}

static bool is_stopped(struct reactor *r)
{
    pthread_mutex_lock(&r->lock);
    bool stopped = r->stopped;
    pthread_mutex_unlock(&r->lock);
    return stopped;
}

/* Somebody posted. What is posted meanwhile waits for the next round. */
static void run_posts(void *context, uint32_t events)
{
    struct reactor *r = context;
    (void)events;
    uint64_t count;
    ssize_t got = read(r->wake_fd, &count, sizeof count);
    (void)got;
    pthread_mutex_lock(&r->lock);
    uint32_t end = r->posted;
    while (r->ran != end) {
        struct post p = r->posts[r->ran % REACTOR_POSTS];
        r->ran++;
        pthread_mutex_unlock(&r->lock);
        p.call(p.context);
        pthread_mutex_lock(&r->lock);
    }
    bool more = r->posted != r->ran;
    pthread_mutex_unlock(&r->lock);
    if (more)
        wake_up(r);
}

/* ---- the loop -------------------------------------------------------------------- */

void reactor_before_wait(struct reactor *r, reactor_call_fn *call, void *context)
{
    r->before_wait = (struct post){call, context};
}

void reactor_step(struct reactor *r, int64_t max_wait_ns)
{
    if (r->before_wait.call)
        r->before_wait.call(r->before_wait.context);
    int64_t wait_ns = max_wait_ns;
    if (r->first) {
        int64_t until_ns = r->first->at_ns - reactor_refresh_ns(r);
        if (until_ns < wait_ns)
            wait_ns = until_ns > 0 ? until_ns : 0;
    }
    wait_for_events(r, wait_ns);
    reactor_refresh_ns(r);
    run_events(r);
    run_timers(r);
}

void reactor_run(struct reactor *r)
{
    while (!is_stopped(r))
        reactor_step(r, 3600 * NS_PER_S);
}

struct reactor *reactor_open(struct err *e)
{
    struct reactor *r = calloc(1, sizeof *r);
    if (r == NULL) {
        snprintf(e->text, sizeof e->text, "out of memory");
        e->code = ERR_MEMORY;
        return NULL;
    }
    pthread_mutex_init(&r->lock, NULL);
    r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r->wake = (struct reactor_watch){.ready = run_posts, .context = r};
    reactor_refresh_ns(r);
    if (r->epoll_fd < 0 || r->wake_fd < 0) {
        snprintf(e->text, sizeof e->text, "cannot make an event loop: %s", strerror(errno));
        e->code = ERR_IO;
    } else if (reactor_watch(r, &r->wake, r->wake_fd, EPOLLIN, e) == 0) {
        return r;
    }
    reactor_close(r);
    return NULL;
}

void reactor_close(struct reactor *r)
{
    if (r == NULL)
        return;
    if (r->wake_fd >= 0)
        close(r->wake_fd);
    if (r->epoll_fd >= 0)
        close(r->epoll_fd);
    pthread_mutex_destroy(&r->lock);
    free(r);
}
