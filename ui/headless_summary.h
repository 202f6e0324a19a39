/* A run in writing: the summary as JSON and as text, and its series as CSV.
 *
 * All numbers are integers with a fixed number of digits after the point, so the
 * same run gives the same bytes, whatever the locale. Field names and their
 * order are a contract (docs: "Summary"); new fields go to the end of a group. */
#ifndef UI_HEADLESS_SUMMARY_H
#define UI_HEADLESS_SUMMARY_H

#include "cli_print.h"
#include "spillway.h"

/* One line of JSON, LF included. A vertex's busy, idle and back-pressured time is
 * in ms/s over the whole run. */
void summary_json(struct print *o, const struct sp_summary *s);

/* A page for a person. */
void summary_text(struct print *o, const struct sp_summary *s);

/* Header of the series: time_s, then names as in the JSON, "group.name". */
void series_header(struct print *o);
/* One row: counts since the start; rates, latencies and busy of the last second. */
void series_row(struct print *o, const struct sp_reading *r);

/* The same as one line of JSON: {"time_s":…,"in_rate":…,…,"policy":…}. */
void series_json(struct print *o, const struct sp_reading *r);

/* One line of the log: engine time in s, author, command, effect, with tabs between. */
void event_line(struct print *o, const struct sp_event *event);

/* Header and row without their LF, for files with more columns. */
void series_names(struct print *o);
void series_cells(struct print *o, const struct sp_reading *r);

#endif
