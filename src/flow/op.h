/* Operators: what a task does to a block's rows, in place. One file each. */
#ifndef FLOW_OP_H
#define FLOW_OP_H

#include "flow/task.h"
#include "record/tokenize.h"

/* Splits each row's text into tokens (the token rule), as spans into the slab.
 * context: struct op_tokenize. Dead rows and rows that came with tokens pass. */
struct op_tokenize {
    tokenize_fn *tokenize;
};
void op_tokenize_apply(void *context, struct block *b, uint32_t from);

#endif
