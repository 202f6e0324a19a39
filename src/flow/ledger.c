#include "flow/ledger.h"

#include "base/hash.h"

size_t ledger_bytes(uint32_t window)
{
    return (size_t)LEDGER_STRAGGLERS * (sizeof(uint64_t) + 1) + LEDGER_KEYS * sizeof(uint64_t) +
           window;
}

void ledger_init(struct ledger *l, void *memory, uint32_t window, uint32_t sources, uint32_t copies)
{
    assert(window > 0 && (window & (window - 1)) == 0);
    assert(sources > 0 && copies > 0 && copies <= LEDGER_COPIES_MAX);
    *l = (struct ledger){.sources = sources,
                         .emitters = sources,
                         .copies = copies,
                         .size = window,
                         .mask = window - 1};
    l->straggler = memory;
    l->last_key = l->straggler + LEDGER_STRAGGLERS;
    l->straggler_got = (uint8_t *)(l->last_key + LEDGER_KEYS);
    l->got = l->straggler_got + LEDGER_STRAGGLERS;
}

/* ---- stragglers: linear probing, backward-shift deletion --------------------- */

#define SLOT(pos) ((uint32_t)hash_word(HASH_SEED, (pos)) & (LEDGER_STRAGGLERS - 1))

static uint32_t straggler_find(const struct ledger *l, uint64_t pos)
{
    uint32_t i = SLOT(pos);
    while (l->straggler[i] != 0 && l->straggler[i] != pos + 1)
        i = (i + 1) & (LEDGER_STRAGGLERS - 1);
    return i;
}

static void straggler_remove(struct ledger *l, uint32_t hole)
{
    uint32_t i = hole;
    for (;;) {
        i = (i + 1) & (LEDGER_STRAGGLERS - 1);
        if (l->straggler[i] == 0)
            break;
        uint32_t home = SLOT(l->straggler[i] - 1);
        if (((i - home) & (LEDGER_STRAGGLERS - 1)) >= ((i - hole) & (LEDGER_STRAGGLERS - 1))) {
            l->straggler[hole] = l->straggler[i];
            l->straggler_got[hole] = l->straggler_got[i];
            hole = i;
        }
    }
    l->straggler[hole] = 0;
    l->stragglers--;
}

uint32_t ledger_bucket(const struct ledger *l, uint64_t pos, uint64_t key)
{
    uint32_t each = l->emitters < LEDGER_KEYS ? LEDGER_KEYS / l->emitters : 1;
    uint64_t bucket = hash_word(HASH_SEED, key) % each * l->emitters + pos % l->emitters;
    return (uint32_t)(bucket % LEDGER_KEYS);
}

/* ---- window ------------------------------------------------------------------- */

static bool settled(const struct ledger *l, uint8_t got)
{
    return (got & ~LEDGER_DEAD) == (int)l->copies;
}

static void slide(struct ledger *l)
{
    while (l->low < l->seen_end && settled(l, l->got[l->low & l->mask])) {
        l->got[l->low & l->mask] = 0;
        l->low++;
    }
}

bool ledger_admits(struct ledger *l, uint64_t pos)
{
    while (pos >= l->low + l->size) {
        uint8_t got = l->got[l->low & l->mask];
        if (!settled(l, got)) {
            if (l->stragglers >= LEDGER_STRAGGLERS / 2)
                return false;
            uint32_t i = straggler_find(l, l->low);
            l->straggler[i] = l->low + 1;
            l->straggler_got[i] = got;
            l->stragglers++;
        }
        l->got[l->low & l->mask] = 0;
        l->low++;
    }
    return true;
}

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

void ledger_blame(struct ledger *l, uint64_t id, const char *what)
{
    if (l->faults < LEDGER_FAULTS && ledger_fault(l, what) == NULL)
        l->fault[l->faults++] = (struct ledger_fault){what, id};
}

const struct ledger_fault *ledger_fault(const struct ledger *l, const char *what)
{
    for (int i = 0; i < l->faults; i++)
        if (same(l->fault[i].what, what))
            return &l->fault[i];
    return NULL;
}

/* The counter of deliveries of pos; NULL if it is settled and forgotten. */
static uint8_t *cell_of(struct ledger *l, uint64_t pos)
{
    if (pos >= l->low)
        return &l->got[pos & l->mask];
    uint32_t i = straggler_find(l, pos);
    return l->straggler[i] ? &l->straggler_got[i] : NULL;
}

static enum ledger_verdict refuse(struct ledger *l, uint64_t id, enum ledger_verdict v)
{
    l->duplicated++;
    ledger_blame(l, id, v == LEDGER_ALIEN ? "was never emitted" : "duplicated");
    return v;
}

enum ledger_verdict ledger_settle(struct ledger *l, uint64_t id, bool dead, uint64_t emitted_end)
{
    uint64_t pos = ledger_pos(l, id);
    if (record_source(id) >= l->sources || pos >= emitted_end)
        return refuse(l, id, LEDGER_ALIEN);
    uint8_t *cell = cell_of(l, pos);
    if (cell == NULL || settled(l, *cell))
        return refuse(l, id, LEDGER_DUPLICATE);
    bool first = (*cell & ~LEDGER_DEAD) == 0;
    *cell = (uint8_t)(*cell + 1) | (dead ? LEDGER_DEAD : 0);
    l->deliveries++;
    if (pos >= l->seen_end)
        l->seen_end = pos + 1;
    if (settled(l, *cell)) {
        if (*cell & LEDGER_DEAD)
            l->dead++;
        else
            l->out++;
        if (pos < l->low)
            straggler_remove(l, straggler_find(l, pos));
        else
            slide(l);
    }
    return first ? LEDGER_FIRST : LEDGER_MORE;
}

void ledger_set_order(struct ledger *l, int order, uint64_t from)
{
    l->order = order;
    l->order_from = from;
    l->last_pos = 0;
    for (uint32_t i = 0; i < LEDGER_KEYS; i++)
        if (l->last_key[i])
            l->last_key[i] = 0;
}

void ledger_order(struct ledger *l, uint64_t id, uint64_t key)
{
    if (l->order == 2)
        return;
    uint64_t pos = ledger_pos(l, id);
    if (pos < l->order_from)
        return;
    uint64_t *last = l->order == 0 ? &l->last_pos : &l->last_key[ledger_bucket(l, pos, key)];
    if (pos + 1 <= *last && l->copies == 1) {
        l->disordered++;
        ledger_blame(l, id, "out of order");
        return;
    }
    *last = pos + 1;
}

bool ledger_settled(const struct ledger *l, uint64_t pos)
{
    if (pos < l->low)
        return l->straggler[straggler_find(l, pos)] == 0;
    return pos < l->seen_end && settled(l, l->got[pos & l->mask]);
}

void ledger_open_positions(const struct ledger *l, uint64_t emitted_end,
                           void (*visit)(void *context, uint64_t pos), void *context)
{
    for (uint32_t i = 0; i < LEDGER_STRAGGLERS && l->stragglers; i++)
        if (l->straggler[i])
            visit(context, l->straggler[i] - 1);
    for (uint64_t pos = l->low; pos < emitted_end; pos++)
        if (!ledger_settled(l, pos))
            visit(context, pos);
}
