/* `spillway events`: the workload's events as text, one JSON object a line. */
#ifndef UI_EVENTS_H
#define UI_EVENTS_H

#include "cli.h"

extern const struct cli_command cli_events;

#endif
