/* The dispatcher: local or remote, record by record. The decided fraction is
 * spread by an integer error accumulator, so n records send exactly
 * floor-or-ceil(n × fraction) to functions and nothing is random. */
#ifndef BURST_DISPATCH_H
#define BURST_DISPATCH_H

#include "control/knob.h"
#include "flow/task.h"

struct dispatch {
    int64_t fraction_ppm;   /* decided */
    enum overflow overflow; /* local lane full: burst or block */
    bool only_remote;       /* no local lane at all (op invoke) */
    const bool *credit;     /* the remote lane can start work now */
    int64_t error_ppm;      /* accumulator, [0, 10^6) */
    bool chosen;            /* the head record's way is drawn already */
    bool choice_remote;
    uint64_t local, remote, overflowed;
};

/* The way function for struct divert; self is a struct dispatch. */
enum way dispatch_way(void *self, const struct block *b, uint32_t row, bool lane_room,
                      bool remote_room);

#endif
