/* How the screen looks: what a person may switch at any time, and what options and
 * environment make of a terminal at the start. */
#ifndef UI_LOOKS_H
#define UI_LOOKS_H

#include "ui/glyphs.h"
#include "ui/layout.h"
#include "ui/palette.h"

/* What the latency panel shows; V goes from one to the next. */
enum latency_view {
    LATENCY_LINES, /* percentiles over time, due -> sink */
    LATENCY_HEAT,  /* map of all call latencies */
    LATENCY_PARTS, /* the mean, split into what it is made of */
    LATENCY_CURVE, /* percentiles of the window against each other */
    LATENCY_VIEWS
};

/* A scale held fast. */
struct scale {
    bool on;
    double low, high;
};

struct looks {
    int theme;   /* number, palette.h */
    int colours; /* 256, 16, 8, 0: what the terminal has */
    bool big;    /* figures in big digits */
    bool redact; /* account numbers, ARNs and host names are masked */
    enum latency_view latency;
    bool other_axis[PANEL_COUNT]; /* logarithmic where it is usually linear, and back */
    struct scale fixed[PANEL_COUNT];
};

/* What was asked for on the command line; all zero: nothing. */
struct look_options {
    int theme;  /* number + 1; 0: not said */
    int glyphs; /* number + 1; 0: not said */
    bool mono, big, redact, mouse, linear;
};

/* Colours to use of the `have` that a terminal has: options go before the environment,
 * and there FORCE_COLOR before NO_COLOR, CLICOLOR_FORCE before CLICOLOR. FORCE_COLOR=1 asks
 * for 16 colours where the terminal admits to none, 2 and more for 256. `env` is getenv. */
int looks_colours(const struct look_options *o, int have, char *(*env)(const char *));
/* The theme at the start: as asked for; else light where COLORFGBG says that the ground is
 * light; else dark. */
int looks_theme(const struct look_options *o, char *(*env)(const char *));

/* The theme after `theme`, in a ring; without the user's own if there is none. */
int looks_next_theme(int theme);

/* Masks what a room should not see, in place: runs of ten digits and more, ARNs, the host
 * part of addresses. Changes no length. */
void redact_text(char *text);
/* The same for every row of a grid; digits that a frame cuts off count from five on. */
void redact_grid(struct grid *g);

#endif
