/* The race screen: lanes side by side or laid over each other, and the scoreboard. */
#include "ui/fit.h"
#include "ui/race_hand.h"
#include "ui/race_report.h"
#include "ui/scale.h"
#include "ui/view_time.h"

#include <stdio.h>
#include <string.h>

#define SIDE_WIDTH 100 /* below it the lanes share one graph */
#define SIDE_LANE 28
#define THRESHOLD 0x2504 /* ┄ */

static const enum role lane_roles[RACE_LANES] = {ROLE_LOCAL, ROLE_BURST, ROLE_LINE, ROLE_LINE2};

/* ---- what is measured --------------------------------------------------------------------- */

static struct txt label_cost(double v) { return fmt_usd((int64_t)v); }

static const struct {
    const char *name;
    enum field field;
    bool log;
    double least; /* top of a linear axis is at least so high */
    struct txt (*label)(double v);
} metrics[METRICS] = {
    [METRIC_P99] = {"p99", FIELD_P99, true, 0, label_latency},
    [METRIC_P50] = {"p50", FIELD_P50, true, 0, label_latency},
    [METRIC_BACKLOG] = {"backlog", FIELD_BACKLOG, false, 10, fmt_tick},
    [METRIC_BUSY] = {"busy %", FIELD_BUSY, false, 100, fmt_tick},
    [METRIC_OUT] = {"out rec/s", FIELD_OUT, false, 10, fmt_tick},
    [METRIC_BURST] = {"burst %", FIELD_SHARE, false, 100, fmt_tick},
    [METRIC_COST] = {"cost $/h", FIELD_COST_RATE, false, 1e6, label_cost},
};

/* One axis for all lanes: a scale for each would be a lie. */
static struct axis shared_axis(const struct race_hand *h, int rows)
{
    double low = 0, high = 0;
    bool any = false;
    for (int i = 0; i < h->lanes; i++) {
        struct extent e = plot_extent(&h->lane[i]->view, metrics[h->metric].field);
        if (!e.any)
            continue;
        low = any && low < e.min ? low : e.min;
        high = any && high > e.max ? high : e.max;
        any = true;
    }
    if (metrics[h->metric].log)
        return any ? axis_log(low > 0 ? low : high / 1000, high, rows) : axis_log(1e7, 1e9, rows);
    return axis_linear(high > metrics[h->metric].least ? high : metrics[h->metric].least, rows);
}

static int row_of(const struct plot *p, double v)
{
    int level = axis_level(&p->axis, v, p->area.h * 8);
    return p->area.h - 1 - (level > 0 ? level - 1 : 0) / 8;
}

/* The latency that the goal demands, where the graph shows that percentile. */
static void draw_limit(struct plot *p, const struct race_hand *h)
{
    static const enum score_figure shown[METRICS] = {
        [METRIC_P99] = SCORE_P99,         [METRIC_P50] = SCORE_P50,
        [METRIC_BACKLOG] = SCORE_BACKLOG, [METRIC_BUSY] = SCORE_FIGURES,
        [METRIC_OUT] = SCORE_FIGURES,     [METRIC_BURST] = SCORE_FIGURES,
        [METRIC_COST] = SCORE_FIGURES};
    const struct goal *g = race_goal(h->race);
    for (int i = 0; i < g->conditions; i++) {
        double v = (double)g->condition[i].value;
        if (g->condition[i].figure != shown[h->metric] || v > p->axis.max || v < p->axis.min)
            continue;
        int row = row_of(p, v);
        for (int x = 0; x < p->area.w; x++) {
            const struct cell *c = grid_at(p->g, p->area.x + x, p->area.y + row);
            if (c && c->ch == ' ')
                grid_put(p->g, p->area, x, row, style_of(ROLE_THRESHOLD), THRESHOLD);
        }
    }
}

/* ---- where things stand ----------------------------------------------------------------------- */

struct race_layout {
    struct rect title, graphs, ruler, board, log, hint, keys;
    bool side, framed;
};

static struct rect row_at(int width, int y, int rows) { return (struct rect){0, y, width, rows}; }

