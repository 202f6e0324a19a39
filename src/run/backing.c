#include "run/backing.h"

#include "io/err_say.h"

#include <stdio.h>
#include <string.h>

#define CHECK_NS (10 * NS_PER_S)

/* ---- the model ------------------------------------------------------------------------- */

static int open_model(struct backing *p, const struct backing_setting *s, struct err *e)
{
    int calls_max = 2 * (int)s->calls_max; /* cancelled ones still run */
    void *memory = region_take(&p->region, faas_model_bytes(&s->functions, calls_max));
    if (memory == NULL)
        return err_say(e, ERR_MEMORY, "the system gave no memory for the service model");
    p->model = faas_model_init(memory, &s->functions, calls_max, s->seed, s->compute, s->context);
    return 0;
}

/* ---- our own emulator ---------------------------------------------------------------------- */

static bool given(const char *text) { return text && text[0]; }

/* --function NAME=KIND:SOURCE puts such a function behind it; else it is the native one,
 * under the name that is called. */
static int open_emulator(struct backing *p, const struct backing_setting *s,
                         char function[PRESET_FUNCTION], struct err *e)
{
    char row[PRESET_ENDPOINT + PRESET_FUNCTION];
    const char *rows[1] = {row};
    struct emulator_options o;
    const char *named = given(s->function) ? s->function : "tokenize";
    size_t name = strcspn(named, "=:");
    bool hosted = named[name] == '=';
    if (strlen(named) >= sizeof row - 20)
        return err_say(e, ERR_BAD, "--function: the name is too long");
    snprintf(function, PRESET_FUNCTION, "%.*s", hosted ? (int)name : PRESET_FUNCTION - 1, named);
    if (hosted)
        snprintf(row, sizeof row, "%s", named);
    else
        snprintf(row, sizeof row, "%.*s=native:tokenize", (int)name, named);
    if (emulator_function_check(row, e))
        return e->code;
    emulator_options_init(&o);
    o.function = rows;
    o.function_count = 1;
    o.faas = s->functions;
    o.seed = s->seed;
    p->emulator = emulator_open(&o, e);
    return p->emulator ? 0 : e->code;
}

