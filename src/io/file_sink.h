/* The file sink: a writer and a committer over one directory.
 *
 *   DIR/.part-000002.inprogress   being written: hidden, readers ignore it
 *   DIR/part-000001.jsonl         committed: whole, on the disk, never touched again
 *
 * Rows go to the part in progress; a commit makes it durable (fsync), gives it
 * its final name in one step (rename), and makes that durable too (fsync of the
 * directory). So after a crash the final parts hold exactly the rows committed
 * before it, whole; rows written since then stay in a hidden file, which the
 * next open reports and leaves alone. Numbers go on after the highest in use,
 * final or left over; no file is ever overwritten. One run at a time owns a
 * directory (flock).
 *
 * All calls on one sink come from one thread. Errors are ERR_IO (ERR_BAD for a
 * path that is no directory, ERR_MEMORY) with one sentence. */
#ifndef IO_FILE_SINK_H
#define IO_FILE_SINK_H

#include "base/check.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct file_sink;

/* What a directory held when it was opened. */
struct file_sink_found {
    int parts;      /* committed */
    int leftovers;  /* in progress when an earlier run ended */
    char text[400]; /* the sentence to tell a person, "" when there are no leftovers */
};

/* Opens dir, making it (not its parents) if it is missing. */
MUST_USE int file_sink_open(const char *dir, struct file_sink **out, struct file_sink_found *found,
                            struct err *e);

/* Appends one row, its line end included, to the part in progress. The row is
 * taken whole, or, on failure, not at all: the same row may be offered again. */
MUST_USE int file_sink_append(struct file_sink *sink, const char *row, size_t size, struct err *e);

/* Makes all rows appended so far final and visible; without any, does nothing.
 * When the disk refuses to keep the part (fsync fails), its state is unknown: it
 * is never committed, and every later call fails with the same sentence. Other
 * failures leave all as it was, and the commit may be tried again. */
MUST_USE int file_sink_commit(struct file_sink *sink, struct err *e);

/* Parts committed by this sink, and the bytes appended since the last commit. */
int file_sink_parts(const struct file_sink *sink);
int64_t file_sink_pending(const struct file_sink *sink);

/* Closes without committing: rows since the last commit stay in the hidden file
 * and the next open reports them. NULL is fine. */
void file_sink_close(struct file_sink *sink);

#endif
