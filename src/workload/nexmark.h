/* Nexmark events (specs: P:A:B = 1:3:46), three profiles, byte-exact.
 * beam: the Java reference, RNG seeded by event id; ext: channel and url made
 * deterministic; mix: the same LCG with a scrambled seed, for experiments.
 * Stateless per event: any event is computable from its number alone. */
#ifndef WORKLOAD_NEXMARK_H
#define WORKLOAD_NEXMARK_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nexmark_profile { NEXMARK_BEAM, NEXMARK_EXT, NEXMARK_MIX, NEXMARK_PROFILES };
extern const char *const nexmark_profile_names[NEXMARK_PROFILES]; /* "beam" "ext" "mix" */

enum nexmark_type { NEXMARK_PERSON, NEXMARK_AUCTION, NEXMARK_BID };

/* No event's text is longer. */
#define NEXMARK_TEXT_MAX 2048

struct nexmark {
    enum nexmark_profile profile;
    uint64_t seed; /* user seed of profile mix */
    uint64_t first_event_id, first_event_number;
    uint64_t group; /* outOfOrderGroupSize, >= 1; 953 must be coprime with it */
};

/* One event, as numbers; its strings are made by nexmark_text from the id. */
struct nexmark_event {
    uint64_t event_id;
    enum nexmark_type type;
    int64_t date_time_ms;
    int64_t watermark_ms; /* date_time_ms, unless the caller knows of a group (below) */
    uint64_t key;         /* auction id (auction, bid), person id (person) */
    int64_t horizon_ms;   /* auction: time to create 100 more auctions (h of the reference) */
};

/* The k-th event's number and id, and its group's first number (1.2). */
uint64_t nexmark_number(const struct nexmark *g, uint64_t k);      /* m' */
uint64_t nexmark_event_id(const struct nexmark *g, uint64_t k);    /* F + m' */
uint64_t nexmark_group_first(const struct nexmark *g, uint64_t k); /* (m div g)·g */

/* True when g can be used: group >= 1 and coprime with 953. */
bool nexmark_valid(const struct nexmark *g);

/* An auction's horizon: ms to create 100 more auctions, that is 1666 more events,
 * at rate_mps (milli-events/s), for an event due at nominal_ns. A difference of
 * whole ms, as the reference takes it. 0 when rate_mps is 0. */
int64_t nexmark_horizon_ms(int64_t nominal_ns, int64_t rate_mps);

/* Event as numbers: event id -> type and key (cheap: no strings). The caller
 * supplies the times: date_time_ms, and for auctions horizon_ms. */
void nexmark_numbers(const struct nexmark *g, uint64_t event_id, int64_t date_time_ms,
                     int64_t horizon_ms, struct nexmark_event *out);

/* Text form: the JSON object of the golden files without n, event_id, ts,
 * watermark. Writes at most NEXMARK_TEXT_MAX bytes, no NUL; returns the length. */
uint32_t nexmark_text(const struct nexmark *g, const struct nexmark_event *e, unsigned char *dst);

/* `reference` timing (1.7), for golden files only: date time of number m at a
 * constant rate/s, in ms from base 0. */
int64_t nexmark_reference_ms(uint64_t number, int64_t rate);

/* One line of a golden file for the k-th event, LF included, at the golden
 * config (10000/s, base time 0). dst holds NEXMARK_TEXT_MAX + 128 bytes. */
uint32_t nexmark_golden_line(const struct nexmark *g, uint64_t k, unsigned char *dst);

#endif
