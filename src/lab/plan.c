#include "lab/plan.h"

#include "base/hash.h"
#include "base/prng.h"
#include "io/preset_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- settings of a point -------------------------------------------------------------------- */

#define LAYERS_MAX (2 * EXPERIMENT_AXES + 2)

/* One object of settings, or one field with one value. */
struct layer {
    const struct json_value *object, *field, *value;
};

static int layers_of(const struct plan *p, const struct point *pt, struct layer layer[LAYERS_MAX])
{
    const struct group *g = &p->x->group[pt->group];
    int n = 0;
    layer[n++] = (struct layer){.object = p->x->settings};
    layer[n++] = (struct layer){.object = g->settings};
    for (int i = 0; i < g->axes; i++) {
        const struct axis_value *v = &g->axis[i].value[pt->value[i]];
        if (v->settings)
            layer[n++] = (struct layer){.object = v->settings};
        else
            layer[n++] = (struct layer){.field = g->axis[i].field, .value = v->value};
    }
    return n;
}

/* Calls take for each setting in order, until one fails. name: its field. */
typedef int setting_fn(void *context, const char *name, const struct json_value *name_at,
                       const struct json_value *value);

static int each_setting(const struct plan *p, const struct point *pt, setting_fn *take,
                        void *context)
{
    struct layer layer[LAYERS_MAX];
    int n = layers_of(p, pt, layer), status = 0;
    for (int i = 0; i < n && status == 0; i++) {
        if (layer[i].field)
            status = take(context, layer[i].field->text, layer[i].field, layer[i].value);
        const struct json_value *s = layer[i].object ? layer[i].object->first : NULL;
        for (; s && status == 0; s = s->next)
            status = take(context, s->key, NULL, s);
    }
    return status;
}

struct building {
    const struct plan *plan;
    struct run_setup *setup;
    int commands, expects;
    const struct json_value *preset_at; /* value of the last "preset" */
    struct err *e;
};

static int fail_at(struct building *b, uint32_t at, const char *text)
{
    return experiment_fail(b->plan->x, at, b->e, "%s", text);
}

static int find_preset(void *context, const char *name, const struct json_value *name_at,
                       const struct json_value *value)
{
    (void)name_at;
    struct building *b = context;
    if (strcmp(name, "preset") == 0)
        b->preset_at = value;
    return 0;
}

static int add_command(struct building *b, const struct json_value *v, const char *before)
{
    struct run_setup *s = b->setup;
    struct err why = {0};
    if (b->commands == PLAN_COMMANDS)
        return fail_at(b, v->at, "too many commands; at most 64 in a run");
    if (v->kind != JSON_STRING)
        return fail_at(b, v->at, "\"at\" is a command, or a list of commands");
    char *to = s->at[b->commands];
    (void)snprintf(to, sizeof s->at[0], "%s%s", before, v->text);
    if (strncmp(to, "at ", 3) != 0)
        return fail_at(b, v->at, "a line of a scenario begins with \"at TIME\"");
    if (sp_command_check(to, &why))
        return fail_at(b, v->at, why.text);
    s->commands[b->commands++] = to;
    return 0;
}

static int add_commands(struct building *b, const struct json_value *v, const char *before)
{
    if (v && v->kind != JSON_ARRAY)
        return add_command(b, v, before);
    for (const struct json_value *s = v ? v->first : NULL; s; s = s->next)
        if (add_command(b, s, before) != 0)
            return ERR_BAD;
    return 0;
}

static int add_expects(struct building *b, const struct json_value *v)
{
    char command[PRESET_COMMAND + 8];
    struct err why = {0};
    for (const struct json_value *s = v ? v->first : NULL; s; s = s->next) {
        if (b->expects == PLAN_COMMANDS)
            return fail_at(b, s->at, "too many expectations; at most 64 in a run");
        (void)snprintf(command, sizeof command, "expect %s", s->text);
        if (sp_command_check(command, &why))
            return fail_at(b, s->at, why.text);
        b->setup->expects[b->expects++] = s->text;
    }
    return 0;
}

