/* A menu over the middle of the screen. */
#include "ui/fit.h"
#include "ui/menu.h"

#include <stdio.h>

static struct style style(enum role role, uint8_t attr)
{
    return (struct style){(uint8_t)role, ROLE_TEXT, attr};
}

/* What the rows take: of names, of values, of what explains them. */
struct widths {
    int name, value, about;
};

static struct widths measure(const struct menu *m, const struct sp_reading *r)
{
    struct widths w = {menu_is_list(m) ? 11 : 8, 0, 0};
    struct menu_row x;
    for (int i = 0; i < menu_rows(m); i++) {
        menu_row(m, i, r, &x);
        int name = text_width(x.name), value = text_width(x.value), about = text_width(x.about);
        w.name = name > w.name ? name : w.name;
        w.value = value > w.value ? value : w.value;
        w.about = about > w.about ? about : w.about;
    }
    return w;
}

/* What a row explains takes what is left of its line, and in a list a line of its own
 * where the box is too narrow for that. */
static void draw_row(struct grid *g, struct rect row, const struct menu_row *x,
                     const struct widths *w, bool list)
{
    uint8_t bold = x->selected ? ATTR_BOLD : 0;
    if (x->selected)
        grid_put(g, row, 0, 0, style(ROLE_KEY, ATTR_BOLD), 0x258C);
    int dx = grid_text(g, row, 1, 0, style(ROLE_TEXT, bold), x->name);
    if (x->selected)
        grid_attr(g, (struct rect){row.x + 1, row.y, dx - 1, 1}, ATTR_REVERSE);
    int at = w->name + 2;
    if (list) {
        grid_text(g, row, at, 0, style(x->current ? ROLE_GOOD : ROLE_DIM, bold),
                  x->current ? "now " : "");
        at += 4;
    } else {
        at = grid_text(g, row, at, 0, style(ROLE_KEY, ATTR_BOLD), x->selected ? "◂ " : "  ");
        dx = grid_text(g, row, at, 0, style(ROLE_TEXT, ATTR_BOLD), x->value);
        grid_text(g, row, dx, 0, style(ROLE_KEY, ATTR_BOLD), x->selected ? " ▸" : "");
        at += w->value + 4;
    }
    grid_text_cut(g, row, at, 0, style(x->selected ? ROLE_TEXT : ROLE_DIM, 0), x->about);
}

/* What would change, under the list of presets. */
static void draw_preview(struct grid *g, struct rect in, const struct shelf *s)
{
    if (in.h < 1)
        return;
    const char *name = s->chosen >= 0 ? s->item[s->chosen].name : "";
    if (s->differences < 0)
        grid_text(g, in, 1, 0, style(ROLE_DIM, 0), "what would change is not known");
    else if (s->differences == 0)
        grid_textf(g, in, 1, 0, style(ROLE_GOOD, 0), "%s is what runs now, settings and all", name);
    else
        grid_textf(g, in, 1, 0, style(ROLE_TITLE, ATTR_BOLD),
                   "from what runs now to %s, %d change%s, from zero:", name, s->differences,
                   s->differences == 1 ? "" : "s");
    int rows = in.h - 1, shown = s->differences < SHELF_LINES ? s->differences : SHELF_LINES;
    for (int i = 0; i < shown && i < rows; i++)
        if (i == rows - 1 && s->differences > rows)
            grid_textf(g, in, 3, 1 + i, style(ROLE_DIM, 0), "… and %d more", s->differences - i);
        else
            grid_text_cut(g, in, 3, 1 + i, style(ROLE_TEXT, 0), s->line[i]);
}

static int at_most(int value, int limit) { return value < limit ? value : limit; }

/* Rows under the list: the chosen sentence in full, and what a preset would change. */
static int feet(const struct menu *m, const struct grid *g, bool cut_off)
{
    int n = cut_off ? 2 : 0;
    if (m->kind == MENU_OPEN)
        n += g->height >= 30 ? 10 : g->height >= 20 ? 6 : g->height >= 14 ? 3 : 0;
    return n;
}

static void draw_feet(struct grid *g, struct rect in, const struct menu *m,
                      const struct sp_reading *r, bool cut_off)
{
    struct menu_row x;
    if (cut_off && in.h >= 2 && menu_rows(m) > 0) {
        menu_row(m, at_most(m->row, menu_rows(m) - 1), r, &x);
        fit_wrap(g, (struct rect){in.x + 1, in.y, in.w - 2, 2}, style(ROLE_TEXT, 0), x.about);
        in.y += 2;
        in.h -= 2;
    }
    if (m->kind == MENU_OPEN)
        draw_preview(g, in, m->shelf);
}

void draw_menu(struct grid *g, const struct menu *m, const struct sp_reading *r)
{
    char command[PRESET_COMMAND];
    struct widths w = measure(m, r);
    struct menu_row x;
    bool list = menu_is_list(m), setup = m->kind == MENU_SETUP;
    int rows = menu_rows(m), width = w.name + 9 + w.value + w.about;
    menu_command(m, r, command, sizeof command);
    bool cut_off = width + 3 > g->width; /* then the chosen sentence stands below in full */
    int under = feet(m, g, cut_off);
    int high = rows + 4 + (under > 0 ? under + 1 : 0);
    struct rect box = {0, 0, at_most(width + 3 < 44 ? 44 : width + 3, g->width),
                       at_most(high, g->height)};
    box.x = (g->width - box.w) / 2;
    box.y = (g->height - box.h) / 2;
    grid_fill(g, box, style(ROLE_TEXT, 0), ' ');
    grid_box(g, box, style(ROLE_KEY, 0), menu_title(m), style(ROLE_TITLE, ATTR_BOLD),
             list    ? "↑↓ choose  Enter  Esc"
             : setup ? "↑↓ row  ←→ change  Enter keeps it  Esc"
                     : "↑↓ row  ←→ value  Enter  Esc");
    struct rect in = rect_inside(box, 1);
    if (rect_empty(in))
        in = box;
    int last = in.h >= rows + 2 || in.h > 3 ? in.h - 1 : in.h; /* rows above the command */
    if (under > 0 && last > under + 2)
        last -= under + 1;
    else
        under = 0;
    last = at_most(last, rows > 0 ? rows : 1);
    int top = m->row >= last ? m->row - last + 1 : 0;
    for (int i = top; i < rows && i - top < last; i++) {
        menu_row(m, i, r, &x);
        draw_row(g, rect_row(in, i - top), &x, &w, list);
    }
    if (under > 0)
        draw_feet(g, (struct rect){in.x, in.y + last + 1, in.w, in.h - last - 2}, m, r, cut_off);
    if (rows == 0)
        grid_text(g, in, 1, 0, style(ROLE_WARN, 0), "nothing to choose from");
    if (last < in.h && command[0] != 0)
        grid_textf(g, in, 1, in.h - 1, style(ROLE_KEY, ATTR_BOLD), ":%s%s", command,
                   menu_types(m) ? "   Enter lets you choose the name" : "");
    else if (last < in.h && setup)
        grid_text(g, in, 1, in.h - 1, style(ROLE_DIM, 0),
                  "seen at once; Enter writes it to screen.json, for the next time");
}
