/* Three cursors walk the same pieces of constant rate: `at` follows the records
 * that were emitted, `look` runs ahead of it to the next record, `count` follows
 * the clock. An intervention cuts `at` and `count` at its own time and drops
 * `look`: what lies behind the cut is found again from the same rules, and what
 * lies beyond it from the new ones. */
#include "workload/schedule.h"

#include "base/err.h"
#include "base/units.h"
#include "workload/schedule_rules.h"

#include <string.h>

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

#define RECORD UINT64_C(1000000000000) /* one record in units of I */

/* Pieces of rate 0 in a row after which the next record is given up as never due:
 * nothing but spikes of factor 0 that relieve one another comes so far. */
enum { IDLE_PIECES = 65536 };

/* ---- pieces -------------------------------------------------------------- */

static int64_t later(int64_t a, int64_t b) { return a > b ? a : b; }

/* I(t) above p->whole, from p->from_ns to p->until_ns. */
static u128 piece_area(const struct schedule_piece *p, int64_t t_ns)
{
    return (u128)p->part + (u128)(uint64_t)(t_ns - p->from_ns) * (uint64_t)p->rate_mps;
}

/* I(t). */
static u128 piece_integral(const struct schedule_piece *p, int64_t t_ns)
{
    return (u128)p->whole * RECORD + piece_area(p, t_ns);
}

/* Records due in [0, t): ceil(I(t)). */
static uint64_t piece_count(const struct schedule_piece *p, int64_t t_ns)
{
    return p->whole + (uint64_t)((piece_area(p, t_ns) + (RECORD - 1)) / RECORD);
}

/* Rate from t on; the past that was frozen is read from its short form. */
static int64_t rate_from(const struct schedule *s, int64_t t_ns, int64_t *until_ns)
{
    if (t_ns < s->frozen_from_ns || t_ns >= s->frozen_to_ns)
        return schedule_rules_rate(s, t_ns, until_ns);
    int i = 0;
    while (s->frozen[i].until_ns <= t_ns)
        i++;
    *until_ns = s->frozen[i].until_ns;
    return s->frozen[i].rate_mps;
}

/* Moves p on to the piece after it. */
static void piece_next(const struct schedule *s, struct schedule_piece *p)
{
    assert(p->until_ns != TIME_NEVER);
    u128 area = piece_area(p, p->until_ns);
    p->whole += (uint64_t)(area / RECORD);
    p->part = (uint64_t)(area % RECORD);
    p->from_ns = p->until_ns;
    p->rate_mps = rate_from(s, p->from_ns, &p->until_ns);
}

void schedule_init(struct schedule *s, const struct schedule_spec *spec)
{
    memset(s, 0, sizeof *s);
    s->spec = spec;
    s->load[0].value = PPM_ONE;
    s->load_count = 1;
    s->shift_count = 1;
    s->at.rate_mps = schedule_rules_rate(s, 0, &s->at.until_ns);
    s->count = s->at;
}

/* ---- time ---------------------------------------------------------------- */

static int64_t nominal(const struct schedule *s, int64_t now_ns)
{
    if (s->paused)
        return s->paused_at_ns;
    return later(now_ns - s->shift[s->shift_count - 1].value, 0);
}

/* Engine time of a nominal due time that is not before the last one taken. */
static int64_t engine_time(const struct schedule *s, int64_t due_ns)
{
    int i = 0;
    while (i + 1 < s->shift_count && s->shift[i + 1].from_ns <= due_ns)
        i++;
    int64_t shift_ns = s->shift[i].value;
    return due_ns < TIME_NEVER - shift_ns ? due_ns + shift_ns : TIME_NEVER;
}

static void entry_drop(struct schedule_entry *entry, int *count, int i)
{
    *count -= 1;
    memmove(&entry[i], &entry[i + 1], (size_t)(*count - i) * sizeof *entry);
}

/* Full of shifts that the backlog still needs: the smallest of them is left out.
 * That moves the due times of its records by as much, and no count. */
static void shift_make_room(struct schedule *s)
{
    int least = 1;
    for (int i = 2; i < s->shift_count; i++)
        if (s->shift[i].value - s->shift[i - 1].value <
            s->shift[least].value - s->shift[least - 1].value)
            least = i;
    entry_drop(s->shift, &s->shift_count, least);
}

