/* The table of commands, those that steer the run itself, and the bus. Every command says
 * its effect in a sentence, and the command that undoes it, if there is one. */
#include "run/command_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void command_effect(struct outcome *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(o->effect, sizeof o->effect, format, args);
    va_end(args);
}

void command_refuse(struct outcome *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(o->effect, sizeof o->effect, format, args);
    va_end(args);
    o->refused = true;
}

struct command_number command_say(enum unit unit, int64_t value)
{
    struct command_number n;
    units_write(unit, value, n.text, sizeof n.text);
    return n;
}

/* ---- the run ----------------------------------------------------------------------- */

static bool plan_command(struct sp_engine *g, enum sp_author author, int64_t at_ns,
                         const char *text)
{
    for (int i = 0; i < ENGINE_PENDING; i++) {
        struct pending *p = &g->pending[i];
        if (p->used)
            continue;
        *p = (struct pending){
            .at_ns = at_ns, .number = ++g->planned, .author = author, .used = true};
        snprintf(p->text, sizeof p->text, "%s", text);
        return true;
    }
    return false;
}

static void run_at(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    struct err e;
    if (sp_command_check(c->word[1], &e))
        command_refuse(o, "%s", e.text);
    else if (!plan_command(g, c->author, c->value[0], c->word[1]))
        command_refuse(o, "more than %d commands are waiting for their time", ENGINE_PENDING);
    else
        command_effect(o, "will run at %s", command_say(UNIT_DURATION, c->value[0]).text);
}

static void run_expect(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    struct err e;
    if (g->expect_count == ENGINE_EXPECTS) {
        command_refuse(o, "more than %d expectations", ENGINE_EXPECTS);
        return;
    }
    struct expectation *x = &g->expect[g->expect_count];
    if (condition_read(c->word[0], x, &e)) {
        command_refuse(o, "%s", e.text);
        return;
    }
    x->begin_ns = g->now_ns;
    g->expect_count++;
    command_effect(o, "watched");
}

static void run_mark(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)g;
    (void)c;
    command_effect(o, "noted");
}

static void run_halt(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    command_faults_off(g);
    for (size_t i = 0; i < sizeof g->intervention / sizeof g->intervention[0]; i++)
        g->intervention[i].active = false;
    undo_forget(g);
    for (int i = 0; i < g->member_count; i++)
        if (g->member[i].kind == MEMBER_SOURCE)
            schedule_cancel(&g->member[i].is.source->schedule, g->now_ns, -1);
    for (int i = 0; i < ENGINE_PENDING; i++)
        g->pending[i].used = false;
    int changed = 0;
    for (int k = 0; k < KNOB_COUNT; k++) {
        bool moved = g->knobs.manual[k] || g->knobs.value[k] != g->preset.knobs.value[k];
        g->knobs.manual[k] = false;
        if (!moved)
            continue;
        g->knobs.value[k] = g->preset.knobs.value[k];
        command_spread_knob(g, (enum knob)k);
        changed++;
    }
    command_effect(o, "injections stopped, %d knob%s given back to the preset", changed,
                   changed == 1 ? "" : "s");
}

static void run_restart(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    g->restart = true;
    command_effect(o, "clock, ledger and histograms back to zero");
}

static void run_quit(struct sp_engine *g, const struct command *c, struct outcome *o)
{
    (void)c;
    g->stopped = true;
    command_effect(o, "the run ends");
}

/* ---- the table --------------------------------------------------------------------- */

