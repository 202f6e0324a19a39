/* `spillway sign`: shows how a request to AWS is signed. */
#ifndef UI_CLI_SIGN_H
#define UI_CLI_SIGN_H

#include "cli.h"

extern const struct cli_command cli_sign;

#endif
