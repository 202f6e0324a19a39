/* Playing a run up to an instant, and writing its screen as text. */
#include "ui/screenshot.h"

#include "ui/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what is asked for ------------------------------------------------------------------ */

static int side(const char **p, int max, int *out)
{
    int64_t n = 0;
    if (**p < '0' || **p > '9')
        return ERR_BAD;
    for (; **p >= '0' && **p <= '9'; ++*p)
        n = n < 100000 ? n * 10 + (**p - '0') : n;
    *out = (int)n;
    return n >= 1 && n <= max ? 0 : ERR_BAD;
}

int shots_add(struct shots *s, const char *text, struct err *e)
{
    const char *p = text;
    struct shot shot = {.keys = "", .text = text};
    char when[64];
    if (s->count == SHOTS)
        return err_say(e, ERR_BAD, "at most %d screenshots in one run", SHOTS);
    if (side(&p, SHOT_WIDTH_MAX, &shot.width) != 0 || *p++ != 'x' ||
        side(&p, SHOT_HEIGHT_MAX, &shot.height) != 0 || *p++ != '@')
        return err_say(e, ERR_BAD,
                       "\"%.60s\": must be WIDTHxHEIGHT@TIME, like 120x36@30s, at "
                       "most %dx%d",
                       text, SHOT_WIDTH_MAX, SHOT_HEIGHT_MAX);
    const char *colon = strchr(p, ':');
    size_t n = colon != NULL ? (size_t)(colon - p) : strlen(p);
    if (n == 0 || n >= sizeof when)
        return err_say(e, ERR_BAD, "\"%.60s\": a time must follow @, like 120x36@30s", text);
    memcpy(when, p, n);
    when[n] = 0;
    if (colon != NULL)
        shot.keys = colon + 1;
    if (cli_quantity(UNIT_DURATION, when, 0, 8760 * 3600 * NS_PER_S, &shot.at_ns, e) != 0)
        return e->code;
    s->shot[s->count++] = shot;
    return 0;
}

int shots_format(struct shots *s, const char *name, struct err *e)
{
    static const char *const names[] = {"txt", "ansi", "svg", NULL};
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0) {
            s->format = (enum shot_format)i;
            return 0;
        }
    return err_say(e, ERR_BAD, "\"%.60s\" is no format of a screenshot: txt, ansi or svg", name);
}

int64_t shots_end(const struct shots *s)
{
    int64_t end = 0;
    for (int i = 0; i < s->count; i++)
        end = s->shot[i].at_ns > end ? s->shot[i].at_ns : end;
    return end;
}

/* ---- playing ----------------------------------------------------------------------------- */

struct player {
    struct control control;
    const int64_t *at_ns;
    int count, next;
    shot_fn *at;
    void *context;
    int code;
};

/* Takes the shots before `now`. false: all are taken, or one failed. */
static bool take_until(struct player *p, int64_t now_ns)
{
    while (p->code == 0 && p->next < p->count && p->at_ns[p->next] < now_ns) {
        control_tick(&p->control, p->at_ns[p->next]);
        p->code = p->at(p->context, &p->control, p->next++);
    }
    return p->code == 0 && p->next < p->count;
}

static bool on_reading(void *context, const struct sp_reading *r)
{
    struct player *p = context;
    if (!take_until(p, r->now_ns))
        return false;
    memcpy(p->control.newest, r, sizeof *r);
    control_reading(&p->control, r->now_ns);
    control_tick(&p->control, r->now_ns);
    return true;
}

static int play(struct player *p, shot_run_fn *run, void *of, struct err *e)
{
    int code = run(of, on_reading, p, e);
    if (code != 0)
        return code;
    p->control.view.ended = p->control.newest->finished;
    take_until(p, p->control.newest->now_ns + 1);
    if (p->code == 0 && p->next < p->count)
        return err_say(e, ERR_BAD, "no screenshot at %.1f s: the run ended at %.1f s",
                       (double)p->at_ns[p->next] / 1e9, (double)p->control.newest->now_ns / 1e9);
    return p->code;
}

