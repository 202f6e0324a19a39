/* Every panel at six sizes on three kinds of terminal: letters and inks of a fixed run, by
 * the code that makes screenshots. Expected screens are in tests/golden/screens_*.txt;
 * SPILLWAY_GOLDEN=write makes them anew (make golden).
 *
 * A file holds frame after frame: the rows, then their inks, as runs of
 * foreground[/background][bru]*count. A row that is as in the frame before it stands as
 * "=", one as on the terminal with all colours and signs as "^", one as above it as a
 * quotation mark. */
#include "ui/screenshot.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_NS (40 * NS_PER_S)

static const struct {
    int width, height;
} sizes[] = {{160, 45}, {120, 36}, {80, 24}, {60, 16}, {40, 10}, {20, 5}};

static const struct {
    const char *name;
    struct shot_look look;
} tiers[] = {
    {"utf8-256", {.theme = THEME_DARK, .colours = 256, .glyphs = GLYPHS_BRAILLE}},
    {"ascii-8", {.theme = THEME_DARK, .colours = 8, .glyphs = GLYPHS_ASCII}},
    {"mono", {.theme = THEME_MONO, .colours = 0, .glyphs = GLYPHS_BLOCK}},
};
#define SIZES (int)(sizeof sizes / sizeof *sizes)
#define TIERS (int)(sizeof tiers / sizeof *tiers)

static struct preset preset;

static void run_to(int64_t at_ns, shot_fn *at, void *context)
{
    struct err e = {0, ""};
    struct sp_options o = {.preset = &preset, .sim = true, .seed = 1};
    cr_assert_eq(preset_load("tests/golden/screens.json", &preset, &e), 0, "%s", e.text);
    cr_assert_eq(screenshot_play(&o, &at_ns, 1, at, context, &e), 0, "%s", e.text);
}

/* ---- golden screens ---------------------------------------------------------------------- */

static void row_text(const struct grid *g, int y, struct shot_out *o)
{
    int end = g->width;
    while (end > 0 && grid_at(g, end - 1, y)->ch == ' ')
        end--;
    for (int x = 0; x < end; x++) {
        char c[5] = "";
        c[utf8_put(grid_at(g, x, y)->ch, c)] = 0;
        shot_put(o, "%s", c);
    }
}

static void row_ink(const struct grid *g, int y, const struct shot_look *look, struct shot_out *o)
{
    const struct theme *t = theme_get(look->theme);
    for (int x = 0, n; x < g->width; x += n) {
        struct ink k = theme_ink(t, look->colours, grid_at(g, x, y));
        for (n = 1; x + n < g->width; n++) {
            struct ink next = theme_ink(t, look->colours, grid_at(g, x + n, y));
            if (next.fore != k.fore || next.back != k.back || next.attr != k.attr)
                break;
        }
        if (k.fore >= 0)
            shot_put(o, "%d", k.fore);
        if (k.back >= 0)
            shot_put(o, "/%d", k.back);
        shot_put(o, "%s%s%s*%d ", k.attr & ATTR_BOLD ? "b" : "", k.attr & ATTR_REVERSE ? "r" : "",
                 k.attr & ATTR_UNDERLINE ? "u" : "", n);
    }
}

static void row_of(const struct grid *g, int y, const struct shot_look *look, bool ink,
                   struct shot_out *o)
{
    o->size = 0;
    shot_put(o, "%s", "");
    if (ink)
        row_ink(g, y, look, o);
    else
        row_text(g, y, o);
    cr_assert_not(o->failed);
}

struct studio {
    struct shot_out out, row, other;
    struct grid grid, before, all;
};

static void put_plane(struct studio *s, const struct shot_look *look, bool first_tier, bool ink)
{
    for (int y = 0; y < s->grid.height; y++) {
        row_of(&s->grid, y, look, ink, &s->row);
        bool again = false, as_all = false, as_above = false;
        if (y > 0) {
            row_of(&s->grid, y - 1, look, ink, &s->other);
            as_above = strcmp(s->row.text, s->other.text) == 0;
        }
        if (s->before.height == s->grid.height) {
            row_of(&s->before, y, look, ink, &s->other);
            again = strcmp(s->row.text, s->other.text) == 0;
        }
        if (!again && !first_tier && !ink) {
            row_of(&s->all, y, look, ink, &s->other);
            as_all = strcmp(s->row.text, s->other.text) == 0;
        }
        if (again || as_all || as_above)
            shot_put(&s->out, "%s\n", again ? "=" : as_all ? "^" : "\"");
        else {
            /* rows can be longer than what shot_put formats at once */
            shot_put(&s->out, "%c", ink ? ':' : '|');
            for (const char *p = s->row.text; *p != 0; p += strnlen(p, 500))
                shot_put(&s->out, "%.500s", p);
            shot_put(&s->out, "\n");
        }
    }
}

