/* The keys page: the table of keys, and the commands it stands for. */
#include "ui/keys.h"
#include "ui/view.h"

void draw_help(struct grid *g, struct rect r, const struct view *v)
{
    struct rect in = rect_inside(r, 1);
    grid_fill(g, r, style_of(ROLE_TEXT), ' ');
    grid_box(g, r, style_of(ROLE_FRAME), "Keys", style_bold(ROLE_TITLE), "↑↓ scroll  Esc back");
    if (rect_empty(in))
        in = r;
    int keys = key_page_lines(), commands = 0;
    for (const struct sp_command_def *d = sp_commands(); d->name != NULL; d++)
        commands++;
    int width = in.w >= 60 ? 24 : in.w / 3;
    for (int y = 0; y < in.h; y++) {
        struct key_line line;
        struct rect row = rect_row(in, y);
        int i = v->help_top + y;
        if (i < keys && key_page_line(i, &line)) {
            grid_text(g, row, 1, 0, style_bold(line.title ? ROLE_TITLE : ROLE_KEY), line.keys);
            grid_text(g, row, width, 0, style_of(ROLE_TEXT), line.help);
        } else if (i == keys + 1) {
            grid_text(g, row, 1, 0, style_bold(ROLE_TITLE), "Commands (type : first)");
        } else if (i >= keys + 2 && i < keys + 2 + commands) {
            const struct sp_command_def *d = &sp_commands()[i - keys - 2];
            int dx = grid_textf(g, row, 1, 0, style_bold(ROLE_KEY), "%s %s", d->name, d->arguments);
            grid_textf(g, row, dx + 2 < width ? width : dx + 2, 0, style_of(ROLE_TEXT), "%s",
                       d->help);
        }
    }
}
