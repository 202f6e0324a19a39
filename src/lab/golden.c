#include "lab/golden.h"

#include "io/err_say.h"
#include "lab/columns.h"
#include "lab/recording_read.h"
#include "lab/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One event as it is compared. */
struct line {
    int64_t at_ns;
    char kind;
    char command[SP_EVENT_TEXT], effect[SP_EVENT_TEXT];
};

struct lines {
    struct line *line; /* owned */
    size_t count, room;
    uint64_t seen;
    int64_t at_ns; /* of the newest reading */
    bool failed;
};

struct check {
    struct golden *out;
    struct recording_reader *reader;
    const struct sp_reading *then; /* the recorded reading to be met; NULL: all are */
    int64_t last_ns;               /* engine time of the last one */
    struct lines was, is;
    char **command; /* of the options, those typed on the way at the end; NULL-terminated */
    size_t commands;
    int code;
    struct err *e;
};

/* ---- events ------------------------------------------------------------------------------ */

static bool is_word(const char *command, const char *const *words)
{
    size_t n = strcspn(command, " ");
    for (int i = 0; words[i] != NULL; i++)
        if (strlen(words[i]) == n && strncmp(command, words[i], n) == 0)
            return true;
    return false;
}

/* Commands that only move the clock of a screen, or that ask. */
static bool is_aside(const struct sp_event *e)
{
    static const char *const words[] = {"speed", "faster", "slower", "step", "go", "quit", NULL};
    bool typed = e->author == SP_YOU || e->author == SP_SOCKET;
    return e->kind == 'A' || e->kind == 'W' || is_word(e->command, words) ||
           (typed && e->kind == '!');
}

static void add_line(struct lines *l, const struct sp_event *e)
{
    if (l->count == l->room) {
        size_t room = l->room > 0 ? 2 * l->room : 256;
        struct line *grown = realloc(l->line, room * sizeof *grown);
        l->failed = l->failed || grown == NULL;
        if (grown == NULL)
            return;
        l->line = grown;
        l->room = room;
    }
    struct line *to = &l->line[l->count++];
    to->at_ns = e->at_ns;
    to->kind = e->kind;
    text_hide(to->command, sizeof to->command, e->command);
    text_hide(to->effect, sizeof to->effect, e->effect);
}

static void note_events(struct lines *l, const struct sp_reading *r)
{
    if (r->now_ns < l->at_ns)
        l->seen = 0;
    l->at_ns = r->now_ns;
    for (int i = 0; i < r->events; i++) {
        if (r->event[i].number <= l->seen)
            continue;
        l->seen = r->event[i].number;
        if (!is_aside(&r->event[i]))
            add_line(l, &r->event[i]);
    }
}

