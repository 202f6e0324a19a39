/* Buffered output to a descriptor that remembers what went wrong.
 *
 * A reader that leaves early (`spillway events … | head -1`) ends an output
 * quietly; a full disk or a closed descriptor is an error with a sentence. The
 * program ignores SIGPIPE, so both arrive here as errors of write(). */
#ifndef UI_CLI_PRINT_H
#define UI_CLI_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRINT_BUFFER 65536

struct print {
    int fd;
    int error;        /* errno of the first write that failed; nothing is written after it */
    uint64_t written; /* bytes that reached the descriptor */
    size_t used;
    char buffer[PRINT_BUFFER];
};

/* Starts an output on fd, which stays the caller's. */
void print_init(struct print *o, int fd);

/* Each appends to the buffer, flushing when it is full. */
void print_bytes(struct print *o, const void *bytes, size_t size);
void print_text(struct print *o, const char *text);
void print_format(struct print *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A JSON string, quotes included; bytes that are not UTF-8 become U+FFFD. */
void print_json(struct print *o, const char *text);
/* value·10^-digits as a decimal with exactly so many digits after the point. */
void print_fixed(struct print *o, int64_t value, int digits);

/* Writes what is buffered. False once any write has failed. */
bool print_flush(struct print *o);

/* Flushes; true if all arrived. Else says why on standard error, unless the
 * reader left after it had read something: that is its right. `name` is what
 * the output is called in the sentence. */
bool print_finish(struct print *o, const char *name);
/* The same as an exit code for a program whose only work this output is: 0 also
 * when the reader had enough. */
int print_exit(struct print *o, const char *name);

/* True when fd is a pipe or socket whose reader is gone. */
bool print_reader_gone(int fd);

#endif
