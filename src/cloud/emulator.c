#include "cloud/emulator_parts.h"

#include "cloud/address.h"
#include "io/err_say.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECTIONS_MAX 20000
#define BODIES_MAX ((size_t)1 << 30)
#define IDLE_NS (120 * NS_PER_S)
#define DRAIN_STEP_NS (5 * NS_PER_MS)

struct emulator {
    struct platform platform;
    pthread_t thread;
    bool running;
    char url[64];
    char *access, *secret;
    struct sign_keys keys;
    pthread_mutex_t lock; /* guards `published` */
    struct account_seen published;
};

/* ---- functions ------------------------------------------------------------------------ */

static bool good_name(const char *name, size_t length)
{
    if (length < 1 || length >= HANDLER_NAME)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = name[i], lower = (char)(c | 32);
        if (!(c >= '0' && c <= '9') && !(lower >= 'a' && lower <= 'z') && c != '-' && c != '_')
            return false;
    }
    return true;
}

/* KIND:SOURCE; *source points behind the colon. */
static const struct handler_kind *find_kind(const char *spec, const char **source, struct err *e)
{
    char name[20];
    size_t length = strcspn(spec, ":");
    snprintf(name, sizeof name, "%.*s", length < 19 ? (int)length : 19, spec);
    const struct handler_kind *kind = spec[length] == ':' ? handler_find(name) : NULL;
    *source = spec + length + (spec[length] == ':');
    if (kind && **source)
        return kind;
    int n = snprintf(e->text, sizeof e->text, "\"%.80s\" is not KIND:SOURCE; there are", spec);
    for (const struct handler_kind *const *k = handler_kinds; *k; k++)
        n += snprintf(e->text + n, sizeof e->text - (size_t)n, "%s %s:…",
                      k == handler_kinds ? "" : ",", (*k)->name);
    e->code = ERR_BAD;
    return NULL;
}

int emulator_function_check(const char *text, struct err *e)
{
    const char *equals = strchr(text, '=');
    const char *source;
    if (equals == NULL || !good_name(text, (size_t)(equals - text))) {
        snprintf(
            e->text, sizeof e->text,
            "\"%.80s\": a function is NAME=KIND:SOURCE, like tokenize=native:tokenize; NAME of "
            "up to 64 letters, digits, - and _",
            text);
        return e->code = ERR_BAD;
    }
    return find_kind(equals + 1, &source, e) ? 0 : e->code;
}

/* What the calibration says of a kind. */
static enum faas_language language_of(const struct handler_kind *kind, enum faas_language native)
{
    for (int i = 0; i < LANGUAGES; i++)
        if (strcmp(kind->name, faas_language_names[i]) == 0)
            return (enum faas_language)i;
    return native;
}

struct pool *platform_add(struct platform *p, const char *name, const char *spec,
                          const struct faas_config *faas, struct err *e)
{
    struct pool_options o = {.name = name, .faas = *faas};
    if (!good_name(name, strlen(name))) {
        err_say(e, ERR_BAD, "a function's name has up to 64 letters, digits, - and _");
        return NULL;
    }
    if (platform_by_name(p, name)) {
        snprintf(e->text, sizeof e->text, "%s: there are two functions of this name", name);
        e->code = ERR_BAD;
        return NULL;
    }
    if (p->pool_count == EMULATOR_FUNCTIONS) {
        err_say(e, ERR_BAD, "there can be at most 64 functions");
        return NULL;
    }
    o.kind = find_kind(spec, &o.source, e);
    if (o.kind == NULL)
        return NULL;
    o.faas.language = language_of(o.kind, faas->language);
    struct pool *pool = pool_open(&p->account, &o, e);
    if (pool)
        p->pool[p->pool_count++] = pool;
    return pool;
}

void platform_remove(struct platform *p, struct pool *pool)
{
    struct err e;
    int rc = pool_reserve(pool, POOL_UNRESERVED, &e);
    assert(rc == 0); /* giving back cannot fail */
    events_forget(p->events, pool);
    for (int i = 0; i < p->pool_count; i++)
        if (p->pool[i] == pool)
            p->pool[i--] = p->pool[--p->pool_count];
    pool_close(pool);
}

