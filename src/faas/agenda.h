/* What happens when: a binary heap over caller's memory, smallest (time, number)
 * first, so equal times keep the order of the submits. O(log n). */
#ifndef FAAS_AGENDA_H
#define FAAS_AGENDA_H

#include "base/check.h"

#include <stdint.h>

struct agenda_entry {
    int64_t at_ns;
    uint64_t number;
    int32_t slot;
};

struct agenda {
    struct agenda_entry *entry;
    int32_t count, capacity;
};

/* Adds an entry; there must be room. */
void agenda_push(struct agenda *a, struct agenda_entry entry);
/* Removes and returns the first entry; there must be one (entry[0] shows it). */
struct agenda_entry agenda_pop(struct agenda *a);

#endif
