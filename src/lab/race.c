#include "lab/race.h"

#include "base/prng.h"
#include "io/err_say.h"
#include "ring/flag.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_NS (100 * NS_PER_MS)
#define TICK_NS (100 * NS_PER_MS)

struct lane {
    struct race *race;
    struct preset preset;
    char **command; /* owned; NULL-terminated, or NULL */
    struct sp_engine *engine;
    struct sp_reading *reading; /* newest; owned */
    struct score score;
    bool over;
    char ledger[300];
    /* race_run */
    pthread_t thread;
    bool threaded;
    int code;
    struct err e;
    struct flag ended;
    int64_t shown_ns; /* guarded by race->lock */
};

struct race {
    struct race_options options;
    struct goal goal;
    int64_t slo_ns;
    char notice[300];
    struct lane lane[RACE_LANES];
    int64_t now_ns;
    int baseline;                 /* options.baseline is the one that the noise is of */
    int64_t noise[SCORE_FIGURES]; /* guarded by lock, as noise_known */
    bool noise_known;
    struct flag stop;
    pthread_mutex_t lock;
};

static char name_of(int lane) { return (char)('A' + lane); }

/* ---- one input for all ------------------------------------------------------------------ */

/* The command behind `at T`, or the line itself. */
static const char *command_of(const char *line)
{
    line += strspn(line, " \t");
    while (strncmp(line, "at ", 3) == 0) {
        line += 3 + strspn(line + 3, " \t");
        line += strcspn(line, " \t");
        line += strspn(line, " \t");
    }
    return line;
}

static bool begins_with(const char *text, const char *word)
{
    size_t n = strlen(word);
    return strncmp(text, word, n) == 0 && (text[n] == 0 || text[n] == ' ');
}

/* What would tear the lanes apart: another run, another clock. */
static const char *const refused[] = {"restart", "load",   "quit",   "hold", "go",     "step",
                                      "speed",   "faster", "slower", "save", "record", NULL};

static const char *refused_word(const char *line)
{
    const char *command = command_of(line);
    for (int i = 0; refused[i]; i++)
        if (begins_with(command, refused[i]))
            return refused[i];
    return NULL;
}

static void share_scenario(struct preset *to, const struct preset *from)
{
    to->scenario_count = 0;
    for (int i = 0; i < from->scenario_count; i++) {
        if (begins_with(command_of(from->scenario[i]), "expect") || refused_word(from->scenario[i]))
            continue;
        memcpy(to->scenario[to->scenario_count], from->scenario[i], PRESET_COMMAND);
        to->scenario_at[to->scenario_count++] = from->scenario_at[i];
    }
}

static bool same_scenario(const struct preset *a, const struct preset *b)
{
    bool same = a->scenario_count == b->scenario_count;
    for (int i = 0; same && i < a->scenario_count; i++)
        same = strcmp(a->scenario[i], b->scenario[i]) == 0;
    return same;
}

static bool same_source(const struct preset *a, const struct preset *b)
{
    return a->source_kind == b->source_kind && strcmp(a->source_file, b->source_file) == 0 &&
           a->profile == b->profile && a->source_seed == b->source_seed &&
           a->base_time_ms == b->base_time_ms;
}

/* Gives a lane the input of the first one, and says what of its own that replaced. */
static void share_input(struct race *r, int lane, const struct preset *first)
{
    struct preset *p = &r->lane[lane].preset;
    size_t used = strlen(r->notice);
    const char *what[3];
    int count = 0;
    if (!same_source(p, first))
        what[count++] = "source";
    if (memcmp(&p->schedule, &first->schedule, sizeof p->schedule) != 0 && r->options.rate_mps == 0)
        what[count++] = "schedule";
    if (!same_scenario(p, first))
        what[count++] = "scenario";
    for (int i = 0; i < count && used < sizeof r->notice; i++) {
        snprintf(r->notice + used, sizeof r->notice - used, "%s%c's own %s", used ? ", " : "",
                 name_of(lane), what[i]);
        used = strlen(r->notice);
    }
    p->source_kind = first->source_kind;
    memcpy(p->source_file, first->source_file, sizeof p->source_file);
    p->profile = first->profile;
    p->source_seed = first->source_seed;
    p->base_time_ms = first->base_time_ms;
    p->schedule = first->schedule;
    p->duration_ns = first->duration_ns;
    share_scenario(p, first);
}

static void end_notice(struct race *r)
{
    static const char end[] = ": not used, all lanes get what A has";
    size_t used = strlen(r->notice);
    if (used > 0 && used + sizeof end <= sizeof r->notice)
        memcpy(r->notice + used, end, sizeof end);
}

/* ---- opening ------------------------------------------------------------------------------ */

static void free_commands(struct lane *l)
{
    for (size_t i = 0; l->command && l->command[i]; i++)
        free(l->command[i]);
    free(l->command);
    l->command = NULL;
}