static void solve(int width, int height, int lanes, struct race_layout *l)
{
    *l = (struct race_layout){.title = row_at(width, 0, height > 0 ? 1 : 0)};
    int bottom = height, top = 1;
    if (height >= 8)
        l->keys = row_at(width, --bottom, 1);
    if (height >= 7)
        l->hint = row_at(width, --bottom, 1);
    if (height >= 20)
        l->log = row_at(width, --bottom, 1);
    l->framed = bottom - top >= lanes + 13;
    int board = lanes + (l->framed ? 3 : bottom - top > lanes ? 1 : 0);
    board = board < bottom - top ? board : bottom - top;
    l->board = row_at(width, bottom - board, board);
    int rows = bottom - board - top;
    l->side = width >= SIDE_WIDTH && width / lanes >= SIDE_LANE && rows >= 7;
    if (rows >= 3 && width >= 12) {
        int ruler = !l->side && rows >= 6;
        l->graphs = row_at(width, top, rows - ruler);
        l->ruler = row_at(width, top + rows - ruler, ruler);
    }
}

/* ---- one lane ---------------------------------------------------------------------------------- */

static const char *standing(const struct race_hand *h, int i, char dst[24])
{
    if (!h->board.score[i].ledger_ok)
        return "✗ DQ";
    snprintf(dst, 24, "%d%s", h->board.rank[i],
             h->board.rank[i] == 1 && h->board.missed[i] < 0 ? " ◀" : "");
    return dst;
}

static void add_figure(struct fit *f, int rank, enum role role, const char *name, const char *value)
{
    char wide[FIT_TEXT], narrow[FIT_TEXT];
    snprintf(wide, sizeof wide, "%s %s", name, value);
    snprintf(narrow, sizeof narrow, "%s%s", name, value);
    fit_add(f, rank, false, style_bold(role), wide, narrow, NULL);
}

static void draw_figures(struct grid *g, struct rect r, const struct race_hand *h, int i, int line)
{
    const struct sp_reading *now = h->lane[i]->view.reading;
    struct fit f = {.count = 0};
    char text[48];
    if (line == 0) {
        add_figure(&f, 1, ROLE_LINE, "p99",
                   now->latency.count ? fmt_latency(now->latency.p99).s : "n/a");
        add_figure(&f, 2, ROLE_LOCAL, "busy", fmt_percent(now->busy).s);
        snprintf(text, sizeof text, "%.0f ms/s", now->backpressured);
        add_figure(&f, 3, now->level == SP_BP_HIGH ? ROLE_BAD : ROLE_TEXT, "BP", text);
    } else {
        bool bad = now->lost + now->duplicated + now->disordered > 0;
        add_figure(&f, 1, ROLE_TEXT, "backlog", fmt_si((double)now->backlog).s);
        snprintf(text, sizeof text, "%llu", (unsigned long long)now->lost);
        add_figure(&f, 2, bad ? ROLE_BAD : ROLE_TEXT, "lost", text);
        snprintf(text, sizeof text, "%s/h", fmt_usd(now->cost_rate_nusd_h).s);
        fit_add(&f, 3, false, style_of(ROLE_TEXT), text, NULL, NULL);
    }
    fit_draw(&f, g, r, 1);
}

static void draw_lane(struct grid *g, struct rect r, const struct race_hand *h, int i)
{
    char title[64], place[24], note[64];
    const struct view *v = &h->lane[i]->view;
    bool focus = h->focus == i;
    race_label(h, i, title, sizeof title);
    bool good = h->board.score[i].ledger_ok;
    snprintf(note, sizeof note, "%s%s%s%s", h->board.baseline == i ? "baseline · " : "",
             focus ? "★ focus · " : "", good ? "rank " : "", standing(h, i, place));
    grid_box(g, r, style_of(ROLE_FRAME), title,
             (struct style){(uint8_t)lane_roles[i], ROLE_TEXT,
                            (uint8_t)(ATTR_BOLD | (focus ? ATTR_REVERSE : 0))},
             note);
    struct rect in = rect_inside(r, 1);
    int lines = in.h >= 8 ? 2 : in.h >= 5 ? 1 : 0;
    for (int k = 0; k < lines; k++)
        draw_figures(g, rect_row(in, k), h, i, k);
    struct rect graph = {in.x, in.y + lines, in.w, in.h - lines - 1};
    struct plot p;
    if (rect_empty(graph))
        return;
    plot_begin(&p, g, graph, v, shared_axis(h, graph.h), metrics[h->metric].label);
    plot_area(&p, metrics[h->metric].field, FIELD_COUNT, lane_roles[i], lane_roles[i]);
    draw_limit(&p, h);
    plot_marks(&p);
    draw_ruler(g, (struct rect){r.x, r.y + r.h - 2, r.w, 1}, v);
}

