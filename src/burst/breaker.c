/* The circuit breaker: stops calling what keeps failing, and asks again by and by. */
#include "burst/guard.h"

enum weight { PROOF_OF_LIFE, SUCCESS, FAILURE, REFUSAL, UNDECIDED };

static const enum weight weights[ANSWER_STATUS_COUNT] = {
    [ANSWER_OK] = SUCCESS,          [ANSWER_THROTTLED] = PROOF_OF_LIFE,
    [ANSWER_ERROR] = FAILURE,       [ANSWER_FUNCTION_ERROR] = FAILURE,
    [ANSWER_TIMEOUT] = FAILURE,     [ANSWER_REFUSED] = REFUSAL,
    [ANSWER_TOO_LARGE] = UNDECIDED,
};

void breaker_init(struct breaker *b)
{
    *b = (struct breaker){.state = BREAKER_CLOSED, .wait_ns = BREAKER_WAIT_NS};
}

static void open_at(struct breaker *b, int64_t now_ns)
{
    b->state = BREAKER_OPEN;
    b->failures = 0;
    b->probing = false;
    b->retry_at_ns = now_ns + b->wait_ns;
    b->opened++;
}

bool breaker_allow(struct breaker *b, int64_t now_ns)
{
    if (b->state == BREAKER_CLOSED)
        return true;
    if (now_ns < b->retry_at_ns)
        return false;
    b->state = BREAKER_HALF_OPEN;
    b->probing = true;
    b->retry_at_ns = now_ns + BREAKER_WAIT_MAX_NS; /* a result that never comes */
    return true;
}

static void probe_result(struct breaker *b, enum weight weight, int64_t now_ns)
{
    if (weight == UNDECIDED) { /* a smaller call will tell */
        b->retry_at_ns = now_ns;
        return;
    }
    if (weight == PROOF_OF_LIFE || weight == SUCCESS) {
        b->state = BREAKER_CLOSED;
        b->failures = 0;
        b->probing = false;
        b->wait_ns = BREAKER_WAIT_NS;
        return;
    }
    b->wait_ns = 2 * b->wait_ns < BREAKER_WAIT_MAX_NS ? 2 * b->wait_ns : BREAKER_WAIT_MAX_NS;
    open_at(b, now_ns);
}

void breaker_result(struct breaker *b, enum answer_status status, int64_t now_ns)
{
    assert(status < ANSWER_STATUS_COUNT);
    enum weight weight = weights[status];
    if (b->state == BREAKER_OPEN)
        return;
    if (b->state == BREAKER_HALF_OPEN) {
        probe_result(b, weight, now_ns);
        return;
    }
    if (weight == SUCCESS)
        b->failures = 0;
    else if (weight == FAILURE)
        b->failures++;
    if (weight == REFUSAL || b->failures >= BREAKER_FAILURES)
        open_at(b, now_ns);
}

int64_t breaker_due(const struct breaker *b)
{
    return b->state == BREAKER_CLOSED ? TIME_NEVER : b->retry_at_ns;
}
