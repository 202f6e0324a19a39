/* `spillway invoke`: one call to a function, for people who want to see what it and its
 * platform say before a stream is sent there. */
#include "cli_invoke.h"

#include "cli_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BODY_MAX ((size_t)64 << 20)
#define TIMEOUT_NS (900 * NS_PER_S) /* no function runs longer */

struct invoke {
    struct request run; /* first: the options about functions are those of `run` */
    enum provider_type type;
    const char *body, *body_file;
    int64_t timeout_ns;
};

/* ---- options --------------------------------------------------------------------------- */

static int take_type(void *request, const char *value, struct err *e)
{
    int i = 0;
    int rc = functions_name(value, provider_type_names, "type", &i, e);
    ((struct invoke *)request)->type = (enum provider_type)i;
    return rc;
}

static int take_body(void *request, const char *value, struct err *e)
{
    (void)e;
    ((struct invoke *)request)->body = value;
    return 0;
}

static int take_body_file(void *request, const char *value, struct err *e)
{
    ((struct invoke *)request)->body_file = value;
    return value[0] ? 0 : err_say(e, ERR_BAD, "a file's name is missing");
}

static int take_timeout(void *request, const char *value, struct err *e)
{
    return cli_quantity(UNIT_DURATION, value, NS_PER_MS, TIMEOUT_NS,
                        &((struct invoke *)request)->timeout_ns, e);
}

static const struct cli_option options[] = {
    {"provider", "NAME", "aws (the default: the Invoke API), emulator or url.",
     functions_take_provider},
    {"endpoint", "URL", "Where the call goes, instead of the provider's own address.",
     functions_take_endpoint},
    {"function", "NAME", "Which function (default tokenize): NAME, NAME:ALIAS or an ARN.",
     functions_take_function},
    {"type", "TYPE",
     "RequestResponse (the default) waits for the result, Event leaves the call there, DryRun "
     "asks whether it would be taken.",
     take_type},
    {"body", "TEXT", "What is sent (default [\"some text\"]).", take_body},
    {"body-file", "FILE", "The same from a file; - is standard input.", take_body_file},
    {"timeout", "T", "How long to wait (30s).", take_timeout},
    {"log-tail", NULL, "Shows the end of the function's log, on standard error.",
     functions_take_tail},
    {"auth", "HOW", "iam, none or auto (the default).", functions_take_auth},
    {"profile", "NAME", "Profile of AWS's files for keys and region.", functions_take_profile},
    {0},
};

/* ---- the call ------------------------------------------------------------------------------ */

static int read_body(const struct invoke *r, char **body, size_t *size, struct err *e)
{
    const char *text = r->body ? r->body : "[\"some text\"]";
    bool standard = r->body_file && strcmp(r->body_file, "-") == 0;
    FILE *f = standard ? stdin : r->body_file ? fopen(r->body_file, "rb") : NULL;
    if (r->body_file && r->body)
        return err_say(e, ERR_BAD, "--body and --body-file: one of them");
    if (r->body_file && f == NULL)
        return err_say(e, ERR_IO, "%.300s: %s", r->body_file, strerror(errno));
    size_t room = f ? BODY_MAX + 1 : strlen(text) + 1;
    *body = malloc(room);
    if (*body == NULL)
        return err_say(e, ERR_MEMORY, "out of memory");
    *size = f ? fread(*body, 1, room, f) : room - 1;
    if (f == NULL)
        memcpy(*body, text, *size);
    bool failed = f && ferror(f);
    if (f && !standard)
        fclose(f);
    if (failed)
        return err_say(e, ERR_IO, "%.300s cannot be read", r->body_file);
    return *size > BODY_MAX ? err_say(e, ERR_BAD, "the body is larger than 64 MiB") : 0;
}