static void draw_side(struct grid *g, struct rect r, const struct race_hand *h)
{
    int x = 0;
    for (int i = 0; i < h->lanes; i++) {
        int w = (r.w - x) / (h->lanes - i);
        draw_lane(g, (struct rect){x, r.y, w, r.h}, h, i);
        x += w;
    }
}

/* ---- all lanes in one graph ------------------------------------------------------------------- */

/* A lane as a line of its letter; where lanes meet their letters take turns. */
static void draw_line(struct plot *p, const struct race_hand *h, int i)
{
    for (int x = 0; x < p->area.w; x++) {
        int64_t from = p->slices.first_ns + x * p->slices.width_ns;
        struct extent e = history_span(&h->lane[i]->history, metrics[h->metric].field, from,
                                       from + p->slices.width_ns);
        if (!e.any || !(e.max > 0))
            continue;
        int row = row_of(p, e.last);
        const struct cell *c = grid_at(p->g, p->area.x + x, p->area.y + row);
        bool taken = c && c->ch >= 'A' && c->ch < 'A' + RACE_LANES;
        if (!taken || (x + i) % 2 == 0)
            grid_put(p->g, p->area, x, row, style_bold(lane_roles[i]), (uint32_t)('A' + i));
    }
}

static void draw_over(struct grid *g, const struct race_layout *l, const struct race_hand *h)
{
    struct rect in = l->graphs;
    if (in.h >= 5) {
        char title[80];
        snprintf(title, sizeof title, "%s of", metrics[h->metric].name);
        for (int i = 0; i < h->lanes; i++)
            snprintf(title + strlen(title), sizeof title - strlen(title), " %c", 'A' + i);
        grid_box(g, in, style_of(ROLE_FRAME), title, style_bold(ROLE_TITLE), "one scale");
        in = rect_inside(in, 1);
    }
    struct plot p;
    const struct view *lead = &race_lead(h)->view;
    plot_begin(&p, g, in, lead, shared_axis(h, in.h), metrics[h->metric].label);
    draw_limit(&p, h);
    for (int k = 0; k < h->lanes; k++) /* the focused lane last, so that it is seen */
        draw_line(&p, h, h->focus >= 0 ? (h->focus + 1 + k) % h->lanes : k);
    plot_marks(&p);
    if (!rect_empty(l->ruler)) {
        bool framed = l->graphs.h >= 5; /* the ruler counts a frame beside its columns */
        struct rect r = l->ruler;
        draw_ruler(g, framed ? r : (struct rect){r.x - 1, r.y, r.w + 2, 1}, lead);
    }
}

/* ---- scoreboard --------------------------------------------------------------------------------- */

enum column {
    C_LANE,
    C_P50,
    C_P99,
    C_P999,
    C_MISSED,
    C_BACKLOG,
    C_COLD,
    C_BURST,
    C_COST,
    C_LEDGER,
    C_DELTA,
    C_RANK,
    COLUMNS
};

static const struct {
    const char *title;
    int width, dear;          /* 1: last to go */
    enum score_figure figure; /* SCORE_FIGURES: made by hand */
} columns[COLUMNS] = {
    [C_LANE] = {"lane", 12, 1, SCORE_FIGURES},
    [C_P50] = {"p50", 7, 9, SCORE_P50},
    [C_P99] = {"p99", 8, 3, SCORE_P99},
    [C_P999] = {"p99.9", 8, 8, SCORE_P999},
    [C_MISSED] = {"missed", 7, 7, SCORE_SLO},
    [C_BACKLOG] = {"max backlog", 12, 6, SCORE_BACKLOG},
    [C_COLD] = {"cold", 5, 11, SCORE_COLD},
    [C_BURST] = {"burst", 6, 10, SCORE_BURST},
    [C_COST] = {"cost", 10, 4, SCORE_COST},
    [C_LEDGER] = {"lost/dup/dis", 13, 12, SCORE_FIGURES},
    [C_DELTA] = {"to baseline", 22, 5, SCORE_FIGURES},
    [C_RANK] = {"rank", 6, 2, SCORE_FIGURES},
};

