/* The knobs panel: the settings that mean something under the policy in force. */
#include "ui/view.h"

#include <stdio.h>
#include <string.h>

struct txt knob_text(int knob, int64_t value)
{
    struct txt t;
    char text[64];
    assert(knob >= 0 && knob < KNOB_COUNT);
    const struct knob_def *d = &knob_table[knob];
    if (d->names != NULL && (value < d->min || value > d->max))
        value = d->min;
    size_t n = knob_write((enum knob)knob, value, text, sizeof text);
    if (n >= sizeof t.s)
        n = sizeof t.s - 1;
    memcpy(t.s, text, n);
    t.s[n] = 0;
    return t;
}

int knob_step(const struct knobs *k, int knob, int by)
{
    assert(by == 1 || by == -1);
    for (int i = knob + by; i >= 0 && i < KNOB_COUNT; i += by)
        if (knob_applies(k, i))
            return i;
    return knob;
}

/* Shown knobs before `knob`; with KNOB_COUNT: all of them. */
static int shown_before(const struct knobs *k, int knob)
{
    int n = 0;
    for (int i = 0; i < knob; i++)
        n += knob_applies(k, i);
    return n;
}

/* First shown row, so that the selected knob stands in the middle where possible. */
static int first_row(const struct knobs *k, int selected, int rows)
{
    int total = shown_before(k, KNOB_COUNT), top = shown_before(k, selected) - rows / 2;
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

static void draw_knob(struct grid *g, struct rect row, const struct view *v, int knob)
{
    const struct knobs *k = &v->reading->knobs;
    bool selected = knob == v->knob;
    struct style s = selected ? style_bold(ROLE_TEXT) : style_of(ROLE_TEXT);
    int at = row.w >= 34 ? 17 : 16; /* the value stands here, selected or not */
    if (selected)
        grid_put(g, row, 0, 0, style_bold(ROLE_KEY), 0x258C);
    grid_text(g, row, 1, 0, s, knob_table[knob].name);
    if (selected)
        grid_text(g, row, at, 0, style_bold(ROLE_KEY), "◂");
    int dx = grid_text(g, row, at + 1, 0, s, knob_text(knob, k->value[knob]).s);
    if (selected)
        dx = grid_text(g, row, dx, 0, style_bold(ROLE_KEY), "▸");
    int64_t now = in_force(v->reading, knob);
    if (now != k->value[knob])
        dx = grid_textf(g, row, dx, 0, style_of(ROLE_BURST), " → %s", knob_text(knob, now).s);
    const char *owner = k->manual[knob] ? "manual" : now != k->value[knob] ? "auto" : "";
    if (owner[0] != 0 && dx + 1 + text_width(owner) <= row.w)
        grid_text_right(g, row, row.w, 0, style_of(k->manual[knob] ? ROLE_WARN : ROLE_DIM), owner);
    else if (knob_table[knob].unit == UNIT_RATIO && row.w - at - 10 >= 6)
        draw_bar(g, row, at + 10, row.w - at - 12, k->value[knob]);
    if (selected)
        grid_attr(g, (struct rect){row.x + 1, row.y, (int)strlen(knob_table[knob].name), 1},
                  ATTR_REVERSE);
}

void draw_knobs(struct grid *g, struct rect in, const struct view *v)
{
    const struct knobs *k = &v->reading->knobs;
    bool keys = in.h >= 9 && in.w >= 28;
    int rows = in.h - (keys ? 1 : 0), skip = first_row(k, v->knob, rows);
    for (int i = 0, row = 0; i < KNOB_COUNT && row < rows; i++) {
        if (!knob_applies(k, i) || skip-- > 0)
            continue;
        draw_knob(g, rect_row(in, row++), v, i);
    }
    if (keys)
        grid_text(g, in, 0, in.h - 1, style_of(ROLE_DIM), "←→ ±1 PgUp/Dn ±10 Enter type");
}

void note_knobs(const struct view *v, int width, char *dst, size_t size)
{
    const struct knobs *k = &v->reading->knobs;
    snprintf(dst, size, width >= 30 ? "%d of %d" : "%d/%d", shown_before(k, v->knob) + 1,
             shown_before(k, KNOB_COUNT));
}
