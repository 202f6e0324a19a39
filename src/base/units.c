/* Reader and writer of quantities: decimal digits, an optional point, a unit.
 *
 * A unit is a whole number of canonical steps, so `48.2k` is 482 × its step
 * ÷ 10. What does not come out as a whole number of steps is refused instead of
 * rounded: the value in force is always the value that was written. */
#include "base/units.h"

#include "base/wide.h"

#include <string.h>

#define DECIMALS_MAX 18 /* 10^18 still fits 64 bits */
#define TOO_LARGE ((uint64_t)INT64_MAX + 1)

struct suffix {
    const char *text;
    int64_t step;    /* canonical units in one of these */
    bool whole_only; /* never written with decimals: 150s, not 2.5m */
};

/* All there is to know about one unit. Suffixes from small to large. */
struct form {
    const char *prefix;
    bool prefix_needed;
    bool plain; /* written as digits alone, however long */
    const struct suffix *suffix;
    const char *example;
    const char *unknown; /* why an unknown suffix is refused */
    const char *finer;   /* why a value between two steps is refused */
};

static const struct suffix count_suffix[] = {
    {"", 1, false}, {"k", 1000, false}, {"M", 1000000, false}, {"G", 1000000000, false}, {0}};
static const struct suffix duration_suffix[] = {{"ns", 1, false},
                                                {"us", NS_PER_US, false},
                                                {"ms", NS_PER_MS, false},
                                                {"s", NS_PER_S, false},
                                                {"m", 60 * NS_PER_S, true},
                                                {"h", 3600 * NS_PER_S, true},
                                                {0}};
static const struct suffix rate_suffix[] = {{"", 1000, false},
                                            {"k", 1000000, false},
                                            {"M", INT64_C(1000000000), false},
                                            {"G", INT64_C(1000000000000), false},
                                            {0}};
static const struct suffix ratio_suffix[] = {{"%", PPM_ONE / 100, false}, {0}};
static const struct suffix factor_suffix[] = {{"", PPM_ONE, false}, {0}};
static const struct suffix usd_suffix[] = {{"", NUSD_PER_USD, false}, {0}};
static const struct suffix size_suffix[] = {{"", 1, false},
                                            {"B", 1, false},
                                            {"kB", 1000, false},
                                            {"KiB", 1024, false},
                                            {"MB", 1000000, false},
                                            {"MiB", 1 << 20, false},
                                            {"GB", 1000000000, false},
                                            {"GiB", 1 << 30, false},
                                            {0}};

static const struct form forms[] = {
    [UNIT_COUNT] = {"", false, true, count_suffix, "50", "a plain number, with k, M or G at most",
                    "must be a whole number"},
    [UNIT_DURATION] = {"", false, false, duration_suffix, "20ms",
                       "unknown unit: use ns, us, ms, s, m or h", "finer than 1ns"},
    [UNIT_RATE] = {"", false, false, rate_suffix, "48.2k",
                   "a rate is written 800, 48.2k or 1.37M, with /s or without",
                   "finer than 0.001 a second"},
    [UNIT_RATIO] = {"", false, false, ratio_suffix, "85%", "a ratio is written 85% or 0.85",
                    "finer than 0.0001%"},
    [UNIT_FACTOR] = {"x", true, false, factor_suffix, "x2.2", "a factor is written 2, x2.2 or 0.5",
                     "finer than 0.000001"},
    [UNIT_USD] = {"$", true, false, usd_suffix, "$0.01",
                  "an amount in US dollars is written 0.01 or $0.01", "finer than $0.000000001"},
    [UNIT_SIZE] = {"", false, false, size_suffix, "64KiB",
                   "unknown unit: use B, kB, MB, GB, KiB, MiB or GiB",
                   "not a whole number of bytes"},
    [UNIT_NAME] = {"", false, true, count_suffix, "name", "a name is expected",
                   "a name is expected"},
};

