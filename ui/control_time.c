/* The window over the recorded hour: where it ends, how wide it is, and the instant that
 * every panel is read at. Recording goes on whatever is shown. */
#include "ui/control_time.h"

#include "ui/plot.h"

#include <stdio.h>
#include <string.h>

static const int64_t windows_s[] = {5, 15, 30, 60, 120, 300, 600, 1800, 3600};
#define WINDOWS (int)(sizeof windows_s / sizeof *windows_s)

/* ---- what is shown ------------------------------------------------------------------------ */

void control_thaw(struct control *c)
{
    struct view *v = &c->view;
    v->frozen = v->cross = v->cross_gap = false;
    v->end_ns = 0;
    v->marker = 0;
    v->reading = c->newest;
}

/* Stops the view at the newest reading. */
static void freeze(struct control *c)
{
    if (c->view.frozen)
        return;
    memcpy(c->frozen, c->newest, sizeof *c->frozen);
    c->view.frozen = true;
    c->view.reading = c->frozen;
    c->view.end_ns = c->newest->now_ns;
}

/* Fills the panels as of an instant. */
static void look_at(struct control *c, int64_t at_ns)
{
    c->view.cross_gap = !history_reading(&c->history, c->newest, at_ns, c->frozen);
    c->view.reading = c->frozen;
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    return v > high ? high : v < low ? low : v;
}

/* Puts the right edge of the window at end_ns, as far as there is something to see. */
static void place(struct control *c, int64_t end_ns)
{
    int64_t first, last;
    if (!history_range(&c->history, &first, &last))
        return;
    int64_t low = first + c->view.window_ns < last ? first + c->view.window_ns : last;
    c->view.end_ns = clamp(end_ns, low, last);
}

/* Slices of time under the graphs of this screen. */
static struct slices columns(const struct control *c)
{
    struct layout l;
    int w = 0;
    view_layout(c->width, c->height, &c->view, &l);
    for (enum area a = PANEL_LATENCY; a >= PANEL_RATE; a--)
        w = rect_empty(l.area[a]) ? w : l.area[a].w - 2;
    w -= w >= PLOT_LABEL + 4 ? PLOT_LABEL : 0;
    return slices_of(&c->view, w > 0 ? w : 36);
}

static void cross_at(struct control *c, int64_t at_ns)
{
    struct slices s = columns(c);
    int64_t first, last;
    if (!history_range(&c->history, &first, &last))
        return;
    c->view.cross = true;
    c->view.cross_ns = clamp(at_ns, s.first_ns > first ? s.first_ns : first, c->view.end_ns);
    look_at(c, c->view.cross_ns);
}

/* ---- freeze, zoom, pan ---------------------------------------------------------------------- */

static void zoom(struct control *c, int by)
{
    struct view *v = &c->view;
    int at = 0;
    while (at < WINDOWS - 1 && windows_s[at] * NS_PER_S < v->window_ns)
        at++;
    at += by;
    if (at < 0 || at >= WINDOWS)
        return;
    int64_t before = v->window_ns, behind = v->end_ns - v->cross_ns;
    v->window_ns = windows_s[at] * NS_PER_S;
    if (v->cross) { /* the cross-hair keeps its column, as far as the record goes */
        double share = (double)behind / (double)before;
        place(c, v->cross_ns + (int64_t)(share * (double)v->window_ns));
        cross_at(c, v->cross_ns);
    }
}

static void pan(struct control *c, int quarters, int64_t now_ns)
{
    struct view *v = &c->view;
    int64_t by = v->window_ns / 4 * quarters, was = view_end(v);
    if (!v->frozen && quarters > 0) {
        control_say(c, false, "this is now; [ goes back in time", now_ns);
        return;
    }
    freeze(c);
    if (quarters > 0 && was + by >= c->newest->now_ns && !v->cross) {
        control_thaw(c);
        return;
    }
    place(c, was + by);
    if (v->end_ns == was && quarters < 0)
        control_say(c, false, "nothing earlier is recorded", now_ns);
    v->marker = v->cross ? v->marker : 0;
    if (v->cross)
        cross_at(c, v->cross_ns + v->end_ns - was);
    else
        look_at(c, v->end_ns);
}

