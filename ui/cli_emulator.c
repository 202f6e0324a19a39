#include "cli_emulator.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAULTS_MAX 16
#define DRAIN_NS (3 * NS_PER_S)

struct request {
    struct emulator_options o;
    const char *function[EMULATOR_FUNCTIONS];
    struct fault_order fault[FAULTS_MAX];
    int fault_count;
    bool verify, quiet;
};

static struct request *of(void *request) { return request; }

/* ---- options ------------------------------------------------------------------------- */

static int take_int(const char *value, uint64_t min, uint64_t max, int *out, struct err *e)
{
    uint64_t number;
    int code = cli_number(value, min, max, &number, e);
    if (code == 0)
        *out = (int)number;
    return code;
}

static int take_port(void *request, const char *value, struct err *e)
{
    return take_int(value, 0, 65535, &of(request)->o.port, e);
}

static int take_function(void *request, const char *value, struct err *e)
{
    struct emulator_options *o = &of(request)->o;
    if (o->function_count == EMULATOR_FUNCTIONS)
        return err_say(e, ERR_BAD, "at most %d functions", EMULATOR_FUNCTIONS);
    of(request)->function[o->function_count++] = value;
    return emulator_function_check(value, e);
}

/* One of a list of names. */
static int take_name(const char *value, const char *const *names, int count, int *out,
                     struct err *e)
{
    char list[100] = "";
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], value) == 0) {
            *out = i;
            return 0;
        }
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", names[i]);
    }
    return err_say(e, ERR_BAD, "\"%.60s\" is none of: %s", value, list);
}

static int take_calibration(void *request, const char *value, struct err *e)
{
    int index = 0;
    int code = take_name(value, faas_calibration_names, CALIBRATIONS, &index, e);
    of(request)->o.faas.calibration = (enum faas_calibration)index;
    return code;
}

static int take_language(void *request, const char *value, struct err *e)
{
    int index = 0;
    int code = take_name(value, faas_language_names, LANGUAGES, &index, e);
    of(request)->o.faas.language = (enum faas_language)index;
    return code;
}

static int take_constant(void *request, const char *value, struct err *e)
{
    return cli_quantity(UNIT_DURATION, value, 0, FAAS_TIME_MAX, &of(request)->o.faas.constant_ns,
                        e);
}

static int take_verify(void *request, const char *value, struct err *e)
{
    (void)value, (void)e;
    of(request)->verify = true;
    return 0;
}

static int take_quiet(void *request, const char *value, struct err *e)
{
    (void)value, (void)e;
    of(request)->quiet = true;
    return 0;
}

static int take_seed(void *request, const char *value, struct err *e)
{
    return cli_seed(value, &of(request)->o.seed, e);
}

static int take_concurrency(void *request, const char *value, struct err *e)
{
    return take_int(value, 1, FAAS_ENVIRONMENTS_MAX, &of(request)->o.faas.concurrency_limit, e);
}

static int take_count(const char *value, int64_t max, int64_t *out, struct err *e)
{
    return cli_quantity(UNIT_COUNT, value, 0, max, out, e);
}

static int take_rps(void *request, const char *value, struct err *e)
{
    return take_count(value, FAAS_RATE_MAX, &of(request)->o.faas.rate_limit, e);
}

static int take_scale(void *request, const char *value, struct err *e)
{
    return take_count(value, FAAS_SCALE_MAX, &of(request)->o.faas.scale_per_10s, e);
}

static int take_idle(void *request, const char *value, struct err *e)
{
    return cli_quantity(UNIT_DURATION, value, NS_PER_MS, FAAS_TIME_MAX,
                        &of(request)->o.faas.idle_ns, e);
}

static int take_timeout(void *request, const char *value, struct err *e)
{
    return cli_quantity(UNIT_DURATION, value, NS_PER_MS, 900 * NS_PER_S,
                        &of(request)->o.faas.timeout_ns, e);
}

static int take_memory(void *request, const char *value, struct err *e)
{
    return take_int(value, FAAS_MEMORY_MIN, FAAS_MEMORY_MAX, &of(request)->o.faas.memory_mb, e);
}

static int take_region(void *request, const char *value, struct err *e)
{
    struct emulator_options *o = &of(request)->o;
    if (!address_is_region(value))
        return err_say(e, ERR_BAD, "\"%.60s\" is no region; written like eu-central-1", value);
    snprintf(o->region, sizeof o->region, "%s", value);
    return 0;
}

static int take_account(void *request, const char *value, struct err *e)
{
    struct emulator_options *o = &of(request)->o;
    if (strlen(value) != 12 || strspn(value, "0123456789") != 12)
        return err_say(e, ERR_BAD, "an account is twelve digits");
    memcpy(o->account, value, 13);
    return 0;
}

static int take_retry(void *request, const char *value, struct err *e)
{
    return cli_quantity(UNIT_DURATION, value, NS_PER_MS, 3600 * NS_PER_S,
                        &of(request)->o.event_retry_ns, e);
}

static int take_fault(void *request, const char *value, struct err *e)
{
    struct request *r = of(request);
    if (r->fault_count == FAULTS_MAX)
        return err_say(e, ERR_BAD, "at most %d of them", FAULTS_MAX);
    return faults_read(value, &r->fault[r->fault_count++], e);
}