void platform_fault(struct platform *p, const struct fault_order *o)
{
    int64_t now_ns = reactor_now_ns(p->reactor);
    if (o->off) {
        faults_clear(&p->account.faults);
        return;
    }
    int64_t until_ns = o->for_ns > TIME_NEVER - now_ns ? TIME_NEVER : now_ns + o->for_ns;
    faults_set(&p->account.faults, o->fault, o->value, until_ns);
}

/* ---- the thread -------------------------------------------------------------------------- */

static void publish(void *context)
{
    struct emulator *emulator = context;
    struct platform *p = &emulator->platform;
    p->account.seen.pending = http_pending(p->server);
    pthread_mutex_lock(&emulator->lock);
    emulator->published = p->account.seen;
    pthread_mutex_unlock(&emulator->lock);
}

static void before_wait(void *context)
{
    struct emulator *emulator = context;
    account_publish(&emulator->platform.account);
}

static void close_platform(struct platform *p)
{
    http_close(p->server);
    events_close(p->events);
    for (int i = 0; i < p->pool_count; i++)
        pool_close(p->pool[i]);
    signer_close(p->signer);
    account_free(&p->account);
    reactor_close(p->reactor);
}

static void *run(void *context)
{
    struct emulator *emulator = context;
    reactor_run(emulator->platform.reactor);
    return NULL;
}

/* ---- opening ------------------------------------------------------------------------------- */

void emulator_options_init(struct emulator_options *o)
{
    *o = (struct emulator_options){.region = "us-east-1",
                                   .account = "000000000000",
                                   .event_retry_ns = 60 * NS_PER_S,
                                   .connections_max = CONNECTIONS_MAX,
                                   .connection_idle_ns = IDLE_NS};
    faas_config_init(&o->faas);
}

static int add_functions(struct platform *p, const struct emulator_options *o, struct err *e)
{
    static const char *const alone[] = {"tokenize=native:tokenize"};
    const char *const *function = o->function_count ? o->function : alone;
    int count = o->function_count ? o->function_count : 1;
    for (int i = 0; i < count; i++) {
        int rc = emulator_function_check(function[i], e);
        if (rc)
            return rc;
        char name[HANDLER_NAME];
        const char *equals = strchr(function[i], '=');
        snprintf(name, sizeof name, "%.*s", (int)(equals - function[i]), function[i]);
        if (platform_add(p, name, equals + 1, &o->faas, e) == NULL)
            return e->code;
    }
    return 0;
}

static int copy_keys(struct emulator *emulator, const struct sign_keys *keys, struct err *e)
{
    if (keys == NULL)
        return 0;
    emulator->access = strdup(keys->access);
    emulator->secret = strdup(keys->secret);
    emulator->platform.signer = signer_open();
    if (!emulator->access || !emulator->secret || !emulator->platform.signer)
        return err_say(e, ERR_MEMORY, "out of memory");
    emulator->keys = (struct sign_keys){.access = emulator->access, .secret = emulator->secret};
    emulator->platform.options.keys = &emulator->keys;
    return 0;
}

static int open_platform(struct emulator *emulator, const struct emulator_options *o, struct err *e)
{
    struct platform *p = &emulator->platform;
    const struct http_options http = {.port = o->port,
                                      .connections_max = o->connections_max,
                                      .body_max = REQUEST_BODY_MAX,
                                      .bodies_max = BODIES_MAX,
                                      .idle_ns = o->connection_idle_ns,
                                      .serve = routes_serve,
                                      .context = p};
    p->reactor = reactor_open(e);
    if (p->reactor == NULL)
        return e->code;
    int rc = account_init(&p->account, p->reactor, &o->faas, o->seed, e);
    if (rc)
        return rc;
    p->account.region = p->options.region;
    p->account.id = p->options.account;
    p->account.log = o->log;
    p->account.log_context = o->log_context;
    p->started_ns = reactor_now_ns(p->reactor);
    p->events = events_open(p);
    if (p->events == NULL)
        return err_say(e, ERR_MEMORY, "out of memory");
    rc = copy_keys(emulator, o->keys, e);
    if (rc == 0)
        rc = add_functions(p, o, e);
    if (rc)
        return rc;
    p->server = http_open(p->reactor, &http, e);
    return p->server ? 0 : e->code;
}

