/* Commands that turn the settings into a preset, and a preset into settings. They touch
 * files: a person (or a script of theirs) asks for it; a preset's own scenario may not,
 * so that a preset from a stranger leaves no trace. */
#include "run/command_preset.h"

#include "io/preset_write.h"
#include "run/command_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool may_touch_files(const struct command *c, struct outcome *o)
{
    if (c->author == SP_SCENARIO)
        command_refuse(o, "%s: a preset's own scenario may not touch files", c->row->shown.name);
    return !o->refused;
}

/* ---- save ------------------------------------------------------------------------------ */

/* Load steps of the scenario that `--rate` put out of force stay out. */
static void keep_scenario(const struct sp_engine *g, struct preset *p)
{
    int kept = 0;
    for (int i = 0; i < p->scenario_count; i++)
        if (!engine_drops_line(g, p->scenario[i]))
            memmove(p->scenario[kept++], p->scenario[i], sizeof p->scenario[i]);
    p->scenario_count = kept;
}

void preset_in_force(const struct sp_engine *g, struct preset *p)
{
    *p = g->preset;
    memcpy(p->knobs.value, g->knobs.value, sizeof p->knobs.value);
    for (int i = 0; i < g->vertex_count; i++) {
        const struct vertex *v = &g->vertex[i];
        if (v->kind == MEMBER_TASK && v->node >= 0 && p->graph.node[v->node].cost_ns > 0)
            p->graph.node[v->node].slots = (int)g->member[v->first_member].is.task->config.slots;
    }
    int costly = preset_costly_node(&p->graph);
    if (costly >= 0)
        p->graph.node[costly].slots = (int)p->knobs.value[KNOB_SLOTS];
    p->duration_ns = g->options.duration_ns;
    keep_scenario(g, p);
}

static void save(const struct sp_engine *g, const char *name, enum preset_over over,
                 struct outcome *o)
{
    struct err e;
    char path[PRESET_PATH];
    struct preset *p = malloc(sizeof *p);
    if (!p) {
        command_refuse(o, "save: the system gave no memory");
        return;
    }
    preset_in_force(g, p);
    (void)snprintf(p->name, sizeof p->name, "%.60s", name);
    int rc = preset_home(name, path, &e);
    if (rc == 0 && (rc = preset_save(p, path, over, &e)) == ERR_BAD && over == PRESET_KEEP)
        command_refuse(o, "%s is there already: another name, or `save %s!` to overwrite it", name,
                       name);
    else if (rc)
        command_refuse(o, "%s", e.text);
    else
        command_effect(o, "saved: spillway run %s", name);
    free(p);
}

void command_run_save(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    char name[PRESET_COMMAND];
    if (!may_touch_files(c, o))
        return;
    (void)snprintf(name, sizeof name, "%s", c->word[0]);
    size_t n = strlen(name);
    while (n > 0 && name[n - 1] == ' ')
        name[--n] = 0;
    bool over = n > 1 && name[n - 1] == '!';
    if (over)
        name[n - 1] = 0;
    save(g, name, over ? PRESET_REPLACE : PRESET_KEEP, o);
}

/* ---- load ------------------------------------------------------------------------------ */

/* A pipe or a device could keep the engine waiting for ever. */
static bool can_be_read(const char *name, struct outcome *o)
{
    struct stat info;
    if (strcmp(name, "-") == 0)
        command_refuse(o, "load: standard input belongs to the screen: load NAME or FILE");
    else if (strchr(name, '/') && stat(name, &info) == 0 && !S_ISREG(info.st_mode))
        command_refuse(o, "%.120s: is no file", name);
    return !o->refused;
}

/* What the run that follows would stumble over. */
static int check_lines(const struct preset *p, struct err *e)
{
    struct err why;
    for (int i = 0; i < p->scenario_count; i++)
        if (sp_command_check(p->scenario[i], &why)) {
            e->code = ERR_BAD;
            (void)snprintf(e->text, sizeof e->text, "%s:%d: %.300s", p->where,
                           p->scenario_at[i].line, why.text);
            return ERR_BAD;
        }
    return 0;
}

void command_run_load(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    struct err e;
    if (!may_touch_files(c, o) || !can_be_read(c->word[0], o))
        return;
    struct preset *p = malloc(sizeof *p);
    if (!p) {
        command_refuse(o, "load: the system gave no memory");
        return;
    }
    if (preset_load(c->word[0], p, &e) || check_lines(p, &e)) {
        command_refuse(o, "%s", e.text);
        free(p);
        return;
    }
    int changed = preset_differences(&g->preset, p, NULL, NULL);
    free(g->loaded);
    g->loaded = p;
    g->restart = true;
    command_effect(o, "%s from zero: differs from %s in %d %s", p->name, g->preset.name, changed,
                   changed == 1 ? "place" : "places");
}

/* ---- as-command-line -------------------------------------------------------------------- */

/* A shell line over as many log lines as it takes: all but the last end in a backslash,
 * so they can be pasted as they stand. */
