/* Words of other people inside our sentences: shown safely, compared with the
 * names we know, and looked at for secrets. */
#ifndef IO_PRESET_TEXT_H
#define IO_PRESET_TEXT_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>

/* Enough for any text that preset_quote writes. */
#define PRESET_QUOTED 200

/* Writes text[0..len) in double quotes: at most 40 characters, then "…";
 * control characters, broken UTF-8 and characters that turn the direction of
 * writing become \xNN, and what looks like a secret is not shown at all.
 * Returns dst, always NUL-terminated; size >= PRESET_QUOTED never cuts. */
const char *preset_quote(char *dst, size_t size, const char *text, size_t len);

/* True when text[0..len) is one line that a terminal shows as it is: no control
 * characters, none that turn the direction of writing. */
bool preset_printable(const char *text, size_t len);

/* A file name for the front of a sentence: no quotes, controls as '?', and only
 * the end of a very long one. */
const char *preset_where(char *dst, size_t size, const char *where);

/* What text[0..len) looks like ("an access key", "an ARN", "an account number", "a secret"),
 * or NULL for an ordinary text. */
const char *preset_secret(const char *text, size_t len);

/* True if a URL in text[0..len) has a user or a password: "://user:password@". */
bool preset_has_user(const char *text, size_t len);

/* The same for the name of a field ("aws_secret_access_key", "password"). */
const char *preset_secret_name(const char *name, size_t len);

/* Edits (insert, delete, change, swap neighbours) that turn a into b; letters
 * compare without case and '-' equals '_'. Words longer than 64 are far from
 * everything. */
int preset_distance(const char *a, size_t a_len, const char *b, size_t b_len);

/* Nearest of count names to word[0..len), or NULL if none is near: a few
 * edits away, or one begins with the other (3 letters at least). */
const char *preset_nearest_of(const char *word, size_t len, const char *const *names, size_t count);

#endif
