#include "run/engine.h"

#include "flow/plant.h"
#include "io/err_say.h"
#include "run/command_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

const char *const sp_author_names[] = {"you", "auto", "scenario", "script", "socket"};

/* ---- building one run ----------------------------------------------------------------- */

static void *need(struct sp_engine *g, size_t size, bool *ok)
{
    void *p = region_take(&g->region, size);
    *ok = *ok && p != NULL;
    return p;
}

/* One constant rate instead of the whole schedule. */
static void apply_rate(struct sp_engine *g)
{
    if (g->options.rate_mps <= 0)
        return;
    struct schedule_spec *s = &g->preset.schedule;
    memset(s, 0, sizeof *s);
    s->count = 1;
    s->step[0].kind = STEP_RATE;
    s->step[0].rate_mps = g->options.rate_mps;
}

/* What a line does in the end: the command itself, or the one behind its `at T`. */
static const struct command_row *row_of(const char *line)
{
    struct command c;
    struct err e;
    char text[PRESET_COMMAND];
    snprintf(text, sizeof text, "%s", line);
    while (command_read(text, &c, &e) == 0) {
        if (strcmp(c.row->shown.name, "at") != 0)
            return c.row;
        snprintf(text, sizeof text, "%s", c.word[1]);
    }
    return NULL;
}

static bool is_load_step(const struct command_row *row)
{
    return row && row->kind == 'L' && strcmp(row->shown.name, "pause") != 0 &&
           strcmp(row->shown.name, "resume") != 0;
}

/* A script that restarts would never end if the run that follows did it again. */
static bool is_restart(const struct command_row *row)
{
    return row && (strcmp(row->shown.name, "restart") == 0 || strcmp(row->shown.name, "load") == 0);
}

bool engine_drops_line(const struct sp_engine *g, const char *line)
{
    return g->options.rate_mps > 0 && is_load_step(row_of(line));
}

static int add_line(struct sp_engine *g, enum sp_author author, const char *line, struct err *e)
{
    struct err inner;
    if (sp_command_check(line, &inner)) {
        e->code = ERR_BAD;
        snprintf(e->text, sizeof e->text, "%s: `%.120s`: %.300s", sp_author_names[author], line,
                 inner.text);
        return ERR_BAD;
    }
    for (int i = 0; i < ENGINE_PENDING; i++)
        if (!g->pending[i].used) {
            g->pending[i] =
                (struct pending){.number = ++g->planned, .author = author, .used = true};
            snprintf(g->pending[i].text, sizeof g->pending[i].text, "%s", line);
            return 0;
        }
    return err_say(e, ERR_BAD, "more than 512 commands in scenario and script");
}

static int add_lines(struct sp_engine *g, struct err *e)
{
    int rc = 0;
    for (int i = 0; i < g->preset.scenario_count && !rc; i++) {
        const char *line = g->preset.scenario[i];
        bool dropped = engine_drops_line(g, line);
        if (!dropped && !(g->restarts > 0 && is_restart(row_of(line))))
            rc = add_line(g, SP_SCENARIO, line, e);
    }
    for (int i = 0; g->options.commands && g->options.commands[i] && !rc; i++)
        if (g->restarts == 0 || !is_restart(row_of(g->options.commands[i])))
            rc = add_line(g, SP_SCRIPT, g->options.commands[i], e);
    for (int i = 0; g->options.expects && g->options.expects[i] && !rc; i++) {
        char line[PRESET_COMMAND + 16];
        snprintf(line, sizeof line, "expect %s", g->options.expects[i]);
        rc = strlen(line) < PRESET_COMMAND
                 ? add_line(g, SP_SCRIPT, line, e)
                 : err_say(e, ERR_BAD, "--expect: the condition is too long");
    }
    return rc;
}

int engine_build(struct sp_engine *g, struct err *e)
{
    bool ok = true;
    g->now_ns = 0;
    g->settled_ns = -1;
    g->finished = g->stopped = g->restart = g->paused = false;
    g->held = g->anchored = false;
    g->step_until_ns = INT64_MIN;
    g->failed.code = 0;
    g->knobs = g->preset.knobs;
    g->end_ns = TIME_NEVER;
    if (g->options.records == 0 && g->options.duration_ns > 0)
        g->end_ns = g->options.duration_ns;
    g->event = need(g, ENGINE_EVENTS * sizeof *g->event, &ok);
    g->pending = need(g, ENGINE_PENDING * sizeof *g->pending, &ok);
    g->moment = need(g, ENGINE_MOMENTS * sizeof *g->moment, &ok);
    g->deed = need(g, ENGINE_DEEDS * sizeof *g->deed, &ok);
    g->expect = need(g, ENGINE_EXPECTS * sizeof *g->expect, &ok);
    if (!ok)
        return err_say(e, ERR_MEMORY, "the system gave no memory");
    int rc = plan_build(g, e);
    if (rc)
        return rc;
    size_t shares = (size_t)g->member_count * sizeof(struct task_share);
    g->mark = need(g, ENGINE_MARKS * (sizeof *g->mark + shares), &ok);
    g->control.share = need(g, shares, &ok);
    if (!ok)
        return err_say(e, ERR_MEMORY, "the system gave no memory");
    control_init(g);
    if (g->knobs.value[KNOB_LOAD] != PPM_ONE)
        for (int i = 0; i < g->member_count; i++)
            if (g->member[i].kind == MEMBER_SOURCE)
                schedule_load(&g->member[i].is.source->schedule, 0, g->knobs.value[KNOB_LOAD]);
    reading_init(g);
    rc = add_lines(g, e);
    if (rc)
        return rc;
    loop_wake_all(&g->loop);
    return 0;
}