int screenshot_play_of(shot_run_fn *run, void *of, const int64_t *at_ns, int count, shot_fn *at,
                       void *context, struct err *e)
{
    struct player *p = calloc(1, sizeof *p);
    if (p == NULL || !control_open(&p->control, GLYPHS_BRAILLE, false)) {
        free(p);
        return err_say(e, ERR_MEMORY, "out of memory");
    }
    p->at_ns = at_ns;
    p->count = count;
    p->at = at;
    p->context = context;
    p->control.view.fps = p->control.view.fps_wanted;
    int code = play(p, run, of, e);
    control_close(&p->control);
    free(p);
    return code;
}

static int run_engine(void *options, sp_tick_fn *tick, void *context, struct err *e)
{
    struct sp_engine *engine = NULL;
    int code = sp_open(options, &engine, e);
    if (code == 0)
        code = sp_run(engine, tick, context, e);
    if (engine != NULL)
        sp_close(engine);
    return code;
}

int screenshot_play(const struct sp_options *options, const int64_t *at_ns, int count, shot_fn *at,
                    void *context, struct err *e)
{
    struct sp_options o = *options;
    return screenshot_play_of(run_engine, &o, at_ns, count, at, context, e);
}

static uint32_t key_named(const char *name, size_t n)
{
    for (int i = 0; i < key_count; i++)
        if (strlen(key_table[i].name) == n && memcmp(key_table[i].name, name, n) == 0)
            return key_table[i].code;
    return PRESS_NONE;
}

uint32_t shot_key(const char **keys)
{
    const char *end = **keys == '<' ? strchr(*keys, '>') : NULL;
    uint32_t key = end == NULL ? PRESS_NONE : key_named(*keys + 1, (size_t)(end - *keys - 1));
    if (key == PRESS_NONE)
        return utf8_next(keys);
    *keys = end + 1;
    return key;
}

void shot_keys(struct control *c, const char *keys)
{
    int64_t now = c->newest->now_ns;
    while (*keys != 0) {
        control_key(c, shot_key(&keys), now);
        c->command[0] = 0; /* a picture changes nothing */
    }
}

void shot_view(struct view *v, const struct shot_look *look)
{
    v->glyphs = look->glyphs;
    v->looks.theme = look->theme;
    v->looks.colours = look->colours;
    v->mono = look->colours == 0 || look->theme == THEME_MONO;
    v->looks.big = look->big;
    v->looks.redact = look->redact;
}

bool shot_draw(struct control *c, const struct shot *s, const struct shot_look *look,
               struct grid *g)
{
    struct control *before = malloc(sizeof *before);
    struct cursor cursor;
    if (before == NULL || !grid_resize(g, s->width, s->height)) {
        free(before);
        return false;
    }
    memcpy(before, c, sizeof *c);
    c->width = s->width;
    c->height = s->height;
    shot_view(&c->view, look);
    shot_keys(c, s->keys);
    view_draw(g, &c->view, &cursor);
    memcpy(c, before, sizeof *c);
    free(before);
    return true;
}

/* ---- writing ------------------------------------------------------------------------------ */

static bool grow(struct shot_out *o, size_t more)
{
    if (o->failed || o->size + more < o->capacity)
        return !o->failed;
    size_t capacity = (o->size + more) * 2 + 4096;
    char *text = realloc(o->text, capacity);
    o->failed = text == NULL;
    if (text != NULL) {
        o->text = text;
        o->capacity = capacity;
    }
    return !o->failed;
}

