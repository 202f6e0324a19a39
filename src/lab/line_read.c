#include "lab/line.h"

#include "io/err_say.h"
#include "lab/sparse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TIME_MAX (INT64_C(1) << 60)
#define COUNT_MAX (INT64_C(1) << 60)

/* ---- values ------------------------------------------------------------------------------ */

/* A whole number of any size that an int64_t holds. */
static bool number_whole(const struct json_value *v, int64_t *out)
{
    char s[24];
    char *end;
    if (v == NULL || v->kind != JSON_NUMBER || v->size >= sizeof s)
        return false;
    memcpy(s, v->text, v->size);
    s[v->size] = 0;
    errno = 0;
    *out = strtoll(s, &end, 10);
    return *end == 0 && errno == 0;
}

static bool number_real(const struct json_value *v, double *out)
{
    char s[40];
    char *end;
    if (v == NULL || v->kind != JSON_NUMBER || v->size >= sizeof s)
        return false;
    memcpy(s, v->text, v->size);
    s[v->size] = 0;
    *out = strtod(s, &end);
    return *end == 0;
}

bool line_whole(const struct json_value *v, int64_t min, int64_t max, int64_t *out)
{
    return number_whole(v, out) && *out >= min && *out <= max;
}

bool line_string(const struct json_value *v, char *dst, size_t size)
{
    if (v == NULL || v->kind != JSON_STRING || v->size >= size)
        return false;
    memcpy(dst, v->text, v->size);
    dst[v->size] = 0;
    return true;
}

static bool field_int(const struct json_value *o, const char *name, int min, int max, int *out)
{
    int64_t n;
    bool good = line_whole(json_field(o, name), min, max, &n);
    if (good)
        *out = (int)n;
    return good;
}

static bool field_bool(const struct json_value *o, const char *name, bool *out)
{
    int n = 0;
    bool good = field_int(o, name, 0, 1, &n);
    *out = n != 0;
    return good;
}

/* ---- columns ----------------------------------------------------------------------------- */

/* "vertex.busy" as its place in the table; -1: there is none. */
static int find_column(const char *name)
{
    for (int i = 0; i < column_count; i++) {
        const char *part = column_parts[column_table[i].part];
        size_t n = strlen(part);
        if (strncmp(name, part, n) == 0 && name[n] == '.' &&
            strcmp(name + n + 1, column_table[i].name) == 0)
            return i;
    }
    return -1;
}

int line_order(struct line_state *s, const struct json_value *names, struct err *e)
{
    bool seen[256] = {false};
    int part = 0;
    if (names == NULL || names->kind != JSON_ARRAY || names->count > 256)
        return err_say(e, ERR_BAD, "\"columns\" must be a list of at most 256 names");
    for (const struct json_value *v = names->first; v != NULL; v = v->next) {
        char name[80];
        if (!line_string(v, name, sizeof name))
            return err_say(e, ERR_BAD, "\"columns\": every name must be a short string");
        int found = find_column(name);
        if (found < 0)
            return err_say(e, ERR_BAD, "\"%.70s\": a column that this version does not know", name);
        if (seen[found] || (int)column_table[found].part < part)
            return err_say(e, ERR_BAD, "\"%.70s\": a column in the wrong place", name);
        part = (int)column_table[found].part;
        seen[found] = true;
        s->order[s->places++] = found;
    }
    return 0;
}

/* ---- what a run is ------------------------------------------------------------------------ */

static bool read_vertex(const struct json_value *v, int count, struct sp_vertex *out)
{
    const struct json_value *to = v->kind == JSON_OBJECT ? json_field(v, "to") : NULL;
    memset(out, 0, sizeof *out);
    if (v->kind != JSON_OBJECT ||
        !line_string(json_field(v, "name"), out->name, sizeof out->name) ||
        !field_int(v, "parallelism", 0, 1 << 20, &out->parallelism) ||
        !field_bool(v, "bursts", &out->bursts) || !field_bool(v, "remote", &out->remote) ||
        !field_int(v, "first", -1, SP_INSTANCES, &out->first_instance) || to == NULL ||
        to->kind != JSON_ARRAY || to->count != 4)
        return false;
    int i = 0;
    for (const struct json_value *o = to->first; o != NULL; o = o->next)
        if (!line_whole(o, -1, count - 1, &out->output[i++]))
            return false;
    return true;
}

static int read_vertices(struct sp_reading *r, const struct json_value *list, struct err *e)
{
    if (list == NULL || list->kind != JSON_ARRAY || list->count > SP_VERTICES)
        return err_say(e, ERR_BAD, "\"vertices\" must be a list of at most %d", SP_VERTICES);
    r->vertex_count = 0;
    for (const struct json_value *v = list->first; v != NULL; v = v->next)
        if (!read_vertex(v, (int)list->count, &r->vertex[r->vertex_count++]))
            return err_say(e, ERR_BAD,
                           "vertex %d: name, parallelism, bursts, remote, first, to are needed",
                           r->vertex_count);
    return 0;
}