static void emulator_bill(void *context, struct bill *out)
{
    struct faas_seen seen;
    emulator_seen(context, &seen);
    out->spent_nusd = seen.cost_nusd;
    out->unbilled = seen.busy + seen.cold_starting;
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

/* Would it take calls? Costs nothing, executes nothing. */
static int check_endpoint(const struct provider_setting *s, struct err *e)
{
    struct provider_setting dry = *s;
    struct provider_access *provider;
    struct provider_shot shot;
    struct judgement j;
    dry.type = TYPE_DRY_RUN;
    if (provider_open(&dry, &provider, e))
        return e->code;
    int rc = provider_shoot(provider, "{}", 2, CHECK_NS, &shot, e);
    if (rc == 0) {
        answer_judge(shot.call, provider_front(provider), &j);
        int status = shot.call->said.status;
        bool taken = shot.call->failure == INVOKER_ANSWERED && status >= 200 && status < 300;
        if (!taken && j.gone)
            rc = shot.call->failure == INVOKER_UNPREPARED ? ERR_BAD : ERR_IO;
        else if (!taken && j.status == ANSWER_REFUSED)
            rc = ERR_BAD;
        if (rc)
            err_say(e, rc, "%s", j.why);
    }
    provider_shot_close(&shot);
    provider_close(provider);
    return rc;
}

static int open_http(struct backing *p, const struct backing_setting *s, struct err *e)
{
    char function[PRESET_FUNCTION];
    struct provider_setting ask = {.kind = s->kind,
                                   .endpoint = s->endpoint,
                                   .function = s->function,
                                   .profile = s->profile,
                                   .auth = s->auth,
                                   .log_tail = s->log_tail};
    bool own = s->kind == PROVIDER_EMULATOR && !given(s->endpoint);
    if (own && open_emulator(p, s, function, e))
        return e->code;
    if (own) {
        ask.endpoint = emulator_url(p->emulator);
        ask.function = function;
        ask.auth = AUTH_NONE;
    } else if (s->kind != PROVIDER_URL && check_endpoint(&ask, e)) {
        return e->code;
    }
    if (provider_open(&ask, &p->provider, e))
        return e->code;
    struct remote_options o = {.provider = p->provider,
                               .functions = s->functions,
                               .form = s->form,
                               .epoch = s->epoch,
                               .calls_max = s->calls_max,
                               .tickets = s->tickets,
                               .wake_fd = s->wake_fd};
    snprintf(o.job, sizeof o.job, "%.63s", s->job);
    if (remote_open(&o, &p->remote, e))
        return e->code;
    if (own)
        remote_set_bill(p->remote, emulator_bill, p->emulator);
    snprintf(p->host, sizeof p->host, "%.79s", provider_host(p->provider));
    return 0;
}

/* ---- both ---------------------------------------------------------------------------------------- */

int backing_open(struct backing *p, const struct backing_setting *s, struct err *e)
{
    memset(p, 0, sizeof *p);
    p->kind = s->kind;
    int rc = s->kind == PROVIDER_MODEL ? open_model(p, s, e) : open_http(p, s, e);
    if (rc)
        backing_close(p);
    return rc;
}

void backing_close(struct backing *p)
{
    remote_close(p->remote);
    provider_close(p->provider);
    emulator_close(p->emulator);
    region_free(&p->region);
    p->remote = NULL;
    p->provider = NULL;
    p->emulator = NULL;
    p->model = NULL;
}

const struct transport *backing_transport(const struct backing *p)
{
    return p->model ? faas_model_transport(p->model) : remote_transport(p->remote);
}

bool backing_pending(const struct backing *p) { return p->remote && remote_pending(p->remote); }

static void look(const struct backing *p, int64_t now_ns, struct faas_seen *out)
{
    struct remote_seen r;
    memset(out, 0, sizeof *out);
    if (p->model) {
        faas_model_seen(p->model, now_ns, out);
    } else if (p->emulator) {
        emulator_seen(p->emulator, out);
    } else if (p->remote) {
        remote_seen(p->remote, &r);
        *out = (struct faas_seen){.busy = r.in_flight,
                                  .calls = r.calls,
                                  .throttled = r.throttled,
                                  .cold_starts = r.cold_starts,
                                  .errors = r.errors,
                                  .function_errors = r.function_errors,
                                  .timeouts = r.timeouts,
                                  .spoiled = r.unusable,
                                  .executed = r.executed,
                                  .cost_nusd = r.cost_nusd};
    }
}

void backing_seen(const struct backing *p, int64_t now_ns, struct faas_seen *out)
{
    const struct faas_seen *b = &p->before;
    look(p, now_ns, out);
    out->calls += b->calls;
    out->throttled += b->throttled;
    out->cold_starts += b->cold_starts;
    out->errors += b->errors;
    out->function_errors += b->function_errors;
    out->timeouts += b->timeouts;
    out->lost += b->lost;
    out->late += b->late;
    out->spoiled += b->spoiled;
    out->executed += b->executed;
    out->cost_nusd += b->cost_nusd;
}

size_t backing_log(const struct backing *p, char *dst, size_t size)
{
    struct remote_seen r = {.log = ""};
    if (p->remote)
        remote_seen(p->remote, &r);
    return provider_log(r.log, dst, size);
}

void backing_why(const struct backing *p, char *dst, size_t size)
{
    struct remote_seen r;
    dst[0] = 0;
    if (p->remote == NULL)
        return;
    remote_seen(p->remote, &r);
    snprintf(dst, size, "%s", r.why);
}

void backing_set_timeout(struct backing *p, int64_t timeout_ns)
{
    if (p->remote)
        remote_set_timeout(p->remote, timeout_ns);
}

bool backing_fault(struct backing *p, enum faas_fault fault, int64_t value, int64_t now_ns,
                   int64_t span_ns)
{
    if (p->model)
        faas_model_fault(p->model, fault, value, now_ns + span_ns);
    else if (p->emulator)
        emulator_fault(p->emulator, fault, value, span_ns);
    return p->model || p->emulator;
}

void backing_faults_off(struct backing *p)
{
    for (int f = 0; f < FAAS_FAULTS && p->model; f++)
        faas_model_fault(p->model, (enum faas_fault)f, 0, 0);
    if (p->emulator)
        emulator_faults_off(p->emulator);
}
