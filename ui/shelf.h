/* The presets that can be opened: their names and why, and what differs between one of
 * them and what runs. Reads files; what cannot be read is on the shelf with its reason. */
#ifndef UI_SHELF_H
#define UI_SHELF_H

#include "spillway.h"

#define SHELF_LINES 64 /* differences kept as text */
#define SHELF_TEXT 120

struct shelf_item {
    char name[PRESET_NAME];
    char why[300]; /* or what is wrong with it */
    bool good;
};

struct shelf {
    struct shelf_item *item; /* owned */
    int count;
    struct preset *running, *other; /* owned; other: read for the preview */
    bool knows;                     /* running is what runs */
    int chosen;                     /* item of the preview; -1: none */
    int differences;                /* between it and what runs; -1: not known */
    char line[SHELF_LINES][SHELF_TEXT];
};

/* Takes the memory. false: there is none. */
MUST_USE bool shelf_open(struct shelf *s);
void shelf_close(struct shelf *s);
/* What runs: as it was started, or by the name it was loaded under. */
void shelf_running(struct shelf *s, const struct preset *p);
void shelf_loaded(struct shelf *s, const char *name);
/* Looks the presets up again. */
void shelf_fill(struct shelf *s);
/* What would change if item i were loaded now that the knobs are as in r. */
void shelf_preview(struct shelf *s, int i, const struct sp_reading *r);

#endif
