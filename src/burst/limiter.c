/* The concurrency limit: additive growth, multiplicative cut (AIMD). It reads
 * refusals, not latency: a function platform does not queue, and a slower answer
 * mostly means a cold start. */
#include "burst/guard.h"

void limiter_init(struct limiter *l, int64_t ceiling)
{
    assert(ceiling >= 1);
    *l = (struct limiter){.limit_milli = ceiling * 1000, .hold_until_ns = 0};
}

int64_t limiter_limit(const struct limiter *l, int64_t ceiling)
{
    assert(ceiling >= 1 && l->limit_milli >= 1000);
    int64_t limit = l->limit_milli / 1000;
    return limit < ceiling ? limit : ceiling;
}

void limiter_result(struct limiter *l, enum answer_status status, enum throttle_reason reason,
                    int64_t in_flight, int64_t ceiling, int64_t call_ns, int64_t now_ns)
{
    (void)reason; /* all kinds of 429 are met in the same way */
    assert(ceiling >= 1 && in_flight >= 0 && call_ns >= 0);
    if (now_ns < l->hold_until_ns)
        return;
    int64_t limit_milli = l->limit_milli < ceiling * 1000 ? l->limit_milli : ceiling * 1000;
    if (status == ANSWER_THROTTLED) {
        limit_milli = limit_milli * LIMITER_CUT_PERCENT / 100;
        l->limit_milli = limit_milli > 1000 ? limit_milli : 1000;
        l->hold_until_ns = now_ns + call_ns;
    } else if (status == ANSWER_OK && in_flight * 2000 >= limit_milli &&
               l->limit_milli < ceiling * 1000) {
        limit_milli += 1000;
        l->limit_milli = limit_milli < ceiling * 1000 ? limit_milli : ceiling * 1000;
    }
}