/* Back to what sp_open left: everything of the run is given up. */
void engine_teardown(struct sp_engine *g)
{
    backing_close(&g->backing);
    inputs_close(&g->inputs);
    region_free(&g->region);
    memset(&g->twins, 0, sizeof g->twins);
    memset(&g->control, 0, sizeof g->control);
    memset(&g->call_hist, 0, sizeof g->call_hist);
    memset(&g->batch_hist, 0, sizeof g->batch_hist);
    memset(&g->ledger, 0, sizeof g->ledger);
    memset(g->intervention, 0, sizeof g->intervention);
    memset(&g->undo, 0, sizeof g->undo);
    g->away = g->broke = false;
    g->lane = NULL;
    g->sink = NULL;
    g->links = NULL;
    g->vertex_count = g->member_count = g->link_count = g->source_members = 0;
    g->emitted = g->emitted_end = 0;
    g->event_count = 0;
    g->expect_count = g->interventions = 0;
    g->moments = 0;
    g->deeds = g->deeds_lost = 0;
    g->letters = (struct sp_letters){0};
    g->cost_seen_nusd = 0;
    g->sources_wait = false;
}

void engine_wake_sources(struct sp_engine *g)
{
    for (int i = 0; i < g->source_members; i++)
        wake_up(loop_wake(&g->loop, g->source_agents[i]));
}

bool engine_is_over(struct sp_engine *g)
{
    if (g->writer.failed.code && !g->failed.code)
        g->failed = g->writer.failed;
    if (g->loop.instant_steps > LOOP_INSTANT_STEPS && !g->failed.code) {
        g->failed.code = ERR_IO;
        snprintf(g->failed.text, sizeof g->failed.text,
                 "the engine did not come to rest at %lld ns: this is a defect",
                 (long long)g->now_ns);
    }
    return g->stopped || g->failed.code || flag_is(&g->stop) || (g->sink && g->sink->ended);
}

/* ---- the facade --------------------------------------------------------------------------- */

static int copy_options(struct sp_engine *g, const struct sp_options *o, struct err *e)
{
    g->options = *o;
    g->preset = *o->preset;
    g->options.preset = &g->preset;
    if (g->options.duration_ns == 0)
        g->options.duration_ns = g->preset.duration_ns;
    if (o->sink == SP_SINK_FILE) {
        if (o->sink_dir == NULL || strlen(o->sink_dir) >= sizeof g->sink_dir)
            return err_say(e, ERR_BAD, "--sink file: needs a directory of at most 511 bytes");
        snprintf(g->sink_dir, sizeof g->sink_dir, "%s", o->sink_dir);
        g->options.sink_dir = g->sink_dir;
    }
    if (o->dead_letters) {
        if (strlen(o->dead_letters) >= sizeof g->dead_path)
            return err_say(e, ERR_BAD, "--dead-letters: the path has more than 511 bytes");
        snprintf(g->dead_path, sizeof g->dead_path, "%s", o->dead_letters);
        g->options.dead_letters = g->dead_path;
    }
    apply_rate(g);
    g->tokenize.tokenize = tokenize_select(o->cpu);
    if (g->tokenize.tokenize == NULL)
        return err_say(e, ERR_BAD,
                       "SPILLWAY_CPU: unknown code path, or one that this processor lacks "
                       "(scalar, sse2, avx2, avx512)");
#ifdef SPILLWAY_PLANTS
    if (o->plant && !plant_parse(o->plant))
        return err_say(e, ERR_BAD, "--plant: KIND:PLACE:SEQ, KIND of drop, repeat, swap");
#else
    if (o->plant)
        return err_say(e, ERR_BAD, "--plant: only in a build with MODE=plant");
#endif
    return 0;
}

