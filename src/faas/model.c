/* The platform as a transport. A call passes through these phases:
 *
 *   RUNNING ── execution ends: bill it, environment idle ──► (lost, or cancelled: gone)
 *      │                                      │ late
 *      ▼                                      ▼
 *   ANSWERING (429, 5xx, late: on its way back) ── time comes ──► READY ── poll ──► gone
 *
 * RUNNING and ANSWERING calls are in the agenda, READY ones in a queue in the
 * order of their answers. Nothing happens by itself: every entry point first
 * works off the agenda up to its own time. */
#include "faas/model.h"

#include "base/hash.h"
#include "faas/agenda.h"
#include "faas/environments.h"
#include "faas/rate_window.h"
#include "faas/scale.h"
#include "faas/session.h"

#include <string.h>

#define CALLS_MAX (1 << 26)
#define NO_SLOT (-1)
#define RATE_KEPT_MAX 1000000
#define DRIP_NS (2 * NS_PER_S)
#define SPREAD_PPM FAAS_SPREAD_PPM

enum phase { PHASE_FREE, PHASE_RUNNING, PHASE_ANSWERING, PHASE_READY };

/* What is wrong with the answer of an execution that went well. */
enum spoil { SPOIL_NONE, SPOIL_BROKEN, SPOIL_UNUSABLE };

struct slot {
    struct answer answer;
    uint64_t number;   /* of the submit */
    uint64_t digest;   /* of the record ids */
    int64_t answer_ns; /* when the answer is there */
    uint32_t records;
    int32_t environment;
    int32_t link; /* free list, or next READY call */
    int32_t peer; /* next call in the same bucket of the index */
    enum phase phase;
    enum spoil spoil;
    bool lost, late, cancelled;
};

const char *const faas_fault_names[FAAS_FAULTS] = {
    "latency", "error", "function-error",    "throttle", "lose", "late",
    "cut",     "reset", "die-after-execute", "garbage",  "drip", "wrong-ids",
};

/* All random numbers of one call. */
struct draws {
    uint32_t residual;
    int64_t cold_ppm, network_ppm;
    int64_t error, function_error, lose, late; /* 0..999999: a hit if below the chance */
    int64_t damage[FAAS_FAULTS];               /* the same, from FAULT_CUT on */
};

struct fault {
    int64_t value, until_ns;
};

struct faas_model {
    struct transport transport;
    struct faas_config config;
    struct environments environments;
    struct rate_window rate;
    struct agenda agenda;
    struct slot *slots;
    int32_t *buckets; /* index: (ticket, attempt) -> slot */
    uint32_t bucket_mask;
    int32_t free, ready_first, ready_last;
    int64_t now_ns;
    uint64_t submits;
    struct prng prng, damage;    /* damage: of the faults from FAULT_CUT on */
    int64_t running, price_nusd; /* executions under way; the dearest that ended */
    struct session session;
    struct fault faults[FAAS_FAULTS];
    struct faas_seen seen;
    faas_compute_fn *compute;
    void *context;
    struct { /* the OK answer just polled, for take */
        bool there;
        uint64_t ticket, digest;
        uint32_t attempt, records;
    } taken;
};

/* ---- memory -------------------------------------------------------------- */

enum part {
    PART_MODEL,
    PART_ENVIRONMENTS,
    PART_RATE,
    PART_AGENDA,
    PART_SLOTS,
    PART_BUCKETS,
    PARTS
};

/* The window keeps one time per call of a second, hence an upper limit. */
static int64_t rate_limit(const struct faas_config *config)
{
    int64_t limit =
        config->rate_limit ? config->rate_limit : 10 * (int64_t)config->concurrency_limit;
    return limit < RATE_KEPT_MAX ? limit : RATE_KEPT_MAX;
}

static uint32_t bucket_count(int calls_max)
{
    uint32_t n = 1;
    while (n < (uint32_t)calls_max)
        n *= 2;
    return n;
}

/* Offsets of the parts; returns the size of all. */
static size_t layout(const struct faas_config *config, int calls_max, size_t offset[PARTS])
{
    const size_t size[PARTS] = {
        [PART_MODEL] = sizeof(struct faas_model),
        [PART_ENVIRONMENTS] = environments_bytes(config->concurrency_limit),
        [PART_RATE] = rate_window_bytes(rate_limit(config)),
        [PART_AGENDA] = (size_t)calls_max * sizeof(struct agenda_entry),
        [PART_SLOTS] = (size_t)calls_max * sizeof(struct slot),
        [PART_BUCKETS] = bucket_count(calls_max) * sizeof(int32_t),
    };
    size_t at = 0;
    for (int i = 0; i < PARTS; i++) {
        offset[i] = at;
        at += (size[i] + 15) / 16 * 16;
    }
    return at;
}

