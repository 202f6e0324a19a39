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
    char text[PRESET_COMMAND];                    /* in full: names spelled out */
};

/* What running it did. */
struct outcome {
    bool refused;       /* effect says why */
    char effect[SP_EVENT_TEXT];
    char inverse[SP_EVENT_TEXT];
};

/* One row. Arguments are letters, one per word, alternatives parted by '|':
 *   x factor (x2)   + rate to add (+500)   r rate   d duration   p ratio   n count
 *   k knob   v its value   l policy   o order   t VERTEX[/INSTANCE[.SLOT]]   w vertex
 *   i identifier   s rest of the line   c condition */
struct command_row {
    struct sp_command_def shown; /* name may be two words: "fault latency" */
    const char *arguments;
    char kind;                   /* of its event */
    void (*run)(struct sp_engine *g, const struct command *c, struct outcome *o);
};

extern const struct command_row command_rows[];
extern const int command_row_count;

/* Reads a command. Names may be cut to their shortest unique form. ERR_BAD and a
 * sentence with the column. */
MUST_USE int command_read(const char *text, struct command *out, struct err *e);

#endif
