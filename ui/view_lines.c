/* The single lines: title, figures, ledger, hint, key bar and line editor. */
#include "ui/fit.h"
#include "ui/keys.h"
#include "ui/view_time.h"

#include <stdio.h>
#include <string.h>

#define TREND_NS INT64_C(3000000000)

/* ▲ or ▼ where a figure is a sixth away from what it was three seconds ago. */
static const char *trend(const struct view *v, enum field field)
{
    int64_t now = v->reading->now_ns;
    struct extent a = history_span(v->history, field, now - TREND_NS - NS_PER_S, now - TREND_NS);
    struct extent b = history_span(v->history, field, now, now + 1);
    if (!a.any || !b.any)
        return "";
    return b.last > a.last * 7 / 6 ? "▲" : b.last < a.last * 5 / 6 ? "▼" : "";
}

/* ---- title ------------------------------------------------------------------------ */

static void add_when(struct fit *f, const struct view *v)
{
    const struct sp_reading *r = v->reading;
    char wide[FIT_TEXT], narrow[FIT_TEXT];
    struct txt at = fmt_clock(r->now_ns), brief = fmt_clock_short(r->now_ns);
    struct style s = style_bold(ROLE_GOOD);
    if (v->frozen) {
        /* no count of seconds: where nothing moves, nothing is written */
        snprintf(wide, sizeof wide, " FROZEN at %s%s ", at.s,
                 v->replay.on ? "" : ", recording continues");
        snprintf(narrow, sizeof narrow, " FROZEN %s ", brief.s);
        s = (struct style){ROLE_WARN, ROLE_TEXT, ATTR_BOLD | ATTR_REVERSE};
    } else if (v->ended || r->finished) {
        snprintf(wide, sizeof wide, "■ ENDED %s", at.s);
        snprintf(narrow, sizeof narrow, "■ENDED %s", brief.s);
        s = style_bold(ROLE_WARN);
    } else if (v->replay.on) {
        snprintf(wide, sizeof wide, "%s %s", v->replay.playing ? "▶" : "❚", at.s);
        snprintf(narrow, sizeof narrow, "%s%s", v->replay.playing ? "▶" : "❚", brief.s);
    } else if (r->paused) {
        snprintf(wide, sizeof wide, "❚ PAUSED %s", at.s);
        snprintf(narrow, sizeof narrow, "❚PAUSED %s", brief.s);
        s = style_bold(ROLE_WARN);
    } else {
        snprintf(wide, sizeof wide, "● NOW %s", at.s);
        snprintf(narrow, sizeof narrow, "●NOW %s", brief.s);
    }
    fit_add(f, 1, true, s, wide, narrow, NULL);
}

/* In steps of a tenth: where nothing else moves, a count of bytes must not. */
static void add_recorded(struct fit *f, const struct view *v)
{
    char text[FIT_TEXT];
    if (v->recorded == 0)
        return;
    snprintf(text, sizeof text, "● REC %sB", fmt_si((double)v->recorded).s);
    fit_add(f, 3, false, style_bold(ROLE_BAD), text, "●REC", NULL);
}

static void add_speed(struct fit *f, const struct view *v)
{
    const struct sp_reading *r = v->reading;
    char text[FIT_TEXT];
    if (v->replay.on) {
        snprintf(text, sizeof text, "x%g", (double)v->replay.speed_ppm / 1e6);
        fit_add(f, 7, false, style_of(ROLE_DIM), text, NULL, NULL);
    } else if (r->held && !r->finished) {
        fit_add(f, 2, false, style_bold(ROLE_WARN), "clock stands, z goes on", "held", NULL);
    } else if (v->stale_ns > NS_PER_S && !v->ended && !r->finished) {
        snprintf(text, sizeof text, "stale %s", fmt_seconds((double)v->stale_ns / 1e9).s);
        fit_add(f, 2, false, (struct style){ROLE_BAD, ROLE_TEXT, ATTR_BOLD | ATTR_REVERSE}, text,
                NULL, NULL);
    } else if (r->sim) {
        snprintf(text, sizeof text, "x%g", (double)r->speed_ppm / 1e6);
        fit_add(f, 7, false, style_of(ROLE_DIM), r->speed_ppm > 0 ? text : "x max", NULL, NULL);
    }
    if (v->fps > 0 && v->fps < v->fps_wanted) {
        snprintf(text, sizeof text, "%d fps", v->fps);
        fit_add(f, 8, false, style_of(ROLE_WARN), text, NULL, NULL);
    }
}

