/* `spillway sweep`. */
#ifndef UI_CLI_SWEEP_H
#define UI_CLI_SWEEP_H

#include "cli.h"

extern const struct cli_command cli_sweep;

#endif
