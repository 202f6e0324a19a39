/* `spillway race`. */
#ifndef UI_CLI_RACE_H
#define UI_CLI_RACE_H

#include "cli.h"

extern const struct cli_command cli_race;

#endif
