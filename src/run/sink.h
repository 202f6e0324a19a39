/* The sink: sequencer, ledger's check, writer (DESIGN.md section 3; contracts.md 2).
 *
 *   links ─► twins ─► sequencer ─► [accept: tag, ledger, order, latency] ─► writer ─► committer
 *
 * A record is `out` the moment the writer accepts it; its latency ends there. */
#ifndef RUN_SINK_H
#define RUN_SINK_H

#include "base/hist.h"
#include "base/wide.h"
#include "burst/lane.h"
#include "burst/sequencer.h"
#include "burst/twins.h"
#include "run/writer.h"

/* Sums over accepted records, ns. */
struct tally {
    uint64_t count;
    i128 backlog, queue, fill, call, service, order;
};

struct sink_host {
    void *self;
    /* A record's credit comes back. */
    void (*settled)(void *self, uint32_t cost);
};

struct sink {
    struct link **in;
    uint32_t inputs, next_in;
    struct block_pool *pool;
    struct block *cur;
    struct block *scratch; /* one row at a time, out of the sequencer */
    struct sequencer *sequencer;
    struct ledger *ledger;
    struct twins *twins;
    struct writer *writer;
    struct lane *lane; /* for duplicates of a late head; NULL: none */
    struct sink_host host;
    const uint64_t *emitted_end; /* positions emitted so far */
    int64_t head_deadline_ns;    /* knob; 0: off */
    int64_t head_check_ns;
    int64_t blocked_until_ns; /* fault sink-block */
    int64_t down_until_ns;    /* killed */
    bool blocked, ended;
    struct hist latency;
    struct tally tally;
    struct task_time time;
    int64_t last_accept_ns;
    uint64_t in_count;
};

bool sink_step(void *self, int64_t now_ns);
int64_t sink_due(const void *self);
/* Releases what the new order lets go. */
void sink_set_order(struct sink *s, enum order order, int64_t now_ns);
uint32_t sink_in_flight(const struct sink *s);
uint32_t sink_queue(const struct sink *s);
void sink_visit(const struct sink *s, void (*visit)(void *, uint64_t id), void *context);

#endif
