/* What the graphs remember. */
#include "ui/history.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct history h;
static struct sp_reading *r;

static void begin(void)
{
    cr_assert(history_open(&h));
    r = calloc(1, sizeof *r);
    knobs_init(&r->knobs);
}

static void end(void)
{
    history_close(&h);
    free(r);
}

static void push(int64_t ms, double in)
{
    r->now_ns = ms * NS_PER_MS;
    r->in_rate = in;
    history_push(&h, r);
}

TestSuite(history, .init = begin, .fini = end);

Test(history, one_sample_for_a_tenth_of_a_second)
{
    push(100, 1);
    push(150, 2);
    push(199, 3);
    push(200, 4);
    cr_assert_eq(h.count, 2);
    cr_assert((int)history_sample(&h, 0)->v[FIELD_IN] == 3, "the last reading of the slot counts");
}

Test(history, the_oldest_samples_go_on_as_seconds)
{
    for (int i = 1; i <= HISTORY_SAMPLES + 1000; i++)
        push(i * 100, i - 1);
    cr_assert_eq(h.count, HISTORY_SAMPLES);
    cr_assert_eq(history_sample(&h, 0)->at_ns, 100100 * NS_PER_MS);
    struct extent e = history_span(&h, FIELD_IN, 0, INT64_MAX);
    cr_assert_eq((int)e.min, 0);
    cr_assert_eq((int)e.max, HISTORY_SAMPLES + 999);
    cr_assert(fabs(e.mean - (HISTORY_SAMPLES + 999) / 2.0) < 6, "%g", e.mean);
    e = history_span(&h, FIELD_IN, 20 * NS_PER_S, 22 * NS_PER_S);
    cr_assert_eq((int)e.min, 199);
    cr_assert_eq((int)e.max, 218);
    cr_assert_eq((int)e.last, 218);
    cr_assert(fabs(e.mean - 208.5) < 0.01, "%g", e.mean);
    e = history_span(&h, FIELD_IN, 20400 * NS_PER_MS, 20500 * NS_PER_MS);
    cr_assert(e.any, "a column narrower than a second is in one");
}

Test(history, an_hour_of_readings_stays_in_bounded_memory)
{
    r->vertex_count = 8;
    push(100, 0);
    size_t bytes = history_bytes(&h);
    cr_assert_leq(bytes, 16 << 20, "%zu", bytes);
    for (int i = 2; i <= 40000; i++) {
        hist_add(&r->latency_hist, (i % 977 + 1) * 1000000, 3);
        push(i * 100, i);
    }
    cr_assert_eq(history_bytes(&h), bytes);
    int64_t first, last;
    cr_assert(history_range(&h, &first, &last));
    cr_assert_eq(last, 4000 * NS_PER_S);
    cr_assert(last - first >= 3600 * NS_PER_S && last - first <= 3750 * NS_PER_S);
    cr_assert_not(history_span(&h, FIELD_IN, 0, 100 * NS_PER_S).any, "older than an hour");
    cr_assert(history_span(&h, FIELD_IN, 500 * NS_PER_S, 510 * NS_PER_S).any);
}

Test(history, percentiles_of_a_range_are_those_of_all_its_records)
{
    /* nine quiet seconds with a thousand records each, then one with a hundred slow ones */
    for (int i = 1; i <= 100; i++) {
        hist_add(&r->latency_hist, i > 90 ? 900 * NS_PER_MS : 10 * NS_PER_MS, i > 90 ? 10 : 100);
        r->latency.count = 1;
        r->latency.p99 = i > 90 ? 900 * NS_PER_MS : 10 * NS_PER_MS; /* of its last second */
        push(i * 100, 1);
    }
    struct extent e = history_span(&h, FIELD_P99, 0, 10 * NS_PER_S);
    cr_assert(e.last > 890e6, "1.1 %% of all records are slow, so p99 is: %g", e.last);
    e = history_span(&h, FIELD_P90, 0, 10 * NS_PER_S);
    cr_assert(e.last < 11e6, "an average of ten p90s would be 99 ms: %g", e.last);
    struct sp_latency l = history_latency(&h, HISTORY_LATENCY, 0, 9 * NS_PER_S);
    cr_assert_eq(l.count, 9000);
    cr_assert_eq(l.max, 10 * NS_PER_MS);
    l = history_latency(&h, HISTORY_LATENCY, 9 * NS_PER_S, 10 * NS_PER_S);
    cr_assert_eq(l.count, 100);
    cr_assert_eq(l.mean, 900 * NS_PER_MS);
    cr_assert_eq(history_latency(&h, HISTORY_CALL, 0, 10 * NS_PER_S).count, 0);
}

