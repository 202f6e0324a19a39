#include "lab/experiment.h"

#include "io/preset_fields.h"
#include "io/preset_text.h"
#include "lab/metric.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

const char *const figure_kind_names[FIGURE_KINDS] = {"lines", "box", "bars", "heat"};

int experiment_fail(const struct experiment *x, uint32_t at, struct err *e, const char *format, ...)
{
    int line, column;
    char text[400];
    va_list args;
    json_position(x->doc.text, x->doc.size, at, &line, &column);
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    e->code = ERR_BAD;
    (void)snprintf(e->text, sizeof e->text, "%s:%d:%d: %.320s", x->where, line, column, text);
    return ERR_BAD;
}

bool experiment_value(const struct json_value *v, char *dst, size_t size)
{
    if (v->kind == JSON_BOOL)
        return snprintf(dst, size, "%s", v->text[0] == 't' ? "true" : "false") < (int)size;
    if (v->kind == JSON_STRING && v->size < size && preset_printable(v->text, v->size)) {
        memcpy(dst, v->text, v->size + 1);
        return true;
    }
    if (v->kind != JSON_NUMBER || v->size >= size || memchr(v->text, 'e', v->size) ||
        memchr(v->text, 'E', v->size))
        return false;
    memcpy(dst, v->text, v->size);
    dst[v->size] = '\0';
    return true;
}

/* ---- settings ------------------------------------------------------------------------ */

static int check_lines(struct preset_reader *r, const struct json_value *v)
{
    char line[PRESET_COMMAND];
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    for (const struct json_value *s = v->first; s; s = s->next)
        if (preset_read_line(r, s, PRESET_COMMAND - 1, line) != 0)
            return ERR_BAD;
    return 0;
}

static int check_settings(struct preset_reader *r, const struct json_value *v)
{
    char text[PRESET_COMMAND], quoted[PRESET_QUOTED];
    if (preset_expect(r, v, JSON_OBJECT) != 0)
        return ERR_BAD;
    for (const struct json_value *s = v->first; s; s = s->next) {
        if (strcmp(s->key, "at") == 0 && s->kind == JSON_ARRAY) {
            if (check_lines(r, s) != 0)
                return ERR_BAD;
        } else if (!experiment_value(s, text, sizeof text)) {
            return preset_fail(r, s->at, "%s: a setting is a number, a string, true or false",
                               preset_quote(quoted, sizeof quoted, s->key, s->key_size));
        }
    }
    return 0;
}

static int read_settings(struct preset_reader *r, const struct json_value *v, void *base)
{
    *(const struct json_value **)base = v;
    return check_settings(r, v);
}

static int read_lines(struct preset_reader *r, const struct json_value *v, void *base)
{
    *(const struct json_value **)base = v;
    return check_lines(r, v);
}

/* The own() of a field gets the whole struct: these add the member's place. */
#define OWN(function, type, member, reader)                                                        \
    static int function(struct preset_reader *r, const struct json_value *v, void *base)           \
    {                                                                                              \
        return reader(r, v, &((struct type *)base)->member);                                       \
    }

OWN(group_settings, group, settings, read_settings)
OWN(group_scenario, group, scenario, read_lines)
OWN(group_expect, group, expect, read_lines)
OWN(all_settings, experiment, settings, read_settings)
OWN(all_scenario, experiment, scenario, read_lines)
OWN(all_expect, experiment, expect, read_lines)

/* ---- axes ------------------------------------------------------------------------------ */

