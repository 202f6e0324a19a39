/* Tables of figures over stretches of time: before and after a marker, since a marker.
 * All percentiles come from the merged histogram of the stretch. */
#ifndef UI_REPORT_H
#define UI_REPORT_H

#include "ui/fmt.h"
#include "ui/history.h"

#define REPORT_ROWS 20
#define REPORT_AROUND_NS INT64_C(10000000000) /* so long before and after a marker */

struct report_row {
    const char *name;
    struct txt before, after, change;
};

struct report {
    char title[120];
    char note[120]; /* on what it stands; "" = nothing to say */
    struct txt head_before, head_after;
    int rows;
    struct report_row row[REPORT_ROWS];
};

/* Mean, p99, largest backlog and cost an hour, 10 s before and after a marker, as far as
 * they were recorded until now_ns. */
void report_around(const struct history *h, const struct marker *m, int64_t now_ns,
                   struct report *out);
/* Everything from from_ns to now_ns beside as long a stretch before it. */
void report_since(const struct history *h, const char *name, int64_t from_ns, int64_t now_ns,
                  struct report *out);

#endif