Test(history, what_was_worked_out_before_is_not_stale)
{
    hist_add(&r->latency_hist, NS_PER_MS, 5);
    push(100, 1);
    cr_assert_eq(history_latency(&h, HISTORY_LATENCY, 0, NS_PER_S).count, 5);
    hist_add(&r->latency_hist, NS_PER_MS, 7);
    push(900, 1);
    cr_assert_eq(history_latency(&h, HISTORY_LATENCY, 0, NS_PER_S).count, 12);
    push(100, 1); /* restarted */
    cr_assert_eq(history_latency(&h, HISTORY_LATENCY, 0, NS_PER_S).count, 12);
}

Test(history, readings_that_nobody_fetched_leave_no_gap)
{
    r->number = 1;
    push(1000, 5);
    r->number = 51;
    push(6000, 6); /* fifty readings later: the run is faster than the screen */
    cr_assert(history_span(&h, FIELD_IN, 3000 * NS_PER_MS, 3100 * NS_PER_MS).any);
    r->number = 52;
    push(11000, 7); /* the next reading, five seconds later: nothing was measured between */
    cr_assert_not(history_span(&h, FIELD_IN, 8000 * NS_PER_MS, 8100 * NS_PER_MS).any);
}

Test(history, every_knob_is_a_series)
{
    r->knobs.value[KNOB_BATCH] = 50;
    push(1000, 1);
    r->knobs.value[KNOB_BATCH] = 80;
    r->knobs.manual[KNOB_BATCH] = true;
    push(1500, 1);
    r->knobs.value[KNOB_LINGER] = 5 * NS_PER_MS;
    push(2000, 1);
    struct extent e = history_span(&h, FIELD_KNOB + KNOB_BATCH, 1000 * NS_PER_MS, 2000 * NS_PER_MS);
    cr_assert_eq((int)e.min, 50);
    cr_assert_eq((int)e.max, 80);
    cr_assert_eq((int)e.last, 80);
    struct knobs k;
    cr_assert(history_knobs(&h, 1400 * NS_PER_MS, &k));
    cr_assert_eq(k.value[KNOB_BATCH], 50);
    cr_assert_not(k.manual[KNOB_BATCH]);
    cr_assert(history_knobs(&h, 1500 * NS_PER_MS, &k));
    cr_assert_eq(k.value[KNOB_BATCH], 80);
    cr_assert(k.manual[KNOB_BATCH]);
    cr_assert_neq(k.value[KNOB_LINGER], 5 * NS_PER_MS);
    cr_assert_not(history_knobs(&h, 900 * NS_PER_MS, &k), "before the first reading");
}

Test(history, knobs_turned_all_the_time_stay_bounded_and_right)
{
    struct knobs k;
    for (int i = 1; i <= HISTORY_CHANGES * 2; i++) {
        r->knobs.value[KNOB_BATCH] = i % 9000 + 1;
        push(i * 100, 1);
    }
    int i = HISTORY_CHANGES * 2 - 10;
    cr_assert(history_knobs(&h, i * 100 * NS_PER_MS, &k));
    cr_assert_eq(k.value[KNOB_BATCH], i % 9000 + 1);
    cr_assert_not(history_knobs(&h, 200 * NS_PER_MS, &k), "too long ago: not known, not wrong");
}

Test(history, a_whole_reading_of_an_instant)
{
    struct sp_reading *then = calloc(1, sizeof *then);
    r->vertex_count = 2;
    for (int i = 1; i <= 60; i++) {
        r->number = (uint64_t)i;
        r->in = (uint64_t)i * 80;
        r->out = r->in - 10;
        r->in_flight = 10;
        r->vertex[1].busy = i * 10;
        r->vertex[1].queue = i;
        r->busy = i / 100.0;
        r->cost_nusd = i * 1000;
        hist_add(&r->latency_hist, i * NS_PER_MS, 80);
        push(i * 100, i);
    }
    cr_assert(history_reading(&h, r, 3050 * NS_PER_MS, then));
    cr_assert_eq(then->now_ns, 3050 * NS_PER_MS);
    cr_assert_eq(then->in, 2400);
    cr_assert(then->balanced);
    cr_assert_eq((int)then->in_rate, 30);
    cr_assert_eq((int)then->vertex[1].busy, 300);
    cr_assert_eq(then->vertex[1].queue, 30);
    cr_assert_eq(then->cost_nusd, 30000);
    cr_assert_eq(then->latency.count, 800, "of the second before");
    cr_assert_eq(then->latency.max, 30 * NS_PER_MS);
    r->number = 61;
    push(20000, 1);
    cr_assert_not(history_reading(&h, r, 12000 * NS_PER_MS, then), "in a gap");
    cr_assert(then->in_rate < 0 && then->latency.count == 0, "nothing is made up");
    cr_assert_not(history_reading(&h, r, 50 * NS_PER_MS, then), "before the first");
    free(then);
}

Test(history, a_span_tells_smallest_largest_and_last)
{
    push(1000, 5);
    push(1100, 50);
    push(1200, 1);
    push(1300, 7);
    push(1400, 99);
    struct extent e = history_span(&h, FIELD_IN, 1000 * NS_PER_MS, 1400 * NS_PER_MS);
    cr_assert(e.any);
    cr_assert_eq((int)e.min, 1);
    cr_assert_eq((int)e.max, 50);
    cr_assert_eq((int)e.last, 7);
}

