/* `spillway sign`: for people who look at a 403 and want to see what should have been signed. */
#include "cli_sign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define BODY_MAX (64u << 20)
#define PIECE 65536

struct request {
    const char *method, *url, *service, *region, *time, *body_file, *profile;
    bool show_token;
    struct sign_header headers[SIGN_HEADERS_MAX];
    char *texts[SIGN_HEADERS_MAX]; /* what they point into */
    size_t header_count;
    unsigned char *body;
    size_t body_size;
    struct address address;
    struct settings settings;
    struct sign_scope scope;
    struct signer *signer;
    struct credentials *credentials;
};

/* ---- options ------------------------------------------------------------------------------- */

static int take_method(void *request, const char *value, struct err *e)
{
    size_t size = strlen(value);
    if (size == 0 || size > 32 || strspn(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != size)
        return err_say(e, ERR_BAD, "\"%.40s\" is no method; written like POST", value);
    ((struct request *)request)->method = value;
    return 0;
}

static int take_url(void *request, const char *value, struct err *e)
{
    struct request *r = request;
    r->url = value;
    return address_url(value, &r->address, e);
}

static int take_word(const char *value, const char **to, const char *example, struct err *e)
{
    size_t size = strlen(value);
    if (size == 0 || size >= SIGN_SCOPE_MAX ||
        strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != size)
        return err_say(e, ERR_BAD, "must be letters, digits and '-', like %s", example);
    *to = value;
    return 0;
}

static int take_service(void *request, const char *value, struct err *e)
{
    return take_word(value, &((struct request *)request)->service, "lambda", e);
}

static int take_region(void *request, const char *value, struct err *e)
{
    return take_word(value, &((struct request *)request)->region, "us-east-1", e);
}

static int take_time(void *request, const char *value, struct err *e)
{
    struct request *r = request;
    r->time = value;
    if (sign_read_time(value, &r->scope.at_s))
        return 0;
    return err_say(e, ERR_BAD, "\"%.40s\" is no time; written like 20261121T093015Z, in UTC",
                   value);
}

/* The value may be a secret: no sentence shows it. */
static int take_header(void *request, const char *value, struct err *e)
{
    struct request *r = request;
    const char *colon = strchr(value, ':');
    if (!colon || colon == value)
        return err_say(e, ERR_BAD, "must be written 'Name: value'");
    if (r->header_count == SIGN_HEADERS_MAX)
        return err_say(e, ERR_BAD, "at most %d headers can be signed", SIGN_HEADERS_MAX);
    char *name = strdup(value);
    if (!name)
        return err_say(e, ERR_MEMORY, "out of memory");
    name[colon - value] = '\0';
    r->texts[r->header_count] = name;
    r->headers[r->header_count++] = (struct sign_header){name, name + (colon - value) + 1};
    return 0;
}

static int take_body_file(void *request, const char *value, struct err *e)
{
    if (!*value)
        return err_say(e, ERR_BAD, "the file's name is empty; - is standard input");
    ((struct request *)request)->body_file = value;
    return 0;
}

static int take_profile(void *request, const char *value, struct err *e)
{
    if (!*value)
        return err_say(e, ERR_BAD, "the profile's name is empty");
    ((struct request *)request)->profile = value;
    return 0;
}

static int take_show_token(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    ((struct request *)request)->show_token = true;
    return 0;
}

static const struct cli_option options[] = {
    {"method", "M", "Method of the request; without it POST where there is a body, else GET.",
     take_method},
    {"url", "U", "URL of the request, encoded as it is sent.", take_url},
    {"service", "S", "Service it is signed for; without it what the host name says.", take_service},
    {"region", "R", "Region; without it what the host name, the environment or the profile says.",
     take_region},
    {"time", "T", "Time of the signature, like 20261121T093015Z; without it now.", take_time},
    {"header", "'K: V'", "A header that is sent; may stand several times.", take_header},
    {"body-file", "F", "File that holds the body; - is standard input. Without it there is none.",
     take_body_file},
    {"profile", "NAME", "Profile of AWS's files that keys are taken from, not the environment.",
     take_profile},
    {"show-token", NULL, "Shows the session token in the canonical request too.", take_show_token},
    {0},
};

/* ---- body ------------------------------------------------------------------------------------ */

static int read_body(struct request *r, int fd, struct err *e)
{
    for (;;) {
        if (r->body_size % PIECE == 0) { /* at the beginning, and when all room is used */
            unsigned char *larger = realloc(r->body, r->body_size + PIECE);
            if (!larger)
                return err_say(e, ERR_MEMORY, "out of memory");
            r->body = larger;
        }
        size_t room = PIECE - r->body_size % PIECE;
        ssize_t n = read(fd, r->body + r->body_size, room);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_say(e, ERR_IO, "%.200s: %s", r->body_file, strerror(errno));
        if (n == 0)
            return 0;
        r->body_size += (size_t)n;
        if (r->body_size > BODY_MAX)
            return err_say(e, ERR_BAD, "%.200s: a body has at most %u bytes", r->body_file,
                           BODY_MAX);
    }
}

static int load_body(struct request *r, struct err *e)
{
    if (!r->body_file)
        return 0;
    bool standard = strcmp(r->body_file, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(r->body_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_say(e, ERR_IO, "%.200s: %s", r->body_file, strerror(errno));
    int code = read_body(r, fd, e);
    if (!standard)
        close(fd);
    return code;
}

/* ---- what was not said ------------------------------------------------------------------------- */

static int fill_scope(struct request *r, struct err *e)
{
    const struct address *a = &r->address;
    if (!r->url)
        return err_say(e, ERR_BAD,
                       "a URL is needed: spillway sign --url U; see spillway sign "
                       "--help");
    r->scope.service = r->service ? r->service : a->service;
    r->scope.region = r->region ? r->region : a->region;
    if (!r->scope.service[0])
        return err_say(e, ERR_BAD,
                       "the host name does not say for which service: add --service "
                       "lambda, execute-api or s3");
    if (!r->scope.region[0]) {
        int code = settings_read(r->profile, r->scope.service, &r->settings, e);
        if (code)
            return code;
        r->scope.region = r->settings.region;
    }
    if (!r->scope.region[0])
        return err_say(e, ERR_BAD, "no region: add --region us-east-1, or set AWS_REGION");
    if (!r->time)
        r->scope.at_s = (int64_t)time(NULL);
    if (!r->method)
        r->method = r->body_file ? "POST" : "GET";
    return 0;
}

/* ---- output ------------------------------------------------------------------------------------ */

static void title(struct print *o, const char *text)
{
    print_format(o, "%s# %s\n", o->used + o->written > 0 ? "\n" : "", text);
}

/* The canonical request; of a session token its length only. */
static void print_canonical(struct print *o, const char *text, const char *token, bool show)
{
    static const char line[] = "\nx-amz-security-token:";
    const char *at = show || !token || !token[0] ? NULL : strstr(text, line);
    if (!at) {
        print_format(o, "%s\n", text);
        return;
    }
    at += strlen(line);
    print_bytes(o, text, (size_t)(at - text));
    print_format(o, "(%zu characters: --show-token shows them)", strlen(token));
    print_format(o, "%s\n", at + strcspn(at, "\n"));
}

static void print_headers(struct print *o, const struct request *r, const struct signature *s,
                          const char *token)
{
    print_format(o, "Authorization: %s\n", s->authorization);
    print_format(o, "X-Amz-Date: %s\n", s->date);
    if (sign_sends_hash(r->scope.service))
        print_format(o, "X-Amz-Content-Sha256: %s\n", s->body_sha256);
    if (token && token[0] && r->show_token)
        print_format(o, "X-Amz-Security-Token: %s\n", token);
    else if (token && token[0])
        print_format(o, "X-Amz-Security-Token: (%zu characters)\n", strlen(token));
}

static int show(const struct request *r, const struct signature *s, const char *token)
{
    static struct print o;
    print_init(&o, STDOUT_FILENO);
    title(&o, "canonical request");
    print_canonical(&o, s->canonical, token, r->show_token);
    title(&o, "string to sign");
    print_format(&o, "%s\n", s->to_sign);
    title(&o, "headers to send besides those given");
    print_headers(&o, r, s, token);
    return print_exit(&o, "standard output");
}

/* Likely reasons of a 403 that the options themselves show. */
static void hint(const struct request *r)
{
    const struct address *a = &r->address;
    fprintf(stderr, "spillway: keys from %s, signed for %s in %s\n",
            credentials_source(r->credentials), r->scope.service, r->scope.region);
    if (a->region[0] && strcmp(a->region, r->scope.region) != 0)
        fprintf(stderr, "spillway: the host name says region %s\n", a->region);
    if (a->service[0] && strcmp(a->service, r->scope.service) != 0)
        fprintf(stderr, "spillway: the host name says service %s\n", a->service);
}

static int sign(struct request *r, struct err *e)
{
    struct signature s;
    int code = credentials_open(r->profile, &r->credentials, e);
    if (code)
        return err_exit(code);
    r->signer = signer_open();
    if (!r->signer)
        return err_exit(err_say(e, ERR_MEMORY, "out of memory"));
    const struct sign_keys *keys = credentials_keys(r->credentials);
    struct sign_request wire = {.method = r->method,
                                .host = r->address.host,
                                .path = r->address.path,
                                .query = r->address.query,
                                .headers = r->headers,
                                .header_count = r->header_count,
                                .body = r->body,
                                .body_size = r->body_size};
    code = sign_request(r->signer, keys, &r->scope, &wire, &s, e);
    if (code)
        return err_exit(code);
    hint(r);
    return show(r, &s, keys->token);
}

static int run(int argc, char **argv)
{
    static struct request r;
    struct err e = {0};
    int exit_code = 0;
    memset(&r, 0, sizeof r);
    if (cli_parse(&cli_sign, argc, argv, &r, &exit_code) == 0) {
        int code = fill_scope(&r, &e);
        if (code == 0)
            code = load_body(&r, &e);
        exit_code = code ? err_exit(code) : sign(&r, &e);
        if (e.code)
            cli_fail(&e);
    }
    credentials_close(r.credentials);
    signer_close(r.signer);
    for (size_t i = 0; i < r.header_count; i++)
        free(r.texts[i]);
    free(r.body);
    return exit_code;
}

const struct cli_command cli_sign = {
    .name = "sign",
    .operands = "",
    .help = "Shows how a request to AWS is signed: for people who debug a 403.",
    .details =
        "Prints the canonical request, the string to sign and the Authorization header of\n"
        "Signature Version 4, to be compared with what AWS says it expected. Keys come from\n"
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or from where AWS's own\n"
        "tools find them. Nothing is sent, and the secret key is never shown.\n",
    .examples =
        "  spillway sign --url https://ID.lambda-url.eu-west-1.on.aws/ --body-file batch.json\n"
        "  spillway sign --url http://localhost:9001/2015-03-31/functions/tok/invocations \\\n"
        "    --service lambda --region us-east-1 --method POST --body-file - < batch.json\n",
    .options = options,
    .run = run,
};
