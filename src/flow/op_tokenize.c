#include "flow/op.h"

#include <string.h>

/* Spans lie in row order, so those of rows [from, count) are laid down afresh.
 * What such rows came with is first put aside, at the far end: the array holds the
 * most tokens that all texts of the block can have, so the two never meet. */
void op_tokenize_apply(void *context, struct block *b, uint32_t from)
{
    const struct op_tokenize *op = context;
    uint32_t used = block_first_span(b, from), seen = used;
    uint32_t aside = b->span_size - (b->span_used - used);
    memmove(b->span + aside, b->span + used, (b->span_size - aside) * sizeof *b->span);
    for (uint32_t r = from; r < b->count; r++) {
        uint32_t had = b->token_end[r] - seen;
        seen += had;
        if (b->flags[r] & ROW_TOKENS) {
            memmove(b->span + used, b->span + aside, had * sizeof *b->span);
            used += had;
        } else if (!(b->flags[r] & ROW_DEAD)) {
            uint32_t begin = b->offset[r];
            used += op->tokenize(b->slab, begin, begin + b->length[r], b->span + used);
            b->flags[r] |= ROW_TOKENS;
        }
        aside += had;
        b->token_end[r] = used;
        assert(used <= aside);
    }
    b->span_used = used;
}
