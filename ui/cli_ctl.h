/* `spillway ctl`: speaks to a running one. */
#ifndef UI_CLI_CTL_H
#define UI_CLI_CTL_H

#include "cli.h"

extern const struct cli_command cli_ctl;

#endif
