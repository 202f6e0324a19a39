/* Where the sink's rows go: nowhere, standard output, or a directory of parts;
 * and the dead letters' file. Never blocks a live engine: an output that cannot
 * take more now makes the sink wait, and that is back-pressure. */
#ifndef RUN_WRITER_H
#define RUN_WRITER_H

#include "base/err.h"
#include "io/dead_letters.h"
#include "io/file_sink.h"
#include "record/block.h"
#include "spillway.h"

#define WRITER_COMMIT_NS (1000 * INT64_C(1000000)) /* a part is committed each second */

struct writer {
    enum sp_sink kind;
    int fd;
    bool live;
    char *buffer;
    size_t used, size, sent; /* bytes [sent, used) wait for the descriptor */
    struct file_sink *files;
    struct dead_letters *dead;
    int64_t commit_due_ns;
    bool dirty;        /* rows since the last commit */
    struct err failed; /* code != 0: the output broke; the run ends */
    char notice[400];  /* what the directory held from before */
};

MUST_USE int writer_open(struct writer *w, const struct sp_options *o, struct err *e);
/* Can a row be taken now? */
bool writer_ready(struct writer *w);
void writer_row(struct writer *w, const struct block *b, uint32_t row, int64_t now_ns);
void writer_dead(struct writer *w, const struct block *b, uint32_t row);
/* Sends on what waits; commits when due. */
void writer_flush(struct writer *w, int64_t now_ns);
/* When the next commit is due; TIME_NEVER if nothing waits for one. */
int64_t writer_due(const struct writer *w);
/* Everything out (waits at most 10 s for a slow reader), everything committed. */
void writer_finish(struct writer *w);
void writer_close(struct writer *w);

#endif
