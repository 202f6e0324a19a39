/* What all functions of an emulator share: limits, faults, random numbers, figures,
 * and where the log lines go. */
#ifndef CLOUD_ACCOUNT_H
#define CLOUD_ACCOUNT_H

#include "cloud/buffer.h"
#include "cloud/faults.h"
#include "cloud/reactor.h"
#include "faas/model.h"
#include "faas/rate_window.h"

#define ACCOUNT_UNRESERVED_MIN 100 /* of a full account; a smaller one keeps a tenth */

/* Why an invocation was refused: the Reason of a 429. */
enum refusal {
    REFUSED_CONCURRENCY,
    REFUSED_RATE,
    REFUSED_SCALE, /* answered as REFUSED_CONCURRENCY */
    REFUSED_RESERVED_CONCURRENCY,
    REFUSED_RESERVED_RATE,
    REFUSED_QUEUE, /* Event: the queue is full; answered as the caller's rate */
    REFUSED_OFF,   /* a reservation of 0: waiting does not help */
    REFUSALS
};

struct account_seen {
    struct faas_seen faas; /* as the service model counts; cold_starting, busy, warm_idle too */
    uint64_t refused[REFUSALS];
    uint64_t completed; /* invocations that ended, in whichever way */
    uint64_t init_failed, exited;
    uint64_t billed_ms;
    uint64_t events_queued, events_done, events_retried, events_dropped;
    uint64_t events_waiting;
    uint64_t requests; /* HTTP requests of every kind */
    uint64_t resets;   /* connections reset before anything was executed */
    int64_t connections, pending;
};

struct account {
    struct reactor *reactor;
    struct faas_config config;
    const char *region, *id; /* "us-east-1", twelve digits */
    struct rate_window rate; /* of functions without a reservation */
    struct faults faults;
    struct prng prng;
    int reserved_sum; /* over all functions */
    int unreserved_busy;
    int64_t real_offset_ns; /* real time minus the reactor's */
    struct account_seen seen;
    bool dirty;                     /* `seen` changed since it was last published */
    void (*publish)(void *context); /* shows `seen` to other threads; may be NULL */
    void *publish_context;
    void (*log)(void *context, const char *bytes, size_t size); /* may be NULL */
    void *log_context;
};

/* Sets up an account; the window's memory is its own. ERR_MEMORY. */
MUST_USE int account_init(struct account *a, struct reactor *reactor,
                          const struct faas_config *config, uint64_t seed, struct err *e);
void account_free(struct account *a);
/* Concurrency that functions without a reservation share. */
int account_unreserved(const struct account *a);
/* Milliseconds since 1970 at a reactor time. */
int64_t account_real_ms(const struct account *a, int64_t at_ns);
/* Lets other threads see the figures: before an answer leaves, so that whoever has it sees
 * what it changed. */
void account_publish(struct account *a);
/* A line, with its newline. */
void account_log(struct account *a, const char *bytes, size_t size);
/* A random UUID of version 4; out holds 37 bytes. */
void account_uuid(struct account *a, char *out);

#endif
