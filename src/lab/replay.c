#include "lab/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARKS_MAX (1 << 20)

struct replay {
    struct recording_reader *reader;
    struct sp_summary *end; /* owned */
    bool whole, cut;
    int64_t first_ns, last_ns;
    uint64_t readings;
    struct replay_mark *mark; /* owned */
    int marks, room;
    struct sp_letters letters;
    uint64_t seen_event;
    const struct sp_reading *next; /* read and not yet handed out; NULL: none */
    int64_t next_ns, at_ns;
};

/* ---- the first pass --------------------------------------------------------------------- */

static bool add_mark(struct replay *p, const struct sp_event *e, int64_t at_ns)
{
    char letter[8];
    if (!sp_letter(&p->letters, e, letter))
        return true;
    if (p->marks == p->room) {
        int room = p->room > 0 ? 2 * p->room : 64;
        struct replay_mark *m =
            room > MARKS_MAX ? NULL : realloc(p->mark, (size_t)room * sizeof *m);
        if (m == NULL)
            return false;
        p->mark = m;
        p->room = room;
    }
    struct replay_mark *m = &p->mark[p->marks++];
    m->at_ns = at_ns;
    memcpy(m->letter, letter, sizeof m->letter);
    memcpy(m->command, e->command, sizeof m->command);
    return true;
}

/* Notes the markers of a reading; at_ns is the reading's. */
static bool note(struct replay *p, const struct sp_reading *r, int64_t at_ns, bool anew)
{
    if (anew && r->event_count < p->seen_event) {
        p->seen_event = 0;
        p->letters = (struct sp_letters){0, 0};
    }
    for (int i = 0; i < r->events; i++) {
        const struct sp_event *e = &r->event[i];
        if (e->number <= p->seen_event)
            continue;
        p->seen_event = e->number;
        if (!add_mark(p, e, at_ns - (e->at_ns < r->now_ns ? r->now_ns - e->at_ns : 0)))
            return false;
    }
    return true;
}

static int survey(struct replay *p, struct err *e)
{
    const struct sp_reading *r;
    int64_t at, engine_ns = 0;
    int code;
    while ((code = recording_read_next(p->reader, &r, &at, e)) > 0) {
        if (p->readings++ == 0)
            p->first_ns = at;
        p->last_ns = at;
        if (!note(p, r, at, r->now_ns < engine_ns)) {
            *e = (struct err){ERR_MEMORY, "out of memory for the markers of the recording"};
            return ERR_MEMORY;
        }
        engine_ns = r->now_ns;
    }
    p->whole = recording_read_end(p->reader, p->end);
    p->cut = recording_read_cut(p->reader);
    return code;
}

/* ---- moving ------------------------------------------------------------------------------ */

static int read_ahead(struct replay *p, struct err *e)
{
    int code = recording_read_next(p->reader, &p->next, &p->next_ns, e);
    if (code <= 0)
        p->next = NULL;
    return code < 0 ? code : 0;
}

static int rewind_it(struct replay *p, struct err *e)
{
    int code = recording_read_rewind(p->reader, e);
    p->at_ns = -1;
    return code != 0 ? code : read_ahead(p, e);
}

int replay_to(struct replay *p, int64_t at_ns, replay_fn *take, void *context, struct err *e)
{
    int code = 0;
    if (at_ns < p->at_ns) {
        take(context, NULL, 0);
        code = rewind_it(p, e);
    }
    while (code == 0 && p->next != NULL && p->next_ns <= at_ns) {
        take(context, p->next, p->next_ns);
        p->at_ns = p->next_ns;
        code = read_ahead(p, e);
    }
    return code;
}

int64_t replay_at(const struct replay *p) { return p->at_ns; }

/* ---- open, close ------------------------------------------------------------------------- */

int replay_open(const char *path, struct replay **out, struct err *e)
{
    struct replay *p = calloc(1, sizeof *p);
    *e = (struct err){ERR_MEMORY, "out of memory"};
    if (p == NULL)
        return ERR_MEMORY;
    int code = ERR_MEMORY;
    p->end = calloc(1, sizeof *p->end);
    if (p->end != NULL)
        code = recording_read_open(path, &p->reader, e);
    code = code ? code : survey(p, e);
    code = code ? code : rewind_it(p, e);
    if (code != 0) {
        replay_close(p);
        return code;
    }
    *out = p;
    return 0;
}

void replay_close(struct replay *p)
{
    if (p == NULL)
        return;
    recording_read_close(p->reader);
    free(p->end);
    free(p->mark);
    free(p);
}

const struct recording_head *replay_head(const struct replay *p)
{
    return recording_read_head(p->reader);
}

void replay_range(const struct replay *p, int64_t *first_ns, int64_t *last_ns, uint64_t *readings)
{
    *first_ns = p->first_ns;
    *last_ns = p->last_ns;
    *readings = p->readings;
}

bool replay_end(const struct replay *p, struct sp_summary *out)
{
    memcpy(out, p->end, sizeof *out);
    return p->whole;
}

bool replay_cut(const struct replay *p) { return p->cut; }

const struct replay_mark *replay_mark(const struct replay *p, int i)
{
    return i >= 0 && i < p->marks ? &p->mark[i] : NULL;
}

/* ---- finding ----------------------------------------------------------------------------- */

static const struct replay_mark *find_mark(const struct replay *p, const char *text)
{
    size_t n = strlen(text);
    for (int i = 0; i < p->marks; i++)
        if (strcmp(p->mark[i].letter, text) == 0)
            return &p->mark[i];
    for (int i = 0; i < p->marks; i++) {
        const char *command = p->mark[i].command;
        const char *about = strncmp(command, "mark ", 5) == 0 ? command + 5 : command;
        if (n > 0 && strncmp(about, text, n) == 0)
            return &p->mark[i];
    }
    return NULL;
}

int replay_find(const struct replay *p, const char *text, int64_t *at_ns, struct err *e)
{
    const char *why = NULL;
    const struct replay_mark *m = find_mark(p, text);
    if (m != NULL) {
        *at_ns = m->at_ns;
        return 0;
    }
    if (units_read(UNIT_DURATION, text, strlen(text), at_ns, &why) && *at_ns >= 0)
        return 0;
    char letters[32] = "";
    if (p->marks > 1)
        snprintf(letters, sizeof letters, ", %s to %s", p->mark[0].letter,
                 p->mark[p->marks - 1].letter);
    e->code = ERR_BAD;
    snprintf(e->text, sizeof e->text,
             "\"%.60s\" is neither a time like 12.5s nor a marker of this recording (%d there%s)",
             text, p->marks, letters);
    return ERR_BAD;
}