static void cell_text(const struct race_hand *h, int i, enum column c, char dst[64])
{
    const struct race_board *b = &h->board;
    const struct score *s = &b->score[i];
    char place[24];
    if (columns[c].figure != SCORE_FIGURES)
        snprintf(dst, 64, "%s",
                 race_figure(columns[c].figure, s->value[columns[c].figure], s->any).s);
    else if (c == C_LANE)
        race_label(h, i, dst, 64);
    else if (c == C_LEDGER)
        snprintf(dst, 64, "%llu/%llu/%llu", (unsigned long long)s->lost,
                 (unsigned long long)s->duplicated, (unsigned long long)s->disordered);
    else if (c == C_RANK)
        snprintf(dst, 64, "%s", standing(h, i, place));
    else if (i == b->baseline)
        snprintf(dst, 64, "—");
    else
        snprintf(dst, 64, "p99 %s %s", race_difference(b, i, SCORE_P99).s,
                 race_difference(b, i, SCORE_COST).s);
}

/* Which columns a width has room for. */
static void choose_columns(int width, bool shown[COLUMNS])
{
    int need = 0;
    for (int c = 0; c < COLUMNS; c++)
        need += columns[c].width;
    memset(shown, true, COLUMNS * sizeof *shown);
    for (int dear = COLUMNS; dear > 1 && need > width; dear--)
        for (int c = 0; c < COLUMNS; c++)
            if (columns[c].dear == dear) {
                shown[c] = false;
                need -= columns[c].width;
            }
}

static void draw_score(struct grid *g, struct rect r, const struct race_hand *h, int i,
                       const bool shown[COLUMNS])
{
    int x = 0;
    char text[64];
    for (int c = 0; c < COLUMNS; c++) {
        if (!shown[c])
            continue;
        struct style s = style_of(ROLE_TEXT);
        if (i < 0)
            snprintf(text, sizeof text, "%s", columns[c].title);
        else
            cell_text(h, i, (enum column)c, text);
        if (i < 0)
            s = style_of(ROLE_DIM);
        else if (!h->board.score[i].ledger_ok && (c == C_RANK || c == C_LEDGER))
            s = style_bold(ROLE_BAD);
        else if (c == C_LANE || (c == C_RANK && h->board.rank[i] == 1))
            s = style_bold(c == C_LANE ? lane_roles[i] : ROLE_GOOD);
        if (i >= 0 && i == h->focus && c == C_LANE)
            s.attr |= ATTR_REVERSE;
        struct rect cell = {r.x + x, r.y, columns[c].width, 1};
        if (c == C_LANE)
            grid_text(g, rect_common(cell, (struct rect){cell.x, cell.y, cell.w - 1, 1}), 0, 0, s,
                      text);
        else
            grid_text_right(g, cell, cell.w, 0, s, text);
        x += columns[c].width;
    }
}

static void draw_board(struct grid *g, const struct race_layout *l, const struct race_hand *h)
{
    struct rect r = l->board;
    bool shown[COLUMNS];
    char title[240];
    if (l->framed) {
        snprintf(title, sizeof title, "Scoreboard (whole run) goal %.150s",
                 race_goal(h->race)->text);
        grid_box(g, r, style_of(ROLE_FRAME), title, style_bold(ROLE_TITLE),
                 h->board.noise_known ? "≈ within noise" : NULL);
        r = rect_inside(r, 1);
        r.x++;
        r.w -= 2;
    }
    choose_columns(r.w, shown);
    int y = 0;
    if (r.h > h->lanes)
        draw_score(g, rect_row(r, y++), h, -1, shown);
    for (int i = 0; i < h->lanes && y < r.h; i++)
        draw_score(g, rect_row(r, y++), h, i, shown);
}

/* ---- single lines ----------------------------------------------------------------------------- */

