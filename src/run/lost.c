/* Which records are lost: positions that are not settled and that no part of the engine
 * holds. Looked for only once the ledger does not balance. */
#include "run/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct search {
    struct sp_engine *g;
    uint8_t *held; /* one byte per open position from `low` on */
    uint64_t low, end;
    char *text;
    size_t size;
    int named, missing;
};

static void note_held(void *context, uint64_t id)
{
    struct search *s = context;
    uint64_t pos = ledger_pos(&s->g->ledger, id);
    if (pos >= s->low && pos < s->end)
        s->held[pos - s->low] = 1;
}

static void note_open(void *context, uint64_t pos)
{
    struct search *s = context;
    if (pos < s->low || pos >= s->end || s->held[pos - s->low])
        return;
    uint64_t id = ledger_id(&s->g->ledger, pos);
    ledger_blame(&s->g->ledger, id, "lost");
    s->missing++;
    size_t used = strlen(s->text);
    if (s->named++ < 5)
        snprintf(s->text + used, s->size - used, " %u:%llu", record_source(id),
                 (unsigned long long)record_seq(id));
}

void lost_name(struct sp_engine *g, char *text, size_t size)
{
    uint64_t low = g->ledger.low;
    struct search s = {.g = g, .low = low, .end = g->emitted_end, .text = text, .size = size};
    if (g->ledger.stragglers > 0)
        s.low = 0; /* rare: look at everything */
    s.held = calloc(1, (size_t)(s.end - s.low) + 1);
    if (s.held == NULL)
        return;
    for (int i = 0; i < g->link_count; i++) {
        const struct link *l = &g->links[i];
        for (uint32_t k = 0; k < l->count; k++) {
            const struct block *b = l->ring[(l->head + k) % LINK_BLOCKS];
            for (uint32_t r = 0; r < b->count; r++)
                note_held(&s, b->id[r]);
        }
    }
    for (int i = 0; i < g->member_count; i++) {
        struct member *m = &g->member[i];
        if (m->kind == MEMBER_SOURCE)
            outlet_visit(&m->is.source->out, note_held, &s);
        else if (m->kind == MEMBER_TASK)
            task_visit(m->is.task, note_held, &s);
        else if (m->kind == MEMBER_LANE)
            lane_visit(m->is.lane, note_held, &s);
        else
            sink_visit(m->is.sink, note_held, &s);
    }
    size_t used = strlen(text);
    snprintf(text + used, size - used, "lost:");
    ledger_open_positions(&g->ledger, g->emitted_end, note_open, &s);
    if (s.missing > 5) {
        used = strlen(text);
        snprintf(text + used, size - used, " and %d more", s.missing - 5);
    }
    free(s.held);
}