/* Whose bill is real: the room must see it. */
static bool costs_money(const struct sp_reading *r)
{
    static const char *const free_ones[] = {"", "none", "model", "emulator"};
    for (size_t i = 0; i < sizeof free_ones / sizeof *free_ones; i++)
        if (strcmp(r->provider, free_ones[i]) == 0)
            return false;
    return !r->sim;
}

void draw_title(struct grid *g, struct rect r, const struct view *v)
{
    const struct sp_reading *now = v->reading;
    struct fit f = {.count = 0};
    char text[FIT_TEXT], narrow[FIT_TEXT];
    fit_add(&f, 4, false, style_bold(ROLE_TITLE), "spillway ", "spillway", NULL);
    fit_add(&f, 3, false, style_bold(ROLE_TEXT), now->preset, NULL, NULL);
    snprintf(text, sizeof text, "%s · %s", now->sim ? "SIM" : "LIVE", now->provider);
    snprintf(narrow, sizeof narrow, "%s·%s", now->sim ? "SIM" : "LIVE", now->provider);
    struct style clock = style_bold(now->sim ? ROLE_TITLE : ROLE_LOCAL);
    if (costs_money(now))
        clock = (struct style){ROLE_WARN, ROLE_TEXT, ATTR_BOLD | ATTR_REVERSE};
    fit_add(&f, 2, true, clock, text, narrow,
            costs_money(now) ? now->provider
            : now->sim       ? "SIM"
                             : "LIVE");
    if (v->replay.on)
        fit_add(&f, 1, true, (struct style){ROLE_WARN, ROLE_TEXT, ATTR_BOLD | ATTR_REVERSE},
                " ◀ REPLAY ", "◀REPLAY", NULL);
    add_when(&f, v);
    int64_t end_ns = v->replay.on ? v->replay.end_ns : now->duration_ns;
    if (end_ns > 0) {
        snprintf(text, sizeof text, "of %s", fmt_clock_short(end_ns).s);
        fit_add(&f, 8, false, style_of(ROLE_DIM), text, NULL, NULL);
    }
    add_speed(&f, v);
    add_recorded(&f, v);
    snprintf(text, sizeof text, "graphs %s", view_length(v->window_ns).s);
    fit_add(&f, 9, true, style_of(ROLE_DIM), text, view_length(v->window_ns).s, NULL);
    fit_add(&f, 5, true, style_of(ROLE_DIM), "?:help", "?", NULL);
    fit_draw(&f, g, r, 1);
}

/* ---- figures ---------------------------------------------------------------------- */

static enum role level_role(enum sp_level level)
{
    static const enum role roles[] = {ROLE_GOOD, ROLE_WARN, ROLE_BAD};
    return roles[level <= SP_BP_HIGH ? level : SP_BP_HIGH];
}

static const char *level_word(enum sp_level level)
{
    static const char *const words[] = {"OK", "LOW", "HIGH"};
    return words[level <= SP_BP_HIGH ? level : SP_BP_HIGH];
}

