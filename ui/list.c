#include "list.h"

#include "layout.h"
#include "tables.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRESETS_MAX 1024

struct request {
    const char *kind;
    bool json;
};

/* One cell of a row: a member in JSON, a column in text. */
struct column {
    const char *name, *value;
};

static void json_row(struct print *o, const struct column *cells, int count, bool first)
{
    print_text(o, first ? "[" : ",\n ");
    for (int i = 0; i < count; i++) {
        print_text(o, i ? "," : "{");
        print_json(o, cells[i].name);
        print_text(o, ":");
        print_json(o, cells[i].value);
    }
    print_text(o, "}");
}

/* Characters of a UTF-8 text: what it takes in columns. */
static int characters(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

/* Columns of the given widths; width 0: the rest of the line; -1: a line of its own. */
static void text_row(struct print *o, const struct column *cells, const int *widths, int count)
{
    for (int i = 0; i < count; i++) {
        if (widths[i] < 0)
            print_text(o, "\n    ");
        const char *value = cells[i].value[0] ? cells[i].value : "-";
        print_text(o, value);
        int length = characters(value);
        if (widths[i] > 0)
            print_format(o, "%*s", length < widths[i] ? widths[i] - length + 2 : 2, "");
    }
    print_text(o, "\n");
}

/* A table under way: rows of `count` cells. */
struct table {
    struct print *o;
    bool json;
    const int *widths;
    int count;
    int rows;
};

static void table_row(struct table *t, const struct column *cells)
{
    if (t->json)
        json_row(t->o, cells, t->count, t->rows == 0);
    else
        text_row(t->o, cells, t->widths, t->count);
    t->rows++;
}

static void table_end(struct table *t)
{
    if (t->json)
        print_text(t->o, t->rows ? "]\n" : "[]\n");
}

/* ---- the lists ------------------------------------------------------------------- */

static int list_policies(struct print *o, bool json)
{
    static const int widths[] = {10, 0};
    struct table t = {o, json, widths, 2, 0};
    for (int i = 0; policy_all[i]; i++)
        table_row(&t, (struct column[]){{"name", policy_all[i]->name},
                                        {"sentence", policy_all[i]->sentence}});
    table_end(&t);
    return 0;
}

static int list_commands(struct print *o, bool json)
{
    static const int widths[] = {11, 36, 0, -1};
    struct table t = {o, json, widths, 4, 0};
    for (const struct sp_command_def *c = sp_commands(); c->name; c++)
        table_row(&t, (struct column[]){{"name", c->name},
                                        {"arguments", c->arguments},
                                        {"example", c->example},
                                        {"help", c->help}});
    table_end(&t);
    return 0;
}

static int list_knobs(struct print *o, bool json)
{
    static const int widths[] = {15, 8, 10, 19, 0, -1};
    struct table t = {o, json, widths, 6, 0};
    for (int i = 0; i < KNOB_COUNT; i++) {
        const struct knob_def *k = &knob_table[i];
        char range[256];
        char preset[64];
        tables_range((enum knob)i, range, sizeof range);
        knob_write((enum knob)i, k->preset, preset, sizeof preset);
        table_row(&t, (struct column[]){{"name", k->name},
                                        {"unit", tables_unit(k->unit)},
                                        {"default", preset},
                                        {"used_by", k->used_by},
                                        {"range", range},
                                        {"help", k->help}});
    }
    table_end(&t);
    return 0;
}

/* A preset that does not parse is listed with what is wrong with it. */
static int list_presets(struct print *o, bool json)
{
    static const int widths[] = {16, 0};
    struct table t = {o, json, widths, 2, 0};
    char(*names)[PRESET_NAME] = malloc(PRESETS_MAX * sizeof *names);
    struct preset *p = malloc(sizeof *p);
    int count = names && p ? preset_names(names, PRESETS_MAX) : 0;
    for (int i = 0; i < count; i++) {
        struct err e = {0};
        bool good = preset_load(names[i], p, &e) == 0;
        table_row(&t, (struct column[]){{"name", names[i]}, {"why", good ? p->why : e.text}});
    }
    table_end(&t);
    bool memory = names && p;
    free(names);
    free(p);
    return memory ? 0 : ERR_MEMORY;
}

/* The panels of the screen; the key opens one over the whole of it. */
static const struct {
    const char *name, *help;
} views[] = {
    [PANEL_PIPELINE] = {"pipeline", "The graph: vertices, their load, what waits between them."},
    [PANEL_RATE] = {"rate", "Records a second: offered, in, out and to functions."},
    [PANEL_BUSY] = {"busy", "Busy and back-pressured share of the costly operator."},
    [PANEL_BACKLOG] = {"backlog",
                       "Records that are due and not emitted, and when they are drained."},
    [PANEL_LATENCY] = {"latency", "Percentiles from due time to sink, and of the calls."},
    [PANEL_KNOBS] = {"knobs", "Settings that matter under the policy in force."},
    [PANEL_CALLS] = {"calls", "Calls to functions: in flight, cold starts, throttles, cost."},
    [PANEL_EVENTS] = {"events", "What was done, by whom, to what effect."},
    [PANEL_LEDGER] = {"ledger", "In = out + in flight + dead letters, and what broke it."},
};
_Static_assert(sizeof views / sizeof views[0] == PANEL_COUNT, "a row for each panel");

static int list_views(struct print *o, bool json)
{
    static const int widths[] = {3, 9, 0};
    struct table t = {o, json, widths, 3, 0};
    for (int i = 0; i < PANEL_COUNT; i++) {
        char key[2] = {(char)('1' + i), '\0'};
        table_row(
            &t, (struct column[]){{"key", key}, {"name", views[i].name}, {"help", views[i].help}});
    }
    table_end(&t);
    return 0;
}

static int list_keys(struct print *o, bool json)
{
    static const int widths[] = {32, 24, 0};
    struct table t = {o, json, widths, 3, 0};
    for (int i = 0; i < key_count; i++) {
        char keys[128];
        if (!key_table[i].help)
            continue;
        tables_keys(i, keys, sizeof keys);
        table_row(&t, (struct column[]){{"where", key_context_titles[key_table[i].context]},
                                        {"keys", keys},
                                        {"help", key_table[i].help}});
    }
    table_end(&t);
    return 0;
}

/* What `expect` can ask about. */
static int list_conditions(struct print *o, bool json)
{
    static const int widths[] = {13, 8, 8, 0};
    struct table t = {o, json, widths, 4, 0};
    struct sp_variable v;
    for (int i = 0; sp_variable(i, &v); i++)
        table_row(
            &t, (struct column[]){
                    {"name", v.name}, {"unit", v.unit}, {"example", v.example}, {"help", v.help}});
    table_end(&t);
    return 0;
}

static const struct {
    const char *name;
    int (*list)(struct print *o, bool json);
} kinds[] = {{"policies", list_policies},    {"commands", list_commands}, {"knobs", list_knobs},
             {"presets", list_presets},      {"views", list_views},       {"keys", list_keys},
             {"conditions", list_conditions}};

#define KINDS_TEXT "policies, commands, knobs, presets, views, keys or conditions"
#define KINDS (sizeof kinds / sizeof kinds[0])

/* ---- command line ------------------------------------------------------------------ */

static int take_json(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    ((struct request *)request)->json = true;
    return 0;
}

static const struct cli_option options[] = {
    {"json", NULL, "One JSON array of objects instead of columns.", take_json},
    {0},
};

static int take_kind(void *request, const char *text, struct err *e)
{
    struct request *r = request;
    const char *names[KINDS + 1] = {0};
    if (r->kind)
        return err_say(e, ERR_BAD, "\"%.60s\": one list at a time", text);
    for (size_t i = 0; i < KINDS; i++) {
        names[i] = kinds[i].name;
        if (strcmp(text, names[i]) == 0)
            r->kind = names[i];
    }
    const char *near = r->kind ? NULL : preset_nearest(text, names);
    if (r->kind)
        return 0;
    return err_say(e, ERR_BAD, "\"%.60s\": no such list%s%s%s", text,
                   near ? "; did you mean " : ": " KINDS_TEXT, near ? near : "", near ? "?" : "");
}

static int print_list(const struct request *r)
{
    static struct print o;
    int code = 0;
    print_init(&o, STDOUT_FILENO);
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(r->kind, kinds[i].name) == 0)
            code = kinds[i].list(&o, r->json);
    struct err e = {.code = code, .text = "out of memory"};
    return code ? cli_fail(&e) : print_exit(&o, "standard output");
}

static int run(int argc, char **argv)
{
    struct request r = {0};
    struct err e = {0};
    int exit_code = 0;
    if (cli_parse(&cli_list, argc, argv, &r, &exit_code))
        return exit_code;
    if (r.kind)
        return print_list(&r);
    err_say(&e, ERR_BAD, "list what: " KINDS_TEXT "?");
    return cli_fail(&e);
}

const struct cli_command cli_list = {
    .name = "list",
    .operands = "policies|commands|knobs|presets|views|keys|conditions",
    .help = "Lists what there is, each with a sentence.",
    .details = "",
    .examples = "  spillway list knobs\n"
                "  spillway list policies --json\n",
    .options = options,
    .operand = take_kind,
    .run = run,
};
