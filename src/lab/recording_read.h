/* Reading a recording back. Strict: a file is what a recorder writes, or a sentence says
 * which line is not. Only a last line without its end is passed over: that is how a process
 * that was killed leaves a file. */
#ifndef LAB_RECORDING_READ_H
#define LAB_RECORDING_READ_H

#include "spillway.h"

/* What the header says. Strings are owned by the reader. */
struct recording_head {
    char commit[80], made[40], system[300];
    char *preset_text;
    struct preset *preset; /* preset_text, parsed */
    uint64_t seed, records;
    bool sim;
    int64_t duration_ns, rate_mps;
    int cpus;                         /* 0: not said */
    const char **commands, **expects; /* NULL-terminated */
};

struct recording_reader;

/* Opens a file and reads its header. ERR_BAD: "FILE:LINE: …"; ERR_IO; ERR_MEMORY. */
MUST_USE int recording_read_open(const char *path, struct recording_reader **out, struct err *e);
void recording_read_close(struct recording_reader *r);

const struct recording_head *recording_read_head(const struct recording_reader *r);

/* The next reading: 1, and *out points to it until the next call; 0 at the end; or ERR_BAD
 * and the rest. `at_ns` (may be NULL) is its place on the recording's own time line: engine
 * time, which goes on where a run began anew. */
MUST_USE int recording_read_next(struct recording_reader *r, const struct sp_reading **out,
                                 int64_t *at_ns, struct err *e);
/* Back to before the first reading. */
MUST_USE int recording_read_rewind(struct recording_reader *r, struct err *e);

/* After the last reading: the end of the run, of a recording that was broken off as far as
 * its last reading tells. False: broken off. */
bool recording_read_end(const struct recording_reader *r, struct sp_summary *out);
/* True if the last line had no end. */
bool recording_read_cut(const struct recording_reader *r);
/* Line read last, from 1; bytes of the file. */
uint64_t recording_read_line(const struct recording_reader *r);
uint64_t recording_read_bytes(const struct recording_reader *r);

#endif
