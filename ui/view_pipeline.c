/* The pipeline: operators with their busy, back-pressured and idle shares, the rates
 * between them, and the branch to the functions. */
#include "ui/view.h"

#include <stdio.h>
#include <string.h>

#define NODES 24

/* One operator of the strip, and the edge that leaves it. */
struct node {
    const struct sp_vertex *vertex;
    char label[96];
    char edge[160];
    int x, width;
};

struct chain {
    struct node node[NODES];
    int count;
    int burst; /* index of the operator with the dispatcher, or -1 */
};

/* How much is said: names cut to so many characters, edges in one of three forms. */
static const struct {
    int name, edge;
} scales[] = {{79, 2}, {79, 1}, {20, 1}, {12, 1}, {12, 0}, {8, 0}, {5, 0}, {3, 0}};

static void label_write(struct node *n, int name)
{
    const struct sp_vertex *v = n->vertex;
    bool cut = text_width(v->name) > name;
    int k = snprintf(n->label, sizeof n->label - 16, "%.*s%s", cut ? name - 1 : name, v->name,
                     cut ? "…" : "");
    if (k < 0 || k > (int)sizeof n->label - 17)
        k = (int)strlen(n->label);
    if (v->parallelism > 1)
        k += snprintf(n->label + k, sizeof n->label - (size_t)k, "×%d", v->parallelism);
    if (v->slots > 1)
        snprintf(n->label + k, sizeof n->label - (size_t)k, "[%d]", v->slots);
}

static void edge_write(struct node *n, int form, int least)
{
    struct txt rate = fmt_si(n->vertex->out_rate);
    if (form == 0) {
        snprintf(n->edge, sizeof n->edge, "▶");
        return;
    }
    snprintf(n->edge, sizeof n->edge, form == 1 ? " %s▶ " : " ══%s══▶ ", rate.s);
    int missing = form < 2 ? 0 : least - text_width(n->edge);
    if (missing <= 0)
        return;
    size_t k = (size_t)snprintf(n->edge, sizeof n->edge, " ══%s", rate.s);
    for (int i = 0; i < missing + 2 && k + 10 < sizeof n->edge; i++)
        k += (size_t)snprintf(n->edge + k, sizeof n->edge - k, "═");
    snprintf(n->edge + k, sizeof n->edge - k, "▶ ");
}

static int chain_lay(struct chain *c, int scale, int branch)
{
    int x = 1;
    for (int i = 0; i < c->count; i++) {
        struct node *n = &c->node[i];
        label_write(n, scales[scale].name);
        n->x = x;
        n->width = text_width(n->label) < 4 && scales[scale].edge > 0 ? 4 : text_width(n->label);
        x += n->width;
        n->edge[0] = 0;
        if (i + 1 < c->count)
            edge_write(n, scales[scale].edge, i == c->burst ? branch : 0);
        x += text_width(n->edge);
    }
    return x;
}

static void chain_make(struct chain *c, const struct sp_reading *r, int width)
{
    c->count = 0;
    c->burst = -1;
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES && c->count < NODES; i++) {
        if (r->vertex[i].remote)
            continue;
        if (r->vertex[i].bursts)
            c->burst = c->count;
        c->node[c->count++].vertex = &r->vertex[i];
    }
    if (chain_lay(c, 0, 34) <= width || chain_lay(c, 0, 24) <= width)
        return;
    for (int scale = 0; scale < (int)(sizeof scales / sizeof *scales); scale++)
        if (chain_lay(c, scale, 0) <= width)
            return;
}

/* busy █ back-pressured ▒ idle · in `width` cells. */
static void draw_triple(struct grid *g, struct rect row, int dx, int width,
                        const struct sp_vertex *v)
{
    int busy = (int)(v->busy / 1000 * width + 0.5);
    int bp = (int)((v->busy + v->backpressured) / 1000 * width + 0.5) - busy;
    for (int i = 0; i < width; i++) {
        bool is_busy = i < busy, is_bp = !is_busy && i < busy + bp;
        grid_put(g, row, dx + i, 0,
                 style_of(is_busy ? ROLE_LOCAL
                          : is_bp ? ROLE_BAD
                                  : ROLE_DIM),
                 is_busy ? 0x2588
                 : is_bp ? 0x2592
                         : 0xB7);
    }
}

static void draw_state(struct grid *g, struct rect row, const struct node *n)
{
    char percent[16];
    snprintf(percent, sizeof percent, " %.0f%%", n->vertex->busy / 10);
    int text = n->width >= 9 ? text_width(percent) : 0;
    draw_triple(g, row, n->x, n->width - text, n->vertex);
    if (text > 0)
        grid_text(g, row, n->x + n->width - text, 0, style_of(ROLE_TEXT), percent);
}

/* The remote lane, under the edge that leaves its operator, as wide as there is room. */
static void draw_branch(struct grid *g, struct rect row, const struct chain *c,
                        const struct sp_reading *r)
{
    const struct node *n = &c->node[c->burst];
    int from = n->x + n->width + 1;
    int to = c->burst + 1 < c->count ? c->node[c->burst + 1].x - 1 : row.w;
    char text[3][96];
    struct txt share = fmt_percent(r->burst_share), rate = fmt_si(r->burst_rate);
    snprintf(text[0], sizeof text[0], "╰ burst %s ═%s═▶ ƒ ×%lld ═╯", share.s, rate.s,
             (long long)r->calls_in_flight);
    snprintf(text[1], sizeof text[1], "╰ %s▶ ƒ ×%lld ╯", share.s, (long long)r->calls_in_flight);
    snprintf(text[2], sizeof text[2], "╰%s╯", share.s);
    for (int i = 0; i < 3; i++)
        if (from + text_width(text[i]) <= to) {
            grid_text(g, row, from, 0, style_of(r->burst_share > 0 ? ROLE_BURST : ROLE_DIM),
                      text[i]);
            return;
        }
}

