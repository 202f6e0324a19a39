#include "run/region.h"

#include <sys/mman.h>

void *region_take(struct region *r, size_t size)
{
    if (r->count == REGION_PIECES)
        return NULL;
    size = size ? size : 1;
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    /* Large pages would make a touch of one byte cost two megabytes. */
    (void)madvise(p, size, MADV_NOHUGEPAGE);
    r->piece[r->count] = p;
    r->size[r->count++] = size;
    return p;
}

void region_free(struct region *r)
{
    while (r->count > 0) {
        r->count--;
        munmap(r->piece[r->count], r->size[r->count]);
    }
}
