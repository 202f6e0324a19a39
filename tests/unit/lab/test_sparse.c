/* What a histogram gained, as letters and back. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/prng.h"
#include "lab/sparse.h"

static struct hist before, now, read;
static struct text t;

static void setup(void)
{
    hist_reset(&before);
    hist_reset(&now);
    hist_reset(&read);
}

static void teardown(void) { text_free(&t); }

TestSuite(sparse, .init = setup, .fini = teardown);

static void check_back(void)
{
    text_clear(&t);
    text_add(&t, "");
    cr_assert(sparse_write(&t, &before, &now));
    read = before;
    cr_assert(sparse_read(t.s, &read), "%s", t.s);
    cr_assert_eq(read.count, now.count);
    cr_assert(read.lo == now.lo && read.hi == now.hi);
    cr_assert_arr_eq(read.bucket, now.bucket, sizeof now.bucket);
}

Test(sparse, one_value_is_three_letters)
{
    hist_add(&now, 2000000, 1);
    check_back();
    cr_assert_leq(t.size, 3u);
}

Test(sparse, nothing_gained_is_nothing_written)
{
    hist_add(&before, 5, 3);
    now = before;
    check_back();
    cr_assert_eq(t.size, 0u);
}

Test(sparse, any_gain_comes_back)
{
    struct prng random = prng_split(4, 0);
    for (int round = 0; round < 500; round++) {
        before = now;
        for (uint64_t n = prng_below(&random, 300); n > 0; n--)
            hist_add(&now, (int64_t)(prng_next(&random) >> (17 + prng_below(&random, 46))),
                     1 + (uint32_t)prng_below(&random, round % 7 == 0 ? 100000 : 3));
        check_back();
    }
}

Test(sparse, a_loss_cannot_be_written)
{
    hist_add(&before, 100, 2);
    hist_add(&now, 100, 1);
    hist_add(&now, 900, 5);
    cr_assert(!sparse_write(&t, &before, &now));
}

Test(sparse, other_letters_are_refused)
{
    static const char *const bad[] = {"A",         "!",        "AA!",      "g",        "AAg",
                                      "________A", "-------A", "A_______", "\xC3\xA4", "AA A"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hist_reset(&read);
        cr_assert(!sparse_read(bad[i], &read), "%s", bad[i]);
    }
}

Test(sparse, a_bucket_that_would_overflow_is_refused)
{
    hist_add(&read, 0, UINT32_MAX);
    cr_assert(!sparse_read("AA", &read));
}
