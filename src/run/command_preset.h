/* The settings in force as a preset. */
#ifndef RUN_COMMAND_PRESET_H
#define RUN_COMMAND_PRESET_H

#include "io/preset_write.h"
#include "run/command.h"

/* The preset of the run with its knobs and slots as they are now. */
void preset_in_force(const struct sp_engine *g, struct preset *p);

/* The rate set by hand in force; false: none is. */
bool rate_by_hand(const struct sp_engine *g, int64_t *rate_mps);

/* A preset's own scenario may not touch files: refuses. */
bool command_may_touch_files(const struct command *c, struct outcome *o);
/* Refuses what is no file: it could keep the engine waiting for ever. */
bool command_can_read(const char *name, struct outcome *o);
/* The argument NAME or NAME!, and whether it may overwrite. */
enum preset_over command_file_name(const struct command *c, char name[PRESET_COMMAND]);

#endif
