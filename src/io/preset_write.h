/* Presets the other way: as text that preset_parse takes back to the same values, into a
 * file that is either the old one or the new one, whatever happens; and what differs
 * between two of them, in words. All of it follows the tables of fields that the reader
 * has, so a new field is written, compared and read by one row. */
#ifndef IO_PRESET_WRITE_H
#define IO_PRESET_WRITE_H

#include "io/preset.h"

/* Writes p as strict JSON. Fields at their defaults are left out of "functions", "knobs"
 * and the nodes. Returns the length written (dst ends in NUL), or 0 if size is too small:
 * PRESET_BYTES_MAX is always enough. */
size_t preset_write(const struct preset *p, char *dst, size_t size);

enum preset_over { PRESET_KEEP, PRESET_REPLACE };

/* Saves p at path: a file beside it that is complete and on the disk gets its name. With
 * PRESET_KEEP a file of that name is left alone. On failure the file at path is as it was,
 * and nothing else is left behind. 0, ERR_BAD (PRESET_KEEP, and it exists), ERR_IO or
 * ERR_MEMORY with the sentence. */
MUST_USE int preset_save(const struct preset *p, const char *path, enum preset_over over,
                         struct err *e);

/* The same for any text. */
MUST_USE int file_save(const char *path, const char *text, size_t size, enum preset_over over,
                       struct err *e);

/* Where `save NAME` goes: $XDG_CONFIG_HOME/spillway/presets/NAME.json (or ~/.config/…);
 * the folders are made. Names are letters, digits, '-', '_' and '.', not first a '.' or
 * '-', and shorter than PRESET_NAME. ERR_BAD for another name, or one that a preset in an earlier
 * place of the search would hide; ERR_IO where there is no home or a folder cannot be made. */
#define PRESET_PATH 4096
MUST_USE int preset_home(const char *name, char path[PRESET_PATH], struct err *e);

/* Where `save-as scenario NAME` goes: $XDG_CONFIG_HOME/spillway/scenarios/NAME.txt. */
MUST_USE int script_home(const char *name, char path[PRESET_PATH], struct err *e);

/* Calls say with one line for each difference, in the order of the fields, like
 * "knobs: batch: 50 -> 64". Returns how many there are; say may be NULL. */
typedef void preset_say_fn(void *context, const char *line);
int preset_differences(const struct preset *a, const struct preset *b, preset_say_fn *say,
                       void *context);

#endif