static const struct cli_option options[] = {
    {"port", "P", "Listens on 127.0.0.1:P; 0, the default: any that is free.", take_port},
    {"function", "NAME=KIND:SOURCE",
     "A function; may be repeated. native:tokenize, python:DIR, java:JAR, exec:DIR. Without any: "
     "tokenize=native:tokenize.",
     take_function},
    {"calibration", "C",
     "How long cold starts and calls take: 2026 (default), 2023, none (what they really take).",
     take_calibration},
    {"language", "L", "Whose times native functions have: python (default), java.", take_language},
    {"constant", "T", "With --calibration none: every call takes at least T (0).", take_constant},
    {"concurrency", "N", "Environments at once, all functions together (1000).", take_concurrency},
    {"rps", "N", "Calls in any second (10 x concurrency).", take_rps},
    {"scale", "N", "New environments of a function per 10 s (1000).", take_scale},
    {"idle", "T", "An environment without a call is gone after T (300s).", take_idle},
    {"timeout", "T", "A function's time-out (30s).", take_timeout},
    {"memory", "MB", "Memory of a function, for its price and its processes (512).", take_memory},
    {"region", "R", "Named in ARNs (us-east-1); requests for any region are good.", take_region},
    {"account", "ID", "Named in ARNs (000000000000); any account is good.", take_account},
    {"verify-signatures", NULL,
     "Refuses what is not signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.", take_verify},
    {"fault", "F", "A fault from the start, like \"error 20%\" or \"latency x3 60s\"; repeated.",
     take_fault},
    {"event-retry", "T", "An Event that failed is tried again after T, then after 2 x T (60s).",
     take_retry},
    {"seed", "N", "Of latencies and faults (0).", take_seed},
    {"quiet", NULL, "No START, END and REPORT lines.", take_quiet},
    {0},
};

/* ---- running -------------------------------------------------------------------------- */

/* From the emulator's thread; a reader that is gone is no reason to stop. */
static void write_log(void *context, const char *bytes, size_t size)
{
    (void)context;
    while (size > 0) {
        ssize_t n = write(STDERR_FILENO, bytes, size);
        if (n < 0 && errno != EINTR)
            return;
        bytes += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
}

static int find_keys(struct request *r, struct sign_keys *keys, struct err *e)
{
    if (!r->verify)
        return 0;
    keys->access = getenv("AWS_ACCESS_KEY_ID");
    keys->secret = getenv("AWS_SECRET_ACCESS_KEY");
    if (!keys->access || !keys->secret || !*keys->access || !*keys->secret)
        return err_say(e, ERR_BAD,
                       "--verify-signatures needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in "
                       "the environment: any two texts, and the same ones at the client");
    r->o.keys = keys;
    return 0;
}

static void wait_for_signal(const sigset_t *signals)
{
    int number;
    while (sigwait(signals, &number) != 0)
        ;
}

static bool say_where(const struct emulator *emulator)
{
    static struct print o;
    print_init(&o, STDOUT_FILENO);
    print_format(&o, "%s\n", emulator_url(emulator));
    return print_finish(&o, "standard output");
}

static int serve(struct request *r, struct err *e)
{
    struct sign_keys keys = {0};
    sigset_t signals;
    int code = find_keys(r, &keys, e);
    if (code)
        return code;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* also for the thread that is started */
    r->o.function = r->function;
    r->o.log = r->quiet ? NULL : write_log;
    struct emulator *emulator = emulator_open(&r->o, e);
    if (emulator == NULL)
        return e->code;
    for (int i = 0; i < r->fault_count; i++)
        emulator_fault(emulator, r->fault[i].fault, r->fault[i].off ? 0 : r->fault[i].value,
                       r->fault[i].for_ns);
    bool told = say_where(emulator);
    if (told)
        wait_for_signal(&signals);
    emulator_drain(emulator, told ? DRAIN_NS : 0);
    emulator_close(emulator);
    return told ? 0 : ERR_IO; /* print_finish has said why */
}

static int run(int argc, char **argv)
{
    struct request r = {0};
    struct err e = {0};
    int exit_code = 0;
    emulator_options_init(&r.o);
    r.o.faas.constant_ns = 0;
    if (cli_parse(&cli_emulator, argc, argv, &r, &exit_code) != 0)
        return exit_code;
    int code = serve(&r, &e);
    return e.code ? cli_fail(&e) : err_exit(code);
}

const struct cli_command cli_emulator = {
    .name = "emulator",
    .operands = "",
    .help = "Runs a function platform that speaks AWS's protocol on a loopback port.",
    .details =
        "Prints its URL, then serves until SIGINT or SIGTERM. AWS's own clients work with it:\n"
        "the Invoke API (RequestResponse, Event, DryRun) and function URLs (URL/url/NAME/), the\n"
        "parts of the control plane that clients use. Any account, region and key is good.\n"
        "Metrics are at /metrics, all figures at /_spillway/state; POST a fault as text, like\n"
        "\"error 20% 10s\", to /_spillway/fault.\n",
    .examples =
        "  spillway emulator --port 9001\n"
        "  AWS_ENDPOINT_URL=http://127.0.0.1:9001 aws lambda invoke --function-name tokenize out\n"
        "  curl -d '[\"some text\"]' http://127.0.0.1:9001/url/tokenize/\n"
        "  curl -d 'latency x3 10s' http://127.0.0.1:9001/_spillway/fault\n",
    .options = options,
    .run = run,
};
