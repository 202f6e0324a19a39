/* What each menu offers, by a table of kinds. Two shapes: rows with a value each (spike,
 * kill), and a list to choose from (policy). The reading says what can be chosen; it may
 * change while a menu is open, so every choice is cut to what there is. */
#include "ui/menu.h"

#include "ui/glyphs.h"
#include "ui/knobs.h"
#include "ui/palette.h"

#include <stdio.h>
#include <string.h>

static const char *const factors[] = {"x0", "x0.5", "x1.2", "x1.5", "x2",  "x3",  "x4",
                                      "x5", "x8",   "x10",  "x20",  "x50", "x100"};
static const char *const spans[] = {"1s",  "2s",  "5s", "10s", "20s",
                                    "30s", "60s", "2m", "5m",  "10m"};
const int setup_frames[SETUP_RATES] = {1, 2, 5, 10};
#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))
#define FACTOR_USUAL 4
#define SPAN_USUAL 3
#define SLOTS_MAX 65536

static int cut(int value, int count)
{
    return value >= count ? (count > 0 ? count - 1 : 0) : value < 0 ? 0 : value;
}

static int chosen(const struct menu *m, int row, const struct sp_reading *r);

/* ---- spike ---------------------------------------------------------------------------- */

static int spike_choices(const struct menu *m, int row, const struct sp_reading *r)
{
    (void)m;
    (void)r;
    return row == 0 ? COUNT(factors) : COUNT(spans);
}

static void spike_row(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out)
{
    snprintf(out->name, sizeof out->name, "%s", i == 0 ? "factor" : "for");
    snprintf(out->value, sizeof out->value, "%s",
             i == 0 ? factors[chosen(m, 0, r)] : spans[chosen(m, 1, r)]);
    out->about = i == 0 ? "times the load of that moment; below x1 it is a dip"
                        : "how long; then the load is as before";
}

static void spike_command(const struct menu *m, const struct sp_reading *r, char *dst, size_t size)
{
    snprintf(dst, size, "spike %s %s", factors[chosen(m, 0, r)], spans[chosen(m, 1, r)]);
}

static void spike_open(struct menu *m, const struct sp_reading *r)
{
    (void)r;
    m->choice[0] = FACTOR_USUAL;
    m->choice[1] = SPAN_USUAL;
}

/* ---- kill ----------------------------------------------------------------------------- */

static int vertices(const struct sp_reading *r)
{
    return r->vertex_count < SP_VERTICES ? r->vertex_count : SP_VERTICES;
}

/* A vertex by the name that commands know it by: of chained operators the first. */
static void vertex_name(const struct sp_reading *r, int i, char dst[80])
{
    snprintf(dst, 80, "%.*s", (int)strcspn(r->vertex[i].name, " "), r->vertex[i].name);
}

static int bursting(const struct sp_reading *r)
{
    for (int i = 0; i < vertices(r); i++)
        if (r->vertex[i].bursts)
            return i;
    return 0;
}

/* Instance and slot have one more choice: all of them. */
static int kill_choices(const struct menu *m, int row, const struct sp_reading *r)
{
    if (row == 0)
        return vertices(r);
    if (vertices(r) == 0)
        return 1;
    const struct sp_vertex *v = &r->vertex[cut(m->choice[0], vertices(r))];
    if (row == 1)
        return 1 + (v->parallelism > 0 ? v->parallelism : 0);
    return m->choice[1] == 0 || v->slots < 2 ? 1 : 1 + v->slots;
}

static void kill_row(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out)
{
    static const char *const names[] = {"operator", "instance", "slot"};
    static const char *const about[] = {
        "its work is given out anew, nothing is lost; up again after a second",
        "one of its parallel instances, or all", "one machine inside the instance, or all"};
    int at = chosen(m, i, r), count = kill_choices(m, i, r);
    snprintf(out->name, sizeof out->name, "%s", names[i]);
    out->about = about[i];
    if (i == 0)
        snprintf(out->value, sizeof out->value, "%s",
                 count > 0 ? r->vertex[at].name : "none in this pipeline");
    else if (at == 0)
        snprintf(out->value, sizeof out->value, count > 1 ? "all %d" : "all", count - 1);
    else
        snprintf(out->value, sizeof out->value, count > 2 ? "%d (0…%d)" : "%d", at - 1, count - 2);
}

