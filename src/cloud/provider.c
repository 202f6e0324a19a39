#include "cloud/provider.h"

#include "base/units.h"
#include "cloud/credentials.h"
#include "cloud/settings.h"
#include "io/err_say.h"
#include "record/payload.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/eventfd.h>

#define HEADERS 4 /* of our own, beside those of the signature */
#define FUNCTION_DEFAULT "tokenize"
#define REGION_DEFAULT "us-east-1"
#define SHOT_MAX ((size_t)64 << 20) /* a person wants to see it all */
#define CONNECT_NS (3 * NS_PER_S)

const char *const provider_auth_names[] = {"auto", "iam", "none", NULL};
const char *const provider_type_names[] = {"RequestResponse", "Event", "DryRun", NULL};

struct provider_access {
    struct address address;
    enum answer_front front;
    bool loopback;
    struct credentials *credentials; /* NULL: unsigned */
    struct signer *signer;
    struct sign_header header[HEADERS];
    size_t headers;
    char source[160];
    char ca_file[512];
};

/* ---- where ------------------------------------------------------------------------------ */

static bool is_loopback(const char *host)
{
    static const char *const names[] = {"localhost", "127.", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i]);
        char after = strncmp(host, names[i], n) == 0 ? host[n] : 'x';
        if (after == 0 || after == ':' || (i == 1 && after != 'x'))
            return true;
    }
    return false;
}

static const char *said(const char *text, const char *otherwise)
{
    return text && text[0] ? text : otherwise;
}

/* The Invoke API: the function's name, at the endpoint that somebody names. */
static int find_invoke(struct provider_access *p, const struct provider_setting *s, struct err *e)
{
    struct function_name f;
    struct settings found = {0};
    const char *endpoint = said(s->endpoint, NULL);
    if (address_function(said(s->function, FUNCTION_DEFAULT), &f, e))
        return e->code;
    if (s->kind == PROVIDER_AWS && settings_read(s->profile, "lambda", &found, e))
        return e->code;
    if (!endpoint && found.endpoint[0])
        endpoint = found.endpoint;
    const char *region = said(found.region, endpoint ? REGION_DEFAULT : NULL);
    if (f.region[0])
        region = f.region;
    if (s->kind == PROVIDER_EMULATOR && !endpoint)
        return err_say(e, ERR_BAD, "the emulator has no address yet: give --endpoint URL");
    return address_invoke(&f, region, endpoint, found.style, &p->address, e);
}

static int find_url(struct provider_access *p, const struct provider_setting *s, struct err *e)
{
    if (!said(s->endpoint, NULL))
        return err_say(
            e, ERR_BAD,
            "provider url: where is it? --endpoint https://ID.lambda-url.REGION.on.aws/");
    if (s->type != TYPE_RESPONSE)
        return err_say(
            e, ERR_BAD,
            "a function URL always answers (RequestResponse): Event and DryRun belong to "
            "the Invoke API, --provider aws");
    p->front = ANSWER_FRONT_URL;
    return address_url(s->endpoint, &p->address, e);
}

/* ---- who ------------------------------------------------------------------------------------ */

/* What the address does not say, where a signature needs it. */
static int complete_scope(struct provider_access *p, const struct provider_setting *s,
                          struct err *e)
{
    struct settings found;
    if (p->address.service[0] == 0)
        snprintf(p->address.service, sizeof p->address.service, "lambda");
    if (p->address.region[0])
        return 0;
    if (settings_read(s->profile, "lambda", &found, e))
        return e->code;
    snprintf(p->address.region, sizeof p->address.region, "%s", said(found.region, REGION_DEFAULT));
    return 0;
}

static bool wants_keys(const struct provider_access *p, const struct provider_setting *s)
{
    if (s->auth != AUTH_AUTO)
        return s->auth == AUTH_IAM;
    bool asked = s->profile && s->profile[0]; /* on loopback too: who names a profile means it */
    return s->kind == PROVIDER_AWS && (!p->loopback || asked);
}

/* Are keys of use, if there are any? The emulator may check signatures; a URL of AWS's may
 * want IAM. */
static bool likes_keys(const struct provider_access *p, const struct provider_setting *s, bool own)
{
    if (s->auth != AUTH_AUTO)
        return false;
    return s->kind == PROVIDER_URL ? p->address.service[0] != 0 : !own;
}

static int find_keys(struct provider_access *p, const struct provider_setting *s, struct err *e)
{
    struct err why;
    bool own = s->kind == PROVIDER_EMULATOR && p->loopback && !getenv("AWS_ACCESS_KEY_ID");
    bool must = wants_keys(p, s);
    snprintf(p->source, sizeof p->source, "unsigned");
    if (!must && !likes_keys(p, s, own))
        return 0;
    if (p->loopback && !must && !getenv("AWS_ACCESS_KEY_ID"))
        return 0; /* do not go looking for keys that nobody asked for */
    if (credentials_open(s->profile, &p->credentials, &why)) {
        p->credentials = NULL;
        if (must)
            *e = why;
        return must ? why.code : 0;
    }
    p->signer = signer_open();
    if (p->signer == NULL)
        return err_say(e, ERR_MEMORY, "the system gave no memory");
    snprintf(p->source, sizeof p->source, "keys from %s", credentials_source(p->credentials));
    return complete_scope(p, s, e);
}

/* ---- open ------------------------------------------------------------------------------------- */

static void add_header(struct provider_access *p, const char *name, const char *value)
{
    p->header[p->headers++] = (struct sign_header){name, value};
}

