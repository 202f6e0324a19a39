/* The retry budget: how much and how soon to try again. */
#include "burst/guard.h"

/* Price of a retry after each status; 0: never retried. */
static const int cost[ANSWER_STATUS_COUNT] = {
    [ANSWER_OK] = 0,
    [ANSWER_THROTTLED] = RETRY_COST_THROTTLE,
    [ANSWER_ERROR] = RETRY_COST_TRANSIENT,
    [ANSWER_FUNCTION_ERROR] = RETRY_COST_TRANSIENT,
    [ANSWER_TIMEOUT] = RETRY_COST_TRANSIENT,
    [ANSWER_REFUSED] = 0,
    [ANSWER_TOO_LARGE] = 0,
};

void retry_init(struct retry_budget *r) { r->tokens = RETRY_TOKENS; }

/* Longest wait before the retry that follows attempt `attempt`. */
static int64_t wait_max_ns(uint32_t attempt, enum answer_status status)
{
    int64_t ns = status == ANSWER_THROTTLED ? RETRY_BASE_THROTTLE_NS : RETRY_BASE_TRANSIENT_NS;
    for (uint32_t i = 1; i < attempt && ns < RETRY_WAIT_MAX_NS; i++)
        ns *= 2;
    return ns < RETRY_WAIT_MAX_NS ? ns : RETRY_WAIT_MAX_NS;
}

bool retry_allow(struct retry_budget *r, struct prng *prng, uint32_t attempt,
                 enum answer_status status, int64_t retry_after_ns, int64_t *wait_ns)
{
    assert(attempt >= 1 && status < ANSWER_STATUS_COUNT);
    if (cost[status] == 0 || attempt >= RETRY_ATTEMPTS || r->tokens < cost[status])
        return false;
    r->tokens -= cost[status];
    int64_t ns = (int64_t)prng_below(prng, (uint64_t)wait_max_ns(attempt, status) + 1);
    int64_t floor_ns = retry_after_ns < RETRY_AFTER_MAX_NS ? retry_after_ns : RETRY_AFTER_MAX_NS;
    *wait_ns = ns > floor_ns ? ns : floor_ns;
    return true;
}

void retry_success(struct retry_budget *r, uint32_t attempt, enum answer_status last_status)
{
    assert(attempt >= 1 && last_status < ANSWER_STATUS_COUNT);
    int back = attempt > 1 ? cost[last_status] : 0;
    r->tokens += back > 0 ? back : 1;
    if (r->tokens > RETRY_TOKENS)
        r->tokens = RETRY_TOKENS;
}