size_t faas_model_bytes(const struct faas_config *config, int calls_max)
{
    assert(faas_config_good(config));
    assert(calls_max >= 1 && calls_max <= CALLS_MAX);
    size_t offset[PARTS];
    return layout(config, calls_max, offset);
}

/* ---- index of the calls under way ----------------------------------------- */

static int32_t *bucket(const struct faas_model *m, uint64_t ticket, uint32_t attempt)
{
    return &m->buckets[prng_mix(ticket + ((uint64_t)attempt << 24)) & m->bucket_mask];
}

static bool is_call(const struct slot *s, uint64_t ticket, uint32_t attempt)
{
    return s->answer.ticket == ticket && s->answer.attempt == attempt;
}

static struct slot *slot_take(struct faas_model *m, const struct call *call)
{
    int32_t index = m->free;
    struct slot *s = &m->slots[index];
    m->free = s->link;
    int32_t *head = bucket(m, call->ticket, call->attempt);
    *s = (struct slot){
        .answer = {.ticket = call->ticket, .attempt = call->attempt},
        .number = m->submits++,
        .records = call->records,
        .environment = ENVIRONMENT_NONE,
        .link = NO_SLOT,
        .peer = *head,
    };
    *head = index;
    return s;
}

static void slot_give(struct faas_model *m, struct slot *s)
{
    int32_t index = (int32_t)(s - m->slots);
    int32_t *link = bucket(m, s->answer.ticket, s->answer.attempt);
    while (*link != index)
        link = &m->slots[*link].peer;
    *link = s->peer;
    s->phase = PHASE_FREE;
    s->link = m->free;
    m->free = index;
}

/* ---- time ------------------------------------------------------------------ */

static void enter(struct faas_model *m, struct slot *s, enum phase phase, int64_t at_ns)
{
    s->phase = phase;
    agenda_push(&m->agenda, (struct agenda_entry){at_ns, s->number, (int32_t)(s - m->slots)});
}

static void make_ready(struct faas_model *m, struct slot *s)
{
    int32_t index = (int32_t)(s - m->slots);
    s->phase = PHASE_READY;
    s->link = NO_SLOT;
    if (m->ready_last == NO_SLOT)
        m->ready_first = index;
    else
        m->slots[m->ready_last].link = index;
    m->ready_last = index;
}

/* The execution of s ends: it is billed whatever becomes of its answer. (A call
 * cancelled after this is left out by poll.) */
static void finish(struct faas_model *m, struct slot *s, int64_t at_ns)
{
    enum answer_status status = s->answer.status;
    environments_give(&m->environments, s->environment, at_ns, status == ANSWER_TIMEOUT);
    m->seen.cost_nusd += s->answer.cost_nusd;
    m->running--;
    if (s->answer.cost_nusd > m->price_nusd)
        m->price_nusd = s->answer.cost_nusd;
    m->seen.executed += status == ANSWER_OK;
    m->seen.function_errors += status == ANSWER_FUNCTION_ERROR;
    m->seen.timeouts += status == ANSWER_TIMEOUT;
    m->seen.lost += s->lost;
    m->seen.spoiled += s->spoil != SPOIL_NONE;
    if (s->lost || (s->cancelled && !s->late))
        slot_give(m, s);
    else if (s->late || s->answer_ns > at_ns)
        enter(m, s, PHASE_ANSWERING, s->answer_ns);
    else
        make_ready(m, s);
}

/* Brings the model to now_ns; returns the model's time. */
static int64_t advance(struct faas_model *m, int64_t now_ns)
{
    if (now_ns > m->now_ns)
        m->now_ns = now_ns;
    while (m->agenda.count > 0 && m->agenda.entry[0].at_ns <= m->now_ns) {
        struct agenda_entry due = agenda_pop(&m->agenda);
        struct slot *s = &m->slots[due.slot];
        if (s->phase == PHASE_RUNNING)
            finish(m, s, due.at_ns);
        else
            make_ready(m, s);
    }
    return m->now_ns;
}