static void add_clock(struct fit *f, const struct race_hand *h)
{
    const struct view *v = &race_lead(h)->view;
    char text[FIT_TEXT], narrow[FIT_TEXT];
    struct style s = style_bold(ROLE_GOOD);
    struct txt at = fmt_clock_short(v->frozen ? v->reading->now_ns : h->now_ns);
    const char *word = v->frozen ? "FROZEN at" : h->over ? "■ ENDED" : h->held ? "❚ HELD" : "● NOW";
    if (v->frozen)
        s = (struct style){ROLE_WARN, ROLE_TEXT, ATTR_BOLD | ATTR_REVERSE};
    else if (h->over || h->held)
        s = style_bold(ROLE_WARN);
    snprintf(text, sizeof text, "%s %s", word, at.s);
    if (!v->frozen && !h->over && !h->live)
        snprintf(text + strlen(text), sizeof text - strlen(text), " x%g",
                 (double)h->speed_ppm / 1e6);
    snprintf(narrow, sizeof narrow, "%s", at.s);
    fit_add(f, 1, true, s, text, narrow, NULL);
}

static void draw_race_title(struct grid *g, struct rect r, const struct race_hand *h)
{
    struct fit f = {.count = 0};
    char text[FIT_TEXT], narrow[FIT_TEXT];
    fit_add(&f, 3, false, style_bold(ROLE_TITLE), "spillway RACE", "RACE", NULL);
    if (h->live)
        snprintf(text, sizeof text, "LIVE same input, lanes share the cores");
    else
        snprintf(text, sizeof text, "SIM same input, seed %llu, one clock",
                 (unsigned long long)h->seed);
    fit_add(&f, 4, true, style_bold(h->live ? ROLE_LOCAL : ROLE_TITLE), text,
            h->live ? "LIVE shared" : "SIM", NULL);
    add_clock(&f, h);
    snprintf(text, sizeof text, "%s (M: next)", metrics[h->metric].name);
    fit_add(&f, 2, true, style_bold(ROLE_LINE), text, metrics[h->metric].name, NULL);
    snprintf(text, sizeof text, "%d lanes", h->lanes);
    fit_add(&f, 7, true, style_of(ROLE_TEXT), text, NULL, NULL);
    fit_add(&f, 8, false, style_of(ROLE_DIM), "one scale", NULL, NULL);
    snprintf(text, sizeof text, "to all lanes");
    snprintf(narrow, sizeof narrow, "to all");
    if (h->focus >= 0) {
        snprintf(text, sizeof text, "to %c only", 'A' + h->focus);
        snprintf(narrow, sizeof narrow, "to %c", 'A' + h->focus);
    }
    fit_add(&f, 5, true, style_bold(ROLE_KEY), text, narrow, NULL);
    fit_add(&f, 6, true, style_of(ROLE_DIM), "?:help", "?", NULL);
    fit_draw(&f, g, r, 1);
}

/* What was done, and to whom: the newest that fit. */
static void draw_log(struct grid *g, struct rect r, const struct race_hand *h)
{
    int first = h->logged, width = 1;
    while (first > 0 && width + text_width(h->log[first - 1]) + 4 < r.w)
        width += text_width(h->log[--first]) + 4;
    if (first == h->logged && first > 0)
        first--;
    int dx = 1;
    if (h->logged == 0)
        grid_text(g, r, dx, 0, style_of(ROLE_DIM),
                  "what you do goes to all lanes, or to the focused one (1-4, *): s makes a spike");
    for (int i = first; i < h->logged; i++) {
        dx = grid_text(g, r, dx, 0, style_of(ROLE_MARK), "◆ ");
        dx = grid_text(g, r, dx, 0, style_of(ROLE_TEXT), h->log[i]) + 2;
    }
}

static void draw_race_hint(struct grid *g, struct rect r, const struct race_hand *h)
{
    const struct view *v = &race_lead(h)->view;
    if (v->status[0] != 0 || v->cross || v->frozen)
        draw_hint(g, r, v);
    else
        grid_text(g, r, 1, 0, style_of(ROLE_DIM),
                  h->over ? "the race is over: e keeps the scoreboard, q leaves"
                  : r.w < 100
                      ? "1-4 focus  * all  M figure  b baseline  d differ  < > speed  . step"
                      : "1-4 focus  * all  M figure  b baseline  d differences  +- zoom  "
                        "[ ] pan  < > speed  . step  v cross-hair");
}

