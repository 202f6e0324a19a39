#include "lab/recording_read.h"

#include "lab/line.h"
#include "lab/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER ((size_t)64 * 1024) /* to begin with: lines are short */
#define BUFFER_MAX ((size_t)JSON_SIZE_MAX + 4096)

struct recording_reader {
    char path[4096];
    int fd;
    char *buffer; /* owned; [from, to) is not yet looked at */
    size_t room, from, to;
    bool file_over, cut, ended;
    uint64_t line, bytes;
    struct line_state state;
    struct recording_head head;
    struct sp_summary *summary; /* owned; what `end` says */
    int64_t base_ns;            /* of the recording's time line */
    int64_t newest_ns;
};

__attribute__((format(printf, 4, 5))) static int fail(struct recording_reader *r, struct err *e,
                                                      int code, const char *format, ...)
{
    char why[400];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    size_t n = strlen(r->path);
    const char *name = n > 80 ? r->path + n - 80 : r->path;
    e->code = code;
    if (r->line > 0)
        snprintf(e->text, sizeof e->text, "%.80s:%llu: %.390s", name, (unsigned long long)r->line,
                 why);
    else
        snprintf(e->text, sizeof e->text, "%.80s: %.390s", name, why);
    return code;
}

/* ---- lines ------------------------------------------------------------------------------ */

