/* Parts of ui/control.c: turning knobs, menus, the command line, help. For the ui/control*.c
 * files alone. */
#ifndef UI_CONTROL_HAND_H
#define UI_CONTROL_HAND_H

#include "ui/control.h"

/* ---- control.c ---- */
/* Checks a command and leaves it for sending. false: it is wrong, and the screen says why. */
bool control_send(struct control *c, const char *text, int64_t now_ns);
/* No message any more. */
void control_hush(struct control *c);
/* Does what a key of the table does. */
void control_do(struct control *c, const struct key_def *key, int64_t now_ns);

/* ---- control_knobs.c ---- */
/* ACT_KNOB_UP … ACT_STAGE. */
void control_knob(struct control *c, enum action action, int64_t now_ns);
/* Queues a value while changes are collected; the entry line ends here. */
void control_queue(struct control *c, int knob, int64_t value, int64_t now_ns);
/* Value of a knob as far as the person is concerned: collected, sent, or in force. */
int64_t knob_in_hand(const struct control *c, int knob);
/* Esc: drops what is collected. false: there was nothing. */
bool control_drop_queue(struct control *c, int64_t now_ns);
/* A newer reading: which knobs changed. */
void control_knobs_seen(struct control *c, int64_t now_ns);
/* Old values go away. True if one did. */
bool control_knobs_tick(struct control *c, int64_t now_ns);

/* ---- control_line.c ---- */
/* Opens the command line with a text, or the entry of the selected knob's value. */
void control_type(struct control *c, enum mode mode, const char *text);
/* A key while a line is typed. */
void control_line_key(struct control *c, uint32_t key, int64_t now_ns);

/* ---- control_find.c ---- */
/* Opens the line that finds a knob or a panel, or filters the events. */
void control_find(struct control *c);
/* The text changed there; and Enter, Esc. */
void control_find_typed(struct control *c);
void control_find_enter(struct control *c, int64_t now_ns);
void control_find_leave(struct control *c);

/* ---- control_menu.c ---- */
/* ACT_MENU_SPIKE … ACT_MENU_RUN. */
void control_menu(struct control *c, enum action action, int64_t now_ns);

/* ---- control_help.c ---- */
/* ACT_HELP … ACT_HELP_RUN. */
void control_help(struct control *c, enum action action, int64_t now_ns);
/* A character for the filter of the help page. false: the key is none. */
bool control_help_typed(struct control *c, uint32_t key);
/* Esc: an empty filter first, then back. */
void control_help_back(struct control *c);

#endif
