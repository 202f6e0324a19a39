/* The help pages, the card of the first run. */
#include "ui/fit.h"
#include "ui/help.h"
#include "ui/keys.h"
#include "ui/view.h"

#include <stdio.h>

static void draw_help_line(struct grid *g, struct rect row, const struct help_line *x, bool chosen)
{
    int at = row.w >= 76 ? 27 : row.w / 3;
    if (x->kind == HELP_TITLE) {
        grid_text(g, row, 1, 0, style_bold(ROLE_TITLE), x->left);
        return;
    }
    if (chosen)
        grid_put(g, row, 0, 0, style_bold(ROLE_KEY), 0x258C);
    int dx = grid_text(g, row, 1, 0, style_bold(ROLE_KEY), x->left);
    if (chosen)
        grid_attr(g, (struct rect){row.x + 1, row.y, dx - 1, 1}, ATTR_REVERSE);
    grid_text_cut(g, row, dx + 2 < at ? at : dx + 2, 0, style_of(ROLE_TEXT), x->right);
}

static void draw_filter(struct grid *g, struct rect row, const struct view *v, int lines)
{
    const struct help_view *h = &v->help;
    int dx = grid_text(g, row, 1, 0, style_of(ROLE_DIM), "find: ");
    dx = grid_text(g, row, dx, 0, style_bold(ROLE_TEXT), h->filter);
    grid_put(g, row, dx, 0, (struct style){ROLE_TEXT, ROLE_TEXT, ATTR_REVERSE}, ' ');
    if (h->filter[0] == 0)
        grid_text(g, row, dx + 2, 0, style_of(ROLE_DIM), "type a word");
    else if (lines == 0)
        grid_text(g, row, dx + 2, 0, style_bold(ROLE_WARN), "nothing has that: Backspace, or Tab");
    char pages[96] = "";
    size_t n = 0;
    for (int i = 0; i < HELP_PAGES && n < sizeof pages; i++)
        n += (size_t)snprintf(pages + n, sizeof pages - n, i == (int)h->page ? "%s[%s]" : "%s%s",
                              i > 0 ? " " : "", help_page_names[i]);
    if (row.w > text_width(pages) + dx + 34)
        grid_text_right(g, row, row.w - 1, 0, style_of(ROLE_TITLE), pages);
}

void draw_help(struct grid *g, struct rect r, const struct view *v)
{
    struct help_line line[HELP_LINES];
    struct rect in = rect_inside(r, 1);
    grid_fill(g, r, style_of(ROLE_TEXT), ' ');
    grid_box(g, r, style_of(ROLE_FRAME), "Help", style_bold(ROLE_TITLE),
             "↑↓ choose  Enter runs it  Tab pages  Esc back");
    if (rect_empty(in))
        in = r;
    int n = help_lines(&v->help, v->focus, line), y = 0;
    if (in.h > 2)
        draw_filter(g, rect_row(in, y++), v, n);
    int feet = help_feet(g->width, g->height);
    if (feet > 0 && in.h > feet + 2) {
        in.h -= feet;
        if (v->help.at < n)
            fit_wrap(g, (struct rect){in.x + 1, in.y + in.h, in.w - 2, feet}, style_bold(ROLE_TEXT),
                     line[v->help.at].right);
    }
    int top = v->help.top > n - 1 ? 0 : v->help.top;
    for (int i = top; i < n && y < in.h; i++)
        draw_help_line(g, rect_row(in, y++), &line[i], i == v->help.at);
}

void draw_card(struct grid *g)
{
    static const struct {
        const char *key, *text;
    } lines[] = {
        {"", "A stream runs from left to right; graphs show the last minute."},
        {"s", "makes something happen: twice the load for ten seconds"},
        {"?", "shows every key and command"},
    };
    struct rect box = {0, 0, 68, 5};
    if (g->width < 30 || g->height < 5)
        return;
    box.w = box.w > g->width ? g->width : box.w;
    box.x = (g->width - box.w) / 2;
    box.y = (g->height - box.h) / 2;
    grid_fill(g, box, style_of(ROLE_TEXT), ' ');
    grid_box(g, box, style_bold(ROLE_KEY), "spillway", style_bold(ROLE_TITLE), "any key goes on");
    for (int i = 0; i < 3; i++) {
        struct rect row = rect_row(rect_inside(box, 1), i);
        int dx = 1;
        if (lines[i].key[0] != 0)
            dx = grid_text(g, row, 1, 0, style_bold(ROLE_KEY), lines[i].key) + 1;
        grid_text(g, row, dx, 0, style_of(ROLE_TEXT), lines[i].text);
    }
}
