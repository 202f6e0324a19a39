/* Service model of a function platform (AWS Lambda's shape): instances cold and
 * warm, scale-out rate, concurrency and rate ceilings with 429, idle reclaim,
 * latency by batch size, failures, billing with INIT. specs: faas.md 4,
 * workloads.md 4.4. Pure: time comes as an argument, memory from the caller; it
 * implements struct transport and really computes the operator's result.
 *
 *   call ── rate ceiling ── 5xx? ── environment: newest idle one, else a new one
 *            │ 429           │       │ 429: ceiling reached, or scale-out too fast
 *            ▼               ▼       ▼
 *          answer          answer  [INIT] + M(n)·R ── billed ── answer (lost? late?)
 *
 * The same seed and the same calls at the same times give the same answers. All
 * random numbers of a call are drawn when it is submitted, always as many, so a
 * fault changes the calls it hits and shifts no other call's numbers. */
#ifndef FAAS_MODEL_H
#define FAAS_MODEL_H

#include "base/prng.h"
#include "base/units.h"
#include "burst/transport.h"

enum faas_calibration { CALIBRATION_2023, CALIBRATION_2026, CALIBRATION_NONE, CALIBRATIONS };
enum faas_language { LANGUAGE_PYTHON, LANGUAGE_JAVA, LANGUAGES };
extern const char *const faas_calibration_names[CALIBRATIONS]; /* "2023" "2026" "none" */
extern const char *const faas_language_names[LANGUAGES];       /* "python" "java" */

#define FAAS_MEMORY_MIN 128
#define FAAS_MEMORY_MAX 10240
#define FAAS_ENVIRONMENTS_MAX 20000
#define FAAS_RATE_MAX 1000000000 /* calls per second */
#define FAAS_SCALE_MAX 1000000   /* environments per 10 s */
#define FAAS_LATE_FACTOR_MAX 1000000
#define FAAS_TIME_MAX (NS_PER_S * 3600 * 24) /* of idle_ns, timeout_ns, constant_ns */
#define FAAS_SPREAD_PPM 200000               /* of a trip, and of a cold start */
#define FAAS_FACTOR_MAX (PPM_ONE * 1000000)  /* of cold_factor_ppm and FAULT_LATENCY */

struct faas_config {
    enum faas_calibration calibration;
    enum faas_language language;
    int memory_mb;           /* 128..10240, default 512; moves the price only (see latency.c) */
    int concurrency_limit;   /* environments at most, default 1000; 1..20000 */
    int64_t rate_limit;      /* calls in any second; 0: 10 × concurrency_limit; 0..10^9,
                                 * above 10^6 counts as 10^6 */
    int64_t scale_per_10s;   /* new environments per 10 s, refilled continuously, at most so
                                 * many saved up; default 1000; 0..10^6, 0: none can start */
    int64_t idle_ns;         /* reclaimed after so long without a call; default 300 s; >= 1 */
    int64_t timeout_ns;      /* the function's own limit, without INIT; default 30 s; >= 1 */
    bool noisy;              /* median and residual of the noisy client (set B), not the quiet */
    bool session;            /* the calls of a run share a client's session: see session.h */
    int64_t cold_factor_ppm; /* scales cold starts; default 100 % */
    int64_t constant_ns;     /* calibration none: service time of every call; default 50 ms */
    /* chance per call, ppm, 0..10^6 */
    int64_t error_ppm;          /* 5xx before the handler ran: not billed */
    int64_t function_error_ppm; /* handler ran and failed: billed */
    int64_t lose_ppm;           /* executed and billed, but the answer never comes */
    int64_t late_ppm;           /* the answer comes `late_factor` times later */
    int64_t late_factor;        /* default 100; 1..10^6 */
};

/* Faults on command (`fault …`), each until its time has passed. The emulator has the
 * same, in this order. */
enum faas_fault {
    FAULT_LATENCY,
    FAULT_ERROR,
    FAULT_FUNCTION_ERROR,
    FAULT_THROTTLE,
    FAULT_LOSE,
    FAULT_LATE,
    FAULT_CUT,       /* executed; the connection ends in the middle of the answer */
    FAULT_RESET,     /* the connection is reset before anything is executed */
    FAULT_DIE,       /* executed; the connection is reset before the answer */
    FAULT_GARBAGE,   /* executed; the answer is no JSON */
    FAULT_DRIP,      /* executed; the answer trickles in over two seconds */
    FAULT_WRONG_IDS, /* executed; the answer names another batch */
    FAAS_FAULTS
};
extern const char *const faas_fault_names[FAAS_FAULTS]; /* "latency" … "wrong-ids" */