/* What can lie over the dashboard, by its keys. */
static const struct {
    const char *name, *keys;
} extras[] = {
    {"help", "?"},      {"words", "?<Tab>"},   {"knob edit", "j<Enter>5"}, {"command", ":spi"},
    {"frozen", " "},    {"cross-hair", "v"},   {"around a marker", "n"},   {"staged", "Lj<Right>"},
    {"save menu", "w"}, {"rescale menu", "r"}, {"set-up menu", "o"},       {"find", "/bu"},
};
#define EXTRAS (int)(sizeof extras / sizeof *extras)

static void put_frame(struct studio *s, struct control *c, int tier, int size, int panel)
{
    char keys[40] = "";
    const char *what = panel > 0 ? "panel " : "dashboard";
    bool extra = panel > PANEL_COUNT;
    if (extra) {
        what = extras[panel - PANEL_COUNT - 1].name;
        snprintf(keys, sizeof keys, "%s", extras[panel - PANEL_COUNT - 1].keys);
    } else if (panel > 0)
        snprintf(keys, sizeof keys, "%d", panel);
    struct shot shot = {sizes[size].width, sizes[size].height, AT_NS, keys, ""};
    bool there = false;
    if (panel > 0 && !extra) { /* a panel that the dashboard shows needs a second press */
        struct layout l;
        layout_solve(shot.width, shot.height, &l);
        there = !rect_empty(l.area[panel - 1]) && c->view.focus != (enum area)(panel - 1);
    }
    if (!extra)
        keys[1] = there ? keys[0] : 0;
    cr_assert(shot_draw(c, &shot, &tiers[tier].look, &s->grid));
    cr_assert(shot_draw(c, &shot, &tiers[0].look, &s->all));
    shot_put(&s->out, "## %s %dx%d %s%s\n", tiers[tier].name, shot.width, shot.height, what,
             panel > 0 && !extra ? (char[]){keys[0], 0} : "");
    put_plane(s, &tiers[tier].look, tier == 0, false);
    put_plane(s, &tiers[tier].look, tier == 0, true);
    struct grid grid = s->before;
    s->before = s->grid;
    s->grid = grid;
}

static void compare(const char *path, const char *now)
{
    const char *write = getenv("SPILLWAY_GOLDEN");
    if (write != NULL && strcmp(write, "write") == 0) {
        FILE *f = fopen(path, "w");
        cr_assert_not_null(f, "%s", path);
        fputs(now, f);
        fclose(f);
        return;
    }
    static char expected[8 << 20];
    FILE *f = fopen(path, "r");
    cr_assert_not_null(f, "%s: run from the top of the project", path);
    size_t n = fread(expected, 1, sizeof expected - 1, f);
    expected[n] = 0;
    fclose(f);
    int line = 1;
    const char *a = expected, *b = now, *frame = "";
    while (*a != 0 && *a == *b) {
        if (*a == '\n' && a[1] == '#')
            frame = a + 1;
        line += *a == '\n';
        a++;
        b++;
    }
    while (a > expected && a[-1] != '\n') {
        a--;
        b--;
    }
    cr_assert(strcmp(expected, now) == 0,
              "%s:%d differs in %.*s\nexpected %.*s\nnow      %.*s\n"
              "(make golden rewrites it; look at the difference)",
              path, line, (int)strcspn(frame, "\n"), frame, (int)strcspn(a, "\n"), a,
              (int)strcspn(b, "\n"), b);
}