void shot_put(struct shot_out *o, const char *format, ...)
{
    char part[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(part, sizeof part, format, args);
    va_end(args);
    size_t k = n < 0 ? 0 : (size_t)n < sizeof part ? (size_t)n : sizeof part - 1;
    if (!grow(o, k + 1))
        return;
    memcpy(o->text + o->size, part, k + 1);
    o->size += k;
}

static void put_cell(struct shot_out *o, uint32_t ch)
{
    char c[5] = "";
    c[utf8_put(ch, c)] = 0;
    shot_put(o, "%s", c);
}

static void write_txt(struct shot_out *o, const struct grid *g)
{
    size_t n = grid_dump_size(g);
    if (!grow(o, n))
        return;
    o->size += grid_dump(g, o->text + o->size, n);
}

static void sgr_colour(struct shot_out *o, int colour, int base)
{
    if (colour < 0)
        return;
    if (colour < 8)
        shot_put(o, ";%d", base + colour);
    else if (colour < 16)
        shot_put(o, ";%d", base + 52 + colour); /* 90…97, 100…107 */
    else
        shot_put(o, ";%d;5;%d", base + 8, colour);
}

static void sgr(struct shot_out *o, const struct ink *k)
{
    shot_put(o, "\033[0%s%s%s", k->attr & ATTR_BOLD ? ";1" : "",
             k->attr & ATTR_UNDERLINE ? ";4" : "", k->attr & ATTR_REVERSE ? ";7" : "");
    sgr_colour(o, k->fore, 30);
    sgr_colour(o, k->back, 40);
    shot_put(o, "m");
}

void shot_row(struct shot_out *o, const struct grid *g, int y, const struct shot_look *look)
{
    const struct theme *t = theme_get(look->theme);
    int colours = look->theme == THEME_MONO ? 0 : look->colours;
    struct ink last = {INK_OWN, INK_OWN, 0};
    for (int x = 0; x < g->width; x++) {
        const struct cell *c = grid_at(g, x, y);
        struct ink k = theme_ink(t, colours, c);
        if (k.fore != last.fore || k.back != last.back || k.attr != last.attr)
            sgr(o, &k);
        last = k;
        put_cell(o, c->ch);
    }
    shot_put(o, "\033[0m");
}

static void write_ansi(struct shot_out *o, const struct grid *g, const struct shot_look *look)
{
    for (int y = 0; y < g->height; y++) {
        shot_row(o, g, y, look);
        shot_put(o, "\n");
    }
}

static void svg_begin(struct shot_out *o, int width, int height, const char *title)
{
    shot_put(o,
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
             "height=\"%d\" font-family=\"'DejaVu Sans Mono', 'Cascadia Mono', Menlo, Consolas, "
             "'Liberation Mono', monospace\" font-size=\"16.6\">\n<title>",
             width, height, width, height);
    for (const char *p = title; *p != 0; p++)
        shot_put(o, *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : *p == '&' ? "&amp;" : "%c", *p);
    shot_put(o, "</title>\n");
}

void shot_write(struct shot_out *o, const struct grid *g, enum shot_format format,
                const struct shot_look *look, const char *title)
{
    if (format == SHOT_TXT) {
        write_txt(o, g);
    } else if (format == SHOT_ANSI) {
        write_ansi(o, g, look);
    } else {
        svg_begin(o, g->width * SVG_CELL_W, g->height * SVG_CELL_H, title);
        shot_svg(o, g, look, 0);
        shot_put(o, "</svg>\n");
    }
}

/* ---- a run's shots -------------------------------------------------------------------------- */

struct job {
    const struct shots *shots;
    struct shot_look look;
    int order[SHOTS];        /* shots by time */
    struct grid grid[SHOTS]; /* as asked for */
    char preset[64];
};

static int take(void *context, struct control *c, int index)
{
    struct job *j = context;
    int i = j->order[index];
    snprintf(j->preset, sizeof j->preset, "%s", c->newest->preset);
    c->view.replay = (struct replay_view){j->shots->replay, false, (int)PPM_ONE, 0};
    return shot_draw(c, &j->shots->shot[i], &j->look, &j->grid[i]) ? 0 : ERR_MEMORY;
}

static void sort(struct job *j, int64_t at_ns[SHOTS])
{
    for (int i = 0; i < j->shots->count; i++) {
        int k = i;
        for (; k > 0 && j->shots->shot[j->order[k - 1]].at_ns > j->shots->shot[i].at_ns; k--)
            j->order[k] = j->order[k - 1];
        j->order[k] = i;
    }
    for (int i = 0; i < j->shots->count; i++)
        at_ns[i] = j->shots->shot[j->order[i]].at_ns;
}

/* Several pictures stand below each other in one. */
static void write_svgs(struct shot_out *o, const struct job *j)
{
    int width = 0, height = 0;
    for (int i = 0; i < j->shots->count; i++) {
        width = j->grid[i].width > width ? j->grid[i].width : width;
        height += j->grid[i].height + (i > 0);
    }
    char title[200];
    snprintf(title, sizeof title, "spillway %s, %s", j->preset, j->shots->shot[0].text);
    svg_begin(o, width * SVG_CELL_W, height * SVG_CELL_H, title);
    for (int i = 0, y = 0; i < j->shots->count; i++) {
        shot_svg(o, &j->grid[i], &j->look, y * SVG_CELL_H);
        y += j->grid[i].height + 1;
    }
    shot_put(o, "</svg>\n");
}

static void write_all(struct shot_out *o, const struct job *j)
{
    if (j->shots->format == SHOT_SVG) {
        write_svgs(o, j);
        return;
    }
    for (int i = 0; i < j->shots->count; i++) {
        if (j->shots->count > 1)
            shot_put(o, "%s# %s\n", i > 0 ? "\n" : "", j->shots->shot[i].text);
        shot_write(o, &j->grid[i], j->shots->format, &j->look, "");
    }
}

int shot_output(const struct shot_out *o, struct err *e)
{
    if (o->failed)
        return err_say(e, ERR_MEMORY, "out of memory");
    for (size_t at = 0; at < o->size;) {
        ssize_t n = write(STDOUT_FILENO, o->text + at, o->size - at);
        if (n < 0 && errno != EINTR)
            return err_say(e, ERR_IO, "standard output: %s", strerror(errno));
        at += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

struct shot_look shot_look_of(const struct look_options *o, enum shot_format format)
{
    struct shot_look l = {looks_theme(&(struct look_options){.theme = o->theme}, getenv), 256,
                          o->glyphs > 0 ? (enum glyphs)(o->glyphs - 1) : GLYPHS_BRAILLE, o->big,
                          o->redact};
    const char *no = getenv("NO_COLOR");
    if (o->theme == 0)
        l.theme = THEME_DARK; /* not this terminal's: the picture is for everyone */
    if (o->mono || (format == SHOT_ANSI && o->theme == 0 && no != NULL && no[0] != 0))
        l.theme = THEME_MONO;
    if (l.theme == THEME_MONO)
        l.colours = 0;
    return l;
}

int screenshot_run(const struct sp_options *engine, const struct shots *s,
                   const struct look_options *look)
{
    struct sp_options o = *engine;
    return screenshot_run_of(run_engine, &o, s, look);
}

int screenshot_run_of(shot_run_fn *run, void *of, const struct shots *s,
                      const struct look_options *look)
{
    static struct job job;
    int64_t at_ns[SHOTS] = {0};
    struct err e = {0, ""};
    struct shot_out out = {0};
    job.shots = s;
    job.look = shot_look_of(look, s->format);
    for (int i = 0; i < s->count; i++)
        grid_init(&job.grid[i]);
    sort(&job, at_ns);
    int code = screenshot_play_of(run, of, at_ns, s->count, take, &job, &e);
    if (code == ERR_MEMORY)
        err_say(&e, code, "out of memory");
    if (code == 0) {
        write_all(&out, &job);
        code = shot_output(&out, &e);
    }
    for (int i = 0; i < s->count; i++)
        grid_fini(&job.grid[i]);
    free(out.text);
    return code != 0 ? cli_fail(&e) : 0;
}
