/* The token rule: split at every byte outside [A-Za-z0-9_], drop empty tokens
 * (DESIGN.md section 6). One function, several code paths with the same result:
 * scalar, SSE2, AVX2, AVX-512, chosen once by tokenize_select. */
#ifndef RECORD_TOKENIZE_H
#define RECORD_TOKENIZE_H

#include "record/block.h"

/* Writes the tokens of text[begin, end) of slab as spans (indices into slab) to
 * out, which holds at least (end - begin) / 2 + 1 of them. Returns their number.
 * The slab has at least 64 readable bytes past `end` (block slabs are padded). */
typedef uint32_t tokenize_fn(const unsigned char *slab, uint32_t begin, uint32_t end,
                             struct span *out);

/* Path by name: "scalar" "sse2" "avx2" "avx512"; NULL or "" or "auto": the best
 * that this processor has. Returns NULL for an unknown name, or for a path that
 * this processor lacks. Also serves the generator: see cpu.h. */
tokenize_fn *tokenize_select(const char *name);

/* Names of the paths this build knows, NULL-terminated. */
extern const char *const tokenize_paths[];

#endif
