#include "workload/feed.h"

static enum feed_state look(void *self, uint64_t seq, uint32_t *room)
{
    (void)self;
    (void)seq;
    *room = NEXMARK_TEXT_MAX;
    return FEED_HAS;
}

static void begin(void *self, uint64_t seq, int64_t ms, int64_t horizon_ms, struct feed_row *row)
{
    struct nexmark_feed *f = self;
    nexmark_numbers(&f->nexmark, nexmark_event_id(&f->nexmark, seq), ms, horizon_ms, &f->event);
    *row = (struct feed_row){.key = f->event.key};
}

static uint32_t text(void *self, unsigned char *dst)
{
    const struct nexmark_feed *f = self;
    return nexmark_text(&f->nexmark, &f->event, dst);
}

struct feed nexmark_feed(struct nexmark_feed *self, const struct nexmark *g)
{
    *self = (struct nexmark_feed){.nexmark = *g};
    return (struct feed){self, look, begin, text};
}
