/* The values of a preset's fields as text, one by one: what the writer prints and the
 * comparison compares. Shared by preset_write.c and preset_differ.c. */
#ifndef IO_PRESET_VALUES_H
#define IO_PRESET_VALUES_H

#include "io/preset_fields.h"

/* Places in preset_tables. */
enum { PRESET_WHOLE, PRESET_SOURCE, PRESET_SCHEDULE, PRESET_GRAPH, PRESET_FUNCTIONS };

struct preset_value {
    const char *name;
    bool present;   /* false: the field stands for nothing here (no "from" at a source) */
    bool always;    /* written even where it is the default */
    bool bare;      /* text is JSON already: true, 12, ["a", "b"] */
    bool quantity;  /* a number with or without a unit: may be written without quotes */
    char text[512]; /* without quotes; a list of names as JSON */
};

/* The value of a field that a table describes. base: the struct that the table's offsets
 * are of; whole: the preset, for the names of inputs (NULL where they do not matter). */
void preset_value_of(const struct preset_field *f, const void *base, const struct preset *whole,
                     struct preset_value *v);

#define PRESET_STEP_VALUES 6
/* The values of step number `step`, "at" first; how many. */
int preset_step_values(const struct schedule_spec *spec, int step,
                       struct preset_value v[PRESET_STEP_VALUES]);

/* What a knob would be if the preset did not name it. */
int64_t preset_usual_knob(const struct preset *p, enum knob k);

#endif
