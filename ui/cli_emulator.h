/* `spillway emulator`: a function platform on a loopback port. */
#ifndef UI_CLI_EMULATOR_H
#define UI_CLI_EMULATOR_H

#include "cli.h"

extern const struct cli_command cli_emulator;

#endif