static void add_rates(struct fit *f, const struct view *v)
{
    const struct sp_reading *r = v->reading;
    char a[FIT_TEXT], b[FIT_TEXT], c[FIT_TEXT];
    snprintf(a, sizeof a, "IN %s/s%s", fmt_si(r->in_rate).s, trend(v, FIELD_IN));
    snprintf(b, sizeof b, "IN %s", fmt_si(r->in_rate).s);
    fit_add(f, 1, false, style_bold(ROLE_TEXT), a, b, NULL);
    snprintf(a, sizeof a, "OUT %s/s", fmt_si(r->out_rate).s);
    snprintf(b, sizeof b, "OUT %s", fmt_si(r->out_rate).s);
    fit_add(f, 3, false, style_bold(ROLE_TEXT), a, b, NULL);
    snprintf(a, sizeof a, "BURST %s→%s/s", fmt_percent(r->burst_share).s, fmt_si(r->burst_rate).s);
    snprintf(b, sizeof b, "BURST %s", fmt_percent(r->burst_share).s);
    fit_add(f, 4, false, style_bold(r->burst_share > 0 ? ROLE_BURST : ROLE_TEXT), a, b, NULL);
    snprintf(a, sizeof a, "BUSY %s%s", fmt_percent(r->busy).s, trend(v, FIELD_BUSY));
    snprintf(b, sizeof b, "BUSY %s", fmt_percent(r->busy).s);
    fit_add(f, 2, false, style_bold(r->busy >= 0.95 ? ROLE_WARN : ROLE_TEXT), a, b, NULL);
    snprintf(a, sizeof a, "BP %.0fms/s %s", r->backpressured, level_word(r->level));
    snprintf(b, sizeof b, "BP %.0fms %s", r->backpressured, level_word(r->level));
    snprintf(c, sizeof c, "BP %.0f %s", r->backpressured, level_word(r->level));
    if (r->backpressured < 0) { /* nothing was recorded at this instant */
        fit_add(f, 3, false, style_of(ROLE_TEXT), "BP n/a", NULL, NULL);
        return;
    }
    fit_add(f, 3, false, style_bold(level_role(r->level)), a, b, c);
}

void draw_kpi(struct grid *g, struct rect r, const struct view *v)
{
    const struct sp_reading *now = v->reading;
    struct fit f = {.count = 0};
    char a[FIT_TEXT], b[FIT_TEXT], c[FIT_TEXT];
    add_rates(&f, v);
    if (r.w >= 100) {
        snprintf(a, sizeof a, now->backpressured < 0 ? "Σn/a" : "Σ%.1fs",
                 now->accumulated_backpressured_s);
        fit_add(&f, 4, false, style_of(ROLE_TEXT), a, NULL, NULL);
    }
    struct txt p99 = fmt_latency(now->latency.count > 0 ? now->latency.p99 : -1);
    snprintf(a, sizeof a, "p99 %s%s", p99.s, trend(v, FIELD_P99));
    snprintf(b, sizeof b, "p99 %s", p99.s);
    fit_add(&f, 1, false, style_bold(ROLE_LINE), a, b, NULL);
    struct txt call = fmt_latency(now->call.count > 0 ? now->call.p99 : -1);
    snprintf(a, sizeof a, "call p99 %s", call.s);
    snprintf(b, sizeof b, "call %s", call.s);
    fit_add(&f, 5, false, style_bold(ROLE_LINE2), a, b, NULL);
    snprintf(a, sizeof a, "%s/h", fmt_usd(now->cost_rate_nusd_h).s);
    snprintf(c, sizeof c, "$%.0f/h", (double)now->cost_rate_nusd_h / 1e9);
    fit_add(&f, 6, false, style_of(ROLE_TEXT), a, NULL,
            now->cost_rate_nusd_h >= NUSD_PER_USD ? c : a);
    fit_draw(&f, g, r, 1);
}

/* ---- ledger ----------------------------------------------------------------------- */

static bool ledger_good(const struct sp_reading *r)
{
    return r->balanced && r->lost == 0 && r->duplicated == 0 && r->disordered == 0;
}

