/* `spillway experiment`. */
#ifndef UI_CLI_EXPERIMENT_H
#define UI_CLI_EXPERIMENT_H

#include "cli.h"

extern const struct cli_command cli_experiment;

#endif
