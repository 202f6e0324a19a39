#include "run/inputs.h"

#include "base/hash.h"
#include "burst/ticket.h"
#include "run/engine.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SURVEY_BYTES (UINT64_C(4) << 30) /* larger files are not looked through beforehand */
#define PLACE_MAX 400                    /* text of a record that was too large to be kept */
#define WAIT_MS 100

struct input {
    struct input *next;
    struct sp_engine *g;
    struct lines *lines;
    bool dead;    /* dead letters */
    uint64_t seq; /* of the record that is held */
    bool has;
    struct line line;
    struct feed_row row;
    const unsigned char *text;
    uint32_t size;
    char place[PLACE_MAX];
};

static uint32_t line_limit(const struct preset *p)
{
    return p->source_kind == SOURCE_DEAD ? LETTER_MAX : LINES_MAX;
}

static int fail_at(const struct lines *l, uint64_t number, struct err *e)
{
    char why[sizeof e->text];
    snprintf(why, sizeof why, "%s", e->text);
    snprintf(e->text, sizeof e->text, "%s:%llu:%.300s", lines_name(l), (unsigned long long)number,
             strncmp(why, "column ", 7) == 0 ? why + 7 : why);
    return e->code;
}

/* ---- one line as a record ------------------------------------------------------------- */

static void hold_text(struct input *in, const unsigned char *text, uint32_t size)
{
    in->text = text;
    in->size = size;
    in->row = (struct feed_row){.key = hash_bytes(HASH_SEED, text, size)};
}

static void hold_place(struct input *in, const unsigned char *place, uint32_t size)
{
    hold_text(in, place, size);
    in->row.flags = ROW_DEAD;
    in->row.reason = dead_mark(DEAD_TOO_LARGE, 0);
}

/* A record above the limit goes on as a dead letter that says where it stands. */
static void hold_large(struct input *in)
{
    int n = snprintf(in->place, sizeof in->place, "%s:%llu (%llu bytes)", lines_name(in->lines),
                     (unsigned long long)in->line.number, (unsigned long long)in->line.bytes);
    hold_place(in, (const unsigned char *)in->place, (uint32_t)n);
}

static int hold_letter(struct input *in, struct err *e)
{
    struct letter letter;
    if (in->line.text == NULL) {
        *e = (struct err){ERR_BAD, "1: longer than a dead letter can be"};
        return fail_at(in->lines, in->line.number, e);
    }
    if (letter_read(in->line.text, in->line.size, &letter, e) != 0)
        return fail_at(in->lines, in->line.number, e);
    if (letter.place)
        hold_place(in, letter.text, letter.size);
    else
        hold_text(in, letter.text, letter.size);
    return 0;
}

/* Reads the next record. An empty line between dead letters is none. */
static enum lines_state read_record(struct input *in, struct err *e)
{
    enum lines_state state;
    do
        state = lines_next(in->lines, &in->line, e);
    while (state == LINES_HAS && in->dead && in->line.bytes == 0);
    if (state != LINES_HAS)
        return state;
    if (in->dead)
        return hold_letter(in, e) == 0 ? LINES_HAS : LINES_FAILED;
    if (in->line.text)
        hold_text(in, in->line.text, in->line.size);
    else
        hold_large(in);
    return LINES_HAS;
}

/* ---- the feed ------------------------------------------------------------------------- */

/* In virtual time nothing happens before the input has said what comes next: so the
 * records alone decide, and not how fast they came. A command may come in between. */
static bool wait_for_more(struct input *in)
{
    struct sp_engine *g = in->g;
    if (!g->options.sim)
        return false;
    for (;;) {
        if (lines_wait(in->lines, g->wake_fd, WAIT_MS))
            return true;
        uint64_t count;
        if (flag_is(&g->stop) || read(g->wake_fd, &count, sizeof count) > 0)
            return false;
    }
}

static enum feed_state fail_run(struct input *in, const struct err *e)
{
    if (in->g->failed.code == 0)
        in->g->failed = *e;
    return FEED_ENDS;
}

