/* What stands behind the remote lane: the service model, or HTTP; and behind HTTP, unless an
 * endpoint says otherwise, an emulator of our own in this process. */
#ifndef RUN_BACKING_H
#define RUN_BACKING_H

#include "cloud/emulator.h"
#include "cloud/remote.h"
#include "run/region.h"

#define BACKING_HOST 80

struct backing_setting {
    enum provider kind;
    const char *endpoint, *function, *profile; /* NULL or "": none given */
    enum provider_auth auth;
    enum payload_form form;
    bool log_tail;
    struct faas_config functions;
    uint64_t seed;
    const char *job;
    uint32_t epoch;     /* restarts so far */
    uint32_t calls_max; /* at once */
    uint32_t tickets;
    int wake_fd;              /* written when an HTTP answer is there */
    faas_compute_fn *compute; /* the model's operator */
    void *context;
};

struct backing {
    enum provider kind;
    struct region region;     /* the model's memory */
    struct faas_model *model; /* either this … */
    struct remote *remote;    /* … or these */
    struct provider_access *provider;
    struct emulator *emulator; /* NULL: an endpoint was given */
    char host[BACKING_HOST];   /* fit to be shown; "" for the model */
    struct faas_seen before;   /* counted by the one that this one replaced */
};

/* Sets p up; asks the Invoke API of an endpoint with a DryRun whether it would take calls.
 * ERR_BAD: something is wrong with what was asked for; ERR_IO: nobody answers there. */
MUST_USE int backing_open(struct backing *p, const struct backing_setting *s, struct err *e);
/* Safe on a zeroed one, and twice. */
void backing_close(struct backing *p);

const struct transport *backing_transport(const struct backing *p);
/* Has an answer come that the lane has not seen? */
bool backing_pending(const struct backing *p);
/* Environments, counts, bill: exact for model and own emulator, else as the answers say. */
void backing_seen(const struct backing *p, int64_t now_ns, struct faas_seen *out);
/* Why the newest failed attempt failed, "" if that is not known. */
void backing_why(const struct backing *p, char *dst, size_t size);
/* The newest log tail that came with an answer, decoded, NUL-terminated; its size, 0 if there
 * is none. */
size_t backing_log(const struct backing *p, char *dst, size_t size);
void backing_set_timeout(struct backing *p, int64_t timeout_ns);
/* Brings a fault about for span_ns from now_ns on. false: this platform is not ours to harm. */
MUST_USE bool backing_fault(struct backing *p, enum faas_fault fault, int64_t value, int64_t now_ns,
                            int64_t span_ns);
void backing_faults_off(struct backing *p);

#endif
