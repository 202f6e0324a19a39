/* Faults of the emulator on command: each has a strength and an end. What an invocation
 * suffers is drawn when it comes in, always with as many random numbers, so that one
 * fault shifts nothing else. */
#ifndef CLOUD_FAULTS_H
#define CLOUD_FAULTS_H

#include "base/err.h"
#include "base/prng.h"
#include "faas/model.h"

/* What a fault's value is, and one sentence; its name is in faas_fault_names. */
struct fault_row {
    enum unit unit; /* UNIT_FACTOR, UNIT_RATIO; UNIT_NAME: takes no value */
    const char *help;
};
extern const struct fault_row fault_rows[FAAS_FAULTS];

struct faults {
    struct {
        int64_t value, until_ns;
    } at[FAAS_FAULTS];
};

/* All random numbers of an invocation. */
struct fault_draws {
    uint32_t residual;
    int64_t cold_ppm, network_ppm;
    int64_t chance[FAAS_FAULTS]; /* 0..999999: a hit if below the fault's chance */
    uint64_t other;              /* which 5xx, which garbage */
};

void faults_draw(struct prng *prng, struct fault_draws *d);
/* value: factor in ppm, or chance in ppm; 0 or until_ns in the past: off. */
void faults_set(struct faults *f, enum faas_fault fault, int64_t value, int64_t until_ns);
/* All off. */
void faults_clear(struct faults *f);
/* Value of a fault at now_ns, 0 if it is not in force. */
int64_t faults_value(const struct faults *f, enum faas_fault fault, int64_t now_ns);
/* Does it hit? base_ppm: chance that the configuration gives anyway. */
bool faults_hit(const struct faults *f, const struct fault_draws *d, enum faas_fault fault,
                int64_t base_ppm, int64_t now_ns);

/* What a person asked for. */
struct fault_order {
    bool off; /* all of them */
    enum faas_fault fault;
    int64_t value, for_ns; /* for_ns: TIME_NEVER if no time was given */
};

/* Reads "error 20% 10s", "latency x3", "throttle 5s", "error off", "off". */
MUST_USE int faults_read(const char *text, struct fault_order *out, struct err *e);

#endif
