/* A platform to try things on, for the stories about the service model. Most use
 * calibration `none`, where a call takes exactly CALL_NS, so that every time can
 * be named. */
#ifndef TESTS_FAAS_LAB_H
#define TESTS_FAAS_LAB_H

#include "faas/model.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define CALL_NS (40 * NS_PER_MS)
#define TRIP_MAX_NS (15 * NS_PER_MS) /* a 429 or 5xx is back by then */

struct lab {
    struct faas_model *m;
    const struct transport *t;
    uint64_t next_ticket;
    int *blocks; /* computed so far */
};

static inline struct faas_config exact(void)
{
    struct faas_config c;
    faas_config_init(&c);
    c.calibration = CALIBRATION_NONE;
    c.constant_ns = CALL_NS;
    return c;
}

static inline struct faas_config year(enum faas_calibration calibration,
                                      enum faas_language language)
{
    struct faas_config c;
    faas_config_init(&c);
    c.calibration = calibration;
    c.language = language;
    return c;
}

/* Stands in for the operator: one span over the whole text of every row. */
static inline void whole_text(void *context, struct block *b)
{
    *(int *)context += 1;
    for (uint32_t row = b->cursor; row < b->count; row++) {
        b->span[b->span_used++] = (struct span){b->offset[row], b->offset[row] + b->length[row]};
        b->token_end[row] = b->span_used;
    }
}

static inline struct lab lab_open(const struct faas_config *c, int calls_max, uint64_t seed)
{
    void *memory = calloc(1, faas_model_bytes(c, calls_max));
    int *blocks = calloc(1, sizeof *blocks);
    cr_assert(memory != NULL && blocks != NULL);
    struct faas_model *m = faas_model_init(memory, c, calls_max, seed, whole_text, blocks);
    return (struct lab){m, faas_model_transport(m), 1, blocks};
}

static inline void lab_close(struct lab *l)
{
    free(l->m); /* the model stands at the start of its memory */
    free(l->blocks);
}

/* Submits a call of so many records; returns its ticket, 0 if there was no room. */
static inline uint64_t submit(struct lab *l, uint32_t records, int64_t now_ns)
{
    struct call call = {.ticket = l->next_ticket, .attempt = 1, .records = records};
    return l->t->submit(l->t->self, &call, now_ns) ? l->next_ticket++ : 0;
}

static inline bool poll(struct lab *l, int64_t now_ns, struct answer *a)
{
    return l->t->poll(l->t->self, now_ns, a);
}

static inline int64_t due(struct lab *l) { return l->t->next_due(l->t->self); }

/* The next answer, whenever it comes; sets *now_ns to its time. */
static inline struct answer next(struct lab *l, int64_t *now_ns)
{
    struct answer a;
    for (;;) {
        int64_t due_ns = due(l);
        cr_assert_neq(due_ns, TIME_NEVER, "nothing is under way");
        *now_ns = due_ns > *now_ns ? due_ns : *now_ns;
        if (poll(l, *now_ns, &a))
            return a;
    }
}

static inline struct faas_seen seen(struct lab *l, int64_t now_ns)
{
    struct faas_seen s;
    faas_model_seen(l->m, now_ns, &s);
    return s;
}

static inline void settle(struct lab *l)
{
    int64_t now_ns = 0;
    struct answer a;
    while (due(l) != TIME_NEVER) {
        now_ns = due(l) > now_ns ? due(l) : now_ns;
        while (poll(l, now_ns, &a))
            ;
    }
}

#endif
