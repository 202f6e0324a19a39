#include "lab/watch.h"

#include <stdlib.h>
#include <string.h>

#define SPANS_MIN 8
#define BLOCKED_SHARE 0.1 /* Flink calls a second OK up to this */

bool watch_open(struct watch *w)
{
    *w = (struct watch){.past = malloc(WATCH_SECONDS * sizeof *w->past)};
    watch_begin(w);
    return w->past != NULL;
}

void watch_close(struct watch *w)
{
    free(w->past);
    w->past = NULL;
}

void watch_begin(struct watch *w)
{
    *w = (struct watch){.past = w->past, .span_ns = NS_PER_S, .next_ns = NS_PER_S};
}

/* ---- spans -------------------------------------------------------------------------------- */

/* Every second span stays: all are twice as long from now on. */
static void thin(struct watch *w)
{
    for (int i = 0; i < w->spans / 2; i++)
        w->past[i] = w->past[2 * i + 1];
    w->spans /= 2;
    w->span_ns *= 2;
    w->next_ns = (w->spans + 1) * w->span_ns;
}

static void see_span(struct watch *w, const struct sp_reading *r)
{
    if (r->now_ns < w->next_ns)
        return;
    if (w->spans == WATCH_SECONDS)
        thin(w);
    if (r->now_ns < w->next_ns)
        return;
    w->past[w->spans++] = r->latency_hist;
    w->next_ns = (w->spans + 1) * w->span_ns;
}

/* ---- intervals ------------------------------------------------------------------------------ */

static void see_interval(struct watch *w, const struct sp_reading *r)
{
    if (w->interval_ns == 0) {
        w->interval_ns = r->knobs.value[KNOB_INTERVAL];
        w->interval_end_ns = w->interval_ns;
    }
    if (r->now_ns < w->interval_end_ns)
        return;
    double length_s = (double)(r->now_ns - w->interval_end_ns + w->interval_ns) / 1e9;
    bool blocked = r->accumulated_backpressured_s - w->blocked_s > BLOCKED_SHARE * length_s;
    w->blocked += w->was_blocked;
    w->rectified += w->was_blocked && !blocked;
    w->was_blocked = blocked;
    w->blocked_s = r->accumulated_backpressured_s;
    while (w->interval_end_ns <= r->now_ns)
        w->interval_end_ns += w->interval_ns;
}

void watch_see(struct watch *w, const struct sp_reading *r)
{
    see_span(w, r);
    see_interval(w, r);
}

/* ---- steady? --------------------------------------------------------------------------------- */

/* Mean latency of span i in µs, and how many records it is of. */
static int64_t span_mean(const struct watch *w, int i, uint64_t *count)
{
    const struct hist *to = &w->past[i], *from = i > 0 ? &w->past[i - 1] : NULL;
    *count = to->count - (from ? from->count : 0);
    i128 sum = to->sum - (from ? from->sum : 0);
    return *count ? (int64_t)(sum / 1000 / (i128)*count) : 0;
}

/* MSER (White 1997): the cut d that makes sum((x - mean)^2) / (n - d)^2 least. A span in
 * which nothing arrived has no mean and is left out. The last whole half is never cut. */
static int best_cut(const struct watch *w)
{
    double sum = 0, square = 0, least = 0;
    int n = 0, best = w->spans;
    for (int d = w->spans - 1; d >= 0; d--) {
        uint64_t count;
        double x = (double)span_mean(w, d, &count);
        if (count > 0) {
            sum += x;
            square += x * x;
            n++;
        }
        if (n == 0 || d > w->spans / 2)
            continue;
        double spread = square - sum * sum / n;
        double value = (spread > 0 ? spread : 0) / n / n;
        if (best == w->spans || value <= least) {
            least = value;
            best = d;
        }
    }
    return best == w->spans ? w->spans / 2 : best;
}

void watch_steady(const struct watch *w, const struct sp_reading *last, struct watch_steady *out)
{
    int cut = w->spans >= SPANS_MIN ? best_cut(w) : 0;
    out->steady = w->spans >= SPANS_MIN && cut < w->spans / 2;
    out->from_ns = cut * w->span_ns;
    out->rest = last->latency_hist;
    if (cut > 0)
        hist_subtract(&out->rest, &w->past[cut - 1]);
}
