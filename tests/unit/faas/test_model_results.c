/* Results that are really computed, sameness under a seed, the books, a replay of
 * the 2023 measurements. */
#include "lab.h"

#include <string.h>

/* ---- results ------------------------------------------------------------------------- */

struct batch {
    struct block block[2];
    unsigned char slab[2][64 + 64];
    struct span span[2][64];
    struct block_list list;
};

/* Two blocks of two and one records. */
static struct batch *batch_make(uint64_t first_id)
{
    static struct batch made[2];
    struct batch *b = &made[first_id & 1];
    for (int i = 0; i < 2; i++) {
        struct block *block = &b->block[i];
        block->slab = b->slab[i];
        block->slab_size = 64;
        block->span = b->span[i];
        block->span_size = 64;
        block_clear(block);
        block->count = i == 0 ? 2 : 1;
        memcpy(block->slab, "one two", 7);
        for (uint32_t row = 0; row < block->count; row++) {
            block->id[row] = first_id + 10 * (uint64_t)i + row;
            block->offset[row] = row * 4;
            block->length[row] = 3;
            block->flags[row] = 0;
        }
    }
    b->block[0].next = &b->block[1];
    b->list = (struct block_list){b->block, 3};
    return b;
}

static void submit_batch(struct lab *l, uint64_t ticket, const struct batch *b, int64_t now_ns)
{
    struct call call = {.ticket = ticket, .attempt = 1, .batch = &b->list, .records = 3};
    cr_assert(l->t->submit(l->t->self, &call, now_ns));
}

Test(model_results, take_computes_every_block_once)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    struct batch *b = batch_make(100);
    submit_batch(&l, 5, b, 0);
    struct answer a;
    cr_assert(poll(&l, CALL_NS, &a));
    cr_assert_eq(*l.blocks, 0);
    cr_assert(l.t->take(l.t->self, &a, &b->list));
    cr_assert_eq(*l.blocks, 2);
    cr_assert_eq(b->block[0].token_end[1], 2);
    cr_assert_eq(b->block[1].token_end[0], 1);
    cr_assert_eq(b->block[0].span[1].begin, 4);
    cr_assert(b->block[0].flags[0] == ROW_TOKENS && b->block[0].flags[1] == ROW_TOKENS &&
              b->block[1].flags[0] == ROW_TOKENS);
    cr_assert_not(l.t->take(l.t->self, &a, &b->list), "an answer is taken once");
    cr_assert_eq(*l.blocks, 2);
    lab_close(&l);
}

Test(model_results, take_refuses_records_that_were_not_submitted)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    struct batch *b = batch_make(100), *other = batch_make(201);
    submit_batch(&l, 5, b, 0);
    struct answer a;
    cr_assert(poll(&l, CALL_NS, &a));
    cr_assert_not(l.t->take(l.t->self, &a, &other->list), "other ids");
    struct block_list fewer = {b->list.first, 2};
    cr_assert_not(l.t->take(l.t->self, &a, &fewer), "another count");
    b->block[1].count = 0;
    cr_assert_not(l.t->take(l.t->self, &a, &b->list), "a row is missing");
    b->block[1].count = 1;
    struct answer forged = a;
    forged.attempt = 2;
    cr_assert_not(l.t->take(l.t->self, &forged, &b->list), "another attempt");
    cr_assert(l.t->take(l.t->self, &a, &b->list));
    lab_close(&l);
}

Test(model_results, failed_answers_and_those_before_the_last_poll_have_no_result)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    struct batch *b = batch_make(100);
    struct answer a, later;
    submit_batch(&l, 5, b, 0);
    cr_assert(poll(&l, CALL_NS, &a));
    cr_assert_not(poll(&l, CALL_NS, &later));
    cr_assert_not(l.t->take(l.t->self, &a, &b->list));
    faas_model_fault(l.m, FAULT_FUNCTION_ERROR, PPM_ONE, TIME_NEVER);
    submit_batch(&l, 6, b, CALL_NS);
    cr_assert(poll(&l, 2 * CALL_NS, &a));
    cr_assert_not(l.t->take(l.t->self, &a, &b->list));
    cr_assert_eq(*l.blocks, 0);
    lab_close(&l);
}

/* ---- sameness ------------------------------------------------------------------------- */

#define TRACE 4000

