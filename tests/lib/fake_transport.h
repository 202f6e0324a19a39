/* A function platform that answers what the test tells it to. Each attempt gets
 * the next line of the script; after its end, the usual line. */
#ifndef TESTS_LIB_FAKE_TRANSPORT_H
#define TESTS_LIB_FAKE_TRANSPORT_H

#include "base/units.h"
#include "burst/transport.h"
#include "record/tokenize.h"
#include "tests/lib/flow_kit.h"

#define FAKE_CALLS 65536
#define FAKE_NEVER TIME_NEVER /* as a delay: no answer at all */

struct fake_line {
    enum answer_status status;
    int64_t delay_ns;
    int64_t retry_after_ns;
    int64_t cost_nusd;
    bool misfit; /* an OK whose results do not fit the batch */
};

struct fake_call {
    uint64_t ticket;
    uint32_t attempt, records, bytes;
    int64_t begin_ns, due_ns;
    struct fake_line line;
    bool cancelled, answered;
};

struct fake_transport {
    struct transport face;
    struct fake_line usual;
    const struct fake_line *script;
    int script_count;
    uint32_t room;          /* attempts under way at most; 0: any number */
    uint32_t records_max;   /* more in one call are too large; 0: any number */
    bool late_answers;      /* a cancelled attempt answers all the same, if ever */
    struct fake_call *call; /* in order of submission */
    int calls, first_open;
    uint32_t running, running_max;
    uint64_t rows_taken;
    tokenize_fn *tokenize;
};

static inline bool fake_submit(void *self, const struct call *c, int64_t now_ns)
{
    struct fake_transport *f = self;
    if (f->room && f->running >= f->room)
        return false;
    cr_assert(f->calls < FAKE_CALLS);
    cr_assert(c->records > 0 && c->records == c->batch->records && c->attempt >= 1);
    uint32_t rows = 0, bytes = 0;
    for (const struct block *b = c->batch->first; b; b = b->next) {
        rows += b->count;
        for (uint32_t r = 0; r < b->count; r++)
            bytes += b->length[r];
    }
    cr_assert(rows == c->records && bytes == c->bytes);
    struct fake_line line = f->calls < f->script_count ? f->script[f->calls] : f->usual;
    if (f->records_max && c->records > f->records_max)
        line.status = ANSWER_TOO_LARGE;
    int64_t due = line.delay_ns == FAKE_NEVER ? TIME_NEVER : now_ns + line.delay_ns;
    f->call[f->calls++] = (struct fake_call){c->ticket, c->attempt, c->records, c->bytes, now_ns,
                                             due,       line,       false,      false};
    f->running++;
    f->running_max = f->running > f->running_max ? f->running : f->running_max;
    return true;
}

static inline struct fake_call *fake_next(const struct fake_transport *f)
{
    struct fake_call *best = NULL;
    for (int i = f->first_open; i < f->calls; i++)
        if (!f->call[i].answered && (best == NULL || f->call[i].due_ns < best->due_ns))
            best = &f->call[i];
    return best;
}

static inline bool fake_poll(void *self, int64_t now_ns, struct answer *out)
{
    struct fake_transport *f = self;
    struct fake_call *c = fake_next(f);
    if (c == NULL || c->due_ns > now_ns)
        return false;
    c->answered = true;
    while (f->first_open < f->calls && f->call[f->first_open].answered)
        f->first_open++;
    f->running--;
    *out = (struct answer){.ticket = c->ticket,
                           .attempt = c->attempt,
                           .status = c->line.status,
                           .cost_nusd = c->line.cost_nusd,
                           .retry_after_ns = c->line.retry_after_ns,
                           .executed = c->line.status == ANSWER_OK};
    return true;
}

static inline bool fake_take(void *self, const struct answer *a, struct block_list *batch)
{
    struct fake_transport *f = self;
    for (int i = 0; i < f->calls; i++)
        if (f->call[i].ticket == a->ticket && f->call[i].attempt == a->attempt &&
            f->call[i].line.misfit)
            return false;
    for (struct block *b = batch->first; b; b = b->next) {
        b->span_used = 0;
        for (uint32_t r = 0; r < b->count; r++, f->rows_taken++) {
            const unsigned char *text = b->slab + b->offset[r];
            cr_assert_eq(record_tag(b->id[r], text, b->length[r]), b->tag[r]);
            b->span_used += f->tokenize(b->slab, b->offset[r], b->offset[r] + b->length[r],
                                        b->span + b->span_used);
            b->token_end[r] = b->span_used;
            b->flags[r] |= ROW_TOKENS;
        }
    }
    return true;
}

static inline void fake_cancel(void *self, uint64_t ticket, uint32_t attempt, int64_t now_ns)
{
    struct fake_transport *f = self;
    (void)now_ns;
    for (int i = f->first_open; i < f->calls; i++) {
        struct fake_call *c = &f->call[i];
        if (c->ticket != ticket || c->attempt != attempt || c->answered)
            continue;
        cr_assert(!c->cancelled, "an attempt is given up twice");
        c->cancelled = true;
        if (!f->late_answers || c->due_ns == TIME_NEVER) {
            c->answered = true;
            f->running--;
        }
        return;
    }
    cr_assert_fail("an attempt is given up that is not under way");
}

static inline int64_t fake_due(const void *self)
{
    const struct fake_call *c = fake_next(self);
    return c ? c->due_ns : TIME_NEVER;
}

/* Answers OK after delay_ns unless a script says otherwise. */
static inline void fake_open(struct fake_transport *f, int64_t delay_ns)
{
    *f = (struct fake_transport){.usual = {.status = ANSWER_OK, .delay_ns = delay_ns}};
    f->tokenize = tokenize_select("scalar");
    f->call = kit_memory(FAKE_CALLS * sizeof *f->call);
    f->face = (struct transport){"fake",    f,           fake_submit, fake_poll,
                                 fake_take, fake_cancel, fake_due,    NULL};
}

#endif