const struct command_row command_rows[] = {
    {{"spike", "xF T | +R T", "multiplies the load by F, or adds R records/s, for T",
      "spike x2 10s"},
     "xd|+d",
     'L',
     command_run_spike,
     false},
    {{"ramp", "R1 R2 T", "lets the rate go from R1 to R2 within T", "ramp 800 4k 30s"},
     "rrd",
     'L',
     command_run_ramp,
     false},
    {{"rate", "R", "one constant rate from now on", "rate 1.2k"},
     "r",
     'L',
     command_run_rate,
     false},
    {{"cancel", "N", "ends spike, ramp or rate number N", "cancel 1"},
     "i",
     'L',
     command_run_cancel,
     false},
    {{"pause", "", "stops the source; due times wait", "pause"}, "", 'L', command_run_pause, false},
    {{"resume", "", "lets the source go on", "resume"}, "", 'L', command_run_resume, false},
    {{"set", "FIELD VALUE …",
      "turns a knob, or several at one instant; they are manual from then on", "set batch 64"},
     "m",
     'K',
     command_run_set,
     false},
    {{"policy", "NAME", "chooses the policy", "policy excess"},
     "l",
     'P',
     command_run_policy,
     false},
    {{"batch", "N", "records per call", "batch 64"}, "b", 'K', command_run_batch, false},
    {{"linger", "T", "longest wait for a batch to fill", "linger 20ms"},
     "g",
     'K',
     command_run_linger,
     false},
    {{"concurrency", "N", "calls in flight at most", "concurrency 128"},
     "y",
     'K',
     command_run_concurrency,
     false},
    {{"slots", "[VERTEX] N", "machines inside each instance of an operator", "slots tokenizer 6"},
     "n|wn",
     'K',
     command_run_slots,
     false},
    {{"order", "O", "order of the output: global, key or none", "order key"},
     "o",
     'K',
     command_run_order,
     false},
    {{"auto", "FIELD", "gives a knob back to the policy, at the preset's value", "auto batch"},
     "k",
     'K',
     command_run_auto,
     false},
    {{"kill", "VERTEX[/INSTANCE[.SLOT]]", "kills an operator, an instance or a slot",
      "kill tokenizer/0"},
     "t",
     'X',
     command_run_kill,
     false},
    {{"fault latency", "xF T", "function calls take F times as long", "fault latency x5 10s"},
     "xd",
     'X',
     command_run_fault_latency,
     false},
    {{"fault error", "P T", "a share P of calls is answered 5xx", "fault error 20% 10s"},
     "pd",
     'X',
     command_run_fault_share,
     false},
    {{"fault function-error", "P T", "a share P of calls fails in the handler",
      "fault function-error 10% 10s"},
     "pd",
     'X',
     command_run_fault_share,
     false},
    {{"fault throttle", "T", "every call is answered 429", "fault throttle 5s"},
     "d",
     'X',
     command_run_fault_throttle,
     false},
    {{"fault lose", "P T", "a share P of answers never comes", "fault lose 5% 10s"},
     "pd",
     'X',
     command_run_fault_share,
     false},
    {{"fault late", "P T", "a share P of answers comes very late", "fault late 5% 10s"},
     "pd",
     'X',
     command_run_fault_share,
     false},
    {{"fault cut", "P T", "a share P of answers ends in the middle", "fault cut 5% 10s"},
     "pd",
     'X',
     command_run_fault_share,
     false},
    {{"fault reset", "P T", "a share P of connections is reset before the call is taken",
      "fault reset 5% 10s"},
     "pd",
     'X',
     command_run_fault_share,
     false},
    {{"fault die-after-execute", "P T", "a share P of calls is executed, then the connection dies",
      "fault die-after-execute 5% 10s"},
     "pd",
     'X',
     command_run_fault_share,
     false},
    {{"fault garbage", "P T", "a share P of answers is no JSON", "fault garbage 5% 10s"},
     "pd",
     'X',
     command_run_fault_share,
     false},
    {{"fault drip", "P T", "a share P of answers trickles in over two seconds",
      "fault drip 5% 10s"},
     "pd",
     'X',
     command_run_fault_share,
     false},
    {{"fault wrong-ids", "P T", "a share P of answers names another batch",
      "fault wrong-ids 5% 10s"},
     "pd",
     'X',
     command_run_fault_share,
     false},
    {{"fault sink-block", "T", "the sink takes nothing", "fault sink-block 10s"},
     "d",
     'X',
     command_run_fault_sink,
     false},
    {{"fault off", "", "ends every fault", "fault off"}, "", 'X', command_run_fault_off, false},
    {{"provider", "NAME", "another platform for the calls: model, emulator, aws or url",
      "provider model"},
     "s",
     'X',
     command_run_provider,
     false},
    {{"tail", "", "the last line of the newest function log (with --log-tail)", "tail"},
     "",
     'M',
     command_run_tail,
     true},
    {{"at", "T COMMAND", "runs a command when engine time is T", "at 30s spike x3 5s"},
     "ds",
     'W',
     run_at,
     true},
    {{"expect", "COND [within T | for T]",
      "watches a condition; one that fails ends the run with 3", "expect p99<250ms within 5s"},
     "c",
     'E',
     run_expect,
     false},
    {{"mark", "TEXT", "drops a note into the log and onto the graphs", "mark before the change"},
     "s",
     'M',
     run_mark,
     false},
    {{"save", "NAME[!]", "writes the settings in force as a preset of yours; NAME! overwrites",
      "save mine"},
     "s",
     'A',
     command_run_save,
     true},
    {{"load", "NAME|FILE", "another preset, from zero", "load burst"},
     "s",
     'M',
     command_run_load,
     true},
    {{"save-as scenario", "NAME[!]", "writes what was done in this run as a script, for --script",
      "save-as scenario mine"},
     "s",
     'A',
     command_run_script,
     true},
    {{"as-command-line", "", "the settings in force as one line for the shell", "as-command-line"},
     "",
     'A',
     command_run_shell,
     true},
    {{"stats since", "MARK", "the run's figures since a letter of the ruler, or since a note",
      "stats since A"},
     "s",
     'A',
     command_run_stats,
     true},
    {{"record", "[FILE] | off",
      "records the run into FILE (or a name made of the preset and the time), and ends that",
      "record before.spw"},
     "|s",
     'A',
     command_run_record,
     true},
    {{"undo", "", "takes back your newest change of a knob, the rate or a spike", "undo"},
     "",
     'K',
     undo_run,
     false},
    {{"redo", "", "does again what was undone last", "redo"}, "", 'K', redo_run, false},
    {{"halt", "", "stops every injection and gives the knobs back to the preset", "halt"},
     "",
     'M',
     run_halt,
     false},
    {{"speed", "xF", "shows a sim run F times as fast, x0.25 to x1000", "speed x10"},
     "x",
     'M',
     command_run_speed,
     true},
    {{"faster", "", "shows a sim run twice as fast", "faster"}, "", 'M', command_run_faster, true},
    {{"slower", "", "shows a sim run half as fast", "slower"}, "", 'M', command_run_slower, true},
    {{"step", "T", "stops the clock of a sim run; again: moves it on by T", "step 100ms"},
     "d",
     'M',
     command_run_step,
     true},
    {{"go", "", "lets the clock of a sim run go on", "go"}, "", 'M', command_run_go, true},
    {{"restart", "", "the same preset from zero", "restart"}, "", 'M', run_restart, true},
    {{"quit", "", "ends the run", "quit"}, "", 'M', run_quit, true},
};
const int command_row_count = (int)(sizeof command_rows / sizeof command_rows[0]);