static void add_check(struct fit *f, const struct sp_reading *r)
{
    char a[FIT_TEXT], b[FIT_TEXT];
    bool good = ledger_good(r);
    struct style s = good ? style_bold(ROLE_GOOD)
                          : (struct style){ROLE_BAD, ROLE_TEXT, ATTR_BOLD | ATTR_REVERSE};
    fit_add(f, 1, false, s,
            good          ? "LEDGER ✓"
            : r->balanced ? "LEDGER ✗"
                          : "LEDGER ✗ UNBALANCED",
            NULL, NULL);
    snprintf(a, sizeof a, "in %s = out %s + in flight %s + dead %s", fmt_grouped(r->in).s,
             fmt_grouped(r->out).s, fmt_grouped((uint64_t)(r->in_flight > 0 ? r->in_flight : 0)).s,
             fmt_grouped(r->dead).s);
    snprintf(b, sizeof b, "dead %s", fmt_grouped(r->dead).s);
    fit_add(f, 9, false, style_of(ROLE_TEXT), a, b, NULL);
    snprintf(a, sizeof a, "lost %s dup %s disorder %s", fmt_si((double)r->lost).s,
             fmt_si((double)r->duplicated).s, fmt_si((double)r->disordered).s);
    fit_add(f, 1, true, good ? style_of(ROLE_TEXT) : style_bold(ROLE_BAD), a, NULL, NULL);
    if (r->faults > 0) {
        snprintf(a, sizeof a, "first %s", fmt_record(r->fault[0].id).s);
        fit_add(f, 2, false, style_bold(ROLE_BAD), a, NULL, NULL);
    }
}

static void add_backlog(struct fit *f, const struct sp_reading *r, int width)
{
    char a[FIT_TEXT], b[FIT_TEXT];
    snprintf(a, sizeof a, "BACKLOG %s", fmt_si((double)r->backlog).s);
    snprintf(b, sizeof b, "backlog %s", fmt_si((double)r->backlog).s);
    fit_add(f, 2, true, style_bold(r->backlog > 0 ? ROLE_WARN : ROLE_TEXT), a, b, NULL);
    if (r->backlog > 0) {
        struct txt drain = fmt_seconds(r->drain_s);
        snprintf(a, sizeof a, r->drain_s < 0 ? "grows" : "drains in %s", drain.s);
        fit_add(f, 6, false, style_of(ROLE_DIM), a, r->drain_s < 0 ? NULL : drain.s, NULL);
    }
    if (width < 100) {
        snprintf(a, sizeof a, "ΣBP %.1fs", r->accumulated_backpressured_s);
        fit_add(f, 4, false, style_of(ROLE_TEXT), a, NULL, NULL);
    }
    if (r->sink_blocked)
        fit_add(f, 3, false, style_bold(ROLE_BAD), "SINK BLOCKED", NULL, NULL);
}

/* The operators one after the other, each name cut to `letters`. */
static void topology_write(const struct sp_reading *r, int letters, const char *arrow, char *dst,
                           size_t size)
{
    size_t n = 0;
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES && n < size; i++) {
        const struct sp_vertex *vx = &r->vertex[i];
        if (vx->remote)
            continue;
        n += (size_t)snprintf(dst + n, size - n, "%s%.*s", n > 0 ? arrow : "", letters, vx->name);
        if (n < size && vx->bursts)
            n += (size_t)snprintf(dst + n, size - n, " %.0f%%", vx->busy / 10);
    }
}

/* The pipeline in the rest of the line, for screens without its panel. */
static void add_topology(struct fit *f, const struct sp_reading *r)
{
    char wide[FIT_TEXT] = "", narrow[FIT_TEXT] = "", tiny[FIT_TEXT] = "";
    topology_write(r, 9, " ▶ ", wide, sizeof wide);
    topology_write(r, 3, "▶", narrow, sizeof narrow);
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES; i++)
        if (r->vertex[i].bursts)
            snprintf(tiny, sizeof tiny, "%.12s %.0f%%", r->vertex[i].name, r->vertex[i].busy / 10);
    if (wide[0] != 0)
        fit_add(f, 8, true, style_of(ROLE_DIM), wide, narrow, tiny[0] != 0 ? tiny : NULL);
}

