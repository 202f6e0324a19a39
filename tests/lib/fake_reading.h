/* Readings of a pipeline that does not exist: plain arithmetic on the engine time, for
 * tests of the screen and for trying it by hand. */
#ifndef TESTS_FAKE_READING_H
#define TESTS_FAKE_READING_H

#include "spillway.h"

#define FAKE_SPIKES 16

/* A load as it was asked for so far. */
struct fake_load {
    struct {
        int64_t from_ns, to_ns;
        double factor;
    } spike[FAKE_SPIKES];
    int spikes;
    struct knobs knobs;
    uint64_t events;
    struct sp_event event[SP_EVENTS]; /* oldest first, at most SP_EVENTS */
    /* carried from one reading to the next */
    int64_t last_ns;
    double in, out, backlog, burst, cost_nusd, bp_s;
    double records, calls; /* not yet in the histograms: parts of one */
    struct hist latency_hist, call_hist;
    uint64_t readings;
};

/* Nothing happened yet; knobs at their defaults but policy hysteresis. */
void fake_load_init(struct fake_load *l);
/* A spike of the load from from_ns on. */
void fake_spike(struct fake_load *l, int64_t from_ns, int64_t for_ns, double factor);
/* Adds a line to the log. */
void fake_event(struct fake_load *l, int64_t at_ns, enum sp_author author, char kind,
                const char *command, const char *effect);
/* The reading at now_ns, which must not go back from call to call. */
void fake_reading(struct fake_load *l, int64_t now_ns, struct sp_reading *out);

#endif
