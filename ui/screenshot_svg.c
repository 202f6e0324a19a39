/* A grid as a picture. Letters are text; blocks, braille, frames and lines are shapes, so
 * that the picture looks the same whatever fonts are there. */
#include "ui/screenshot.h"

#include <string.h>

#define W SVG_CELL_W
#define H SVG_CELL_H

/* What a cell looks like once the terminal's own colours and reversal are settled. */
struct paint {
    int fore, back;
    bool bold, underline;
};

static struct paint paint_of(const struct shot_look *look, const struct cell *c)
{
    const struct theme *t = theme_get(look->theme);
    struct ink k = theme_ink(t, look->theme == THEME_MONO ? 0 : look->colours, c);
    struct paint p = {k.fore < 0 ? (t->on_light ? 16 : 252) : k.fore,
                      k.back < 0 ? (t->on_light ? 231 : 233) : k.back, (k.attr & ATTR_BOLD) != 0,
                      (k.attr & ATTR_UNDERLINE) != 0};
    if (k.attr & ATTR_REVERSE) {
        int fore = p.fore;
        p.fore = p.back;
        p.back = fore;
    }
    return p;
}

static void rect(struct shot_out *o, int x, int y, int w, int h)
{
    shot_put(o, "M%d %dh%dv%dh-%dz", x, y, w, h, w);
}

/* ---- shapes -------------------------------------------------------------------------- */

/* Frames: thickness of the strokes from the middle up, right, down, left. */
static const struct {
    uint32_t ch;
    int up, right, down, left;
} strokes[] = {
    {0x2500, 0, 1, 0, 1}, {0x2502, 1, 0, 1, 0}, {0x250C, 0, 1, 1, 0}, {0x2510, 0, 0, 1, 1},
    {0x2514, 1, 1, 0, 0}, {0x2518, 1, 0, 0, 1}, {0x251C, 1, 1, 1, 0}, {0x2524, 1, 0, 1, 1},
    {0x2501, 0, 3, 0, 3}, {0x2503, 3, 0, 3, 0}, {0x2570, 1, 1, 0, 0}, {0x256F, 1, 0, 0, 1},
    {0x253C, 1, 1, 1, 1}, {0x252C, 0, 1, 1, 1}, {0x2534, 1, 1, 0, 1},
};

static bool put_strokes(struct shot_out *o, uint32_t ch, int x, int y)
{
    for (size_t i = 0; i < sizeof strokes / sizeof *strokes; i++) {
        if (strokes[i].ch != ch)
            continue;
        int up = strokes[i].up, right = strokes[i].right, down = strokes[i].down;
        int left = strokes[i].left;
        int half = up > 1 || right > 1 ? 1 : 0;
        if (up > 0)
            rect(o, x + W / 2 - half, y, up, H / 2 + 1);
        if (down > 0)
            rect(o, x + W / 2 - half, y + H / 2, down, H / 2);
        if (left > 0)
            rect(o, x, y + H / 2 - half, W / 2 + 1, left);
        if (right > 0)
            rect(o, x + W / 2, y + H / 2 - half, W / 2, right);
        return true;
    }
    return false;
}

static void put_braille(struct shot_out *o, uint32_t bits, int x, int y)
{
    static const int column[8] = {0, 0, 0, 1, 1, 1, 0, 1}, row[8] = {0, 1, 2, 0, 1, 2, 3, 3};
    for (int i = 0; i < 8; i++)
        if (bits >> i & 1)
            rect(o, x + column[i] * 5, y + row[i] * 5, 4, 4);
}

/* Writes the outline of a character that is a shape. false: it is a letter, or blank. */
static bool put_shape(struct shot_out *o, uint32_t ch, int x, int y)
{
    if (ch > 0x2800 && ch <= 0x28FF)
        put_braille(o, ch - 0x2800, x, y);
    else if (ch >= 0x2581 && ch <= 0x2588)
        shot_put(o, "M%d %dh%dV%.1fh-%dz", x, y + H, W, y + H - H * (ch - 0x2580) / 8.0, W);
    else if (ch >= 0x2589 && ch <= 0x258F)
        shot_put(o, "M%d %dh%.2fv%dH%dz", x, y, W * (0x2590 - ch) / 8.0, H, x);
    else if (ch == 0x2580)
        rect(o, x, y, W, H / 2);
    else if (ch >= 0x2591 && ch <= 0x2593)
        rect(o, x, y, W, H);
    else if (ch == 0x2595)
        rect(o, x + W - 1, y, 1, H);
    else if (ch == 0x2504 || ch == 0x254D)
        for (int i = 0; i < (ch == 0x2504 ? 3 : 2); i++)
            rect(o, x + i * W / (ch == 0x2504 ? 3 : 2), y + H / 2 - (ch == 0x254D),
                 ch == 0x2504 ? 2 : 3, ch == 0x2504 ? 1 : 3);
    else if (ch == 0x250A)
        for (int i = 0; i < 4; i++)
            rect(o, x + W / 2, y + i * 5, 1, 2);
    else if (ch == 0x2550) {
        rect(o, x, y + H / 2 - 2, W, 1);
        rect(o, x, y + H / 2 + 1, W, 1);
    } else
        return put_strokes(o, ch, x, y);
    return true;
}