static int take_label(struct preset_reader *r, const struct json_value *v, const char *text,
                      size_t size, struct axis *a)
{
    if (a->count == EXPERIMENT_VALUES)
        return preset_fail(r, v->at, "\"values\": more than %d", EXPERIMENT_VALUES);
    if (size == 0 || size >= EXPERIMENT_WORD || !preset_printable(text, size) ||
        strpbrk(text, "\",;"))
        return preset_fail(r, v->at,
                           "a value's label is 1 to %d characters without quotes, commas, "
                           "semicolons",
                           EXPERIMENT_WORD - 1);
    for (int i = 0; i < a->count; i++)
        if (strcmp(a->value[i].label, text) == 0)
            return preset_fail(r, v->at, "\"%s\" stands here twice", text);
    (void)snprintf(a->value[a->count].label, EXPERIMENT_WORD, "%s", text);
    return 0;
}

static int read_values(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct axis *a = base;
    char text[PRESET_COMMAND];
    if (v->kind != JSON_ARRAY && v->kind != JSON_OBJECT)
        return preset_fail(r, v->at,
                           "\"values\" is a list for \"field\", or an object of settings");
    if (v->count == 0)
        return preset_fail(r, v->at, "\"values\" is empty");
    for (const struct json_value *s = v->first; s; s = s->next) {
        bool named = v->kind == JSON_OBJECT;
        if (!named && !experiment_value(s, text, sizeof text))
            return preset_fail(r, s->at, "a value is a number, a string, true or false");
        if (take_label(r, s, named ? s->key : text, named ? s->key_size : strlen(text), a) != 0)
            return ERR_BAD;
        if (named && check_settings(r, s) != 0)
            return ERR_BAD;
        a->value[a->count].settings = named ? s : NULL;
        a->value[a->count++].value = named ? NULL : s;
    }
    return 0;
}

static int read_field_name(struct preset_reader *r, const struct json_value *v, void *base)
{
    char line[EXPERIMENT_WORD];
    ((struct axis *)base)->field = v;
    return preset_read_line(r, v, sizeof line - 1, line);
}

#define WORD(type, member, label)                                                                  \
    {                                                                                              \
        .name = label, .kind = FIELD_TEXT, .offset = offsetof(struct type, member),                \
        .max = sizeof(((struct type *)0)->member) - 1                                              \
    }

static const struct preset_field axis_fields[] = {
    WORD(axis, name, "name"),
    {.name = "field", .kind = FIELD_OWN, .own = read_field_name},
    {.name = "values", .kind = FIELD_OWN, .own = read_values},
};
static const struct preset_table axis_table = {"an axis", axis_fields, COUNT(axis_fields)};

/* An axis is a column of the results: its name is none of theirs. */
static int check_axis(struct preset_reader *r, const struct json_value *v, const struct group *g,
                      const struct axis *a)
{
    if (!a->name[0] || a->count == 0)
        return preset_fail(r, v->at, "an axis needs \"name\" and \"values\"");
    bool listed = json_field(v, "values")->kind == JSON_ARRAY;
    if (listed != (a->field != NULL))
        return preset_fail(r, v->at, "%s",
                           listed ? "a list of values needs a \"field\" beside it"
                                  : "\"field\" goes with a list of values");
    bool taken = strcmp(a->name, "group") == 0 || strcmp(a->name, "repeat") == 0 ||
                 strcmp(a->name, "seed") == 0 || metric_find(a->name) >= 0;
    for (int i = 0; i < g->axes; i++)
        taken = taken || strcmp(g->axis[i].name, a->name) == 0;
    if (taken || strpbrk(a->name, " ,;\""))
        return preset_fail(r, json_field(v, "name")->at,
                           "\"%s\": the name of a column that exists already, or no word", a->name);
    return 0;
}

static int read_axes(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct group *g = base;
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    for (const struct json_value *s = v->first; s; s = s->next) {
        if (g->axes == EXPERIMENT_AXES)
            return preset_fail(r, s->at, "\"axes\": more than %d", EXPERIMENT_AXES);
        struct axis *a = &g->axis[g->axes];
        if (preset_read_fields(r, s, &axis_table, a) != 0 || check_axis(r, s, g, a) != 0)
            return ERR_BAD;
        g->axes++;
    }
    return 0;
}

