/* What a key does: the state of the screen, and keys in, commands out. Knows no
 * terminal and no clock, so tests press keys and read the commands. */
#ifndef UI_CONTROL_H
#define UI_CONTROL_H

#include "ui/keys.h"
#include "ui/report.h"
#include "ui/view.h"

#define CONTROL_WINDOW_NS (60 * NS_PER_S)
#define CONTROL_STATUS_NS (8 * NS_PER_S) /* a message stays so long */
#define CONTROL_PENDING_NS (NS_PER_S / 2)
#define CONTROL_FPS 10 /* frames a second, unless set otherwise */

enum export_what { EXPORT_NOTHING, EXPORT_WINDOW, EXPORT_RUN };

struct control {
    struct view view;
    struct sp_reading *newest, *frozen; /* owned */
    struct history history;
    struct report report; /* what view.report points to */
    bool cross_was_live;  /* leaving the cross-hair goes back to now */
    struct cmdline line;
    char hint[600];  /* what view.hint points to */
    bool remembered; /* a line was entered: the file of the history is to be written */
    bool card_gone;  /* the card was seen: so is that */
    bool menu_used;
    struct shelf shelf;            /* presets to open */
    char last_kill[SP_EVENT_TEXT]; /* command; "" = none yet */
    char filter[CMDLINE_BYTES];    /* of the events; "" = all are shown */
    int64_t race_until_ns;         /* a second c before that leaves for a race */
    int64_t restart_until_ns;      /* a second Backspace before that restarts */
    struct knobs known;            /* of the reading before, to see what changed */
    bool known_any;
    int64_t changed_until_ns[KNOB_COUNT];
    char status[600];
    int64_t status_until_ns;
    uint64_t seen_event;
    bool has_reading;
    /* a knob's value that is sent and not yet in a reading: the next nudge starts there */
    int pending_knob; /* -1: none */
    int64_t pending_value, pending_until_ns;
    int width, height; /* of the screen, for what depends on the layout */
    /* what the last key asked for; whoever runs the screen takes it */
    char command[SP_EVENT_TEXT]; /* to be sent; "" = none */
    bool quit, redraw;
    bool race;       /* leave, for a race of the settings as they stand */
    bool keep_setup; /* the set-up is to be written */
    enum export_what export;
};

/* Takes the memory. false: there is none. */
MUST_USE bool control_open(struct control *c, enum glyphs glyphs, bool mono);
void control_close(struct control *c);

/* One key, at wall time now_ns (any clock that does not go back). */
void control_key(struct control *c, uint32_t key, int64_t now_ns);
/* After c->newest has been filled with a newer reading. */
void control_reading(struct control *c, int64_t now_ns);
/* Time alone: messages go away. True if the screen changes by it. */
bool control_tick(struct control *c, int64_t now_ns);
/* Shows a message; bad: in the colour of errors. */
void control_say(struct control *c, bool bad, const char *text, int64_t now_ns);

#endif
