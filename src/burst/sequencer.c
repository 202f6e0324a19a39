#include "burst/sequencer.h"

#include <string.h>

size_t sequencer_bytes(void)
{
    return LEDGER_KEYS * sizeof(uint64_t) + (size_t)SEQUENCER_WINDOW * 3 * sizeof(uint32_t);
}

void sequencer_init(struct sequencer *s, void *memory, enum order order, struct ledger *ledger,
                    struct rowbox *box)
{
    *s = (struct sequencer){
        .order = order, .ledger = ledger, .box = box, .mask = SEQUENCER_WINDOW - 1};
    s->last = memory;
    s->kept = (uint32_t *)(void *)(s->last + LEDGER_KEYS);
    s->prev = s->kept + SEQUENCER_WINDOW;
    s->next = s->prev + SEQUENCER_WINDOW;
}

/* Keys share buckets; records of a bucket keep their order, so records of a key do. */
void sequencer_announce(struct sequencer *s, uint64_t pos, uint64_t key)
{
    if (s->order != ORDER_KEY)
        return;
    uint64_t *last = &s->last[ledger_bucket(s->ledger, pos, key)];
    uint64_t distance = *last ? pos - (*last - 1) : 0;
    if (distance >= SEQUENCER_WINDOW || ledger_settled(s->ledger, pos - distance))
        distance = 0; /* it has left; its cells may be those of a position a window later */
    s->prev[pos & s->mask] = (uint32_t)distance;
    s->next[pos & s->mask] = 0;
    if (distance)
        s->next[(pos - distance) & s->mask] = (uint32_t)distance;
    *last = pos + 1;
}

static void skip_settled(struct sequencer *s)
{
    while (ledger_settled(s->ledger, s->head))
        s->head++;
}

static bool free_by_key(const struct sequencer *s, uint64_t pos)
{
    uint32_t distance = s->prev[pos & s->mask];
    return distance == 0 || ledger_settled(s->ledger, pos - distance);
}

bool sequencer_turn(struct sequencer *s, uint64_t pos)
{
    if (s->order == ORDER_NONE || pos < s->ledger->low)
        return true; /* behind the window: a straggler from when there was no order */
    if (s->order == ORDER_KEY)
        return free_by_key(s, pos);
    if (pos > s->head)
        skip_settled(s);
    return pos <= s->head;
}

void sequencer_keep(struct sequencer *s, uint64_t pos, const struct block *b, uint32_t row)
{
    uint32_t *kept = &s->kept[pos & s->mask];
    assert(*kept == 0);
    *kept = rowbox_put(s->box, b, row) + 1;
    s->waiting++;
}

bool sequencer_left(struct sequencer *s, uint64_t pos, uint64_t *pos_out)
{
    if (s->order == ORDER_GLOBAL && pos == s->head)
        s->head++;
    if (s->waiting == 0)
        return false;
    if (s->order == ORDER_GLOBAL) {
        skip_settled(s);
        *pos_out = s->head;
    } else if (s->order == ORDER_KEY) {
        uint32_t distance = s->next[pos & s->mask];
        if (distance == 0)
            return false;
        *pos_out = pos + distance;
    } else {
        return false;
    }
    return sequencer_kept(s, *pos_out);
}

void sequencer_take(struct sequencer *s, uint64_t pos, struct block *into)
{
    uint32_t *kept = &s->kept[pos & s->mask];
    assert(*kept != 0);
    rowbox_take(s->box, *kept - 1, into);
    *kept = 0;
    s->waiting--;
}

void sequencer_set_order(struct sequencer *s, enum order order)
{
    s->order = order;
    if (order == ORDER_KEY) { /* what was emitted before has no chains: it is not judged either */
        memset(s->prev, 0, SEQUENCER_WINDOW * sizeof s->prev[0]);
        memset(s->next, 0, SEQUENCER_WINDOW * sizeof s->next[0]);
        memset(s->last, 0, LEDGER_KEYS * sizeof s->last[0]);
    }
    s->head = s->ledger->low;
    skip_settled(s);
}

bool sequencer_next_free(struct sequencer *s, uint64_t emitted_end, uint64_t *from,
                         uint64_t *pos_out)
{
    if (*from < s->ledger->low)
        *from = s->ledger->low;
    for (; s->waiting > 0 && *from < emitted_end; ++*from) {
        if (s->kept[*from & s->mask] == 0 || !sequencer_turn(s, *from))
            continue;
        *pos_out = (*from)++;
        return true;
    }
    return false;
}

bool sequencer_missing(const struct sequencer *s, uint64_t *pos)
{
    if (s->waiting == 0)
        return false;
    *pos = s->order == ORDER_GLOBAL ? s->head : s->ledger->low;
    return true;
}

void sequencer_visit(const struct sequencer *s, uint64_t emitted_end,
                     void (*visit)(void *, uint64_t id), void *context)
{
    for (uint64_t pos = s->ledger->low; s->waiting > 0 && pos < emitted_end; pos++)
        if (s->kept[pos & s->mask])
            visit(context, rowbox_id(s->box, s->kept[pos & s->mask] - 1));
}
