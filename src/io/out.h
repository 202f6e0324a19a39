/* Buffered writing to a file where each piece is taken whole or not at all.
 *
 * Bytes go to known offsets, so a write that failed half-way leaves no trace:
 * the next attempt, or the cut at the end, overwrites it. After an error the
 * caller may free some space and hand in the same piece again. Pipes and other
 * files without offsets work too, without that promise. One thread. */
#ifndef IO_OUT_H
#define IO_OUT_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUT_BUFFER ((size_t)64 * 1024)

struct out {
    int fd;          /* owned once out_open returns; -1: none */
    bool seekable;   /* a regular file */
    int64_t written; /* bytes that are surely in the file */
    size_t used;     /* bytes waiting in buffer */
    char *buffer;    /* OUT_BUFFER bytes, the caller's */
};

/* Takes over fd, writing from its present end on. buffer: OUT_BUFFER bytes that
 * stay the caller's. Returns 0 or an errno. */
MUST_USE int out_open(struct out *o, int fd, char *buffer);

/* Takes data[0..size) whole and returns 0, or takes nothing and returns an errno. */
MUST_USE int out_write(struct out *o, const char *data, size_t size);

/* Hands what waits to the file. 0 or an errno; then nothing is lost. */
MUST_USE int out_flush(struct out *o);

/* Flushes, cuts off what a failed write left, and waits until the bytes are on
 * the disk. 0 or an errno. */
MUST_USE int out_sync(struct out *o);

/* Closes the descriptor; what waits in the buffer is dropped. */
void out_close(struct out *o);

#endif
