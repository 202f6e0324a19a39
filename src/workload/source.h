/* The source: an agent that emits the records of its feed when the schedule says they
 * are due, as long as its outlet and the engine's admission let it. What is due
 * and not emitted is the backlog: arithmetic, not storage.
 *
 * A feed may be slower than the schedule (a pipe). Then the schedule waits with it: a
 * record that comes after its time is due when it comes, and those behind it later by
 * as much. So a slow input is never a backlog, and no late crowd follows it. */
#ifndef WORKLOAD_SOURCE_H
#define WORKLOAD_SOURCE_H

#include "flow/outlet.h"
#include "flow/task.h"
#include "flow/task_time.h"
#include "workload/feed.h"
#include "workload/schedule.h"

/* Records closer together than this are emitted together: at high rates blocks
 * grow large, at low rates nothing waits. */
#define SOURCE_GAP_NS INT64_C(100000)
/* How often a feed that had nothing is asked again. */
#define SOURCE_ASK_NS INT64_C(2000000)

/* What the engine says to a source about to emit. */
struct source_host {
    void *self;
    /* May position pos, costing up to `cost` row box chunks, be emitted now? */
    bool (*admit)(void *self, uint64_t pos, uint32_t cost);
    /* It was emitted, at a cost of `cost`. */
    void (*emitted)(void *self, uint64_t pos, uint64_t key, uint32_t cost);
};

struct source_config {
    struct feed feed; /* look NULL: Nexmark's events, as below */
    struct nexmark nexmark;
    int64_t base_time_ms;
    bool text;                    /* somebody needs the text */
    uint32_t index;               /* source number in record ids */
    uint32_t sources;             /* sources in the run: pos = seq × sources + index */
    uint32_t instance, instances; /* of a fair source: this one emits seq ≡ instance */
    uint64_t pos_limit;           /* emit positions below it only; UINT64_MAX: no limit */
    uint64_t seq_limit;           /* the feed holds that many records; 0: not known */
    int64_t cost_ns;              /* paced cost of emitting a record; 0: none */
};

struct source {
    struct source_config config;
    struct nexmark_feed events;
    struct schedule schedule;
    struct source_host host;
    struct outlet out;
    struct op_step chain[TASK_CHAIN];
    int chain_count;
    struct task_time time;
    int64_t woke_ns; /* last emission */
    int64_t free_ns; /* paced: may emit again */
    int64_t down_until_ns;
    int64_t next_ns; /* may emit again; set by the step */
    int64_t watermark_ms;
    uint64_t emitted; /* records of this instance */
    bool blocked, ended;
    bool waits; /* the feed had nothing when it was asked last */
};

void source_init(struct source *s, const struct source_config *c, const struct schedule_spec *spec,
                 const struct source_host *host, struct block_pool *pool, int64_t now_ns);
/* A command that moves due times must be followed by a step. */
bool source_step(void *self, int64_t now_ns);
int64_t source_due(const void *self);

/* Records due by now that this instance has not emitted. */
uint64_t source_backlog(struct source *s, int64_t now_ns);
/* Killed: emits nothing for TASK_RESTART_NS; what falls due meanwhile is backlog. */
void source_kill(struct source *s, int64_t now_ns);

#endif
