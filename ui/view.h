/* Views: reading, history and the state of the screen in, cells out. Pure: nothing
 * here changes what it reads, asks the time or knows a terminal. */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include "ui/cmdline.h"
#include "ui/fmt.h"
#include "ui/glyphs.h"
#include "ui/help.h"
#include "ui/history.h"
#include "ui/knobs.h"
#include "ui/layout.h"
#include "ui/looks.h"
#include "ui/menu.h"

enum mode { MODE_MAIN, MODE_COMMAND, MODE_ENTRY, MODE_FIND, MODE_HELP, MODE_MENU };

/* True where characters go into a line. */
static inline bool mode_types(enum mode m)
{
    return m == MODE_COMMAND || m == MODE_ENTRY || m == MODE_FIND;
}

/* The readings come from a recording. */
struct replay_view {
    bool on, playing;
    int speed_ppm;
    int64_t end_ns; /* of the recording */
};

/* All that a frame depends on. */
struct view {
    const struct sp_reading *reading; /* shown: the newest, or the frozen one */
    const struct history *history;
    int64_t newest_ns; /* engine time of the newest reading; later than reading's if frozen */
    bool frozen;
    struct replay_view replay;
    uint64_t recorded; /* bytes of the recording under way; 0: none */
    bool ended;        /* the run is over */
    bool race;         /* a lane of a race: its keys are on the bar */
    int64_t stale_ns;  /* since the last reading came; shown above one second */
    int fps;           /* frames a second in force; shown when below what is wanted */
    int64_t window_ns; /* width of the graphs */
    int64_t end_ns;    /* right edge of the graphs, 0: the reading's instant (view_end) */
    bool cross;        /* the cross-hair is on; the reading is as of its instant */
    int64_t cross_ns;
    bool cross_gap;              /* and nothing was recorded there */
    uint64_t marker;             /* event jumped to: before and after are shown; 0 = none */
    const struct report *report; /* laid over the screen; NULL = none (view_time.h) */
    enum glyphs glyphs;
    bool mono; /* no colours: shapes alone must tell */
    struct looks looks;
    enum area focus, full;  /* panels, or AREA_NONE */
    int knob;               /* selected, enum knob */
    struct knob_view knobs; /* what changed, what is collected */
    enum mode mode;
    const struct cmdline *line; /* where mode_types() */
    const char *filter;         /* of the events: a word, or !word; "" = all */
    int fps_wanted;             /* frames a second, as set up */
    bool mouse;
    const char *hint; /* under it: what is wrong with it, or could follow */
    bool hint_bad;
    struct menu menu;      /* in MODE_MENU */
    struct help_view help; /* in MODE_HELP */
    bool card;             /* the first run's card */
    const char *status;    /* message for the person; "" = none */
    bool status_bad;
};

/* Right edge of the graphs. With a cross-hair the reading is that of an instant before it:
 * a graph ends here, not at the reading. */
static inline int64_t view_end(const struct view *v)
{
    return v->end_ns > 0 ? v->end_ns : v->reading->now_ns;
}

struct cursor {
    bool shown;
    int x, y;
};

/* Draws a whole frame. Any size of grid. */
void view_draw(struct grid *g, const struct view *v, struct cursor *cursor);
/* The layout that view_draw uses. */
void view_layout(int width, int height, const struct view *v, struct layout *out);

/* A panel's title: "Rate rec/s". */
const char *panel_title(enum area a);
/* Does the filter let an event through? */
bool event_passes(const struct sp_event *e, const char *filter);

/* ---- parts of views, for ui/view*.c alone --------------------------------------- */

/* One kind of panel: its title and how its inside is drawn. */
struct panel {
    enum area area;
    const char *title;
    void (*note)(const struct view *v, int width, char *dst, size_t size); /* or NULL */
    void (*draw)(struct grid *g, struct rect inside, const struct view *v);
};

/* One line (or the ruler) of the screen. */
struct strip {
    enum area area;
    void (*draw)(struct grid *g, struct rect r, const struct view *v);
};

static inline struct style style_of(enum role role)
{
    return (struct style){(uint8_t)role, ROLE_TEXT, 0};
}

static inline struct style style_bold(enum role role)
{
    return (struct style){(uint8_t)role, ROLE_TEXT, ATTR_BOLD};
}

void draw_pipeline(struct grid *g, struct rect in, const struct view *v);
void draw_rate(struct grid *g, struct rect in, const struct view *v);
void draw_busy(struct grid *g, struct rect in, const struct view *v);
void draw_backlog(struct grid *g, struct rect in, const struct view *v);
void draw_latency(struct grid *g, struct rect in, const struct view *v);
void draw_knobs(struct grid *g, struct rect in, const struct view *v);
/* One sentence on the selected knob, its range and its keys. */
void draw_knob_hint(struct grid *g, struct rect r, const struct view *v);
void draw_calls(struct grid *g, struct rect in, const struct view *v);
void draw_events(struct grid *g, struct rect in, const struct view *v);
void draw_ledger(struct grid *g, struct rect in, const struct view *v);
void note_ledger(const struct view *v, int width, char *dst, size_t size);
void note_rate(const struct view *v, int width, char *dst, size_t size);
void note_busy(const struct view *v, int width, char *dst, size_t size);
void note_backlog(const struct view *v, int width, char *dst, size_t size);
void note_latency(const struct view *v, int width, char *dst, size_t size);
void note_knobs(const struct view *v, int width, char *dst, size_t size);
void note_pipeline(const struct view *v, int width, char *dst, size_t size);
void note_events(const struct view *v, int width, char *dst, size_t size);

void draw_title(struct grid *g, struct rect r, const struct view *v);
void draw_kpi(struct grid *g, struct rect r, const struct view *v);
void draw_ledger_line(struct grid *g, struct rect r, const struct view *v);
void draw_ruler(struct grid *g, struct rect r, const struct view *v);
void draw_note(struct grid *g, struct rect r, const struct view *v);
void draw_hint(struct grid *g, struct rect r, const struct view *v);
void draw_keys(struct grid *g, struct rect r, const struct view *v);
void draw_spark_in(struct grid *g, struct rect r, const struct view *v);
void draw_spark_busy(struct grid *g, struct rect r, const struct view *v);
void draw_spark_bp(struct grid *g, struct rect r, const struct view *v);
void draw_spark_call(struct grid *g, struct rect r, const struct view *v);
void draw_spark_p99(struct grid *g, struct rect r, const struct view *v);
void draw_small_ledger(struct grid *g, struct rect r, const struct view *v);
void draw_small_knobs(struct grid *g, struct rect r, const struct view *v);
void draw_small_event(struct grid *g, struct rect r, const struct view *v);
void draw_big(struct grid *g, struct rect r, const struct view *v);
void draw_help(struct grid *g, struct rect r, const struct view *v);
/* The line being typed, and under it what is wrong with it or could follow. */
void draw_typing(struct grid *g, const struct view *v, struct cursor *cursor);
void draw_card(struct grid *g);

/* Colours the signs of a legend in a panel's upper edge. */
void legend_paint(struct grid *g, struct rect edge);

/* Glyph and colour of a kind of event. */
const char *event_glyph(char kind);
enum role event_role(char kind);

#endif
