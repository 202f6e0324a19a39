#include "flow/op.h"

/* Spans lie in row order, so those of rows [from, count) are laid down afresh. */
void op_tokenize_apply(void *context, struct block *b, uint32_t from)
{
    const struct op_tokenize *op = context;
    uint32_t used = block_first_span(b, from);
    for (uint32_t r = from; r < b->count; r++) {
        if (b->flags[r] & ROW_TOKENS) {
            used = b->token_end[r];
            continue;
        }
        if (!(b->flags[r] & ROW_DEAD)) {
            uint32_t begin = b->offset[r];
            used += op->tokenize(b->slab, begin, begin + b->length[r], b->span + used);
            b->flags[r] |= ROW_TOKENS;
        }
        b->token_end[r] = used;
    }
    assert(used <= b->span_size);
    b->span_used = used;
}
