/* A function platform on this machine that speaks AWS's own protocol on a loopback
 * port: Invoke API, function URLs, the parts of the control plane that clients use,
 * metrics, faults on command. It runs in a thread of its own; no account, no network.
 *
 *   POST /2015-03-31/functions/NAME/invocations     Invoke (RequestResponse, Event, DryRun)
 *   ANY  /url/NAME/…, or Host: ID.lambda-url.…      function URL
 *   GET  /metrics                                   OpenMetrics
 *   GET  /_spillway/health, /_spillway/state        is it up; all figures
 *   POST /_spillway/fault                           "error 20% 10s", "off"
 *
 * All functions here may be called from any thread; close comes last. */
#ifndef CLOUD_EMULATOR_H
#define CLOUD_EMULATOR_H

#include "base/err.h"
#include "cloud/account.h"
#include "cloud/faults.h"
#include "cloud/sign.h"
#include "faas/model.h"

struct emulator;

#define EMULATOR_FUNCTIONS 64
#define EMULATOR_REGION 33
#define EMULATOR_ACCOUNT 13

struct emulator_options {
    int port;                    /* 0: any that is free */
    const char *const *function; /* "NAME=KIND:SOURCE"; NULL or none: tokenize=native:tokenize */
    int function_count;
    struct faas_config faas; /* of every function; `language` of native ones */
    uint64_t seed;
    char region[EMULATOR_REGION];   /* in ARNs; default us-east-1 */
    char account[EMULATOR_ACCOUNT]; /* in ARNs; default 000000000000 */
    const struct sign_keys *keys;   /* signatures are checked against them; NULL: any is good */
    int64_t event_retry_ns;         /* an Event that failed is tried again after so long, then
                                      * after twice that; default 60 s */
    int connections_max;            /* default 20000 */
    int64_t connection_idle_ns;     /* a connection that does nothing is closed after so long,
                                      * in whole seconds; default 120 s */
    /* Log lines of the functions, whole or in pieces, from the emulator's thread. */
    void (*log)(void *context, const char *bytes, size_t size);
    void *log_context;
};

/* The defaults; every emulator's options begin as these. */
void emulator_options_init(struct emulator_options *o);
/* Is "NAME=KIND:SOURCE" well-formed, its kind known? ERR_BAD with the sentence. */
MUST_USE int emulator_function_check(const char *text, struct err *e);

/* Starts one; keys and strings are copied. NULL with the sentence. */
struct emulator *emulator_open(const struct emulator_options *o, struct err *e);
int emulator_port(const struct emulator *emulator);
/* "http://127.0.0.1:PORT" */
const char *emulator_url(const struct emulator *emulator);
/* Takes no more connections and waits until no request is under way, or for_ns. */
void emulator_drain(struct emulator *emulator, int64_t for_ns);
/* Ends it, its connections and its processes. NULL is fine. */
void emulator_close(struct emulator *emulator);

/* A fault from now on for for_ns (TIME_NEVER: until it is changed); value 0: off. */
void emulator_fault(struct emulator *emulator, enum faas_fault fault, int64_t value,
                    int64_t for_ns);
void emulator_faults_off(struct emulator *emulator);
/* Figures as of the thread's last round. */
void emulator_seen(struct emulator *emulator, struct faas_seen *out);
/* All of them. */
void emulator_seen_all(struct emulator *emulator, struct account_seen *out);

#endif
