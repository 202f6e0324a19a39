/* One line of a dead letters' file (io/dead_letters.h) read back. Strict: an object with
 * "id", "reason", "attempts" and either "text" or "at", each once, in any order; what
 * another program wrote anew is taken as well (blanks between, U+0080 to U+00FF as
 * characters of their own). */
#ifndef IO_LETTER_H
#define IO_LETTER_H

#include "base/check.h"
#include "io/lines.h"

/* No line of such a file is longer. */
#define LETTER_MAX (6 * LINES_MAX + 4096)

struct letter {
    const unsigned char *text; /* inside the line that was read */
    uint32_t size;
    bool place; /* "at": where the record stands that was too large to keep */
};

/* Reads a line in place: its bytes are changed. 0, or ERR_BAD with e->text = "column 12: …";
 * a text of more than LINES_MAX bytes is one of the faults. */
MUST_USE int letter_read(unsigned char *line, uint32_t size, struct letter *out, struct err *e);

#endif