/* "rate", "records", "duration": what a run has besides its preset. */
static int take_run_option(struct building *b, const char *name, const struct json_value *v,
                           const char *text, bool *taken)
{
    struct sp_options *o = &b->setup->options;
    int64_t records = 0, year = 8760 * 3600 * NS_PER_S;
    const struct {
        const char *name;
        enum unit unit;
        int64_t min, max, *out;
    } known[] = {{"rate", UNIT_RATE, 1, SCHEDULE_RATE_MAX, &o->rate_mps},
                 {"records", UNIT_COUNT, 0, INT64_C(1000000000000), &records},
                 {"duration", UNIT_DURATION, NS_PER_MS, year, &o->duration_ns}};
    const char *why = NULL;
    *taken = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i].name) != 0)
            continue;
        *taken = true;
        if (!units_read(known[i].unit, text, strlen(text), known[i].out, &why))
            return experiment_fail(b->plan->x, v->at, b->e, "%s %.60s: %s", name, text, why);
        if (*known[i].out < known[i].min || *known[i].out > known[i].max)
            return experiment_fail(b->plan->x, v->at, b->e, "%s %.60s: out of range", name, text);
        if (known[i].out == &records)
            o->records = (uint64_t)records; /* 0: no limit */
    }
    return 0;
}

static int take_setting(void *context, const char *name, const struct json_value *name_at,
                        const struct json_value *v)
{
    struct building *b = context;
    char text[PRESET_COMMAND];
    bool taken = false, in_value = false;
    struct err why = {0};
    if (strcmp(name, "preset") == 0)
        return 0;
    if (strcmp(name, "at") == 0)
        return add_commands(b, v, "at ");
    if (!experiment_value(v, text, sizeof text))
        return fail_at(b, v->at, "no value");
    if (take_run_option(b, name, v, text, &taken) != 0)
        return ERR_BAD;
    if (taken || preset_assign(&b->setup->preset, name, strlen(name), text, &in_value, &why) == 0)
        return 0;
    return fail_at(b, in_value ? v->at : name_at ? name_at->at : v->key_at, why.text);
}

static int load_preset(struct building *b)
{
    struct err why = {0};
    const struct json_value *v = b->preset_at;
    if (!v)
        return fail_at(b, 0, "no \"preset\" is set for some of the runs");
    if (v->kind != JSON_STRING)
        return fail_at(b, v->at, "\"preset\" is the name of one");
    if (preset_load(v->text, &b->setup->preset, &why) == 0)
        return 0;
    return experiment_fail(b->plan->x, v->at, b->e, "preset: %s", why.text);
}

static void finish(struct building *b, const struct point *pt, int repeat)
{
    struct run_setup *s = b->setup;
    const struct plan *p = b->plan;
    s->commands[b->commands] = s->expects[b->expects] = NULL;
    s->options.preset = &s->preset;
    s->options.sim = p->options.sim;
    s->options.seed = plan_seed(p, pt, repeat);
    s->options.commands = s->commands;
    s->options.expects = s->expects;
    if (p->options.duration_ns && !s->options.records)
        s->options.duration_ns = p->options.duration_ns;
}

int plan_setup(const struct plan *p, const struct point *pt, int repeat, struct run_setup *out,
               struct err *e)
{
    struct building b = {.plan = p, .setup = out, .e = e};
    const struct group *g = &p->x->group[pt->group];
    out->options = (struct sp_options){0};
    (void)each_setting(p, pt, find_preset, &b);
    if (load_preset(&b) != 0 || each_setting(p, pt, take_setting, &b) != 0)
        return ERR_BAD;
    if (add_commands(&b, p->x->scenario, "") != 0 || add_commands(&b, g->scenario, "") != 0 ||
        add_expects(&b, p->x->expect) != 0 || add_expects(&b, g->expect) != 0)
        return ERR_BAD;
    if (!out->options.records && !out->options.duration_ns && !p->options.duration_ns &&
        !out->preset.duration_ns)
        return fail_at(&b, b.preset_at->at,
                       "such a run would not end: set \"duration\" or "
                       "\"records\"");
    for (int i = 0; p->options.provider && provider_names[i]; i++)
        if (strcmp(provider_names[i], p->options.provider) == 0)
            out->preset.provider = (enum provider)i;
    finish(&b, pt, repeat);
    return 0;
}

