/* Themes, axes, scales, and what the latency panel shows. */
#include "ui/control_looks.h"

#include "ui/scale.h"

#include <stdio.h>
#include <string.h>

static const char *const latency_names[LATENCY_VIEWS] = {
    "percentiles over time, from due time to the sink", "all calls of the functions, as a map",
    "the mean latency split into its parts", "percentiles against each other (the window's curve)"};

static void next_theme(struct control *c, int64_t now_ns)
{
    struct looks *k = &c->view.looks;
    char text[120];
    if (k->colours == 0) {
        control_say(c, false, "no colours here (terminal, NO_COLOR or --mono)", now_ns);
        return;
    }
    k->theme = looks_next_theme(k->theme);
    c->view.mono = k->theme == THEME_MONO;
    c->redraw = true;
    snprintf(text, sizeof text, "theme: %s", theme_names[k->theme]);
    control_say(c, false, text, now_ns);
}

static void next_latency(struct control *c, int64_t now_ns)
{
    struct looks *k = &c->view.looks;
    char text[120];
    k->latency = (enum latency_view)((k->latency + 1) % LATENCY_VIEWS);
    snprintf(text, sizeof text, "latency: %s", latency_names[k->latency]);
    control_say(c, false, text, now_ns);
}

static bool is_graph(enum area a) { return a >= PANEL_RATE && a <= PANEL_LATENCY; }

/* The graphs that a key means: the one in focus, or all of them. */
static bool meant(const struct control *c, enum area a)
{
    enum area at = c->view.full != AREA_NONE ? c->view.full : c->view.focus;
    return is_graph(at) ? a == at : is_graph(a);
}

static void other_axis(struct control *c, int64_t now_ns)
{
    enum area last = AREA_NONE;
    for (enum area a = PANEL_RATE; a <= PANEL_LATENCY; a++)
        if (meant(c, a)) {
            c->view.looks.other_axis[a] = !c->view.looks.other_axis[a];
            c->view.looks.fixed[a].on = false;
            last = a;
        }
    bool log = (last == PANEL_LATENCY) != c->view.looks.other_axis[last];
    char text[80];
    snprintf(text, sizeof text, "[%d] has a %s axis", (int)last + 1,
             log ? "logarithmic" : "linear");
    control_say(c, false,
                is_graph(c->view.full != AREA_NONE ? c->view.full : c->view.focus)
                    ? text
                    : "every graph has its other axis",
                now_ns);
}

static void hold_scale(struct control *c, int64_t now_ns)
{
    bool held = false;
    for (enum area a = PANEL_RATE; a <= PANEL_LATENCY; a++) {
        if (!meant(c, a))
            continue;
        struct scale *s = &c->view.looks.fixed[a];
        if (s->on) {
            s->on = false;
            continue;
        }
        *s = graph_scale(&c->view, a);
        s->on = held = true;
    }
    control_say(c, false,
                held ? "the scale is held: a lets it go" : "the scale follows the figures again",
                now_ns);
}

void control_look(struct control *c, enum action action, int64_t now_ns)
{
    switch (action) {
    case ACT_THEME:
        next_theme(c, now_ns);
        break;
    case ACT_BIG:
        c->view.looks.big = !c->view.looks.big;
        break;
    case ACT_LATENCY:
        next_latency(c, now_ns);
        break;
    case ACT_AXIS:
        other_axis(c, now_ns);
        break;
    case ACT_SCALE:
        hold_scale(c, now_ns);
        break;
    default:
        break;
    }
}

void control_click(struct control *c, int x, int y)
{
    struct layout l;
    if (c->view.mode != MODE_MAIN)
        return;
    view_layout(c->width, c->height, &c->view, &l);
    for (int a = 0; a < PANEL_COUNT; a++) {
        const struct rect *r = &l.area[a];
        if (rect_empty(*r) || x < r->x || x >= r->x + r->w || y < r->y || y >= r->y + r->h)
            continue;
        if (c->view.focus == (enum area)a)
            c->view.full = c->view.full == (enum area)a ? AREA_NONE : (enum area)a;
        c->view.focus = (enum area)a;
    }
}

void control_setup_fill(struct control *c)
{
    int *at = c->view.menu.choice, rate = SETUP_RATES - 1;
    while (rate > 0 && setup_frames[rate] > c->view.fps_wanted)
        rate--;
    at[SETUP_THEME] = c->view.looks.theme;
    at[SETUP_GLYPHS] = (int)c->view.glyphs;
    at[SETUP_FRAMES] = rate;
    at[SETUP_MOUSE] = c->view.mouse;
    at[SETUP_BIG] = c->view.looks.big;
    at[SETUP_REDACT] = c->view.looks.redact;
}

void control_setup_use(struct control *c)
{
    int *at = c->view.menu.choice;
    if (c->view.looks.colours == 0)
        at[SETUP_THEME] = THEME_MONO;
    c->redraw = c->redraw || c->view.looks.theme != at[SETUP_THEME];
    c->view.looks.theme = at[SETUP_THEME];
    c->view.mono = at[SETUP_THEME] == THEME_MONO;
    c->view.glyphs = (enum glyphs)at[SETUP_GLYPHS];
    c->view.fps_wanted = setup_frames[at[SETUP_FRAMES]];
    c->view.mouse = at[SETUP_MOUSE];
    c->view.looks.big = at[SETUP_BIG];
    c->view.looks.redact = at[SETUP_REDACT];
}