static void draw_strip(struct grid *g, struct rect in, const struct sp_reading *r)
{
    struct chain c;
    chain_make(&c, r, in.w);
    for (int i = 0; i < c.count; i++) {
        struct node *n = &c.node[i];
        grid_text(g, in, n->x, 0, style_bold(n->vertex->bursts ? ROLE_BURST : ROLE_TEXT), n->label);
        grid_text(g, in, n->x + n->width, 0, style_of(ROLE_DIM), n->edge);
        draw_state(g, rect_row(in, 1), n);
    }
    if (c.burst >= 0)
        draw_branch(g, rect_row(in, 1), &c, r);
}

/* ---- the table ---------------------------------------------------------------------- */

#define CELL 40 /* columns of one instance */

static int instances_of(const struct sp_reading *r, const struct sp_vertex *v)
{
    if (v->parallelism <= 1 || v->first_instance < 0)
        return 0;
    int have = r->instance_count < SP_INSTANCES ? r->instance_count : SP_INSTANCES;
    int n = have - v->first_instance;
    return n < 0 ? 0 : n < v->parallelism ? n : v->parallelism;
}

static void draw_vertex(struct grid *g, struct rect row, const struct sp_vertex *v)
{
    static const char *const words[] = {"OK", "LOW", "HIGH"};
    static const enum role roles[] = {ROLE_GOOD, ROLE_WARN, ROLE_BAD};
    int level = v->level <= SP_BP_HIGH ? (int)v->level : SP_BP_HIGH;
    grid_textf(g, row, 1, 0, style_bold(v->bursts ? ROLE_BURST : ROLE_TEXT), "%-22.22s %3d %5d",
               v->name, v->parallelism, v->slots);
    draw_triple(g, row, 35, 20, v);
    grid_textf(g, row, 56, 0, style_of(ROLE_TEXT), "%4.0f %4.0f %4.0f", v->busy, v->backpressured,
               v->idle);
    grid_text(g, row, 71, 0, style_bold(roles[level]), words[level]);
    grid_textf(g, row, 76, 0, style_of(ROLE_TEXT), "%7.1f %7s %7s %8s %8s",
               v->accumulated_backpressured_s, fmt_si(v->in_rate).s, fmt_si(v->out_rate).s,
               fmt_si((double)v->queue).s, fmt_si((double)v->in_flight).s);
}

static void draw_instance(struct grid *g, struct rect row, int dx, const struct sp_vertex *v,
                          int number, const struct sp_instance *one)
{
    struct sp_vertex as_one = {
        .busy = one->busy, .backpressured = one->backpressured, .idle = one->idle};
    grid_textf(g, row, dx, 0, style_of(ROLE_DIM), "%.10s/%d", v->name, number);
    draw_triple(g, row, dx + 15, 10, &as_one);
    grid_textf(g, row, dx + 26, 0, style_of(ROLE_TEXT), "%3.0f%% q %s", one->busy / 10,
               fmt_si((double)(one->queue + one->in_flight)).s);
}

/* The instances of a vertex side by side, as many rows as they need and there are. */
static int draw_instances(struct grid *g, struct rect in, int y, const struct sp_reading *r,
                          const struct sp_vertex *v, int *left_out)
{
    int n = instances_of(r, v), across = (in.w - 3) / CELL < 1 ? 1 : (in.w - 3) / CELL;
    for (int i = 0; i < n; i++) {
        int row = y + i / across;
        if (row >= in.h - 1 && (i + across < n || row >= in.h)) {
            *left_out += n - i;
            return row;
        }
        draw_instance(g, rect_row(in, row), 3 + i % across * CELL, v, i,
                      &r->instance[v->first_instance + i]);
    }
    return y + (n + across - 1) / across;
}

static void draw_table(struct grid *g, struct rect in, const struct sp_reading *r)
{
    int y = 1, left_out = 0;
    grid_textf(g, in, 1, 0, style_of(ROLE_DIM),
               "%-22s %3s %5s  %-20s %4s %4s %4s %-4s %8s "
               "%7s %7s %8s %8s",
               "vertex", "par", "slots", "ms/s", "busy", "bp", "idle", "", "Σbp s", "in/s", "out/s",
               "waiting", "held");
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES; i++) {
        if (y >= in.h) {
            left_out++;
            continue;
        }
        draw_vertex(g, rect_row(in, y++), &r->vertex[i]);
        y = draw_instances(g, in, y, r, &r->vertex[i], &left_out);
    }
    if (left_out == 0)
        return;
    struct rect last = rect_row(in, in.h - 1);
    grid_fill(g, last, style_of(ROLE_TEXT), ' ');
    grid_textf(g, last, 3, 0, style_of(ROLE_WARN), "… and %d more", left_out);
}

void draw_pipeline(struct grid *g, struct rect in, const struct view *v)
{
    const struct sp_reading *r = v->reading;
    draw_strip(g, in, r);
    int blank = in.h >= 12 ? 1 : 0;
    if (in.h >= 5)
        draw_table(g, (struct rect){in.x, in.y + 2 + blank, in.w, in.h - 2 - blank}, r);
}

void note_pipeline(const struct view *v, int width, char *dst, size_t size)
{
    (void)v;
    snprintf(dst, size, "%s", width >= 50 ? "busy█ back-pressured▒ idle·" : "");
}
