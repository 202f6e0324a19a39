/* Fitting figures into a line. */
#include "ui/fit.h"

#include <stdio.h>

void fit_add(struct fit *f, int rank, bool group, struct style style, const char *wide,
             const char *narrow, const char *tiny)
{
    assert(f->count < FIT_ITEMS);
    struct fit_item *i = &f->item[f->count++];
    i->style = style;
    i->rank = rank;
    i->group = group;
    snprintf(i->form[0], FIT_TEXT, "%s", wide);
    snprintf(i->form[1], FIT_TEXT, "%s", narrow != NULL ? narrow : wide);
    snprintf(i->form[2], FIT_TEXT, "%s", tiny != NULL ? tiny : i->form[1]);
}

/* Which form each item takes now; FIT_FORMS = left out. */
struct choice {
    int form[FIT_ITEMS];
};

static int gap(const struct fit *f, int i, bool first)
{
    return first ? 0 : f->item[i].group ? 3 : 1;
}

static int length(const struct fit *f, const struct choice *c)
{
    int n = 0;
    bool first = true;
    for (int i = 0; i < f->count; i++) {
        if (c->form[i] >= FIT_FORMS)
            continue;
        n += gap(f, i, first) + text_width(f->item[i].form[c->form[i]]);
        first = false;
    }
    return n;
}

/* Shortens the least dear item that still has the given form. False: none has. */
static bool shorten(const struct fit *f, struct choice *c, int form)
{
    int worst = -1;
    for (int i = 0; i < f->count; i++)
        if (c->form[i] == form && (worst < 0 || f->item[i].rank >= f->item[worst].rank))
            worst = i;
    if (worst >= 0)
        c->form[worst]++;
    return worst >= 0;
}

int fit_draw(const struct fit *f, struct grid *g, struct rect r, int dx)
{
    struct choice c = {{0}};
    int room = sat_sub(r.w, dx), form = 0;
    while (length(f, &c) > room && form < FIT_FORMS)
        if (!shorten(f, &c, form))
            form++;
    bool first = true;
    for (int i = 0; i < f->count; i++) {
        if (c.form[i] >= FIT_FORMS)
            continue;
        if (!first && f->item[i].group)
            grid_text(g, r, dx, 0, (struct style){ROLE_FRAME, ROLE_TEXT, 0}, " │ ");
        dx = sat_add(dx, gap(f, i, first));
        dx = grid_text(g, r, dx, 0, f->item[i].style, f->item[i].form[c.form[i]]);
        first = false;
    }
    return dx;
}

/* Takes the next row of at most `width` columns from *text. */
static void next_row(const char **text, int width, char *row, size_t size)
{
    const char *p = *text, *end = p, *blank = NULL;
    for (int w = 0; w <= width; w++) {
        if (*p == 0 || *p == ' ')
            blank = p;
        end = p;
        if (utf8_next(&p) == 0)
            break;
    }
    if (blank != NULL && blank > *text)
        end = blank;
    snprintf(row, size, "%.*s", (int)(end - *text), *text);
    *text = end > *text ? end : p;
    while (**text == ' ')
        (*text)++;
}

int fit_rows(int width, const char *text)
{
    char row[400];
    int n = 0;
    for (; width > 0 && *text != 0; n++)
        next_row(&text, width, row, sizeof row);
    return n;
}

int fit_wrap(struct grid *g, struct rect area, struct style s, const char *text)
{
    char row[400];
    int y = 0;
    for (; area.w > 0 && *text != 0; y++) {
        next_row(&text, area.w, row, sizeof row);
        grid_text(g, area, 0, y, s, row);
    }
    return y;
}
