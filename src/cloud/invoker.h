/* The invoker: POSTs many bodies at once to one endpoint, on a thread of its own.
 *
 *   owner (the engine's thread)                 invoker's thread
 *   take ─► fill body ─► start ──── ring ────►  prepare (headers, signature)
 *                        cancel ─── ring ────►  libcurl multi ⇄ epoll ⇄ sockets
 *   give ◄─ read answer ◄─ poll ◄── ring ─────  answer, or why there is none
 *                            ▲ wake_fd
 *
 *   operation                             | owner's thread | any other
 *   invoker_take … invoker_pending        |       x        |     –
 *   invoker_open, invoker_close           |       x        |     –     (no call under way in use)
 *
 * A call belongs to the owner from take to start and from poll to give; in between it
 * is the invoker's. Every started call comes out of poll exactly once, a cancelled one
 * too. The number of calls is fixed; both rings hold all of them, so nothing blocks and
 * nothing is dropped. Buffers grow as needed and are kept.
 *
 * libcurl may send a POST a second time, unasked, when a kept connection breaks before
 * the answer begins (faas.md 0.10): a call is *at least* once, and its owner must know
 * an answer by what it says. */
#ifndef CLOUD_INVOKER_H
#define CLOUD_INVOKER_H

#include "base/check.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INVOKER_HEADER_BYTES 6144 /* of all header lines of a call */
#define INVOKER_HEADERS 16
#define INVOKER_WHY 240
#define INVOKER_LOG 8192 /* of a log tail in base64 */

/* Why there is no HTTP answer. */
enum invoker_failure {
    INVOKER_ANSWERED, /* there is one */
    INVOKER_CANCELLED,
    INVOKER_UNPREPARED, /* no request could be made (no credentials, say) */
    INVOKER_NO_HOST,    /* the name is unknown */
    INVOKER_NO_PEER,    /* nobody listens there, or cannot be reached */
    INVOKER_DISTRUST,   /* TLS: the certificate is not good */
    INVOKER_NO_HTTP,    /* what answers does not speak HTTP, or not TLS */
    INVOKER_BROKEN,     /* the connection broke before the end of the answer */
    INVOKER_LATE,       /* no answer in time */
    INVOKER_TOO_LARGE,  /* the answer is longer than allowed */
    INVOKER_FAILURES
};

/* What an answer says beside its body; -1: it does not say. */
struct invoker_said {
    int status;                             /* of HTTP: 200 … 599 */
    char error_type[64];                    /* x-amzn-ErrorType without namespace and URL; "" */
    char function_error[24];                /* X-Amz-Function-Error; "" */
    int64_t retry_after_ns;                 /* Retry-After (seconds) or x-amz-retry-after (ms) */
    int64_t billed_ms, init_ms, executions; /* X-Spillway-…: our emulator's */
};

struct invoker_call {
    /* the owner's: request */
    char *body;
    size_t body_size;
    int64_t timeout_ns; /* whole call; at least 1 ms */
    uint64_t ticket;    /* free for the owner */
    uint32_t attempt;   /* free for the owner */
    uint32_t mark;      /* for prepare */
    bool given_up;      /* free for the owner, at any time */
    /* the invoker's: answer */
    enum invoker_failure failure;
    char why[INVOKER_WHY]; /* one sentence if failure is not INVOKER_ANSWERED */
    struct invoker_said said;
    char *answer; /* a NUL behind it; NULL if there never was one */
    size_t answer_size;
    const char *log;          /* X-Amz-Log-Result as it came (base64), NUL-terminated; "" */
    int64_t begin_ns, end_ns; /* CLOCK_MONOTONIC; begin: handed to libcurl */
    bool fresh;               /* a new connection was made for it */
};

/* Adds a header line to a call that is being prepared. An empty value takes away
 * what libcurl would send by itself. false: no room. */
MUST_USE bool invoker_header(struct invoker_call *c, const char *name, const char *value);

/* Called in the invoker's thread before each call: adds the headers that change from
 * call to call. 0, or ERR_* with the sentence: the call fails with INVOKER_UNPREPARED. */
typedef int invoker_prepare_fn(void *context, struct invoker_call *c, struct err *e);

struct invoker_options {
    const char *url;             /* http:// or https://, with path; copied */
    bool loopback;               /* proxies of the environment do not apply */
    uint32_t calls_max;          /* 1..65536 */
    size_t answer_max;           /* bytes */
    int64_t connect_ns;          /* time for a connection, at least 1 ms */
    const char *ca_file;         /* trusted certificates; NULL: the system's */
    bool keep_log;               /* keep X-Amz-Log-Result */
    int wake_fd;                 /* eventfd, written when poll has something; -1: none */
    invoker_prepare_fn *prepare; /* NULL: nothing to add */
    void *context;
};

struct invoker;

/* Starts the thread. ERR_MEMORY, ERR_IO (thread, descriptors), ERR_BAD (url). */
MUST_USE int invoker_open(const struct invoker_options *o, struct invoker **out, struct err *e);
/* Breaks off what is under way and ends the thread. NULL is fine. */
void invoker_close(struct invoker *v);

/* A free call with empty body, or NULL. */
struct invoker_call *invoker_take(struct invoker *v);
/* Makes room for a body of size bytes; what is in it is lost. false: no memory. */
MUST_USE bool invoker_room(struct invoker_call *c, size_t size);
size_t invoker_body_room(const struct invoker_call *c);
void invoker_start(struct invoker *v, struct invoker_call *c);
/* Gives up on a call that was started and has not come out of poll. Once. */
void invoker_cancel(struct invoker *v, struct invoker_call *c);
/* The next call that is done; NULL if there is none. */
struct invoker_call *invoker_poll(struct invoker *v);
/* Would poll return one? */
bool invoker_pending(const struct invoker *v);
void invoker_give(struct invoker *v, struct invoker_call *c);
/* CPU time of the thread so far, ns; 0 if the system does not say. */
int64_t invoker_cpu_ns(const struct invoker *v);

#endif
