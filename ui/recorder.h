/* The recording of a run that somebody watches or that runs headless: begun by --record or
 * by the command `record`, which any author may give; fed with every reading. */
#ifndef UI_RECORDER_H
#define UI_RECORDER_H

#include "lab/recording.h"

struct recorder {
    const struct sp_options *options; /* of the run; borrowed */
    struct recording *recording;      /* NULL: off */
    uint64_t seen_event;
    int64_t seen_ns;
    bool bad;       /* what `say` holds is bad news */
    char say[1000]; /* news for the person: take it and empty it */
    char path[400]; /* of the newest recording */
};

/* Nothing is recorded yet. */
void recorder_init(struct recorder *r, const struct sp_options *options);
/* Begins. path "" gives a name made of the preset and the time. 0 or ERR_* with e. */
MUST_USE int recorder_begin(struct recorder *r, const char *path, struct err *e);
/* Looks for `record` among its new events, notes the reading. True if say has news. */
bool recorder_reading(struct recorder *r, const struct sp_reading *reading);
/* Bytes so far; 0: nothing is recorded. */
uint64_t recorder_bytes(const struct recorder *r);
/* Ends. summary NULL: the run is not over. True if say has news: where it is, or what failed. */
bool recorder_end(struct recorder *r, const struct sp_summary *summary);

#endif