struct emulator *emulator_open(const struct emulator_options *o, struct err *e)
{
    struct emulator *emulator = calloc(1, sizeof *emulator);
    assert(faas_config_good(&o->faas) && o->event_retry_ns > 0 && o->connections_max > 0);
    if (emulator == NULL) {
        err_say(e, ERR_MEMORY, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&emulator->lock, NULL);
    emulator->platform.options = *o;
    emulator->platform.options.function = NULL;
    emulator->platform.options.keys = NULL;
    if (open_platform(emulator, o, e) == 0) {
        snprintf(emulator->url, sizeof emulator->url, "http://127.0.0.1:%d",
                 http_port(emulator->platform.server));
        emulator->platform.account.publish = publish;
        emulator->platform.account.publish_context = emulator;
        reactor_before_wait(emulator->platform.reactor, before_wait, emulator);
        emulator->running = pthread_create(&emulator->thread, NULL, run, emulator) == 0;
        if (emulator->running)
            return emulator;
        err_say(e, ERR_IO, "cannot start a thread for the emulator");
    }
    emulator_close(emulator);
    return NULL;
}

void emulator_close(struct emulator *emulator)
{
    if (emulator == NULL)
        return;
    if (emulator->running) {
        reactor_stop(emulator->platform.reactor);
        pthread_join(emulator->thread, NULL);
        reactor_step(emulator->platform.reactor, 0); /* orders that came just before */
    }
    close_platform(&emulator->platform);
    pthread_mutex_destroy(&emulator->lock);
    free(emulator->access);
    if (emulator->secret)
        explicit_bzero(emulator->secret, strlen(emulator->secret));
    free(emulator->secret);
    free(emulator);
}

int emulator_port(const struct emulator *emulator) { return http_port(emulator->platform.server); }
const char *emulator_url(const struct emulator *emulator) { return emulator->url; }

/* ---- from other threads ------------------------------------------------------------------------ */

struct order {
    struct platform *platform;
    struct fault_order fault;
};

static void carry_out(void *context)
{
    struct order *o = context;
    platform_fault(o->platform, &o->fault);
    free(o);
}

static void give_order(struct emulator *emulator, struct fault_order fault)
{
    struct order *o = malloc(sizeof *o);
    if (o == NULL)
        return;
    *o = (struct order){&emulator->platform, fault};
    if (!reactor_post(emulator->platform.reactor, carry_out, o))
        free(o);
}

void emulator_fault(struct emulator *emulator, enum faas_fault fault, int64_t value, int64_t for_ns)
{
    give_order(emulator, (struct fault_order){.fault = fault, .value = value, .for_ns = for_ns});
}

void emulator_faults_off(struct emulator *emulator)
{
    give_order(emulator, (struct fault_order){.off = true});
}

void emulator_seen_all(struct emulator *emulator, struct account_seen *out)
{
    pthread_mutex_lock(&emulator->lock);
    *out = emulator->published;
    pthread_mutex_unlock(&emulator->lock);
}

void emulator_seen(struct emulator *emulator, struct faas_seen *out)
{
    struct account_seen all;
    emulator_seen_all(emulator, &all);
    *out = all.faas;
}

static void quiesce(void *context)
{
    struct emulator *emulator = context;
    http_quiesce(emulator->platform.server);
    emulator->platform.account.dirty = true;
}

void emulator_drain(struct emulator *emulator, int64_t for_ns)
{
    struct account_seen seen;
    if (!reactor_post(emulator->platform.reactor, quiesce, emulator))
        return;
    for (int64_t waited_ns = 0; waited_ns < for_ns; waited_ns += DRAIN_STEP_NS) {
        const struct timespec step = {.tv_nsec = DRAIN_STEP_NS};
        nanosleep(&step, NULL);
        emulator_seen_all(emulator, &seen);
        if (seen.pending == 0)
            return;
    }
}
