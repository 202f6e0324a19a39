/* Dead letters: records that no lane could process, one JSON object a line:
 *
 *   {"id":"0:123","reason":"timeout","attempts":3,"text":"{\"bid\":…"}
 *
 * `id` is source:sequence, `text` the record's bytes: quotes, backslashes and
 * control characters escaped, bytes >= 0x80 as \u00XX, so the line is plain
 * ASCII and every byte comes back. A record that was too large to be kept has its place
 * instead, "at":"big.txt:17 (10485760 bytes)". letter_read (io/letter.h) is the way back. The
 * file is made with the first letter, so a
 * run without any leaves none; an existing file is appended to (behind a line
 * that a crash cut short, if there is one). One run at a time owns a file
 * (flock); it may also be a pipe or a terminal. One thread. */
#ifndef IO_DEAD_LETTERS_H
#define IO_DEAD_LETTERS_H

#include "base/check.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct dead_letters;

/* Remembers the path; touches no file. ERR_MEMORY, or ERR_BAD for an empty path. */
MUST_USE int dead_letters_open(const char *path, struct dead_letters **out, struct err *e);

/* Adds one letter. It is taken whole, or, on failure (ERR_IO), not at all.
 * `reason` is a short phrase. */
MUST_USE int dead_letters_add(struct dead_letters *d, uint64_t id, const char *reason,
                              uint32_t attempts, const unsigned char *text, size_t size,
                              struct err *e);

/* The same for a record whose text was not kept: `place` says where it stands. */
MUST_USE int dead_letters_add_place(struct dead_letters *d, uint64_t id, const char *reason,
                                    const unsigned char *place, size_t size, struct err *e);

/* Hands what is buffered to the file. */
MUST_USE int dead_letters_flush(struct dead_letters *d, struct err *e);

/* Letters taken so far. */
uint64_t dead_letters_count(const struct dead_letters *d);

/* Flushes and closes; on failure ERR_IO with the sentence, and all is closed and
 * freed nevertheless. NULL is fine. */
MUST_USE int dead_letters_close(struct dead_letters *d, struct err *e);

#endif
