/* The engine's inside: what the files of run/ share. Programs see spillway.h. */
#ifndef RUN_ENGINE_H
#define RUN_ENGINE_H

#include "burst/dispatch.h"
#include "burst/lane.h"
#include "burst/sequencer.h"
#include "flow/op.h"
#include "ring/flag.h"
#include "ring/mailbox.h"
#include "ring/spsc.h"
#include "run/backing.h"
#include "run/inputs.h"
#include "run/loop.h"
#include "run/region.h"
#include "run/sink.h"
#include "run/undo.h"
#include "run/writer.h"
#include "spillway.h"
#include "workload/source.h"

#include <pthread.h>

#define ENGINE_TICK_NS (100 * NS_PER_MS) /* readings: 10 per second */
#define ENGINE_MARKS 11                  /* ticks kept, to look one second back */
#define ENGINE_MEMBERS 4096
#define ENGINE_EVENTS 256 /* events kept in the engine */
#define ENGINE_SLAB (64 * 1024)
#define ENGINE_CHUNKS (1u << 20) /* row box: 512 MiB of address space, touched as used */
#define ENGINE_COMMANDS 64       /* commands on their way from another thread */
#define ENGINE_PENDING 512       /* `at` commands waiting */
#define ENGINE_EXPECTS 64
#define ENGINE_MOMENTS 64           /* markers that `stats since` can go back to */
#define ENGINE_DEEDS ENGINE_PENDING /* commands that one script can hold */

enum member_kind { MEMBER_SOURCE, MEMBER_TASK, MEMBER_LANE, MEMBER_SINK };

/* One parallel instance of a vertex. */
struct member {
    enum member_kind kind;
    int vertex, instance;
    uint32_t agent; /* index in the loop */
    union {
        struct source *source;
        struct task *task;
        struct lane *lane;
        struct sink *sink;
    } is;
};

/* A vertex: a node with the nodes chained to it; or the remote lane of one. */
struct vertex {
    char name[80];
    enum member_kind kind;
    int node;              /* head node; -1: remote lane */
    int chain[TASK_CHAIN]; /* nodes, head first */
    int chain_count;
    int parallelism, first_member;
    bool bursts;
    int output[4], outputs; /* vertices downstream, for the screen */
    int weight;             /* deliveries that one record here makes at the sink */
};

/* Cumulative counters at a tick, for rates and shares over the last second. */
struct mark {
    int64_t now_ns;
    uint64_t emitted, out, due, remote, dispatched;
    uint64_t calls, call_records;
    uint64_t vertex_in[SP_VERTICES], vertex_out[SP_VERTICES];
    struct tally tally;
    struct hist latency, call;
};

struct controller {
    int64_t next_ns, last_ns;
    int policy; /* index in force */
    struct policy_state state;
    struct observation seen;
    struct task_share *share; /* by member: at the last tick */
    uint64_t input, served, due;
    int64_t fraction_ppm;
    int64_t logged_ppm; /* fraction of the last event written */
    int64_t logged_ns;
    uint64_t decisions;
};

/* The run's figures at a marker, for `stats since`. */
struct moment {
    uint64_t event; /* 0: unused */
    int64_t at_ns;
    char letter[8];   /* on the ruler of the screen */
    char command[64]; /* how its command began */
    struct mark mark;
    uint64_t cold, failed, calls;
    int64_t cost_nusd;
};

/* What was done in this run, by whom it may be: `save-as scenario` writes it down. */
struct deed {
    int64_t at_ns;
    char text[PRESET_COMMAND];
};

/* What the controller sees of the last regular reading: one that somebody asked for in
 * between must not change what it decides. */
struct ticked {
    struct sp_latency latency, call;
    double fill_ns, burst_rate;
};

/* expect COND [within T | for T], while it is being judged. */
struct expectation {
    struct sp_expect shown;
    int variable, comparison;
    int64_t value; /* in the variable's own unit */
    int64_t begin_ns, span_ns;
    int kind; /* 0: at the end, 1: within, 2: for */
    bool decided;
};

