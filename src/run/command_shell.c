/* The settings in force as one line for the shell, and what was done as a script. */
#include "run/command_parts.h"
#include "run/command_preset.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHELL_BYTES 16384
#define PART '\n' /* between the parts of a line; no command contains it */

struct shell {
    const struct sp_engine *g;
    const struct preset *now; /* the settings to say */
    char text[SHELL_BYTES];
    size_t used;
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
    if (s->used + strlen(both) + 2 < sizeof s->text)
        s->used += (size_t)snprintf(s->text + s->used, sizeof s->text - s->used, "%s%s",
                                    s->used ? (const char[]){PART, 0} : "", both);
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
    char value[64], assignment[128];
    for (int k = 0; k < KNOB_COUNT; k++) {
        if (s->now->knobs.value[k] == usual->knobs.value[k])
            continue;
        knob_write((enum knob)k, s->now->knobs.value[k], value, sizeof value);
        (void)snprintf(assignment, sizeof assignment, "%s=%s", knob_table[k].name, value);
        word(s, "--set", assignment);
    }
    int costly = preset_costly_node(&usual->graph);
    for (int i = 0; i < s->now->graph.count && i < usual->graph.count; i++) {
        const struct node_spec *n = &s->now->graph.node[i];
        if (i == costly || n->cost_ns == 0 || n->slots == usual->graph.node[i].slots)
            continue;
        (void)snprintf(assignment, sizeof assignment, "0s slots %s %d", n->name, n->slots);
        word(s, "--at", assignment);
    }
}