/* ---- a new call -------------------------------------------------------------- */

/* Always the same number of draws, in the same order. */
static struct draws draw(struct prng *prng, struct prng *damage)
{
    struct draws d;
    d.residual = (uint32_t)(prng_next(prng) >> 32);
    d.cold_ppm = PPM_ONE - SPREAD_PPM + (int64_t)prng_below(prng, 2 * SPREAD_PPM + 1);
    d.network_ppm = PPM_ONE - SPREAD_PPM + (int64_t)prng_below(prng, 2 * SPREAD_PPM + 1);
    d.error = (int64_t)prng_below(prng, PPM_ONE);
    d.function_error = (int64_t)prng_below(prng, PPM_ONE);
    d.lose = (int64_t)prng_below(prng, PPM_ONE);
    d.late = (int64_t)prng_below(prng, PPM_ONE);
    for (int f = 0; f < FAAS_FAULTS; f++)
        d.damage[f] = f < FAULT_CUT ? 0 : (int64_t)prng_below(damage, PPM_ONE);
    return d;
}

/* Value of a fault if it is in force, else 0. */
static int64_t fault_value(const struct faas_model *m, enum faas_fault fault)
{
    const struct fault *f = &m->faults[fault];
    return m->now_ns < f->until_ns ? f->value : 0;
}

static bool hit(const struct faas_model *m, int64_t drawn, int64_t chance_ppm,
                enum faas_fault fault)
{
    int64_t commanded_ppm = fault_value(m, fault);
    return drawn < (commanded_ppm > chance_ppm ? commanded_ppm : chance_ppm);
}

/* Answers without executing, after one trip over the network. */
static void reject(struct faas_model *m, struct slot *s, const struct draws *d,
                   enum answer_status status, enum throttle_reason reason, int64_t retry_after_ns)
{
    s->answer.status = status;
    s->answer.reason = reason;
    s->answer.retry_after_ns = retry_after_ns;
    int64_t trip_ns = scale_ppm(faas_trip_ns(&m->config, s->records), d->network_ppm);
    s->answer_ns = m->now_ns + trip_ns;
    m->seen.throttled += status == ANSWER_THROTTLED;
    m->seen.errors += status == ANSWER_ERROR;
    enter(m, s, PHASE_ANSWERING, s->answer_ns);
}

/* What happens to the answer of an execution on its way back. */
static void damage(struct faas_model *m, struct slot *s, const struct draws *d)
{
    static const struct {
        enum faas_fault fault;
        enum spoil spoil;
    } kinds[] = {
        {FAULT_CUT, SPOIL_BROKEN},
        {FAULT_DIE, SPOIL_BROKEN},
        {FAULT_GARBAGE, SPOIL_UNUSABLE},
        {FAULT_WRONG_IDS, SPOIL_UNUSABLE},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && s->answer.status == ANSWER_OK; i++)
        if (s->spoil == SPOIL_NONE && hit(m, d->damage[kinds[i].fault], 0, kinds[i].fault))
            s->spoil = kinds[i].spoil;
    if (hit(m, d->damage[FAULT_DRIP], 0, FAULT_DRIP))
        s->answer_ns += DRIP_NS;
}

/* Duration, outcome and bill of a call that has an environment. */
static void execute(struct faas_model *m, struct slot *s, const struct draws *d,
                    const struct environment_grant *grant)
{
    const struct faas_config *config = &m->config;
    struct answer *a = &s->answer;
    int64_t factor_ppm = fault_value(m, FAULT_LATENCY);
    if (factor_ppm == 0)
        factor_ppm = PPM_ONE;
    int64_t warm_ns = session_warm_ns(&m->session, config, s->records, d->residual);
    int64_t run_ns = scale_ppm(warm_ns, factor_ppm);
    a->cold = grant->cold;
    if (a->cold)
        a->init_ns = scale_ppm(scale_ppm(faas_cold_ns(config), d->cold_ppm), factor_ppm);
    a->status = ANSWER_OK;
    if (run_ns > config->timeout_ns) {
        run_ns = config->timeout_ns;
        a->status = ANSWER_TIMEOUT;
    } else if (hit(m, d->function_error, config->function_error_ppm, FAULT_FUNCTION_ERROR)) {
        a->status = ANSWER_FUNCTION_ERROR;
    }
    a->executed = a->status == ANSWER_OK;
    int64_t billed_ns = run_ns + (faas_init_billed(config) ? a->init_ns : 0);
    a->billed_ns = (billed_ns + NS_PER_MS - 1) / NS_PER_MS * NS_PER_MS;
    a->cost_nusd = faas_price_nusd(config, a->billed_ns);
    int64_t whole_ns = a->init_ns + run_ns;
    s->lost = hit(m, d->lose, config->lose_ppm, FAULT_LOSE);
    s->late = !s->lost && hit(m, d->late, config->late_ppm, FAULT_LATE);
    s->answer_ns = m->now_ns + whole_ns;
    if (s->late)
        s->answer_ns = m->now_ns + scale_ppm(whole_ns, config->late_factor * PPM_ONE);
    damage(m, s, d);
    m->running++;
    s->environment = grant->index;
    environments_start(&m->environments, grant->index, m->now_ns + a->init_ns);
    m->seen.cold_starts += a->cold;
    m->seen.late += s->late;
    enter(m, s, PHASE_RUNNING, m->now_ns + whole_ns);
}

