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

bool command_may_touch_files(const struct command *c, struct outcome *o)
{
    if (c->author == SP_SCENARIO)
        command_refuse(o, "%s: a preset's own scenario may not touch files", c->row->shown.name);
    return !o->refused;
}

/* ---- save ------------------------------------------------------------------------------ */

/* A rate set by hand; the scenario's own comes again by itself. */
bool rate_by_hand(const struct sp_engine *g, int64_t *rate_mps)
{
    const struct undo_touch *by = g->undo.touch[FIELD_BASE_RATE];
    int newest = SP_YOU;
    for (int a = 0; a < UNDO_AUTHORS; a++)
        if (by[a].event > by[newest].event)
            newest = a;
    if (by[newest].event == 0 || newest == SP_SCENARIO)
        return false;
    for (int i = 0; i < g->member_count; i++) /* all sources have the same rate by hand */
        if (g->member[i].kind == MEMBER_SOURCE)
            return schedule_hand_rate(&g->member[i].is.source->schedule, g->now_ns, rate_mps);
    return false;
}

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
    int64_t rate_mps;
    if (rate_by_hand(g, &rate_mps))
        p->schedule = (struct schedule_spec){.count = 1,
                                             .step[0] = {.kind = STEP_RATE, .rate_mps = rate_mps}};
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

enum preset_over command_file_name(const struct command *c, char name[PRESET_COMMAND])
{
    (void)snprintf(name, PRESET_COMMAND, "%s", c->word[0]);
    size_t n = strlen(name);
    while (n > 0 && name[n - 1] == ' ')
        name[--n] = 0;
    bool over = n > 1 && name[n - 1] == '!';
    if (over)
        name[n - 1] = 0;
    return over ? PRESET_REPLACE : PRESET_KEEP;
}

void command_run_save(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    char name[PRESET_COMMAND];
    if (!command_may_touch_files(c, o))
        return;
    enum preset_over over = command_file_name(c, name);
    save(g, name, over, o);
}

/* ---- load ------------------------------------------------------------------------------ */

/* A pipe or a device could keep the engine waiting for ever. */
bool command_can_read(const char *name, struct outcome *o)
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

/* Whoever shows the run sees the event, and records; the run itself has no part in it. */
void command_run_record(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)g;
    if (!command_may_touch_files(c, o))
        return;
    if (c->form == 0)
        command_effect(o, "asked for");
    else if (strcmp(c->word[0], "off") == 0)
        command_effect(o, "to be ended");
    else
        command_effect(o, "asked for: %.150s", c->word[0]);
}

void command_run_load(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    struct err e;
    if (!command_may_touch_files(c, o) || !command_can_read(c->word[0], o))
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