/* A rate set by hand leaves the scenario's spikes in force, as --rate would not. */
static void say_rate(struct shell *s)
{
    char line[64];
    int64_t rate_mps;
    if (!rate_by_hand(s->g, &rate_mps))
        return;
    (void)snprintf(line, sizeof line, "0s rate %s", command_say(UNIT_RATE, rate_mps).text);
    word(s, "--at", line);
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

/* `spillway run …` with the settings `now`; false: no memory. */
static bool shell_line(struct shell *s, const struct sp_engine *g, const struct preset *now)
{
    struct err e;
    struct preset *usual = malloc(sizeof *usual);
    if (usual == NULL)
        return false;
    /* What the file says is what needs no option; without it, all settings are named. */
    struct outcome readable = {0};
    if (!command_can_read(g->preset.where, &readable) || preset_load(g->preset.where, usual, &e))
        preset_init(usual);
    s->g = g;
    s->now = now;
    s->text[0] = 0;
    s->used = 0;
    word(s, "", "spillway");
    word(s, "", "run");
    name_preset(s, &g->preset);
    say_run(s, usual);
    say_settings(s, usual);
    free(usual);
    return true;
}

/* ---- as-command-line --------------------------------------------------------------------- */

/* Over as many log lines as it takes: all but the last end in a backslash, so they can be
 * pasted as they stand. */
static void log_line(struct sp_engine *g, const struct command *c, const struct shell *s,
                     struct outcome *o)
{
    char text[SP_EVENT_TEXT] = "";
    for (const char *p = s->text; *p;) {
        size_t n = strcspn(p, (const char[]){PART, 0}), used = strlen(text);
        if (used + n + 4 > sizeof text && used > 0) {
            (void)strcat(text, " \\");
            command_log(g, c->author, c->row->kind, c->text, text, NULL);
            text[0] = 0;
            used = 0;
        }
        (void)snprintf(text + used, sizeof text - used, "%s%.*s", used ? " " : "", (int)n, p);
        p += n + (p[n] == PART);
    }
    command_effect(o, "%s", text);
}

void command_run_shell(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    struct shell *s = malloc(sizeof *s);
    struct preset *now = malloc(sizeof *now);
    bool good = s != NULL && now != NULL;
    if (good) {
        preset_in_force(g, now);
        good = shell_line(s, g, now);
    }
    if (good) {
        say_rate(s);
        log_line(g, c, s, o);
    } else
        command_refuse(o, "as-command-line: the system gave no memory");
    free(now);
    free(s);
}

/* ---- save-as scenario --------------------------------------------------------------------- */

/* A line of a script: comments, and commands at their times. */
struct script {
    char *text;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void line(struct script *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->text + t->used, t->size - t->used, format, args);
    va_end(args);
    t->used += n > 0 ? (size_t)n : 0;
    assert(t->used < t->size);
}

/* What was done, then what still waits for its time; the preset's own scenario comes again
 * by itself. */
static void write_script(struct script *t, const struct sp_engine *g, const struct shell *s,
                         const char *path)
{
    line(t,
         "# What was done in a run of \"%s\", as far as %s. The same again in virtual time:\n#  ",
         g->preset.name, command_say(UNIT_DURATION, g->now_ns / NS_PER_MS * NS_PER_MS).text);
    for (const char *p = s->text; *p; p++)
        line(t, "%c", *p == PART ? ' ' : *p);
    line(t, "%s --script %s\n", g->options.sim ? "" : " --sim", path);
    for (int i = 0; i < g->deeds; i++)
        line(t, "at %s %s\n", command_say(UNIT_DURATION, g->deed[i].at_ns).text, g->deed[i].text);
    for (uint64_t number = 0;;) { /* in order of arrival */
        const struct pending *next = NULL;
        for (int i = 0; i < ENGINE_PENDING; i++) {
            const struct pending *p = &g->pending[i];
            if (p->used && p->author != SP_SCENARIO && p->number > number &&
                (next == NULL || p->number < next->number))
                next = p;
        }
        if (next == NULL)
            return;
        number = next->number;
        line(t, "at %s %s\n", command_say(UNIT_DURATION, next->at_ns).text, next->text);
    }
}

static void save_script(const struct sp_engine *g, const struct shell *s, const char *name,
                        enum preset_over over, struct outcome *o)
{
    struct err e;
    char path[PRESET_PATH];
    struct script t = {.size = 2 * ENGINE_DEEDS * (PRESET_COMMAND + 64) + 2 * SHELL_BYTES};
    int rc = script_home(name, path, &e);
    t.text = rc ? NULL : malloc(t.size);
    if (t.text == NULL) {
        command_refuse(o, "%s", rc ? e.text : "save-as scenario: the system gave no memory");
        return;
    }
    write_script(&t, g, s, path);
    rc = file_save(path, t.text, t.used, over, &e);
    if (rc == ERR_BAD && over == PRESET_KEEP)
        command_refuse(o, "%s is there already: another name, or `save-as scenario %s!`", name,
                       name);
    else if (rc)
        command_refuse(o, "%s", e.text);
    else
        command_effect(o, "%d command%s saved: its first lines say how to run %s", g->deeds,
                       g->deeds == 1 ? "" : "s", path);
    free(t.text);
}

void command_run_script(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    char name[PRESET_COMMAND];
    if (!command_may_touch_files(c, o))
        return;
    if (g->deeds_lost > 0) {
        command_refuse(o, "this run had %d commands, a script holds %d: run it with --log FILE",
                       g->deeds + g->deeds_lost, ENGINE_DEEDS);
        return;
    }
    enum preset_over over = command_file_name(c, name);
    struct shell *s = malloc(sizeof *s);
    if (s == NULL || !shell_line(s, g, &g->preset))
        command_refuse(o, "save-as scenario: the system gave no memory");
    else
        save_script(g, s, name, over, o);
    free(s);
}

/* A command of this run that another run can repeat. What it was, not who said it: an undo
 * is the change that it made. */
void command_note_deed(struct sp_engine *g, const struct command *c, const struct outcome *o)
{
    const char *text = o->ran[0] ? o->ran : c->text;
    char at[PRESET_COMMAND * 2];
    if (c->row->aside || c->author == SP_SCENARIO || c->author == SP_AUTO)
        return;
    int n = snprintf(at, sizeof at, "at %s %s", command_say(UNIT_DURATION, g->now_ns).text, text);
    if (g->deeds == ENGINE_DEEDS || n >= PRESET_COMMAND) {
        g->deeds_lost++;
        return;
    }
    struct deed *d = &g->deed[g->deeds++];
    d->at_ns = g->now_ns;
    (void)snprintf(d->text, sizeof d->text, "%s", text);
}
