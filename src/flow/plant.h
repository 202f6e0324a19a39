/* Planted faults: a test build (-DSPILLWAY_PLANTS) can drop, repeat or swap one
 * record at each place where records are handed over, to prove that the ledger
 * finds it. In every other build PLANT is nothing. */
#ifndef FLOW_PLANT_H
#define FLOW_PLANT_H

#include "record/block.h"

enum plant_kind { PLANT_OFF, PLANT_DROP, PLANT_REPEAT, PLANT_SWAP };

/* Places. Links carry theirs; the others hand records over by themselves. */
enum plant_place {
    PLACE_NONE,
    PLACE_LINK,     /* any link between operators */
    PLACE_DISPATCH, /* dispatcher -> remote lane */
    PLACE_FALLBACK, /* remote lane -> local lane */
    PLACE_SLOT,     /* local slot -> output */
    PLACE_BATCH,    /* batcher -> call */
    PLACE_RESULT,   /* answer -> output */
    PLACE_ORDER,    /* sequencer -> sink */
    PLACES
};

extern const char *const plant_place_names[PLACES];

#ifdef SPILLWAY_PLANTS
/* The one fault of this process: at the first record with seq >= from_seq that
 * passes `place`. swap: that record and the next one exchange their ids. */
struct plant {
    enum plant_kind kind;
    enum plant_place place;
    uint64_t from_seq;
    bool done;
    const void *where; /* the one link (of many) at which it struck */
    uint64_t first_id; /* swap: the pair is first_id and the id after it */
};
extern struct plant plant;
void plant_block(enum plant_place place, const void *where, struct block *b);
/* The same for one row on its way: may change *id; returns what to do with it. */
enum plant_kind plant_row(enum plant_place place, uint64_t *id);
/* Reads "drop:PLACE:SEQ", "repeat:…", "swap:…"; false if it is none of these. */
bool plant_parse(const char *text);
#define PLANT(place, where, block) plant_block((enum plant_place)(place), (where), (block))
#define PLANT_ROW(place, id) plant_row((place), (id))
#else
#define PLANT(place, where, block) ((void)(place), (void)(where), (void)(block))
#define PLANT_ROW(place, id) ((void)(place), (void)(id), PLANT_OFF)
#endif

#endif
