/* The cell grid. All clipping is done here, in one place: grid_put. */
#include "ui/grid.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int sat(int64_t v)
{
    if (v > INT_MAX)
        return INT_MAX;
    return v < INT_MIN ? INT_MIN : (int)v;
}

int sat_add(int a, int b) { return sat((int64_t)a + b); }

int sat_sub(int a, int b) { return sat((int64_t)a - b); }

bool rect_empty(struct rect r) { return r.w < 1 || r.h < 1; }

struct rect rect_common(struct rect a, struct rect b)
{
    if (rect_empty(a) || rect_empty(b))
        return (struct rect){0, 0, 0, 0};
    int x0 = a.x > b.x ? a.x : b.x;
    int y0 = a.y > b.y ? a.y : b.y;
    int ax = sat_add(a.x, a.w), bx = sat_add(b.x, b.w);
    int ay = sat_add(a.y, a.h), by = sat_add(b.y, b.h);
    struct rect c = {x0, y0, sat_sub(ax < bx ? ax : bx, x0), sat_sub(ay < by ? ay : by, y0)};
    return rect_empty(c) ? (struct rect){0, 0, 0, 0} : c;
}

struct rect rect_inside(struct rect r, int n)
{
    struct rect in = {sat_add(r.x, n), sat_add(r.y, n), sat_sub(r.w, sat_add(n, n)),
                      sat_sub(r.h, sat_add(n, n))};
    return rect_empty(in) ? (struct rect){0, 0, 0, 0} : in;
}

struct rect rect_row(struct rect r, int n)
{
    if (rect_empty(r) || n < 0 || n >= r.h)
        return (struct rect){0, 0, 0, 0};
    return (struct rect){r.x, sat_add(r.y, n), r.w, 1};
}

void grid_init(struct grid *g) { *g = (struct grid){0, 0, 0, NULL}; }

static int side(int n)
{
    if (n < 0)
        return 0;
    return n > GRID_SIDE_MAX ? GRID_SIDE_MAX : n;
}

bool grid_resize(struct grid *g, int width, int height)
{
    assert(g != NULL);
    int w = side(width), h = side(height);
    if (w * h > g->capacity) {
        struct cell *cell = realloc(g->cell, (size_t)(w * h) * sizeof *cell);
        if (cell == NULL) {
            g->width = g->height = 0;
            return false;
        }
        g->cell = cell;
        g->capacity = w * h;
    }
    g->width = w;
    g->height = h;
    grid_clear(g);
    return true;
}

void grid_fini(struct grid *g)
{
    free(g->cell);
    grid_init(g);
}

void grid_clear(struct grid *g)
{
    const struct cell blank = {' ', {ROLE_TEXT, ROLE_TEXT, 0}, 0};
    for (int i = 0; i < g->width * g->height; i++)
        g->cell[i] = blank;
}

struct cell *grid_at(const struct grid *g, int x, int y)
{
    if (x < 0 || y < 0 || x >= g->width || y >= g->height)
        return NULL;
    return &g->cell[y * g->width + x];
}

void grid_put(struct grid *g, struct rect area, int dx, int dy, struct style s, uint32_t ch)
{
    if (dx < 0 || dy < 0 || dx >= area.w || dy >= area.h)
        return;
    struct cell *c = grid_at(g, sat_add(area.x, dx), sat_add(area.y, dy));
    if (c != NULL)
        *c = (struct cell){ch, s, 0};
}

/* ---- UTF-8 ------------------------------------------------------------------------ */

uint32_t utf8_next(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    if (p[0] == 0)
        return 0;
    int more = p[0] < 0x80 ? 0 : p[0] < 0xC2 ? -1 : p[0] < 0xE0 ? 1 : p[0] < 0xF0 ? 2 : 3;
    if (p[0] > 0xF4)
        more = -1;
    uint32_t ch = more <= 0 ? p[0] : p[0] & (0x3Fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            more = -1;
            break;
        }
        ch = ch << 6 | (p[i] & 0x3Fu);
    }
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    bool bad = more < 0 || ch < least[more] || ch > 0x10FFFF || (ch >= 0xD800 && ch < 0xE000);
    *text += bad ? 1 : more + 1;
    return bad ? 0xFFFD : ch;
}

int utf8_put(uint32_t ch, char *dst)
{
    if (ch < 0x80) {
        dst[0] = (char)ch;
        return 1;
    }
    int more = ch < 0x800 ? 1 : ch < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    dst[0] = (char)(lead[more] | ch >> (6 * more));
    for (int i = 1; i <= more; i++)
        dst[i] = (char)(0x80 | (ch >> (6 * (more - i)) & 0x3F));
    return more + 1;
}

struct range {
    uint32_t first, last;
};

static bool in_ranges(uint32_t ch, const struct range *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ch >= r[i].first && ch <= r[i].last)
            return true;
    return false;
}

/* Characters that take no cell: combining marks, joiners, direction marks. */
static const struct range empty_ranges[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
    {0x064B, 0x065F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F},
    {0x202A, 0x202E}, {0x2060, 0x2064}, {0x2066, 0x206F}, {0x20D0, 0x20FF},
    {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0xE0000, 0xE0FFF}};

/* Characters that take two cells on most terminals; none is drawn. */
static const struct range wide_ranges[] = {
    {0x1100, 0x115F},  {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23F3},
    {0x25FD, 0x25FE},  {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267F, 0x267F},
    {0x2693, 0x2693},  {0x26A1, 0x26A1},   {0x2705, 0x2705},   {0x274C, 0x274C},
    {0x2753, 0x2757},  {0x2795, 0x2797},   {0x2E80, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},  {0x16FE0, 0x18CFF}, {0x1B000, 0x1B2FF}, {0x1F000, 0x1FAFF},
    {0x20000, 0x3FFFD}};

