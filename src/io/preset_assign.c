/* One field of a preset set by its name, from a command line or from an
 * experiment: a knob, or a path through the tables of fields that the reader
 * has, so whatever a preset can say in a single value can be varied. */
#include "io/err_say.h"
#include "io/preset_fields.h"
#include "io/preset_text.h"
#include "io/preset_values.h"

#include <string.h>

#define PATHS_MAX 64

/* ---- knobs ----------------------------------------------------------------------- */

static int assign_knob(struct preset *p, enum knob knob, const char *value, struct err *e)
{
    char why[200];
    size_t size = strlen(value), count = 0;
    const char *const *names = knob_table[knob].names;
    if (knob_read(knob, value, size, &p->knobs.value[knob], why, sizeof why)) {
        if (knob == KNOB_SLOTS)
            preset_join_slots(p, true);
        return 0;
    }
    while (names && names[count])
        count++;
    const char *near = preset_nearest_of(value, size, names, count);
    return err_say(e, ERR_BAD, "%s%s%s%s", why, near ? "; did you mean \"" : "", near ? near : "",
                   near ? "\"?" : "");
}

/* ---- fields by their path --------------------------------------------------------- */

/* Fields that one value cannot give, or that say what a node is. */
static bool fixed_field(const char *name)
{
    static const char *const fixed[] = {"name", "op", "from", "kind"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(fixed[i], name) == 0)
            return true;
    return false;
}

static const struct preset_field *find_field(const struct preset_table *t, const char *name,
                                             size_t len)
{
    for (size_t i = 0; i < t->count; i++)
        if (strlen(t->field[i].name) == len && memcmp(t->field[i].name, name, len) == 0)
            return fixed_field(t->field[i].name) ? NULL : &t->field[i];
    return NULL;
}

/* "must be one of": the field with the nearest name, whole sentences for a person. */
static int fail_field(struct err *e, const struct preset_table *t, const char *field, size_t len,
                      const char *word, size_t word_len)
{
    const char *names[PATHS_MAX];
    char quoted[PRESET_QUOTED];
    size_t count = 0;
    for (size_t i = 0; i < t->count && count < PATHS_MAX; i++)
        if (!fixed_field(t->field[i].name))
            names[count++] = t->field[i].name;
    (void)preset_quote(quoted, sizeof quoted, field, len);
    const char *near = preset_nearest_of(word, word_len, names, count);
    if (near)
        return err_say(e, ERR_BAD, "%s: unknown field; did you mean \"%.*s%s\"?", quoted,
                       (int)(word - field), field, near);
    return err_say(e, ERR_BAD, "%s: unknown field; no such field can be set in %s", quoted,
                   t->place);
}

static int assign_value(struct preset *p, const struct preset_field *f, void *base,
                        const char *value, struct err *e)
{
    size_t size = strlen(value);
    struct json_value v = {.kind = JSON_STRING,
                           .size = (uint32_t)size,
                           .text = value,
                           .key = f->name,
                           .key_size = (uint32_t)strlen(f->name)};
    bool truth = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
    if (f->kind == FIELD_BOOL && !truth)
        return err_say(e, ERR_BAD, "%s: must be true or false", f->name);
    if (f->kind == FIELD_BOOL)
        v.kind = JSON_BOOL;
    struct preset_table one = {"", f, 1};
    struct json_value object = {.kind = JSON_OBJECT, .first = &v, .count = 1};
    struct preset_reader r = {.out = p, .e = e, .bare = true, .doc = {.text = value, .size = size}};
    return preset_read_fields(&r, &object, &one, base);
}

static int check_graph(struct preset *p, struct err *e)
{
    int order[GRAPH_NODES];
    struct graph_fault fault = {.node = -1};
    if (graph_check(&p->graph, order, &fault) != 0)
        return err_say(e, ERR_BAD, "%s%s%s", fault.node >= 0 ? p->graph.node[fault.node].name : "",
                       fault.node >= 0 ? ": " : "", fault.text);
    preset_join_slots(p, false);
    return 0;
}

