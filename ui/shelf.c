/* Presets by name, and their differences from what runs. */
#include "ui/shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS 512

bool shelf_open(struct shelf *s)
{
    memset(s, 0, sizeof *s);
    s->item = calloc(ITEMS, sizeof *s->item);
    s->running = calloc(1, sizeof *s->running);
    s->other = calloc(1, sizeof *s->other);
    s->chosen = s->differences = -1;
    if (s->item != NULL && s->running != NULL && s->other != NULL)
        return true;
    shelf_close(s);
    return false;
}

void shelf_close(struct shelf *s)
{
    free(s->item);
    free(s->running);
    free(s->other);
    s->item = NULL;
    s->running = s->other = NULL;
    s->count = 0;
}

void shelf_running(struct shelf *s, const struct preset *p)
{
    *s->running = *p;
    s->knows = true;
    s->chosen = -1;
}

void shelf_loaded(struct shelf *s, const char *name)
{
    struct err e;
    s->knows = preset_load(name, s->running, &e) == 0;
    s->chosen = -1;
}

void shelf_fill(struct shelf *s)
{
    char(*names)[PRESET_NAME] = malloc(ITEMS * sizeof *names);
    s->count = names != NULL ? preset_names(names, ITEMS) : 0;
    for (int i = 0; i < s->count; i++) {
        struct shelf_item *x = &s->item[i];
        struct err e = {0, ""};
        memcpy(x->name, names[i], sizeof x->name);
        x->good = preset_load(x->name, s->other, &e) == 0;
        snprintf(x->why, sizeof x->why, "%.299s", x->good ? s->other->why : e.text);
    }
    free(names);
    s->chosen = -1;
}

static void keep_line(void *context, const char *line)
{
    struct shelf *s = context;
    if (s->differences < SHELF_LINES)
        snprintf(s->line[s->differences], SHELF_TEXT, "%s", line);
    s->differences++;
}

void shelf_preview(struct shelf *s, int i, const struct sp_reading *r)
{
    struct err e;
    if (i == s->chosen)
        return;
    s->chosen = i;
    s->differences = -1;
    if (i < 0 || i >= s->count || !s->knows || !s->item[i].good ||
        preset_load(s->item[i].name, s->other, &e) != 0)
        return;
    memcpy(s->running->knobs.value, r->knobs.value, sizeof r->knobs.value);
    int costly = preset_costly_node(&s->running->graph);
    if (costly >= 0)
        s->running->graph.node[costly].slots = (int)r->knobs.value[KNOB_SLOTS];
    s->differences = 0;
    preset_differences(s->running, s->other, keep_line, s);
}