/* Records due after nominal time n_ns get a new shift. */
static void shift_push(struct schedule *s, int64_t n_ns, int64_t shift_ns)
{
    struct schedule_entry *last = &s->shift[s->shift_count - 1];
    assert(shift_ns >= last->value);
    int64_t from_ns = later(n_ns, s->taken_ns) + 1;
    if (s->shift_count > 1 && last->from_ns >= from_ns) {
        last->value = shift_ns;
        return;
    }
    if (s->shift_count == SCHEDULE_LOG)
        shift_make_room(s);
    s->shift[s->shift_count++] = (struct schedule_entry){from_ns, shift_ns};
}

void schedule_pause(struct schedule *s, int64_t now_ns)
{
    if (s->paused)
        return;
    s->paused_at_ns = nominal(s, now_ns);
    s->paused = true;
}

void schedule_resume(struct schedule *s, int64_t now_ns)
{
    if (!s->paused)
        return;
    s->paused = false;
    int64_t shift_ns = now_ns - s->paused_at_ns;
    if (shift_ns > s->shift[s->shift_count - 1].value)
        shift_push(s, s->paused_at_ns, shift_ns);
}

void schedule_shift(struct schedule *s, int64_t now_ns, int64_t gap_ns)
{
    assert(gap_ns >= 0);
    if (s->paused || gap_ns == 0) /* a pause ends with all that passed in it */
        return;
    shift_push(s, nominal(s, now_ns), s->shift[s->shift_count - 1].value + gap_ns);
}

void schedule_delay(struct schedule *s, int64_t now_ns)
{
    int64_t due_ns = schedule_next_due(s);
    if (s->paused || due_ns >= now_ns)
        return;
    /* What shifted records behind this one is part of the new shift. */
    while (s->shift_count > 0 && s->shift[s->shift_count - 1].from_ns >= s->due_ns)
        s->shift_count--;
    if (s->shift_count == SCHEDULE_LOG)
        shift_make_room(s);
    s->shift[s->shift_count++] = (struct schedule_entry){s->due_ns, now_ns - s->due_ns};
}

/* ---- emission ------------------------------------------------------------ */

/* Puts the next record into s->look if it lies there. */
static bool look_finds(struct schedule *s)
{
    const struct schedule_piece *p = &s->look;
    if (p->rate_mps == 0 || p->from_ns == p->until_ns)
        return false;
    uint64_t rate = (uint64_t)p->rate_mps;
    i128 missing = ((i128)s->next_seq - (i128)p->whole) * (i128)RECORD - (i128)p->part;
    u128 area = missing > 0 ? (u128)missing : 0;
    u128 past = area / rate;
    if (past >= (u128)(uint64_t)(p->until_ns - p->from_ns))
        return false;
    s->due_ns = p->from_ns + (int64_t)past;
    s->rest = (uint64_t)(area % rate);
    s->step_ns = RECORD / rate;
    s->step_rest = RECORD % rate;
    return true;
}

static void find_next(struct schedule *s)
{
    s->look = s->at;
    int idle = 0;
    while (!look_finds(s)) {
        idle = s->look.rate_mps == 0 ? idle + 1 : 0;
        if (s->look.until_ns == TIME_NEVER || idle > IDLE_PIECES) {
            s->due_ns = TIME_NEVER;
            break;
        }
        piece_next(s, &s->look);
    }
    s->ready = true;
}

int64_t schedule_next_due(struct schedule *s)
{
    if (s->paused)
        return TIME_NEVER;
    if (!s->ready)
        find_next(s);
    if (s->due_ns == TIME_NEVER)
        return TIME_NEVER;
    return engine_time(s, s->due_ns);
}

