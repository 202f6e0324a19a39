/* The knobs panel: those of the policy in force first, then the common ones; over the
 * whole screen all of them, with range, default and sentence. */
#include "ui/view.h"

#include <stdio.h>
#include <string.h>

static bool shows_all(const struct view *v) { return v->full == PANEL_KNOBS; }

/* First shown row, so that the selected knob stands in the middle where possible. */
static int first_row(const int *list, int total, int selected, int rows)
{
    int at = 0;
    for (int i = 0; i < total; i++)
        if (list[i] == selected)
            at = i;
    int top = at - rows / 2;
    if (top > total - rows)
        top = total - rows;
    return top < 0 ? 0 : top;
}

static void draw_bar(struct grid *g, struct rect row, int dx, int width, int64_t ppm)
{
    int eighths = (int)((double)ppm / 1e6 * width * 8 + 0.5);
    grid_put(g, row, dx, 0, style_of(ROLE_FRAME), 0x2595);
    for (int i = 0; i < width; i++, eighths -= 8) {
        uint32_t ch = eighths >= 8 ? 0x2588 : eighths > 0 ? 0x2590 - (uint32_t)eighths : ' ';
        grid_put(g, row, dx + 1 + i, 0, style_of(ROLE_LOCAL), ch);
    }
    grid_put(g, row, dx + 1 + width, 0, style_of(ROLE_FRAME), 0x258F);
}

/* What the engine uses at the moment, where that is not the knob's own value. */
static int64_t in_force(const struct sp_reading *r, int knob)
{
    if (knob == KNOB_BATCH && r->batch_now > 0)
        return r->batch_now;
    if (knob == KNOB_CONCURRENCY && r->concurrency_now > 0)
        return r->concurrency_now;
    return r->knobs.value[knob];
}

/* What stands behind the value: collected, changed a moment ago, or what is used now. */
static int draw_beside(struct grid *g, struct rect row, const struct view *v, int knob, int dx)
{
    const struct knob_view *k = &v->knobs;
    int64_t now = in_force(v->reading, knob), value;
    const char *wide, *narrow; /* words before the value, as there is room */
    if (k->queued[knob])
        wide = " → ", narrow = "→", value = k->queue[knob];
    else if (k->changed[knob])
        wide = "* was ", narrow = "*", value = k->old[knob];
    else if (now != v->reading->knobs.value[knob])
        wide = " now ", narrow = "=", value = now;
    else
        return dx;
    struct txt text = knob_text(knob, value);
    const char *word = dx + text_width(wide) + text_width(text.s) <= row.w ? wide : narrow;
    return grid_textf(g, row, dx, 0,
                      k->queued[knob] || k->changed[knob] ? style_bold(ROLE_WARN)
                                                          : style_of(ROLE_BURST),
                      "%s%s", word, text.s);
}

static int draw_value(struct grid *g, struct rect row, const struct view *v, int knob, int at)
{
    const struct knobs *k = &v->reading->knobs;
    bool selected = knob == v->knob, applies = knob_applies(k, knob);
    struct style s = selected ? style_bold(ROLE_TEXT) : style_of(applies ? ROLE_TEXT : ROLE_DIM);
    if (selected)
        grid_put(g, row, 0, 0, style_bold(ROLE_KEY), 0x258C);
    else if (knob_is_special(k, knob))
        grid_put(g, row, 0, 0, style_of(ROLE_TITLE), 0x2022);
    grid_text(g, row, 1, 0, s, knob_table[knob].name);
    if (selected)
        grid_attr(g, (struct rect){row.x + 1, row.y, (int)strlen(knob_table[knob].name), 1},
                  ATTR_REVERSE);
    if (selected)
        grid_text(g, row, at, 0, style_bold(ROLE_KEY), "◂");
    int dx = grid_text(g, row, at + 1, 0, s, knob_text(knob, k->value[knob]).s);
    if (selected)
        dx = grid_text(g, row, dx, 0, style_bold(ROLE_KEY), "▸");
    return draw_beside(g, row, v, knob, dx);
}

static void draw_knob(struct grid *g, struct rect row, const struct view *v, int knob)
{
    const struct knobs *k = &v->reading->knobs;
    int at = row.w >= 34 ? 17 : 16; /* the value stands here, selected or not */
    int dx = draw_value(g, row, v, knob, at);
    const char *owner = k->manual[knob] ? "manual" : "auto";
    if (dx + 1 > row.w - text_width(owner) && k->manual[knob])
        owner = "man";
    int end = row.w - text_width(owner);
    if (dx + 1 > end)
        return;
    grid_text(g, row, end, 0, style_of(k->manual[knob] ? ROLE_WARN : ROLE_DIM), owner);
    int bar = at + 10 > dx + 1 ? at + 10 : dx + 1;
    if (knob_table[knob].unit == UNIT_RATIO && end - bar >= 9)
        draw_bar(g, row, bar, end - bar - 3, k->value[knob]);
}

/* ---- the whole table ------------------------------------------------------------------ */

