/* The ledger: does every record balance, where are the ones in flight, which was the first
 * at fault. */
#include "ui/view.h"

#include <stdio.h>

static int draw_balance(struct grid *g, struct rect in, const struct sp_reading *r)
{
    char text[200];
    snprintf(text, sizeof text, "in %s = out %s + in flight %s + dead letter %s",
             fmt_grouped(r->in).s, fmt_grouped(r->out).s,
             fmt_grouped((uint64_t)(r->in_flight > 0 ? r->in_flight : 0)).s,
             fmt_grouped(r->dead).s);
    const char *verdict = r->balanced ? "✓ balances" : "✗ DOES NOT BALANCE";
    struct style s = style_bold(r->balanced ? ROLE_GOOD : ROLE_BAD);
    if (text_width(text) + 3 + text_width(verdict) <= in.w) {
        grid_textf(g, in, 0, 0, s, "%s   %s", text, verdict);
        return 1;
    }
    if (in.h < 9) {
        grid_textf(g, in, 0, 0, s, "%s  in flight %s  dead %s", r->balanced ? "✓" : "✗",
                   fmt_si((double)r->in_flight).s, fmt_si((double)r->dead).s);
        return 1;
    }
    grid_text(g, in, 0, 0, s, verdict);
    const struct {
        const char *name;
        uint64_t n;
    } terms[] = {{"in", r->in},
                 {"= out", r->out},
                 {"+ in flight", (uint64_t)(r->in_flight > 0 ? r->in_flight : 0)},
                 {"+ dead letter", r->dead}};
    for (int i = 0; i < 4; i++)
        grid_textf(g, in, 2, 1 + i, s, "%-14s %20s", terms[i].name, fmt_grouped(terms[i].n).s);
    return 5;
}

static int draw_faults(struct grid *g, struct rect in, int y, const struct sp_reading *r)
{
    const struct {
        const char *name;
        uint64_t n;
    } faults[] = {
        {"lost", r->lost}, {"duplicated", r->duplicated}, {"out of order", r->disordered}};
    int dx = 0;
    for (int i = 0; i < 3; i++) {
        char text[80];
        snprintf(text, sizeof text, "%s %s", faults[i].name, fmt_grouped(faults[i].n).s);
        if (dx > 0 && dx + text_width(text) > in.w) {
            dx = 0;
            y++;
        }
        dx = grid_text(g, in, dx, y, faults[i].n > 0 ? style_bold(ROLE_BAD) : style_of(ROLE_TEXT),
                       text) +
             3;
    }
    y++;
    for (int i = 0; i < r->faults && i < SP_FAULTS; i++)
        grid_textf(g, in, 0, y++, style_bold(ROLE_BAD), "first %s: record %s%s", r->fault[i].what,
                   fmt_record(r->fault[i].id).s, i == 0 ? " (source:number)" : "");
    return y;
}

/* One place where records are, with its share of all that are in flight. */
static void draw_place(struct grid *g, struct rect row, const char *name, int64_t waiting,
                       int64_t held, int64_t all, bool remote)
{
    grid_textf(g, row, 2, 0, remote ? style_bold(ROLE_BURST) : style_of(ROLE_TEXT), "%-24.24s",
               name);
    grid_textf(g, row, 27, 0, style_of(ROLE_TEXT), "%9s %9s", fmt_si((double)waiting).s,
               fmt_si((double)held).s);
    int width = row.w - 49;
    double share = all > 0 ? (double)(waiting + held) / (double)all : 0;
    int n = (int)((share > 1 ? 1 : share) * width * 8 + 0.5);
    if (share > 0 && n < 1)
        n = 1;
    for (int x = 0; x < width && n > 0; x++, n -= 8)
        grid_put(g, row, 48 + x, 0, style_of(remote ? ROLE_BURST : ROLE_LOCAL),
                 n >= 8 ? 0x2588 : 0x2590 - (uint32_t)n);
}

static void draw_places(struct grid *g, struct rect in, int y, const struct sp_reading *r)
{
    int64_t all = 0;
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES; i++)
        all += r->vertex[i].queue + r->vertex[i].in_flight;
    grid_text(g, in, 0, y, style_bold(ROLE_TEXT), "in flight, where they are");
    grid_textf(g, in, 27, y++, style_of(ROLE_DIM), "%9s %9s", "waiting", "held");
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES; i++) {
        const struct sp_vertex *v = &r->vertex[i];
        draw_place(g, rect_row(in, y++), v->name, v->queue, v->in_flight, all, v->remote);
    }
    grid_textf(g, in, 2, y++, style_of(ROLE_DIM), "%-24s %9s    backlog (due, not emitted) %s",
               "together", fmt_si((double)all).s, fmt_si((double)r->backlog).s);
}

void draw_ledger(struct grid *g, struct rect in, const struct view *v)
{
    const struct sp_reading *r = v->reading;
    int y = draw_balance(g, in, r);
    y = draw_faults(g, in, y, r);
    grid_textf(g, in, 0, y++, style_of(ROLE_DIM), "tokens %s   digest of the output %016llx",
               fmt_grouped(r->tokens).s, (unsigned long long)r->digest);
    y += in.h > y + r->vertex_count + 3 ? 1 : 0;
    draw_places(g, in, y, r);
}

void note_ledger(const struct view *v, int width, char *dst, size_t size)
{
    (void)v;
    snprintf(dst, size, "%s", width >= 60 ? "records, each counted where it is" : "");
}
