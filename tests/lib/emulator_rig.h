/* An emulator in the test's process, and what tests ask of it. */
#ifndef LIB_EMULATOR_RIG_H
#define LIB_EMULATOR_RIG_H

#include "cloud/emulator.h"
#include "tests/lib/raw_http.h"

#include <criterion/criterion.h>
#include <time.h>

#define INVOKE "POST /2015-03-31/functions/tokenize/invocations"

/* No calibration and no constant: every call takes what it really takes. */
static inline struct emulator_options rig_options(void)
{
    struct emulator_options o;
    emulator_options_init(&o);
    o.faas.calibration = CALIBRATION_NONE;
    o.faas.constant_ns = 0;
    return o;
}

static inline struct emulator *rig_open(const struct emulator_options *o)
{
    struct err e = {0};
    struct emulator *emulator = emulator_open(o, &e);
    cr_assert(emulator, "%s", e.text);
    return emulator;
}

/* One request on a connection of its own. */
static inline struct raw_answer rig_ask(struct emulator *emulator, const char *line,
                                        const char *headers, const char *body)
{
    int fd = raw_connect(emulator_port(emulator));
    cr_assert_geq(fd, 0);
    struct raw_answer a = raw_ask(fd, line, headers, body, strlen(body));
    close(fd);
    return a;
}

/* Asks and checks status and a piece of the body. */
static inline void rig_expect(struct emulator *emulator, const char *line, const char *headers,
                              const char *body, int status, const char *piece)
{
    struct raw_answer a = rig_ask(emulator, line, headers, body);
    cr_assert_eq(a.status, status, "%s: %d, not %d\n%s", line, a.status, status, a.text);
    cr_assert(strstr(a.body, piece), "%s: no %s in %s", line, piece, a.text);
    raw_free(&a);
}

static inline double rig_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Waits up to 10 s until a figure is at least `least`. */
#define rig_until(emulator, figure, least)                                                         \
    do {                                                                                           \
        struct account_seen seen_;                                                                 \
        double end_ = rig_now_s() + 10;                                                            \
        do {                                                                                       \
            emulator_seen_all(emulator, &seen_);                                                   \
            if (seen_.figure >= (least))                                                           \
                break;                                                                             \
            usleep(1000);                                                                          \
        } while (rig_now_s() < end_);                                                              \
        cr_assert_geq(seen_.figure, least);                                                        \
    } while (0)

#endif