/* A command on its way from another thread. */
struct message {
    enum sp_author author;
    uint64_t ticket;               /* 0: none */
    char text[2 * PRESET_COMMAND]; /* one that is too long arrives too long, and is refused */
};

struct pending {
    int64_t at_ns;
    uint64_t number; /* in order of arrival: of those due at one time the first goes first */
    enum sp_author author;
    char text[PRESET_COMMAND];
    bool used;
};

struct sp_engine {
    struct sp_options options;
    struct preset preset;
    char sink_dir[512], dead_path[512];
    struct region region;
    struct loop loop;
    int64_t now_ns;
    int64_t settled_ns; /* sim: the instant that ran last; -1: none */
    int64_t end_ns;     /* TIME_NEVER: none */
    bool finished, stopped, restart;
    int restarts;          /* so far */
    struct preset *loaded; /* to restart with; owned, NULL: the same again */
    uint64_t ticket;       /* of the command that is being run; 0: none */
    struct err failed;
    /* parts */
    struct block_pool pool;
    struct rowbox box;
    struct ledger ledger;
    struct sequencer sequencer;
    struct twins twins;
    struct writer writer;
    struct op_tokenize tokenize;
    struct backing backing;    /* of the lane; zeroed: there is none */
    bool away, broke;          /* said in the log: calls are held back; the money is spent */
    int64_t broke_nusd;        /* budget of which that was said */
    struct dispatch *dispatch; /* one per instance of the bursting vertex */
    int dispatches;
    struct link *links;
    int link_count;
    struct vertex vertex[SP_VERTICES];
    int vertex_count;
    struct member *member;
    int member_count;
    int sources;                                               /* source numbers in record ids */
    int burst_vertex, lane_vertex, sink_vertex, costly_vertex; /* -1: none */
    struct lane *lane;
    struct sink *sink;
    uint32_t *source_agents;
    int source_members;
    struct input_set inputs; /* what sources read that is not Nexmark's */
    /* admission */
    uint64_t emitted, emitted_end;
    uint64_t *source_end; /* by source number: positions emitted below, for emitted_end */
    int64_t credit_chunks;
    bool sources_wait;
    /* knobs and control */
    struct knobs knobs;
    struct controller control;
    struct hist call_hist, batch_hist;
    struct cost_meter cost;
    int64_t cost_seen_nusd;
    /* events, readings */
    struct sp_event *event; /* ring of ENGINE_EVENTS */
    uint64_t event_count;
    struct mark *mark; /* ring of ENGINE_MARKS */
    uint64_t marks;
    int64_t next_tick_ns;
    int64_t quiet_ns; /* since when only ticks were due; TIME_NEVER: more is */
    uint32_t command_agent, control_agent, reading_agent, lane_agent;
    bool reading_wanted;
    struct sp_reading *reading; /* the newest, engine's own copy */
    struct ticked ticked;
    sp_tick_fn *tick;
    void *tick_context;
    /* markers */
    struct moment *moment; /* ring of ENGINE_MOMENTS */
    uint64_t moments;
    struct sp_letters letters;
    /* commands */
    struct deed *deed;     /* ENGINE_DEEDS */
    int deeds, deeds_lost; /* kept; and those that found no room */
    struct pending *pending;
    uint64_t planned; /* number of the last one */
    struct expectation *expect;
    int expect_count;
    int interventions; /* number of the last one */
    struct {
        int number, source_handle;
        bool active;
        char what[64];
    } intervention[128];
    struct undo undo;
    /* other threads */
    pthread_t thread;
    bool threaded, joined;
    struct flag stop, ended;
    struct spsc commands;
    struct mailbox mailbox;
    void *mailbox_memory;
    int wake_fd, event_fd;
    /* the real clock */
    int64_t origin_ns; /* CLOCK_MONOTONIC at engine time 0, gaps added */
    int pace_ppm;
    bool paused;
    /* sim on a screen */
    bool held, anchored;
    int64_t anchor_wall_ns, anchor_ns; /* wall and engine time at the same moment */
    int64_t step_until_ns;
};

