/* Legends: a sign in a panel's upper edge gets the colour of what it stands for. */
#include "ui/view.h"

#include <string.h>

/* Words before a sign; longer ones first. */
static const struct {
    const char *word;
    enum role role;
} words[] = {
    {"back-pressured", ROLE_BAD}, {"back-pressure", ROLE_BAD}, {"call p99", ROLE_LINE2},
    {"p99.9", ROLE_BAD},          {"p90", ROLE_DIM},           {"offered", ROLE_LINE},
    {"offer", ROLE_LINE},         {"backlog", ROLE_LOCAL},     {"queues", ROLE_LINE2},
    {"local", ROLE_LOCAL},        {"warm", ROLE_BURST},        {"starting", ROLE_BAD},
    {"burst", ROLE_BURST},        {"calls", ROLE_LINE2},       {"window", ROLE_LINE},
    {"busy", ROLE_LOCAL},         {"idle", ROLE_DIM},          {"run", ROLE_DIM},
    {"p99", ROLE_LINE},           {"p50", ROLE_LOCAL},         {"BP", ROLE_BAD},
};

static bool is_sign(uint32_t ch)
{
    return (ch >= 0x2588 && ch <= 0x2593) || ch == 0x2501 || ch == 0x254D || ch == 0x2022 ||
           ch == 0xB7 || ch == 0x2500;
}

static bool ends_with(const struct grid *g, int x, int y, const char *word)
{
    int n = (int)strlen(word);
    for (int i = 0; i < n; i++) {
        const struct cell *c = grid_at(g, x - n + i, y);
        if (c == NULL || c->ch != (uint32_t)(unsigned char)word[i])
            return false;
    }
    return true;
}

/* Shades of the map in a row: from few to many. */
static bool heat_sign(struct grid *g, int x, int y)
{
    static const uint32_t shades[] = {0x2591, 0x2592, 0x2593, 0x2588};
    for (int i = 0; i < 4; i++) {
        const struct cell *c = grid_at(g, x + i, y);
        if (c == NULL || c->ch != shades[i])
            return false;
    }
    for (int i = 0; i < 4; i++)
        grid_at(g, x + i, y)->style.role = (uint8_t)(ROLE_HEAT + 1 + i * 2 + (i == 3));
    return true;
}

void legend_paint(struct grid *g, struct rect edge)
{
    for (int x = edge.x; x < edge.x + edge.w; x++) {
        struct cell *c = grid_at(g, x, edge.y);
        if (c == NULL || !is_sign(c->ch) || heat_sign(g, x, edge.y))
            continue;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (c->style.role == ROLE_FRAME && ends_with(g, x, edge.y, words[i].word)) {
                c->style.role = (uint8_t)words[i].role;
                break;
            }
    }
}
