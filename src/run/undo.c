/* Every change that can be taken back is an entry: its text, its inverse, and the
 * fields it touched. `undo` runs the inverse of the author's newest entry as a new
 * command; `redo` runs the text of the entry undone last. An entry that is refused
 * because somebody else changed the same field is given up: another `undo` goes on
 * to the change before it, so nothing blocks the way for ever. */
#include "run/undo.h"

#include "run/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Static_assert(UNDO_VERTICES == SP_VERTICES, "one bit for each vertex");

__attribute__((format(printf, 2, 3))) static void refuse(struct outcome *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(o->effect, sizeof o->effect, format, args);
    va_end(args);
    o->refused = true;
}

struct when {
    char text[48];
};

static struct when when(int64_t at_ns)
{
    struct when w;
    units_write(UNIT_DURATION, at_ns - at_ns % NS_PER_MS, w.text, sizeof w.text);
    return w;
}

/* ---- the list ----------------------------------------------------------------------- */

static void drop(struct undo *u, int i)
{
    u->count--;
    memmove(&u->entry[i], &u->entry[i + 1], (size_t)(u->count - i) * sizeof u->entry[0]);
}

/* The author's newest entry that is undone, or not; by the time of its last event. -1: none. */
static int newest(const struct undo *u, int author, bool undone)
{
    int found = -1;
    for (int i = 0; i < u->count; i++)
        if (u->entry[i].author == author && u->entry[i].undone == undone &&
            (found < 0 || u->entry[i].event > u->entry[found].event))
            found = i;
    return found;
}

/* After a new change there is nothing to redo. */
static void drop_undone(struct undo *u, int author)
{
    for (int i = u->count - 1; i >= 0; i--)
        if (u->entry[i].author == author && u->entry[i].undone)
            drop(u, i);
}

static const struct source *first_source(const struct sp_engine *g)
{
    for (int i = 0; i < g->member_count; i++)
        if (g->member[i].kind == MEMBER_SOURCE)
            return g->member[i].is.source;
    return NULL;
}

/* Sources share the schedule's text, so the first one speaks for all. */
bool intervention_is_over(const struct sp_engine *g, int number)
{
    int slots = (int)(sizeof g->intervention / sizeof g->intervention[0]), k = 0;
    while (k < slots && !(g->intervention[k].active && g->intervention[k].number == number))
        k++;
    const struct source *source = first_source(g);
    if (k == slots || source == NULL)
        return true;
    const struct schedule *s = &source->schedule;
    int64_t now_ns = s->paused ? s->paused_at_ns : g->now_ns - s->shift[s->shift_count - 1].value;
    for (int i = 0; i < s->overlay_count; i++)
        if (s->overlay[i].handle == g->intervention[k].source_handle)
            return s->overlay[i].to_ns <= now_ns;
    return true;
}

/* ---- what happened -------------------------------------------------------------------- */

void undo_touched(struct sp_engine *g, int author, uint64_t fields)
{
    assert(author >= 0 && author < UNDO_AUTHORS);
    for (int f = 0; f < FIELD_UNDO_COUNT; f++)
        if (fields & undo_field(f))
            g->undo.touch[f][author] = (struct undo_touch){g->event_count, g->now_ns};
}

void undo_forget(struct sp_engine *g)
{
    g->undo.count = 0;
    g->undo.halted = true;
    g->undo.halted_ns = g->now_ns;
}

/* An undo or redo has its event now: the entry changes sides. */
static void note_moved(struct sp_engine *g, const struct outcome *o)
{
    struct undo_entry *x = &g->undo.entry[o->moved - 1];
    x->undone = !x->undone;
    x->event = g->event_count;
    x->at_ns = g->now_ns;
    x->intervention = o->intervention;
    x->ended = false;
    if (!x->undone)
        snprintf(x->inverse, sizeof x->inverse, "%.*s", PRESET_COMMAND - 1, o->inverse);
}

static void note_cancelled(struct sp_engine *g, int author, int number)
{
    for (int i = 0; i < g->undo.count && number > 0; i++) {
        struct undo_entry *x = &g->undo.entry[i];
        if (x->intervention != number || x->undone)
            continue;
        x->ended = true;
        x->ended_by = author;
        x->ended_ns = g->now_ns;
    }
}