void draw_ledger_line(struct grid *g, struct rect r, const struct view *v)
{
    struct fit f = {.count = 0};
    add_check(&f, v->reading);
    add_backlog(&f, v->reading, r.w);
    if (g->height < 32 || g->width < 100)
        add_topology(&f, v->reading);
    fit_draw(&f, g, r, 1);
}

/* ---- the last rows ---------------------------------------------------------------- */

/* A sentence that the line cannot hold takes rows above it: what was refused, and why,
 * matters more for those seconds than what stands there. */
static void draw_status(struct grid *g, struct rect r, const struct view *v)
{
    enum { SHARE = 5 }; /* at most this part of the screen's rows */
    struct style s = v->status_bad ? style_bold(ROLE_BAD) : style_of(ROLE_TEXT);
    int rows = fit_rows(r.w - 2, v->status), most = g->height / SHARE;
    rows = rows > most ? most : rows;
    if (rows < 2 || r.y < rows) {
        grid_text_cut(g, r, 1, 0, s, v->status);
        return;
    }
    struct rect area = {r.x, r.y - rows + 1, r.w, rows};
    grid_fill(g, area, style_of(ROLE_TEXT), ' ');
    fit_wrap(g, (struct rect){r.x + 1, area.y, r.w - 2, rows}, s, v->status);
}

void draw_hint(struct grid *g, struct rect r, const struct view *v)
{
    if (v->status[0] != 0) {
        draw_status(g, r, v);
        return;
    }
    if (v->cross) {
        draw_cross_hint(g, r, v);
        return;
    }
    if (v->frozen) {
        grid_textf(g, r, 1, 0, style_bold(ROLE_WARN), "FROZEN at %s: %s. Space goes back to %s.",
                   fmt_clock(v->reading->now_ns).s,
                   v->replay.on ? "the replay is elsewhere" : "recording continues",
                   v->replay.on ? "it" : "now");
        return;
    }
    draw_knob_hint(g, r, v);
}

static int bar_width(const struct key_def *k)
{
    bool f_key = k->name[0] == 'F' && k->name[1] != 0;
    return text_width(k->name) + text_width(k->bar) + (f_key ? 0 : 1);
}

/* What has room, in the order of the table; the way out always has. */
void draw_keys(struct grid *g, struct rect r, const struct view *v)
{
    enum key_context context = v->mode == MODE_HELP   ? KEYS_HELP
                               : v->mode == MODE_MENU ? KEYS_MENU
                               : v->cross             ? KEYS_CROSS
                               : v->replay.on         ? KEYS_REPLAY
                               : v->race              ? KEYS_RACE
                                                      : KEYS_MAIN;
    int dx = 0, kept = 0;
    for (int i = 0; i < key_count; i++)
        if (key_table[i].context == context && key_table[i].action == ACT_QUIT &&
            key_table[i].bar != NULL)
            kept = bar_width(&key_table[i]) + 1;
    for (int i = 0; i < key_count; i++) {
        const struct key_def *k = &key_table[i];
        bool both = (context == KEYS_REPLAY || context == KEYS_RACE) && k->context == KEYS_MAIN &&
                    (k->action == ACT_HELP || k->action == ACT_TYPE || k->action == ACT_QUIT ||
                     (context == KEYS_RACE && (k->code == 's' || k->code == ' ')));
        if ((k->context != context && !both) || k->bar == NULL)
            continue;
        kept = k->action == ACT_QUIT ? 0 : kept;
        if (dx + bar_width(k) > r.w - kept)
            continue;
        bool f_key = k->name[0] == 'F' && k->name[1] != 0;
        dx = grid_text(g, r, dx, 0, style_bold(ROLE_KEY), k->name) + (f_key ? 0 : 1);
        dx = grid_text(g, r, dx, 0, style_of(ROLE_TEXT), k->bar) + 1;
    }
}
