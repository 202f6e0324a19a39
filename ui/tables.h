/* The tables of keys, knobs and conditions as text: for `spillway list`, the manual page
 * and the cheat sheet, which therefore say the same. */
#ifndef UI_TABLES_H
#define UI_TABLES_H

#include "keys.h"
#include "spillway.h"

/* The names of row i of key_table, which must have a sentence, and of the rows that share
 * it: "Home g". dst must be long enough for them. */
void tables_keys(int i, char *dst, size_t size);

/* "count", "duration", …: what a value of the unit is. */
const char *tables_unit(enum unit unit);

/* A knob's range: "10ms to 1m", or its names: "fixed | table". dst must be long enough. */
void tables_range(enum knob i, char *dst, size_t size);

#endif