void undo_note(struct sp_engine *g, const struct command *c, const struct outcome *o)
{
    struct undo *u = &g->undo;
    int author = (int)c->author;
    undo_touched(g, author, o->fields);
    if (o->moved > 0) {
        note_moved(g, o);
        return;
    }
    note_cancelled(g, author, o->cancelled);
    bool offered = o->inverse[0] && (o->fields || o->intervention > 0);
    if (!offered || strlen(o->inverse) >= PRESET_COMMAND)
        return;
    drop_undone(u, author);
    if (u->count == UNDO_ENTRIES)
        drop(u, 0);
    struct undo_entry *x = &u->entry[u->count++];
    *x = (struct undo_entry){.author = author,
                             .event = g->event_count,
                             .at_ns = g->now_ns,
                             .fields = o->fields,
                             .intervention = o->intervention};
    snprintf(x->text, sizeof x->text, "%s", c->text);
    snprintf(x->inverse, sizeof x->inverse, "%.*s", PRESET_COMMAND - 1, o->inverse);
}

/* ---- undo, redo --------------------------------------------------------------------------- */

static const char *field_name(const struct sp_engine *g, int field, char *dst, size_t size)
{
    if (field < KNOB_COUNT)
        return knob_table[field].name;
    if (field == FIELD_PAUSE)
        return "pause";
    if (field == FIELD_BASE_RATE)
        return "the rate";
    snprintf(dst, size, "slots of %s", g->vertex[field - FIELD_VERTEX].name);
    return dst;
}

/* Refuses if somebody else changed one of the entry's fields after it. */
static bool in_the_way(struct sp_engine *g, const struct undo_entry *x, const char *verb,
                       struct outcome *o)
{
    for (int f = 0; f < FIELD_UNDO_COUNT; f++)
        for (int a = 0; a < UNDO_AUTHORS && (x->fields & undo_field(f)); a++) {
            const struct undo_touch *t = &g->undo.touch[f][a];
            char name[96];
            if (a == x->author || t->event <= x->event)
                continue;
            refuse(o, "`%s` is not %s: %s changed %s at %s since; it stays as it is", x->text, verb,
                   sp_author_names[a], field_name(g, f, name, sizeof name), when(t->at_ns).text);
            return true;
        }
    return false;
}

/* A spike that somebody ended, or that is over: nothing is left to take back. Refuses
 * if it was somebody else. */
static bool gone(const struct sp_engine *g, const struct undo_entry *x, struct outcome *o)
{
    if (x->intervention == 0 || !intervention_is_over(g, x->intervention))
        return false;
    if (x->ended && x->ended_by != x->author)
        refuse(o, "`%s` is not undone: %s ended it at %s", x->text, sp_author_names[x->ended_by],
               when(x->ended_ns).text);
    return true;
}

static void nothing(const struct sp_engine *g, const struct command *c, struct outcome *o)
{
    const char *name = sp_author_names[c->author];
    if (g->undo.halted)
        refuse(o, "nothing to %s: `halt` at %s gave everything back", c->row->shown.name,
               when(g->undo.halted_ns).text);
    else if (strcmp(c->row->shown.name, "redo") == 0)
        refuse(o, "nothing to redo: no change by \"%s\" is undone", name);
    else
        refuse(o, "nothing to undo: no change of a knob, the rate or a spike by \"%s\" is in force",
               name);
}

/* Runs `text` for the entry and passes its outcome on as that of the undo. */
static void rerun(struct sp_engine *g, const struct command *c, int i, const char *text,
                  const char *back, struct outcome *o)
{
    struct undo_entry *x = &g->undo.entry[i];
    struct command other;
    struct outcome done = {0};
    struct err e;
    if (command_read(text, &other, &e)) {
        refuse(o, "%s", e.text);
        return;
    }
    other.author = c->author;
    other.row->run(g, &other, &done);
    if (done.refused) {
        refuse(o, "%s of `%s`: %s", c->row->shown.name, x->text, done.effect);
        drop(&g->undo, i);
        return;
    }
    o->moved = i + 1;
    o->fields = done.fields;
    o->intervention = done.intervention;
    o->kind = other.row->kind;
    snprintf(o->ran, sizeof o->ran, "%s", other.text);
    snprintf(o->inverse, sizeof o->inverse, "%s", back ? back : done.inverse);
    snprintf(o->effect, sizeof o->effect, "%s of `%.60s`: %.120s", c->row->shown.name, x->text,
             done.effect);
}

void undo_run(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    struct undo *u = &g->undo;
    for (int i; (i = newest(u, (int)c->author, false)) >= 0;) {
        struct undo_entry *x = &u->entry[i];
        bool over = gone(g, x, o);
        if (!over && !in_the_way(g, x, "undone", o)) {
            rerun(g, c, i, x->inverse, x->text, o);
            return;
        }
        drop(u, i);
        if (o->refused)
            return;
    }
    nothing(g, c, o);
}

void redo_run(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    struct undo *u = &g->undo;
    int i = newest(u, (int)c->author, true);
    if (i < 0)
        nothing(g, c, o);
    else if (in_the_way(g, &u->entry[i], "redone", o))
        drop(u, i);
    else
        rerun(g, c, i, u->entry[i].text, NULL, o);
}
