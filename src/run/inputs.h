/* What the sources read instead of Nexmark's events: lines of a text, or dead letters
 * that run again. Looked through once before the run, so that its size is known, and
 * a bad dead letter is told before anything starts. */
#ifndef RUN_INPUTS_H
#define RUN_INPUTS_H

#include "io/letter.h"
#include "io/lines.h"
#include "workload/feed.h"

struct sp_engine;
struct input;

struct input_set {
    struct lines *pipe; /* what cannot be read twice; kept over a restart */
    bool pipe_taken;
    uint64_t records; /* in the file; 0: none, or not known */
    bool known;
    uint32_t longest;    /* bytes of a record's text at most */
    struct input *first; /* open ones; their memory is the run's */
};

/* Looks through the preset's input. 0, or an error with the sentence: what is wrong with
 * the file, for dead letters with line and column. Nothing to do for Nexmark. */
MUST_USE int inputs_survey(struct sp_engine *g, struct err *e);

/* The feed of one source; without a look function for Nexmark. */
MUST_USE int inputs_open(struct sp_engine *g, struct feed *out, struct err *e);

/* Closes what inputs_open opened, but for a pipe. */
void inputs_close(struct input_set *i);
/* Closes the pipe too. */
void inputs_end(struct input_set *i);

#endif
