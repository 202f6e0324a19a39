/* Runs a program to its end and takes what it writes: no shell, a deadline, a limit. */
#ifndef CLOUD_PROGRAM_H
#define CLOUD_PROGRAM_H

#include "base/check.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define PROGRAM_ARGUMENTS_MAX 64

/* Splits a command line as a shell would without expanding anything: blanks separate words,
 * '…' and "…" hold them together, a backslash takes the next character as it is. Writes into
 * words (NULL at the end), which point into text, which is changed. ERR_BAD for an open quote,
 * no word, or too many. */
MUST_USE int program_split(char *text, char *words[PROGRAM_ARGUMENTS_MAX + 1], struct err *e);

/* Runs words[0] (looked for in PATH) in a process group of its own, its input and its standard
 * error empty, and reads its standard output into out[0..size), NUL-terminated. Ends it when
 * timeout_ms has passed, when it writes more, or when stop_fd (-1: none) becomes readable.
 * ERR_IO where it cannot be started or goes wrong, with a sentence that shows nothing of its
 * output or arguments. */
MUST_USE int program_run(char *const words[], int timeout_ms, int stop_fd, char *out, size_t size,
                         struct err *e);

#endif
