/* The field "schedule": a list of steps, each of one form (workload/schedule.h).
 * The forms are a table: which field makes it, which others it needs or may have. */
#include "io/preset_fields.h"

#include "io/preset_text.h"

#include <stddef.h>
#include <string.h>

#define FACTOR_MAX (1000 * PPM_ONE)
#define PERIOD_MIN NS_PER_MS

/* A step under reading: what it holds besides the numbers. */
struct step_read {
    struct schedule_step step;
    bool has_form;
    uint32_t form_at;
};

static int take_form(struct preset_reader *r, const struct json_value *v, struct step_read *s,
                     enum step_kind kind)
{
    static const char *const names[] = {"rate", "ramp", "square", "spike"};
    if (s->has_form)
        return preset_fail(r, v->key_at, "\"%s\" and \"%s\" exclude each other in one step",
                           names[s->step.kind], names[kind]);
    s->has_form = true;
    s->form_at = v->key_at;
    s->step.kind = kind;
    return 0;
}

static int read_rate(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct step_read *s = base;
    if (take_form(r, v, s, STEP_RATE) != 0)
        return ERR_BAD;
    return preset_read_quantity(r, v, UNIT_RATE, 0, SCHEDULE_RATE_MAX, &s->step.rate_mps);
}

/* [a, b] */
static int read_two_rates(struct preset_reader *r, const struct json_value *v, struct step_read *s)
{
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    if (v->count != 2)
        return preset_fail(r, v->at, "\"%s\" needs two rates, [from, to], found %u", v->key,
                           (unsigned)v->count);
    int64_t *to[] = {&s->step.rate_mps, &s->step.rate2_mps};
    const struct json_value *rate = v->first;
    for (int i = 0; i < 2; i++, rate = rate->next)
        if (preset_read_quantity(r, rate, UNIT_RATE, 0, SCHEDULE_RATE_MAX, to[i]) != 0)
            return ERR_BAD;
    return 0;
}

static int read_ramp(struct preset_reader *r, const struct json_value *v, void *base)
{
    return take_form(r, v, base, STEP_RAMP) == 0 ? read_two_rates(r, v, base) : ERR_BAD;
}

static int read_square(struct preset_reader *r, const struct json_value *v, void *base)
{
    return take_form(r, v, base, STEP_SQUARE) == 0 ? read_two_rates(r, v, base) : ERR_BAD;
}

static int read_spike(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct step_read *s = base;
    if (take_form(r, v, s, STEP_SPIKE) != 0)
        return ERR_BAD;
    return preset_read_quantity(r, v, UNIT_FACTOR, 0, FACTOR_MAX, &s->step.factor_ppm);
}

#define AT(member) offsetof(struct step_read, step.member)

static const struct preset_field step_fields[] = {
    {.name = "at",
     .kind = FIELD_I64,
     .offset = AT(at_ns),
     .unit = UNIT_DURATION,
     .max = PRESET_TIME_MAX},
    {.name = "rate", .kind = FIELD_OWN, .own = read_rate},
    {.name = "ramp", .kind = FIELD_OWN, .own = read_ramp},
    {.name = "square", .kind = FIELD_OWN, .own = read_square},
    {.name = "spike", .kind = FIELD_OWN, .own = read_spike},
    {.name = "for",
     .kind = FIELD_I64,
     .offset = AT(for_ns),
     .unit = UNIT_DURATION,
     .min = PERIOD_MIN,
     .max = PRESET_TIME_MAX},
    {.name = "period",
     .kind = FIELD_I64,
     .offset = AT(period_ns),
     .unit = UNIT_DURATION,
     .min = PERIOD_MIN,
     .max = PRESET_TIME_MAX},
    {.name = "every",
     .kind = FIELD_I64,
     .offset = AT(period_ns),
     .unit = UNIT_DURATION,
     .min = PERIOD_MIN,
     .max = PRESET_TIME_MAX},
};

const struct preset_table preset_schedule_table = {"a step of \"schedule\"", step_fields,
                                                   sizeof step_fields / sizeof *step_fields};

/* Which fields go with a form. */
static const struct {
    const char *name;
    const char *needs; /* "" = none */
    const char *bans[2];
} forms[] = {
    [STEP_RATE] = {"rate", "", {"period", "every"}},
    [STEP_RAMP] = {"ramp", "for", {"period", "every"}},
    [STEP_SQUARE] = {"square", "period", {"every", NULL}},
    [STEP_SPIKE] = {"spike", "for", {"period", NULL}},
};

static int check_form(struct preset_reader *r, const struct json_value *v,
                      const struct step_read *s)
{
    if (!s->has_form)
        return preset_fail(r, v->at,
                           "this step needs one of \"rate\", \"ramp\", \"square\", \"spike\"");
    const char *form = forms[s->step.kind].name, *needs = forms[s->step.kind].needs;
    if (needs[0] && !json_field(v, needs))
        return preset_fail(r, s->form_at, "\"%s\" needs \"%s\" beside it", form, needs);
    for (int i = 0; i < 2 && forms[s->step.kind].bans[i]; i++) {
        const struct json_value *ban = json_field(v, forms[s->step.kind].bans[i]);
        if (ban)
            return preset_fail(r, ban->key_at, "\"%s\" does not go with \"%s\"", ban->key, form);
    }
    return 0;
}

int preset_read_schedule(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct schedule_spec *spec = &((struct preset *)base)->schedule;
    const struct json_value *place[SCHEDULE_STEPS];
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    if (v->count == 0)
        return preset_fail(r, v->at,
                           "\"schedule\" is empty; for example "
                           "[{\"at\": \"0s\", \"rate\": 1000}]");
    if (v->count > SCHEDULE_STEPS)
        return preset_fail(r, v->at, "\"schedule\" has %u steps; at most %d", (unsigned)v->count,
                           SCHEDULE_STEPS);
    spec->count = 0;
    for (const struct json_value *step = v->first; step; step = step->next) {
        struct step_read s = {0};
        if (preset_read_fields(r, step, &preset_schedule_table, &s) != 0 ||
            check_form(r, step, &s) != 0)
            return ERR_BAD;
        place[spec->count] = step;
        spec->step[spec->count++] = s.step;
    }
    int at_fault = 0;
    const char *sentence = schedule_check(spec, &at_fault);
    if (!sentence)
        return 0;
    assert(at_fault >= 0 && at_fault < spec->count);
    return preset_fail(r, place[at_fault]->at, "%s", sentence);
}
