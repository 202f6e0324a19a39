/* Scale-out is a token bucket: a new environment costs one token; scale_per_10s
 * tokens flow in per 10 s, evenly, and no more than that are saved up. In units
 * of 10^-10 token, one nanosecond brings exactly scale_per_10s units. */
#include "faas/environments.h"

#include "base/units.h"

#include <string.h>

#define TOKEN (10 * NS_PER_S)

size_t environments_bytes(int limit)
{
    assert(limit >= 1);
    return (size_t)limit * sizeof(struct environment);
}

void environments_init(struct environments *e, void *memory, int limit, int64_t scale_per_10s,
                       int64_t idle_ns)
{
    assert(limit >= 1 && scale_per_10s >= 0 && idle_ns >= 1);
    *e = (struct environments){
        .at = memory,
        .limit = limit,
        .newest = ENVIRONMENT_NONE,
        .oldest = ENVIRONMENT_NONE,
        .idle_ns = idle_ns,
        .scale_per_10s = scale_per_10s,
        .credit = scale_per_10s * TOKEN,
    };
    for (int32_t i = 0; i < limit; i++) {
        memset(&e->at[i], 0, sizeof e->at[i]);
        e->at[i].older = i + 1 < limit ? i + 1 : ENVIRONMENT_NONE;
    }
}

static void unlink_idle(struct environments *e, int32_t index)
{
    struct environment *env = &e->at[index];
    if (env->older != ENVIRONMENT_NONE)
        e->at[env->older].newer = env->newer;
    else
        e->oldest = env->newer;
    if (env->newer != ENVIRONMENT_NONE)
        e->at[env->newer].older = env->older;
    else
        e->newest = env->older;
    e->idle--;
}

void environments_reclaim(struct environments *e, int64_t now_ns)
{
    while (e->oldest != ENVIRONMENT_NONE) {
        int32_t index = e->oldest;
        struct environment *env = &e->at[index];
        if (now_ns - env->idle_from_ns < e->idle_ns)
            return;
        unlink_idle(e, index);
        env->state = ENVIRONMENT_ABSENT;
        env->older = e->free;
        e->free = index;
    }
}

static void refill(struct environments *e, int64_t now_ns)
{
    int64_t passed_ns = now_ns - e->credit_at_ns;
    e->credit_at_ns = now_ns;
    int64_t full = e->scale_per_10s * TOKEN;
    if (passed_ns >= TOKEN || e->credit + passed_ns * e->scale_per_10s > full)
        e->credit = full;
    else
        e->credit += passed_ns * e->scale_per_10s;
}

/* Time until the bucket holds a whole token. */
static int64_t token_in_ns(const struct environments *e)
{
    if (e->scale_per_10s == 0)
        return 0;
    return (TOKEN - e->credit + e->scale_per_10s - 1) / e->scale_per_10s;
}

static struct environment_grant start_new(struct environments *e, int64_t now_ns)
{
    struct environment_grant grant = {.index = ENVIRONMENT_NONE};
    if (e->free == ENVIRONMENT_NONE) {
        grant.refused = THROTTLE_CONCURRENCY;
        return grant;
    }
    refill(e, now_ns);
    if (e->credit < TOKEN) {
        grant.refused = THROTTLE_SCALE;
        grant.retry_after_ns = token_in_ns(e);
        return grant;
    }
    e->credit -= TOKEN;
    grant.index = e->free;
    grant.cold = true;
    e->free = e->at[grant.index].older;
    return grant;
}

struct environment_grant environments_take(struct environments *e, int64_t now_ns)
{
    environments_reclaim(e, now_ns);
    struct environment_grant grant = {.index = e->newest};
    if (grant.index != ENVIRONMENT_NONE) {
        unlink_idle(e, grant.index);
        grant.cold = e->at[grant.index].broken;
    } else {
        grant = start_new(e, now_ns);
    }
    if (grant.refused == THROTTLE_NONE) {
        struct environment *env = &e->at[grant.index];
        env->state = ENVIRONMENT_BUSY;
        env->ready_ns = now_ns;
        e->busy++;
    }
    return grant;
}

void environments_start(struct environments *e, int32_t index, int64_t ready_ns)
{
    assert(e->at[index].state == ENVIRONMENT_BUSY);
    e->at[index].ready_ns = ready_ns;
}

void environments_give(struct environments *e, int32_t index, int64_t now_ns, bool broken)
{
    struct environment *env = &e->at[index];
    assert(env->state == ENVIRONMENT_BUSY);
    assert(e->newest == ENVIRONMENT_NONE || e->at[e->newest].idle_from_ns <= now_ns);
    env->state = ENVIRONMENT_IDLE;
    env->broken = broken;
    env->idle_from_ns = now_ns;
    env->newer = ENVIRONMENT_NONE;
    env->older = e->newest;
    if (e->newest != ENVIRONMENT_NONE)
        e->at[e->newest].newer = index;
    else
        e->oldest = index;
    e->newest = index;
    e->busy--;
    e->idle++;
}

int64_t environments_starting(const struct environments *e, int64_t now_ns)
{
    int64_t n = 0;
    for (int32_t i = 0; i < e->limit; i++)
        n += e->at[i].state == ENVIRONMENT_BUSY && e->at[i].ready_ns > now_ns;
    return n;
}