/* graph.NODE.FIELD */
static int assign_node(struct preset *p, const char *field, size_t len, const char *value,
                       bool *in_value, struct err *e)
{
    const char *node = field + strlen("graph."), *end = field + len;
    const char *dot = memchr(node, '.', (size_t)(end - node));
    const char *names[GRAPH_NODES];
    char quoted[PRESET_QUOTED];
    for (int i = 0; i < p->graph.count; i++)
        names[i] = p->graph.node[i].name;
    (void)preset_quote(quoted, sizeof quoted, field, len);
    if (!dot)
        return err_say(e, ERR_BAD, "%s: write graph.NODE.FIELD, as in graph.%s.parallelism", quoted,
                       names[p->graph.count > 2 ? 2 : 0]);
    size_t node_len = (size_t)(dot - node);
    int i = 0;
    while (i < p->graph.count &&
           (strlen(names[i]) != node_len || memcmp(names[i], node, node_len) != 0))
        i++;
    if (i == p->graph.count) {
        const char *near = preset_nearest_of(node, node_len, names, (size_t)p->graph.count);
        return err_say(e, ERR_BAD, "%s: the preset \"%s\" has no such node%s%s%s", quoted, p->name,
                       near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    const struct preset_field *f =
        find_field(&preset_graph_table, dot + 1, (size_t)(end - dot - 1));
    if (!f)
        return fail_field(e, &preset_graph_table, field, len, dot + 1, (size_t)(end - dot - 1));
    *in_value = true;
    struct node_spec *n = &p->graph.node[i];
    if (strcmp(f->name, "cost") == 0)
        n->cost_cpu = false;
    int status = assign_value(p, f, n, value, e);
    return status ? status : check_graph(p, e);
}

static bool begins(const char *text, size_t len, const char *word)
{
    return len > strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

static int fail_unknown(struct err *e, const char *field, size_t len)
{
    static const char *const others[] = {"duration", "source.profile", "source.seed",
                                         "source.base_time"};
    const char *names[KNOB_COUNT + PATHS_MAX];
    static const size_t other_count = sizeof others / sizeof *others;
    char quoted[PRESET_QUOTED];
    size_t count = 0;
    (void)preset_quote(quoted, sizeof quoted, field, len);
    for (int i = 0; i < KNOB_COUNT; i++)
        names[count++] = knob_table[i].name;
    for (size_t i = 0; i < other_count; i++)
        names[count++] = others[i];
    const char *near = preset_nearest_of(field, len, names, count);
    const struct preset_table *t = preset_tables[PRESET_FUNCTIONS];
    for (size_t i = 0; i < t->count; i++)
        if (strlen(t->field[i].name) == len && memcmp(t->field[i].name, field, len) == 0)
            return err_say(e, ERR_BAD, "%s: unknown field; did you mean \"functions.%s\"?", quoted,
                           t->field[i].name);
    return err_say(e, ERR_BAD, "%s: unknown field; %s%s%s", quoted,
                   near ? "did you mean \"" : "spillway list knobs shows them all",
                   near ? near : "", near ? "\"?" : "");
}

int preset_assign(struct preset *p, const char *field, size_t len, const char *value,
                  bool *in_value, struct err *e)
{
    static const struct {
        const char *prefix;
        int table;
    } section[] = {{"functions.", PRESET_FUNCTIONS}, {"source.", PRESET_SOURCE}};
    *in_value = false;
    const char *secret = preset_secret(value, strlen(value));
    if (secret)
        return err_say(e, ERR_BAD, "this looks like %s; no setting holds one", secret);
    int knob = knob_find(field, len);
    if (knob >= 0) {
        *in_value = true;
        return assign_knob(p, (enum knob)knob, value, e);
    }
    if (begins(field, len, "graph."))
        return assign_node(p, field, len, value, in_value, e);
    for (size_t i = 0; i < sizeof section / sizeof *section; i++) {
        size_t skip = strlen(section[i].prefix);
        const struct preset_table *t = preset_tables[section[i].table];
        if (!begins(field, len, section[i].prefix))
            continue;
        const struct preset_field *f = find_field(t, field + skip, len - skip);
        if (!f)
            return fail_field(e, t, field, len, field + skip, len - skip);
        *in_value = true;
        return assign_value(p, f, p, value, e);
    }
    if (len == strlen("duration") && memcmp(field, "duration", len) == 0) {
        *in_value = true;
        return assign_value(p, find_field(preset_tables[PRESET_WHOLE], field, len), p, value, e);
    }
    return fail_unknown(e, field, len);
}

int preset_set(struct preset *p, const char *assignment, struct err *e)
{
    const char *equals = strchr(assignment, '=');
    char quoted[PRESET_QUOTED];
    size_t len = equals ? (size_t)(equals - assignment) : strlen(assignment);
    struct err why = {0};
    bool in_value = false;
    const char *secret = preset_secret(assignment, strlen(assignment));
    if (secret)
        return err_say(e, ERR_BAD, "--set:1: this looks like %s; no setting holds one", secret);
    if (!equals)
        return err_say(e, ERR_BAD, "--set:1: %s: FIELD=VALUE is expected, as in batch=50",
                       preset_quote(quoted, sizeof quoted, assignment, len));
    if (preset_assign(p, assignment, len, equals + 1, &in_value, &why) == 0)
        return 0;
    return err_say(e, ERR_BAD, "--set:%zu: %.440s", in_value ? len + 2 : 1, why.text);
}