static struct sp_command_def shown_rows[sizeof command_rows / sizeof command_rows[0] + 1];

static void copy_shown(void)
{
    for (int i = 0; i < command_row_count; i++)
        shown_rows[i] = command_rows[i].shown;
}

const struct sp_command_def *sp_commands(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, copy_shown);
    return shown_rows;
}

/* ---- the bus ----------------------------------------------------------------------- */

void event_add(struct sp_engine *g, enum sp_author author, char kind, const char *command,
               const char *text, const char *inverse)
{
    struct sp_event *x = &g->event[g->event_count % ENGINE_EVENTS];
    assert(kind && strchr(SP_EVENT_KINDS, kind)); /* what reads recordings goes by it */
    memset(x, 0, sizeof *x);
    x->number = ++g->event_count;
    x->at_ns = g->now_ns;
    x->author = author;
    x->kind = kind;
    snprintf(x->command, sizeof x->command, "%s", command);
    snprintf(x->effect, sizeof x->effect, "%s", text);
    snprintf(x->inverse, sizeof x->inverse, "%s", inverse ? inverse : "");
    stats_note(g, x);
}

void command_log(struct sp_engine *g, enum sp_author author, char kind, const char *command,
                 const char *effect, const char *inverse)
{
    event_add(g, author, kind, command, effect, inverse);
    g->event[(g->event_count - 1) % ENGINE_EVENTS].ticket = g->ticket;
}

void command_run(struct sp_engine *g, enum sp_author author, const char *text)
{
    struct command c;
    struct err e;
    struct outcome o = {0};
    if (g->options.readonly && (author == SP_YOU || author == SP_SOCKET) && strcmp(text, "quit")) {
        command_log(g, author, '!', text, "refused: this session is read-only", NULL);
    } else if (command_read(text, &c, &e)) {
        command_log(g, author, '!', text, e.text, NULL);
    } else {
        c.author = author;
        c.row->run(g, &c, &o);
        command_log(g, author,
                    o.refused ? '!'
                    : o.kind  ? o.kind
                              : c.row->kind,
                    o.ran[0] && !o.refused ? o.ran : c.text, o.effect, o.inverse);
        if (!o.refused) {
            undo_note(g, &c, &o);
            command_note_deed(g, &c, &o);
        }
        /* An agent that is woken sends on what it has half made: only what changes the run
         * may do that, so that looking at a run does not change it. */
        if (!o.refused && !c.row->aside)
            loop_wake_all(&g->loop);
    }
    wake_up(loop_wake(&g->loop, g->command_agent));
    wake_up(loop_wake(&g->loop, g->reading_agent));
    g->reading_wanted = true;
}

/* Commands whose time has come, in order of time, then of arrival; and those that
 * came from other threads. */
bool pending_step(void *engine, int64_t now_ns)
{
    struct sp_engine *g = engine;
    for (;;) {
        struct pending *first = NULL;
        for (int i = 0; i < ENGINE_PENDING; i++) {
            struct pending *p = &g->pending[i];
            if (p->used && p->at_ns <= now_ns && now_ns < g->end_ns &&
                (!first || p->at_ns < first->at_ns ||
                 (p->at_ns == first->at_ns && p->number < first->number)))
                first = p;
        }
        if (first == NULL)
            break;
        first->used = false;
        char text[PRESET_COMMAND];
        memcpy(text, first->text, sizeof text);
        command_run(g, first->author, text);
    }
    return false;
}

int64_t pending_due(const void *engine)
{
    const struct sp_engine *g = engine;
    int64_t due = TIME_NEVER;
    for (int i = 0; i < ENGINE_PENDING; i++)
        if (g->pending[i].used && g->pending[i].at_ns < due)
            due = g->pending[i].at_ns;
    return due;
}