/* ---- points ----------------------------------------------------------------------------------- */

uint64_t plan_seed(const struct plan *p, const struct point *pt, int repeat)
{
    uint64_t h = hash_bytes(p->options.seed ^ HASH_SEED, pt->key, strlen(pt->key));
    return prng_mix(h + (uint64_t)repeat * UINT64_C(0x9E3779B97F4A7C15)) >> 32;
}

static void name_point(const struct plan *p, struct point *pt)
{
    const struct group *g = &p->x->group[pt->group];
    size_t used = (size_t)snprintf(pt->key, sizeof pt->key, "group=%s", g->name);
    for (int i = 0; i < g->axes && used < sizeof pt->key; i++)
        used += (size_t)snprintf(pt->key + used, sizeof pt->key - used, " %s=%s", g->axis[i].name,
                                 g->axis[i].value[pt->value[i]].label);
}

static int count_points(const struct group *g)
{
    int n = 1;
    for (int i = 0; i < g->axes && n <= PLAN_POINTS_MAX; i++)
        n *= g->axis[i].count;
    return n;
}

/* Has a point every label that the options ask for? */
static bool wanted(const struct plan *p, const struct point *pt)
{
    for (int i = 0; i < PLAN_ONLY && p->options.only[i]; i++) {
        char axis[EXPERIMENT_WORD];
        const char *equals = strchr(p->options.only[i], '=');
        size_t len = equals ? (size_t)(equals - p->options.only[i]) : 0;
        if (!equals || len >= sizeof axis)
            return false;
        memcpy(axis, p->options.only[i], len);
        axis[len] = '\0';
        const char *label = plan_label(p, pt, axis);
        if (!label || strcmp(label, equals + 1) != 0)
            return false;
    }
    return true;
}

/* Axes of the experiment, or the labels of one; each once, "group" first among the axes. */
static int names_of(const struct experiment *x, const char *axis, const char **names, int max)
{
    int n = 0;
    for (int g = 0; g < x->groups; g++) {
        if (n < max && (axis ? strcmp(axis, "group") == 0 : g == 0))
            names[n++] = axis ? x->group[g].name : "group";
        for (int a = 0; a < x->group[g].axes; a++) {
            const struct axis *from = &x->group[g].axis[a];
            if (!axis && n < max)
                names[n++] = from->name;
            for (int i = 0; axis && strcmp(axis, from->name) == 0 && i < from->count; i++)
                if (n < max)
                    names[n++] = from->value[i].label;
        }
    }
    return n;
}

/* Why --only leaves no point: the first word that is none, and the nearest one. */
static int fail_only(const struct plan *p, struct err *e)
{
    const char *names[256];
    for (int i = 0; i < PLAN_ONLY && p->options.only[i]; i++) {
        char word[2][EXPERIMENT_WORD];
        const char *equals = strchr(p->options.only[i], '=');
        (void)snprintf(word[0], sizeof word[0], "%.*s", (int)(equals - p->options.only[i]),
                       p->options.only[i]);
        (void)snprintf(word[1], sizeof word[1], "%s", equals + 1);
        for (int k = 0; k < 2; k++) {
            int n = names_of(p->x, k ? word[0] : NULL, names, (int)(sizeof names / sizeof *names));
            bool known = false;
            for (int j = 0; j < n; j++)
                known = known || strcmp(names[j], word[k]) == 0;
            const char *near = preset_nearest_of(word[k], strlen(word[k]), names, (size_t)n);
            if (!known)
                return experiment_fail(p->x, 0, e, "--only %s: no %s has this name%s%s%s",
                                       p->options.only[i], k ? "label" : "axis",
                                       near ? "; did you mean \"" : "", near ? near : "",
                                       near ? "\"?" : "");
        }
    }
    return experiment_fail(p->x, 0, e, "no point has all the labels that --only asks for");
}

