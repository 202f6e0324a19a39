/* A recording as a film for terminals: asciicast, version 2, with a marker for each of the
 * recording's. https://docs.asciinema.org/manual/asciicast/v2 */
#ifndef UI_CAST_H
#define UI_CAST_H

#include "lab/replay.h"
#include "lab/text.h"
#include "ui/screenshot.h"

#define CAST_WIDTH 120
#define CAST_HEIGHT 36

struct cast_options {
    int width, height, speed_ppm;
    int64_t from_ns;
    struct shot_look look;
};

/* Writes the film from from_ns on to fd, which stays the caller's. 0, ERR_IO, ERR_MEMORY. */
MUST_USE int cast_write(int fd, struct replay *p, const struct cast_options *options,
                        struct err *e);

#endif
