/* spillway: the one header that programs include (ui/, bench/).
 *
 * An engine is a value: open one from options, start or run it, send it text
 * commands, read readings, close it. Several may live in one process. All calls
 * on one engine come from one thread, but for those of the live thread that
 * sp_start makes. */
#ifndef SPILLWAY_H
#define SPILLWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hist.h"
#include "cloud/address.h"
#include "cloud/credentials.h"
#include "cloud/emulator.h"
#include "cloud/provider.h"
#include "cloud/settings.h"
#include "cloud/sign.h"
#include "control/policy.h"
#include "io/err_say.h"
#include "io/preset.h"
#include "io/preset_write.h"
#include "record/payload.h"
#include "record/tokenize.h"

#define SP_VERTICES 32
#define SP_INSTANCES 512 /* over all vertices; more are aggregated only */
#define SP_EVENTS 64     /* events kept in a reading: the newest */
#define SP_EVENT_TEXT 200
#define SP_FAULTS 5

enum sp_author { SP_YOU, SP_AUTO, SP_SCENARIO, SP_SCRIPT, SP_SOCKET };
extern const char *const sp_author_names[]; /* "you" "auto" "scenario" "script" "socket" */

#define SP_EVENT_KINDS "LKXPDMEHAW!"

/* One line of the log: what was done, by whom, to what effect. */
struct sp_event {
    uint64_t number; /* 1, 2, … */
    int64_t at_ns;   /* engine time */
    enum sp_author author;
    /* Of SP_EVENT_KINDS: 'L' load, 'K' knob, 'X' kill or fault, 'P' policy, 'D' decision,
     * 'M' mark, 'E' expect, 'H' what was hoped for, 'A' answer, 'W' waits for its time,
     * '!' error, warning, failed expectation */
    char kind;
    char command[SP_EVENT_TEXT]; /* "spike x2 10s": can be typed again */
    char effect[SP_EVENT_TEXT];  /* "800/s -> 1600/s until 00:00:22" */
    char inverse[SP_EVENT_TEXT]; /* command that undoes it, "" if there is none */
    uint64_t ticket; /* sp_command_ticket's, of the command that it belongs to; 0: none */
};

/* Markers stand on every graph: what people did is lettered A…Z, A2…, what the controller
 * decided a…z, a2…, in the order of events. */
struct sp_letters {
    unsigned people, controllers; /* given so far; both 0 at the start */
};
/* If the event is a marker: writes its letter and counts it. */
bool sp_letter(struct sp_letters *given, const struct sp_event *e, char dst[8]);

enum sp_level { SP_BP_OK, SP_BP_LOW, SP_BP_HIGH }; /* Flink's levels: <= 10 %, <= 50 %, above */

struct sp_instance {
    int vertex;
    double busy, idle, backpressured; /* ms/s over the last second; sum 1000 */
    int64_t queue;                    /* records on its input links */
    int64_t in_flight;                /* records it holds itself (slots, half-made blocks) */
};

struct sp_vertex {
    char name[80]; /* "tokenizer"; chained operators joined: "source -> stamp" */
    int parallelism;
    int slots;
    bool bursts;                      /* the dispatcher stands here */
    bool remote;                      /* the remote lane of the vertex before it */
    int first_instance;               /* index into instance[], -1 if beyond SP_INSTANCES */
    double busy, idle, backpressured; /* ms/s: maximum over instances, of each by itself */
    double accumulated_busy_s, accumulated_backpressured_s,
        accumulated_idle_s;   /* max over instances */
    double in_rate, out_rate; /* records/s over the last second */
    uint64_t in, out;         /* records since start */
    int64_t queue, in_flight;
    int64_t watermark_ms; /* INT64_MIN: none yet */
    enum sp_level level;
    int64_t output[4]; /* indices of downstream vertices, -1: none */
};

struct sp_latency { /* one histogram's figures, ns */
    uint64_t count;
    int64_t mean, p50, p90, p99, p999, max;
};

struct sp_parts { /* means over records, ns; they sum to the mean latency */
    double backlog, queue, fill, call, service, order;
};