/* ---- groups ------------------------------------------------------------------------------ */

#define REPEATS(type)                                                                              \
    {                                                                                              \
        .name = "repeats", .kind = FIELD_INT, .offset = offsetof(struct type, repeats),            \
        .unit = UNIT_COUNT, .min = 1, .max = EXPERIMENT_REPEATS_MAX                                \
    }

static const struct preset_field group_fields[] = {
    WORD(group, name, "name"),
    WORD(group, why, "why"),
    {.name = "settings", .kind = FIELD_OWN, .own = group_settings},
    {.name = "scenario", .kind = FIELD_OWN, .own = group_scenario},
    {.name = "expect", .kind = FIELD_OWN, .own = group_expect},
    REPEATS(group),
    {.name = "axes", .kind = FIELD_OWN, .own = read_axes},
};
static const struct preset_table group_table = {"a group", group_fields, COUNT(group_fields)};

static int read_groups(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct experiment *x = base;
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    for (const struct json_value *s = v->first; s; s = s->next) {
        if (x->groups == EXPERIMENT_GROUPS)
            return preset_fail(r, s->at, "\"groups\": more than %d", EXPERIMENT_GROUPS);
        struct group *g = &x->group[x->groups];
        if (preset_read_fields(r, s, &group_table, g) != 0)
            return ERR_BAD;
        if (!g->name[0] || strpbrk(g->name, ",;\""))
            return preset_fail(r, s->at, "a group needs a \"name\" without commas and quotes");
        for (int i = 0; i < x->groups; i++)
            if (strcmp(x->group[i].name, g->name) == 0)
                return preset_fail(r, s->at, "another group is called \"%s\"", g->name);
        x->groups++;
    }
    return 0;
}

/* ---- figures ------------------------------------------------------------------------------ */

static int read_filter(struct preset_reader *r, const struct json_value *v, struct filter *f)
{
    char label[EXPERIMENT_WORD];
    if (preset_expect(r, v, JSON_OBJECT) != 0)
        return ERR_BAD;
    for (const struct json_value *s = v->first; s; s = s->next)
        if (preset_read_line(r, s, sizeof label - 1, label) != 0)
            return ERR_BAD;
    f->object = v;
    return 0;
}

OWN(figure_where, figure, where, read_filter)
OWN(table_where, lab_table, where, read_filter)

/* A decimal with at most six digits behind the point, × 10^6. */
static bool read_micro(const char *s, int64_t *out)
{
    int64_t whole = 0, scale = 1;
    bool negative = *s == '-', point = false, any = false;
    for (s += negative; *s; s++) {
        if (*s == '.' && !point) {
            point = true;
            continue;
        }
        if (*s < '0' || *s > '9' || scale == 1000000 || whole > INT64_MAX / 100000000)
            return false;
        whole = whole * 10 + (*s - '0');
        scale *= point ? 10 : 1;
        any = true;
    }
    *out = (negative ? -whole : whole) * (1000000 / scale);
    return any;
}

/* [x, y] */
static int read_point(struct preset_reader *r, const struct json_value *v, struct published *p)
{
    char plain[PRESET_NUMBER];
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    if (v->count != 2 || !experiment_value(v->first, p->x[p->count], EXPERIMENT_WORD))
        return preset_fail(r, v->at, "a point is [x, y]: a label of the x axis and a number");
    if (preset_expect(r, v->first->next, JSON_NUMBER) != 0 ||
        preset_plain(r, v->first->next, plain) != 0)
        return ERR_BAD;
    if (!read_micro(plain, &p->y_micro[p->count]))
        return preset_fail(r, v->first->next->at, "%s: at most six digits behind the point", plain);
    p->count++;
    return 0;
}

static int read_points(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct published *p = base;
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    for (const struct json_value *s = v->first; s; s = s->next) {
        if (p->count == EXPERIMENT_POINTS)
            return preset_fail(r, s->at, "\"points\": more than %d", EXPERIMENT_POINTS);
        if (read_point(r, s, p) != 0)
            return ERR_BAD;
    }
    return 0;
}