#define RANGES(r) (r), sizeof(r) / sizeof *(r)

/* The character as it is drawn, or 0 if it takes no cell. */
static uint32_t drawable(uint32_t ch)
{
    if (ch < 0x20 || (ch >= 0x7F && ch < 0xA0) || ch == 0xFFFD)
        return '?';
    if (ch < 0x300)
        return ch == 0xAD ? '-' : ch;
    if (in_ranges(ch, RANGES(empty_ranges)))
        return 0;
    return in_ranges(ch, RANGES(wide_ranges)) ? '?' : ch;
}

int text_width(const char *text)
{
    int n = 0;
    for (uint32_t ch; (ch = utf8_next(&text)) != 0;)
        if (drawable(ch) != 0)
            n = sat_add(n, 1);
    return n;
}

int grid_text(struct grid *g, struct rect area, int dx, int dy, struct style s, const char *text)
{
    assert(g != NULL && text != NULL);
    for (uint32_t ch; (ch = utf8_next(&text)) != 0;) {
        uint32_t drawn = drawable(ch);
        if (drawn == 0)
            continue;
        grid_put(g, area, dx, dy, s, drawn);
        dx = sat_add(dx, 1);
    }
    return dx;
}

int grid_text_cut(struct grid *g, struct rect area, int dx, int dy, struct style s,
                  const char *text)
{
    int end = grid_text(g, area, dx, dy, s, text);
    if (end > area.w && dx < area.w - 1)
        grid_put(g, area, area.w - 1, dy, s, 0x2026);
    return end;
}

int grid_textf(struct grid *g, struct rect area, int dx, int dy, struct style s, const char *format,
               ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return grid_text(g, area, dx, dy, s, text);
}

void grid_text_right(struct grid *g, struct rect area, int end, int dy, struct style s,
                     const char *text)
{
    grid_text(g, area, sat_sub(end, text_width(text)), dy, s, text);
}

void grid_fill(struct grid *g, struct rect area, struct style s, uint32_t ch)
{
    struct rect r = rect_common(area, (struct rect){0, 0, g->width, g->height});
    for (int y = 0; y < r.h; y++)
        for (int x = 0; x < r.w; x++)
            grid_put(g, r, x, y, s, ch);
}

void grid_attr(struct grid *g, struct rect area, uint8_t attr)
{
    struct rect r = rect_common(area, (struct rect){0, 0, g->width, g->height});
    for (int y = 0; y < r.h; y++)
        for (int x = 0; x < r.w; x++) {
            struct cell *c = &g->cell[(r.y + y) * g->width + r.x + x];
            c->style.attr = (uint8_t)(c->style.attr | attr);
        }
}

void grid_box(struct grid *g, struct rect area, struct style frame, const char *title,
              struct style title_style, const char *note)
{
    if (area.w < 2 || area.h < 2)
        return;
    int right = area.w - 1, bottom = area.h - 1;
    for (int x = 1; x < right; x++) {
        grid_put(g, area, x, 0, frame, 0x2500);
        grid_put(g, area, x, bottom, frame, 0x2500);
    }
    for (int y = 1; y < bottom; y++) {
        grid_put(g, area, 0, y, frame, 0x2502);
        grid_put(g, area, right, y, frame, 0x2502);
    }
    grid_put(g, area, 0, 0, frame, 0x250C);
    grid_put(g, area, right, 0, frame, 0x2510);
    grid_put(g, area, 0, bottom, frame, 0x2514);
    grid_put(g, area, right, bottom, frame, 0x2518);
    struct rect edge = {area.x, area.y, right, 1};
    int end = title == NULL ? 1 : grid_text(g, edge, 1, 0, title_style, title);
    if (title != NULL)
        grid_put(g, edge, end, 0, frame, ' ');
    if (note != NULL && sat_add(end, text_width(note)) < right - 2) {
        grid_text_right(g, edge, right - 1, 0, frame, note);
        grid_put(g, edge, right - 1, 0, frame, ' ');
    }
}

/* ---- text forms ------------------------------------------------------------------- */

size_t grid_dump_size(const struct grid *g)
{
    return (size_t)g->height * ((size_t)g->width * 4 + 1) + 1;
}

static uint32_t role_letter(const struct cell *c)
{
    uint32_t letter = c->style.role == ROLE_TEXT ? '.' : 'a' + (uint32_t)c->style.role;
    if (!(c->style.attr & ATTR_REVERSE))
        return letter;
    return letter == '.' ? '#' : letter - 'a' + 'A';
}

static size_t dump(const struct grid *g, char *dst, size_t size, bool roles)
{
    size_t n = 0;
    for (int y = 0; y < g->height; y++) {
        const struct cell *row = &g->cell[y * g->width];
        int end = g->width;
        while (end > 0 && row[end - 1].ch == ' ' &&
               !(roles && (row[end - 1].style.attr & ATTR_REVERSE)))
            end--;
        for (int x = 0; x < end && n + 6 < size; x++)
            n += (size_t)utf8_put(roles ? role_letter(&row[x]) : row[x].ch, dst + n);
        if (n + 2 < size)
            dst[n++] = '\n';
    }
    if (size > 0)
        dst[n] = 0;
    return n;
}

size_t grid_dump(const struct grid *g, char *dst, size_t size) { return dump(g, dst, size, false); }

size_t grid_dump_roles(const struct grid *g, char *dst, size_t size)
{
    return dump(g, dst, size, true);
}