/* A function's log is its own; a terminal must not obey it. */
static void show_log(const char *log)
{
    for (const unsigned char *p = (const unsigned char *)log; *p; p++) {
        bool c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0; /* U+0080 to U+009F in UTF-8 */
        bool control = (*p < ' ' && *p != '\n' && *p != '\t') || *p == 0x7f;
        fputc(c1 || control ? '?' : *p, stderr);
        p += c1;
    }
}

static int show(const struct invoker_call *c, enum answer_front front, struct err *e)
{
    static char log[INVOKER_LOG];
    struct judgement j;
    answer_judge(c, front, &j);
    if (c->failure != INVOKER_ANSWERED)
        return err_say(e, c->failure == INVOKER_UNPREPARED ? ERR_BAD : ERR_IO, "%s", c->why);
    fprintf(stderr, "HTTP %d after %.1f ms", c->said.status,
            (double)(c->end_ns - c->begin_ns) / 1e6);
    if (c->said.billed_ms >= 0)
        fprintf(stderr, ", billed %lld ms", (long long)c->said.billed_ms);
    if (c->said.init_ms >= 0)
        fprintf(stderr, ", cold start %lld ms", (long long)c->said.init_ms);
    fprintf(stderr, "\n");
    if (provider_log(c->log, log, sizeof log) > 0)
        show_log(log);
    if (c->answer_size > 0 && fwrite(c->answer, 1, c->answer_size, stdout) != c->answer_size)
        return err_say(e, ERR_IO, "standard output: %s", strerror(errno));
    if (c->answer_size > 0)
        putchar('\n');
    bool taken = c->said.status >= 200 && c->said.status < 300 && !c->said.function_error[0];
    return taken ? 0 : err_say(e, ERR_IO, "%s", j.why);
}

static int call(const struct invoke *r, struct err *e)
{
    const struct functions_request *f = &r->run.functions;
    struct provider_setting s = {
        .kind = f->provider < 0 ? PROVIDER_AWS : (enum provider)f->provider,
        .endpoint = f->endpoint,
        .function = f->function,
        .profile = f->profile,
        .auth = f->auth,
        .type = r->type,
        .log_tail = f->log_tail,
    };
    struct provider_access *provider = NULL;
    struct provider_shot shot;
    char *body = NULL;
    size_t size = 0;
    if (s.kind == PROVIDER_MODEL)
        return err_say(e, ERR_BAD, "--provider model: there is nothing to call over HTTP");
    int rc = read_body(r, &body, &size, e);
    if (rc == 0)
        rc = provider_open(&s, &provider, e);
    if (rc == 0) {
        fprintf(stderr, "%s, %s\n", provider_host(provider), provider_keys(provider));
        rc = provider_shoot(provider, body, size, r->timeout_ns, &shot, e);
        if (rc == 0)
            rc = show(shot.call, provider_front(provider), e);
        provider_shot_close(&shot);
    }
    provider_close(provider);
    free(body);
    return rc;
}

static int run(int argc, char **argv)
{
    static struct invoke r;
    struct err e = {0};
    int exit_code = 0;
    r = (struct invoke){.run = {.functions = {.provider = -1, .budget_nusd = -1}},
                        .timeout_ns = 30 * NS_PER_S};
    if (cli_parse(&cli_invoke, argc, argv, &r, &exit_code) != 0)
        return exit_code;
    return call(&r, &e) ? cli_fail(&e) : 0;
}

const struct cli_command cli_invoke = {
    .name = "invoke",
    .operands = "",
    .help = "Calls a function once and shows what it and its platform say.",
    .details = "The result goes to standard output; host, HTTP status, times and log to standard\n"
               "error. Ends with 0 if the call was taken and the function did not fail.\n",
    .examples =
        "  spillway invoke --function tokenize:prod --log-tail\n"
        "  spillway invoke --endpoint http://127.0.0.1:9001 --type DryRun\n"
        "  spillway invoke --provider url --endpoint https://ID.lambda-url.REGION.on.aws/\n",
    .options = options,
    .run = run,
};