static void kill_command(const struct menu *m, const struct sp_reading *r, char *dst, size_t size)
{
    int b = chosen(m, 1, r), c = chosen(m, 2, r), n;
    char name[80];
    if (vertices(r) == 0)
        return;
    vertex_name(r, chosen(m, 0, r), name);
    n = snprintf(dst, size, "kill %s", name);
    if (b > 0 && n > 0 && (size_t)n < size)
        n += snprintf(dst + n, size - (size_t)n, "/%d", b - 1);
    if (b > 0 && c > 0 && n > 0 && (size_t)n < size)
        snprintf(dst + n, size - (size_t)n, ".%d", c - 1);
}

static void kill_open(struct menu *m, const struct sp_reading *r)
{
    m->choice[0] = bursting(r);
    m->choice[1] = vertices(r) > 0 && r->vertex[m->choice[0]].bursts;
}

/* Another operator: its first instance. */
static void kill_moved(struct menu *m, const struct sp_reading *r)
{
    (void)r;
    if (m->row == 0) {
        m->choice[1] = 1;
        m->choice[2] = 0;
    }
}

/* ---- policy ----------------------------------------------------------------------------- */

static int policy_rows(const struct menu *m)
{
    (void)m;
    return (int)(knob_table[KNOB_POLICY].max - knob_table[KNOB_POLICY].min) + 1;
}

static void policy_row(const struct menu *m, int i, const struct sp_reading *r,
                       struct menu_row *out)
{
    (void)m;
    snprintf(out->name, sizeof out->name, "%s", knob_table[KNOB_POLICY].names[i]);
    out->about = policy_all[i]->sentence;
    out->current = r->knobs.value[KNOB_POLICY] == i;
}

static void policy_command(const struct menu *m, const struct sp_reading *r, char *dst, size_t size)
{
    (void)r;
    snprintf(dst, size, "policy %s", knob_table[KNOB_POLICY].names[cut(m->row, policy_rows(m))]);
}

static void policy_open(struct menu *m, const struct sp_reading *r)
{
    m->row = (int)(r->knobs.value[KNOB_POLICY] - knob_table[KNOB_POLICY].min);
}

/* ---- slots ------------------------------------------------------------------------------ */

static int slots_choices(const struct menu *m, int row, const struct sp_reading *r)
{
    (void)m;
    return row == 0 ? vertices(r) : SLOTS_MAX + 1;
}

static void slots_row(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out)
{
    int at = chosen(m, 0, r);
    bool any = vertices(r) > 0;
    snprintf(out->name, sizeof out->name, "%s", i == 0 ? "operator" : "slots");
    if (i == 0)
        snprintf(out->value, sizeof out->value, "%s",
                 any ? r->vertex[at].name : "none in this pipeline");
    else
        snprintf(out->value, sizeof out->value, "%d, now %d", m->choice[1],
                 any ? r->vertex[at].slots : 0);
    out->about = i == 0 ? "the one whose machines are to be more or fewer"
                        : "machines inside each of its instances; PgUp, PgDn: ten at once";
}

static void slots_command(const struct menu *m, const struct sp_reading *r, char *dst, size_t size)
{
    char name[80];
    if (vertices(r) == 0)
        return;
    vertex_name(r, chosen(m, 0, r), name);
    snprintf(dst, size, "slots %s %d", name, m->choice[1]);
}

static void slots_moved(struct menu *m, const struct sp_reading *r)
{
    if (m->row == 0 && vertices(r) > 0)
        m->choice[1] = r->vertex[chosen(m, 0, r)].slots;
    m->choice[1] = m->choice[1] < 1 ? 1 : m->choice[1];
}

static void slots_open(struct menu *m, const struct sp_reading *r)
{
    m->choice[0] = bursting(r);
    slots_moved(m, r);
    m->row = 1;
}