int provider_open(const struct provider_setting *s, struct provider_access **out, struct err *e)
{
    struct provider_access *p = calloc(1, sizeof *p);
    assert(s->kind != PROVIDER_MODEL);
    *out = NULL;
    if (p == NULL)
        return err_say(e, ERR_MEMORY, "the system gave no memory");
    int rc = s->kind == PROVIDER_URL ? find_url(p, s, e) : find_invoke(p, s, e);
    p->loopback = is_loopback(p->address.host);
    if (rc == 0)
        rc = find_keys(p, s, e);
    if (rc) {
        provider_close(p);
        return rc;
    }
    add_header(p, "Content-Type", "application/json");
    if (s->type != TYPE_RESPONSE)
        add_header(p, "X-Amz-Invocation-Type", provider_type_names[s->type]);
    if (s->log_tail && s->kind != PROVIDER_URL)
        add_header(p, "X-Amz-Log-Type", "Tail");
    const char *ca = getenv("AWS_CA_BUNDLE");
    snprintf(p->ca_file, sizeof p->ca_file, "%s", ca ? ca : "");
    *out = p;
    return 0;
}

void provider_close(struct provider_access *p)
{
    if (p == NULL)
        return;
    credentials_close(p->credentials);
    signer_close(p->signer);
    free(p);
}

const char *provider_url(const struct provider_access *p) { return p->address.url; }
const char *provider_host(const struct provider_access *p) { return p->address.host; }
bool provider_is_loopback(const struct provider_access *p) { return p->loopback; }
enum answer_front provider_front(const struct provider_access *p) { return p->front; }
const char *provider_ca_file(const struct provider_access *p)
{
    return p->ca_file[0] ? p->ca_file : NULL;
}
const char *provider_keys(const struct provider_access *p) { return p->source; }

/* ---- a request, in the invoker's thread -------------------------------------------------------- */

static int sign(struct provider_access *p, struct invoker_call *c, struct err *e)
{
    struct signature out;
    if (c->mark & PROVIDER_RENEW)
        credentials_renew(p->credentials);
    const struct sign_keys *keys = credentials_keys(p->credentials);
    struct sign_scope scope = {p->address.region, p->address.service, (int64_t)time(NULL)};
    struct sign_request r = {
        .method = "POST",
        .host = p->address.host,
        .path = p->address.path,
        .query = p->address.query,
        .headers = p->header,
        .header_count = p->headers,
        .body = c->body,
        .body_size = c->body_size,
    };
    if (sign_request(p->signer, keys, &scope, &r, &out, e))
        return e->code;
    bool ok = invoker_header(c, "X-Amz-Date", out.date) &&
              invoker_header(c, "Authorization", out.authorization);
    if (keys->token && keys->token[0])
        ok = ok && invoker_header(c, "X-Amz-Security-Token", keys->token);
    return ok ? 0 : err_say(e, ERR_BAD, "the session token is too long for a header");
}

int provider_prepare(void *context, struct invoker_call *c, struct err *e)
{
    struct provider_access *p = context;
    for (size_t i = 1; i < p->headers; i++) /* the first, Content-Type, is always sent */
        if (!invoker_header(c, p->header[i].name, p->header[i].value))
            return err_say(e, ERR_BAD, "the headers are too long");
    return p->credentials ? sign(p, c, e) : 0;
}

struct invoker_options provider_invoker(struct provider_access *p, uint32_t calls_max, int wake_fd)
{
    bool tail = p->headers > 1 && strcmp(p->header[p->headers - 1].name, "X-Amz-Log-Type") == 0;
    return (struct invoker_options){
        .url = p->address.url,
        .loopback = p->loopback,
        .calls_max = calls_max,
        .answer_max = PAYLOAD_RESPONSE_MAX,
        .connect_ns = CONNECT_NS,
        .ca_file = provider_ca_file(p),
        .keep_log = tail,
        .wake_fd = wake_fd,
        .prepare = provider_prepare,
        .context = p,
    };
}

int provider_shoot(struct provider_access *p, const void *body, size_t size, int64_t timeout_ns,
                   struct provider_shot *out, struct err *e)
{
    *out = (struct provider_shot){.wake_fd = eventfd(0, EFD_CLOEXEC)};
    if (out->wake_fd < 0)
        return err_say(e, ERR_IO, "the system gave no descriptor");
    struct invoker_options o = provider_invoker(p, 1, out->wake_fd);
    o.answer_max = SHOT_MAX;
    if (invoker_open(&o, &out->invoker, e))
        return e->code;
    struct invoker_call *c = invoker_take(out->invoker);
    if (!invoker_room(c, size + 1))
        return err_say(e, ERR_MEMORY, "the system gave no memory");
    memcpy(c->body, body, size);
    c->body_size = size;
    c->timeout_ns = timeout_ns;
    c->mark = 0;
    invoker_start(out->invoker, c);
    struct pollfd wait = {.fd = out->wake_fd, .events = POLLIN};
    while ((out->call = invoker_poll(out->invoker)) == NULL)
        (void)poll(&wait, 1, 1000);
    return 0;
}

void provider_shot_close(struct provider_shot *s)
{
    invoker_close(s->invoker);
    if (s->wake_fd >= 0)
        close(s->wake_fd);
}

/* ---- a log tail ------------------------------------------------------------------------------- */

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *p = c ? strchr(digits, c) : NULL;
    return p ? (int)(p - digits) : -1;
}

size_t provider_log(const char *base64, char *dst, size_t size)
{
    size_t n = 0;
    uint32_t bits = 0;
    int have = 0;
    for (const char *c = base64; base64_digit(*c) >= 0 && n + 1 < size; c++) {
        bits = bits << 6 | (uint32_t)base64_digit(*c);
        have += 6;
        if (have >= 8) {
            have -= 8;
            dst[n++] = (char)(bits >> have & 0xff);
        }
    }
    dst[n] = 0;
    return n;
}