struct sp_reading {
    uint64_t number;
    int64_t now_ns;  /* engine time */
    int64_t wall_ns; /* CLOCK_MONOTONIC when it was made (live); equals now_ns in sim */
    bool sim, paused, finished;
    bool held;     /* the clock of a sim run stands still (command `step`) */
    int speed_ppm; /* sim on a screen: 10^6 = x1 */
    char preset[64];
    char why[300];
    char provider[16];
    char endpoint[80];   /* host and port that calls go to; "" for the model */
    int64_t duration_ns; /* 0 = open end */

    double in_rate, out_rate, offered_rate; /* records/s over the last second */
    double burst_rate;                      /* records/s to functions */
    double burst_share;                     /* 0..1, of records dispatched in the last second */
    double busy;                            /* 0..1 of the burst (or costliest) vertex */
    double backpressured;                   /* ms/s, maximum over vertices */
    enum sp_level level;
    double accumulated_backpressured_s; /* maximum over vertices */
    int64_t backlog;                    /* due and not emitted */
    double drain_s;                     /* backlog / surplus rate; < 0: it grows or is unknown */

    /* ledger, in records */
    uint64_t in, out, dead, lost, duplicated, disordered;
    int64_t in_flight;
    bool balanced;
    int faults; /* kinds of fault found so far, in order of time */
    struct sp_fault {
        char what[32]; /* "lost", "duplicated", "out of order", … */
        uint64_t id;   /* the first record with it */
    } fault[SP_FAULTS];
    uint64_t tokens;
    uint64_t digest;

    struct sp_latency latency;     /* last second, due -> sink */
    struct sp_latency latency_run; /* whole run */
    struct sp_latency call;        /* last second, first attempt -> answer */
    struct sp_latency call_run;
    struct sp_parts parts; /* last second */
    struct sp_parts parts_run;

    /* functions */
    int64_t calls_in_flight, records_in_flight_remote;
    int64_t concurrency_now; /* adaptive limit in force */
    int64_t env_cold, env_busy, env_warm;
    uint64_t burst_records, batches, calls, retries, throttled, cold_starts, failed, executed;
    uint64_t timeouts;           /* calls given up by knob `timeout` */
    uint64_t splits;             /* batches halved because they were too large */
    uint64_t fell_back;          /* records that came back from the lane to run locally */
    uint64_t duplicates_dropped; /* late or second answers recognised by ticket */
    int64_t retry_tokens;
    int breaker; /* enum breaker_state */
    int64_t cost_nusd, cost_rate_nusd_h;
    int64_t fraction_ppm; /* decided share */
    int64_t decisions;    /* changes of a decided field so far */
    double mean_batch;    /* records per call, last second; 0 = none */
    int64_t batch_now;    /* target size in force */

    struct knobs knobs;
    bool sink_blocked;

    int vertex_count, instance_count;
    struct sp_vertex vertex[SP_VERTICES];
    struct sp_instance instance[SP_INSTANCES];

    uint64_t event_count; /* events since start; event[] holds the last of them */
    int events;
    struct sp_event event[SP_EVENTS]; /* oldest first */

    /* cumulative histograms: a reader takes differences between any two readings */
    struct hist latency_hist, call_hist;
};

enum sp_sink { SP_SINK_NULL, SP_SINK_STDOUT, SP_SINK_FILE };

struct sp_options {
    const struct preset *preset;
    bool sim;
    uint64_t seed;
    int64_t duration_ns;         /* 0: the preset's */
    uint64_t records;            /* 0: no limit; overrides duration */
    int64_t rate_mps;            /* > 0: one constant rate instead of the whole schedule */
    const char *const *commands; /* --at and --script lines, NULL-terminated or NULL */
    const char *const *expects;  /* --expect, NULL-terminated or NULL */
    enum sp_sink sink;
    const char *sink_dir;
    int sink_fd;              /* SP_SINK_STDOUT writes here; 0 means 1 */
    const char *dead_letters; /* file; NULL: none is written */
    const char *cpu;          /* SPILLWAY_CPU */
    const char *plant;        /* test builds: "drop:PLACE:N", NULL otherwise */
    const char *endpoint;     /* URL that functions are called at; NULL: the preset's */
    const char *function;     /* NAME[:ALIAS], an ARN, or NAME=KIND:SOURCE for the emulator; NULL */
    const char *profile;      /* of AWS's files; NULL: as the environment says */
    enum provider_auth auth;
    enum payload_form payload;
    bool log_tail; /* functions send the end of their log with each answer */
    bool readonly; /* commands from SP_YOU and SP_SOCKET are refused */
    int pace_ppm;  /* sim: speed against the wall clock (10^6 = x1); 0 = as fast as it can */
};

