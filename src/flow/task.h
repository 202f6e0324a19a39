/* A task: one parallel instance of an operator, with the operators chained to it.
 *
 *   links ─► [block, cursor] ─► slots (machines) ─► operator, chain ─► outlet
 *                   │ dispatcher                        ▲
 *                   └─► remote lane ─ ─ ─ fallback link ─┘
 *
 * Without a paced cost and without a dispatcher, whole blocks pass through. With
 * either, records are served one by one: a slot is occupied for the record's
 * cost, and a record whose turn is local waits in a short lane queue when every
 * slot is taken. A full outlet leaves finished records in their slots: that is
 * back-pressure. Pure; driven by task_step. */
#ifndef FLOW_TASK_H
#define FLOW_TASK_H

#include "base/prng.h"
#include "base/timers.h"
#include "flow/outlet.h"
#include "flow/task_time.h"
#include "flow/watermark.h"
#include "record/rowbox.h"

#define TASK_CHAIN 8
#define TASK_RESTART_NS (1000 * INT64_C(1000000)) /* a killed slot or instance is down so long */

/* An operator's effect on rows [from, count) of a block, in place. */
typedef void op_apply_fn(void *context, struct block *b, uint32_t from);

struct op_step {
    op_apply_fn *apply; /* NULL: identity */
    void *context;
};

/* Where the next record goes. */
enum way { WAY_LOCAL, WAY_REMOTE, WAY_WAIT };

/* The burst dispatcher's say (burst/dispatch.h); NULL functions: none. */
struct divert {
    void *self;
    /* lane_room: a slot or a place in the lane queue is free; remote_room: the
     * remote lane takes a record now. WAY_WAIT: neither. Called again for the same
     * record after WAY_WAIT; otherwise once per record. */
    enum way (*way)(void *self, const struct block *b, uint32_t row, bool lane_room,
                    bool remote_room);
};

struct task_slot {
    uint32_t box; /* record in service, ROWBOX_NONE: none */
    bool down;    /* killed: restarting */
    int64_t started_ns;
    int64_t free_ns; /* when it became free */
};

struct lane_entry {
    uint32_t box;
    int64_t since_ns;
};

struct task_config {
    int64_t cost_ns; /* paced; 0: none */
    int64_t jitter_ppm;
    uint32_t slots, slots_max;
    uint64_t seed;
};

struct task {
    struct task_config config;
    struct block_pool *pool;
    struct rowbox *box;
    struct link **in; /* normal inputs first, then fallback inputs */
    uint32_t inputs, fallbacks, next_in;
    struct outlet out;
    struct outlet remote; /* to the remote lane; no edges: no dispatcher */
    struct divert divert;
    struct op_step chain[TASK_CHAIN];
    int chain_count;
    bool by_row;       /* slots and dispatcher at work; else whole blocks */
    struct block *cur; /* being read */
    bool cur_fallback;
    struct block *done; /* block mode: processed, not yet given */
    /* slots */
    struct task_slot *slot;
    struct timers service; /* by slot: when its record is done, or it is up again */
    uint32_t *free_slot, free_count;
    uint32_t *finished, finished_head, finished_count; /* ring: slots that wait for the outlet */
    uint32_t slots_known;                              /* slots ever made available */
    uint32_t busy, down;
    struct lane_entry *lane; /* ring: local records that wait for a slot */
    uint32_t lane_head, lane_count, lane_size;
    int64_t down_until_ns;
    struct prng prng;
    /* accounts */
    struct task_time time;
    struct watermark_gate gate;
    uint64_t in_count, served_count; /* records taken in; served by slots or blocks */
    uint64_t remote_count, killed_count;
    bool remote_ended, ended;
};

/* Bytes of memory for slots_max slots. */
size_t task_bytes(const struct task_config *c);
/* memory: zeroed, 16-aligned. The caller sets in, inputs, fallbacks, chain,
 * divert and edges afterwards, then calls task_ready. */
void task_init(struct task *t, void *memory, const struct task_config *c, struct block_pool *pool,
               struct rowbox *box, int64_t now_ns);
void task_ready(struct task *t);

bool task_step(void *self, int64_t now_ns);
int64_t task_due(const void *self);

/* Knob `slots`: from now on. Busy slots above the number finish their record. */
void task_set_slots(struct task *t, uint32_t slots, int64_t now_ns);
/* Kills one slot, or with slot < 0 the instance: records in service go back to
 * the lane queue, and it is down for TASK_RESTART_NS. Returns records re-dispatched. */
uint32_t task_kill(struct task *t, int64_t slot, int64_t now_ns);

/* Records inside (input block, lane queue, slots, open blocks). */
uint32_t task_in_flight(const struct task *t);
/* Records on its input links. */
uint32_t task_queue(const struct task *t);
void task_visit(const struct task *t, void (*visit)(void *, uint64_t id), void *context);

#endif
