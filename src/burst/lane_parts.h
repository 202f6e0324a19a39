/* What the files of the remote lane share: src/burst/lane*.c alone. */
#ifndef BURST_LANE_PARTS_H
#define BURST_LANE_PARTS_H

#include "burst/lane.h"

#define ROW_COPIED 64 /* row flag inside a call buffer: a second copy went to the local lane */
#define LANE_STEP_ROWS 4096
#define LANE_BATCH_BYTES (4u << 20) /* of text; the encoded request stays below 6 MB */

/* ---- lane.c: rings of tickets -------------------------------------------------------- */
void lane_queue_push(struct lane *l, uint32_t t, bool front);
uint32_t lane_queue_pop(struct lane *l);
/* The rows of t may leave: downstream (TICKET_DONE) or to the local lane (TICKET_FALLBACK). */
void lane_leave(struct lane *l, uint32_t t, enum ticket_state state);
/* A free entry, as the ticket of these records; there must be one. */
uint32_t lane_ticket(struct lane *l, const struct block_list *batch, uint32_t bytes,
                     int64_t closed_ns);

/* ---- lane_fill.c: records into batches ------------------------------------------------- */
bool lane_fill(struct lane *l, int64_t now_ns, uint32_t *rows);

/* ---- lane_calls.c: batches into calls, answers into rows -------------------------------- */
/* May another call go out, as far as concurrency and an unknown price are concerned? */
bool lane_may_start(const struct lane *l);
/* Is nothing under way, and yet no call may go out before a bill has come? Nobody tells the
 * lane when it has: it looks now and then. */
bool lane_waits_for_bill(const struct lane *l);
/* Is there money for one more call? */
bool lane_has_money(const struct lane *l);
bool lane_take_answers(struct lane *l, int64_t now_ns);
bool lane_run_timers(struct lane *l, int64_t now_ns);
bool lane_start_calls(struct lane *l, int64_t now_ns);

/* ---- lane_split.c ------------------------------------------------------------------------ */
/* Halves the batch of ticket t: the second half becomes a ticket of its own. Returns it;
 * t itself if there is one record only, or no room for another ticket. */
uint32_t lane_split(struct lane *l, uint32_t t);

#endif
