/* `spillway list`: what there is: policies, commands, knobs, presets, views,
 * keys, conditions. */
#ifndef UI_LIST_H
#define UI_LIST_H

#include "cli.h"

extern const struct cli_command cli_list;

#endif