/* ---- save ------------------------------------------------------------------------------- */

static const struct {
    const char *name, *command, *about;
    bool named; /* a name is to be chosen */
} saves[] = {
    {"preset", "save %s-mine", "the settings as they are now, as a preset of your own", true},
    {"overwrite", "save %s!", "the same, over the preset of your own that this run is of", true},
    {"scenario", "save-as scenario %s-mine", "what was done in this run, as a script to run again",
     true},
    {"shell line", "as-command-line", "the settings as one line to run them from a shell", false},
};

static int save_rows(const struct menu *m)
{
    (void)m;
    return COUNT(saves);
}

static void save_row(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out)
{
    (void)m;
    (void)r;
    snprintf(out->name, sizeof out->name, "%s", saves[i].name);
    out->about = saves[i].about;
}

static void save_command(const struct menu *m, const struct sp_reading *r, char *dst, size_t size)
{
    const char *how = saves[cut(m->row, COUNT(saves))].command, *at = strstr(how, "%s");
    if (at == NULL)
        snprintf(dst, size, "%s", how);
    else
        snprintf(dst, size, "%.*s%.40s%s", (int)(at - how), how, r->preset, at + 2);
}

/* ---- open ------------------------------------------------------------------------------- */

static int open_rows(const struct menu *m) { return m->shelf != NULL ? m->shelf->count : 0; }

static void open_row(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out)
{
    const struct shelf_item *x = &m->shelf->item[i];
    snprintf(out->name, sizeof out->name, "%s", x->name);
    out->about = x->why;
    out->current = strcmp(x->name, r->preset) == 0;
}

static void open_command(const struct menu *m, const struct sp_reading *r, char *dst, size_t size)
{
    (void)r;
    if (open_rows(m) > 0)
        snprintf(dst, size, "load %s", m->shelf->item[cut(m->row, open_rows(m))].name);
}

static void open_open(struct menu *m, const struct sp_reading *r)
{
    for (int i = 0; i < open_rows(m); i++)
        if (strcmp(m->shelf->item[i].name, r->preset) == 0)
            m->row = i;
}

/* ---- set-up ------------------------------------------------------------------------------ */

static int setup_choices(const struct menu *m, int row, const struct sp_reading *r)
{
    static const int counts[SETUP_COUNT] = {THEME_COUNT, GLYPHS_COUNT, SETUP_RATES, 2, 2, 2};
    (void)m;
    (void)r;
    return counts[row] - (row == SETUP_THEME && !theme_exists(THEME_USER));
}

static void setup_row(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out)
{
    static const char *const names[] = {"theme", "glyphs", "frames/s", "mouse", "digits", "redact"};
    static const char *const about[] = {
        "colours; projector is black on white for a bright room",
        "what graphs are drawn with: choose what your font shows: ⣿ ▆ #",
        "how often the screen is drawn; fewer for slow links",
        "click a panel, wheel zooms; hold Shift to mark text then",
        "the main figures large, for the back of the room",
        "masks account numbers, ARNs and host names",
    };
    int at = chosen(m, i, r);
    snprintf(out->name, sizeof out->name, "%s", names[i]);
    out->about = about[i];
    if (i == SETUP_THEME)
        snprintf(out->value, sizeof out->value, "%s", theme_names[at]);
    else if (i == SETUP_GLYPHS)
        snprintf(out->value, sizeof out->value, "%s", glyphs_names[at]);
    else if (i == SETUP_FRAMES)
        snprintf(out->value, sizeof out->value, "%d", setup_frames[at]);
    else if (i == SETUP_BIG)
        snprintf(out->value, sizeof out->value, "%s", at ? "big" : "usual");
    else
        snprintf(out->value, sizeof out->value, "%s", at ? "on" : "off");
}

static void no_command(const struct menu *m, const struct sp_reading *r, char *dst, size_t size)
{
    (void)m;
    (void)r;
    (void)dst;
    (void)size;
}

/* ---- the table ---------------------------------------------------------------------------- */