static int read_instances(struct sp_reading *r, const struct json_value *list, struct err *e)
{
    if (list == NULL || list->kind != JSON_ARRAY || list->count > SP_INSTANCES)
        return err_say(e, ERR_BAD, "\"instances\" must be a list of at most %d", SP_INSTANCES);
    memset(r->instance, 0, sizeof r->instance);
    r->instance_count = 0;
    for (const struct json_value *v = list->first; v != NULL; v = v->next) {
        int64_t vertex;
        if (!line_whole(v, 0, r->vertex_count - 1, &vertex))
            return err_say(e, ERR_BAD, "\"instances\": each must name a vertex, 0 to %d",
                           r->vertex_count - 1);
        r->instance[r->instance_count++].vertex = (int)vertex;
    }
    return 0;
}

static int read_run(struct line_state *s, const struct json_value *o, struct err *e)
{
    struct sp_reading *r = s->now;
    if (o->kind != JSON_OBJECT ||
        !line_string(json_field(o, "preset"), r->preset, sizeof r->preset) ||
        !line_string(json_field(o, "why"), r->why, sizeof r->why) ||
        !line_string(json_field(o, "provider"), r->provider, sizeof r->provider) ||
        !field_bool(o, "sim", &r->sim) ||
        !line_whole(json_field(o, "duration_ns"), 0, TIME_MAX, &r->duration_ns))
        return err_say(e, ERR_BAD, "\"run\": preset, why, provider, sim, duration_ns are needed");
    const struct json_value *endpoint = json_field(o, "endpoint"); /* older recordings lack it */
    r->endpoint[0] = 0;
    if (endpoint && !line_string(endpoint, r->endpoint, sizeof r->endpoint))
        return err_say(e, ERR_BAD, "\"run\": \"endpoint\" must be a string of at most %d bytes",
                       (int)sizeof r->endpoint - 1);
    memset(r->vertex, 0, sizeof r->vertex);
    int code = read_vertices(r, json_field(o, "vertices"), e);
    return code ? code : read_instances(r, json_field(o, "instances"), e);
}

/* ---- knobs, events ------------------------------------------------------------------------ */

static int read_knobs(struct line_state *s, const struct json_value *o, struct err *e)
{
    for (const struct json_value *v = o->kind == JSON_OBJECT ? o->first : NULL; v; v = v->next) {
        int k = knob_find(v->key, v->key_size);
        int64_t value, manual;
        if (k < 0)
            return err_say(e, ERR_BAD, "\"%.60s\": no knob of this version", v->key);
        const struct knob_def *d = &knob_table[k];
        int64_t max = d->max;
        for (max = d->names != NULL ? -1 : max; d->names != NULL && d->names[max + 1] != NULL;)
            max++;
        if (v->kind != JSON_ARRAY || v->count != 2 ||
            !line_whole(v->first, d->names != NULL ? 0 : d->min, max, &value) ||
            !line_whole(v->first->next, 0, 1, &manual))
            return err_say(e, ERR_BAD, "knob %s: [value, 0 or 1] within its range is needed",
                           d->name);
        s->now->knobs.value[k] = value;
        s->now->knobs.manual[k] = manual != 0;
    }
    return o->kind == JSON_OBJECT ? 0 : err_say(e, ERR_BAD, "\"knobs\" must be an object");
}

static bool read_author(const struct json_value *v, enum sp_author *out)
{
    for (int i = 0; v != NULL && v->kind == JSON_STRING && i <= SP_SOCKET; i++)
        if (strcmp(v->text, sp_author_names[i]) == 0) {
            *out = (enum sp_author)i;
            return true;
        }
    return false;
}

static int read_event(struct line_state *s, const struct json_value *o, struct err *e)
{
    struct sp_reading *r = s->now;
    struct sp_event x = {0};
    int64_t number;
    char kind[2] = "";
    if (o->kind != JSON_OBJECT || !line_whole(json_field(o, "number"), 1, COUNT_MAX, &number) ||
        !line_whole(json_field(o, "at_ns"), 0, TIME_MAX, &x.at_ns) ||
        !read_author(json_field(o, "author"), &x.author) ||
        !line_string(json_field(o, "kind"), kind, sizeof kind) || kind[0] == 0 ||
        strchr(SP_EVENT_KINDS, kind[0]) == NULL ||
        !line_string(json_field(o, "command"), x.command, sizeof x.command) ||
        !line_string(json_field(o, "effect"), x.effect, sizeof x.effect) ||
        !line_string(json_field(o, "inverse"), x.inverse, sizeof x.inverse))
        return err_say(e, ERR_BAD,
                       "\"event\": number, at_ns, author, kind, command, effect, inverse are "
                       "needed, as a run writes them");
    x.number = (uint64_t)number;
    x.kind = kind[0];
    if (x.number <= r->event_count)
        r->events = 0; /* the log began anew */
    if (r->events == SP_EVENTS)
        memmove(&r->event[0], &r->event[1], (size_t)--r->events * sizeof r->event[0]);
    r->event[r->events++] = x;
    r->event_count = x.number;
    return 0;
}

