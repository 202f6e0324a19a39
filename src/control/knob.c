/* The table of knobs, and the sentences for values that do not fit it. */
#include "control/knob.h"

#include <string.h>

static const char *const policy_names[] = {"off",        "always", "half", "as-found", "threshold",
                                           "hysteresis", "excess", "slo",  NULL};
static const char *const batch_policy_names[] = {"fixed", "table", "deadline", NULL};
static const char *const order_names[] = {"global", "key", "none", NULL};
static const char *const overflow_names[] = {"burst", "block", NULL};

#define MINUTE_NS (60 * NS_PER_S)
#define HOUR_NS (60 * MINUTE_NS)
#define PERCENT (PPM_ONE / 100)
#define PER_S INT64_C(1000)                 /* one event/s, UNIT_RATE */
#define USD_MAX (1000000000 * NUSD_PER_USD) /* no range is given: a bound for arithmetic */

const struct knob_def knob_table[KNOB_COUNT] = {
    [KNOB_POLICY] = {"policy", UNIT_NAME, 0, 7, 0, "", policy_names,
                     "Which rule decides how much of the load goes to functions; "
                     "off keeps all of it local."},
    [KNOB_INTERVAL] = {"interval", UNIT_DURATION, 10 * NS_PER_MS, MINUTE_NS, 100 * NS_PER_MS, "",
                       NULL,
                       "Time between two decisions; shorter reacts sooner and sees more noise."},
    [KNOB_BATCH] = {"batch", UNIT_COUNT, 1, 10000, 50, "fixed deadline", NULL,
                    "Records in one call; more make calls fewer and cheaper, but the first "
                    "record waits longer."},
    [KNOB_BATCH_POLICY] = {"batch_policy", UNIT_NAME, 0, 2, 0, "", batch_policy_names,
                           "How the batch size is found: fixed is the batch knob, table goes by "
                           "rate, deadline by the latency target."},
    [KNOB_LINGER] = {"linger", UNIT_DURATION, 0, MINUTE_NS, 20 * NS_PER_MS, "", NULL,
                     "How long the oldest record may wait for its batch to fill; longer fills "
                     "batches better and adds latency."},
    [KNOB_CONCURRENCY] = {"concurrency", UNIT_COUNT, 1, 10000, 100, "", NULL,
                          "Calls that may be in flight at once; more carries a higher rate, until "
                          "the platform throttles."},
    [KNOB_ORDER] = {"order", UNIT_NAME, 0, 2, ORDER_GLOBAL, "", order_names,
                    "Order of the results: global as they came, key only within a key, none as "
                    "soon as they are ready."},
    [KNOB_OVERFLOW] = {"overflow", UNIT_NAME, 0, 1, OVERFLOW_BURST, "", overflow_names,
                       "What a local record does when the local lane is full: burst goes to a "
                       "function, block waits and holds the source back."},
    [KNOB_BURST_MAX] = {"burst_max", UNIT_RATIO, 0, PPM_ONE, PPM_ONE, "", NULL,
                        "Largest share of the load that a policy may send to functions; 0% sends "
                        "none."},
    [KNOB_LOAD] = {"load", UNIT_FACTOR, 0, 1000 * PPM_ONE, PPM_ONE, "", NULL,
                   "Multiplies the rate of the schedule; above 1 more load than the preset says, "
                   "0 none."},
    [KNOB_INPUT_THRESHOLD] = {"input_threshold", UNIT_RATE, 0, INT64_C(1000000000) * PER_S,
                              500 * PER_S, "threshold as-found", NULL,
                              "Input rate above which everything goes to functions; higher bursts "
                              "later."},
    [KNOB_BUSY_THRESHOLD] = {"busy_threshold", UNIT_RATIO, 0, PPM_ONE, 6 * PERCENT,
                             "threshold as-found", NULL,
                             "Busy share of the local lane above which everything goes to "
                             "functions; higher bursts later."},
    [KNOB_BUSY_ON] = {"busy_on", UNIT_RATIO, 0, PPM_ONE, 85 * PERCENT, "hysteresis", NULL,
                      "Busy share at which bursting starts; higher starts later."},
    [KNOB_BUSY_OFF] = {"busy_off", UNIT_RATIO, 0, PPM_ONE, 70 * PERCENT, "hysteresis", NULL,
                       "Busy share at which bursting stops; keep it below busy_on, lower bursts "
                       "for longer."},
    [KNOB_DRAIN_TIME] = {"drain_time", UNIT_DURATION, 100 * NS_PER_MS, 10 * MINUTE_NS, 5 * NS_PER_S,
                         "excess", NULL,
                         "Time in which waiting records are to be worked off; shorter sends more "
                         "to functions for a while."},
    [KNOB_SLO] = {"slo", UNIT_DURATION, NS_PER_MS, HOUR_NS, 250 * NS_PER_MS, "slo deadline", NULL,
                  "Target for the 99th percentile of latency; lower bursts earlier and makes "
                  "batches smaller."},
    [KNOB_HEAD_DEADLINE] = {"head_deadline", UNIT_DURATION, 0, MINUTE_NS, 2 * NS_PER_S, "", NULL,
                            "How long a late record may hold back those behind it before it is "
                            "run a second time locally; 0 waits for ever."},
    [KNOB_TIMEOUT] = {"timeout", UNIT_DURATION, NS_PER_MS, 15 * MINUTE_NS, 30 * NS_PER_S, "", NULL,
                      "How long a call may take before it is given up; shorter recovers sooner, "
                      "too short repeats work."},
    [KNOB_BUDGET] = {"budget", UNIT_USD, 0, USD_MAX, 0, "", NULL,
                     "Money that functions may cost in this run, after which all stays local; 0 "
                     "sets no limit."},
    [KNOB_BUDGET_RATE] = {"budget_rate", UNIT_USD, 0, USD_MAX, 0, "", NULL,
                          "Money per hour that functions may cost, above which all stays local "
                          "for a while; 0 sets no limit."},
    [KNOB_SLOTS] = {"slots", UNIT_COUNT, 1, 65536, 1, "", NULL,
                    "Machines of the costly operator; more raise the local capacity."},
    [KNOB_FLUSH] = {"flush", UNIT_DURATION, 0, 10 * NS_PER_S, 10 * NS_PER_MS, "", NULL,
                    "How long a half-filled block may wait before it moves on; longer makes "
                    "larger blocks and adds latency."},
};