static const struct kind {
    const char *title;
    int rows; /* 0: a list, of list() rows */
    int (*list)(const struct menu *m);
    int (*choices)(const struct menu *m, int row, const struct sp_reading *r);
    void (*row)(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out);
    void (*command)(const struct menu *m, const struct sp_reading *r, char *dst, size_t size);
    void (*open)(struct menu *m, const struct sp_reading *r);  /* or NULL */
    void (*moved)(struct menu *m, const struct sp_reading *r); /* a value changed; or NULL */
} kinds[MENU_KINDS] = {
    [MENU_SPIKE] = {"Spike", 2, NULL, spike_choices, spike_row, spike_command, spike_open, NULL},
    [MENU_KILL] = {"Kill", 3, NULL, kill_choices, kill_row, kill_command, kill_open, kill_moved},
    [MENU_POLICY] = {"Policy", 0, policy_rows, NULL, policy_row, policy_command, policy_open, NULL},
    [MENU_SLOTS] = {"Rescale", 2, NULL, slots_choices, slots_row, slots_command, slots_open,
                    slots_moved},
    [MENU_SAVE] = {"Save", 0, save_rows, NULL, save_row, save_command, NULL, NULL},
    [MENU_OPEN] = {"Open a preset", 0, open_rows, NULL, open_row, open_command, open_open, NULL},
    [MENU_SETUP] = {"Set-up of the screen", SETUP_COUNT, NULL, setup_choices, setup_row, no_command,
                    NULL, NULL},
};
_Static_assert(SETUP_COUNT <= MENU_ROWS, "room for each row");

static int chosen(const struct menu *m, int row, const struct sp_reading *r)
{
    return cut(m->choice[row], kinds[m->kind].choices(m, row, r));
}

const char *menu_title(const struct menu *m) { return kinds[m->kind].title; }
bool menu_is_list(const struct menu *m) { return kinds[m->kind].rows == 0; }
bool menu_types(const struct menu *m)
{
    return m->kind == MENU_SAVE && saves[cut(m->row, COUNT(saves))].named;
}
int menu_rows(const struct menu *m)
{
    return menu_is_list(m) ? kinds[m->kind].list(m) : kinds[m->kind].rows;
}

void menu_open(struct menu *m, enum menu_kind kind, const struct sp_reading *r,
               const struct shelf *shelf)
{
    *m = (struct menu){.kind = kind, .shelf = shelf};
    if (kinds[kind].open != NULL)
        kinds[kind].open(m, r);
}

static void move_row(struct menu *m, enum menu_move move)
{
    static const int by[] = {-1, 1, -1, 1, -10, 10};
    int rows = menu_rows(m);
    if (rows == 0)
        return;
    bool far = move == MENU_LESS_10 || move == MENU_MORE_10;
    m->row = cut(m->row, rows);
    m->row = move == MENU_FIRST  ? 0
             : move == MENU_LAST ? rows - 1
             : far               ? cut(m->row + by[move], rows)
                                 : (m->row + by[move] + rows) % rows;
}

void menu_move(struct menu *m, enum menu_move move, const struct sp_reading *r)
{
    static const int by[] = {0, 0, -1, 1, -10, 10};
    if (menu_is_list(m) || move == MENU_UP || move == MENU_DOWN) {
        move_row(m, move);
        return;
    }
    int count = kinds[m->kind].choices(m, m->row, r), at = chosen(m, m->row, r);
    m->choice[m->row] = move == MENU_FIRST  ? 0
                        : move == MENU_LAST ? count - 1
                                            : cut(at + by[move], count);
    if (kinds[m->kind].moved != NULL)
        kinds[m->kind].moved(m, r);
}

void menu_command(const struct menu *m, const struct sp_reading *r, char *dst, size_t size)
{
    dst[0] = 0;
    kinds[m->kind].command(m, r, dst, size);
}

void menu_row(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out)
{
    *out = (struct menu_row){.about = "", .selected = i == m->row};
    kinds[m->kind].row(m, i, r, out);
}
