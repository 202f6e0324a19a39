#include "cloud/reactor.h"

#include "base/prng.h"
#include "base/units.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

static struct reactor *open_one(void)
{
    struct err e = {0};
    struct reactor *r = reactor_open(&e);
    cr_assert(r, "%s", e.text);
    return r;
}

struct note {
    int *log, *used;
    int name;
};

static void write_down(void *context)
{
    struct note *n = context;
    n->log[(*n->used)++] = n->name;
}

Test(reactor, timers_come_in_the_order_of_their_times_then_of_their_setting)
{
    struct reactor *r = open_one();
    int log[8], used = 0;
    struct note notes[5];
    struct reactor_timer timers[5] = {0};
    int64_t now = reactor_now_ns(r);
    const int64_t at[5] = {3, 1, 2, 1, 9};
    for (int i = 0; i < 5; i++) {
        notes[i] = (struct note){log, &used, i};
        timers[i].due = write_down;
        timers[i].context = &notes[i];
        reactor_timer_set(r, &timers[i], now + at[i]);
    }
    reactor_timer_clear(r, &timers[4]);
    reactor_timer_set(r, &timers[2], now + 4); /* moved behind the first */
    while (used < 4)
        reactor_step(r, NS_PER_MS);
    const int want[4] = {1, 3, 0, 2};
    cr_assert_arr_eq(log, want, sizeof want);
    reactor_step(r, 0);
    cr_assert_eq(used, 4, "a cleared timer stays away");
    reactor_close(r);
}

/* A thousand timers set, moved and cleared at random come as a sorted list would. */
Test(reactor, any_mixture_of_set_move_and_clear_keeps_the_order)
{
    enum { N = 1000 };
    static struct reactor_timer timers[N];
    static struct note notes[N];
    static int log[N];
    struct reactor *r = open_one();
    struct prng prng = prng_split(7, 1);
    int used = 0, set = 0;
    int64_t now = reactor_now_ns(r);
    for (int i = 0; i < N; i++) {
        notes[i] = (struct note){log, &used, i};
        timers[i] = (struct reactor_timer){.due = write_down, .context = &notes[i]};
    }
    for (int i = 0; i < 20 * N; i++) {
        struct reactor_timer *t = &timers[prng_below(&prng, N)];
        if (prng_below(&prng, 3) == 0)
            reactor_timer_clear(r, t);
        else
            reactor_timer_set(r, t, now - (int64_t)prng_below(&prng, 500));
    }
    for (int i = 0; i < N; i++)
        set += timers[i].set;
    reactor_step(r, 0);
    cr_assert_eq(used, set);
    for (int i = 1; i < used; i++) {
        const struct reactor_timer *a = &timers[log[i - 1]], *b = &timers[log[i]];
        cr_assert(a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->number < b->number));
    }
    reactor_close(r);
}

struct again {
    struct reactor *r;
    struct reactor_timer timer;
    int count;
};

static void set_again(void *context)
{
    struct again *a = context;
    a->count++;
    reactor_timer_set(a->r, &a->timer, 0);
}

Test(reactor, a_timer_without_delay_leaves_the_round)
{
    struct again a = {.r = open_one(), .timer = {.due = set_again, .context = &a}};
    reactor_timer_set(a.r, &a.timer, 0);
    reactor_step(a.r, 0);
    cr_assert_eq(a.count, 1);
    reactor_step(a.r, 0);
    cr_assert_eq(a.count, 2);
    reactor_close(a.r);
}

Test(reactor, never_early)
{
    struct reactor *r = open_one();
    int log[1], used = 0;
    struct note note = {log, &used, 0};
    struct reactor_timer t = {.due = write_down, .context = &note};
    int64_t at = reactor_refresh_ns(r) + 3 * NS_PER_MS;
    reactor_timer_set(r, &t, at);
    while (!used)
        reactor_step(r, NS_PER_S);
    cr_assert_geq(reactor_now_ns(r), at);
    reactor_close(r);
}

struct pair {
    struct reactor *r;
    struct reactor_watch here, other;
    int called;
};

static void unwatch_other(void *context, uint32_t events)
{
    struct pair *p = context;
    cr_assert(events & EPOLLIN);
    p->called++;
    reactor_unwatch(p->r, &p->other);
    reactor_unwatch(p->r, &p->here);
}

static void unwatch_here(void *context, uint32_t events) { unwatch_other(context, events); }

Test(reactor, what_is_no_longer_watched_is_not_called_even_if_its_event_is_known)
{
    struct pair p = {.r = open_one()};
    struct err e;
    int a[2], b[2];
    cr_assert(pipe(a) == 0 && pipe(b) == 0);
    p.here = (struct reactor_watch){.ready = unwatch_other, .context = &p};
    p.other = (struct reactor_watch){.ready = unwatch_here, .context = &p};
    cr_assert_eq(reactor_watch(p.r, &p.here, a[0], EPOLLIN, &e), 0);
    cr_assert_eq(reactor_watch(p.r, &p.other, b[0], EPOLLIN, &e), 0);
    cr_assert(write(a[1], "x", 1) == 1 && write(b[1], "x", 1) == 1);
    reactor_step(p.r, NS_PER_S);
    reactor_step(p.r, 0);
    cr_assert_eq(p.called, 1);
    reactor_close(p.r);
    for (int i = 0; i < 2; i++) {
        close(a[i]);
        close(b[i]);
    }
}

struct crowd {
    struct reactor *r;
    int ran, refused;
};

static void count_one(void *context) { ((struct crowd *)context)->ran++; }

static void *post_many(void *context)
{
    struct crowd *c = context;
    for (int i = 0; i < 20000; i++)
        while (!reactor_post(c->r, count_one, c))
            usleep(50);
    return NULL;
}

static void *run_it(void *context)
{
    reactor_run(((struct crowd *)context)->r);
    return NULL;
}

Test(reactor, posts_of_several_threads_all_run_in_its_own)
{
    struct crowd c = {.r = open_one()};
    pthread_t runner, posters[3];
    pthread_create(&runner, NULL, run_it, &c);
    for (int i = 0; i < 3; i++)
        pthread_create(&posters[i], NULL, post_many, &c);
    for (int i = 0; i < 3; i++)
        pthread_join(posters[i], NULL);
    reactor_stop(c.r);
    pthread_join(runner, NULL);
    reactor_step(c.r, 0); /* what came between the last round and the stop */
    cr_assert_eq(c.ran, 60000);
    reactor_close(c.r);
}

Test(reactor, posts_are_bounded)
{
    struct crowd c = {.r = open_one()};
    for (int i = 0; i < REACTOR_POSTS; i++)
        cr_assert(reactor_post(c.r, count_one, &c));
    cr_assert_not(reactor_post(c.r, count_one, &c));
    reactor_step(c.r, 0);
    cr_assert_eq(c.ran, REACTOR_POSTS);
    cr_assert(reactor_post(c.r, count_one, &c));
    reactor_close(c.r);
}
