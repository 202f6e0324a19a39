/* Memory of an engine: taken from the system once, in large pieces of which only
 * the pages that are touched cost anything; given back all at once. */
#ifndef RUN_REGION_H
#define RUN_REGION_H

#include "base/check.h"

#include <stddef.h>

#define REGION_PIECES 4096

struct region {
    void *piece[REGION_PIECES];
    size_t size[REGION_PIECES];
    int count;
};

/* Zeroed, page-aligned memory; NULL when the system has none. */
void *region_take(struct region *r, size_t size);
void region_free(struct region *r);

#endif
