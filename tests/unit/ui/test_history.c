/* What the graphs remember. */
#include "ui/history.h"

#include <criterion/criterion.h>
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
    cr_assert(history_sample(&h, 0)->v[FIELD_IN] > 2.9, "the last reading of the slot counts");
}

Test(history, the_oldest_samples_go_first)
{
    for (int i = 1; i < HISTORY_SAMPLES + 51; i++)
        push(i * 100, i - 1);
    cr_assert_eq(h.count, HISTORY_SAMPLES);
    cr_assert_eq(history_sample(&h, 0)->at_ns, 5100 * NS_PER_MS);
    struct extent e = history_span(&h, FIELD_IN, 0, INT64_MAX);
    cr_assert_eq((int)e.min, 50);
    cr_assert_eq((int)e.max, HISTORY_SAMPLES + 49);
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
