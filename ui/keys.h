/* The table of keys: everything that can be pressed, what it does and how the keys page
 * says it. Keys, keys page and key bar all come from this one table. */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include "ui/grid.h"

/* Key codes: a Unicode code point for a character, its control code for Ctrl-A…Ctrl-Z,
 * and these. */
enum press {
    PRESS_NONE = 0,
    PRESS_UP = 0x110000,
    PRESS_DOWN,
    PRESS_LEFT,
    PRESS_RIGHT,
    PRESS_SHIFT_LEFT,
    PRESS_SHIFT_RIGHT,
    PRESS_PAGE_UP,
    PRESS_PAGE_DOWN,
    PRESS_HOME,
    PRESS_END,
    PRESS_ENTER,
    PRESS_TAB,
    PRESS_SHIFT_TAB,
    PRESS_BACKSPACE,
    PRESS_DELETE,
    PRESS_ESC,
    PRESS_RESIZE,
    PRESS_CLICK, /* where: term_mouse */
    PRESS_WHEEL_UP,
    PRESS_WHEEL_DOWN,
    PRESS_F1, /* F1 … F12 in a row */
    PRESS_F12 = PRESS_F1 + 11,
    PRESS_GONE /* the terminal went away */
};

#define PRESS_CTRL(letter) ((uint32_t)(letter)&0x1F)

enum key_context {
    KEYS_MAIN,
    KEYS_REPLAY,
    KEYS_CROSS,
    KEYS_MENU,
    KEYS_HELP,
    KEYS_LINE,
    KEYS_RACE,
    KEYS_CONTEXTS
};
extern const char *const key_context_titles[KEYS_CONTEXTS];

enum action {
    ACT_NONE, /* documented here, done elsewhere (line editor, terminal) */
    ACT_SEND, /* sends `command` to the engine */
    ACT_TYPE, /* opens the command line with `command` on it */
    ACT_QUIT,
    ACT_FREEZE,
    ACT_KNOB_UP, /* from here to ACT_STAGE: control_knobs.c */
    ACT_KNOB_DOWN,
    ACT_KNOB_FIRST,
    ACT_KNOB_LAST,
    ACT_LESS,
    ACT_MORE,
    ACT_LESS_10,
    ACT_MORE_10,
    ACT_ENTRY,
    ACT_ENTRY_ONLY, /* also where Enter would apply what is collected */
    ACT_DEFAULT,
    ACT_AUTO,
    ACT_STAGE,
    ACT_MENU_SPIKE, /* from here to ACT_MENU_RUN: control_menu.c */
    ACT_MENU_POLICY,
    ACT_KILL,
    ACT_MENU_SLOTS,
    ACT_MENU_SAVE,
    ACT_MENU_OPEN,
    ACT_MENU_SETUP,
    ACT_KILL_AGAIN,
    ACT_MENU_UP, /* in the order of enum menu_move */
    ACT_MENU_DOWN,
    ACT_MENU_LESS,
    ACT_MENU_MORE,
    ACT_MENU_LESS_10,
    ACT_MENU_MORE_10,
    ACT_MENU_FIRST,
    ACT_MENU_LAST,
    ACT_MENU_RUN,
    ACT_FIND, /* control_find.c */
    ACT_RESTART,
    ACT_EXPORT,
    ACT_EXPORT_RUN,
    ACT_RACE,
    ACT_FOCUS_NEXT,
    ACT_FOCUS_PREVIOUS,
    ACT_PANEL, /* digit */
    ACT_FULL,
    ACT_BACK,
    ACT_ZOOM_IN,
    ACT_ZOOM_OUT,
    ACT_ZOOM_RESET,
    ACT_PAN_BACK, /* from here to ACT_CROSS_LAST: control_time.c */
    ACT_PAN_ON,
    ACT_PAN_BACK_FAR,
    ACT_PAN_ON_FAR,
    ACT_MARKER_NEXT,
    ACT_MARKER_PREVIOUS,
    ACT_CROSS,
    ACT_CROSS_LEFT,
    ACT_CROSS_RIGHT,
    ACT_CROSS_LEFT_10,
    ACT_CROSS_RIGHT_10,
    ACT_CROSS_FIRST,
    ACT_CROSS_LAST,
    ACT_GLYPHS,
    ACT_THEME, /* from here to ACT_SCALE: control_looks.c */
    ACT_BIG,
    ACT_LATENCY,
    ACT_AXIS,
    ACT_SCALE,
    ACT_PLAY, /* of a replay: back to its instant, or play, or hold */
    ACT_RECORD,
    ACT_REDRAW,
    ACT_HELP, /* from here to ACT_HELP_RUN: control_help.c */
    ACT_SCROLL_UP,
    ACT_SCROLL_DOWN,
    ACT_PAGE_UP,
    ACT_PAGE_DOWN,
    ACT_HELP_FIRST,
    ACT_HELP_LAST,
    ACT_HELP_PAGE,
    ACT_HELP_CLOSE,
    ACT_HELP_RUN,
    ACT_LANE, /* digit; from here to ACT_SCORE_EXPORT: race_hand.c */
    ACT_LANES,
    ACT_METRIC,
    ACT_BASELINE,
    ACT_DIFFER,
    ACT_SCORE_EXPORT,
};

struct key_def {
    enum key_context context;
    uint32_t code;
    const char *name; /* "Space", "Ctrl-R" */
    enum action action;
    const char *command; /* ACT_SEND, ACT_TYPE: the text; else NULL */
    const char *bar;     /* label on the key bar; NULL: not there */
    const char *help;    /* one sentence; NULL: same line as the row above */
};

/* The table in force and its length: the usual one, or with a person's own keys (keymap.h). */
extern const struct key_def *key_table;
extern int key_count;
extern const struct key_def *const key_usual;
extern const int key_usual_count;

/* The row for a key in a context, or NULL. */
const struct key_def *key_find(enum key_context context, uint32_t code);

#endif
