/* The settings in force as a preset. */
#ifndef RUN_COMMAND_PRESET_H
#define RUN_COMMAND_PRESET_H

#include "run/command.h"

/* The preset of the run with its knobs and slots as they are now. */
void preset_in_force(const struct sp_engine *g, struct preset *p);

#endif
