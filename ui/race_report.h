/* What a race came to, as text for people and as JSON. */
#ifndef UI_RACE_REPORT_H
#define UI_RACE_REPORT_H

#include "cli_print.h"
#include "fmt.h"
#include "lab/race.h"

/* A figure of a run as people read it. */
struct txt race_figure(enum score_figure f, int64_t value, bool known);
/* Its difference to the baseline's: "−80%", "+$0.018", "≈" within the noise, "=" for none. */
struct txt race_difference(const struct race_board *b, int lane, enum score_figure f);

void race_text(struct print *o, struct race *r);
void race_json(struct print *o, struct race *r, bool live, uint64_t seed);

#endif
