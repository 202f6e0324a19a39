/* hysteresis: two thresholds and a share that moves in steps.
 *
 * Switching on sheds load and so lowers the busy share; a rule that looked at
 * the busy share alone would switch itself off again. This one asks how busy
 * the lane would be with all the load, busy ÷ (1 − share), and switches off when
 * that is under busy_off. In between it steers busy to the middle of the band. */
#include "base/wide.h"
#include "control/forward.h"

#define TICKS 3 /* a threshold must be passed in so many ticks in a row */
#define SATURATED_PPM (98 * PPM_ONE / 100)
#define FLOOR_PPM (PPM_ONE / 20)
#define SHARE_MAX_PPM (999 * PPM_ONE / 1000)
#define STEP_UP_PPM (PPM_ONE / 4)
#define STEP_BLIND_PPM (PPM_ONE / 10)
#define STEP_DOWN_PPM (PPM_ONE / 20)
#define STILL_PPM (PPM_ONE / 25) /* smaller corrections are not made */
#define BAND_MIN_PPM (PPM_ONE / 50)

struct hysteresis {
    struct forward forward;
    int64_t on_ticks, off_ticks;
    int64_t high_ticks, low_ticks; /* busy above or below the middle half of the band */
    int64_t share_ppm;
    bool on;
};
_Static_assert(sizeof(struct hysteresis) <= POLICY_STATE_SIZE, "state too large");

struct band {
    int64_t on, off, middle;
    int64_t floor; /* smallest share while on: giving it back does not reach `on` again */
};

static void init(struct policy_state *state, const struct knobs *knobs, int64_t now_ns)
{
    (void)now_ns;
    policy_clear(state);
    struct hysteresis *mine = (void *)state->bytes;
    forward_init(&mine->forward, knobs);
}

static struct band read_band(const struct knobs *knobs)
{
    int64_t on = knobs->value[KNOB_BUSY_ON];
    int64_t off = most(0, least(knobs->value[KNOB_BUSY_OFF], on - BAND_MIN_PPM));
    int64_t gap = on > 0 ? PPM_ONE - wide_mul_div(off, PPM_ONE, on) : PPM_ONE;
    struct band b = {on, off, (on + off) / 2, least(FLOOR_PPM, gap / 2)};
    return b;
}

/* How busy the lane would be with all the load, ppm; may exceed 100 %. */
static int64_t whole_load(const struct observation *seen)
{
    int64_t local_share = PPM_ONE - clamp(seen->fraction_ppm, 0, SHARE_MAX_PPM);
    return wide_mul_div(seen->busy_ppm, PPM_ONE, local_share);
}

/* Share that would bring busy to the middle of the band. A saturated lane no
 * longer shows how large the load is; then the rates tell. */
static int64_t wanted(const struct hysteresis *mine, const struct observation *seen,
                      const struct band *band)
{
    int64_t load = whole_load(seen);
    if (seen->busy_ppm >= SATURATED_PPM) {
        int64_t capacity = forward_capacity(&mine->forward);
        if (capacity == 0)
            return mine->share_ppm + STEP_BLIND_PPM;
        int64_t arrivals = forward_arrivals(&mine->forward, seen, TIME_NEVER);
        load = wide_mul_div(arrivals, PPM_ONE, capacity);
    }
    if (load <= band->middle)
        return 0;
    return PPM_ONE - wide_mul_div(band->middle, PPM_ONE, load);
}

/* Within the middle half of the band nothing is moved, nor for a single tick
 * outside it, nor for little; but a saturated lane, or a first share, at once. */
static void step(struct hysteresis *mine, const struct observation *seen, const struct band *band)
{
    int64_t quarter = (band->on - band->off) / 4;
    mine->high_ticks = seen->busy_ppm > band->on - quarter ? mine->high_ticks + 1 : 0;
    mine->low_ticks = seen->busy_ppm < band->off + quarter ? mine->low_ticks + 1 : 0;
    bool settled = mine->high_ticks < TICKS && mine->low_ticks < TICKS;
    int64_t change = wanted(mine, seen, band) - mine->share_ppm;
    bool small = change < STILL_PPM && change > -STILL_PPM;
    bool urgent = mine->share_ppm == 0 || seen->busy_ppm >= SATURATED_PPM;
    if (!small && (urgent || !settled))
        mine->share_ppm += clamp(change, -STEP_DOWN_PPM, STEP_UP_PPM);
    mine->share_ppm = clamp(mine->share_ppm, band->floor, SHARE_MAX_PPM);
}

static void decide(struct policy_state *state, const struct knobs *knobs,
                   const struct observation *seen, struct decision *out)
{
    struct hysteresis *mine = (void *)state->bytes;
    struct band band = read_band(knobs);
    bool blocked = seen->source_backpressured_ppm > BACKPRESSURED_PPM;
    forward_see(&mine->forward, knobs, seen);
    mine->on_ticks = seen->busy_ppm >= band.on ? mine->on_ticks + 1 : 0;
    mine->off_ticks = !blocked && whole_load(seen) <= band.off ? mine->off_ticks + 1 : 0;
    if (!mine->on && (mine->on_ticks >= TICKS || blocked)) {
        mine->on = true;
        mine->off_ticks = 0;
    } else if (mine->on && mine->off_ticks >= TICKS) {
        mine->on = false;
        mine->on_ticks = 0;
        mine->share_ppm = 0;
    }
    if (mine->on)
        step(mine, seen, &band);
    const char *reason = !mine->on ? "busy is under the band" : "busy was over busy_on";
    if (mine->on && blocked)
        reason = "the source is back-pressured";
    decide_fraction(out, mine->share_ppm, reason);
}

const struct policy policy_hysteresis = {
    "hysteresis",
    "Starts at busy_on, stops at busy_off, and in between keeps busy in the middle of the two.",
    init, decide};
