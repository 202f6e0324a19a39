/* What a cumulative histogram gained between two readings, as a few letters.
 *
 * For each bucket that grew: the number of buckets skipped before it, then by how much less
 * one it grew. A number is written in digits of five bits, the lowest first, each a letter
 * of "A…Za…f" if it is the last and of "g…z0…9-_" if more follow. */
#ifndef LAB_SPARSE_H
#define LAB_SPARSE_H

#include "lab/text.h"

#include "base/hist.h"

/* Appends what `now` has more than `before`. false: it has less of something. */
bool sparse_write(struct text *t, const struct hist *before, const struct hist *now);
/* Adds it to the buckets of h, and to its count; sum and max are left alone. false: these
 * are not such letters, or a bucket would overflow; h is of no use then. */
MUST_USE bool sparse_read(const char *s, struct hist *h);

#endif
