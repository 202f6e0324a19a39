/* Commands about the platform itself: another provider, the log of a function. */
#include "run/command_parts.h"

#include <stdio.h>
#include <string.h>

static int provider_of(const char *word, struct outcome *o)
{
    for (int i = 0; provider_names[i]; i++)
        if (strcmp(word, provider_names[i]) == 0)
            return i;
    const char *near = preset_nearest(word, provider_names);
    command_refuse(o, "\"%.40s\" is no provider: model, emulator, aws or url%s%s%s", word,
                   near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return -1;
}

static void change(struct sp_engine *g, enum provider kind, struct outcome *o)
{
    struct backing fresh;
    struct err e;
    enum provider old = g->backing.kind;
    if (service_open(g, kind, &fresh, &e)) {
        command_refuse(o, "%.190s", e.text);
        return;
    }
    backing_seen(&g->backing, g->now_ns, &fresh.before);
    uint32_t records =
        lane_move(g->lane, backing_transport(&fresh), fresh.before.cost_nusd, g->now_ns);
    backing_close(&g->backing);
    g->backing = fresh;
    g->preset.provider = kind;
    backing_set_timeout(&g->backing, g->knobs.value[KNOB_TIMEOUT]);
    command_effect(o, "%s -> %s%s%s, %u records re-dispatched", provider_names[old],
                   provider_names[kind], fresh.host[0] ? " at " : "", fresh.host, records);
    snprintf(o->inverse, sizeof o->inverse, "provider %s", provider_names[old]);
}

void command_run_provider(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    int kind = provider_of(c->word[0], o);
    if (kind < 0)
        return;
    if (g->lane == NULL)
        command_refuse(o, "no node of this graph calls functions");
    else if (g->options.sim)
        command_refuse(o, "virtual time always has the model: start a run without --sim");
    else if ((enum provider)kind == g->backing.kind)
        command_effect(o, "%s already", provider_names[kind]);
    else
        change(g, (enum provider)kind, o);
}

/* The last line of the newest log tail: on Lambda it is the REPORT. */
void command_run_tail(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    char log[INVOKER_LOG];
    (void)c;
    size_t n = backing_log(&g->backing, log, sizeof log);
    if (!g->options.log_tail) {
        command_refuse(o, "functions were not asked for their log: start with --log-tail");
        return;
    }
    while (n > 0 && (unsigned char)log[n - 1] <= ' ')
        log[--n] = 0;
    char *line = strrchr(log, '\n');
    line = line ? line + 1 : log;
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    command_effect(o, "%s", n > 0 ? line : "no answer with a log has come yet");
}
