/* Keys that move through time: freeze, zoom, pan, cross-hair, from marker to marker. */
#ifndef UI_CONTROL_TIME_H
#define UI_CONTROL_TIME_H

#include "ui/control.h"

/* ACT_FREEZE, ACT_ZOOM_IN … ACT_CROSS_LAST. */
void control_time(struct control *c, enum action action, int64_t now_ns);
/* Back to the newest reading; the width of the window stays. */
void control_thaw(struct control *c);
/* Esc: closes the report, or leaves the cross-hair, or the frozen view. false: there was
 * nothing to leave. */
bool control_time_back(struct control *c);
/* `stats since MARK` is answered here, from what the screen remembers. false: text is another
 * command. */
bool control_stats(struct control *c, const char *text, int64_t now_ns);

#endif
