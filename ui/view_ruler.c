/* The ruler under the graphs: when the window begins and ends, and the letters of what was
 * done, each in its column. */
#include "ui/plot.h"
#include "ui/view_time.h"

#include <stdio.h>

static bool blank(const struct grid *g, struct rect r)
{
    for (int x = 0; x < r.w; x++) {
        const struct cell *c = grid_at(g, r.x + x, r.y);
        if (c == NULL || c->ch != ' ')
            return false;
    }
    return true;
}

/* Letters of the interventions; a dot where several fall together. */
static void draw_letters(struct grid *g, struct rect row, const struct view *v)
{
    struct slices s = slices_of(v, row.w);
    for (int i = 0; i < v->history->marker_count; i++) {
        const struct marker *m = history_marker(v->history, i);
        int x = slices_column(&s, m->at_ns);
        if (x < 0 || m->at_ns > view_end(v))
            continue;
        struct cell *c = grid_at(g, row.x + x, row.y);
        bool taken = c != NULL && c->ch != ' ';
        grid_put(g, row, x, 0, style_bold(event_role(m->kind)),
                 taken ? 0xB7 : (uint32_t)(unsigned char)m->letter[0]);
    }
    int x = v->cross ? slices_column(&s, v->cross_ns) : -1;
    struct cell *c = x >= 0 ? grid_at(g, row.x + x, row.y) : NULL;
    if (c != NULL && c->ch != ' ')
        c->style.attr |= ATTR_REVERSE;
    else if (c != NULL)
        grid_put(g, row, x, 0, style_bold(ROLE_KEY), 0x2502);
}

struct txt view_length(int64_t ns)
{
    struct txt t;
    long long s = ns / NS_PER_S;
    if (s >= 3600 && s % 3600 == 0)
        snprintf(t.s, sizeof t.s, "%lldh", s / 3600);
    else if (s > 120 && s % 60 == 0)
        snprintf(t.s, sizeof t.s, "%lldm", s / 60);
    else
        snprintf(t.s, sizeof t.s, "%llds", s);
    return t;
}

void draw_ruler(struct grid *g, struct rect r, const struct view *v)
{
    /* the same columns as the graphs above: frame, labels, graph, frame */
    int left = r.w - 2 >= PLOT_LABEL + 4 ? PLOT_LABEL : 0;
    struct rect graph = {r.x + 1 + left, r.y, r.w - 2 - left, r.h};
    if (graph.w < 1)
        return;
    if (r.h >= 2) {
        struct rect axis = rect_row(graph, 0);
        for (int x = 0; x < graph.w; x++)
            grid_put(g, axis, x, 0, style_of(ROLE_FRAME),
                     x == 0             ? 0x251C
                     : x == graph.w - 1 ? 0x2524
                                        : 0x2500);
        graph = rect_row(graph, 1);
    }
    char from[40], to[32] = "now";
    snprintf(from, sizeof from, "−%s", view_length(v->window_ns).s);
    if (v->frozen) { /* nothing here changes while the view stands */
        int64_t begin = view_end(v) - v->window_ns;
        snprintf(from, sizeof from, "%s", begin > 0 ? fmt_clock_short(begin).s : "00:00");
        snprintf(to, sizeof to, "%s", fmt_clock_short(view_end(v)).s);
    }
    struct rect line = {r.x, graph.y, r.w, 1};
    draw_letters(g, graph, v);
    struct rect ends[2] = {{line.x + 1, line.y, text_width(from), 1},
                           {line.x + r.w - 1 - text_width(to), line.y, text_width(to), 1}};
    if (blank(g, ends[0]))
        grid_text(g, ends[0], 0, 0, style_of(ROLE_DIM), from);
    if (graph.w > 20 && blank(g, ends[1]))
        grid_text(g, ends[1], 0, 0, style_of(ROLE_DIM), to);
}
