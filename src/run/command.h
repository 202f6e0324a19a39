/* Commands: their table, and how their text is read (contracts.md 5). */
#ifndef RUN_COMMAND_H
#define RUN_COMMAND_H

#include "run/engine.h"

#define COMMAND_ARGUMENTS 4

/* A command as read: its row, and its arguments in canonical units. */
struct command {
    const struct command_row *row;
    int64_t value[COMMAND_ARGUMENTS];
    char word[COMMAND_ARGUMENTS][PRESET_COMMAND]; /* names, text */
    enum sp_author author;                        /* who gives it */
    int form;                                     /* which alternative of the arguments */
    char text[PRESET_COMMAND];                    /* in full: names spelled out, values as
                                                   * units_write gives them */
    struct command_pair {                         /* `set`: what to turn, and to what */
        enum knob knob;
        int64_t value;
        bool give_back; /* `auto`, `auto:VALUE`: the policy's from then on */
        bool has_value;
    } pair[KNOB_COUNT];
    int pairs;
};

/* What running it did. */
struct outcome {
    bool refused; /* effect says why */
    char effect[SP_EVENT_TEXT];
    char inverse[SP_EVENT_TEXT];
    uint64_t fields;  /* what it changed: undo_field() */
    int intervention; /* number of the spike, ramp or rate it began; 0: none */
    int cancelled;    /* number of the one it ended; 0: none */
    /* undo and redo */
    int moved;                /* entry of the list, from 1; 0: it is no undo */
    char kind;                /* of the event; 0: as the row says */
    char ran[PRESET_COMMAND]; /* command of the event; "": the one that was given */
};

/* One row. Arguments are letters, one per word, alternatives parted by '|':
 *   x factor (x2)   + rate to add (+500)   r rate   d duration   p ratio   n count
 *   k knob   v its value   l policy   o order   t VERTEX[/INSTANCE[.SLOT]]   w vertex
 *   i identifier   s rest of the line   c condition
 *   m knob and value, as often as they come; the value may be auto or auto:VALUE */
struct command_row {
    struct sp_command_def shown; /* name may be two words: "fault latency" */
    const char *arguments;
    char kind; /* of its event */
    void (*run)(struct sp_engine *g, const struct command *c, struct outcome *o);
    bool aside; /* of no consequence for the run's records: no line of a script
                                  * that repeats the run */
};

extern const struct command_row command_rows[];
extern const int command_row_count;

/* Reads a command. Names may be cut to their shortest unique form. ERR_BAD and a
 * sentence with the column. */
MUST_USE int command_read(const char *text, struct command *out, struct err *e);

#endif
