/* Commands that change the screen and nothing of the run: they are no events. */
#ifndef UI_SCREEN_COMMANDS_H
#define UI_SCREEN_COMMANDS_H

#include "spillway.h"

struct control;

/* NULL-name-terminated, like sp_commands(). */
const struct sp_command_def *screen_commands(void);
/* The command that the first word of text names in full, or NULL. */
const struct sp_command_def *screen_command_find(const char *text);
/* Words that can follow it, NULL-terminated; NULL: any. */
const char *const *screen_command_words(const struct sp_command_def *d);
/* Runs it. false: it is wrong, and the screen says why. */
bool screen_command_run(struct control *c, const struct sp_command_def *d, const char *text,
                        int64_t now_ns);

#endif