static enum feed_state look(void *self, uint64_t seq, uint32_t *room)
{
    struct input *in = self;
    struct err e;
    while (!in->has || in->seq < seq) {
        enum lines_state state = read_record(in, &e);
        if (state == LINES_WAITS && wait_for_more(in))
            continue;
        if (state == LINES_WAITS)
            return FEED_WAITS;
        if (state != LINES_HAS)
            return state == LINES_ENDS ? FEED_ENDS : fail_run(in, &e);
        in->seq += in->has;
        in->has = true;
    }
    if (in->size > in->g->inputs.longest) {
        e = (struct err){ERR_IO, ""};
        snprintf(e.text, sizeof e.text, "%s:%llu: the file was changed while it was read",
                 lines_name(in->lines), (unsigned long long)in->line.number);
        return fail_run(in, &e);
    }
    *room = in->size;
    return FEED_HAS;
}

static void begin(void *self, uint64_t seq, int64_t ms, int64_t horizon_ms, struct feed_row *row)
{
    const struct input *in = self;
    (void)ms;
    (void)horizon_ms;
    assert(in->has && in->seq == seq);
    *row = in->row;
}

static uint32_t text(void *self, unsigned char *dst)
{
    const struct input *in = self;
    memcpy(dst, in->text, in->size);
    return in->size;
}

/* ---- before the run ------------------------------------------------------------------- */

static int survey_file(struct sp_engine *g, struct lines *l, struct err *e)
{
    struct input_set *i = &g->inputs;
    struct input in = {.g = g, .lines = l, .dead = g->preset.source_kind == SOURCE_DEAD};
    i->longest = LINES_MAX;
    if (lines_bytes(l) > SURVEY_BYTES && !in.dead)
        return 0;
    i->longest = PLACE_MAX;
    enum lines_state state;
    while ((state = read_record(&in, e)) == LINES_HAS) {
        i->records++;
        i->longest = in.size > i->longest ? in.size : i->longest;
    }
    i->known = true;
    return state == LINES_FAILED ? e->code : 0;
}

static int survey_pipe(struct sp_engine *g, struct lines *l, struct err *e)
{
    g->inputs.longest = LINES_MAX;
    if (g->preset.source_kind == SOURCE_LINES) {
        g->inputs.pipe = l;
        return 0;
    }
    snprintf(e->text, sizeof e->text,
             "%s: dead letters run again from a file; this is a pipe or a device", lines_name(l));
    return e->code = ERR_BAD;
}

int inputs_survey(struct sp_engine *g, struct err *e)
{
    const struct preset *p = &g->preset;
    struct lines *l;
    g->inputs.records = 0;
    g->inputs.known = g->inputs.pipe_taken = false;
    g->inputs.longest = NEXMARK_TEXT_MAX;
    if (p->source_kind == SOURCE_NEXMARK)
        return 0;
    if (g->inputs.pipe) {
        g->inputs.longest = LINES_MAX;
        return 0;
    }
    int rc = lines_open(p->source_file, line_limit(p), &l, e);
    if (rc)
        return rc;
    rc = lines_again(l) ? survey_file(g, l, e) : survey_pipe(g, l, e);
    if (l != g->inputs.pipe)
        lines_close(l);
    return rc;
}

static int open_lines(struct sp_engine *g, struct input *in, struct err *e)
{
    struct input_set *i = &g->inputs;
    if (i->pipe == NULL)
        return lines_open(g->preset.source_file, line_limit(&g->preset), &in->lines, e);
    if (i->pipe_taken) {
        snprintf(e->text, sizeof e->text,
                 "%s: a pipe has one reader, and this graph has more "
                 "sources than one: give it a file, or a graph with one source",
                 lines_name(i->pipe));
        return e->code = ERR_BAD;
    }
    i->pipe_taken = true;
    in->lines = i->pipe;
    return 0;
}

int inputs_open(struct sp_engine *g, struct feed *out, struct err *e)
{
    *out = (struct feed){0};
    if (g->preset.source_kind == SOURCE_NEXMARK)
        return 0;
    struct input *in = region_take(&g->region, sizeof *in);
    if (in == NULL) {
        *e = (struct err){ERR_MEMORY, "the system gave no memory"};
        return ERR_MEMORY;
    }
    in->g = g;
    in->dead = g->preset.source_kind == SOURCE_DEAD;
    int rc = open_lines(g, in, e);
    if (rc)
        return rc;
    in->next = g->inputs.first;
    g->inputs.first = in;
    *out = (struct feed){in, look, begin, text};
    return 0;
}

void inputs_close(struct input_set *i)
{
    for (struct input *in = i->first; in; in = in->next)
        if (in->lines != i->pipe)
            lines_close(in->lines);
    i->first = NULL;
}

void inputs_end(struct input_set *i)
{
    inputs_close(i);
    lines_close(i->pipe);
    i->pipe = NULL;
}