static const struct preset_field published_fields[] = {
    WORD(published, series, "series"),
    WORD(published, label, "label"),
    WORD(published, source, "source"),
    {.name = "points", .kind = FIELD_OWN, .own = read_points},
};
static const struct preset_table published_table = {"published values", published_fields,
                                                    COUNT(published_fields)};

static int read_published(struct preset_reader *r, const struct json_value *v, void *base)
{
    struct figure *f = base;
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    for (const struct json_value *s = v->first; s; s = s->next) {
        if (f->published_count == EXPERIMENT_PUBLISHED)
            return preset_fail(r, s->at, "\"published\": more than %d series",
                               EXPERIMENT_PUBLISHED);
        struct published *p = &f->published[f->published_count];
        if (preset_read_fields(r, s, &published_table, p) != 0)
            return ERR_BAD;
        if (!p->label[0] || !p->source[0] || p->count == 0)
            return preset_fail(r, s->at,
                               "published values need \"label\", \"source\" and \"points\"");
        f->published_count++;
    }
    return 0;
}

static int read_log(struct preset_reader *r, const struct json_value *v, void *base)
{
    static const char *const names[] = {"x", "y", "xy"};
    struct figure *f = base;
    int i = 0;
    if (preset_read_name(r, v, names, COUNT(names), &i) != 0)
        return ERR_BAD;
    f->log_x = i != 1;
    f->log_y = i != 0;
    return 0;
}

static const struct preset_field figure_fields[] = {
    WORD(figure, name, "name"),
    WORD(figure, title, "title"),
    {.name = "kind",
     .kind = FIELD_NAME,
     .offset = offsetof(struct figure, kind),
     .names = figure_kind_names,
     .max = FIGURE_KINDS - 1},
    {.name = "where", .kind = FIELD_OWN, .own = figure_where},
    WORD(figure, x, "x"),
    WORD(figure, series, "series"),
    WORD(figure, y, "y"),
    WORD(figure, x_label, "x_label"),
    WORD(figure, y_label, "y_label"),
    {.name = "log", .kind = FIELD_OWN, .own = read_log},
    WORD(figure, difference, "difference"),
    {.name = "published", .kind = FIELD_OWN, .own = read_published},
};
static const struct preset_table figure_table = {"a figure", figure_fields, COUNT(figure_fields)};

static const struct preset_field table_fields[] = {
    WORD(lab_table, title, "title"), {.name = "where", .kind = FIELD_OWN, .own = table_where},
    WORD(lab_table, rows, "rows"),   WORD(lab_table, columns, "columns"),
    WORD(lab_table, value, "value"),
};
static const struct preset_table table_table = {"a table", table_fields, COUNT(table_fields)};

/* ---- names that figures and tables use ------------------------------------------------------ */

/* Is it an axis, "group" included? */
static bool is_axis(const struct experiment *x, const char *name)
{
    bool known = strcmp(name, "group") == 0;
    for (int i = 0; i < x->groups; i++)
        for (int k = 0; k < x->group[i].axes; k++)
            known = known || strcmp(x->group[i].axis[k].name, name) == 0;
    return known;
}

