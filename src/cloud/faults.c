#include "cloud/faults.h"

#include <stdio.h>
#include <string.h>

const struct fault_row fault_rows[FAAS_FAULTS] = {
    [FAULT_LATENCY] = {UNIT_FACTOR, "everything in an environment takes xF as long"},
    [FAULT_ERROR] = {UNIT_RATIO, "500, 502 or 503 before the handler runs"},
    [FAULT_FUNCTION_ERROR] = {UNIT_RATIO, "the handler runs and fails"},
    [FAULT_THROTTLE] = {UNIT_NAME, "429 to every call"},
    [FAULT_LOSE] = {UNIT_RATIO, "executed, but the answer never comes"},
    [FAULT_LATE] = {UNIT_RATIO, "the answer comes a hundred times later"},
    [FAULT_CUT] = {UNIT_RATIO, "the answer ends in the middle of its body"},
    [FAULT_RESET] = {UNIT_RATIO, "connection reset before the handler runs"},
    [FAULT_DIE] = {UNIT_RATIO, "executed, then the connection is reset"},
    [FAULT_GARBAGE] = {UNIT_RATIO, "200 with a body that is no JSON"},
    [FAULT_DRIP] = {UNIT_RATIO, "the body trickles over two seconds"},
    [FAULT_WRONG_IDS] = {UNIT_RATIO, "the answer names another batch"},
};

void faults_draw(struct prng *prng, struct fault_draws *d)
{
    d->residual = (uint32_t)(prng_next(prng) >> 32);
    d->cold_ppm = PPM_ONE - FAAS_SPREAD_PPM + (int64_t)prng_below(prng, 2 * FAAS_SPREAD_PPM + 1);
    d->network_ppm = PPM_ONE - FAAS_SPREAD_PPM + (int64_t)prng_below(prng, 2 * FAAS_SPREAD_PPM + 1);
    for (int i = 0; i < FAAS_FAULTS; i++)
        d->chance[i] = (int64_t)prng_below(prng, PPM_ONE);
    d->other = prng_next(prng);
}

void faults_set(struct faults *f, enum faas_fault fault, int64_t value, int64_t until_ns)
{
    f->at[fault].value = fault_rows[fault].unit == UNIT_NAME ? 1 : value;
    f->at[fault].until_ns = until_ns;
}

void faults_clear(struct faults *f) { memset(f, 0, sizeof *f); }

int64_t faults_value(const struct faults *f, enum faas_fault fault, int64_t now_ns)
{
    return now_ns < f->at[fault].until_ns ? f->at[fault].value : 0;
}

bool faults_hit(const struct faults *f, const struct fault_draws *d, enum faas_fault fault,
                int64_t base_ppm, int64_t now_ns)
{
    int64_t commanded_ppm = faults_value(f, fault, now_ns);
    return d->chance[fault] < (commanded_ppm > base_ppm ? commanded_ppm : base_ppm);
}

/* ---- as written ---------------------------------------------------------------- */

#define WORDS 4
#define WORD 40

/* Splits at blanks; at most WORDS words, each shorter than WORD. */
static int split(const char *text, char words[WORDS][WORD])
{
    int count = 0;
    for (const char *s = text + strspn(text, " \t\r\n"); *s; s += strspn(s, " \t\r\n")) {
        size_t length = strcspn(s, " \t\r\n");
        if (count == WORDS || length >= WORD)
            return WORDS;
        memcpy(words[count], s, length);
        words[count++][length] = '\0';
        s += length;
    }
    return count;
}

static int bad(struct err *e, const char *what, const char *why)
{
    snprintf(e->text, sizeof e->text, "%s: %s", what, why);
    return e->code = ERR_BAD;
}

static int find(const char *name)
{
    for (int i = 0; i < FAAS_FAULTS; i++)
        if (strcmp(faas_fault_names[i], name) == 0)
            return i;
    return -1;
}

static int unknown(const char *name, struct err *e)
{
    int n = snprintf(e->text, sizeof e->text, "%.40s: no such fault; there are off", name);
    for (int i = 0; i < FAAS_FAULTS; i++)
        n += snprintf(e->text + n, sizeof e->text - (size_t)n, ", %s", faas_fault_names[i]);
    return e->code = ERR_BAD;
}

int faults_read(const char *text, struct fault_order *out, struct err *e)
{
    char words[WORDS][WORD];
    int count = split(text, words);
    *out = (struct fault_order){.for_ns = TIME_NEVER};
    if (count == 0 || count == WORDS)
        return bad(e, "a fault is", "NAME [VALUE] [TIME], like error 20% 10s, or off");
    if (count == 1 && strcmp(words[0], "off") == 0) {
        out->off = true;
        return 0;
    }
    int fault = find(words[0]);
    if (fault < 0)
        return unknown(words[0], e);
    out->fault = (enum faas_fault)fault;
    enum unit unit = fault_rows[fault].unit;
    int next = 1;
    if (next < count && strcmp(words[next], "off") == 0) {
        out->for_ns = 0;
        return count == 2 ? 0 : bad(e, words[2], "nothing comes after off");
    }
    const char *why = NULL;
    if (unit != UNIT_NAME) {
        if (next == count)
            return bad(e, words[0],
                       unit == UNIT_RATIO ? "how often? like 20%" : "how much? like x3");
        if (!units_read(unit, words[next], strlen(words[next]), &out->value, &why))
            return bad(e, words[next], why);
        if (out->value > (unit == UNIT_RATIO ? PPM_ONE : FAAS_FACTOR_MAX))
            return bad(e, words[next], unit == UNIT_RATIO ? "at most 100%" : "at most x1000000");
        next++;
    }
    if (next < count) {
        if (!units_read(UNIT_DURATION, words[next], strlen(words[next]), &out->for_ns, &why))
            return bad(e, words[next], why);
        next++;
    }
    return next == count ? 0 : bad(e, words[next], "nothing more belongs here");
}