static void admit(struct faas_model *m, struct slot *s, const struct draws *d)
{
    if (hit(m, d->damage[FAULT_RESET], 0, FAULT_RESET)) {
        reject(m, s, d, ANSWER_ERROR, THROTTLE_NONE, 0);
        return;
    }
    if (fault_value(m, FAULT_THROTTLE)) {
        reject(m, s, d, ANSWER_THROTTLED, THROTTLE_CONCURRENCY, 0);
        return;
    }
    int64_t wait_ns = rate_window_wait_ns(&m->rate, m->now_ns);
    if (wait_ns > 0) {
        reject(m, s, d, ANSWER_THROTTLED, THROTTLE_RATE, wait_ns);
        return;
    }
    bool error = hit(m, d->error, m->config.error_ppm, FAULT_ERROR);
    if (error) {
        rate_window_add(&m->rate, m->now_ns);
        reject(m, s, d, ANSWER_ERROR, THROTTLE_NONE, 0);
        return;
    }
    struct environment_grant grant = environments_take(&m->environments, m->now_ns);
    if (grant.refused != THROTTLE_NONE) {
        reject(m, s, d, ANSWER_THROTTLED, grant.refused, grant.retry_after_ns);
        return;
    }
    rate_window_add(&m->rate, m->now_ns);
    execute(m, s, d, &grant);
}

/* Number and ids of the records, from each block's cursor on. */
static uint64_t digest(const struct block_list *batch, uint32_t *records)
{
    uint64_t h = HASH_SEED;
    *records = 0;
    for (const struct block *b = batch ? batch->first : NULL; b != NULL; b = b->next) {
        for (uint32_t row = b->cursor; row < b->count; row++)
            h = hash_word(h, b->id[row]);
        *records += b->count - b->cursor;
    }
    return h;
}

/* ---- transport ------------------------------------------------------------- */

static bool model_submit(void *self, const struct call *call, int64_t now_ns)
{
    struct faas_model *m = self;
    advance(m, now_ns);
    if (m->free == NO_SLOT)
        return false;
    struct draws d = draw(&m->prng, &m->damage);
    struct slot *s = slot_take(m, call);
    m->seen.calls++;
    if (call->batch != NULL) {
        uint32_t records;
        s->digest = digest(call->batch, &records);
        assert(records == call->records && records == call->batch->records);
    }
    admit(m, s, &d);
    return true;
}

static bool model_poll(void *self, int64_t now_ns, struct answer *out)
{
    struct faas_model *m = self;
    advance(m, now_ns);
    m->taken.there = false;
    while (m->ready_first != NO_SLOT) {
        struct slot *s = &m->slots[m->ready_first];
        m->ready_first = s->link;
        if (m->ready_first == NO_SLOT)
            m->ready_last = NO_SLOT;
        *out = s->answer;
        bool wanted = !s->cancelled || s->late; /* a late one was on its way already */
        m->taken.there = wanted && out->status == ANSWER_OK && s->spoil == SPOIL_NONE;
        if (s->spoil == SPOIL_BROKEN)
            out->status = ANSWER_ERROR;
        m->taken.ticket = out->ticket;
        m->taken.attempt = out->attempt;
        m->taken.records = s->records;
        m->taken.digest = s->digest;
        slot_give(m, s);
        if (wanted)
            return true;
    }
    return false;
}

