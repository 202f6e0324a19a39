/* `spillway race`. */
#ifndef UI_CLI_RACE_H
#define UI_CLI_RACE_H

#include "cli.h"
#include "looks.h"

extern const struct cli_command cli_race;

/* From a run's screen: its preset as it was (A) against its knobs as they stood in the last
 * reading (B), in virtual time on a screen of its own. Returns the exit code. */
int race_from_screen(const struct sp_options *run, const struct sp_reading *last,
                     const struct look_options *look);

#endif
