#include "burst/dispatch.h"

static void choose(struct dispatch *d)
{
    d->error_ppm += d->fraction_ppm;
    d->choice_remote = d->error_ppm >= PPM_ONE;
    if (d->choice_remote)
        d->error_ppm -= PPM_ONE;
    d->chosen = true;
}

static enum way resolve(const struct dispatch *d, bool lane_room, bool remote_room)
{
    if (d->only_remote)
        return remote_room ? WAY_REMOTE : WAY_WAIT;
    if (d->choice_remote) {
        if (remote_room)
            return WAY_REMOTE;
        return lane_room ? WAY_LOCAL : WAY_WAIT;
    }
    if (lane_room)
        return WAY_LOCAL;
    /* Only while the policy is bursting: without it, a full lane is back-pressure. */
    bool spill = d->fraction_ppm > 0 && d->overflow == OVERFLOW_BURST;
    return spill && remote_room ? WAY_REMOTE : WAY_WAIT;
}

enum way dispatch_way(void *self, const struct block *b, uint32_t row, bool lane_room,
                      bool remote_room)
{
    struct dispatch *d = self;
    (void)b;
    (void)row;
    if (!d->chosen)
        choose(d);
    enum way way = resolve(d, lane_room, remote_room && *d->credit);
    if (way == WAY_WAIT)
        return way;
    d->chosen = false;
    d->local += way == WAY_LOCAL;
    d->remote += way == WAY_REMOTE;
    d->overflowed += way == WAY_REMOTE && !d->choice_remote && !d->only_remote;
    return way;
}