/* A busy day: bursts, pauses, cancels; everything that was answered. */
static int trace(const struct faas_config *c, uint64_t seed, struct answer out[TRACE],
                 int64_t at_ns[TRACE], struct faas_seen *end)
{
    struct lab l = lab_open(c, 256, seed);
    int n = 0;
    for (int64_t ms = 0; ms < 3000 && n < TRACE; ms++) {
        for (int i = 0; i < (ms / 500 % 2 ? 2 : 1); i++)
            submit(&l, 1 + (uint32_t)(ms % 100), ms * NS_PER_MS);
        if (ms % 7 == 0)
            l.t->cancel(l.t->self, l.next_ticket - 1, 1, ms * NS_PER_MS);
        while (n < TRACE && poll(&l, ms * NS_PER_MS, &out[n]))
            at_ns[n++] = ms * NS_PER_MS;
    }
    *end = seen(&l, 3000 * NS_PER_MS);
    lab_close(&l);
    return n;
}

static struct faas_config eventful(void)
{
    struct faas_config c = year(CALIBRATION_2026, LANGUAGE_PYTHON);
    c.concurrency_limit = 80;
    c.error_ppm = c.function_error_ppm = c.lose_ppm = c.late_ppm = 20000;
    return c;
}

static bool same(const struct answer *a, const struct answer *b)
{
    return a->ticket == b->ticket && a->attempt == b->attempt && a->status == b->status &&
           a->reason == b->reason && a->cold == b->cold && a->init_ns == b->init_ns &&
           a->billed_ns == b->billed_ns && a->cost_nusd == b->cost_nusd &&
           a->retry_after_ns == b->retry_after_ns && a->executed == b->executed;
}

Test(model_results, same_seed_gives_the_same_answers_and_another_seed_others)
{
    static struct answer a[TRACE], b[TRACE];
    static int64_t a_ns[TRACE], b_ns[TRACE];
    struct faas_seen a_end, b_end;
    struct faas_config c = eventful();
    int n = trace(&c, 7, a, a_ns, &a_end);
    cr_assert_gt(n, 2000);
    cr_assert(a_end.errors && a_end.function_errors && a_end.lost && a_end.late && a_end.throttled,
              "all kinds occur");
    cr_assert_eq(trace(&c, 7, b, b_ns, &b_end), n);
    for (int i = 0; i < n; i++)
        cr_assert(a_ns[i] == b_ns[i] && same(&a[i], &b[i]), "answer %d", i);
    cr_assert_eq(a_end.cost_nusd, b_end.cost_nusd);
    int m = trace(&c, 8, b, b_ns, &b_end), differ = 0;
    for (int i = 0; i < n && i < m; i++)
        differ += a[i].billed_ns != b[i].billed_ns;
    cr_assert_gt(differ, n / 2);
}

Test(model_results, fault_shifts_no_other_calls_numbers)
{
    struct faas_config calm = year(CALIBRATION_2026, LANGUAGE_PYTHON), rough = calm;
    rough.error_ppm = 200000;
    rough.function_error_ppm = 200000;
    struct lab a = lab_open(&calm, 200, 3), b = lab_open(&rough, 200, 3);
    int64_t billed_ns[201] = {0}, now_ns = 0;
    for (int i = 0; i < 200; i++)
        submit(&a, 10, 0), submit(&b, 10, 0);
    for (int i = 0; i < 200; i++) {
        struct answer x = next(&a, &now_ns);
        billed_ns[x.ticket] = x.billed_ns;
    }
    now_ns = 0;
    int compared = 0;
    for (int i = 0; i < 200; i++) {
        struct answer x = next(&b, &now_ns);
        if (x.status != ANSWER_ERROR) {
            cr_assert_eq(x.billed_ns, billed_ns[x.ticket]);
            compared++;
        }
    }
    cr_assert(compared > 100 && compared < 200);
    lab_close(&a);
    lab_close(&b);
}

