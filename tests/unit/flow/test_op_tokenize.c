/* The tokenize operator over whole blocks: every row's tokens are its own words. */
#include "tests/lib/flow_kit.h"

#include "flow/op.h"

static struct block_pool pool;
static struct op_tokenize op;

static struct block *start(void)
{
    if (pool.count == 0)
        kit_pool(&pool, 4, 4096);
    op.tokenize = tokenize_select("scalar");
    cr_assert_not_null(op.tokenize);
    return block_pool_take(&pool);
}

Test(op_tokenize, every_row_gets_its_words)
{
    struct block *b = start();
    for (uint64_t i = 0; i < 50; i++)
        kit_row(b, i, (uint32_t)(i % 23));
    op_tokenize_apply(&op, b, 0);
    for (uint32_t r = 0; r < 50; r++) {
        kit_check_tokens(b, r);
        cr_assert(b->flags[r] & ROW_TOKENS);
    }
    cr_assert_eq(b->span_used, b->token_end[49]);
}

Test(op_tokenize, rows_before_from_are_left_alone)
{
    struct block *b = start();
    kit_row(b, 1, 10);
    kit_row(b, 2, 10);
    op_tokenize_apply(&op, b, 1);
    cr_assert_not(b->flags[0] & ROW_TOKENS);
    cr_assert_eq(b->token_end[0], 0u);
    kit_check_tokens(b, 1);
}

Test(op_tokenize, a_dead_row_gets_none)
{
    struct block *b = start();
    kit_row(b, 1, 10);
    b->flags[kit_row(b, 2, 10)] = ROW_DEAD;
    kit_row(b, 3, 10);
    op_tokenize_apply(&op, b, 0);
    kit_check_tokens(b, 0);
    cr_assert_eq(b->token_end[1], b->token_end[0]);
    cr_assert_not(b->flags[1] & ROW_TOKENS);
    kit_check_tokens(b, 2);
}

Test(op_tokenize, a_row_that_came_with_tokens_keeps_them)
{
    struct block *b = start();
    kit_row(b, 1, 10);
    kit_tokens(b, 0);
    b->span[4].end = b->span[4].begin; /* a mark of the one who made them */
    kit_row(b, 2, 10);
    op_tokenize_apply(&op, b, 0);
    cr_assert_eq(b->span[4].end, b->span[4].begin);
    kit_check_tokens(b, 1);
}

Test(op_tokenize, it_can_be_applied_twice)
{
    struct block *b = start();
    for (uint64_t i = 0; i < 9; i++)
        kit_row(b, i, 31);
    op_tokenize_apply(&op, b, 0);
    op_tokenize_apply(&op, b, 0);
    op_tokenize_apply(&op, b, 5);
    for (uint32_t r = 0; r < 9; r++)
        kit_check_tokens(b, r);
}

/* Two branches meet in front of it, one of which has tokens already: the rows of a
 * block are mixed in any way. */
Test(op_tokenize, rows_with_and_without_tokens_in_any_order)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct prng p = prng_split(seed, 0);
        struct block *b = start();
        for (uint64_t i = 0; block_fits(b, 40) && b->count < 200; i++) {
            uint32_t r = kit_row(b, i, (uint32_t)prng_below(&p, 41));
            uint64_t kind = prng_below(&p, 5);
            if (kind < 2)
                kit_tokens(b, r);
            else if (kind == 2)
                b->flags[r] = ROW_DEAD;
        }
        op_tokenize_apply(&op, b, 0);
        for (uint32_t r = 0; r < b->count; r++) {
            if (b->flags[r] & ROW_DEAD)
                cr_assert_eq(b->token_end[r], block_first_span(b, r));
            else
                kit_check_tokens(b, r);
        }
        cr_assert_eq(b->span_used, b->token_end[b->count - 1]);
        block_pool_give(&pool, b);
    }
}