/* ---- cross-hair and markers --------------------------------------------------------------- */

static void leave_cross(struct control *c)
{
    bool live = c->cross_was_live;
    c->view.cross = c->view.cross_gap = false;
    c->view.marker = 0;
    if (live)
        control_thaw(c);
    else
        look_at(c, c->view.end_ns);
}

static void enter_cross(struct control *c)
{
    if (c->view.cross)
        return;
    c->cross_was_live = !c->view.frozen;
    freeze(c);
    struct slices s = columns(c);
    cross_at(c, c->view.end_ns - s.width_ns * (s.columns / 4));
}

static void move(struct control *c, int by)
{
    if (!c->view.cross)
        return;
    c->view.marker = 0;
    cross_at(c, c->view.cross_ns + by * columns(c).width_ns);
}

/* The marker after (by = 1) or before (-1) the one in view, or else the instant in view;
 * the newest where the view is live. NULL: there is none. */
static const struct marker *neighbour(const struct control *c, int by)
{
    const struct history *h = &c->history;
    const struct view *v = &c->view;
    int n = h->marker_count;
    if (!v->frozen)
        return n > 0 ? history_marker(h, n - 1) : NULL;
    int64_t at = v->cross ? v->cross_ns : v->end_ns;
    for (int k = 0; k < n; k++) {
        int i = by > 0 ? k : n - 1 - k;
        const struct marker *m = history_marker(h, i);
        bool beyond = v->marker != 0 ? (by > 0 ? m->event > v->marker : m->event < v->marker)
                                     : (by > 0 ? m->at_ns > at : m->at_ns < at);
        if (beyond)
            return m;
    }
    return NULL;
}

static void jump(struct control *c, int by, int64_t now_ns)
{
    const struct marker *m = neighbour(c, by);
    int64_t first, last;
    if (m == NULL || !history_range(&c->history, &first, &last)) {
        control_say(c, false,
                    c->history.marker_count == 0 ? "no markers yet: m drops a note, s makes a spike"
                    : by > 0                     ? "no marker after this one; N goes back"
                                                 : "no marker before this one; n goes on",
                    now_ns);
        return;
    }
    if (m->at_ns < first) {
        control_say(c, false, "that marker is more than an hour back", now_ns);
        return;
    }
    if (!c->view.cross)
        c->cross_was_live = !c->view.frozen;
    freeze(c);
    struct slices s = columns(c);
    int64_t margin = c->view.window_ns / 8; /* stays where it is if the marker is well in view */
    if (m->at_ns < s.first_ns + margin || m->at_ns + margin > c->view.end_ns)
        place(c, m->at_ns + c->view.window_ns / 2);
    c->view.marker = m->event;
    cross_at(c, m->at_ns);
}

/* ---- keys ------------------------------------------------------------------------------------ */