enum { AT_VALUE = 17, AT_OWNER = 45, AT_RANGE = 53, AT_PRESET = 75, AT_HELP = 86 };

static void draw_heads(struct grid *g, struct rect row)
{
    static const struct {
        int at;
        const char *name;
    } heads[] = {{1, "knob"},         {AT_VALUE + 1, "value"}, {AT_OWNER, "owner"},
                 {AT_RANGE, "range"}, {AT_PRESET, "default"},  {AT_HELP, "what it does"}};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        grid_text(g, row, heads[i].at, 0, style_bold(ROLE_TITLE), heads[i].name);
}

static void draw_whole(struct grid *g, struct rect row, const struct view *v, int knob)
{
    const struct knobs *k = &v->reading->knobs;
    const struct knob_def *d = &knob_table[knob];
    char range[200];
    draw_value(g, row, v, knob, AT_VALUE);
    grid_text(g, row, AT_OWNER, 0, style_of(k->manual[knob] ? ROLE_WARN : ROLE_DIM),
              k->manual[knob] ? "manual" : "auto");
    knob_range(knob, range, sizeof range);
    if (text_width(range) >= AT_PRESET - AT_RANGE)
        snprintf(range, sizeof range, "%d names", (int)(d->max - d->min + 1));
    grid_text(g, row, AT_RANGE, 0, style_of(ROLE_DIM), range);
    grid_text(g, row, AT_PRESET, 0, style_of(ROLE_DIM), knob_text(knob, d->preset).s);
    if (knob_applies(k, knob))
        grid_text(g, row, AT_HELP, 0, style_of(ROLE_TEXT), d->help);
    else
        grid_textf(g, row, AT_HELP, 0, style_of(ROLE_DIM), "only for: %s", d->used_by);
}

/* ---- the panel -------------------------------------------------------------------------- */

/* Under the rows: range and default of the selected knob, and the keys. */
static void draw_feet(struct grid *g, struct rect in, const struct view *v, int feet)
{
    char range[200];
    knob_range(v->knob, range, sizeof range);
    int y = in.h - feet;
    if (text_width(range) > in.w)
        snprintf(range, sizeof range, "%d names",
                 (int)(knob_table[v->knob].max - knob_table[v->knob].min + 1));
    int dx = grid_text(g, in, 0, y, style_of(ROLE_DIM), range);
    const char *preset = knob_text(v->knob, knob_table[v->knob].preset).s;
    if (dx + 10 + text_width(preset) <= in.w)
        grid_textf(g, in, dx, y, style_of(ROLE_DIM), ", default %s", preset);
    else if (dx + 2 + text_width(preset) <= in.w)
        grid_textf(g, in, dx, y, style_of(ROLE_DIM), ", %s", preset);
    if (feet > 1)
        grid_text(g, in, 0, y + 1, style_of(ROLE_DIM),
                  v->knobs.staging ? "←→ collect Enter apply Esc drop"
                                   : "←→ PgUp/Dn ×10 Enter type");
}

void draw_knobs(struct grid *g, struct rect in, const struct view *v)
{
    const struct knobs *k = &v->reading->knobs;
    int list[KNOB_COUNT], total = knob_list(k, shows_all(v), list);
    bool table = shows_all(v) && in.w >= AT_HELP + 20;
    int feet = table || in.h < 9 || in.w < 28 ? 0 : in.h < 12 ? 1 : 2;
    int rows = in.h - feet - table, top = first_row(list, total, v->knob, rows);
    if (table)
        draw_heads(g, rect_row(in, 0));
    for (int i = top; i < total && i - top < rows; i++) {
        struct rect row = rect_row(in, i - top + table);
        if (table)
            draw_whole(g, row, v, list[i]);
        else
            draw_knob(g, row, v, list[i]);
    }
    if (feet > 0)
        draw_feet(g, in, v, feet);
}

void note_knobs(const struct view *v, int width, char *dst, size_t size)
{
    int list[KNOB_COUNT], total = knob_list(&v->reading->knobs, shows_all(v), list), at = 0;
    int queued = knobs_queued(&v->knobs);
    for (int i = 0; i < total; i++)
        if (list[i] == v->knob)
            at = i;
    if (v->knobs.staging)
        snprintf(dst, size, "%d collected", queued);
    else
        snprintf(dst, size, width >= 30 ? "%d of %d  u:undo" : "%d/%d", at + 1, total);
}

void draw_knob_hint(struct grid *g, struct rect r, const struct view *v)
{
    const struct knob_def *d = &knob_table[v->knob];
    const char *keys = v->knobs.staging ? "←→ collect  Enter apply all  Esc drop"
                                        : "←→ change  Enter type  = default  u undo";
    int dx = grid_textf(g, r, 1, 0, style_bold(ROLE_TEXT), "%s: ", d->name);
    dx = grid_text_cut(g, r, dx, 0, style_of(ROLE_DIM), d->help);
    if (dx + 3 + text_width(keys) < r.w)
        grid_text(g, r, dx + 3, 0, style_of(ROLE_KEY), keys);
}