static void lay_out(struct plan *p)
{
    const struct experiment *x = p->x;
    for (int i = 0; i < x->groups; i++) {
        const struct group *g = &x->group[i];
        int count = count_points(g);
        for (int k = 0; k < count; k++) {
            struct point *pt = &p->point[p->points++];
            int rest = k;
            *pt = (struct point){.group = i, .first_run = p->runs};
            for (int a = g->axes - 1; a >= 0; a--) {
                pt->value[a] = rest % g->axis[a].count;
                rest /= g->axis[a].count;
            }
            pt->repeats = p->options.repeats ? p->options.repeats
                          : g->repeats       ? g->repeats
                                             : x->repeats;
            name_point(p, pt);
            if (wanted(p, pt))
                p->runs += pt->repeats;
            else
                p->points--;
        }
    }
}

static int try_all(struct plan *p, struct err *e)
{
    struct run_setup *s = malloc(sizeof *s);
    int status = s ? 0 : ERR_MEMORY;
    if (!s)
        *e = (struct err){ERR_MEMORY, "not enough memory for a plan"};
    for (int i = 0; i < p->points && status == 0; i++)
        status = plan_setup(p, &p->point[i], 0, s, e);
    free(s);
    return status;
}

int plan_make(const struct experiment *x, const struct plan_options *options, struct plan *out,
              struct err *e)
{
    int64_t points = 0, runs = 0;
    *out = (struct plan){.x = x, .options = *options};
    for (int i = 0; i < x->groups; i++) {
        int count = count_points(&x->group[i]);
        int repeats = options->repeats      ? options->repeats
                      : x->group[i].repeats ? x->group[i].repeats
                                            : x->repeats;
        points += count;
        runs += (int64_t)count * repeats;
    }
    if (points > PLAN_POINTS_MAX || runs > PLAN_RUNS_MAX)
        return experiment_fail(x, 0, e, "%lld points and %lld runs are too many; at most %d and %d",
                               (long long)points, (long long)runs, PLAN_POINTS_MAX, PLAN_RUNS_MAX);
    out->point = calloc((size_t)points, sizeof *out->point);
    if (!out->point) {
        *e = (struct err){ERR_MEMORY, "not enough memory for a plan"};
        return ERR_MEMORY;
    }
    lay_out(out);
    int status = out->points == 0 ? fail_only(out, e) : try_all(out, e);
    if (status != 0)
        plan_close(out);
    return status;
}

void plan_close(struct plan *p)
{
    free(p->point);
    p->point = NULL;
}

const struct point *plan_point(const struct plan *p, int run, int *repeat)
{
    int low = 0, high = p->points - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (p->point[middle].first_run <= run)
            low = middle;
        else
            high = middle - 1;
    }
    *repeat = run - p->point[low].first_run;
    return &p->point[low];
}

const char *plan_label(const struct plan *p, const struct point *pt, const char *axis)
{
    const struct group *g = &p->x->group[pt->group];
    if (strcmp(axis, "group") == 0)
        return g->name;
    for (int i = 0; i < g->axes; i++)
        if (strcmp(g->axis[i].name, axis) == 0)
            return g->axis[i].value[pt->value[i]].label;
    return NULL;
}

bool plan_passes(const struct plan *p, const struct point *pt, const struct filter *f)
{
    const struct json_value *s = f->object ? f->object->first : NULL;
    for (; s; s = s->next) {
        const char *label = plan_label(p, pt, s->key);
        if (!label || strcmp(label, s->text) != 0)
            return false;
    }
    return true;
}

/* ---- the command that repeats a run -------------------------------------------------------------- */

/* A word as a shell takes it. */
static void put_word(struct text *t, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-=.,:/%+@";
    text_add(t, " ");
    if (word[0] && strspn(word, plain) == strlen(word)) {
        text_add(t, word);
        return;
    }
    text_add(t, "'");
    for (const char *c = word; *c; c++)
        if (*c == '\'')
            text_add(t, "'\\''");
        else
            text_bytes(t, c, 1);
    text_add(t, "'");
}

