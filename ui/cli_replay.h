/* `spillway replay` and `spillway report`: what is done with a recording. */
#ifndef UI_CLI_REPLAY_H
#define UI_CLI_REPLAY_H

#include "cli.h"

extern const struct cli_command cli_replay, cli_report;

#endif
