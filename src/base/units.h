/* Numbers as people write them: durations, rates, sizes, ratios, money.
 *
 * Every quantity is one int64_t in a canonical unit (enum unit), so nothing is
 * lost between a preset, a command and the engine, and no floating point takes
 * part in reading one. Pure: no locale, no libc beyond mem*. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define PPM_ONE INT64_C(1000000) /* 100 % */
#define NUSD_PER_USD INT64_C(1000000000)
#define TIME_NEVER INT64_MAX

enum unit {
    UNIT_COUNT,    /* plain integer; `k M G` suffixes accepted */
    UNIT_DURATION, /* ns; `ns us ms s m h`; a bare number is refused but for 0 */
    UNIT_RATE,     /* records per 1000 s (milli-events/s): `800 48.2k 1.37M`, optional `/s` */
    UNIT_RATIO,    /* ppm: `85%` or `0.85`; a bare number above 1 is an error */
    UNIT_FACTOR,   /* ppm: `2`, `x2.2`, `0.5` */
    UNIT_USD,      /* nano-USD: `0.01`, `$0.01` */
    UNIT_SIZE,     /* bytes: `512`, `64KiB`, `6MB` */
    UNIT_NAME,     /* index into a list of names (not read here) */
};

/* Reads text[0..len) as a quantity: plain decimal digits and a unit, no sign, no
 * exponent. The whole text must be used; blanks around it are not accepted. A
 * value between two steps of the canonical unit is refused, never rounded.
 * Returns true and sets *out, or false and sets *why to a static phrase
 * ("not a number", "needs a unit: 20ms, 1.5s", "too large"). */
MUST_USE bool units_read(enum unit unit, const char *text, size_t len, int64_t *out,
                         const char **why);

/* Writes value in the shortest form that units_read takes back to the same
 * value ("20ms", "1.37M", "85%", "x2.2", "$0.01"). Forms are chosen for people:
 * no unit larger than the value (100ms, not 0.1s), minutes and hours only whole
 * (90s), counts always as digits (10000); of two equally short forms the larger
 * unit. A negative value gets a minus sign, which units_read refuses. Returns
 * the length written; dst always ends in NUL. size >= 48 is always enough. */
size_t units_write(enum unit unit, int64_t value, char *dst, size_t size);

/* Example of a good value, for error sentences: "20ms", "48.2k", "85%". */
const char *units_example(enum unit unit);

#endif
