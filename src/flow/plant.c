#include "flow/plant.h"

const char *const plant_place_names[PLACES] = {
    "none", "link", "dispatch", "fallback", "slot", "batch", "result", "order",
};

#ifdef SPILLWAY_PLANTS
#include <string.h>

struct plant plant;

static void drop_row(struct block *b, uint32_t row)
{
    uint32_t after = b->count - row - 1;
#define SHIFT(column) memmove(&b->column[row], &b->column[row + 1], after * sizeof b->column[0])
    uint32_t first = block_first_span(b, row), spans = b->token_end[row] - first;
    memmove(&b->span[first], &b->span[first + spans],
            (b->span_used - first - spans) * sizeof b->span[0]);
    b->span_used -= spans;
    for (uint32_t i = row; i < b->count; i++)
        b->token_end[i] -= spans;
    SHIFT(id), SHIFT(due), SHIFT(emitted), SHIFT(event_time), SHIFT(key), SHIFT(offset);
    SHIFT(length), SHIFT(token_end), SHIFT(tag), SHIFT(flags), SHIFT(reason), SHIFT(parts);
#undef SHIFT
    b->count--;
}

static void swap_ids(struct block *b)
{
    for (uint32_t r = 0; r < b->count; r++) {
        if (b->id[r] == plant.first_id)
            b->id[r] = plant.first_id + 1;
        else if (b->id[r] == plant.first_id + 1)
            b->id[r] = plant.first_id;
    }
}

void plant_block(enum plant_place place, const void *where, struct block *b)
{
    if (plant.kind == PLANT_OFF || place != plant.place || b == NULL)
        return;
    if (plant.done) {
        if (plant.kind == PLANT_SWAP && where == plant.where)
            swap_ids(b);
        return;
    }
    for (uint32_t r = 0; r < b->count; r++) {
        if (record_seq(b->id[r]) < plant.from_seq)
            continue;
        if (plant.kind == PLANT_DROP && b->count < 2 && place > PLACE_FALLBACK)
            continue; /* only a link takes an emptied block (and loses it) */
        if (plant.kind == PLANT_REPEAT && !block_fits(b, b->length[r]))
            continue;
        plant.done = true;
        plant.first_id = b->id[r];
        plant.where = where;
        if (plant.kind == PLANT_DROP)
            drop_row(b, r);
        else if (plant.kind == PLANT_REPEAT)
            block_copy_row(b, b, r);
        else
            swap_ids(b);
        return;
    }
}

enum plant_kind plant_row(enum plant_place place, uint64_t *id)
{
    if (plant.kind == PLANT_OFF || place != plant.place)
        return PLANT_OFF;
    if (plant.done && plant.kind != PLANT_SWAP)
        return PLANT_OFF;
    if (!plant.done && record_seq(*id) < plant.from_seq)
        return PLANT_OFF;
    if (!plant.done)
        plant.first_id = *id;
    plant.done = true;
    if (plant.kind != PLANT_SWAP)
        return plant.kind;
    if (*id == plant.first_id)
        *id = plant.first_id + 1;
    else if (*id == plant.first_id + 1)
        *id = plant.first_id;
    return PLANT_OFF;
}

static bool next_word(const char **text, const char *const *names, int count, int *index)
{
    const char *p = *text;
    size_t n = 0;
    while (p[n] && p[n] != ':')
        n++;
    for (int i = 0; i < count; i++) {
        size_t k = 0;
        while (k < n && names[i][k] == p[k])
            k++;
        if (k == n && names[i][k] == 0) {
            *index = i;
            *text = p + n + (p[n] == ':');
            return true;
        }
    }
    return false;
}

bool plant_parse(const char *text)
{
    static const char *const kinds[] = {"off", "drop", "repeat", "swap"};
    int kind, place;
    if (!next_word(&text, kinds, 4, &kind) || !next_word(&text, plant_place_names, PLACES, &place))
        return false;
    uint64_t seq = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        seq = seq * 10 + (uint64_t)(*text - '0');
    plant = (struct plant){
        .kind = (enum plant_kind)kind, .place = (enum plant_place)place, .from_seq = seq};
    return *text == 0;
}
#endif
