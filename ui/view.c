/* A whole frame: the layout, then every panel and line from two tables. */
#include "ui/scale.h"
#include "ui/view_time.h"

#include <stdio.h>

static const struct panel panels[] = {
    {PANEL_PIPELINE, "Pipeline", note_pipeline, draw_pipeline},
    {PANEL_RATE, "Rate rec/s", note_rate, draw_rate},
    {PANEL_BUSY, "Busy %", note_busy, draw_busy},
    {PANEL_BACKLOG, "Backlog", note_backlog, draw_backlog},
    {PANEL_LATENCY, "Latency", note_latency, draw_latency},
    {PANEL_KNOBS, "Knobs", note_knobs, draw_knobs},
    {PANEL_CALLS, "Calls, cost", NULL, draw_calls},
    {PANEL_EVENTS, "Events", note_events, draw_events},
    {PANEL_LEDGER, "Ledger", note_ledger, draw_ledger},
};

static const struct strip strips[] = {
    {AREA_TITLE, draw_title},
    {AREA_KPI, draw_kpi},
    {AREA_LEDGER, draw_ledger_line},
    {AREA_RULER_LEFT, draw_ruler},
    {AREA_RULER_RIGHT, draw_ruler},
    {AREA_NOTE, draw_note},
    {AREA_HINT, draw_hint},
    {AREA_KEYS, draw_keys},
    {AREA_SPARK_IN, draw_spark_in},
    {AREA_SPARK_BUSY, draw_spark_busy},
    {AREA_SPARK_BP, draw_spark_bp},
    {AREA_SPARK_CALL, draw_spark_call},
    {AREA_SPARK_P99, draw_spark_p99},
    {AREA_SMALL_LEDGER, draw_small_ledger},
    {AREA_SMALL_KNOBS, draw_small_knobs},
    {AREA_SMALL_EVENT, draw_small_event},
    {AREA_BIG, draw_big},
};

_Static_assert(sizeof panels / sizeof *panels == PANEL_COUNT, "one row per panel");
_Static_assert(sizeof strips / sizeof *strips == AREA_COUNT - PANEL_COUNT, "one row per line");

const char *panel_title(enum area a)
{
    assert(a >= 0 && a < PANEL_COUNT && panels[a].area == a);
    return panels[a].title;
}

void view_layout(int width, int height, const struct view *v, struct layout *out)
{
    int big = v->looks.big ? layout_big_rows(width, height) : 0;
    if (v->full != AREA_NONE) {
        layout_full(width, height - big, v->full, out);
        if (v->full == PANEL_LATENCY && v->looks.latency == LATENCY_CURVE) {
            /* no time axis: percentiles have their own */
            out->area[PANEL_LATENCY].h += out->area[AREA_RULER_LEFT].h;
            out->area[AREA_RULER_LEFT] = (struct rect){0, 0, 0, 0};
        }
    } else {
        layout_solve(width, height - big, out);
    }
    layout_big(out, big);
}

/* Names the panels that this screen has no room for: their digits still open them. */
void draw_note(struct grid *g, struct rect r, const struct view *v)
{
    struct layout l;
    view_layout(g->width, g->height, v, &l);
    int dx = 1, y = r.h > 1 ? 1 : 0;
    for (int i = 0; i < PANEL_COUNT; i++) {
        if (!rect_empty(l.area[i]))
            continue;
        char text[48];
        snprintf(text, sizeof text, "%d:%.8s", i + 1, panels[i].title);
        for (char *p = text; *p != 0; p++)
            if (*p == ' ' || *p == ',')
                *p = 0;
        if (dx + text_width(text) > r.w)
            return;
        dx = grid_text(g, r, dx, y, style_of(ROLE_DIM), text) + 1;
    }
}

static void draw_panel(struct grid *g, struct rect r, const struct view *v, const struct panel *p)
{
    char title[40], note[96] = "";
    snprintf(title, sizeof title, "[%d] %s%s", (int)p->area + 1, p->title,
             graph_is_log(v, p->area) ? " (log)" : "");
    if (!cross_note(v, p->area, r.w, note, sizeof note) && p->note != NULL)
        p->note(v, r.w, note, sizeof note);
    bool focus = v->focus == p->area;
    grid_box(g, r, style_of(ROLE_FRAME), title,
             focus ? (struct style){ROLE_TITLE, ROLE_TEXT, ATTR_BOLD | ATTR_REVERSE}
                   : style_bold(ROLE_TITLE),
             note[0] != 0 ? note : NULL);
    legend_paint(g, (struct rect){r.x, r.y, r.w, 1});
    struct rect in = rect_inside(r, 1);
    if (!rect_empty(in))
        p->draw(g, in, v);
}

void view_draw(struct grid *g, const struct view *v, struct cursor *cursor)
{
    assert(v->reading != NULL && v->history != NULL && v->status != NULL && v->line != NULL &&
           v->hint != NULL);
    assert(v->knob >= 0 && v->knob < KNOB_COUNT && v->window_ns > 0);
    struct layout l;
    *cursor = (struct cursor){false, 0, 0};
    grid_clear(g);
    view_layout(g->width, g->height, v, &l);
    for (size_t i = 0; i < sizeof panels / sizeof *panels; i++)
        if (!rect_empty(l.area[panels[i].area]))
            draw_panel(g, l.area[panels[i].area], v, &panels[i]);
    for (size_t i = 0; i < sizeof strips / sizeof *strips; i++)
        if (!rect_empty(l.area[strips[i].area]))
            strips[i].draw(g, l.area[strips[i].area], v);
    draw_time_boxes(g, v, &l);
    if (v->mode == MODE_HELP) {
        int top = g->height > 4 ? 1 : 0, bottom = g->height > 6 ? 1 : 0;
        draw_help(g, (struct rect){0, top, g->width, g->height - top - bottom}, v);
    }
    if (v->mode == MODE_MENU)
        draw_menu(g, &v->menu, v->reading);
    if (v->card && v->mode == MODE_MAIN)
        draw_card(g);
    if (mode_types(v->mode))
        draw_typing(g, v, cursor);
    if (v->looks.redact)
        redact_grid(g);
    if (v->glyphs == GLYPHS_ASCII)
        glyphs_fold(g);
}