static int copy_commands(struct lane *l, const char *const *from, struct err *e)
{
    size_t n = 0;
    while (from && from[n])
        n++;
    l->command = calloc(n + 1, sizeof *l->command);
    for (size_t i = 0; l->command && i < n; i++) {
        const char *word = refused_word(from[i]);
        if (word) {
            e->code = ERR_BAD;
            snprintf(e->text, sizeof e->text, "`%.120s`: `%s` is not for a lane of a race", from[i],
                     word);
            return ERR_BAD;
        }
        if ((l->command[i] = strdup(from[i])) == NULL)
            return err_say(e, ERR_MEMORY, "the system gave no memory");
    }
    return l->command ? 0 : err_say(e, ERR_MEMORY, "the system gave no memory");
}

static struct sp_options engine_options(const struct race *r, const struct lane *l)
{
    const struct race_options *o = &r->options;
    return (struct sp_options){
        .preset = &l->preset,
        .sim = !o->live,
        .seed = o->seed,
        .duration_ns = o->duration_ns,
        .records = o->records,
        .rate_mps = o->rate_mps,
        .commands = (const char *const *)l->command,
        .cpu = o->cpu,
        .plant = o->plant,
    };
}

static int open_lane(struct race *r, int i, struct err *e)
{
    struct lane *l = &r->lane[i];
    struct err why;
    l->race = r;
    l->reading = calloc(1, sizeof *l->reading);
    if (l->reading == NULL)
        return err_say(e, ERR_MEMORY, "the system gave no memory");
    score_begin(&l->score);
    flag_init(&l->ended);
    int rc = copy_commands(l, r->options.lane[i].commands, &why);
    struct sp_options o = engine_options(r, l);
    if (rc == 0)
        rc = sp_open(&o, &l->engine, &why);
    if (rc) {
        e->code = rc;
        snprintf(e->text, sizeof e->text, "lane %c: %.480s", name_of(i), why.text);
    }
    return rc;
}

static int choose_goal(struct race *r, struct err *e)
{
    char usual[80], slo[48];
    int64_t slo_ns = r->lane[r->options.baseline].preset.knobs.value[KNOB_SLO];
    units_write(UNIT_DURATION, slo_ns, slo, sizeof slo);
    snprintf(usual, sizeof usual, "p99<%s then cost", slo);
    struct err why;
    int rc = goal_read(r->options.goal ? r->options.goal : usual, &r->goal, &why);
    r->slo_ns = goal_slo(&r->goal, slo_ns);
    if (rc) {
        e->code = rc;
        snprintf(e->text, sizeof e->text, "goal: %.480s", why.text);
    }
    return rc;
}

static int check(const struct race_options *o, struct err *e)
{
    if (o->lanes < 2 || o->lanes > RACE_LANES)
        return err_say(e, ERR_BAD, "a race has 2 to 4 lanes");
    if (o->baseline < 0 || o->baseline >= o->lanes)
        return err_say(e, ERR_BAD, "the baseline is none of the lanes");
    const struct preset *first = o->lane[0].preset;
    if (first->source_kind == SOURCE_LINES && strcmp(first->source_file, "-") == 0)
        return err_say(e, ERR_BAD,
                       "standard input can be read by one lane only; a race needs a file");
    return 0;
}