struct shell {
    struct sp_engine *g;
    const struct command *c;
    char text[SP_EVENT_TEXT];
};

static void word(struct shell *s, const char *option, const char *value)
{
    char quoted[2 * PRESET_COMMAND], both[2 * PRESET_COMMAND + 32];
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-_./=%:+,@";
    size_t n = 0;
    bool quote = value[strspn(value, plain)] != 0 || value[0] == 0;
    if (quote)
        quoted[n++] = '\'';
    for (const char *p = value; *p && n + 6 < sizeof quoted; p++)
        if (*p == '\'')
            n += (size_t)snprintf(quoted + n, sizeof quoted - n, "'\\''");
        else
            quoted[n++] = *p;
    if (quote)
        quoted[n++] = '\'';
    quoted[n] = 0;
    (void)snprintf(both, sizeof both, "%s%s%s", option, *option && *value ? " " : "",
                   *option && !*value ? "" : quoted);
    if (strlen(s->text) + strlen(both) + 4 > sizeof s->text) {
        (void)strcat(s->text, " \\");
        command_log(s->g, s->c->author, s->c->row->kind, s->c->text, s->text, NULL);
        s->text[0] = 0;
    }
    size_t used = strlen(s->text);
    (void)snprintf(s->text + used, sizeof s->text - used, "%s%s", used ? " " : "", both);
}

static void quantity(struct shell *s, const char *option, enum unit unit, int64_t value)
{
    word(s, option, command_say(unit, value).text);
}

/* Does looking up the bare name find this very file, from here? */
static bool is_found_by(const char *name, const char *where)
{
    struct preset *found = malloc(sizeof *found);
    struct err e;
    bool same = found && preset_load(name, found, &e) == 0 && strcmp(found->where, where) == 0;
    free(found);
    return same;
}

/* A preset is called by its bare name where that finds this very file. */
static void name_preset(struct shell *s, const struct preset *p)
{
    char name[sizeof p->where];
    const char *slash = strrchr(p->where, '/');
    (void)snprintf(name, sizeof name, "%s", slash ? slash + 1 : p->where);
    size_t n = strlen(name);
    bool bare = slash && n > 5 && strcmp(name + n - 5, ".json") == 0;
    if (bare)
        name[n - 5] = 0;
    if (bare && is_found_by(name, p->where))
        word(s, "", name);
    else
        word(s, "", strcmp(p->where, "standard input") == 0 ? "-" : p->where);
}

static void say_settings(struct shell *s, const struct preset *usual)
{
    const struct sp_engine *g = s->g;
    char value[64], assignment[128];
    for (int k = 0; k < KNOB_COUNT; k++) {
        if (g->knobs.value[k] == usual->knobs.value[k])
            continue;
        knob_write((enum knob)k, g->knobs.value[k], value, sizeof value);
        (void)snprintf(assignment, sizeof assignment, "%s=%s", knob_table[k].name, value);
        word(s, "--set", assignment);
    }
    for (int i = 0; i < g->vertex_count; i++) {
        const struct vertex *v = &g->vertex[i];
        if (i == g->costly_vertex || v->kind != MEMBER_TASK || v->node < 0)
            continue;
        int slots = (int)g->member[v->first_member].is.task->config.slots;
        const struct node_spec *n = &g->preset.graph.node[v->node];
        if (n->cost_ns == 0 || n->slots == slots)
            continue;
        (void)snprintf(assignment, sizeof assignment, "0s slots %s %d", n->name, slots);
        word(s, "--at", assignment);
    }
}

static void say_run(struct shell *s, const struct preset *usual)
{
    const struct sp_options *o = &s->g->options;
    if (o->sim)
        word(s, "--sim", "");
    if (o->seed != 1)
        quantity(s, "--seed", UNIT_COUNT, (int64_t)o->seed);
    if (o->rate_mps > 0)
        quantity(s, "--rate", UNIT_RATE, o->rate_mps);
    if (o->records > 0)
        quantity(s, "--records", UNIT_COUNT, (int64_t)o->records);
    else if (o->duration_ns > 0 && o->duration_ns != usual->duration_ns)
        quantity(s, "--duration", UNIT_DURATION, o->duration_ns);
    if (o->readonly)
        word(s, "--readonly", "");
}

void command_run_shell(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    struct err e;
    struct preset *usual = malloc(sizeof *usual);
    if (!usual) {
        command_refuse(o, "as-command-line: the system gave no memory");
        return;
    }
    /* What the file says is what needs no option; without it, all settings are named. */
    struct outcome readable = {0};
    if (!can_be_read(g->preset.where, &readable) || preset_load(g->preset.where, usual, &e))
        preset_init(usual);
    struct shell s = {.g = g, .c = c};
    (void)snprintf(s.text, sizeof s.text, "spillway run");
    name_preset(&s, &g->preset);
    say_run(&s, usual);
    say_settings(&s, usual);
    command_effect(o, "%s", s.text);
    free(usual);
}
