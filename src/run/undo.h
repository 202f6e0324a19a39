/* Undo and redo: which changes each author made, what takes them back, and who else
 * changed the same since (DESIGN.md 2, point 5). The engine holds one of these; it
 * starts as zeroes. */
#ifndef RUN_UNDO_H
#define RUN_UNDO_H

#include "control/knob.h"
#include "io/preset.h"

#define UNDO_ENTRIES 100 /* changes kept; the oldest go first */
#define UNDO_AUTHORS 5   /* enum sp_author */
#define UNDO_VERTICES 32 /* SP_VERTICES */

/* What a command changes, as bits: one for each knob, and these. A spike changes no
 * field: it stands beside the others and is ended by its own number. */
enum undo_field {
    FIELD_PAUSE = KNOB_COUNT,
    FIELD_BASE_RATE, /* `rate`, `ramp` */
    FIELD_VERTEX,    /* slots of vertex 0, 1, … */
    FIELD_UNDO_COUNT = FIELD_VERTEX + UNDO_VERTICES
};

_Static_assert(FIELD_UNDO_COUNT <= 64, "fields are bits of one word");

static inline uint64_t undo_field(int field) { return UINT64_C(1) << field; }

struct undo_entry {
    int author;     /* enum sp_author */
    uint64_t event; /* its event, or that of the undo that took it back */
    int64_t at_ns;  /* engine time of that event */
    uint64_t fields;
    int intervention; /* number of a spike, ramp or rate; 0: none */
    bool ended;       /* somebody cancelled it: who, and when */
    int ended_by;
    int64_t ended_ns;
    bool undone;
    char text[PRESET_COMMAND];    /* what was done */
    char inverse[PRESET_COMMAND]; /* what takes it back */
};

struct undo {
    struct undo_entry entry[UNDO_ENTRIES]; /* oldest first */
    int count;
    struct undo_touch {
        uint64_t event; /* 0: never */
        int64_t at_ns;
    } touch[FIELD_UNDO_COUNT][UNDO_AUTHORS]; /* last change of a field by an author */
    bool halted;
    int64_t halted_ns;
};

struct command;
struct outcome;
struct sp_engine;

/* `undo` and `redo` by c->author: runs the stored command and says in o what ran, or
 * refuses with a sentence. */
void undo_run(struct sp_engine *g, const struct command *c, struct outcome *o);
void redo_run(struct sp_engine *g, const struct command *c, struct outcome *o);
/* After the event of a command that was not refused has been added: remembers what it
 * changed, and how to take it back. */
void undo_note(struct sp_engine *g, const struct command *c, const struct outcome *o);
/* The controller moved a knob; its event is the newest. */
void undo_touched(struct sp_engine *g, int author, uint64_t fields);
/* `halt` gave everything back: nothing earlier can be undone. */
void undo_forget(struct sp_engine *g);
/* True once a spike, ramp or rate has no effect any more: it ended or was cancelled. */
bool intervention_is_over(const struct sp_engine *g, int number);

#endif