static bool text_equal(const char *text, size_t len, const char *word)
{
    size_t i = 0;
    while (i < len && word[i] != '\0' && text[i] == word[i])
        i++;
    return i == len && word[i] == '\0';
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* ---- reading ---------------------------------------------------------------- */

/* A decimal number as written: whole + fraction ÷ 10^decimals, with no zeros at
 * the end of the fraction. */
struct decimal {
    uint64_t whole; /* TOO_LARGE stands for all that does not fit int64_t */
    uint64_t fraction;
    int decimals;
    bool finer; /* more decimals than any unit has steps */
};

/* What is wrong with a text that does not start with a digit. */
static const char *no_number(const char *text, size_t len)
{
    if (len == 0)
        return "a value is missing";
    if (text[0] == '-')
        return "must not be negative";
    if (text[0] == '+')
        return "is written without a plus sign";
    if (text[0] == ' ' || text[0] == '\t')
        return "has blanks around it";
    if (text[0] == '.' && len > 1 && is_digit(text[1]))
        return "a digit must stand before the point: 0.5";
    return "not a number";
}

/* Reads digits with an optional fraction; returns how many bytes, 0 with *why. */
static size_t read_decimal(const char *text, size_t len, struct decimal *d, const char **why)
{
    size_t i = 0;
    memset(d, 0, sizeof *d);
    if (len == 0 || !is_digit(text[0])) {
        *why = no_number(text, len);
        return 0;
    }
    for (; i < len && is_digit(text[i]); i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        bool fits = d->whole <= (INT64_MAX - digit) / 10;
        d->whole = fits ? d->whole * 10 + digit : TOO_LARGE;
    }
    if (i == len || text[i] != '.')
        return i;
    size_t start = ++i;
    while (i < len && is_digit(text[i]))
        i++;
    if (i == start) {
        *why = "a digit must follow the point";
        return 0;
    }
    size_t end = i;
    while (end > start && text[end - 1] == '0')
        end--;
    d->finer = end - start > DECIMALS_MAX;
    for (size_t j = start; j < end && !d->finer; j++, d->decimals++)
        d->fraction = d->fraction * 10 + (uint64_t)(text[j] - '0');
    return i;
}

/* Why the bytes after the number cannot be its unit, or NULL if they might. */
static const char *bad_tail(const char *tail, size_t len)
{
    if (len == 0)
        return NULL;
    if (tail[0] == 'e' || tail[0] == 'E')
        return "is written out, without an exponent";
    if (tail[0] == 'x' || tail[0] == 'X')
        return "is written in decimal digits";
    if (tail[0] == ',' || tail[0] == '_' || tail[0] == '\'')
        return "is written without separators, with a point before decimals";
    if (tail[0] == ' ' || tail[0] == '\t' || tail[len - 1] == ' ' || tail[len - 1] == '\t')
        return "has blanks in it or around it";
    if (tail[0] == '.')
        return "has two points";
    return NULL;
}

static const struct suffix *find_suffix(const struct form *f, const char *tail, size_t len)
{
    for (const struct suffix *s = f->suffix; s->text; s++)
        if (text_equal(tail, len, s->text))
            return s;
    return NULL;
}

/* (whole + fraction ÷ 10^decimals) × step, if that is a whole number. */
static const char *scale(const struct form *f, const struct decimal *d, uint64_t step, int64_t *out)
{
    u128 tens = 1;
    for (int i = 0; i < d->decimals; i++)
        tens *= 10;
    u128 part = (u128)d->fraction * step;
    u128 value = (u128)d->whole * step + part / tens;
    if (value > INT64_MAX)
        return "too large";
    if (d->finer || part % tens != 0)
        return f->finer;
    *out = (int64_t)value;
    return NULL;
}

/* The step of a number written without a unit; 0 with *why if it needs one. */
static int64_t bare_step(enum unit unit, const struct decimal *d, const char **why)
{
    bool zero = d->whole == 0 && d->decimals == 0 && !d->finer;
    if (unit == UNIT_DURATION) {
        *why = "needs a unit: 20ms, 1.5s";
        return zero ? 1 : 0;
    }
    if (d->whole > 1 || (d->whole == 1 && (d->decimals > 0 || d->finer))) {
        *why = "a ratio is written 85% or 0.85";
        return 0;
    }
    return PPM_ONE;
}

bool units_read(enum unit unit, const char *text, size_t len, int64_t *out, const char **why)
{
    assert((unsigned)unit <= UNIT_NAME && (text || len == 0) && out && why);
    const struct form *f = &forms[unit];
    if (unit == UNIT_NAME) {
        *why = f->unknown;
        return false;
    }
    if (len > 0 && f->prefix[0] != '\0' && text[0] == f->prefix[0]) {
        text++;
        len--;
    }
    struct decimal d;
    size_t used = read_decimal(text, len, &d, why);
    if (used == 0)
        return false;
    const char *tail = text + used;
    size_t rest = len - used;
    if (unit == UNIT_RATE && rest >= 2 && text_equal(tail + rest - 2, 2, "/s"))
        rest -= 2;
    const struct suffix *s = find_suffix(f, tail, rest);
    int64_t step = s ? s->step : 0;
    if (!s && rest == 0)
        step = bare_step(unit, &d, why);
    else if (!s)
        *why = bad_tail(tail, rest) ? bad_tail(tail, rest) : f->unknown;
    if (step == 0)
        return false;
    *why = scale(f, &d, (uint64_t)step, out);
    return *why == NULL;
}

/* ---- writing ---------------------------------------------------------------- */

/* Text of one candidate; 48 bytes hold sign, prefix, 19 digits, point, unit. */
struct form_text {
    char text[48];
    size_t len;
    int decimals;
};

static void add_text(struct form_text *t, const char *s)
{
    for (; *s != '\0'; s++) {
        assert(t->len < sizeof t->text);
        t->text[t->len++] = *s;
    }
}

static void add_digits(struct form_text *t, uint64_t value, int digits)
{
    char d[24];
    int n = 0;
    while (value > 0 || n < digits) {
        d[n++] = (char)('0' + value % 10);
        value /= 10;
    }
    assert(t->len + (size_t)n < sizeof t->text);
    while (n > 0)
        t->text[t->len++] = d[--n];
}

/* value in units of step, exactly. false: it would need endless decimals. */
static bool write_in(const struct form *f, uint64_t value, uint64_t step, const char *unit,
                     struct form_text *t)
{
    uint64_t whole = value / step, left = value % step;
    uint64_t fraction = 0;
    t->decimals = 0;
    for (u128 rest = left; rest != 0; t->decimals++) {
        if (t->decimals == DECIMALS_MAX)
            return false;
        rest *= 10;
        fraction = fraction * 10 + (uint64_t)(rest / step);
        rest %= step;
    }
    if (f->prefix_needed)
        add_text(t, f->prefix);
    add_digits(t, whole, 1);
    if (t->decimals > 0) {
        add_text(t, ".");
        add_digits(t, fraction, t->decimals);
    }
    add_text(t, unit);
    return true;
}

/* The shortest of all forms whose whole part is not 0 (100ms, not 0.1s); of two
 * equally short ones that with the larger unit. */
static void write_shortest(const struct form *f, uint64_t value, bool negative,
                           struct form_text *best)
{
    best->len = 0;
    for (const struct suffix *s = f->suffix; s->text; s++) {
        struct form_text t = {.len = 0};
        if (negative)
            add_text(&t, "-");
        bool small = s != f->suffix && value < (uint64_t)s->step;
        if (small || !write_in(f, value, (uint64_t)s->step, s->text, &t))
            continue;
        if (s->whole_only && t.decimals > 0)
            continue;
        if (best->len == 0 || t.len <= best->len)
            *best = t;
        if (f->plain)
            break;
    }
    assert(best->len > 0);
}

size_t units_write(enum unit unit, int64_t value, char *dst, size_t size)
{
    assert((unsigned)unit <= UNIT_NAME && dst && size > 0);
    struct form_text t = {.len = 0};
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (unit == UNIT_DURATION && value == 0)
        add_text(&t, "0");
    else
        write_shortest(&forms[unit], magnitude, value < 0, &t);
    size_t n = t.len < size ? t.len : size - 1;
    memcpy(dst, t.text, n);
    dst[n] = '\0';
    return n;
}

const char *units_example(enum unit unit)
{
    assert((unsigned)unit <= UNIT_NAME);
    return forms[unit].example;
}
