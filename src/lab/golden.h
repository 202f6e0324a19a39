/* Whether a recorded sim run still gives what it gave: it is run again from the header of its
 * recording, with what was typed on the way, and every event and every figure is compared. */
#ifndef LAB_GOLDEN_H
#define LAB_GOLDEN_H

#include "spillway.h"

struct golden {
    bool same;
    char difference[400];      /* the first one; "" if there is none */
    uint64_t readings, events; /* compared */
    uint64_t digest;           /* of the run as it is now */
    char commit[80];           /* that recorded it */
};

/* 0 with *out filled; ERR_BAD for a recording that cannot be repeated (live, begun anew by
 * hand) or is none; what failed otherwise. */
MUST_USE int golden_check(const char *path, struct golden *out, struct err *e);

#endif