static bool same_text(const char *text, size_t len, const char *word)
{
    size_t i = 0;
    while (i < len && word[i] != '\0' && text[i] == word[i])
        i++;
    return i == len && word[i] == '\0';
}

/* A sentence being built in the caller's memory; what does not fit is cut off. */
struct sentence {
    char *dst;
    size_t size, len;
};

static void say(struct sentence *s, const char *text)
{
    for (; *text != '\0' && s->len + 1 < s->size; text++)
        s->dst[s->len++] = *text;
    s->dst[s->len] = '\0';
}

/* The text a person gave: at most 40 bytes of it, only what a terminal can show. */
static void say_given(struct sentence *s, const char *text, size_t len)
{
    for (size_t i = 0; i < len && i < 40; i++) {
        char c[2] = {text[i] >= ' ' && text[i] <= '~' ? text[i] : '?', '\0'};
        say(s, c);
    }
    if (len > 40)
        say(s, "...");
}

static void say_names(struct sentence *s, const char *const *names)
{
    say(s, "must be one of ");
    for (size_t i = 0; names[i]; i++) {
        say(s, i > 0 ? ", " : "");
        say(s, names[i]);
    }
}

static void say_range(struct sentence *s, const struct knob_def *def)
{
    char number[48];
    say(s, "must be ");
    units_write(def->unit, def->min, number, sizeof number);
    say(s, number);
    say(s, " to ");
    units_write(def->unit, def->max, number, sizeof number);
    say(s, number);
}

void knobs_init(struct knobs *k)
{
    assert(k);
    memset(k, 0, sizeof *k);
    for (int i = 0; i < KNOB_COUNT; i++)
        k->value[i] = knob_table[i].preset;
}

int knob_find(const char *name, size_t len)
{
    for (int i = 0; i < KNOB_COUNT; i++)
        if (same_text(name, len, knob_table[i].name))
            return i;
    return -1;
}

/* Index of a name in the knob's list, or -1. */
static int64_t find_name(const struct knob_def *def, const char *text, size_t len)
{
    for (int64_t i = def->min; i <= def->max; i++)
        if (same_text(text, len, def->names[i]))
            return i;
    return -1;
}

bool knob_read(enum knob i, const char *text, size_t len, int64_t *out, char *why, size_t why_size)
{
    assert((unsigned)i < KNOB_COUNT && out && why && why_size > 0);
    const struct knob_def *def = &knob_table[i];
    const char *phrase = NULL;
    int64_t value = 0;
    if (def->names) {
        value = find_name(def, text, len);
        if (value >= 0) {
            *out = value;
            return true;
        }
    } else if (units_read(def->unit, text, len, &value, &phrase)) {
        if (value >= def->min && value <= def->max) {
            *out = value;
            return true;
        }
        phrase = NULL;
    } else if ((len > 0 && text[0] == '-') || same_text("too large", 9, phrase)) {
        phrase = NULL; /* a number, only outside the range */
    }
    struct sentence s = {why, why_size, 0};
    say(&s, def->name);
    say(&s, len > 0 ? " " : "");
    say_given(&s, text, len);
    say(&s, ": ");
    if (def->names)
        say_names(&s, def->names);
    else if (phrase)
        say(&s, phrase);
    else
        say_range(&s, def);
    return false;
}

size_t knob_write(enum knob i, int64_t value, char *dst, size_t size)
{
    assert((unsigned)i < KNOB_COUNT && dst && size > 0);
    const struct knob_def *def = &knob_table[i];
    if (!def->names)
        return units_write(def->unit, value, dst, size);
    assert(value >= def->min && value <= def->max);
    struct sentence s = {dst, size, 0};
    say(&s, def->names[value]);
    return s.len;
}