void control_time(struct control *c, enum action action, int64_t now_ns)
{
    control_say(c, false, "", now_ns); /* the line is wanted for the instant */
    switch ((int)action) {
    case ACT_FREEZE:
        if (c->view.frozen)
            control_thaw(c);
        else
            freeze(c);
        break;
    case ACT_ZOOM_IN:
        zoom(c, -1);
        break;
    case ACT_ZOOM_OUT:
        zoom(c, 1);
        break;
    case ACT_ZOOM_RESET:
        c->view.window_ns = CONTROL_WINDOW_NS;
        control_thaw(c);
        break;
    case ACT_PAN_BACK:
        pan(c, -1, now_ns);
        break;
    case ACT_PAN_ON:
        pan(c, 1, now_ns);
        break;
    case ACT_PAN_BACK_FAR:
        pan(c, -4, now_ns);
        break;
    case ACT_PAN_ON_FAR:
        pan(c, 4, now_ns);
        break;
    case ACT_MARKER_NEXT:
        jump(c, 1, now_ns);
        break;
    case ACT_MARKER_PREVIOUS:
        jump(c, -1, now_ns);
        break;
    case ACT_CROSS:
        if (c->view.cross)
            leave_cross(c);
        else
            enter_cross(c);
        break;
    case ACT_CROSS_LEFT:
        move(c, -1);
        break;
    case ACT_CROSS_RIGHT:
        move(c, 1);
        break;
    case ACT_CROSS_LEFT_10:
        move(c, -10);
        break;
    case ACT_CROSS_RIGHT_10:
        move(c, 10);
        break;
    case ACT_CROSS_FIRST:
        move(c, -GRID_SIDE_MAX);
        break;
    case ACT_CROSS_LAST:
        move(c, GRID_SIDE_MAX);
        break;
    }
}

bool control_time_back(struct control *c)
{
    if (c->view.report != NULL)
        c->view.report = NULL;
    else if (c->view.cross)
        leave_cross(c);
    else if (c->view.frozen)
        control_thaw(c);
    else
        return false;
    return true;
}

/* ---- stats since MARK ------------------------------------------------------------------------ */

/* The word after a word of which at least `least` letters stand in text; NULL: another one. */
static const char *after_word(const char *text, const char *word, size_t least)
{
    size_t n = strcspn(text, " ");
    if (n < least || n > strlen(word) || strncmp(text, word, n) != 0)
        return NULL;
    return text + n + strspn(text + n, " ");
}

/* The text of a note; NULL if the event is none. */
static const char *note_of(const struct sp_event *e)
{
    return e->kind == 'M' ? after_word(e->command, "mark", 1) : NULL;
}

static const struct sp_event *event_of(const struct history *h, uint64_t number)
{
    for (int i = h->event_count; i-- > 0;)
        if (history_event(h, i)->number == number)
            return history_event(h, i);
    return NULL;
}

/* The newest marker with this letter, or else the newest note that begins like this. */
static const struct marker *marker_named(const struct history *h, const char *name)
{
    for (int i = h->marker_count; i-- > 0;)
        if (strcmp(history_marker(h, i)->letter, name) == 0)
            return history_marker(h, i);
    for (int i = h->marker_count; i-- > 0;) {
        const struct sp_event *e = event_of(h, history_marker(h, i)->event);
        const char *note = e != NULL ? note_of(e) : NULL;
        if (note != NULL && strncmp(note, name, strlen(name)) == 0)
            return history_marker(h, i);
    }
    return NULL;
}

bool control_stats(struct control *c, const char *text, int64_t now_ns)
{
    const char *since = after_word(text, "stats", 2);
    if (since == NULL)
        return false;
    const char *at = after_word(since, "since", 1);
    char name[SP_EVENT_TEXT], say[SP_EVENT_TEXT + 80];
    snprintf(name, sizeof name, "%s", at != NULL ? at : "");
    for (size_t n = strlen(name); n > 0 && name[n - 1] == ' '; n--)
        name[n - 1] = 0;
    const struct marker *m = name[0] != 0 ? marker_named(&c->history, name) : NULL;
    if (m == NULL) {
        if (name[0] == 0)
            snprintf(say, sizeof say,
                     "stats since MARK: a letter of the ruler, or how a note begins");
        else
            snprintf(say, sizeof say, "no marker or note \"%s\"; letters stand on the ruler", name);
        control_say(c, true, say, now_ns);
        return true;
    }
    const struct sp_event *e = event_of(&c->history, m->event);
    snprintf(say, sizeof say, "%s %s", m->letter, e != NULL ? e->command : "");
    report_since(&c->history, say, m->at_ns, c->newest->now_ns, &c->report);
    c->view.report = &c->report;
    control_say(c, false, "", now_ns);
    return true;
}