static int open_channels(struct sp_engine *g, struct err *e)
{
    flag_init(&g->stop);
    flag_init(&g->ended);
    g->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g->reading = calloc(1, sizeof *g->reading);
    unsigned char *ring = calloc(ENGINE_COMMANDS, sizeof(struct message));
    struct sp_reading *post = calloc(3, sizeof *post);
    if (g->wake_fd < 0 || g->event_fd < 0 || !g->reading || !ring || !post) {
        free(ring);
        free(post);
        return err_say(e, ERR_MEMORY, "the system gave no memory or no descriptor");
    }
    spsc_init(&g->commands, ring, sizeof(struct message), ENGINE_COMMANDS);
    mailbox_init(&g->mailbox, &post[0], &post[1], &post[2]);
    g->mailbox_memory = post;
    return 0;
}

int sp_open(const struct sp_options *options, struct sp_engine **out, struct err *e)
{
    struct sp_engine *g = calloc(1, sizeof *g);
    *out = NULL;
    if (g == NULL)
        return err_say(e, ERR_MEMORY, "the system gave no memory");
    g->wake_fd = g->event_fd = -1;
    g->pace_ppm = options->sim ? options->pace_ppm : 1000000;
    int rc = copy_options(g, options, e);
    if (rc == 0)
        rc = open_channels(g, e);
    if (rc == 0)
        rc = engine_build(g, e);
    if (rc == 0)
        rc = writer_open(&g->writer, &g->options, e);
    if (rc) {
        sp_close(g);
        return rc;
    }
    if (g->writer.notice[0])
        event_add(g, SP_AUTO, '!', "sink", g->writer.notice, NULL);
    *out = g;
    return 0;
}

void sp_close(struct sp_engine *g)
{
    if (g == NULL)
        return;
    if (g->threaded && !g->joined) {
        sp_stop(g);
        pthread_join(g->thread, NULL);
    }
    writer_close(&g->writer);
    backing_close(&g->backing);
    inputs_end(&g->inputs);
    region_free(&g->region);
    free(g->loaded);
    free(g->commands.slot);
    free(g->mailbox_memory);
    free(g->reading);
    if (g->wake_fd >= 0)
        close(g->wake_fd);
    if (g->event_fd >= 0)
        close(g->event_fd);
    free(g);
}

static void finish(struct sp_engine *g)
{
    g->finished = true;
    writer_finish(&g->writer);
    if (g->writer.failed.code && !g->failed.code)
        g->failed = g->writer.failed;
    reading_make(g, g->now_ns);
}

/* Takes the loaded preset; what stood there is in g->loaded then. What the command line
 * said about the load and the end of the run was said about the first preset. */
static void swap_preset(struct sp_engine *g)
{
    struct preset kept = g->preset;
    g->preset = *g->loaded;
    *g->loaded = kept;
    bool own_end = g->options.duration_ns == kept.duration_ns;
    if (own_end && (g->preset.duration_ns > 0 || g->threaded))
        g->options.duration_ns = g->preset.duration_ns;
    g->options.rate_mps = 0;
}

/* Builds with the loaded preset, and should that fail, with the one before it. */
static int build_loaded(struct sp_engine *g, struct err *e)
{
    struct err why;
    int64_t duration_ns = g->options.duration_ns, rate_mps = g->options.rate_mps;
    swap_preset(g);
    int rc = engine_build(g, &why);
    if (rc) {
        engine_teardown(g);
        swap_preset(g);
        g->options.duration_ns = duration_ns;
        g->options.rate_mps = rate_mps;
        rc = engine_build(g, e);
        if (rc == 0)
            event_add(g, SP_AUTO, '!', "load", why.text, NULL);
    }
    free(g->loaded);
    g->loaded = NULL;
    return rc;
}

/* The event that asked for it opens the log of the run that follows. */
static int restart(struct sp_engine *g, struct err *e)
{
    uint64_t number = g->reading->number;
    struct sp_event asked = g->event[(g->event_count - 1) % ENGINE_EVENTS];
    g->restarts++;
    engine_teardown(g);
    int rc = g->loaded ? build_loaded(g, e) : engine_build(g, e);
    if (rc == 0) {
        g->ticket = asked.ticket;
        command_log(g, asked.author, asked.kind, asked.command, asked.effect, NULL);
        g->ticket = 0;
        g->reading_wanted = true;
    }
    g->reading->number = number;
    return rc;
}

static int run(struct sp_engine *g, struct err *e)
{
    int rc;
    do {
        rc = g->options.sim ? run_sim(g, e) : run_live(g, e);
        if (rc == 0 && g->restart && !g->stopped && !flag_is(&g->stop))
            rc = restart(g, e);
        else
            break;
    } while (rc == 0);
    if (rc)
        return rc;
    finish(g);
    if (g->failed.code)
        *e = g->failed;
    return g->failed.code;
}