struct saying {
    struct text *t;
    bool skip_duration;
};

static void put_option(struct text *t, const char *name, const char *value)
{
    text_put(t, " --%s", name);
    put_word(t, value);
}

static int say_setting(void *context, const char *name, const struct json_value *name_at,
                       const struct json_value *v)
{
    (void)name_at;
    struct saying *s = context;
    char text[PRESET_COMMAND], set[PRESET_COMMAND + EXPERIMENT_WORD + 2];
    if (strcmp(name, "preset") == 0 || (s->skip_duration && strcmp(name, "duration") == 0))
        return 0;
    if (strcmp(name, "at") == 0) {
        const struct json_value *one = v->kind == JSON_ARRAY ? v->first : v;
        for (; one; one = v->kind == JSON_ARRAY ? one->next : NULL)
            put_option(s->t, "at", one->text);
        return 0;
    }
    if (!experiment_value(v, text, sizeof text))
        return 0;
    bool own = strcmp(name, "rate") == 0 || strcmp(name, "duration") == 0;
    if (strcmp(name, "records") == 0) {
        if (strcmp(text, "0") != 0)
            put_option(s->t, "records", text);
        return 0;
    }
    (void)snprintf(set, sizeof set, "%s=%s", name, text);
    put_option(s->t, own ? name : "set", own ? text : set);
    return 0;
}

static void say_lines(struct text *t, const struct json_value *lines, const char *option,
                      size_t skip)
{
    for (const struct json_value *s = lines ? lines->first : NULL; s; s = s->next)
        put_option(t, option, s->text + skip);
}

void plan_command(const struct plan *p, const struct point *pt, int repeat, struct text *t)
{
    struct building b = {.plan = p};
    const struct group *g = &p->x->group[pt->group];
    struct saying s = {.t = t, .skip_duration = p->options.duration_ns != 0};
    (void)each_setting(p, pt, find_preset, &b);
    text_add(t, "spillway run");
    if (b.preset_at && b.preset_at->kind == JSON_STRING)
        put_word(t, b.preset_at->text);
    text_add(t, p->options.sim ? " --sim" : " --live");
    text_put(t, " --headless=json --seed %llu", (unsigned long long)plan_seed(p, pt, repeat));
    if (p->options.provider)
        put_option(t, "provider", p->options.provider);
    (void)each_setting(p, pt, say_setting, &s);
    if (p->options.duration_ns) {
        char span[48];
        (void)units_write(UNIT_DURATION, p->options.duration_ns, span, sizeof span);
        put_option(t, "duration", span);
    }
    say_lines(t, p->x->scenario, "at", 3);
    say_lines(t, g->scenario, "at", 3);
    say_lines(t, p->x->expect, "expect", 0);
    say_lines(t, g->expect, "expect", 0);
}

int plan_hash(const struct plan *p, uint64_t *hash, struct err *e)
{
    struct run_setup *s = malloc(sizeof *s);
    char *text = malloc(PRESET_BYTES_MAX);
    int status = s && text ? 0 : ERR_MEMORY;
    uint64_t h = hash_bytes(HASH_SEED, p->x->doc.text, p->x->doc.size);
    h = hash_word(h, (uint64_t)p->options.sim);
    h = hash_word(h, (uint64_t)p->options.duration_ns);
    if (p->options.provider)
        h = hash_bytes(h, p->options.provider, strlen(p->options.provider));
    if (status != 0)
        *e = (struct err){ERR_MEMORY, "not enough memory for a plan"};
    for (int i = 0; i < p->points && status == 0; i++) {
        status = plan_setup(p, &p->point[i], 0, s, e);
        if (status == 0)
            h = hash_bytes(h, text, preset_write(&s->preset, text, PRESET_BYTES_MAX));
    }
    free(text);
    free(s);
    *hash = h;
    return status;
}