static bool is_shape(uint32_t ch)
{
    struct shot_out none = {.failed = true};
    return put_shape(&none, ch, 0, 0);
}

/* How dense a shade is, in quarters; 4 for all else. */
static int density(uint32_t ch) { return ch >= 0x2591 && ch <= 0x2593 ? (int)(ch - 0x2590) : 4; }

/* ---- the parts of a picture ------------------------------------------------------------ */

/* All shapes of one colour and density are one path. */
static void put_shapes(struct shot_out *o, const struct grid *g, const struct shot_look *look,
                       int top, int colour, int dense)
{
    bool any = false;
    for (int y = 0; y < g->height; y++)
        for (int x = 0; x < g->width; x++) {
            const struct cell *c = grid_at(g, x, y);
            if (density(c->ch) != dense || paint_of(look, c).fore != colour || !is_shape(c->ch))
                continue;
            if (!any)
                shot_put(o, "<path fill=\"#%06x\"", colour_rgb(colour));
            if (!any && dense < 4)
                shot_put(o, " fill-opacity=\"0.%d\"", dense * 25);
            if (!any)
                shot_put(o, " d=\"");
            any = true;
            put_shape(o, c->ch, x * W, top + y * H);
        }
    if (any)
        shot_put(o, "\"/>\n");
}

static void put_grounds(struct shot_out *o, const struct grid *g, const struct shot_look *look,
                        int top)
{
    const struct cell blank = {' ', {ROLE_TEXT, ROLE_TEXT, 0}, 0};
    int ground = paint_of(look, &blank).back;
    shot_put(o, "<rect y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n", top, g->width * W,
             g->height * H, colour_rgb(ground));
    for (int y = 0; y < g->height; y++)
        for (int x = 0, n; x < g->width; x += n) {
            int back = paint_of(look, grid_at(g, x, y)).back;
            for (n = 1; x + n < g->width && paint_of(look, grid_at(g, x + n, y)).back == back;)
                n++;
            if (back != ground)
                shot_put(o, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
                         x * W, top + y * H, n * W, H, colour_rgb(back));
        }
}

static void put_letter(struct shot_out *o, uint32_t ch)
{
    char c[5] = "";
    c[utf8_put(ch, c)] = 0;
    shot_put(o, "%s", ch == '<' ? "&lt;" : ch == '>' ? "&gt;" : ch == '&' ? "&amp;" : c);
}

static bool same(const struct paint *a, const struct paint *b)
{
    return a->fore == b->fore && a->bold == b->bold && a->underline == b->underline;
}

/* Letters of one row: a run of one style is one piece of text, stretched to its cells. */
static void put_text(struct shot_out *o, const struct grid *g, const struct shot_look *look,
                     int top, int y)
{
    for (int x = 0, n; x < g->width; x += n) {
        const struct cell *c = grid_at(g, x, y);
        struct paint p = paint_of(look, c);
        n = 1;
        if (c->ch == ' ' || is_shape(c->ch))
            continue;
        for (; x + n < g->width; n++) {
            const struct cell *next = grid_at(g, x + n, y);
            struct paint q = paint_of(look, next);
            if (next->ch == ' ' || is_shape(next->ch) || !same(&p, &q))
                break;
        }
        shot_put(o,
                 "<text x=\"%d\" y=\"%d\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\" "
                 "fill=\"#%06x\"%s%s>",
                 x * W, top + y * H + 15, n * W, colour_rgb(p.fore),
                 p.bold ? " font-weight=\"bold\"" : "",
                 p.underline ? " text-decoration=\"underline\"" : "");
        for (int i = 0; i < n; i++)
            put_letter(o, grid_at(g, x + i, y)->ch);
        shot_put(o, "</text>\n");
    }
}

void shot_svg(struct shot_out *o, const struct grid *g, const struct shot_look *look, int top)
{
    bool used[256];
    memset(used, 0, sizeof used);
    put_grounds(o, g, look, top);
    for (int i = 0; i < g->width * g->height; i++)
        used[paint_of(look, &g->cell[i]).fore & 255] = true;
    for (int colour = 0; colour < 256; colour++)
        for (int dense = 1; used[colour] && dense <= 4; dense++)
            put_shapes(o, g, look, top, colour, dense);
    for (int y = 0; y < g->height; y++)
        put_text(o, g, look, top, y);
}