/* ---- differences ------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void differ(struct check *c, const char *format, ...)
{
    va_list args;
    if (!c->out->same)
        return;
    va_start(args, format);
    vsnprintf(c->out->difference, sizeof c->out->difference, format, args);
    va_end(args);
    c->out->same = false;
}

static bool is_of_the_screen(const struct column *k)
{
    static const char *const names[] = {"number", "wall_ns", "held", "speed_ppm", NULL};
    return k->part == COLUMN_RUN && is_word(k->name, names);
}

static void compare_columns(struct check *c, const struct sp_reading *a, const struct sp_reading *b)
{
    for (int i = 0; i < column_count && c->out->same; i++)
        for (int at = 0; at < column_times(column_table[i].part, a); at++) {
            const struct column *k = &column_table[i];
            struct column_value x = column_get(k, a, at), y = column_get(k, b, at);
            if (is_of_the_screen(k) || column_same(x, y))
                continue;
            char of[100] = "";
            if (k->part == COLUMN_VERTEX)
                snprintf(of, sizeof of, " of %s", a->vertex[at].name);
            if (x.is_double || y.is_double)
                differ(c, "at %.3f s: %s%s is %.17g, was %.17g", (double)a->now_ns / 1e9, k->name,
                       of, x.is_double ? x.x : (double)x.n, y.is_double ? y.x : (double)y.n);
            else
                differ(c, "at %.3f s: %s%s is %lld, was %lld", (double)a->now_ns / 1e9, k->name, of,
                       (long long)x.n, (long long)y.n);
        }
}

static bool same_hist(const struct hist *a, const struct hist *b)
{
    return a->count == b->count && a->sum == b->sum && a->max == b->max &&
           memcmp(a->bucket, b->bucket, sizeof a->bucket) == 0;
}

static void compare(struct check *c, const struct sp_reading *is, const struct sp_reading *was)
{
    double at_s = (double)is->now_ns / 1e9;
    c->out->readings++;
    if (is->vertex_count != was->vertex_count || is->instance_count != was->instance_count)
        differ(c, "at %.3f s: another pipeline", at_s);
    else
        compare_columns(c, is, was);
    for (int i = 0; i < KNOB_COUNT; i++)
        if (is->knobs.value[i] != was->knobs.value[i])
            differ(c, "at %.3f s: knob %s is %lld, was %lld", at_s, knob_table[i].name,
                   (long long)is->knobs.value[i], (long long)was->knobs.value[i]);
    if (!same_hist(&is->latency_hist, &was->latency_hist))
        differ(c, "at %.3f s: the histogram of latencies differs", at_s);
    if (!same_hist(&is->call_hist, &was->call_hist))
        differ(c, "at %.3f s: the histogram of calls differs", at_s);
}

static void compare_events(struct check *c)
{
    size_t n = c->was.count < c->is.count ? c->was.count : c->is.count;
    for (size_t i = 0; i < n; i++) {
        const struct line *a = &c->is.line[i], *b = &c->was.line[i];
        if (a->at_ns != b->at_ns || a->kind != b->kind || strcmp(a->command, b->command) != 0 ||
            strcmp(a->effect, b->effect) != 0)
            differ(c, "event %zu is \"%.80s: %.80s\" at %.3f s, was \"%.80s: %.80s\" at %.3f s",
                   i + 1, a->command, a->effect, (double)a->at_ns / 1e9, b->command, b->effect,
                   (double)b->at_ns / 1e9);
    }
    if (c->was.count != c->is.count)
        differ(c, "%zu events, were %zu", c->is.count, c->was.count);
    c->out->events = n;
}

/* ---- the two runs side by side ------------------------------------------------------------ */

static bool next_recorded(struct check *c)
{
    c->code = recording_read_next(c->reader, &c->then, NULL, c->e);
    if (c->code > 0) {
        note_events(&c->was, c->then);
        return true;
    }
    c->then = NULL;
    return false;
}

/* Recorded readings that the run does not make by itself (a command that moved the screen's
 * clock made them) are passed over, and so are those that a slow screen missed. */
static bool on_reading(void *context, const struct sp_reading *r)
{
    struct check *c = context;
    bool back = r->now_ns < c->is.at_ns;
    while (c->then != NULL && !back && c->then->now_ns < r->now_ns &&
           c->then->now_ns >= c->is.at_ns)
        if (!next_recorded(c))
            break;
    if (c->then == NULL)
        return false;
    note_events(&c->is, r);
    c->out->digest = r->digest;
    if (c->then->now_ns == r->now_ns && c->then->event_count >= r->event_count) {
        compare(c, r, c->then);
        next_recorded(c);
    }
    return c->out->same && c->then != NULL && !c->is.failed && !c->was.failed;
}

/* ---- what is run --------------------------------------------------------------------------- */

static bool add_command(struct check *c, const char *text)
{
    char **grown = realloc(c->command, (c->commands + 2) * sizeof *grown);
    if (grown == NULL)
        return false;
    c->command = grown;
    c->command[c->commands] = strdup(text);
    c->command[c->commands + 1] = NULL;
    return c->command[c->commands++] != NULL;
}