static int read_faults(struct line_state *s, const struct json_value *o, struct err *e)
{
    struct sp_reading *r = s->now;
    if (o->kind != JSON_ARRAY || o->count > SP_FAULTS)
        return err_say(e, ERR_BAD, "\"faults\" must be a list of at most %d", SP_FAULTS);
    memset(r->fault, 0, sizeof r->fault);
    r->faults = 0;
    for (const struct json_value *v = o->first; v != NULL; v = v->next) {
        struct sp_fault *f = &r->fault[r->faults++];
        int64_t id;
        if (v->kind != JSON_ARRAY || v->count != 2 ||
            !line_string(v->first, f->what, sizeof f->what) || !number_whole(v->first->next, &id))
            return err_say(e, ERR_BAD,
                           "\"faults\": each is a list of what happened and a record's id");
        f->id = (uint64_t)id;
    }
    return 0;
}

/* ---- figures ------------------------------------------------------------------------------ */

/* The list "r" while it is read. */
struct row {
    const struct json_value *next;
    int64_t guessed; /* columns that are still as guessed by a count */
};

/* The value of a column: true with *v, or false for "as guessed". */
static int take(struct row *w, const struct column *c, struct column_value guess,
                struct column_value *v, struct err *e)
{
    const struct json_value *n = w->next;
    *v = guess;
    if (w->guessed > 0 && w->guessed--)
        return 0;
    if (n == NULL)
        return 0;
    w->next = n->next;
    if (n->kind == JSON_STRING) {
        char *end;
        errno = 0;
        long long count = strtoll(n->text, &end, 10);
        if (n->text[0] < '1' || n->text[0] > '9' || *end != 0 || errno != 0 || count > 1 << 20)
            return err_say(e, ERR_BAD, "\"%.20s\": a count of columns is needed", n->text);
        w->guessed = count - 1;
        return 0;
    }
    int64_t delta = 0, was = 0;
    if (n->kind == JSON_NUMBER && number_whole(n, &delta) && delta != 0 && guess.is_double &&
        column_is_whole(guess.x, &was)) {
        v->x = (double)(int64_t)((uint64_t)was + (uint64_t)delta);
        return 0;
    }
    if (n->kind == JSON_NUMBER && number_whole(n, &delta) && (!guess.is_double || delta == 0)) {
        v->n = (int64_t)((uint64_t)guess.n + (uint64_t)delta);
        return 0;
    }
    *v = (struct column_value){0};
    if (n->kind == JSON_ARRAY && n->count == 2 && c->kind == COLUMN_SECONDS &&
        number_whole(n->first, &v->n))
        return 0;
    v->is_double = true;
    if (n->kind == JSON_ARRAY && n->count == 1 && number_real(n->first, &v->x))
        return 0;
    return err_say(e, ERR_BAD, "column %s: a whole number, or one number in brackets, is needed",
                   c->name);
}

static int read_column(struct row *w, const struct column *c, const struct column_guess *g,
                       struct sp_reading *now, struct err *e)
{
    struct column_value v;
    int code = take(w, c, column_guess(c, g), &v, e);
    if (code == 0 && !column_set(c, now, g->at, v))
        code = err_say(e, ERR_BAD, "column %s: its value is out of range", c->name);
    return code;
}

static int read_row(struct line_state *s, const struct json_value *list, struct err *e)
{
    struct sp_reading *now = s->now;
    struct row w = {list->first, 0};
    struct column_guess g;
    column_begin(&g, s->before, now, line_past(s, s->back));
    for (int i = 0; i < s->places;) {
        enum column_part part = column_table[s->order[i]].part;
        int end = i;
        while (end < s->places && column_table[s->order[end]].part == part)
            end++;
        int n = column_times(part, now);
        for (g.at = 0; g.at < n; g.at++)
            for (int k = i; k < end; k++) {
                int code = read_column(&w, &column_table[s->order[k]], &g, now, e);
                if (code)
                    return code;
            }
        i = end;
    }
    return w.next == NULL ? 0 : err_say(e, ERR_BAD, "more figures than columns");
}

