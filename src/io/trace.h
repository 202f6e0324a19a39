/* Trace files: how a load went somewhere in the world, as text.
 *
 *   # a comment; empty lines are passed over
 *   time_s,rate          may stand before the first point
 *   0,260
 *   10.5,180.25          seconds, records per second; decimals, no exponents
 *
 * Times rise; they count from the first one. Digits finer than 1 ns and 0.001 records
 * per second are cut off. A file may end its lines with CR LF. */
#ifndef IO_TRACE_H
#define IO_TRACE_H

#include "base/check.h"
#include "base/err.h"
#include "workload/schedule.h"

/* Reads a trace and adds it to spec; *index is its place there. ERR_IO for a file that
 * cannot be read; ERR_BAD with "FILE:LINE:COLUMN: …", also where it would have more points
 * than a schedule holds. On failure spec is as it was but for unused points. */
MUST_USE int trace_load(const char *file, struct schedule_spec *spec, int *index, struct err *e);

#endif