uint64_t schedule_take(struct schedule *s, int64_t *due_ns, int64_t *nominal_ns, int64_t *rate_mps)
{
    assert(!s->paused);
    if (!s->ready)
        find_next(s);
    assert(s->due_ns != TIME_NEVER);
    while (s->shift_count > 1 && s->shift[1].from_ns <= s->due_ns)
        entry_drop(s->shift, &s->shift_count, 0);
    *due_ns = s->due_ns + s->shift[0].value;
    *nominal_ns = s->due_ns;
    *rate_mps = s->look.rate_mps;
    s->taken_ns = s->due_ns;
    if (s->at.from_ns != s->look.from_ns || s->at.until_ns != s->look.until_ns)
        s->at = s->look;
    s->due_ns += (int64_t)s->step_ns;
    s->rest += s->step_rest;
    if (s->rest >= (uint64_t)s->look.rate_mps) {
        s->rest -= (uint64_t)s->look.rate_mps;
        s->due_ns++;
    }
    s->ready = s->due_ns < s->look.until_ns;
    return s->next_seq++;
}

/* ---- counting ------------------------------------------------------------ */

/* Brings `count` to the piece that holds n_ns; false if that lies before the piece
 * of the last record emitted, which is as far back as is known. */
static bool count_to(struct schedule *s, int64_t n_ns)
{
    if (n_ns < s->count.from_ns)
        s->count = s->at;
    if (n_ns < s->count.from_ns)
        return false;
    while (s->count.until_ns <= n_ns)
        piece_next(s, &s->count);
    return true;
}

uint64_t schedule_due_count(struct schedule *s, int64_t now_ns)
{
    int64_t n_ns = nominal(s, now_ns);
    if (now_ns < 0 || !count_to(s, n_ns))
        return s->next_seq;
    uint64_t due = piece_count(&s->count, n_ns + 1);
    return due > s->next_seq ? due : s->next_seq;
}

int64_t schedule_rate(const struct schedule *s, int64_t now_ns)
{
    if (s->paused)
        return 0;
    int64_t until_ns;
    return rate_from(s, later(nominal(s, now_ns), s->cut_ns), &until_ns);
}

bool schedule_hand_rate(const struct schedule *s, int64_t now_ns, int64_t *rate_mps)
{
    int64_t at_ns = s->paused ? s->paused_at_ns : nominal(s, now_ns);
    return schedule_rules_hand(s, later(at_ns, s->cut_ns), rate_mps);
}

/* ---- the past ------------------------------------------------------------ */

/* Adds pieces that hold `area` in [from, to): a whole rate, and one above it for as
 * long as the remainder asks. */
static int freeze_slice(struct schedule_piece *out, int64_t from_ns, int64_t to_ns, u128 area)
{
    uint64_t width = (uint64_t)(to_ns - from_ns);
    int64_t rate_mps = (int64_t)(area / width);
    int64_t turn_ns = to_ns - (int64_t)(area % width);
    int count = 0;
    if (from_ns < turn_ns)
        out[count++] = (struct schedule_piece){from_ns, turn_ns, rate_mps, 0, 0};
    if (turn_ns < to_ns)
        out[count++] = (struct schedule_piece){turn_ns, to_ns, rate_mps + 1, 0, 0};
    return count;
}

/* Keeps the rates from the end of `at` up to n_ns as a few slices, each with
 * exactly the records it had, so that the rules of that time can be forgotten. */
static void freeze(struct schedule *s, int64_t n_ns)
{
    enum { SLICES = SCHEDULE_FROZEN / 2 };
    int64_t start_ns = s->at.until_ns;
    if (start_ns >= n_ns)
        return;
    struct schedule_piece frozen[SCHEDULE_FROZEN];
    int count = 0;
    struct schedule_piece p = s->at;
    piece_next(s, &p);
    u128 before = piece_integral(&p, start_ns);
    int64_t from_ns = start_ns;
    for (int i = 1; i <= SLICES; i++) {
        int64_t to_ns = start_ns + (int64_t)((i128)(n_ns - start_ns) * i / SLICES);
        if (to_ns == from_ns)
            continue;
        while (p.until_ns < to_ns)
            piece_next(s, &p);
        u128 integral = piece_integral(&p, to_ns);
        count += freeze_slice(&frozen[count], from_ns, to_ns, integral - before);
        before = integral;
        from_ns = to_ns;
    }
    memcpy(s->frozen, frozen, (size_t)count * sizeof frozen[0]);
    s->frozen_count = count;
    s->frozen_from_ns = start_ns;
    s->frozen_to_ns = n_ns;
    s->count = s->at; /* in the middle of a slice its own sum would not fit any more */
}