Test(history, a_sample_speaks_for_a_while_and_then_there_is_a_gap)
{
    push(1000, 5);
    push(9000, 6);
    cr_assert(history_span(&h, FIELD_IN, 1500 * NS_PER_MS, 1550 * NS_PER_MS).any);
    cr_assert_not(history_span(&h, FIELD_IN, 1700 * NS_PER_MS, 1750 * NS_PER_MS).any);
    cr_assert_not(history_span(&h, FIELD_IN, 5000 * NS_PER_MS, 8900 * NS_PER_MS).any);
    cr_assert_not(history_span(&h, FIELD_IN, 0, 900 * NS_PER_MS).any, "nothing before the first");
    cr_assert(history_span(&h, FIELD_IN, 9000 * NS_PER_MS, 9001 * NS_PER_MS).any);
}

Test(history, what_was_not_measured_is_a_gap_not_a_zero)
{
    push(1000, 5);
    cr_assert_not(history_span(&h, FIELD_P99, 0, INT64_MAX).any);
    r->latency.count = 1;
    r->latency.p99 = 0;
    push(1100, 5);
    cr_assert(history_span(&h, FIELD_P99, 0, INT64_MAX).any, "a measured zero is one");
}

Test(history, a_restart_empties_it)
{
    push(5000, 1);
    push(5100, 1);
    push(200, 9);
    cr_assert_eq(h.count, 1);
    cr_assert_eq((int)history_sample(&h, 0)->v[FIELD_IN], 9);
}

Test(history, a_rate_over_no_time_is_none)
{
    push(0, 4e6);
    push(1, 4e6);
    cr_assert_not(history_span(&h, FIELD_IN, 0, INT64_MAX).any);
    push(100, 800);
    cr_assert_eq((int)history_span(&h, FIELD_IN, 0, INT64_MAX).max, 800);
}

static void event(uint64_t number, enum sp_author author, char kind)
{
    struct sp_event *e = &r->event[r->events++];
    memset(e, 0, sizeof *e);
    e->number = number;
    e->author = author;
    e->kind = kind;
    e->at_ns = (int64_t)number * NS_PER_S;
}

Test(history, people_get_capitals_and_the_controller_small_letters)
{
    event(1, SP_YOU, 'L');
    event(2, SP_AUTO, 'D');
    event(3, SP_YOU, '!');
    event(4, SP_SCENARIO, 'K');
    push(100, 1);
    push(200, 1); /* the same events again */
    cr_assert_eq(h.marker_count, 3, "each once, and none for a refusal");
    cr_assert_str_eq(history_marker_of(&h, 1)->letter, "A");
    cr_assert_str_eq(history_marker_of(&h, 2)->letter, "a");
    cr_assert_str_eq(history_marker_of(&h, 4)->letter, "B");
    cr_assert_null(history_marker_of(&h, 3));
}

Test(history, after_z_letters_go_on_with_a_number)
{
    for (int i = 0; i < 28; i++)
        event((uint64_t)i + 1, SP_YOU, 'K');
    push(100, 1);
    cr_assert_str_eq(history_marker_of(&h, 26)->letter, "Z");
    cr_assert_str_eq(history_marker_of(&h, 27)->letter, "A2");
}

Test(history, markers_are_bounded)
{
    for (uint64_t i = 1; i <= HISTORY_MARKERS + 10; i++) {
        r->events = 0;
        event(i, SP_YOU, 'K');
        push((int64_t)i * 100, 1);
    }
    cr_assert_eq(h.marker_count, HISTORY_MARKERS);
    cr_assert_null(history_marker_of(&h, 10));
    cr_assert_not_null(history_marker_of(&h, 11));
}

static int64_t policy(const char *name)
{
    for (int64_t i = 0; knob_table[KNOB_POLICY].names[i] != NULL; i++)
        if (strcmp(knob_table[KNOB_POLICY].names[i], name) == 0)
            return i;
    cr_assert(false, "no policy %s", name);
    return 0;
}

Test(history, a_knob_is_shown_while_the_policy_obeys_it)
{
    struct knobs *k = &r->knobs;
    k->value[KNOB_POLICY] = policy("off");
    cr_assert_not(knob_applies(k, KNOB_BUSY_ON));
    cr_assert(knob_applies(k, KNOB_LINGER), "this one always applies");
    k->value[KNOB_POLICY] = policy("hysteresis");
    cr_assert(knob_applies(k, KNOB_BUSY_ON));
    cr_assert_not(knob_applies(k, KNOB_BUSY_THRESHOLD));
    push(100, 1);
    struct extent on = history_span(&h, FIELD_BUSY_ON, 0, INT64_MAX);
    cr_assert(on.any);
    cr_assert_eq((int)on.last, (int)(k->value[KNOB_BUSY_ON] / 10000));
}
