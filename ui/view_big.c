/* Big digits: the figures that a room should read from its last row. */
#include "ui/view.h"

#include <stdio.h>
#include <string.h>

/* Three rows of three half-height cells: ▀ ▄ █, so each digit is 3 wide and 3 high. */
static const struct {
    char ch;
    const char *row[3];
} font[] = {
    {'0', {"█▀█", "█ █", "▀▀▀"}}, {'1', {"▀█ ", " █ ", "▀▀▀"}}, {'2', {"▀▀█", "█▀▀", "▀▀▀"}},
    {'3', {"▀▀█", " ▀█", "▀▀▀"}}, {'4', {"█ █", "▀▀█", "  ▀"}}, {'5', {"█▀▀", "▀▀█", "▀▀▀"}},
    {'6', {"█▀▀", "█▀█", "▀▀▀"}}, {'7', {"▀▀█", "  █", "  ▀"}}, {'8', {"█▀█", "█▀█", "▀▀▀"}},
    {'9', {"█▀█", "▀▀█", "▀▀▀"}}, {'.', {"   ", "   ", " ▄ "}}, {'-', {"   ", "▀▀▀", "   "}},
};

/* The same for ASCII, where half blocks do not exist. */
static const struct {
    char ch;
    const char *row[3];
} plain[] = {
    {'0', {" _ ", "| |", "|_|"}}, {'1', {"   ", "  |", "  |"}}, {'2', {" _ ", " _|", "|_ "}},
    {'3', {" _ ", " _|", " _|"}}, {'4', {"   ", "|_|", "  |"}}, {'5', {" _ ", "|_ ", " _|"}},
    {'6', {" _ ", "|_ ", "|_|"}}, {'7', {" _ ", "  |", "  |"}}, {'8', {" _ ", "|_|", "|_|"}},
    {'9', {" _ ", "|_|", " _|"}}, {'.', {"   ", "   ", " . "}}, {'-', {"   ", " _ ", "   "}},
};

#define GLYPHS (sizeof font / sizeof *font)

_Static_assert(sizeof plain / sizeof *plain == GLYPHS, "both sets have the same signs");

static const char *const *rows_of(char ch, bool ascii)
{
    for (size_t i = 0; i < GLYPHS; i++)
        if (font[i].ch == ch)
            return ascii ? plain[i].row : font[i].row;
    return NULL;
}

static bool is_big(char ch) { return strchr("0123456789.-", ch) != NULL && ch != 0; }

/* Cells that a figure takes: its leading digits big, its unit small. */
static int figure_width(const char *label, const char *text)
{
    int n = 0;
    for (; is_big(*text); text++)
        n += *text == '.' ? 2 : 4;
    n += text_width(text);
    return n > text_width(label) ? n : text_width(label);
}

static int draw_figure(struct grid *g, struct rect r, int dx, struct style s, bool ascii,
                       const char *label, const char *text)
{
    int end = sat_add(dx, figure_width(label, text)), x = dx;
    grid_text(g, r, dx, 3, style_of(ROLE_DIM), label);
    for (; is_big(*text); text++) {
        const char *const *row = rows_of(*text, ascii);
        bool dot = *text == '.';
        for (int y = 0; y < 3; y++)
            grid_text(g, r, dot ? x - 1 : x, y, s,
                      dot ? (y < 2   ? ""
                             : ascii ? " ."
                                     : " ▄")
                          : row[y]);
        x += dot ? 2 : 4;
    }
    grid_text(g, r, x, 2, s, text);
    return end;
}

void draw_big(struct grid *g, struct rect r, const struct view *v)
{
    const struct sp_reading *now = v->reading;
    bool ascii = v->glyphs == GLYPHS_ASCII;
    struct txt p99 = fmt_latency(now->latency.count > 0 ? now->latency.p99 : -1);
    const struct {
        const char *label;
        struct txt text;
        enum role role;
    } figures[] = {
        {"in/s", fmt_si(now->in_rate), ROLE_LOCAL},
        {"busy", fmt_percent(now->busy), now->busy >= 0.95 ? ROLE_WARN : ROLE_TEXT},
        {"p99", p99, ROLE_LINE},
        {"burst", fmt_percent(now->burst_share), now->burst_share > 0 ? ROLE_BURST : ROLE_TEXT},
        {"backlog", fmt_si((double)now->backlog), now->backlog > 0 ? ROLE_WARN : ROLE_TEXT},
        {"lost", fmt_si((double)now->lost), now->lost > 0 ? ROLE_BAD : ROLE_GOOD},
    };
    int dx = 1;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        int w = figure_width(figures[i].label, figures[i].text.s);
        if (dx + w > r.w)
            continue;
        dx = draw_figure(g, r, dx, style_bold(figures[i].role), ascii, figures[i].label,
                         figures[i].text.s) +
             3;
    }
}
