/* What lies over the screen where time is looked into: values under the cross-hair, before
 * and after a marker, reports. */
#ifndef UI_VIEW_TIME_H
#define UI_VIEW_TIME_H

#include "ui/report.h"
#include "ui/view.h"

/* Values of a graph at the cross-hair, for its frame. false: it has none. */
bool cross_note(const struct view *v, enum area area, int width, char *dst, size_t size);
/* The line of the cross-hair: its instant, and what was done in its column. */
void draw_cross_hint(struct grid *g, struct rect r, const struct view *v);
/* Boxes over a finished frame: before and after, a report. */
void draw_time_boxes(struct grid *g, const struct view *v, const struct layout *l);

/* 45s, 5m, 1h: a width of the window without figures that say nothing. */
struct txt view_length(int64_t ns);

#endif
