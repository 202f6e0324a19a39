/* Tickets: a unit of dispatched work until it is done (DESIGN.md section 5). */
#ifndef BURST_TICKET_H
#define BURST_TICKET_H

#include <stdint.h>

/* Why a record became a dead letter. */
enum dead_reason {
    DEAD_NONE,
    DEAD_RETRIES,   /* attempts or retry budget used up, no local lane */
    DEAD_REFUSED,   /* the platform refused for good, no local lane */
    DEAD_BUDGET,    /* the money is spent, no local lane */
    DEAD_FUNCTION,  /* the function failed on it, no local lane */
    DEAD_TOO_LARGE, /* above 1 MiB: the row's text is its place in the input */
    DEAD_REASONS
};
extern const char *const dead_reason_names[DEAD_REASONS];

/* The row column `reason` of a dead letter: why, and after how many attempts. */
static inline uint8_t dead_mark(enum dead_reason reason, uint32_t attempts)
{
    return (uint8_t)((uint32_t)reason | (attempts < 15 ? attempts : 15) << 4);
}
static inline enum dead_reason dead_reason_of(uint8_t mark)
{
    return (enum dead_reason)(mark & 15);
}
static inline uint32_t dead_attempts_of(uint8_t mark) { return mark >> 4; }

/* A ticket's name: index in the table, and an epoch that changes each time the
 * entry is used again, so a late answer never finds the wrong work. */
static inline uint64_t ticket_name(uint32_t epoch, uint32_t index)
{
    return (uint64_t)epoch << 32 | index;
}
static inline uint32_t ticket_index(uint64_t name) { return (uint32_t)name; }
static inline uint32_t ticket_epoch(uint64_t name) { return (uint32_t)(name >> 32); }

#endif