Test(model_results, every_call_is_accounted_for)
{
    struct faas_config c = eventful();
    c.late_ppm = c.lose_ppm = 0;
    struct lab l = lab_open(&c, 512, 9);
    bool answered[TRACE] = {false};
    uint64_t count[ANSWER_STATUS_COUNT] = {0};
    int64_t now_ns = 0, cost_nusd = 0;
    struct answer out;
    for (int i = 0; i < 3000; i++) {
        now_ns = i * NS_PER_MS;
        cr_assert(submit(&l, 20, now_ns));
        while (poll(&l, now_ns, &out)) {
            cr_assert_not(answered[out.ticket]);
            answered[out.ticket] = true;
            count[out.status]++;
            cost_nusd += out.cost_nusd;
        }
    }
    while (due(&l) != TIME_NEVER) {
        out = next(&l, &now_ns);
        cr_assert_not(answered[out.ticket]);
        answered[out.ticket] = true;
        count[out.status]++;
        cost_nusd += out.cost_nusd;
    }
    for (int i = 1; i <= 3000; i++)
        cr_assert(answered[i], "ticket %d", i);
    struct faas_seen s = seen(&l, now_ns);
    cr_assert_eq(s.calls, 3000);
    cr_assert_eq(s.executed, count[ANSWER_OK]);
    cr_assert_eq(s.throttled, count[ANSWER_THROTTLED]);
    cr_assert_eq(s.errors, count[ANSWER_ERROR]);
    cr_assert_eq(s.function_errors, count[ANSWER_FUNCTION_ERROR]);
    cr_assert_eq(s.executed + s.throttled + s.errors + s.function_errors, 3000);
    cr_assert_eq(s.cost_nusd, cost_nusd, "nothing lost: the answers hold the whole bill");
    lab_close(&l);
}

Test(model_results, clock_that_steps_back_does_no_harm)
{
    struct faas_config c = exact();
    struct lab l = lab_open(&c, 4, 1);
    struct answer a;
    submit(&l, 1, NS_PER_S);
    cr_assert(submit(&l, 1, 0), "counts as submitted at 1 s");
    cr_assert(poll(&l, NS_PER_S + CALL_NS, &a));
    cr_assert(poll(&l, 0, &a));
    cr_assert_eq(a.ticket, 2);
    lab_close(&l);
}

/* The 2023 invoker test: records at 1000/s, one blocking call at a time, latency
 * from the first record of a batch to its answer. Above 50 records the batch's own
 * period shows, not the service. */
static double replay_median_ms(const struct faas_config *c, uint32_t batch)
{
    struct lab l = lab_open(c, 1, 2023);
    int64_t now_ns = 0, latency_ns[1000];
    int n = 0;
    submit(&l, 1, 0); /* the warm-up call of their set-up */
    next(&l, &now_ns);
    int64_t start_ns = now_ns;
    for (int64_t made = 0; n < 1000; n++) {
        int64_t first_ns = start_ns + made * NS_PER_MS;
        first_ns = first_ns > now_ns ? first_ns : now_ns;
        made += batch;
        int64_t full_ns = start_ns + (made - 1) * NS_PER_MS;
        now_ns = full_ns > first_ns ? full_ns : first_ns;
        submit(&l, batch, now_ns);
        next(&l, &now_ns);
        latency_ns[n] = now_ns - first_ns;
    }
    lab_close(&l);
    for (int i = 1; i < n; i++) /* insertion sort */
        for (int j = i; j > 0 && latency_ns[j] < latency_ns[j - 1]; j--) {
            int64_t t = latency_ns[j];
            latency_ns[j] = latency_ns[j - 1];
            latency_ns[j - 1] = t;
        }
    return (double)latency_ns[n / 2] / 1e6;
}

Test(model_results, replay_of_2023_has_its_plateau_where_latency_is_the_batch_period)
{
    static const struct {
        uint32_t batch;
        double python_ms, java_ms;
    } set_a[] = {
        {1, 38, 32},    {5, 38, 32},         {10, 41, 34},     {20, 43, 39},
        {30, 46, 35},   {40, 49, 40},        {70, 82.5, 85.5}, {80, 98, 97.5},
        {90, 109, 106}, {100, 116.5, 106.5}, {200, 234, 228},
    };
    for (size_t i = 0; i < sizeof set_a / sizeof set_a[0]; i++)
        for (int lang = 0; lang < LANGUAGES; lang++) {
            struct faas_config c = year(CALIBRATION_2023, (enum faas_language)lang);
            double measured_ms = lang == LANGUAGE_JAVA ? set_a[i].java_ms : set_a[i].python_ms;
            double ratio = replay_median_ms(&c, set_a[i].batch) / measured_ms;
            double tolerance = set_a[i].batch <= 40 ? 0.15 : 0.25;
            cr_assert(ratio > 1 - tolerance && ratio < 1 + tolerance, "n=%u %s: %.3f",
                      set_a[i].batch, faas_language_names[lang], ratio);
        }
}
