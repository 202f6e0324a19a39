/* Figures as the screen writes them: short, with units, never "nan". */
#ifndef UI_FMT_H
#define UI_FMT_H

#include <stdbool.h>
#include <stdint.h>

struct txt {
    char s[28];
};

/* 812, 8.1k, 48.2k, 612k, 1.37M; "n/a" for a negative or not-a-number v. */
struct txt fmt_si(double v);
/* 9,412,006 */
struct txt fmt_grouped(uint64_t v);
/* Engine time 00:03:42; hours grow beyond 99 as needed. */
struct txt fmt_clock(int64_t ns);
/* Minutes and seconds, 03:42, with hours only from one hour on. */
struct txt fmt_clock_short(int64_t ns);
/* A latency: 850us, 3.4ms, 184ms, 1.25s, 92s, 5m02s; "n/a" if negative. */
struct txt fmt_latency(int64_t ns);
/* Seconds of a wait or a total: 3.2 s, 184 s. */
struct txt fmt_seconds(double s);
/* nano-USD: $0, $0.018, $1.25, $1,024. */
struct txt fmt_usd(int64_t nusd);
/* A ratio 0..1 as per cent: 31%. "n/a" if negative. */
struct txt fmt_percent(double ratio);
/* Tick of an axis: like fmt_si, without digits that say nothing: 0, 50, 1.5k, 2M. */
struct txt fmt_tick(double v);

/* Does `what` stand somewhere in the text? Small and capital letters are the same; an empty
 * `what` stands everywhere. */
bool text_contains(const char *text, const char *what);

/* A record's id, "0:123": its source and its number there. */
struct txt fmt_record(uint64_t id);

#endif
