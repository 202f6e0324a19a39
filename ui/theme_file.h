/* The user's own theme: $XDG_CONFIG_HOME/spillway/theme.json. */
#ifndef UI_THEME_FILE_H
#define UI_THEME_FILE_H

#include "ui/palette.h"

enum theme_file { THEME_FILE_NONE, THEME_FILE_READ, THEME_FILE_BAD };

/* Reads the file, if there is one, and makes its theme THEME_USER. On THEME_FILE_BAD e has
 * the sentence, and there is no user theme; on THEME_FILE_NONE it says where one would be. */
enum theme_file theme_file_load(struct err *e);
/* The same from a text; `path` is for the sentences. 0 or ERR_BAD. */
MUST_USE int theme_read(const char *path, const char *text, struct theme *out, struct err *e);

#endif