struct sp_engine;

/* Checks the options, builds the graph. 0, or ERR_BAD / ERR_IO / ERR_MEMORY with
 * e filled. The preset is copied. */
MUST_USE int sp_open(const struct sp_options *options, struct sp_engine **out, struct err *e);
void sp_close(struct sp_engine *engine);

/* Runs in the calling thread until the end of the run or until sp_stop; `tick`
 * (may be NULL) is called after each reading, with the reading; it returns false
 * to stop. */
typedef bool sp_tick_fn(void *context, const struct sp_reading *reading);
MUST_USE int sp_run(struct sp_engine *engine, sp_tick_fn *tick, void *context, struct err *e);

/* Virtual time driven from outside, for several engines in step: all that is due up to
 * engine time until_ns happens, in the calling thread, and until_ns is what the clock says
 * then. *over: the run has ended, as after sp_run; so it has where a command asked for a
 * restart. `tick` as for sp_run. Only for sim with pace_ppm 0. */
MUST_USE int sp_advance(struct sp_engine *engine, int64_t until_ns, sp_tick_fn *tick, void *context,
                        bool *over, struct err *e);

/* The same on a thread of the engine's own. */
MUST_USE int sp_start(struct sp_engine *engine, struct err *e);
/* Asks the run to stop (async-signal-safe); the thread ends soon after. */
void sp_stop(struct sp_engine *engine);
/* True once the thread has ended. */
bool sp_ended(const struct sp_engine *engine);

/* Sends one command. It is checked and run by the engine at its next instant;
 * its effect, or the sentence that refuses it, comes as an event. false: the
 * command ring is full. From the thread that called sp_start. */
bool sp_command(struct sp_engine *engine, enum sp_author author, const char *text);

/* The same; every event of this command carries the ticket (not 0). */
bool sp_command_ticket(struct sp_engine *engine, enum sp_author author, uint64_t ticket,
                       const char *text);

/* Checks a command's form without running it: 0, or ERR_BAD and the sentence
 * with its column. No engine needed. */
MUST_USE int sp_command_check(const char *text, struct err *e);

/* The newest reading, if there is one newer than *reading. Never blocks. */
bool sp_read(struct sp_engine *engine, struct sp_reading *reading);

/* Readable when there is something new (reading, end): an eventfd for poll(). */
int sp_event_fd(const struct sp_engine *engine);

/* ---- the end of a run ------------------------------------------------------- */

struct sp_expect {
    char text[PRESET_COMMAND];
    bool ok;
    char observed[48];
};

struct sp_summary {
    struct sp_reading last;
    uint64_t seed;
    int64_t completion_ns; /* engine time at which the last record was done */
    int expect_count;
    struct sp_expect expect[64];
    struct hist batch_hist; /* batches done: first record in -> answer */
    bool ledger_ok, expects_ok, interrupted;
    char ledger_text[300]; /* what is wrong, with record ids; "" if nothing */
};

/* After the run has ended (or at any time from the thread that runs it). */
void sp_summary(struct sp_engine *engine, struct sp_summary *out);

/* Commit the program was built from. */
const char *sp_commit(void);

/* ---- tables for `list` and help ------------------------------------------------ */

struct sp_command_def {
    const char *name;
    const char *arguments; /* "xF T | +R T" */
    const char *help;
    const char *example;
};
/* NULL-name-terminated. */
const struct sp_command_def *sp_commands(void);

/* What a condition can be about: the words that `expect` knows. */
struct sp_variable {
    const char *name;
    const char *unit;    /* "duration", "count", … */
    const char *example; /* a value: "20ms" */
    const char *help;
};
/* Fills out with variable i = 0, 1, …; false after the last. */
bool sp_variable(int i, struct sp_variable *out);

#endif