int sp_run(struct sp_engine *g, sp_tick_fn *tick, void *context, struct err *e)
{
    g->tick = tick;
    g->tick_context = context;
    return run(g, e);
}

int sp_advance(struct sp_engine *g, int64_t until_ns, sp_tick_fn *tick, void *context, bool *over,
               struct err *e)
{
    assert(g->options.sim && g->pace_ppm == 0 && !g->threaded);
    g->tick = tick;
    g->tick_context = context;
    *over = g->finished;
    if (g->finished || !run_sim_until(g, until_ns))
        return 0;
    *over = true;
    finish(g);
    if (g->failed.code)
        *e = g->failed;
    return g->failed.code;
}

static void *thread_main(void *self)
{
    struct sp_engine *g = self;
    struct err e;
    if (run(g, &e) && !g->failed.code)
        g->failed = e;
    flag_raise(&g->ended);
    uint64_t one = 1;
    if (write(g->event_fd, &one, sizeof one) < 0)
        return NULL; /* the counter is full: the reader is awake */
    return NULL;
}

int sp_start(struct sp_engine *g, struct err *e)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old); /* signals belong to the program's main thread */
    g->threaded = true;
    int rc = pthread_create(&g->thread, NULL, thread_main, g);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc == 0)
        return 0;
    g->threaded = false;
    e->code = ERR_IO;
    snprintf(e->text, sizeof e->text, "cannot start a thread: %s", strerror(rc));
    return ERR_IO;
}

void sp_stop(struct sp_engine *g)
{
    flag_raise(&g->stop);
    int kept = errno; /* may run in a signal handler */
    uint64_t one = 1;
    if (g->wake_fd >= 0 && write(g->wake_fd, &one, sizeof one) < 0)
        errno = kept;
    errno = kept;
}

bool sp_ended(const struct sp_engine *g) { return flag_is(&g->ended); }

bool sp_command(struct sp_engine *g, enum sp_author author, const char *text)
{
    return sp_command_ticket(g, author, 0, text);
}

bool sp_command_ticket(struct sp_engine *g, enum sp_author author, uint64_t ticket,
                       const char *text)
{
    struct message m = {.author = author, .ticket = ticket};
    snprintf(m.text, sizeof m.text, "%s", text);
    if (!spsc_push(&g->commands, &m))
        return false;
    uint64_t one = 1;
    return write(g->wake_fd, &one, sizeof one) >= 0 || errno == EAGAIN;
}

bool sp_read(struct sp_engine *g, struct sp_reading *reading)
{
    const struct sp_reading *r = mailbox_take(&g->mailbox);
    if (r == NULL)
        return false;
    memcpy(reading, r, sizeof *reading);
    uint64_t count;
    if (read(g->event_fd, &count, sizeof count) < 0)
        return true; /* nothing was counted: the value is there all the same */
    return true;
}

int sp_event_fd(const struct sp_engine *g) { return g->event_fd; }

/* ---- summary -------------------------------------------------------------------------------- */

static void explain_ledger(struct sp_engine *g, struct sp_summary *out)
{
    const struct sp_reading *r = &out->last;
    out->ledger_ok = r->balanced && r->lost == 0;
    if (out->ledger_ok)
        return;
    char *t = out->ledger_text;
    size_t size = sizeof out->ledger_text;
    snprintf(t, size, "ledger: in %llu, out %llu, in flight %lld, dead %llu; ",
             (unsigned long long)r->in, (unsigned long long)r->out, (long long)r->in_flight,
             (unsigned long long)r->dead);
    size_t used = strlen(t);
    if (g->ledger.faults > 0) {
        const struct ledger_fault *f = &g->ledger.fault[0];
        snprintf(t + used, size - used, "record %u:%llu %s; ", record_source(f->id),
                 (unsigned long long)record_seq(f->id), f->what);
    }
    if (r->lost > 0)
        lost_name(g, t, size);
}

void sp_summary(struct sp_engine *g, struct sp_summary *out)
{
    memset(out, 0, sizeof *out);
    if (g->threaded && sp_ended(g) && !g->joined) {
        pthread_join(g->thread, NULL);
        g->joined = true;
    }
    out->last = *g->reading;
    out->batch_hist = g->batch_hist;
    out->seed = g->options.seed;
    out->completion_ns = g->sink ? g->sink->last_accept_ns : 0;
    out->interrupted = flag_is(&g->stop);
    out->expects_ok = true;
    out->expect_count = g->expect_count;
    for (int i = 0; i < g->expect_count; i++) {
        out->expect[i] = g->expect[i].shown;
        out->expects_ok = out->expects_ok && g->expect[i].shown.ok;
    }
    explain_ledger(g, out);
}