static int read_hist(const struct json_value *list, struct hist *h, bool may_begin,
                     const char *name, struct err *e)
{
    int64_t sum = 0, max = 0, anew = 0;
    if (list == NULL)
        return 0;
    const struct json_value *v = list->kind == JSON_ARRAY ? list->first : NULL;
    if (v == NULL || v->kind != JSON_STRING || list->count < 3 || list->count > 4 ||
        !number_whole(v->next, &sum) || !number_whole(v->next->next, &max) ||
        (list->count == 4 && !line_whole(v->next->next->next, 0, 1, &anew)))
        return err_say(e, ERR_BAD,
                       "\"%s\": letters, gain of the sum, gain of the maximum are needed", name);
    uint64_t count = h->count;
    if (anew)
        hist_reset(h);
    if (!sparse_read(v->text, h))
        return err_say(e, ERR_BAD, "\"%s\": the letters are no gain of a histogram", name);
    if (anew && !may_begin && h->count >= count)
        return err_say(e, ERR_BAD, "\"%s\": a histogram begins anew while the run goes on", name);
    h->sum += sum;
    if (max > TIME_MAX || max < -TIME_MAX || h->max + max < 0 || h->max + max > TIME_MAX ||
        h->sum < 0 || h->sum > (i128)h->count * TIME_MAX || h->count > (uint64_t)COUNT_MAX)
        return err_say(e, ERR_BAD, "\"%s\": sum or maximum are out of range", name);
    h->max += max;
    return 0;
}

/* Engine time of a line before it is read in full: what the columns say first. */
static int read_reading(struct line_state *s, const struct json_value *line, struct err *e)
{
    const struct json_value *row = json_field(line, "r");
    struct sp_reading *now = s->now;
    if (row->kind != JSON_ARRAY)
        return err_say(e, ERR_BAD, "\"r\" must be a list");
    if (!s->begun && now->vertex_count == 0)
        return err_say(e, ERR_BAD, "figures before the line \"run\" that says of what");
    uint64_t latency = now->latency_hist.count, call = now->call_hist.count;
    int code = read_hist(json_field(line, "l"), &now->latency_hist, true, "l", e);
    if (code == 0)
        code = read_hist(json_field(line, "c"), &now->call_hist, true, "c", e);
    int64_t past = s->back;
    if (code == 0 && json_field(line, "b") != NULL &&
        !line_whole(json_field(line, "b"), 0, COLUMN_PASTS, &past))
        code = err_say(e, ERR_BAD, "\"b\": 0 to %d readings are needed", COLUMN_PASTS);
    s->back = (int)past;
    if (code == 0)
        code = read_row(s, row, e);
    if (code)
        return code;
    /* whoever takes differences must never see one go back */
    bool back = now->now_ns < s->before->now_ns;
    struct {
        const struct json_value *list;
        uint64_t before, count;
    } h[] = {{json_field(line, "l"), latency, now->latency_hist.count},
             {json_field(line, "c"), call, now->call_hist.count}};
    for (int i = 0; i < 2; i++) {
        bool anew = h[i].list != NULL && h[i].list->count == 4;
        if (s->begun && !back && anew && h[i].count >= h[i].before && h[i].before > 0)
            return err_say(e, ERR_BAD, "a histogram begins anew while the run goes on");
        if (s->begun && back && !anew && h[i].count > 0)
            return err_say(e, ERR_BAD, "the run begins anew, and a histogram does not");
    }
    line_remember(s, now, back);
    memcpy(s->before, now, sizeof *now);
    s->begun = true;
    return 0;
}

int line_read(struct line_state *s, const struct json_value *line, bool *reading, struct err *e)
{
    static const struct {
        const char *name;
        int (*read)(struct line_state *s, const struct json_value *o, struct err *e);
    } kinds[] = {
        {"run", read_run}, {"knobs", read_knobs}, {"event", read_event}, {"faults", read_faults}};
    *reading = false;
    if (line->kind != JSON_OBJECT || line->first == NULL)
        return err_say(e, ERR_BAD, "a line must be an object");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(line->first->key, kinds[i].name) == 0) {
            int code = line->count == 1
                           ? kinds[i].read(s, line->first, e)
                           : err_say(e, ERR_BAD, "\"%s\" must stand alone", kinds[i].name);
            if (code == 0 && i == 0) {
                memset(s->before->vertex, 0, sizeof s->before->vertex);
                memset(s->before->instance, 0, sizeof s->before->instance);
            }
            return code;
        }
    for (const struct json_value *v = line->first; v != NULL; v = v->next)
        if (strlen(v->key) != 1 || strchr("rblc", v->key[0]) == NULL)
            return err_say(e, ERR_BAD, "\"%.40s\": no line of a recording begins like this",
                           v->key);
    if (json_field(line, "r") == NULL)
        return err_say(e, ERR_BAD, "\"r\" is missing");
    *reading = true;
    return read_reading(s, line, e);
}