static int take_all(void *context, struct control *c, int index)
{
    (void)context;
    (void)index;
    for (int tier = 0; tier < TIERS; tier++) {
        struct studio s;
        char path[100];
        memset(&s, 0, sizeof s);
        for (int size = 0; size < SIZES; size++)
            for (int panel = 0; panel <= PANEL_COUNT + EXTRAS; panel++)
                put_frame(&s, c, tier, size, panel);
        cr_assert_not(s.out.failed);
        snprintf(path, sizeof path, "tests/golden/screens_%s.txt", tiers[tier].name);
        compare(path, s.out.text);
        grid_fini(&s.grid);
        grid_fini(&s.before);
        grid_fini(&s.all);
        free(s.out.text);
        free(s.row.text);
        free(s.other.text);
    }
    return 0;
}

Test(screens, every_panel_at_six_sizes_on_three_terminals, .timeout = 120)
{
    run_to(AT_NS, take_all, NULL);
}

/* ---- any size ------------------------------------------------------------------------------ */

/* All sizes 1…300 x 1…120 where the sanitizers watch (make asan), else a share of them that
 * has every width and every height. */
#ifdef __SANITIZE_ADDRESS__
#define SHARE 1
#else
#define SHARE 29
#endif

struct sweep {
    int from, to; /* heights */
};

static const char *const pressed[] = {
    "",    "B",    "V", "VV", "VVV", "?",         ":spike", "1",  "2",  "3",  "4", "5V",
    "5VV", "5VVV", "6", "7",  "8",   "9",         " ",      "ya", "v",  "w",  "r", "o",
    "O",   "/l",   "p", "S",  "K",   "j<Enter>5", "B5V",    "B9", "++", "--", "t"};

static int sweep_at(void *context, struct control *c, int index)
{
    const struct sweep *s = context;
    struct grid g;
    (void)index;
    grid_init(&g);
    int turn = 0;
    for (int h = s->from; h <= s->to; h++)
        for (int w = 1; w <= 300; w++) {
            if ((w + h * 7) % SHARE != 0)
                continue;
            turn++;
            struct shot shot = {w, h, AT_NS,
                                pressed[turn % (int)(sizeof pressed / sizeof *pressed)], ""};
            struct shot_look look = tiers[turn / 3 % TIERS].look;
            look.glyphs = (enum glyphs)(turn % GLYPHS_COUNT);
            look.redact = turn % 11 == 0;
            cr_assert(shot_draw(c, &shot, &look, &g));
            cr_assert(g.width == w && g.height == h);
            for (int i = 0; i < w * h; i++) {
                cr_assert(g.cell[i].ch >= ' ', "at %dx%d", w, h);
                cr_assert(look.glyphs != GLYPHS_ASCII || g.cell[i].ch < 0x7F,
                          "U+%04X at %dx%d keys %s", g.cell[i].ch, w, h, shot.keys);
                cr_assert(g.cell[i].style.role < ROLE_COUNT && g.cell[i].style.back < ROLE_COUNT);
            }
        }
    grid_fini(&g);
    return 0;
}

#define SWEEP(name, a, b)                                                                          \
    Test(screens, name, .timeout = 900)                                                            \
    {                                                                                              \
        struct sweep s = {a, b};                                                                   \
        run_to(AT_NS, sweep_at, &s);                                                               \
    }
SWEEP(sizes_of_1_to_40_rows_draw, 1, 40)
SWEEP(sizes_of_41_to_80_rows_draw, 41, 80)
SWEEP(sizes_of_81_to_120_rows_draw, 81, 120)

/* ---- what the panels say ---------------------------------------------------------------------- */

static char text[200000];

static const char *frame(struct control *c, int w, int h, const char *keys, int tier)
{
    struct grid g;
    struct shot shot = {w, h, AT_NS, keys, ""};
    grid_init(&g);
    cr_assert(shot_draw(c, &shot, &tiers[tier].look, &g));
    grid_dump(&g, text, sizeof text);
    grid_fini(&g);
    return text;
}

static bool has(struct control *c, const char *keys, const char *what)
{
    return strstr(frame(c, 160, 45, keys, 0), what) != NULL;
}

