/* A text read line by line, from a file, a pipe or standard input.
 *
 * A line is what stands before an LF, or before the end: any bytes, NUL, CR and bad
 * UTF-8 among them. An empty line is a line; an LF at the very end begins none. A line
 * above the limit is passed over, not kept: memory is bounded by the limit, whatever
 * comes. A file is read as it was when it was opened: what is appended later is not
 * seen. One thread. */
#ifndef IO_LINES_H
#define IO_LINES_H

#include "base/check.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_MAX (1u << 20) /* bytes of a record; longer ones are told, not kept */

struct lines;

struct line {
    unsigned char *text; /* until the next call, and may be changed; NULL: above the limit */
    uint32_t size;
    uint64_t number; /* from 1 */
    uint64_t bytes;  /* its length, also where it is above the limit */
};

enum lines_state { LINES_HAS, LINES_WAITS, LINES_ENDS, LINES_FAILED };

/* Opens path ("-": standard input). limit: bytes of the longest line that is kept. ERR_BAD
 * for a directory or an empty name, ERR_IO if it cannot be opened, ERR_MEMORY. */
MUST_USE int lines_open(const char *path, uint32_t limit, struct lines **out, struct err *e);
void lines_close(struct lines *l);

/* Can it be read a second time (a file), or not (a pipe, a terminal, a device)? */
bool lines_again(const struct lines *l);
/* Goes back to where it was opened. Only if lines_again. */
void lines_rewind(struct lines *l);
/* Bytes from where it was opened to its end then; 0 where that is not known. */
uint64_t lines_bytes(const struct lines *l);

/* The next line. LINES_WAITS: nothing has come yet; never for a file. Never blocks, but
 * for the disk. LINES_FAILED: e says why, at which line; so does every call after it. */
enum lines_state lines_next(struct lines *l, struct line *out, struct err *e);
/* Waits until something comes, at most ms, or until wake_fd (-1: none) can be read. False:
 * nothing came. */
bool lines_wait(const struct lines *l, int wake_fd, int ms);

/* The file's name for sentences: printable, cut to size. */
const char *lines_name(const struct lines *l);

#endif
