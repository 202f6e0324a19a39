/* `spillway preset`. */
#ifndef UI_CLI_PRESET_H
#define UI_CLI_PRESET_H

#include "cli.h"

extern const struct cli_command cli_preset;

#endif