/* ---- differences --------------------------------------------------------------------------------- */

struct differ_box {
    struct grid *g;
    struct rect in;
    int y;
    int lane;
};

static void differ_line(struct differ_box *d, struct style s, const char *text)
{
    grid_text(d->g, d->in, 0, d->y++, s, text);
}

/* Graph and functions, as the presets have them; knobs are shown as they stand now. */
static void say_difference(void *context, const char *line)
{
    struct differ_box *d = context;
    char text[200];
    if (strncmp(line, "graph", 5) != 0 && strncmp(line, "functions", 9) != 0)
        return;
    snprintf(text, sizeof text, "%c  %.150s", 'A' + d->lane, line);
    differ_line(d, style_of(ROLE_TEXT), text);
}

static void differ_knob(struct differ_box *d, const struct race_hand *h, int k)
{
    char text[300], value[64];
    bool differs = false;
    snprintf(text, sizeof text, "%-16s", knob_table[k].name);
    for (int i = 0; i < h->lanes; i++) {
        int64_t v = h->lane[i]->newest->knobs.value[k];
        differs = differs || v != h->lane[0]->newest->knobs.value[k];
        knob_write((enum knob)k, v, value, sizeof value);
        snprintf(text + strlen(text), sizeof text - strlen(text), "  %c %-12.40s", 'A' + i, value);
    }
    if (differs)
        differ_line(d, style_bold(ROLE_TEXT), text);
}

static void draw_differ(struct grid *g, const struct race_layout *l, const struct race_hand *h)
{
    struct rect r = l->graphs;
    if (rect_empty(r) || r.h < 3)
        r = (struct rect){0, 1, g->width, g->height - 1};
    grid_fill(g, r, style_of(ROLE_TEXT), ' ');
    grid_box(g, r, style_bold(ROLE_KEY), "What differs (d closes)", style_bold(ROLE_TITLE),
             "knobs as they stand now");
    struct differ_box d = {g, rect_inside(r, 1), 0, 0};
    for (int k = 0; k < KNOB_COUNT; k++)
        differ_knob(&d, h, k);
    for (d.lane = 0; d.lane < h->lanes; d.lane++)
        if (d.lane != h->board.baseline)
            preset_differences(race_preset(h->race, h->board.baseline),
                               race_preset(h->race, d.lane), say_difference, &d);
    if (d.y == 0)
        differ_line(&d, style_of(ROLE_DIM), "nothing: the lanes are the same");
}

/* ---- the whole --------------------------------------------------------------------------------- */

static void draw_modes(struct grid *g, const struct view *v, struct cursor *cursor)
{
    if (v->mode == MODE_HELP) {
        int top = g->height > 4 ? 1 : 0, bottom = g->height > 6 ? 1 : 0;
        draw_help(g, (struct rect){0, top, g->width, g->height - top - bottom}, v);
    }
    if (v->mode == MODE_MENU)
        draw_menu(g, &v->menu, v->reading);
    if (v->mode == MODE_COMMAND || v->mode == MODE_ENTRY)
        draw_typing(g, v, cursor);
    if (v->looks.redact)
        redact_grid(g);
    if (v->glyphs == GLYPHS_ASCII)
        glyphs_fold(g);
}

void race_draw(struct grid *g, const struct race_hand *h, struct cursor *cursor)
{
    struct race_layout l;
    const struct view *v = &race_lead(h)->view;
    *cursor = (struct cursor){false, 0, 0};
    grid_clear(g);
    solve(g->width, g->height, h->lanes, &l);
    draw_race_title(g, l.title, h);
    if (!rect_empty(l.graphs) && l.side)
        draw_side(g, l.graphs, h);
    else if (!rect_empty(l.graphs))
        draw_over(g, &l, h);
    draw_board(g, &l, h);
    if (!rect_empty(l.log))
        draw_log(g, l.log, h);
    if (!rect_empty(l.hint))
        draw_race_hint(g, l.hint, h);
    if (!rect_empty(l.keys))
        draw_keys(g, l.keys, v);
    if (h->differ)
        draw_differ(g, &l, h);
    draw_modes(g, v, cursor);
}
