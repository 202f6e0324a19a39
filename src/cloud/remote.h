/* The transport over HTTP: struct transport (src/burst) for the engine's thread, with the
 * invoker's thread behind it.
 *
 *   submit ─► encode rows into a call's body ─► invoker ─► … ─► poll: judge the answer
 *                                                              take: its tokens into the rows
 *
 * One thread uses it: the engine's. What a platform does not say (what a call that was given
 * up costs, whether it was a cold start) is estimated, on the safe side for a budget. */
#ifndef CLOUD_REMOTE_H
#define CLOUD_REMOTE_H

#include "cloud/provider.h"
#include "faas/model.h"
#include "record/payload.h"

struct remote;

struct remote_options {
    struct provider_access *provider; /* stays the caller's, who closes it after the remote */
    struct faas_config functions;     /* price, and the function's time-out */
    enum payload_form form;
    char job[PAYLOAD_JOB];
    uint32_t epoch;
    uint32_t calls_max; /* calls under way at once */
    uint32_t tickets;   /* indices of tickets are below it */
    int wake_fd;        /* written when an answer is there */
};

/* What is known of the platform from here. */
struct remote_seen {
    uint64_t calls, executed, cold_starts, throttled, errors, function_errors, timeouts;
    uint64_t unusable; /* answers that did not fit their batch */
    uint64_t fresh;    /* calls that needed a new connection */
    int64_t in_flight;
    int64_t cost_nusd;    /* what answers said, or an estimate */
    uint64_t troubles;    /* attempts that failed so far */
    bool gone;            /* the newest of them got no HTTP answer at all */
    char why[ANSWER_WHY]; /* the newest of them; "" if none */
    const char *log;      /* newest log tail in base64, "" if none; borrowed until the next poll */
};

MUST_USE int remote_open(const struct remote_options *o, struct remote **out, struct err *e);
/* Breaks off every call. NULL is fine. */
void remote_close(struct remote *r);

const struct transport *remote_transport(struct remote *r);
/* Is an answer waiting for poll? */
bool remote_pending(const struct remote *r);
void remote_seen(const struct remote *r, struct remote_seen *out);
/* The longest that a call may take from now on, ns. */
void remote_set_timeout(struct remote *r, int64_t timeout_ns);

/* Where the bill is known better than from answers (our emulator in this process): called
 * instead of estimating. */
typedef void remote_bill_fn(void *context, struct bill *out);
void remote_set_bill(struct remote *r, remote_bill_fn *bill, void *context);

#endif