/* What the screen shows of the platform. Environments are in exactly one of the
 * three states. cost_nusd is the whole bill, and the one to show: the costs in
 * the answers leave out executions whose answer was lost or cancelled. Bills,
 * executed, function_errors and timeouts count when an execution ends; lost
 * answers when they would have come; the rest when the call is made. */
struct faas_seen {
    int64_t cold_starting, busy, warm_idle; /* environments now */
    uint64_t calls;                         /* attempts accepted by submit */
    uint64_t throttled;                     /* answered 429 */
    uint64_t cold_starts;
    uint64_t errors; /* answered 5xx */
    uint64_t function_errors;
    uint64_t timeouts;
    uint64_t lost, late;
    uint64_t spoiled;  /* executed, but no use could be made of the answer */
    uint64_t executed; /* handler ran to its end without failing */
    int64_t cost_nusd;
};

struct faas_model;

/* A result computed in place: fills spans of every row of b from `cursor` on. */
typedef void faas_compute_fn(void *context, struct block *b);

/* Bytes for a model that can hold `calls_max` calls (1..2^26) under way at once. A lost
 * or cancelled call is under way until its execution ends. The config must be in
 * the ranges above. */
size_t faas_model_bytes(const struct faas_config *config, int calls_max);
/* Sets up a model in memory (16-aligned, zeroed, faas_model_bytes long). compute
 * may be NULL where `take` is not used. */
struct faas_model *faas_model_init(void *memory, const struct faas_config *config, int calls_max,
                                   uint64_t seed, faas_compute_fn *compute, void *context);

/* The model behind the transport's calls. `t` points into the model. A time
 * before the last one seen counts as that one.
 *   submit    false only while calls_max calls are under way. call->batch may be
 *             NULL where the result is not wanted.
 *   poll      answers in order of (time of the answer, number of the submit).
 *             Every attempt is answered exactly once, but for lost and cancelled
 *             ones, which never are. A late answer comes even if its call was
 *             cancelled: nothing can stop it, and its owner must know it by its
 *             ticket.
 *   take      once per OK answer; false if the records are not those that were
 *             submitted (their number and ids are compared).
 *   next_due  may also name the end of an execution that nobody waits for; poll
 *             at that time then finds nothing. */
const struct transport *faas_model_transport(struct faas_model *m);

/* A fault for calls submitted before until_ns. value: latency: factor in ppm for
 * the whole time in an environment (billed, and held against timeout_ns); others:
 * chance in ppm, in force where it is above the config's. value 0 or until_ns <=
 * now: off; of throttle, which gives every call a 429, only until_ns counts. */
void faas_model_fault(struct faas_model *m, enum faas_fault fault, int64_t value, int64_t until_ns);
/* Brings the model to now_ns and reads its counters. O(environments). */
void faas_model_seen(struct faas_model *m, int64_t now_ns, struct faas_seen *out);

/* Warm median M(n) and the whole draw for tests and tables: ns. quantile in
 * [0, 2^32) indexes the residual's inverse CDF. No libm, integers only. */
int64_t faas_median_ns(const struct faas_config *config, uint32_t records);
int64_t faas_warm_ns(const struct faas_config *config, uint32_t records, uint32_t quantile);
/* Median cold start, ns; drawn ones are within +-20 % (FAAS_SPREAD_PPM) of it. */
int64_t faas_cold_ns(const struct faas_config *config);
/* What a rejection and a 5xx cost: one trip over the network, median, ns; drawn ones
 * are within +-20 % of it. */
int64_t faas_trip_ns(const struct faas_config *config, uint32_t records);

/* Is INIT part of the bill? Since August 2025 it is. */
bool faas_init_billed(const struct faas_config *config);
/* Price of one call: request fee + GB-seconds at 1 ms granularity (a begun ms
 * counts), nano-USD rounded to the nearest. billed_ns >= 0. */
int64_t faas_price_nusd(const struct faas_config *config, int64_t billed_ns);

void faas_config_init(struct faas_config *config);
/* Are all fields in their ranges? */
bool faas_config_good(const struct faas_config *config);

#endif