static bool model_take(void *self, const struct answer *answer, struct block_list *batch)
{
    struct faas_model *m = self;
    uint32_t records;
    uint64_t ids = digest(batch, &records);
    if (!m->taken.there || answer->ticket != m->taken.ticket ||
        answer->attempt != m->taken.attempt || records != m->taken.records ||
        batch->records != records || ids != m->taken.digest)
        return false;
    m->taken.there = false;
    for (struct block *b = batch->first; b != NULL; b = b->next) {
        uint32_t first = b->cursor;
        m->compute(m->context, b);
        for (uint32_t row = first; row < b->count; row++)
            b->flags[row] |= ROW_TOKENS;
    }
    return true;
}

static void model_cancel(void *self, uint64_t ticket, uint32_t attempt, int64_t now_ns)
{
    struct faas_model *m = self;
    advance(m, now_ns);
    for (int32_t i = *bucket(m, ticket, attempt); i != NO_SLOT; i = m->slots[i].peer)
        if (is_call(&m->slots[i], ticket, attempt))
            m->slots[i].cancelled = true;
}

static int64_t model_next_due(const void *self)
{
    const struct faas_model *m = self;
    if (m->ready_first != NO_SLOT)
        return m->slots[m->ready_first].answer_ns;
    return m->agenda.count > 0 ? m->agenda.entry[0].at_ns : TIME_NEVER;
}

static void model_bill(void *self, struct bill *out)
{
    const struct faas_model *m = self;
    *out = (struct bill){m->seen.cost_nusd, m->price_nusd, m->running};
}

/* ---- set-up and view --------------------------------------------------------- */

struct faas_model *faas_model_init(void *memory, const struct faas_config *config, int calls_max,
                                   uint64_t seed, faas_compute_fn *compute, void *context)
{
    assert(faas_config_good(config));
    assert(calls_max >= 1 && calls_max <= CALLS_MAX);
    assert((uintptr_t)memory % 16 == 0);
    size_t offset[PARTS];
    layout(config, calls_max, offset);
    unsigned char *base = memory;
    struct faas_model *m = memory;
    *m = (struct faas_model){
        .transport = {"model", m, model_submit, model_poll, model_take, model_cancel,
                      model_next_due, model_bill},
        .config = *config,
        .agenda = {(void *)(base + offset[PART_AGENDA]), 0, calls_max},
        .slots = (void *)(base + offset[PART_SLOTS]),
        .buckets = (void *)(base + offset[PART_BUCKETS]),
        .bucket_mask = bucket_count(calls_max) - 1,
        .ready_first = NO_SLOT,
        .ready_last = NO_SLOT,
        .prng = prng_split(seed, UINT64_C(0x66616173)), /* a stream of its own: "faas" */
        .damage = prng_split(seed, UINT64_C(0x64616d67)),
        .compute = compute,
        .context = context,
    };
    session_init(&m->session, seed);
    environments_init(&m->environments, base + offset[PART_ENVIRONMENTS], config->concurrency_limit,
                      config->scale_per_10s, config->idle_ns);
    rate_window_init(&m->rate, base + offset[PART_RATE], rate_limit(config));
    for (uint32_t i = 0; i <= m->bucket_mask; i++)
        m->buckets[i] = NO_SLOT;
    for (int32_t i = 0; i < calls_max; i++)
        m->slots[i].link = i + 1 < calls_max ? i + 1 : NO_SLOT;
    return m;
}

const struct transport *faas_model_transport(struct faas_model *m) { return &m->transport; }

void faas_model_fault(struct faas_model *m, enum faas_fault fault, int64_t value, int64_t until_ns)
{
    assert((unsigned)fault < FAAS_FAULTS);
    assert(value >= 0 && value <= FAAS_FACTOR_MAX);
    if (fault == FAULT_THROTTLE)
        value = 1;
    m->faults[fault] = (struct fault){value, until_ns};
}

void faas_model_seen(struct faas_model *m, int64_t now_ns, struct faas_seen *out)
{
    int64_t now = advance(m, now_ns);
    environments_reclaim(&m->environments, now);
    *out = m->seen;
    out->cold_starting = environments_starting(&m->environments, now);
    out->busy = m->environments.busy - out->cold_starting;
    out->warm_idle = m->environments.idle;
}
