/* The preset as a whole: its defaults, its tables of fields, and the order in
 * which a text is judged: grammar (json.c), secrets, version, fields. Secrets
 * come before the fields so that no later sentence can repeat one. */
#include "io/preset.h"

#include "io/preset_fields.h"
#include "io/preset_text.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define VERSION "1"
#define DEFAULT_RATE_MPS INT64_C(1000000) /* 1000/s */

const char *const provider_names[] = {
    [PROVIDER_MODEL] = "model", [PROVIDER_EMULATOR] = "emulator",
    [PROVIDER_AWS] = "aws",     [PROVIDER_URL] = "url",
    [PROVIDERS] = NULL,
};

const char *const source_kind_names[] = {"nexmark", "lines", "dead", NULL};

/* FIELD_NAME and FIELD_INT write enums and ints alike. */
_Static_assert(sizeof(enum provider) == sizeof(int) && sizeof(enum nexmark_profile) == sizeof(int),
               "enums are as large as int");

/* ---- defaults ------------------------------------------------------------------- */

static void add_node(struct graph_spec *g, const char *name, enum op_kind op)
{
    struct node_spec *n = &g->node[g->count];
    node_spec_init(n);
    (void)snprintf(n->name, sizeof n->name, "%s", name);
    n->op = op;
    if (g->count > 0)
        n->from[n->from_count++] = g->count - 1;
    g->count++;
}

static void vanilla_graph(struct graph_spec *g)
{
    g->count = 0;
    add_node(g, "source", OP_SOURCE);
    add_node(g, "stamp", OP_MAP);
    add_node(g, "tokenizer", OP_TOKENIZE);
    g->node[2].slots = 4;
    g->node[2].cost_ns = 4 * NS_PER_MS;
    add_node(g, "format", OP_MAP);
    add_node(g, "sink", OP_SINK);
}

int preset_costly_node(const struct graph_spec *g)
{
    int best = -1;
    for (int i = 0; i < g->count; i++) {
        const struct node_spec *n = &g->node[i];
        if (n->burst)
            return graph_twin(g, i);
        bool costs = n->cost_ns > 0 || n->op == OP_TOKENIZE;
        if (costs && (best < 0 || n->cost_ns > g->node[best].cost_ns))
            best = i;
    }
    return best;
}

/* The knob `slots` and the costly node's slots are one thing. */
void preset_join_slots(struct preset *p, bool knob_wins)
{
    int node = preset_costly_node(&p->graph);
    if (node < 0)
        return;
    if (knob_wins)
        p->graph.node[node].slots = (int)p->knobs.value[KNOB_SLOTS];
    else
        p->knobs.value[KNOB_SLOTS] = p->graph.node[node].slots;
}

void preset_init(struct preset *p)
{
    memset(p, 0, sizeof *p);
    (void)snprintf(p->name, sizeof p->name, "unnamed");
    (void)snprintf(p->where, sizeof p->where, "(built in)");
    p->profile = NEXMARK_MIX;
    p->schedule.count = 1;
    p->schedule.step[0] = (struct schedule_step){.kind = STEP_RATE, .rate_mps = DEFAULT_RATE_MPS};
    vanilla_graph(&p->graph);
    knobs_init(&p->knobs);
    p->provider = PROVIDER_EMULATOR;
    faas_config_init(&p->functions);
    preset_join_slots(p, false);
}

/* ---- source --------------------------------------------------------------------- */

static int read_kind(struct preset_reader *r, const struct json_value *v, void *base)
{
    int kind = SOURCE_NEXMARK;
    int status = preset_read_name(r, v, source_kind_names, SOURCE_KINDS, &kind);
    ((struct preset *)base)->source_kind = (enum source_kind)kind;
    return status;
}

/* "-" is standard input, for lines. */
static int read_file(struct preset_reader *r, const struct json_value *v, void *base)
{
    char *dst = ((struct preset *)base)->source_file;
    if (v->kind == JSON_STRING && v->size == 1 && v->text[0] == '-') {
        memcpy(dst, "-", 2);
        return 0;
    }
    return preset_read_path(r, v, dst);
}