/* Drops what ended at or before t_ns. */
static void forget(struct schedule *s, int64_t t_ns)
{
    while (s->load_count > 1 && s->load[1].from_ns <= t_ns)
        entry_drop(s->load, &s->load_count, 0);
    int kept = 0;
    for (int i = 0; i < s->overlay_count; i++)
        if (s->overlay[i].to_ns > t_ns && s->overlay[i].to_ns > s->overlay[i].from_ns)
            s->overlay[kept++] = s->overlay[i];
    s->overlay_count = kept;
}

/* Drops the oldest base set by hand that a newer one hides for good. */
static void forget_hidden(struct schedule *s)
{
    int oldest = -1;
    int bases = 0;
    for (int i = 0; i < s->overlay_count; i++) {
        if (s->overlay[i].kind == OVERLAY_SPIKE || s->overlay[i].to_ns != TIME_NEVER)
            continue;
        bases++;
        if (oldest < 0 || s->overlay[i].handle < s->overlay[oldest].handle)
            oldest = i;
    }
    if (bases < 2)
        return;
    s->overlay_count--;
    s->overlay[oldest] = s->overlay[s->overlay_count];
}

/* Makes room for one more overlay, or load, before an intervention at n_ns. */
static void make_room(struct schedule *s, int64_t n_ns, const int *count)
{
    _Static_assert(SCHEDULE_OVERLAYS == SCHEDULE_LOG, "one limit for both");
    if (*count < SCHEDULE_LOG)
        return;
    forget(s, s->at.until_ns < n_ns ? s->at.until_ns : n_ns);
    if (*count < SCHEDULE_LOG)
        return;
    freeze(s, n_ns);
    forget(s, n_ns);
    if (*count == SCHEDULE_LOG)
        forget_hidden(s);
}

/* ---- interventions ------------------------------------------------------- */

enum change_kind { CHANGE_ADD, CHANGE_CANCEL, CHANGE_LOAD };

struct change {
    enum change_kind kind;
    struct schedule_overlay overlay; /* add; its from_ns and to_ns are set here */
    int64_t for_ns;                  /* add; 0: for ever */
    int handle;                      /* cancel */
    int64_t load_ppm;
};

static void apply_load(struct schedule *s, int64_t t_ns, int64_t load_ppm)
{
    struct schedule_entry *last = &s->load[s->load_count - 1];
    if (last->from_ns >= t_ns) {
        last->value = load_ppm;
        return;
    }
    assert(s->load_count < SCHEDULE_LOG);
    s->load[s->load_count++] = (struct schedule_entry){t_ns, load_ppm};
}

static void apply_cancel(struct schedule *s, int64_t t_ns, int handle)
{
    for (int i = 0; i < s->overlay_count; i++) {
        struct schedule_overlay *o = &s->overlay[i];
        if ((handle == -1 || o->handle == handle) && o->to_ns > t_ns)
            o->to_ns = later(t_ns, o->from_ns);
    }
}

static void apply(struct schedule *s, const struct change *c, int64_t t_ns)
{
    switch (c->kind) {
    case CHANGE_LOAD:
        apply_load(s, t_ns, c->load_ppm);
        break;
    case CHANGE_CANCEL:
        apply_cancel(s, t_ns, c->handle);
        break;
    case CHANGE_ADD:
        assert(s->overlay_count < SCHEDULE_OVERLAYS);
        struct schedule_overlay o = c->overlay;
        o.handle = ++s->last_handle;
        o.from_ns = t_ns;
        o.to_ns = c->for_ns ? t_ns + c->for_ns : TIME_NEVER;
        s->overlay[s->overlay_count++] = o;
        break;
    }
}

/* Nominal time of an intervention: now, but never before what was already settled. */
static int64_t cut_at(const struct schedule *s, int64_t now_ns)
{
    return later(nominal(s, now_ns), later(s->taken_ns, s->cut_ns));
}

/* What is left of the record due in the very ns n, from n on; -1 if there is none
 * that still has to be emitted. */
static i128 left_at(const struct schedule *s, int64_t n_ns)
{
    const struct schedule_piece *p = &s->count;
    uint64_t seq = piece_count(p, n_ns);
    if (seq < s->next_seq || piece_count(p, n_ns + 1) == seq)
        return -1;
    return (i128)(seq - p->whole) * (i128)RECORD - (i128)piece_area(p, n_ns);
}