/* Reads on. false: at the end of the file, or no room. */
static bool read_more(struct recording_reader *r, int *error)
{
    if (r->from > 0) {
        memmove(r->buffer, r->buffer + r->from, r->to - r->from);
        r->to -= r->from;
        r->from = 0;
    }
    if (r->to == r->room && r->room < BUFFER_MAX) {
        char *grown = realloc(r->buffer, BUFFER_MAX);
        *error = grown == NULL ? ENOMEM : 0;
        r->buffer = grown != NULL ? grown : r->buffer;
        r->room = grown != NULL ? BUFFER_MAX : r->room;
    }
    if (r->file_over || r->to == r->room)
        return false;
    ssize_t n;
    do
        n = read(r->fd, r->buffer + r->to, r->room - r->to);
    while (n < 0 && errno == EINTR);
    *error = n < 0 ? errno : 0;
    r->file_over = n <= 0;
    r->to += n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* The next whole line without its LF: 1, 0 at the end, or ERR_*. */
static int next_line(struct recording_reader *r, const char **line, size_t *size, struct err *e)
{
    size_t looked = 0;
    int error = 0;
    for (;;) {
        const char *start = r->buffer + r->from;
        const char *end = memchr(start + looked, '\n', r->to - r->from - looked);
        if (end != NULL) {
            *line = start;
            *size = (size_t)(end - start);
            r->from += *size + 1;
            r->line++;
            return 1;
        }
        looked = r->to - r->from;
        if (looked > JSON_SIZE_MAX) {
            r->line++;
            return fail(r, e, ERR_BAD, "a line longer than 1 MiB: no recording of ours");
        }
        if (!read_more(r, &error)) {
            r->cut = r->to > r->from;
            return error != 0 ? fail(r, e, ERR_IO, "%s", strerror(error)) : 0;
        }
    }
}

/* A line as a tree: 0, or ERR_*; json_free is due in every case. */
static int parse_line(struct recording_reader *r, const char *line, size_t size, struct json *doc,
                      struct err *e)
{
    struct json_fault fault;
    int code = json_parse(line, size, doc, &fault);
    if (code == ERR_MEMORY)
        return fail(r, e, code, "out of memory");
    if (code == 0)
        return 0;
    int row, column;
    json_position(line, size, fault.at, &row, &column);
    const char *what = r->line == 1 ? "not a recording: " : "";
    return fail(r, e, ERR_BAD, "%scolumn %d: %s", what, column, fault.text);
}

/* ---- the header ------------------------------------------------------------------------- */

static bool unsigned_string(const struct json_value *v, uint64_t *out)
{
    char s[24], *end;
    if (!line_string(v, s, sizeof s) || s[0] < '0' || s[0] > '9')
        return false;
    errno = 0;
    *out = strtoull(s, &end, 10);
    return *end == 0 && errno == 0;
}

/* Commands are checked when they are run. */
static bool read_list(const struct json_value *v, const char ***out)
{
    if (v == NULL || v->kind != JSON_ARRAY || v->count > 4096)
        return false;
    const char **list = calloc(v->count + 1, sizeof *list);
    *out = list;
    int n = 0;
    for (const struct json_value *x = v->first; x != NULL && list != NULL; x = x->next) {
        if (x->kind != JSON_STRING || (list[n++] = strdup(x->text)) == NULL)
            return false;
    }
    return list != NULL;
}

static int read_preset(struct recording_reader *r, const struct json_value *v, struct err *e)
{
    struct recording_head *h = &r->head;
    struct err why = {0, ""};
    if (v == NULL || v->kind != JSON_STRING)
        return fail(r, e, ERR_BAD, "\"preset\" is missing: the text of the run's preset");
    h->preset_text = strdup(v->text);
    h->preset = malloc(sizeof *h->preset);
    if (h->preset_text == NULL || h->preset == NULL)
        return fail(r, e, ERR_MEMORY, "out of memory");
    int code = preset_parse(h->preset_text, v->size, "its preset", h->preset, &why);
    return code != 0 ? fail(r, e, code, "%.380s", why.text) : 0;
}

static int read_options(struct recording_reader *r, const struct json_value *o, struct err *e)
{
    struct recording_head *h = &r->head;
    const int64_t max = INT64_C(1) << 60;
    if (o == NULL || o->kind != JSON_OBJECT ||
        !line_whole(json_field(o, "duration_ns"), 0, max, &h->duration_ns) ||
        !line_whole(json_field(o, "rate_mps"), 0, max, &h->rate_mps) ||
        !unsigned_string(json_field(o, "records"), &h->records) ||
        !read_list(json_field(o, "commands"), &h->commands) ||
        !read_list(json_field(o, "expects"), &h->expects))
        return fail(r, e, ERR_BAD,
                    "\"options\": duration_ns, rate_mps, records, commands, expects "
                    "are needed");
    return 0;
}

static void read_host(struct recording_head *h, const struct json_value *root)
{
    const struct json_value *host = json_field(root, "host");
    int64_t cpus = 0;
    if (host != NULL && host->kind == JSON_OBJECT) {
        if (line_whole(json_field(host, "cpus"), 0, 1 << 20, &cpus))
            h->cpus = (int)cpus;
        if (!line_string(json_field(host, "system"), h->system, sizeof h->system))
            h->system[0] = 0;
    }
    if (!line_string(json_field(root, "made"), h->made, sizeof h->made))
        h->made[0] = 0;
}

static int read_header(struct recording_reader *r, const struct json_value *root, struct err *e)
{
    static const char *const mark = "spillway-recording";
    struct recording_head *h = &r->head;
    struct err why = {0, ""};
    char clock[8] = "";
    int64_t version = 0;
    if (root->kind != JSON_OBJECT || root->first == NULL || strcmp(root->first->key, mark) != 0)
        return fail(r, e, ERR_BAD, "not a recording: \"%s\" must come first", mark);
    if (!line_whole(root->first, 1, 1000000, &version))
        return fail(r, e, ERR_BAD, "the version must be a whole number");
    if (version != RECORDING_VERSION)
        return fail(r, e, ERR_BAD, "a recording of version %lld; this program reads version %d",
                    (long long)version, RECORDING_VERSION);
    if (!line_string(json_field(root, "commit"), h->commit, sizeof h->commit) ||
        !unsigned_string(json_field(root, "seed"), &h->seed) ||
        !line_string(json_field(root, "clock"), clock, sizeof clock) ||
        (strcmp(clock, "sim") != 0 && strcmp(clock, "live") != 0))
        return fail(r, e, ERR_BAD, "commit, seed and clock (sim or live) are needed");
    h->sim = strcmp(clock, "sim") == 0;
    read_host(h, root);
    int code = read_options(r, json_field(root, "options"), e);
    code = code ? code : read_preset(r, json_field(root, "preset"), e);
    if (code == 0 && line_order(&r->state, json_field(root, "columns"), &why) != 0)
        code = fail(r, e, ERR_BAD, "%s", why.text);
    return code;
}

static int take_header(struct recording_reader *r, struct err *e)
{
    const char *line;
    size_t size;
    struct json doc;
    int code = next_line(r, &line, &size, e);
    if (code == 0)
        return fail(r, e, ERR_BAD,
                    r->cut ? "cut off in its first line: nothing to show" : "the file is empty");
    if (code < 0)
        return code;
    code = parse_line(r, line, size, &doc, e);
    code = code ? code : read_header(r, doc.value, e);
    json_free(&doc);
    return code;
}

/* ---- open, close ------------------------------------------------------------------------ */

static int open_file(struct recording_reader *r, struct err *e)
{
    struct stat st;
    r->fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (r->fd < 0 || fstat(r->fd, &st) != 0)
        return fail(r, e, ERR_IO, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return fail(r, e, ERR_BAD, "not a file that can be gone back and forth in");
    r->bytes = (uint64_t)st.st_size;
    return 0;
}

int recording_read_open(const char *path, struct recording_reader **out, struct err *e)
{
    struct recording_reader *r = calloc(1, sizeof *r);
    *e = (struct err){ERR_MEMORY, "out of memory"};
    if (r == NULL)
        return ERR_MEMORY;
    r->fd = -1;
    snprintf(r->path, sizeof r->path, "%s", path);
    r->buffer = malloc(BUFFER);
    r->room = BUFFER;
    r->summary = calloc(1, sizeof *r->summary);
    int code = ERR_MEMORY;
    if (r->buffer != NULL && r->summary != NULL && line_open(&r->state))
        code = open_file(r, e);
    code = code ? code : take_header(r, e);
    if (code != 0) {
        recording_read_close(r);
        return code;
    }
    *out = r;
    *e = (struct err){0, ""};
    return 0;
}

static void free_list(const char **list)
{
    for (int i = 0; list != NULL && list[i] != NULL; i++)
        free((char *)(uintptr_t)list[i]);
    free(list);
}

void recording_read_close(struct recording_reader *r)
{
    if (r == NULL)
        return;
    if (r->fd >= 0)
        close(r->fd);
    free(r->buffer);
    free(r->summary);
    line_close(&r->state);
    free(r->head.preset_text);
    free(r->head.preset);
    free_list(r->head.commands);
    free_list(r->head.expects);
    free(r);
}

const struct recording_head *recording_read_head(const struct recording_reader *r)
{
    return &r->head;
}

int recording_read_rewind(struct recording_reader *r, struct err *e)
{
    const char *line;
    size_t size;
    struct line_state fresh;
    if (!line_open(&fresh))
        return fail(r, e, ERR_MEMORY, "out of memory");
    memcpy(fresh.order, r->state.order, sizeof fresh.order);
    fresh.places = r->state.places;
    line_close(&r->state);
    r->state = fresh;
    r->from = r->to = 0;
    r->file_over = r->cut = r->ended = false;
    r->line = 0;
    r->base_ns = r->newest_ns = 0;
    if (lseek(r->fd, 0, SEEK_SET) < 0)
        return fail(r, e, ERR_IO, "%s", strerror(errno));
    int code = next_line(r, &line, &size, e);
    return code < 0 ? code : code == 0 ? fail(r, e, ERR_BAD, "it was cut since it was opened") : 0;
}

/* ---- readings --------------------------------------------------------------------------- */

static bool flag(const struct json_value *o, const char *name, bool *out)
{
    int64_t n = 0;
    bool good = line_whole(json_field(o, name), 0, 1, &n);
    *out = n != 0;
    return good;
}

static int read_end(struct recording_reader *r, const struct json_value *o, struct err *e)
{
    struct sp_summary *s = r->summary;
    const struct json_value *list = o->kind == JSON_OBJECT ? json_field(o, "expects") : NULL;
    memset(s, 0, sizeof *s);
    if (o->kind != JSON_OBJECT ||
        !line_whole(json_field(o, "completion_ns"), -1, INT64_C(1) << 60, &s->completion_ns) ||
        !flag(o, "ledger_ok", &s->ledger_ok) || !flag(o, "expects_ok", &s->expects_ok) ||
        !flag(o, "interrupted", &s->interrupted) ||
        !line_string(json_field(o, "ledger"), s->ledger_text, sizeof s->ledger_text) ||
        list == NULL || list->kind != JSON_ARRAY ||
        list->count > sizeof s->expect / sizeof s->expect[0])
        return fail(r, e, ERR_BAD,
                    "\"end\": completion_ns, ledger_ok, expects_ok, interrupted, "
                    "ledger, expects are needed");
    for (const struct json_value *v = list->first; v != NULL; v = v->next) {
        struct sp_expect *x = &s->expect[s->expect_count++];
        if (v->kind != JSON_OBJECT || !flag(v, "ok", &x->ok) ||
            !line_string(json_field(v, "text"), x->text, sizeof x->text) ||
            !line_string(json_field(v, "observed"), x->observed, sizeof x->observed))
            return fail(r, e, ERR_BAD, "\"end\": an expectation has ok, text, observed");
    }
    r->ended = true;
    return 0;
}

/* 1: a reading is complete; 0: not yet. */
static int take_line(struct recording_reader *r, const char *line, size_t size, struct err *e)
{
    struct json doc;
    struct err why = {0, ""};
    bool reading = false;
    int code = parse_line(r, line, size, &doc, e);
    if (code == 0 && r->ended)
        code = fail(r, e, ERR_BAD, "nothing may follow the end");
    if (code == 0 && doc.value->kind == JSON_OBJECT && doc.value->count == 1 &&
        strcmp(doc.value->first->key, "end") == 0)
        code = read_end(r, doc.value->first, e);
    else if (code == 0 && line_read(&r->state, doc.value, &reading, &why) != 0)
        code = fail(r, e, why.code, "%s", why.text);
    json_free(&doc);
    return code != 0 ? code : reading;
}

int recording_read_next(struct recording_reader *r, const struct sp_reading **out, int64_t *at_ns,
                        struct err *e)
{
    const char *line;
    size_t size;
    for (;;) {
        int64_t was = r->state.now->now_ns;
        int code = next_line(r, &line, &size, e);
        if (code <= 0)
            return code;
        code = take_line(r, line, size, e);
        if (code < 0)
            return code;
        if (code == 0)
            continue;
        if (r->state.now->now_ns < was)
            r->base_ns = r->newest_ns;
        r->newest_ns = r->base_ns + r->state.now->now_ns;
        *out = r->state.now;
        if (at_ns != NULL)
            *at_ns = r->newest_ns;
        return 1;
    }
}

bool recording_read_end(const struct recording_reader *r, struct sp_summary *out)
{
    if (r->ended)
        memcpy(out, r->summary, sizeof *out);
    else
        memset(out, 0, sizeof *out);
    memcpy(&out->last, r->state.now, sizeof out->last);
    out->seed = r->head.seed;
    if (!r->ended) {
        const struct sp_reading *l = &out->last;
        out->completion_ns = l->now_ns;
        out->ledger_ok = l->balanced && l->lost == 0 && l->duplicated == 0 && l->disordered == 0;
        out->expects_ok = true;
        out->interrupted = true;
    }
    return r->ended;
}

bool recording_read_cut(const struct recording_reader *r) { return r->cut; }

uint64_t recording_read_line(const struct recording_reader *r) { return r->line; }

uint64_t recording_read_bytes(const struct recording_reader *r) { return r->bytes; }
