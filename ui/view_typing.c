/* The line being typed: text, ghost, and under it what is wrong or could follow. */
#include "ui/view.h"

#include <stdio.h>

/* The line on row r; tells where the cursor stands. */
static void draw_line(struct grid *g, struct rect r, const struct view *v, struct cursor *cursor)
{
    char prompt[64] = ":";
    if (v->mode == MODE_FIND)
        snprintf(prompt, sizeof prompt, "%s",
                 v->focus == PANEL_EVENTS ? "only lines with: " : "find: ");
    if (v->mode == MODE_ENTRY)
        snprintf(prompt, sizeof prompt, "%s = ", knob_table[v->knob].name);
    grid_fill(g, r, style_of(ROLE_TEXT), ' ');
    char before[CMDLINE_BYTES];
    snprintf(before, sizeof before, "%.*s", v->line->cursor, v->line->text);
    int at = sat_add(text_width(prompt), text_width(before));
    int shift = at >= r.w ? at - r.w + 1 : 0; /* keeps the cursor in view */
    int dx = grid_text(g, r, -shift, 0, style_bold(ROLE_KEY), prompt);
    dx = grid_text(g, r, dx, 0, v->hint_bad ? style_bold(ROLE_BAD) : style_bold(ROLE_TEXT),
                   v->line->text);
    if (v->line->ghost[0] != 0)
        grid_text(g, r, dx, 0, style_of(ROLE_DIM), v->line->ghost);
    *cursor = (struct cursor){true, r.x + at - shift, r.y};
}

/* The last two rows; of a single row the line alone. */
void draw_typing(struct grid *g, const struct view *v, struct cursor *cursor)
{
    int rows = g->height >= 2 ? 2 : 1;
    struct rect line = {0, g->height - rows, g->width, 1};
    draw_line(g, line, v, cursor);
    if (rows < 2)
        return;
    struct rect under = {0, g->height - 1, g->width, 1};
    bool said = v->status[0] != 0, bad = said ? v->status_bad : v->hint_bad;
    grid_fill(g, under, style_of(ROLE_TEXT), ' ');
    grid_text_cut(g, under, 1, 0, bad ? style_bold(ROLE_BAD) : style_of(ROLE_DIM),
                  said ? v->status : v->hint);
}