static int need_axis(struct preset_reader *r, const struct experiment *x,
                     const struct json_value *v, const char *name)
{
    const char *names[EXPERIMENT_GROUPS * EXPERIMENT_AXES + 1] = {"group"};
    char quoted[PRESET_QUOTED];
    size_t count = 1;
    if (is_axis(x, name))
        return 0;
    for (int i = 0; i < x->groups; i++)
        for (int k = 0; k < x->group[i].axes; k++)
            names[count++] = x->group[i].axis[k].name;
    const char *near = preset_nearest_of(name, strlen(name), names, count);
    return preset_fail(r, v->at, "%s: no axis has this name%s%s%s",
                       preset_quote(quoted, sizeof quoted, name, strlen(name)),
                       near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int need_metric(struct preset_reader *r, const struct json_value *v, const char *name,
                       bool box)
{
    bool known = box ? metric_find_family(name) >= 0 : metric_find(name) >= 0;
    if (known)
        return 0;
    const char *near = metric_nearest(name);
    return preset_fail(r, v->at, "\"%.60s\": no such figure of a run%s%s%s%s", name,
                       box ? " with quartiles (batch_ms is one)" : "",
                       near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int check_filter(struct preset_reader *r, const struct experiment *x, const struct filter *f)
{
    for (const struct json_value *s = f->object ? f->object->first : NULL; s; s = s->next)
        if (need_axis(r, x, s, s->key) != 0)
            return ERR_BAD;
    return 0;
}

/* A figure's name becomes that of files. */
static bool file_word(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return n > 0 && s[n] == '\0';
}

static int read_figure(struct preset_reader *r, const struct json_value *v, struct experiment *x)
{
    struct figure *f = &x->figure[x->figures];
    if (preset_read_fields(r, v, &figure_table, f) != 0)
        return ERR_BAD;
    if (!file_word(f->name) || !f->title[0] || !f->x[0] || !f->y[0] || !f->x_label[0] ||
        !f->y_label[0])
        return preset_fail(r, v->at,
                           "a figure needs \"title\", \"x\", \"y\", \"x_label\", \"y_label\", and "
                           "a \"name\" of letters, digits, '_' and '-'");
    for (int i = 0; i < x->figures; i++)
        if (strcmp(x->figure[i].name, f->name) == 0)
            return preset_fail(r, v->at, "another figure is called \"%s\"", f->name);
    if (f->kind == FIGURE_HEAT && !f->series[0])
        return preset_fail(r, v->at, "a heat map needs \"series\", the axis that goes up");
    if (f->published_count > 0 && !f->difference[0])
        return preset_fail(r, v->at,
                           "\"difference\" is missing: one sentence that says why "
                           "published and measured differ");
    if (need_axis(r, x, json_field(v, "x"), f->x) != 0 || check_filter(r, x, &f->where) != 0 ||
        (f->series[0] && need_axis(r, x, json_field(v, "series"), f->series) != 0))
        return ERR_BAD;
    x->figures++;
    return need_metric(r, json_field(v, "y"), f->y, f->kind == FIGURE_BOX);
}

static int read_table(struct preset_reader *r, const struct json_value *v, struct experiment *x)
{
    struct lab_table *t = &x->table[x->tables];
    if (preset_read_fields(r, v, &table_table, t) != 0)
        return ERR_BAD;
    if (!t->title[0] || !t->rows[0] || !t->value[0])
        return preset_fail(r, v->at, "a table needs \"title\", \"rows\" and \"value\"");
    if (need_axis(r, x, json_field(v, "rows"), t->rows) != 0 ||
        check_filter(r, x, &t->where) != 0 ||
        (t->columns[0] && need_axis(r, x, json_field(v, "columns"), t->columns) != 0))
        return ERR_BAD;
    x->tables++;
    return need_metric(r, json_field(v, "value"), t->value, false);
}

typedef int read_one(struct preset_reader *r, const struct json_value *v, struct experiment *x);

static int read_each(struct preset_reader *r, const struct json_value *v, struct experiment *x,
                     int max, read_one *one)
{
    if (!v)
        return 0;
    if (preset_expect(r, v, JSON_ARRAY) != 0)
        return ERR_BAD;
    if (v->count > (uint32_t)max)
        return preset_fail(r, v->at, "\"%s\": more than %d", v->key, max);
    for (const struct json_value *s = v->first; s; s = s->next)
        if (one(r, s, x) != 0)
            return ERR_BAD;
    return 0;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int later(struct preset_reader *r, const struct json_value *v, void *base)
{
    (void)r, (void)v, (void)base; /* figures and tables need all the axes: read_document */
    return 0;
}

static const struct preset_field experiment_fields[] = {
    {.name = "spillway", .kind = FIELD_OWN, .own = later},
    WORD(experiment, name, "experiment"),
    WORD(experiment, why, "why"),
    {.name = "settings", .kind = FIELD_OWN, .own = all_settings},
    {.name = "scenario", .kind = FIELD_OWN, .own = all_scenario},
    {.name = "expect", .kind = FIELD_OWN, .own = all_expect},
    REPEATS(experiment),
    {.name = "groups", .kind = FIELD_OWN, .own = read_groups},
    {.name = "figures", .kind = FIELD_OWN, .own = later},
    {.name = "tables", .kind = FIELD_OWN, .own = later},
};
static const struct preset_table experiment_table = {"the experiment", experiment_fields,
                                                     COUNT(experiment_fields)};

static int read_document(struct preset_reader *r, struct experiment *x)
{
    const struct json_value *root = r->doc.value;
    if (root->kind != JSON_OBJECT)
        return preset_fail(r, root->at,
                           "an experiment is an object, { \"spillway\": 1, \"experiment\": … }; "
                           "found %s",
                           json_kind_name(root->kind));
    const struct json_value *version = json_field(root, "spillway");
    if (!version || version->kind != JSON_NUMBER || version->size != 1 || version->text[0] != '1')
        return preset_fail(r, version ? version->at : root->at,
                           "\"spillway\" must be 1, the one version of this format that is known");
    if (preset_read_fields(r, root, &experiment_table, x) != 0)
        return ERR_BAD;
    if (!file_word(x->name) || !x->why[0] || x->groups == 0)
        return preset_fail(r, root->at,
                           "an experiment needs \"experiment\" (its name: letters, digits, '_', "
                           "'-'), \"why\" and \"groups\"");
    if (read_each(r, json_field(root, "figures"), x, EXPERIMENT_FIGURES, read_figure) != 0)
        return ERR_BAD;
    return read_each(r, json_field(root, "tables"), x, EXPERIMENT_TABLES, read_table);
}

static int fail_grammar(struct preset_reader *r, const struct json_fault *fault)
{
    char quoted[PRESET_QUOTED];
    if (!fault->field)
        return preset_fail(r, fault->at, "%s", fault->text);
    return preset_fail(r, fault->at, "%s: %s",
                       preset_quote(quoted, sizeof quoted, fault->field, strlen(fault->field)),
                       fault->text);
}

int experiment_parse(const char *text, size_t size, const char *where, struct experiment *x,
                     struct err *e)
{
    struct json_fault fault;
    memset(x, 0, sizeof *x);
    x->repeats = 1;
    (void)preset_where(x->where, sizeof x->where, where);
    struct preset *scratch = malloc(sizeof *scratch); /* where the reader finds the text's name */
    x->text = malloc(size + 1);
    if (!scratch || !x->text) {
        free(scratch);
        *e = (struct err){ERR_MEMORY, "not enough memory to read an experiment"};
        return ERR_MEMORY;
    }
    memcpy(x->text, text, size);
    preset_init(scratch);
    memcpy(scratch->where, x->where, sizeof scratch->where);
    struct preset_reader r = {.out = scratch, .e = e};
    int status = json_parse(x->text, size, &r.doc, &fault);
    if (status == ERR_MEMORY)
        *e = (struct err){ERR_MEMORY, "not enough memory to read an experiment"};
    else if (status != 0)
        status = fail_grammar(&r, &fault);
    else if ((status = preset_refuse_secrets(&r, r.doc.value)) == 0)
        status = read_document(&r, x);
    x->doc = r.doc;
    free(scratch);
    return status;
}

void experiment_close(struct experiment *x)
{
    json_free(&x->doc);
    free(x->text);
    x->text = NULL;
}