/* ---- plan.c: graph -> vertices, members, links ---------------------------------- */
MUST_USE int plan_build(struct sp_engine *g, struct err *e);

/* ---- control.c -------------------------------------------------------------------- */
void control_init(struct sp_engine *g);
bool control_step(void *engine, int64_t now_ns);
int64_t control_due(const void *engine);
/* Passes the knobs on to the parts that hold copies. */
void control_apply_knobs(struct sp_engine *g);
/* A policy was chosen. */
void control_set_policy(struct sp_engine *g);

/* ---- service.c: the platform behind the lane ----------------------------------------- */
/* Opens what the preset and the options ask for; `kind` instead of theirs. */
MUST_USE int service_open(struct sp_engine *g, enum provider kind, struct backing *out,
                          struct err *e);
/* The kind that a run has: virtual time always has the model. */
enum provider service_kind(const struct sp_engine *g);
/* Writes one event when calls begin to be held back, and one when they go out again. */
void service_watch(struct sp_engine *g);

/* ---- reading.c ---------------------------------------------------------------------- */
void reading_init(struct sp_engine *g);
bool reading_step(void *engine, int64_t now_ns);
int64_t reading_due(const void *engine);
/* Makes a reading now, posts it and judges the expectations. */
void reading_make(struct sp_engine *g, int64_t now_ns);
/* Cumulative counters as of now. */
void reading_mark(struct sp_engine *g, struct mark *k, int64_t now_ns);
/* Figures of what came between two states of a histogram. */
struct sp_latency reading_since(const struct hist *now, const struct hist *then);
int64_t engine_in_flight(const struct sp_engine *g);
uint64_t engine_backlog(struct sp_engine *g, int64_t now_ns);
struct task_share member_share(const struct member *m, int64_t now_ns);

/* ---- lost.c ------------------------------------------------------------------------- */
/* Appends "lost: ID ID …" to text, and blames the first of them in the ledger. */
void lost_name(struct sp_engine *g, char *text, size_t size);

/* ---- command.c, command_run.c, condition.c ----------------------------------------------- */
void command_run(struct sp_engine *g, enum sp_author author, const char *text);
/* Adds an event to the log. inverse may be NULL. */
void event_add(struct sp_engine *g, enum sp_author author, char kind, const char *command,
               const char *effect, const char *inverse);
bool pending_step(void *engine, int64_t now_ns);
int64_t pending_due(const void *engine);
/* Reads `COND [within T | for T]`; fills x or says why not. */
MUST_USE int condition_read(const char *text, struct expectation *x, struct err *e);
/* Judges by a reading; at the end of the run with last = true. */
void condition_judge(struct expectation *x, const struct sp_reading *r, bool last);
/* What became of one that is decided: "came true", "held", "did not hold". */
const char *condition_outcome(const struct expectation *x);

/* ---- stats.c ------------------------------------------------------------------------ */
/* After an event was added: keeps the figures as of a marker. */
void stats_note(struct sp_engine *g, const struct sp_event *e);

/* ---- live.c, engine.c ---------------------------------------------------------------------- */
/* Is this line of the scenario out of force, because `--rate` rules? */
bool engine_drops_line(const struct sp_engine *g, const char *line);
MUST_USE int engine_build(struct sp_engine *g, struct err *e);
void engine_teardown(struct sp_engine *g);
/* One instant is over: is the run? */
bool engine_is_over(struct sp_engine *g);
void engine_wake_sources(struct sp_engine *g);
MUST_USE int run_sim(struct sp_engine *g, struct err *e);
/* Virtual time up to until_ns, that instant included. True: the run is over. */
bool run_sim_until(struct sp_engine *g, int64_t until_ns);
MUST_USE int run_live(struct sp_engine *g, struct err *e);

#endif