static int read_profile(struct preset_reader *r, const struct json_value *v, void *base)
{
    int profile = NEXMARK_MIX;
    int status = preset_read_name(r, v, nexmark_profile_names, NEXMARK_PROFILES, &profile);
    ((struct preset *)base)->profile = (enum nexmark_profile)profile;
    return status;
}

static int read_seed(struct preset_reader *r, const struct json_value *v, void *base)
{
    return preset_read_u64(r, v, &((struct preset *)base)->source_seed);
}

/* Two or more digits of a date at *text; moves past them and the separator. */
static bool take_digits(const char **text, int count, char separator, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++) {
        char c = *(*text)++;
        if (c < '0' || c > '9')
            return false;
        *out = *out * 10 + (c - '0');
    }
    return *(*text)++ == separator;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar, year 1970 or later. */
static int64_t days_from_1970(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t y = year - 1;
    int64_t leap_days = y / 4 - y / 100 + y / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return INT64_C(365) * (year - 1970) + leap_days + before[month - 1] + (leap && month > 2) +
           day - 1;
}

/* "2015-07-15T00:00:00Z", UTC, 1970 to 9999. */
static bool read_date(const char *text, int64_t *out_ms)
{
    static const int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day, hour, minute, second;
    if (strlen(text) != 20 || !take_digits(&text, 4, '-', &year) ||
        !take_digits(&text, 2, '-', &month) || !take_digits(&text, 2, 'T', &day) ||
        !take_digits(&text, 2, ':', &hour) || !take_digits(&text, 2, ':', &minute) ||
        !take_digits(&text, 2, 'Z', &second))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > month_days[month - 1] ||
        hour > 23 || minute > 59 || second > 59)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month == 2 && day == 29 && !leap)
        return false;
    int64_t minutes = (days_from_1970(year, month, day) * 24 + hour) * 60 + minute;
    *out_ms = (minutes * 60 + second) * 1000;
    return true;
}

/* Milliseconds since 1970, or a date; up to the year 9999. */
static int read_base_time(struct preset_reader *r, const struct json_value *v, void *base)
{
    int64_t *out = &((struct preset *)base)->base_time_ms;
    if (v->kind == JSON_STRING && memchr(v->text, 'T', v->size)) {
        if (read_date(v->text, out))
            return 0;
        return preset_fail(r, v->at,
                           "base_time: not a date; good would be "
                           "\"2015-07-15T00:00:00Z\" or milliseconds since 1970");
    }
    return preset_read_quantity(r, v, UNIT_COUNT, 0, INT64_C(253402300799999), out);
}

static const struct preset_field source_fields[] = {
    {.name = "kind", .kind = FIELD_OWN, .own = read_kind},
    {.name = "file", .kind = FIELD_OWN, .own = read_file},
    {.name = "profile", .kind = FIELD_OWN, .own = read_profile},
    {.name = "seed", .kind = FIELD_OWN, .own = read_seed},
    {.name = "base_time", .kind = FIELD_OWN, .own = read_base_time},
};
static const struct preset_table source_table = {"\"source\"", source_fields,
                                                 sizeof source_fields / sizeof *source_fields};

static int read_source(struct preset_reader *r, const struct json_value *v, void *base)
{
    const struct preset *p = base;
    if (preset_read_fields(r, v, &source_table, base) != 0)
        return ERR_BAD;
    bool nexmark = p->source_kind == SOURCE_NEXMARK;
    static const char *const bans[2][3] = {{"profile", "seed", NULL}, {"file", NULL}};
    for (const char *const *name = bans[nexmark]; *name; name++) {
        const struct json_value *ban = json_field(v, *name);
        if (ban)
            return preset_fail(r, ban->key_at, "\"%s\" does not go with the kind \"%s\"", *name,
                               source_kind_names[p->source_kind]);
    }
    if (!nexmark && !p->source_file[0])
        return preset_fail(r, v->at, "the kind \"%s\" needs \"file\" beside it",
                           source_kind_names[p->source_kind]);
    return 0;
}

/* ---- functions -------------------------------------------------------------------- */