/* A change takes effect at the start of the ns of `now`, or at its end if the
 * record due in that ns would otherwise come later than it was promised. */
static void intervene(struct schedule *s, int64_t now_ns, const struct change *c)
{
    int64_t cut_ns = cut_at(s, now_ns);
    bool known = count_to(s, cut_ns);
    assert(known);
    /* At 0 a run has not begun: what is set there counts as if it had been written. */
    i128 left = cut_ns > 0 ? left_at(s, cut_ns) : -1;
    struct schedule before = *s;
    apply(s, c, cut_ns);
    int64_t until_ns;
    if (left >= 0 && schedule_rules_rate(s, cut_ns, &until_ns) <= left) {
        *s = before;
        cut_ns++;
        apply(s, c, cut_ns);
    }
    if (s->at.until_ns > cut_ns)
        s->at.until_ns = cut_ns;
    if (s->count.until_ns > cut_ns)
        s->count.until_ns = cut_ns;
    s->cut_ns = cut_ns;
    s->ready = false;
}

static int add_overlay(struct schedule *s, int64_t now_ns, const struct change *c, int *handle)
{
    make_room(s, cut_at(s, now_ns), &s->overlay_count);
    if (s->overlay_count == SCHEDULE_OVERLAYS)
        return ERR_BAD;
    intervene(s, now_ns, c);
    *handle = s->last_handle;
    return 0;
}

static bool within(int64_t v, int64_t low, int64_t high) { return low <= v && v <= high; }

int schedule_spike(struct schedule *s, int64_t now_ns, int64_t factor_ppm, int64_t add_mps,
                   int64_t for_ns, int *handle)
{
    if (!within(factor_ppm, 0, SCHEDULE_FACTOR_MAX) || !within(for_ns, 1, SCHEDULE_TIME_MAX) ||
        !within(add_mps, -SCHEDULE_RATE_MAX, SCHEDULE_RATE_MAX))
        return ERR_BAD;
    if (factor_ppm == 0 && add_mps != 0)
        factor_ppm = PPM_ONE;
    struct change c = {.kind = CHANGE_ADD, .for_ns = for_ns};
    c.overlay.kind = OVERLAY_SPIKE;
    c.overlay.factor_ppm = factor_ppm;
    c.overlay.add_mps = add_mps;
    return add_overlay(s, now_ns, &c, handle);
}

int schedule_ramp(struct schedule *s, int64_t now_ns, int64_t from_mps, int64_t to_mps,
                  int64_t for_ns, int *handle)
{
    if (!within(from_mps, 0, SCHEDULE_RATE_MAX) || !within(to_mps, 0, SCHEDULE_RATE_MAX) ||
        !within(for_ns, 1, SCHEDULE_TIME_MAX))
        return ERR_BAD;
    struct change c = {.kind = CHANGE_ADD};
    c.overlay.kind = OVERLAY_RAMP;
    c.overlay.rate_mps = from_mps;
    c.overlay.rate2_mps = to_mps;
    c.overlay.ramp_ns = for_ns;
    return add_overlay(s, now_ns, &c, handle);
}

int schedule_set_rate(struct schedule *s, int64_t now_ns, int64_t rate_mps, int *handle)
{
    if (!within(rate_mps, 0, SCHEDULE_RATE_MAX))
        return ERR_BAD;
    struct change c = {.kind = CHANGE_ADD};
    c.overlay.kind = OVERLAY_RATE;
    c.overlay.rate_mps = rate_mps;
    return add_overlay(s, now_ns, &c, handle);
}

void schedule_cancel(struct schedule *s, int64_t now_ns, int handle)
{
    struct change c = {.kind = CHANGE_CANCEL, .handle = handle};
    intervene(s, now_ns, &c);
}

void schedule_load(struct schedule *s, int64_t now_ns, int64_t load_ppm)
{
    assert(within(load_ppm, 0, SCHEDULE_FACTOR_MAX));
    make_room(s, cut_at(s, now_ns), &s->load_count);
    struct change c = {.kind = CHANGE_LOAD, .load_ppm = load_ppm};
    intervene(s, now_ns, &c);
}
