/* Two shapes: rows with a value each (spike, kill), and a list of one value's choices
 * (policy). The reading says what can be chosen; it may change while a menu is open, so
 * every choice is cut to what there is. */
#include "ui/menu.h"

#include "ui/fit.h"
#include "ui/knobs.h"

#include <stdio.h>
#include <string.h>

static const char *const factors[] = {"x0", "x0.5", "x1.2", "x1.5", "x2",  "x3",  "x4",
                                      "x5", "x8",   "x10",  "x20",  "x50", "x100"};
static const char *const spans[] = {"1s",  "2s",  "5s", "10s", "20s",
                                    "30s", "60s", "2m", "5m",  "10m"};
#define FACTORS (int)(sizeof factors / sizeof *factors)
#define SPANS (int)(sizeof spans / sizeof *spans)
#define FACTOR_USUAL 4
#define SPAN_USUAL 3

/* ---- what can be killed ------------------------------------------------------------ */

static int vertices(const struct sp_reading *r)
{
    return r->vertex_count < SP_VERTICES ? r->vertex_count : SP_VERTICES;
}

static int cut(int value, int count)
{
    return value >= count ? (count > 0 ? count - 1 : 0) : value < 0 ? 0 : value;
}

/* Choices of a row. Instance and slot have one more: all of them. */
static int choices(const struct menu *m, int row, const struct sp_reading *r)
{
    if (m->kind == MENU_SPIKE)
        return row == 0 ? FACTORS : SPANS;
    if (m->kind == MENU_POLICY)
        return (int)(knob_table[KNOB_POLICY].max - knob_table[KNOB_POLICY].min) + 1;
    if (row == 0)
        return vertices(r);
    if (vertices(r) == 0)
        return 1;
    const struct sp_vertex *v = &r->vertex[cut(m->choice[0], vertices(r))];
    if (row == 1)
        return 1 + (v->parallelism > 0 ? v->parallelism : 0);
    return m->choice[1] == 0 || v->slots < 2 ? 1 : 1 + v->slots;
}

static int chosen(const struct menu *m, int row, const struct sp_reading *r)
{
    return cut(m->choice[row], choices(m, row, r));
}

/* ---- moving ------------------------------------------------------------------------- */

int menu_rows(const struct menu *m)
{
    if (m->kind == MENU_POLICY)
        return (int)(knob_table[KNOB_POLICY].max - knob_table[KNOB_POLICY].min) + 1;
    return m->kind == MENU_SPIKE ? 2 : 3;
}

void menu_open(struct menu *m, enum menu_kind kind, const struct sp_reading *r)
{
    *m = (struct menu){.kind = kind};
    if (kind == MENU_SPIKE) {
        m->choice[0] = FACTOR_USUAL;
        m->choice[1] = SPAN_USUAL;
    }
    if (kind == MENU_POLICY)
        m->row = m->choice[0] = (int)(r->knobs.value[KNOB_POLICY] - knob_table[KNOB_POLICY].min);
    for (int i = 0; kind == MENU_KILL && i < vertices(r); i++)
        if (r->vertex[i].bursts) {
            m->choice[0] = i;
            m->choice[1] = 1;
        }
}

void menu_move(struct menu *m, enum menu_move move, const struct sp_reading *r)
{
    int rows = menu_rows(m);
    bool list = m->kind == MENU_POLICY;
    int by = move == MENU_UP || move == MENU_LESS ? -1 : 1;
    if (list || move == MENU_UP || move == MENU_DOWN) {
        m->row = move == MENU_FIRST  ? 0
                 : move == MENU_LAST ? rows - 1
                                     : (m->row + by + rows) % rows;
        if (list)
            m->choice[0] = m->row;
        return;
    }
    int count = choices(m, m->row, r), at = chosen(m, m->row, r);
    at = move == MENU_FIRST ? 0 : move == MENU_LAST ? count - 1 : cut(at + by, count);
    m->choice[m->row] = at;
    if (m->kind == MENU_KILL && m->row == 0) { /* another operator: its first instance */
        m->choice[1] = 1;
        m->choice[2] = 0;
    }
}

void menu_command(const struct menu *m, const struct sp_reading *r, char *dst, size_t size)
{
    dst[0] = 0;
    int a = chosen(m, 0, r), b = chosen(m, 1, r), c = chosen(m, 2, r);
    if (m->kind == MENU_SPIKE)
        snprintf(dst, size, "spike %s %s", factors[a], spans[b]);
    else if (m->kind == MENU_POLICY)
        snprintf(dst, size, "policy %s", knob_table[KNOB_POLICY].names[a]);
    else if (vertices(r) > 0) {
        const char *name = r->vertex[a].name;
        int n = snprintf(dst, size, "kill %.*s", (int)strcspn(name, " "), name);
        if (b > 0 && n > 0 && (size_t)n < size)
            n += snprintf(dst + n, size - (size_t)n, "/%d", b - 1);
        if (b > 0 && c > 0 && n > 0 && (size_t)n < size)
            snprintf(dst + n, size - (size_t)n, ".%d", c - 1);
    }
}

/* ---- showing -------------------------------------------------------------------------- */