int race_open(const struct race_options *o, struct race **out, struct err *e)
{
    *out = NULL;
    if (check(o, e))
        return e->code;
    struct race *r = calloc(1, sizeof *r);
    if (r == NULL)
        return err_say(e, ERR_MEMORY, "the system gave no memory");
    r->options = *o;
    r->baseline = o->baseline;
    flag_init(&r->stop);
    pthread_mutex_init(&r->lock, NULL);
    for (int i = 0; i < o->lanes; i++) {
        r->lane[i].preset = *o->lane[i].preset;
        share_input(r, i, o->lane[0].preset);
        r->options.lane[i].preset = &r->lane[i].preset;
    }
    end_notice(r);
    int rc = choose_goal(r, e);
    for (int i = 0; i < o->lanes && rc == 0; i++)
        rc = open_lane(r, i, e);
    if (rc) {
        race_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

void race_close(struct race *r)
{
    if (r == NULL)
        return;
    for (int i = 0; i < r->options.lanes; i++) {
        struct lane *l = &r->lane[i];
        if (l->engine)
            sp_close(l->engine);
        free(l->reading);
        free_commands(l);
    }
    pthread_mutex_destroy(&r->lock);
    free(r);
}

/* ---- what is told --------------------------------------------------------------------------- */

int race_lanes(const struct race *r) { return r->options.lanes; }
const struct goal *race_goal(const struct race *r) { return &r->goal; }
const char *race_notice(const struct race *r) { return r->notice; }
const char *race_ledger_text(const struct race *r, int lane) { return r->lane[lane].ledger; }
void race_baseline(struct race *r, int lane) { r->baseline = lane; }
void race_stop(struct race *r) { flag_raise(&r->stop); }

const struct preset *race_preset(const struct race *r, int lane) { return &r->lane[lane].preset; }

const struct sp_reading *race_reading(const struct race *r, int lane)
{
    return r->lane[lane].reading;
}

void race_score(struct race *r, struct race_board *out)
{
    int lanes = r->options.lanes;
    *out = (struct race_board){.baseline = r->baseline};
    pthread_mutex_lock(&r->lock);
    out->noise_known = r->noise_known;
    memcpy(out->noise, r->noise, sizeof out->noise);
    pthread_mutex_unlock(&r->lock);
    for (int i = 0; i < lanes; i++) {
        out->score[i] = r->lane[i].score;
        out->missed[i] = goal_missed(&r->goal, &r->lane[i].score);
        out->rank[i] = 1;
        for (int k = 0; k < lanes; k++)
            out->rank[i] += goal_order(&r->goal, &r->lane[k].score, &r->lane[i].score) < 0;
    }
}

static void judge_ledger(struct lane *l)
{
    struct sp_summary *s = malloc(sizeof *s);
    if (s == NULL)
        return;
    sp_summary(l->engine, s);
    memcpy(l->reading, &s->last, sizeof *l->reading);
    score_reading(&l->score, l->reading, l->race->slo_ns);
    l->score.ledger_ok = l->score.ledger_ok && s->ledger_ok;
    snprintf(l->ledger, sizeof l->ledger, "%s", s->ledger_text);
    free(s);
}

/* ---- as fast as it goes ---------------------------------------------------------------------- */

static bool on_reading(void *context, const struct sp_reading *reading)
{
    struct lane *l = context;
    score_reading(&l->score, reading, l->race->slo_ns);
    pthread_mutex_lock(&l->race->lock);
    l->shown_ns = reading->now_ns;
    pthread_mutex_unlock(&l->race->lock);
    return !flag_is(&l->race->stop);
}

static void *run_lane(void *self)
{
    struct lane *l = self;
    l->code = sp_run(l->engine, on_reading, l, &l->e);
    flag_raise(&l->ended);
    return NULL;
}

static int64_t slowest(struct race *r, bool *all)
{
    int64_t now = INT64_MAX;
    *all = true;
    pthread_mutex_lock(&r->lock);
    for (int i = 0; i < r->options.lanes; i++) {
        struct lane *l = &r->lane[i];
        bool ended = !l->threaded || flag_is(&l->ended);
        *all = *all && ended;
        if (!ended && l->shown_ns < now)
            now = l->shown_ns;
    }
    pthread_mutex_unlock(&r->lock);
    return now == INT64_MAX ? 0 : now;
}

static void watch(struct race *r, race_tick_fn *tick, void *context)
{
    const struct timespec nap = {0, 5 * 1000 * 1000};
    bool all = false;
    for (int naps = 0; !all; naps++) {
        int64_t now = slowest(r, &all);
        if (all)
            return;
        if (tick && naps % 20 == 19 && !tick(context, now))
            flag_raise(&r->stop);
        nanosleep(&nap, NULL);
    }
}

static int run_noise(struct race *r, int64_t duration_ns, struct err *e);

int race_run(struct race *r, race_tick_fn *tick, void *context, struct err *e)
{
    int rc = 0;
    for (int i = 0; i < r->options.lanes && rc == 0; i++) {
        int why = pthread_create(&r->lane[i].thread, NULL, run_lane, &r->lane[i]);
        r->lane[i].threaded = why == 0;
        if (why)
            rc = err_say(e, ERR_IO, "cannot start a thread");
    }
    if (rc)
        flag_raise(&r->stop);
    watch(r, tick, context);
    for (int i = 0; i < r->options.lanes; i++) {
        struct lane *l = &r->lane[i];
        if (!l->threaded)
            continue;
        pthread_join(l->thread, NULL);
        l->threaded = false;
        l->over = true;
        judge_ledger(l);
        if (l->code && rc == 0) {
            rc = e->code = l->code;
            snprintf(e->text, sizeof e->text, "lane %c: %.480s", name_of(i), l->e.text);
        }
    }
    if (rc == 0 && !flag_is(&r->stop))
        rc = run_noise(r, 0, e);
    return rc;
}

/* ---- noise ------------------------------------------------------------------------------------ */

struct noise_run {
    struct race *race;
    struct score score;
};

static bool on_noise(void *context, const struct sp_reading *reading)
{
    struct noise_run *n = context;
    score_reading(&n->score, reading, n->race->slo_ns);
    return !flag_is(&n->race->stop);
}

static int noise_once(struct race *r, int number, int64_t duration_ns, struct score *out,
                      struct err *e)
{
    struct sp_options o = engine_options(r, &r->lane[r->options.baseline]);
    struct noise_run n = {.race = r};
    struct sp_engine *engine;
    o.seed = prng_split(r->options.seed, 7000 + (uint64_t)number).state;
    o.plant = NULL;
    if (duration_ns > 0)
        o.duration_ns = duration_ns;
    score_begin(&n.score);
    int rc = sp_open(&o, &engine, e);
    if (rc)
        return rc;
    rc = sp_run(engine, on_noise, &n, e);
    sp_close(engine);
    *out = n.score;
    return rc;
}

/* The largest difference between any two of the runs, the baseline's own among them. */
static int run_noise(struct race *r, int64_t duration_ns, struct err *e)
{
    struct score run[RACE_NOISE_MAX + 1];
    int count = r->options.noise < RACE_NOISE_MAX ? r->options.noise : RACE_NOISE_MAX;
    if (count < 1 || r->options.live)
        return 0;
    run[0] = r->lane[r->options.baseline].score;
    int first = duration_ns > 0 ? 1 : 0; /* a run of another length is no measure */
    count += duration_ns > 0 && count == 1;
    for (int i = 1; i <= count; i++) {
        int rc = noise_once(r, i, duration_ns, &run[i], e);
        if (rc)
            return rc;
    }
    if (flag_is(&r->stop))
        return 0;
    pthread_mutex_lock(&r->lock);
    for (int f = 0; f < SCORE_FIGURES; f++) {
        int64_t low = run[first].value[f], high = low;
        for (int i = first; i <= count; i++) {
            low = run[i].value[f] < low ? run[i].value[f] : low;
            high = run[i].value[f] > high ? run[i].value[f] : high;
        }
        r->noise[f] = high - low;
    }
    r->noise_known = true;
    pthread_mutex_unlock(&r->lock);
    return 0;
}

int race_measure_noise(struct race *r, int64_t duration_ns, struct err *e)
{
    return run_noise(r, duration_ns, e);
}

/* ---- in step ------------------------------------------------------------------------------------ */

int race_start(struct race *r, struct err *e)
{
    for (int i = 0; r->options.live && i < r->options.lanes; i++)
        if (sp_start(r->lane[i].engine, e))
            return e->code;
    return 0;
}

/* Whom a step's readings go to. */
struct step {
    struct race *race;
    int lane;
    race_reading_fn *reading;
    void *context;
};

static bool on_step(void *context, const struct sp_reading *reading)
{
    const struct step *s = context;
    struct lane *l = &s->race->lane[s->lane];
    if (reading != l->reading)
        memcpy(l->reading, reading, sizeof *l->reading);
    score_reading(&l->score, reading, s->race->slo_ns);
    s->reading(s->context, s->lane, reading);
    return true;
}

static void take_live(struct lane *l, struct step *s)
{
    l->over = sp_ended(l->engine); /* asked first: what was posted before is read below */
    while (sp_read(l->engine, l->reading))
        on_step(s, l->reading);
}

static int step_all(struct race *r, int64_t until_ns, struct step *s, struct err *e)
{
    for (s->lane = 0; s->lane < r->options.lanes; s->lane++) {
        struct lane *l = &r->lane[s->lane];
        int rc = 0;
        if (l->over)
            continue;
        if (r->options.live)
            take_live(l, s);
        else
            rc = sp_advance(l->engine, until_ns, on_step, s, &l->over, e);
        if (rc)
            return rc;
        if (l->over)
            judge_ledger(l);
    }
    return 0;
}

int race_advance(struct race *r, int64_t until_ns, race_reading_fn *reading, void *context,
                 bool *over, struct err *e)
{
    struct step s = {r, 0, reading, context};
    int rc = 0;
    do {
        int64_t next = (r->now_ns / STEP_NS + 1) * STEP_NS;
        r->now_ns = next < until_ns ? next : until_ns;
        rc = step_all(r, r->now_ns, &s, e);
    } while (rc == 0 && !r->options.live && r->now_ns < until_ns);
    *over = true;
    for (int i = 0; i < r->options.lanes; i++)
        *over = *over && r->lane[i].over;
    return rc;
}

int race_command(struct race *r, int lane, const char *text, struct err *e)
{
    const char *word = refused_word(text);
    if (word) {
        e->code = ERR_BAD;
        snprintf(e->text, sizeof e->text, "`%s` is not for a lane of a race", word);
        return ERR_BAD;
    }
    if (sp_command_check(text, e))
        return e->code;
    for (int i = 0; i < r->options.lanes; i++)
        if ((lane < 0 || lane == i) && !r->lane[i].over &&
            !sp_command(r->lane[i].engine, SP_YOU, text))
            return err_say(e, ERR_BAD, "a lane is busy with earlier commands: try again");
    return 0;
}
