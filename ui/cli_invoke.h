/* `spillway invoke`: one call, to see what a function and its platform say. */
#ifndef UI_CLI_INVOKE_H
#define UI_CLI_INVOKE_H

#include "cli.h"

extern const struct cli_command cli_invoke;

#endif
