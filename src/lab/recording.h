/* Recordings: what a run said, ten times a second, in a file that can be read back to the
 * last whole line however it ended. Lines of JSON: a header, then lines of lab/line.h, then
 * {"end":{…}} if the run was seen to its end.
 *
 * Whoever reads the run hands in readings; a thread of the recording's own writes, once a
 * second, so a slow disk holds nobody up: up to RECORDING_QUEUE bytes wait, and beyond that
 * a live run's readings are left out (a gap, as when the process slept). */
#ifndef LAB_RECORDING_H
#define LAB_RECORDING_H

#include "spillway.h"

#define RECORDING_VERSION 1
#define RECORDING_QUEUE ((size_t)4 << 20)

struct recording;

/* Begins a file; one that exists is left alone. `options` are those the engine was opened
 * with; where the preset was changed since (command `load`) the lines say so. ERR_BAD for a
 * file that exists or a name that is none, ERR_IO, ERR_MEMORY, with the sentence. */
MUST_USE int recording_open(const char *path, const struct sp_options *options,
                            struct recording **out, struct err *e);

/* Notes a reading. In a sim run it waits for the disk if it must, so that nothing is left
 * out; in a live one never. */
void recording_put(struct recording *r, const struct sp_reading *reading);

/* True once: the recording has stopped (disk full, …) and e says why. The run goes on; what
 * was written so far stays. */
bool recording_trouble(struct recording *r, struct err *e);

/* Bytes in the file and on their way there; readings left out. */
uint64_t recording_bytes(struct recording *r);
uint64_t recording_left_out(struct recording *r);
const char *recording_path(const struct recording *r);

/* Writes what waits and, if summary is not NULL, the end of the run; closes. 0, or ERR_IO
 * if that failed and recording_trouble has not said so before. r may be NULL. */
int recording_close(struct recording *r, const struct sp_summary *summary, struct err *e);

#endif