const char *menu_title(const struct menu *m)
{
    static const char *const titles[] = {"Spike", "Kill", "Policy"};
    return titles[m->kind];
}

static void kill_row(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out)
{
    static const char *const names[] = {"operator", "instance", "slot"};
    static const char *const about[] = {
        "its work is given out anew, nothing is lost; up again after a second",
        "one of its parallel instances, or all", "one machine inside the instance, or all"};
    int at = chosen(m, i, r), count = choices(m, i, r);
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

void menu_row(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out)
{
    *out = (struct menu_row){.about = "", .selected = i == m->row};
    if (m->kind == MENU_KILL) {
        kill_row(m, i, r, out);
    } else if (m->kind == MENU_POLICY) {
        snprintf(out->name, sizeof out->name, "%s", knob_table[KNOB_POLICY].names[i]);
        out->about = policy_all[i]->sentence;
        out->current = r->knobs.value[KNOB_POLICY] == i;
    } else {
        snprintf(out->name, sizeof out->name, "%s", i == 0 ? "factor" : "for");
        snprintf(out->value, sizeof out->value, "%s",
                 i == 0 ? factors[chosen(m, 0, r)] : spans[chosen(m, 1, r)]);
        out->about = i == 0 ? "times the load of that moment; below x1 it is a dip"
                            : "how long; then the load is as before";
    }
}

static struct style style(enum role role, uint8_t attr)
{
    return (struct style){(uint8_t)role, ROLE_TEXT, attr};
}

/* What a row explains takes what is left of its line, and in a list a line of its own
 * where the box is too narrow for that. */
static void draw_row(struct grid *g, struct rect row, const struct menu_row *x, int values)
{
    bool list = values == 0;
    uint8_t bold = x->selected ? ATTR_BOLD : 0;
    if (x->selected)
        grid_put(g, row, 0, 0, style(ROLE_KEY, ATTR_BOLD), 0x258C);
    int dx = grid_text(g, row, 1, 0, style(ROLE_TEXT, bold), x->name);
    if (x->selected)
        grid_attr(g, (struct rect){row.x + 1, row.y, dx - 1, 1}, ATTR_REVERSE);
    int at = list ? 13 : 10;
    if (list) {
        grid_text(g, row, at, 0, style(x->current ? ROLE_GOOD : ROLE_DIM, bold),
                  x->current ? "now " : "");
        at += 4;
    } else {
        at = grid_text(g, row, at, 0, style(ROLE_KEY, ATTR_BOLD), x->selected ? "◂ " : "  ");
        dx = grid_text(g, row, at, 0, style(ROLE_TEXT, ATTR_BOLD), x->value);
        grid_text(g, row, dx, 0, style(ROLE_KEY, ATTR_BOLD), x->selected ? " ▸" : "");
        at += values + 4;
    }
    grid_text(g, row, at, 0, style(x->selected ? ROLE_TEXT : ROLE_DIM, 0), x->about);
}

void draw_menu(struct grid *g, const struct menu *m, const struct sp_reading *r)
{
    int rows = menu_rows(m), width = 0, values = 0;
    char command[PRESET_COMMAND];
    struct menu_row x;
    for (int i = 0; i < rows; i++) {
        menu_row(m, i, r, &x);
        values = text_width(x.value) > values ? text_width(x.value) : values;
        width = text_width(x.about) > width ? text_width(x.about) : width;
    }
    width += 17 + values;
    menu_command(m, r, command, sizeof command);
    bool cut_off = width + 3 > g->width; /* then the chosen sentence stands below in full */
    struct rect box = {0, 0, width + 3, rows + (cut_off ? 6 : 4)};
    box.w = box.w < 44 ? 44 : box.w;
    box.w = box.w > g->width ? g->width : box.w;
    box.h = box.h > g->height ? g->height : box.h;
    box.x = (g->width - box.w) / 2;
    box.y = (g->height - box.h) / 2;
    grid_fill(g, box, style(ROLE_TEXT, 0), ' ');
    grid_box(g, box, style(ROLE_KEY, 0), menu_title(m), style(ROLE_TITLE, ATTR_BOLD),
             m->kind == MENU_POLICY ? "↑↓ choose  Enter  Esc" : "↑↓ row  ←→ value  Enter  Esc");
    struct rect in = rect_inside(box, 1);
    if (rect_empty(in))
        in = box;
    int last = in.h >= rows + 2 ? in.h - 1 : in.h; /* rows above the command */
    if (cut_off && in.h >= rows + 4) {
        last = in.h - 4;
        menu_row(m, m->row, r, &x);
        fit_wrap(g, (struct rect){in.x + 1, in.y + last + 1, in.w - 2, 2}, style(ROLE_TEXT, 0),
                 x.about);
    }
    int top = m->row >= last ? m->row - last + 1 : 0;
    for (int i = top; i < rows && i - top < last; i++) {
        menu_row(m, i, r, &x);
        draw_row(g, rect_row(in, i - top), &x, values);
    }
    if (last < in.h)
        grid_textf(g, in, 1, in.h - 1, style(ROLE_KEY, ATTR_BOLD), ":%s", command);
}
