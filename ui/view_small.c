/* Lines of the small screens: one figure and its sparkline each. */
#include "ui/fit.h"
#include "ui/plot.h"
#include "ui/view_time.h"

#include <stdio.h>
#include <string.h>

#define FIGURE 17 /* columns before the sparkline */

static void figure(struct grid *g, struct rect r, const struct view *v, const char *text,
                   enum role role, enum field field, double floor)
{
    grid_text(g, r, 1, 0, style_bold(role), text);
    struct rect spark = {r.x + FIGURE + 1, r.y, r.w - FIGURE - 2, 1};
    if (spark.w >= 6 && text_width(text) < FIGURE)
        plot_spark(g, spark, v, field, floor, role);
}

void draw_spark_in(struct grid *g, struct rect r, const struct view *v)
{
    char text[64];
    snprintf(text, sizeof text, "IN    %s/s", fmt_si(v->reading->in_rate).s);
    figure(g, r, v, text, ROLE_LOCAL, FIELD_IN, 1);
}

void draw_spark_busy(struct grid *g, struct rect r, const struct view *v)
{
    char text[64];
    snprintf(text, sizeof text, "BUSY  %s", fmt_percent(v->reading->busy).s);
    figure(g, r, v, text, v->reading->busy >= 0.95 ? ROLE_WARN : ROLE_TEXT, FIELD_BUSY, 100);
}

void draw_spark_bp(struct grid *g, struct rect r, const struct view *v)
{
    static const char *const words[] = {"OK", "LOW", "HIGH"};
    static const enum role roles[] = {ROLE_GOOD, ROLE_WARN, ROLE_BAD};
    int level = v->reading->level > SP_BP_HIGH ? SP_BP_HIGH : (int)v->reading->level;
    char text[64];
    snprintf(text, sizeof text, "BP    %.0fms %s", v->reading->backpressured, words[level]);
    figure(g, r, v, text, roles[level], FIELD_BP, 100);
}

void draw_spark_call(struct grid *g, struct rect r, const struct view *v)
{
    const struct sp_latency *l = &v->reading->call;
    char text[64];
    snprintf(text, sizeof text, "call  %s", fmt_latency(l->count > 0 ? l->p99 : -1).s);
    figure(g, r, v, text, ROLE_LINE2, FIELD_CALL_P99, 1e6);
}

void draw_spark_p99(struct grid *g, struct rect r, const struct view *v)
{
    const struct sp_latency *l = &v->reading->latency;
    char text[64];
    snprintf(text, sizeof text, "p99   %s", fmt_latency(l->count > 0 ? l->p99 : -1).s);
    figure(g, r, v, text, ROLE_LINE, FIELD_P99, 1e6);
}

void draw_small_ledger(struct grid *g, struct rect r, const struct view *v)
{
    const struct sp_reading *now = v->reading;
    bool good = now->balanced && now->lost == 0 && now->duplicated == 0 && now->disordered == 0;
    struct fit f = {.count = 0};
    char a[FIT_TEXT];
    snprintf(a, sizeof a, "BURST %s", fmt_percent(now->burst_share).s);
    fit_add(&f, 3, false, style_bold(now->burst_share > 0 ? ROLE_BURST : ROLE_TEXT), a, NULL, NULL);
    snprintf(a, sizeof a, "%s/h", fmt_usd(now->cost_rate_nusd_h).s);
    fit_add(&f, 4, false, style_of(ROLE_TEXT), a, NULL, NULL);
    fit_add(&f, 1, false, style_bold(good ? ROLE_GOOD : ROLE_BAD), good ? "LEDGER ✓" : "LEDGER ✗",
            NULL, NULL);
    snprintf(a, sizeof a, "%s lost", fmt_si((double)now->lost).s);
    fit_add(&f, 2, false, good ? style_of(ROLE_TEXT) : style_bold(ROLE_BAD), a, NULL, NULL);
    snprintf(a, sizeof a, "%s dup %s dis", fmt_si((double)now->duplicated).s,
             fmt_si((double)now->disordered).s);
    fit_add(&f, 5, false, good ? style_of(ROLE_TEXT) : style_bold(ROLE_BAD), a, NULL, NULL);
    snprintf(a, sizeof a, "backlog %s", fmt_si((double)now->backlog).s);
    fit_add(&f, 4, false, style_of(ROLE_TEXT), a, NULL, NULL);
    fit_draw(&f, g, r, 1);
}

/* The selected knob first, then the ones after it as long as there is room. */
void draw_small_knobs(struct grid *g, struct rect r, const struct view *v)
{
    const struct knobs *k = &v->reading->knobs;
    int dx = grid_textf(g, r, 0, 0, style_bold(ROLE_TEXT), "▌%s ◂ %s ▸ ", knob_table[v->knob].name,
                        knob_text(v->knob, k->value[v->knob]).s);
    for (int i = v->knob;;) {
        int next = knob_move(k, false, i, 1);
        if (next == i)
            return;
        i = next;
        char text[96];
        snprintf(text, sizeof text, " %s %s", knob_table[i].name, knob_text(i, k->value[i]).s);
        if (dx + text_width(text) > r.w)
            return;
        dx = grid_text(g, r, dx, 0, style_of(ROLE_DIM), text);
    }
}

/* A message if there is one, else the newest event. */
void draw_small_event(struct grid *g, struct rect r, const struct view *v)
{
    if (v->status[0] != 0 && v->full == AREA_NONE) {
        grid_text(g, r, 1, 0, v->status_bad ? style_bold(ROLE_BAD) : style_of(ROLE_TEXT),
                  v->status);
        return;
    }
    if (v->cross) {
        draw_cross_hint(g, r, v);
        return;
    }
    if (v->reading->events < 1)
        return;
    const struct sp_event *e = &v->reading->event[v->reading->events - 1];
    const struct marker *m = history_marker_of(v->history, e->number);
    grid_textf(g, r, 1, 0, style_of(event_role(e->kind)), "%s %s :%s → %s",
               m != NULL ? m->letter : " ", event_glyph(e->kind), e->command, e->effect);
}