/* A command typed on the way becomes one with a time. */
static int add_typed(struct check *c, const struct sp_event *x, struct err *e)
{
    static const char *const anew[] = {"restart", "load", NULL};
    char text[SP_EVENT_TEXT + 40];
    if (is_word(x->command, anew))
        return err_say(e, ERR_BAD,
                       "the run was begun anew by hand (restart, load): it cannot be "
                       "repeated in one go");
    int n = snprintf(text, sizeof text, "at %lld.%09llds %s", (long long)(x->at_ns / NS_PER_S),
                     (long long)(x->at_ns % NS_PER_S), x->command);
    if (n >= PRESET_COMMAND)
        return err_say(e, ERR_BAD, "a command that was typed is too long to be repeated");
    return add_command(c, text) ? 0 : err_say(e, ERR_MEMORY, "out of memory");
}

static int gather_commands(struct check *c, struct err *e)
{
    const struct recording_head *h = recording_read_head(c->reader);
    const struct sp_reading *r;
    uint64_t seen = 0;
    int64_t at = 0;
    int code;
    for (int i = 0; h->commands[i] != NULL; i++)
        if (!add_command(c, h->commands[i]))
            return err_say(e, ERR_MEMORY, "out of memory");
    while ((code = recording_read_next(c->reader, &r, NULL, e)) > 0) {
        if (r->now_ns < at)
            seen = 0;
        at = r->now_ns;
        for (int i = 0; i < r->events; i++) {
            const struct sp_event *x = &r->event[i];
            bool typed = x->author == SP_YOU || x->author == SP_SOCKET;
            if (x->number <= seen)
                continue;
            seen = x->number;
            code = typed && !is_aside(x) ? add_typed(c, x, e) : 0;
            if (code != 0)
                return code;
        }
    }
    c->last_ns = at;
    return code != 0 ? code : recording_read_rewind(c->reader, e);
}

static int run_again(struct check *c, struct err *e)
{
    const struct recording_head *h = recording_read_head(c->reader);
    struct sp_options o = {.preset = h->preset,
                           .sim = true,
                           .seed = h->seed,
                           .duration_ns = h->duration_ns,
                           .records = h->records,
                           .rate_mps = h->rate_mps,
                           .commands = (const char *const *)c->command,
                           .expects = (const char *const *)h->expects};
    struct sp_engine *engine = NULL;
    if (!next_recorded(c))
        return c->code < 0 ? c->code : err_say(e, ERR_BAD, "the recording holds no reading");
    int code = sp_open(&o, &engine, e);
    if (code == 0)
        code = sp_run(engine, on_reading, c, e);
    sp_close(engine);
    if (code == ERR_EXPECT || code == ERR_LEDGER) /* so it was then, or the figures tell */
        code = 0;
    if (code == 0 && c->code < 0)
        code = c->code;
    if (code == 0 && (c->is.failed || c->was.failed))
        code = err_say(e, ERR_MEMORY, "out of memory");
    if (code == 0 && c->then != NULL)
        differ(c, "the run ends at %.3f s, ended at %.3f s", (double)c->is.at_ns / 1e9,
               (double)c->last_ns / 1e9);
    return code;
}

int golden_check(const char *path, struct golden *out, struct err *e)
{
    struct check c = {.out = out, .e = e};
    *out = (struct golden){.same = true};
    int code = recording_read_open(path, &c.reader, e);
    if (code != 0)
        return code;
    snprintf(out->commit, sizeof out->commit, "%s", recording_read_head(c.reader)->commit);
    if (!recording_read_head(c.reader)->sim)
        code = err_say(e, ERR_BAD, "a live run cannot be repeated: only one under --sim can");
    code = code ? code : gather_commands(&c, e);
    code = code ? code : run_again(&c, e);
    if (code == 0)
        compare_events(&c);
    recording_read_close(c.reader);
    for (size_t i = 0; i < c.commands; i++)
        free(c.command[i]);
    free(c.command);
    free(c.was.line);
    free(c.is.line);
    return code;
}
