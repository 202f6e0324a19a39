/* A recording played: readings up to any instant, forward or back, and where its markers
 * are. The instants are those of the recording's own time line (recording_read.h). */
#ifndef LAB_REPLAY_H
#define LAB_REPLAY_H

#include "lab/recording_read.h"

/* A marker, as on the screen's ruler. */
struct replay_mark {
    int64_t at_ns;
    char letter[8];
    char command[SP_EVENT_TEXT];
};

struct replay;

/* Opens a recording and reads all of it once, so that whatever is wrong with it is said
 * before anything is shown. ERR_* with the sentence. */
MUST_USE int replay_open(const char *path, struct replay **out, struct err *e);
void replay_close(struct replay *p);

const struct recording_head *replay_head(const struct replay *p);
/* Instants of the first and the last reading; readings in all (0: the instants are 0). */
void replay_range(const struct replay *p, int64_t *first_ns, int64_t *last_ns, uint64_t *readings);
/* The recording's end: as recording_read_end. */
bool replay_end(const struct replay *p, struct sp_summary *out);
/* True if its last line was cut off. */
bool replay_cut(const struct replay *p);

/* Marker i = 0, 1, …, in order; NULL after the last. */
const struct replay_mark *replay_mark(const struct replay *p, int i);
/* A time ("12.5s") or a marker: its letter, or the beginning of a note or command. ERR_BAD
 * with a sentence. */
MUST_USE int replay_find(const struct replay *p, const char *text, int64_t *at_ns, struct err *e);

/* Calls take for every reading after the last one handed out up to at_ns; where that lies
 * behind, first with a reading of NULL (forget everything) and then from the first on.
 * ERR_* if the file cannot be read any more. */
typedef void replay_fn(void *context, const struct sp_reading *reading, int64_t at_ns);
MUST_USE int replay_to(struct replay *p, int64_t at_ns, replay_fn *take, void *context,
                       struct err *e);
/* Instant of the reading handed out last; -1: none yet. */
int64_t replay_at(const struct replay *p);

#endif
