/* Screens without a terminal: a run under virtual time is played to an instant, keys are
 * pressed, and what the terminal would show is written as text, with colours, or as a
 * picture. */
#ifndef UI_SCREENSHOT_H
#define UI_SCREENSHOT_H

#include "ui/control.h"

#define SHOTS 64
#define SHOT_WIDTH_MAX 300
#define SHOT_HEIGHT_MAX 120

enum shot_format { SHOT_TXT, SHOT_ANSI, SHOT_SVG };

/* WxH@T, and after another colon the keys to press then: 120x36@30s:55, 80x24@10s:<Tab>f */
struct shot {
    int width, height;
    int64_t at_ns;
    const char *keys; /* borrowed; "" = none */
    const char *text; /* as it was asked for */
};

struct shots {
    struct shot shot[SHOTS];
    int count;
    enum shot_format format;
    bool replay; /* the screens are a replay's, and say so */
};

/* Adds a shot; 0 or ERR_BAD with the sentence. */
MUST_USE int shots_add(struct shots *s, const char *text, struct err *e);
MUST_USE int shots_format(struct shots *s, const char *name, struct err *e);
/* The latest instant asked for. */
int64_t shots_end(const struct shots *s);

/* How a shot is drawn. */
struct shot_look {
    int theme, colours;
    enum glyphs glyphs;
    bool big, redact;
};

/* Runs the engine and writes every shot to standard output. Returns the exit code. */
int screenshot_run(const struct sp_options *engine, const struct shots *s,
                   const struct look_options *look);

/* The same over readings from elsewhere: run hands them to tick until it returns false. */
typedef int shot_run_fn(void *of, sp_tick_fn *tick, void *context, struct err *e);
int screenshot_run_of(shot_run_fn *run, void *of, const struct shots *s,
                      const struct look_options *look);

/* ---- its parts, which tests use too ------------------------------------------------- */

/* Plays a run and calls `at` at each of `count` instants, in ascending order, with the
 * screen as of then; it returns 0 to go on. Returns 0, ERR_BAD if the run ended before an
 * instant, or what failed. */
typedef int shot_fn(void *context, struct control *c, int index);
MUST_USE int screenshot_play(const struct sp_options *engine, const int64_t *at_ns, int count,
                             shot_fn *at, void *context, struct err *e);
MUST_USE int screenshot_play_of(shot_run_fn *run, void *of, const int64_t *at_ns, int count,
                                shot_fn *at, void *context, struct err *e);
/* Draws one frame of the control's screen into g after pressing keys; the control is as
 * before afterwards. false: no memory. */
MUST_USE bool shot_draw(struct control *c, const struct shot *s, const struct shot_look *look,
                        struct grid *g);
/* Presses keys as a person would; a name in <> is one key: <Enter>, <Tab>, <F7>. */
void shot_keys(struct control *c, const char *keys);

/* The next key of such a text; moves past it. */
uint32_t shot_key(const char **keys);
/* Gives a view the look of a picture; what that look is by options and environment. */
void shot_view(struct view *v, const struct shot_look *look);
struct shot_look shot_look_of(const struct look_options *o, enum shot_format format);

/* Text of a grid in a format, to a growing buffer. */
struct shot_out {
    char *text; /* owned; NULL: no memory, or nothing yet */
    size_t size, capacity;
    bool failed;
};
void shot_write(struct shot_out *o, const struct grid *g, enum shot_format format,
                const struct shot_look *look, const char *title);
/* To standard output. */
MUST_USE int shot_output(const struct shot_out *o, struct err *e);
/* One row with its colours, ended by the terminal's own, without LF. */
void shot_row(struct shot_out *o, const struct grid *g, int y, const struct shot_look *look);
void shot_put(struct shot_out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A picture, its upper edge at y; part of a larger one. */
void shot_svg(struct shot_out *o, const struct grid *g, const struct shot_look *look, int y);
/* Size of one cell in a picture. */
#define SVG_CELL_W 10
#define SVG_CELL_H 20

#endif