static int panels_at(void *context, struct control *c, int index)
{
    (void)context;
    (void)index;
    cr_assert(has(c, "", "tokenizer/2"), "rows per instance at 160x45: %s", text);
    cr_assert(has(c, "9", "in flight, where they are"), "%s", text);
    cr_assert(has(c, "9", "tokenizer.functions"), "%s", text);
    cr_assert(has(c, "55V", "░▒▓█"), "the map's legend");
    cr_assert(has(c, "55VV", "backlog"), "the parts' legend");
    cr_assert(has(c, "55VVV", "p99.99"), "the curve's axis");
    cr_assert(has(c, "55y", "linear axis"), "%s", text);
    cr_assert(has(c, "B", "█▀█"), "big digits");
    cr_assert(has(c, "t", "theme: light"), "%s", text);
    /* colours gone, the parts are told apart by letters, heat by its ramp */
    frame(c, 160, 45, "55VV", 2);
    cr_assert(strstr(text, "ccc") != NULL || strstr(text, "sss") != NULL, "%s", text);
    frame(c, 160, 45, "55V", 1);
    cr_assert_not_null(strpbrk(text, "@#X"), "%s", text);
    return 0;
}

Test(screens, panels_say_what_they_are_for) { run_to(AT_NS, panels_at, NULL); }

static int scale_at(void *context, struct control *c, int index)
{
    (void)context;
    (void)index;
    static char before[sizeof text];
    strcpy(before, frame(c, 120, 36, "22", 0));
    frame(c, 120, 36, "22a<Esc>", 0);
    cr_assert_str_eq(before, text, "a held scale is the one that was there");
    frame(c, 120, 36, "22y<Esc>", 0);
    cr_assert_str_neq(before, text);
    frame(c, 120, 36, "22yy<Esc>", 0);
    cr_assert_str_eq(before, text);
    return 0;
}

Test(screens, scales_are_held_and_let_go) { run_to(AT_NS, scale_at, NULL); }

/* ---- formats ---------------------------------------------------------------------------------- */

Test(screens, sizes_and_times_are_checked)
{
    static const char *const bad[] = {
        "",       "120",     "0x10@1s",   "301x10@1s", "10x121@1s",         "10x0@1s",  "10x10",
        "10x10@", "10x10@x", "10x10@-1s", "x@1s",      "99999999999x10@1s", "10x10@1s2"};
    struct shots s = {.count = 0};
    struct err e = {0, ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(shots_add(&s, bad[i], &e), ERR_BAD, "%s", bad[i]);
        cr_assert_gt(strlen(e.text), 10u);
    }
    cr_assert_eq(s.count, 0);
    cr_assert_eq(shots_add(&s, "300x120@1.5s", &e), 0, "%s", e.text);
    cr_assert_eq(shots_add(&s, "1x1@0s:5f", &e), 0, "%s", e.text);
    cr_assert_eq(s.shot[0].at_ns, 1500 * NS_PER_MS);
    cr_assert_str_eq(s.shot[1].keys, "5f");
    cr_assert_eq(shots_format(&s, "png", &e), ERR_BAD);
    cr_assert_eq(shots_format(&s, "svg", &e), 0);
}

static int formats_at(void *context, struct control *c, int index)
{
    struct grid g;
    struct shot shot = {120, 36, AT_NS, "", ""};
    struct shot_out o = {0};
    (void)context;
    (void)index;
    grid_init(&g);
    cr_assert(shot_draw(c, &shot, &tiers[0].look, &g));
    shot_write(&o, &g, SHOT_SVG, &tiers[0].look, "a < b & c");
    cr_assert(strncmp(o.text, "<svg ", 5) == 0 && strstr(o.text, "</svg>\n") != NULL);
    cr_assert_not_null(strstr(o.text, "<title>a &lt; b &amp; c</title>"));
    cr_assert_not_null(strstr(o.text, "monospace"));
    cr_assert_null(strstr(o.text, "href"), "self-contained");
    o.size = 0;
    shot_write(&o, &g, SHOT_ANSI, &tiers[0].look, "");
    cr_assert_not_null(strstr(o.text, "38;5;214m"));
    o.size = 0;
    shot_write(&o, &g, SHOT_ANSI, &tiers[2].look, "");
    cr_assert_null(strstr(o.text, ";3"), "no colour without colours");
    cr_assert_not_null(strstr(o.text, "\033[0;1m"), "but bold");
    free(o.text);
    grid_fini(&g);
    return 0;
}

Test(screens, pictures_stand_for_themselves) { run_to(AT_NS, formats_at, NULL); }
