/* The field "schedule": a list of steps, each of one form (workload/schedule.h).
 * The forms are a table: which field makes it, which others it needs or may have. */
#include "io/preset_fields.h"

#include "io/preset_text.h"
#include "io/trace.h"

#include <stddef.h>
#include <string.h>

#define FACTOR_MAX (1000 * PPM_ONE)
#define PERIOD_MIN NS_PER_MS

/* A step under reading: what it holds besides the numbers. */
struct step_read {
    struct schedule_step step;
    struct schedule_spec *spec; /* that it will be part of */
    bool has_form;
    uint32_t form_at;
};

static int take_form(struct preset_reader *r, const struct json_value *v, struct step_read *s,
                     enum step_kind kind)
{
    static const char *const names[] = {"rate", "ramp", "square", "spike", "sine", "trace"};
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

static int read_sine(struct preset_reader *r, const struct json_value *v, void *base)
{
    return take_form(r, v, base, STEP_SINE) == 0 ? read_two_rates(r, v, base) : ERR_BAD;
}

static int read_trace(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct step_read *s = base;
    char file[SCHEDULE_FILE];
    _Static_assert(SCHEDULE_FILE == PRESET_FILE, "one size of names");
    struct err why = {0};
    if (take_form(r, v, s, STEP_TRACE) != 0 || preset_read_path(r, v, file) != 0)
        return ERR_BAD;
    if (trace_load(file, s->spec, &s->step.trace, &why) == 0)
        return 0;
    return preset_fail(r, v->at, "%s", why.text);
}

static int read_interpolate(struct preset_reader *r, const struct json_value *v, void *base)
{
    static const char *const names[] = {"linear", "step"};
    int how = 0;
    int status = preset_read_name(r, v, names, 2, &how);
    ((struct step_read *)base)->step.stairs = how == 1;
    return status;
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
    {.name = "sine", .kind = FIELD_OWN, .own = read_sine},
    {.name = "trace", .kind = FIELD_OWN, .own = read_trace},
    {.name = "scale",
     .kind = FIELD_I64,
     .offset = AT(factor_ppm),
     .unit = UNIT_FACTOR,
     .max = FACTOR_MAX},
    {.name = "loop", .kind = FIELD_BOOL, .offset = AT(loop)},
    {.name = "interpolate", .kind = FIELD_OWN, .own = read_interpolate},
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
    const char *needs;  /* "" = none */
    const char *may[3]; /* besides "at", what it needs and "for" */
} forms[] = {
    [STEP_RATE] = {"rate", "", {NULL}},
    [STEP_RAMP] = {"ramp", "for", {NULL}},
    [STEP_SQUARE] = {"square", "period", {NULL}},
    [STEP_SPIKE] = {"spike", "for", {"every", NULL}},
    [STEP_SINE] = {"sine", "period", {NULL}},
    [STEP_TRACE] = {"trace", "", {"scale", "loop", "interpolate"}},
};

static bool goes_with(enum step_kind kind, const char *field)
{
    static const char *const extras[] = {"period", "every", "scale", "loop", "interpolate"};
    bool extra = false;
    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++)
        extra = extra || strcmp(extras[i], field) == 0;
    if (!extra || strcmp(forms[kind].needs, field) == 0)
        return true;
    for (int i = 0; i < 3 && forms[kind].may[i]; i++)
        if (strcmp(forms[kind].may[i], field) == 0)
            return true;
    return false;
}

static int check_form(struct preset_reader *r, const struct json_value *v,
                      const struct step_read *s)
{
    if (!s->has_form)
        return preset_fail(r, v->at,
                           "this step needs one of \"rate\", \"ramp\", \"square\", \"spike\", "
                           "\"sine\", \"trace\"");
    const char *form = forms[s->step.kind].name, *needs = forms[s->step.kind].needs;
    if (needs[0] && !json_field(v, needs))
        return preset_fail(r, s->form_at, "\"%s\" needs \"%s\" beside it", form, needs);
    for (const struct json_value *f = v->first; f; f = f->next)
        if (!goes_with(s->step.kind, f->key))
            return preset_fail(r, f->key_at, "\"%s\" does not go with \"%s\"", f->key, form);
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
    spec->count = spec->traces = spec->points = 0;
    for (const struct json_value *step = v->first; step; step = step->next) {
        struct step_read s = {.spec = spec};
        if (preset_read_fields(r, step, &preset_schedule_table, &s) != 0 ||
            check_form(r, step, &s) != 0)
            return ERR_BAD;
        if (s.step.kind == STEP_TRACE && !json_field(step, "scale"))
            s.step.factor_ppm = PPM_ONE;
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
