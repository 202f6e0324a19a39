/* One thread's loop over descriptors, times and closures from other threads.
 *
 *   operation                              | its own thread | any thread
 *   reactor_watch … reactor_timer_clear    |       x        |     –
 *   reactor_step, reactor_run              |       x        |     –
 *   reactor_post, reactor_stop             |       x        |     x
 *
 * Whoever runs reactor_run is "its own thread"; before that, whoever opened it.
 * Watches and timers are the caller's memory and cost no allocation. */
#ifndef CLOUD_REACTOR_H
#define CLOUD_REACTOR_H

#include "base/check.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define REACTOR_POSTS 4096 /* closures that may wait at once */

struct reactor;
typedef void reactor_call_fn(void *context);
typedef void reactor_ready_fn(void *context, uint32_t events); /* EPOLL* bits */

/* A descriptor. The caller sets the first two; the rest is the reactor's. */
struct reactor_watch {
    reactor_ready_fn *ready;
    void *context;
    int fd;
    bool on;
};

/* A moment. The caller sets the first two; the rest is the reactor's. Zeroed, it
 * is not set. */
struct reactor_timer {
    reactor_call_fn *due;
    void *context;
    int64_t at_ns;
    uint64_t number; /* equal times: in the order in which they were set */
    struct reactor_timer *child, *next, *before;
    bool set;
};

/* A reactor, or NULL with the sentence. */
struct reactor *reactor_open(struct err *e);
/* Frees it. No thread may use it any more; closures that still wait are not run. */
void reactor_close(struct reactor *r);

/* CLOCK_MONOTONIC, ns, read when the loop last woke up. */
int64_t reactor_now_ns(const struct reactor *r);
/* The same, read anew. */
int64_t reactor_refresh_ns(struct reactor *r);

/* Watches fd for events (EPOLLIN, …; level-triggered unless EPOLLET is among them);
 * on an already watched w it changes the events. 0, or ERR_IO. */
MUST_USE int reactor_watch(struct reactor *r, struct reactor_watch *w, int fd, uint32_t events,
                           struct err *e);
/* Stops watching; w is not called any more, not even for what is already known.
 * To be called before fd is closed. Harmless where w is not watched. */
void reactor_unwatch(struct reactor *r, struct reactor_watch *w);

/* Sets or moves a timer: due is called once at at_ns or later. O(1), or O(log n)
 * amortised where it was set before. */
void reactor_timer_set(struct reactor *r, struct reactor_timer *t, int64_t at_ns);
void reactor_timer_clear(struct reactor *r, struct reactor_timer *t);

/* Runs call(context) in the reactor's thread, in the order of the posts. False if
 * REACTOR_POSTS of them wait already. */
bool reactor_post(struct reactor *r, reactor_call_fn *call, void *context);
/* Makes reactor_run return after the step it is in. It stays stopped. */
void reactor_stop(struct reactor *r);

/* Called before each wait, in the reactor's thread; NULL: nothing. */
void reactor_before_wait(struct reactor *r, reactor_call_fn *call, void *context);

/* One round: waits at most max_wait_ns (0: not at all) for something to do, then
 * does what is there. */
void reactor_step(struct reactor *r, int64_t max_wait_ns);
/* Rounds until reactor_stop. */
void reactor_run(struct reactor *r);

#endif
