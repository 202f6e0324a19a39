/* The scales of the graphs: automatic and sticky, or held; linear or logarithmic. */
#ifndef UI_SCALE_H
#define UI_SCALE_H

#include "ui/plot.h"

/* Smallest and largest value that a graph shows now, with the sticky time before. */
struct scale graph_scale(const struct view *v, enum area panel);
/* The graph of a panel has a logarithmic axis; false for panels without a graph. */
bool graph_is_log(const struct view *v, enum area panel);
/* Axis of a graph on `rows` rows, as the looks of the view want it. */
struct axis graph_axis(const struct view *v, enum area panel, int rows);
/* Tick of an axis of latencies in ns: 500us, 2ms, 1.5s. */
struct txt label_latency(double v);

/* Merged histogram under a column, or of the whole window (column -1). */
void column_hist(const struct view *v, const struct slices *s, enum latency_kind kind, int column,
                 struct hist *out);

#endif