/* A URL that says where, and no more: user names and queries may hold secrets. */
static int read_endpoint(struct preset_reader *r, const struct json_value *v, void *base)
{
    char *dst = ((struct preset *)base)->endpoint;
    if (preset_read_line(r, v, PRESET_ENDPOINT - 1, dst))
        return ERR_BAD;
    bool http = strncmp(dst, "http://", 7) == 0 || strncmp(dst, "https://", 8) == 0;
    if (!http)
        return preset_fail(r, v->at, "endpoint: must be a URL: http://HOST:PORT or https://HOST");
    if (strpbrk(dst, "@?#"))
        return preset_fail(r, v->at,
                           "endpoint: no user name, query or fragment in a preset (they may hold "
                           "secrets): give --endpoint on the command line");
    return 0;
}

/* NAME or NAME:ALIAS; ARNs are refused with the secrets. */
static int read_function(struct preset_reader *r, const struct json_value *v, void *base)
{
    char *dst = ((struct preset *)base)->function;
    if (preset_read_line(r, v, PRESET_FUNCTION - 1, dst))
        return ERR_BAD;
    size_t name = strspn(dst, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    const char *rest = dst + name;
    if (name == 0 || name > 64 || (*rest && (*rest != ':' || strpbrk(rest + 1, ":/ ") || !rest[1])))
        return preset_fail(r, v->at,
                           "function: must be NAME or NAME:ALIAS, the name at most 64 "
                           "letters, digits, - and _");
    return 0;
}

#define AT(member) offsetof(struct preset, functions.member)
#define DAY_NS (INT64_C(86400) * NS_PER_S)

static const struct preset_field function_fields[] = {
    {.name = "provider",
     .kind = FIELD_NAME,
     .offset = offsetof(struct preset, provider),
     .names = provider_names,
     .max = PROVIDERS - 1},
    {.name = "endpoint", .kind = FIELD_OWN, .own = read_endpoint},
    {.name = "function", .kind = FIELD_OWN, .own = read_function},
    {.name = "calibration",
     .kind = FIELD_NAME,
     .offset = AT(calibration),
     .names = faas_calibration_names,
     .max = CALIBRATIONS - 1},
    {.name = "language",
     .kind = FIELD_NAME,
     .offset = AT(language),
     .names = faas_language_names,
     .max = LANGUAGES - 1},
    {.name = "memory_mb", .kind = FIELD_INT, .offset = AT(memory_mb), .min = 128, .max = 10240},
    {.name = "concurrency_limit",
     .kind = FIELD_INT,
     .offset = AT(concurrency_limit),
     .min = 1,
     .max = 20000},
    {.name = "rate_limit", .kind = FIELD_I64, .offset = AT(rate_limit), .max = 1000000000},
    {.name = "scale_per_10s",
     .kind = FIELD_I64,
     .offset = AT(scale_per_10s),
     .min = 1,
     .max = 1000000},
    {.name = "idle",
     .kind = FIELD_I64,
     .offset = AT(idle_ns),
     .unit = UNIT_DURATION,
     .min = NS_PER_MS,
     .max = DAY_NS},
    {.name = "timeout",
     .kind = FIELD_I64,
     .offset = AT(timeout_ns),
     .unit = UNIT_DURATION,
     .min = NS_PER_MS,
     .max = 900 * NS_PER_S},
    {.name = "noisy", .kind = FIELD_BOOL, .offset = AT(noisy)},
    {.name = "session", .kind = FIELD_BOOL, .offset = AT(session)},
    {.name = "blocking", .kind = FIELD_BOOL, .offset = offsetof(struct preset, blocking)},
    {.name = "cold_factor",
     .kind = FIELD_I64,
     .offset = AT(cold_factor_ppm),
     .unit = UNIT_FACTOR,
     .max = 1000 * PPM_ONE},
    {.name = "constant",
     .kind = FIELD_I64,
     .offset = AT(constant_ns),
     .unit = UNIT_DURATION,
     .max = 3600 * NS_PER_S},
    {.name = "error",
     .kind = FIELD_I64,
     .offset = AT(error_ppm),
     .unit = UNIT_RATIO,
     .max = PPM_ONE},
    {.name = "function_error",
     .kind = FIELD_I64,
     .offset = AT(function_error_ppm),
     .unit = UNIT_RATIO,
     .max = PPM_ONE},
    {.name = "lose", .kind = FIELD_I64, .offset = AT(lose_ppm), .unit = UNIT_RATIO, .max = PPM_ONE},
    {.name = "late", .kind = FIELD_I64, .offset = AT(late_ppm), .unit = UNIT_RATIO, .max = PPM_ONE},
};
static const struct preset_table function_table = {
    "\"functions\"", function_fields, sizeof function_fields / sizeof *function_fields};

static int read_functions(struct preset_reader *r, const struct json_value *v, void *base)
{
    return preset_read_fields(r, v, &function_table, base);
}

/* ---- knobs ------------------------------------------------------------------------ */

static void knob_names(const char *names[KNOB_COUNT])
{
    for (int i = 0; i < KNOB_COUNT; i++)
        names[i] = knob_table[i].name;
}

/* Nearest of a named knob's values, or NULL. */
static const char *near_value(const struct knob_def *def, const char *text, size_t len)
{
    size_t count = 0;
    while (def->names && def->names[count])
        count++;
    return preset_nearest_of(text, len, def->names, count);
}

static int read_knob(struct preset_reader *r, const struct json_value *v, enum knob knob)
{
    char plain[PRESET_NUMBER], why[200];
    if (knob_table[knob].names && preset_expect(r, v, JSON_STRING) != 0)
        return ERR_BAD;
    if (preset_plain(r, v, plain) != 0)
        return ERR_BAD;
    size_t len = strlen(plain);
    if (knob_read(knob, plain, len, &r->out->knobs.value[knob], why, sizeof why))
        return 0;
    const char *near = near_value(&knob_table[knob], plain, len);
    return preset_fail(r, v->at, "%s%s%s%s", why, near ? "; did you mean \"" : "", near ? near : "",
                       near ? "\"?" : "");
}

static int read_policy(struct preset_reader *r, const struct json_value *v, void *base)
{
    (void)base;
    if (r->has_policy)
        return preset_fail(r, v->key_at,
                           "\"policy\": stands in the preset and in \"knobs\"; one is enough");
    r->has_policy = true;
    return read_knob(r, v, KNOB_POLICY);
}

static int read_knobs(struct preset_reader *r, const struct json_value *v, void *base)
{
    const char *names[KNOB_COUNT];
    knob_names(names);
    if (preset_expect(r, v, JSON_OBJECT) != 0)
        return ERR_BAD;
    for (const struct json_value *f = v->first; f; f = f->next) {
        int knob = knob_find(f->key, f->key_size);
        if (knob < 0)
            return preset_fail_unknown(r, f, names, KNOB_COUNT, "\"knobs\"");
        int status =
            knob == KNOB_POLICY ? read_policy(r, f, base) : read_knob(r, f, (enum knob)knob);
        if (status != 0)
            return status;
        r->has_slots = r->has_slots || knob == KNOB_SLOTS;
    }
    return 0;
}

/* ---- scenario and the whole --------------------------------------------------------- */

static int read_scenario(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct preset *p = base;
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    if (v->count > PRESET_SCENARIO)
        return preset_fail(r, v->at, "\"scenario\" has %u lines; at most %d", (unsigned)v->count,
                           PRESET_SCENARIO);
    for (const struct json_value *line = v->first; line; line = line->next) {
        int i = p->scenario_count;
        if (preset_read_line(r, line, PRESET_COMMAND - 1, p->scenario[i]) != 0)
            return ERR_BAD;
        json_position(r->doc.text, r->doc.size, line->at, &p->scenario_at[i].line,
                      &p->scenario_at[i].column);
        p->scenario_count++;
    }
    return 0;
}

static int read_version(struct preset_reader *r, const struct json_value *v, void *base)
{
    (void)base;
    if (v->kind == JSON_NUMBER && v->size == 1 && v->text[0] == VERSION[0])
        return 0;
    return preset_fail(r, v->at,
                       "\"spillway\" must be " VERSION
                       ", the one version of this format that is known here");
}

static const struct preset_field preset_fields[] = {
    {.name = "spillway", .kind = FIELD_OWN, .own = read_version},
    {.name = "name",
     .kind = FIELD_TEXT,
     .offset = offsetof(struct preset, name),
     .max = sizeof(((struct preset *)0)->name) - 1},
    {.name = "why",
     .kind = FIELD_TEXT,
     .offset = offsetof(struct preset, why),
     .max = sizeof(((struct preset *)0)->why) - 1},
    {.name = "source", .kind = FIELD_OWN, .own = read_source},
    {.name = "schedule", .kind = FIELD_OWN, .own = preset_read_schedule},
    {.name = "graph", .kind = FIELD_OWN, .own = preset_read_graph},
    {.name = "policy", .kind = FIELD_OWN, .own = read_policy},
    {.name = "knobs", .kind = FIELD_OWN, .own = read_knobs},
    {.name = "functions", .kind = FIELD_OWN, .own = read_functions},
    {.name = "duration",
     .kind = FIELD_I64,
     .offset = offsetof(struct preset, duration_ns),
     .unit = UNIT_DURATION,
     .max = PRESET_TIME_MAX},
    {.name = "scenario", .kind = FIELD_OWN, .own = read_scenario},
};
static const struct preset_table preset_table = {"the preset", preset_fields,
                                                 sizeof preset_fields / sizeof *preset_fields};

const struct preset_table *const preset_tables[] = {&preset_table,          &source_table,
                                                    &preset_schedule_table, &preset_graph_table,
                                                    &function_table,        NULL};

/* Looks at every name and every string, in the order written. */
int preset_refuse_secrets(struct preset_reader *r, const struct json_value *v)
{
    const struct json_value *stack[JSON_DEPTH_MAX + 1];
    int depth = 0;
    while (v) {
        const char *kind = v->key ? preset_secret_name(v->key, v->key_size) : NULL;
        if (kind)
            return preset_fail(r, v->key_at,
                               "this field looks like %s; a preset holds none, "
                               "so that it can be shared",
                               kind);
        kind = v->kind == JSON_STRING ? preset_secret(v->text, v->size) : NULL;
        if (!kind && v->kind == JSON_STRING && preset_has_user(v->text, v->size))
            kind = "a password";
        if (kind)
            return preset_fail(r, v->at,
                               "this text looks like %s; a preset holds none, "
                               "so that it can be shared",
                               kind);
        if (v->first) {
            stack[depth++] = v;
            v = v->first;
            continue;
        }
        while (!v->next && depth > 0)
            v = stack[--depth];
        v = v->next;
    }
    return 0;
}

static int read_document(struct preset_reader *r)
{
    const struct json_value *root = r->doc.value;
    if (preset_refuse_secrets(r, root) != 0)
        return ERR_BAD;
    if (root->kind != JSON_OBJECT)
        return preset_fail(r, root->at, "a preset is an object, { \"spillway\": 1, … }; found %s",
                           json_kind_name(root->kind));
    const struct json_value *version = json_field(root, "spillway");
    if (!version)
        return preset_fail(r, root->at,
                           "\"spillway\": " VERSION " is missing; it says which format this is");
    if (read_version(r, version, NULL) != 0 ||
        preset_read_fields(r, root, &preset_table, r->out) != 0)
        return ERR_BAD;
    preset_join_slots(r->out, r->has_slots);
    return 0;
}

/* "presets/burst.json" -> "burst": the name of a preset that has none. */
static void name_after(struct preset *p, const char *where)
{
    const char *stem = strrchr(where, '/');
    stem = stem ? stem + 1 : where;
    size_t len = strlen(stem);
    if (len <= 5 || len - 5 >= sizeof p->name || strcmp(stem + len - 5, ".json") != 0)
        return;
    memcpy(p->name, stem, len - 5);
    p->name[len - 5] = '\0';
}

int preset_parse(const char *text, size_t size, const char *where, struct preset *out,
                 struct err *e)
{
    struct preset_reader r = {.out = out, .e = e, .where = where};
    struct json_fault fault;
    char quoted[PRESET_QUOTED];
    preset_init(out);
    (void)preset_where(out->where, sizeof out->where, where);
    name_after(out, out->where);
    int status = json_parse(text, size, &r.doc, &fault);
    if (status == 0)
        status = read_document(&r);
    else if (status == ERR_BAD && fault.field)
        (void)preset_fail(&r, fault.at, "%s: %s",
                          preset_quote(quoted, sizeof quoted, fault.field, strlen(fault.field)),
                          fault.text);
    else if (status == ERR_BAD)
        (void)preset_fail(&r, fault.at, "%s", fault.text);
    else
        *e = (struct err){status, "not enough memory to read a preset"};
    json_free(&r.doc);
    return status;
}
