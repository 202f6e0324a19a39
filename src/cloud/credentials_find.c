/* The places where keys can be, one function each, in the order of a table. */
#include "cloud/credentials_find.h"

#include "cloud/address.h"
#include "cloud/assume_role.h"
#include "cloud/fetch.h"
#include "cloud/profile.h"
#include "cloud/program.h"
#include "cloud/settings.h"
#include "io/err_say.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define PROCESS_MS 60000
#define CONTAINER_MS 2000
#define INSTANCE_MS 1000
#define ANSWER_MAX 65536

struct search {
    const char *profile;
    bool by_hand; /* it was named by an argument: the environment's keys do not count */
    struct profiles *files;
    int stop_fd;
    struct key_set *out;
    char *answer; /* ANSWER_MAX bytes */
};

enum found { NOT_HERE = 0, FOUND = 1 }; /* or ERR_* */

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

static int source(struct key_set *k, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int source(struct key_set *k, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(k->source, sizeof k->source, format, arguments);
    va_end(arguments);
    return FOUND;
}

static int copy(char *dst, size_t size, const char *value, const char *what, struct err *e)
{
    size_t length = value ? strlen(value) : 0;
    if (length >= size)
        return err_say(e, ERR_BAD, "%s: has %zu characters, more than %zu", what, length, size - 1);
    memcpy(dst, value ? value : "", length + 1);
    return 0;
}

/* ---- environment ------------------------------------------------------------------------- */

static int in_environment(struct search *s, struct err *e)
{
    const char *access = variable("AWS_ACCESS_KEY_ID");
    const char *secret = variable("AWS_SECRET_ACCESS_KEY");
    const char *token = variable("AWS_SECURITY_TOKEN");
    if (s->by_hand || (!access && !secret))
        return NOT_HERE;
    if (!access || !secret)
        return err_say(e, ERR_BAD, "%s is set and %s is not: both are needed",
                       access ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                       access ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    token = token ? token : variable("AWS_SESSION_TOKEN");
    if (copy(s->out->access, sizeof s->out->access, access, "AWS_ACCESS_KEY_ID", e) ||
        copy(s->out->secret, sizeof s->out->secret, secret, "AWS_SECRET_ACCESS_KEY", e) ||
        copy(s->out->token, sizeof s->out->token, token, "AWS_SESSION_TOKEN", e))
        return ERR_BAD;
    return source(s->out, "the environment");
}

/* ---- what is not done here ------------------------------------------------------------------ */

#define INSTEAD                                                                                    \
    "set `credential_process = aws configure export-credentials --profile %.60s` in a "            \
    "profile of its own, or export the keys to the environment"

static int web_identity(struct search *s, struct err *e)
{
    (void)s;
    if (!variable("AWS_WEB_IDENTITY_TOKEN_FILE") || !variable("AWS_ROLE_ARN"))
        return NOT_HERE;
    return err_say(e, ERR_BAD,
                   "AWS_WEB_IDENTITY_TOKEN_FILE is set; spillway does not exchange web "
                   "identities: export keys to the environment");
}

static int single_sign_on(struct search *s, struct err *e)
{
    static const char *const keys[] = {"sso_session", "sso_start_url", "sso_account_id",
                                       "login_session"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (profile_either(s->files, s->profile, keys[i]))
            return err_say(e, ERR_BAD,
                           "profile \"%.60s\" signs on with %s, which spillway does not: " INSTEAD,
                           s->profile, keys[i], s->profile);
    return NOT_HERE;
}

/* ---- files --------------------------------------------------------------------------------------- */

static int in_file(struct search *s, enum profile_file file, struct err *e)
{
    const char *access = profile_value(s->files, file, s->profile, "aws_access_key_id");
    const char *secret = profile_value(s->files, file, s->profile, "aws_secret_access_key");
    const char *token = profile_value(s->files, file, s->profile, "aws_security_token");
    const char *path = profile_path(s->files, file);
    if (!access)
        return NOT_HERE;
    if (!secret)
        return err_say(e, ERR_BAD,
                       "profile \"%.60s\" of %.200s has aws_access_key_id and no "
                       "aws_secret_access_key",
                       s->profile, path);
    if (!token)
        token = profile_value(s->files, file, s->profile, "aws_session_token");
    if (copy(s->out->access, sizeof s->out->access, access, "aws_access_key_id", e) ||
        copy(s->out->secret, sizeof s->out->secret, secret, "aws_secret_access_key", e) ||
        copy(s->out->token, sizeof s->out->token, token, "aws_session_token", e))
        return ERR_BAD;
    return source(s->out, "profile %.60s of %.200s", s->profile, path);
}

static int in_credentials_file(struct search *s, struct err *e)
{
    return in_file(s, PROFILE_CREDENTIALS, e);
}

static int in_config_file(struct search *s, struct err *e) { return in_file(s, PROFILE_CONFIG, e); }

static int of_process(struct search *s, struct err *e)
{
    const char *command = profile_either(s->files, s->profile, "credential_process");
    if (!command)
        return NOT_HERE;
    char *words[PROGRAM_ARGUMENTS_MAX + 1];
    char *text = strdup(command);
    struct err why = {.text = "out of memory"};
    int code = text ? program_split(text, words, &why) : ERR_MEMORY;
    if (code == 0)
        code = program_run(words, PROCESS_MS, s->stop_fd, s->answer, ANSWER_MAX, &why);
    if (code == 0)
        code = credentials_read_json(s->answer, 1, s->out, &why);
    if (text)
        OPENSSL_cleanse(text, strlen(command));
    free(text);
    if (code)
        return err_say(e, code, "credential_process of profile \"%.60s\": %.300s", s->profile,
                       why.text);
    return source(s->out, "credential_process of profile %.60s", s->profile);
}

/* ---- container --------------------------------------------------------------------------------------- */

/* Keys go over the wire in the clear, so plain HTTP is for this machine and the container's own
 * service only. */
static int check_container_url(const char *url, struct err *e)
{
    static const char *const hosts[] = {"localhost", "169.254.170.2", "169.254.170.23",
                                        "[fd00:ec2::23]", "[::1]"};
    struct address a;
    struct err why = {0};
    if (address_url(url, &a, &why))
        return err_say(e, ERR_BAD, "AWS_CONTAINER_CREDENTIALS_FULL_URI: %.300s", why.text);
    char *port = a.host[0] == '[' ? strstr(a.host, "]:") : strchr(a.host, ':');
    if (port)
        port[a.host[0] == '['] = '\0';
    if (a.tls || strncmp(a.host, "127.", 4) == 0)
        return 0;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (strcmp(a.host, hosts[i]) == 0)
            return 0;
    return err_say(e, ERR_BAD,
                   "AWS_CONTAINER_CREDENTIALS_FULL_URI: keys come over plain HTTP only "
                   "from this machine or the container service's addresses");
}

/* "Authorization: TOKEN" from the file or the variable; "" without one. */
static int container_token(char *header, size_t size, struct err *e)
{
    const char *path = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    int used = snprintf(header, size, "Authorization: ");
    size_t room = size - (size_t)used;
    header[used] = '\0';
    if (path) {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        ssize_t n = fd < 0 ? -1 : read(fd, header + used, room - 1);
        int why = errno;
        if (fd >= 0)
            close(fd);
        if (n < 0)
            return err_say(e, ERR_IO, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE cannot be read: %s",
                           strerror(why));
        header[used + n] = '\0';
        if (strlen(header) != (size_t)(used + n) || (size_t)n + 1 >= room)
            return err_say(e, ERR_BAD, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE holds no token");
    } else if (token && strlen(token) < room) {
        strcpy(header + used, token);
    } else {
        header[0] = '\0';
    }
    if (strpbrk(header, "\r\n"))
        return err_say(e, ERR_BAD, "the container's authorization token has more than one line");
    return 0;
}

static int of_container(struct search *s, struct err *e)
{
    const char *relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *full = variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    char url[ADDRESS_URL_MAX];
    static const char name[] = "the container's credentials";
    if (!relative && !full)
        return NOT_HERE;
    int n = snprintf(url, sizeof url, "%s%s", relative ? "http://169.254.170.2" : "",
                     relative ? relative : full);
    if (n < 0 || (size_t)n >= sizeof url)
        return err_say(e, ERR_BAD, "%s: the URL is too long", name);
    char header[4096];
    int code = check_container_url(url, e);
    if (code == 0)
        code = container_token(header, sizeof header, e);
    if (code)
        return code;
    const char *list[] = {"Accept: application/json", header[0] ? header : NULL, NULL};
    struct fetch f = {"GET", url, list, CONTAINER_MS};
    struct err why = {0};
    int status = fetch_run(&f, s->answer, ANSWER_MAX, &why);
    OPENSSL_cleanse(header, sizeof header);
    if (status < 0)
        return err_say(e, ERR_IO, "%s: %.300s", name, why.text);
    if (status != 200)
        return err_say(e, ERR_IO, "%s: the service answered with HTTP status %d", name, status);
    if (credentials_read_json(s->answer, 0, s->out, &why))
        return err_say(e, ERR_IO, "%s: %.300s", name, why.text);
    return source(s->out, "the container's service");
}

/* ---- instance -------------------------------------------------------------------------------------------- */

static const char *metadata_base(void)
{
    const char *mode = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    const char *base = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (base)
        return base;
    return mode && strcasecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]"
                                                 : "http://169.254.169.254";
}

/* One request to the metadata service; its HTTP status, 0 if it did not answer. */
static int ask_instance(struct search *s, const char *method, const char *path, const char *header)
{
    char url[ADDRESS_URL_MAX];
    const char *base = metadata_base();
    size_t length = strlen(base);
    const char *slash = length > 0 && base[length - 1] == '/' ? "" : "/";
    int n = snprintf(url, sizeof url, "%s%s%s", base, slash, path);
    const char *list[] = {header, NULL};
    struct fetch f = {method, url, list, INSTANCE_MS};
    struct err why;
    if (n < 0 || (size_t)n >= sizeof url)
        return 0;
    int status = fetch_run(&f, s->answer, ANSWER_MAX, &why);
    return status < 0 ? 0 : status;
}

/* The first line of an answer, if it is one word without the `forbidden` characters. */
static bool take_line(const char *answer, const char *forbidden, char *dst, size_t size)
{
    size_t n = strcspn(answer, "\r\n");
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)answer[i] <= 0x20 || (unsigned char)answer[i] >= 0x7F ||
            strchr(forbidden, answer[i]))
            return false;
    if (n == 0 || n >= size)
        return false;
    memcpy(dst, answer, n);
    dst[n] = '\0';
    return true;
}

static int of_instance(struct search *s, struct err *e)
{
    const char *disabled = variable("AWS_EC2_METADATA_DISABLED");
    static const char path[] = "latest/meta-data/iam/security-credentials/";
    char header[1024] = "X-aws-ec2-metadata-token: ";
    char role[256], whole[sizeof path + sizeof role];
    size_t used = strlen(header);
    if (disabled && strcasecmp(disabled, "true") == 0)
        return NOT_HERE;
    int status =
        ask_instance(s, "PUT", "latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: 21600");
    if (status != 200 || !take_line(s->answer, "", header + used, sizeof header - used))
        return NOT_HERE;
    status = ask_instance(s, "GET", path, header);
    if (status != 200 || !take_line(s->answer, "/?#%", role, sizeof role)) /* goes into a URL */
        return NOT_HERE;
    snprintf(whole, sizeof whole, "%s%s", path, role);
    status = ask_instance(s, "GET", whole, header);
    OPENSSL_cleanse(header, sizeof header);
    struct err why = {0};
    if (status != 200)
        return err_say(e, ERR_IO,
                       "the instance's role: the metadata service answered with HTTP status "
                       "%d",
                       status);
    if (credentials_read_json(s->answer, 0, s->out, &why))
        return err_say(e, ERR_IO, "the instance's role: %.300s", why.text);
    return source(s->out, "the instance's role");
}

/* ---- role -------------------------------------------------------------------------------------- */

/* Keys of another profile; those that are its own, no further role. */
static int of_source_profile(struct search *s, const char *name, struct err *e)
{
    static int (*const own[])(struct search * s, struct err * e) = {
        single_sign_on, in_credentials_file, of_process, in_config_file};
    if (!profile_exists(s->files, name))
        return err_say(e, ERR_BAD, "its source_profile \"%.60s\" is in neither file", name);
    if (strcmp(name, s->profile) != 0 && profile_either(s->files, name, "role_arn"))
        return err_say(e, ERR_BAD,
                       "its source_profile \"%.60s\" assumes a role itself: one is all that "
                       "spillway does",
                       name);
    s->profile = name;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        int result = own[i](s, e);
        if (result != NOT_HERE)
            return result;
    }
    return NOT_HERE;
}

static int of_credential_source(struct search *s, const char *kind, struct err *e)
{
    static const struct {
        const char *name;
        int (*find)(struct search *s, struct err *e);
    } kinds[] = {{"Environment", in_environment},
                 {"EcsContainer", of_container},
                 {"Ec2InstanceMetadata", of_instance}};
    s->by_hand = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i].name) == 0)
            return kinds[i].find(s, e);
    return err_say(e, ERR_BAD,
                   "its credential_source is none of Environment, EcsContainer, "
                   "Ec2InstanceMetadata");
}

/* The keys that the role is asked for with. */
static int role_source(const struct search *s, struct key_set *from, struct err *e)
{
    const char *name = profile_either(s->files, s->profile, "source_profile");
    const char *kind = profile_either(s->files, s->profile, "credential_source");
    struct search inner = *s;
    inner.out = from;
    if (!name == !kind)
        return err_say(e, ERR_BAD, "it needs one of source_profile and credential_source");
    int result = name ? of_source_profile(&inner, name, e) : of_credential_source(&inner, kind, e);
    if (result == NOT_HERE)
        return err_say(e, ERR_BAD, "its %s has no keys",
                       name ? "source_profile" : "credential_source");
    return result == FOUND ? 0 : result;
}

static int take_role(struct search *s, const struct role *r, struct err *e)
{
    struct key_set from = {0};
    struct settings settings;
    if (profile_either(s->files, s->profile, "mfa_serial"))
        return err_say(e, ERR_BAD,
                       "it asks for a code (mfa_serial), which spillway does not: " INSTEAD,
                       s->profile);
    if (r->duration_s && r->duration_s[strspn(r->duration_s, "0123456789")])
        return err_say(e, ERR_BAD, "its duration_seconds is not a number");
    int code = role_source(s, &from, e);
    if (code == 0)
        code = settings_read(s->profile, "sts", &settings, e);
    if (code == 0) {
        struct sign_keys keys = {from.access, from.secret, from.token};
        const char *region = settings.region[0] ? settings.region : "us-east-1";
        code = assume_role(r, &keys, region, settings.endpoint, s->out, e);
    }
    OPENSSL_cleanse(&from, sizeof from);
    return code;
}

static int of_role(struct search *s, struct err *e)
{
    struct role r = {profile_either(s->files, s->profile, "role_arn"),
                     profile_either(s->files, s->profile, "role_session_name"),
                     profile_either(s->files, s->profile, "external_id"),
                     profile_either(s->files, s->profile, "duration_seconds")};
    struct err why = {0};
    if (!r.arn)
        return NOT_HERE;
    if (profile_either(s->files, s->profile, "web_identity_token_file"))
        return err_say(e, ERR_BAD,
                       "profile \"%.60s\" has a web_identity_token_file, which spillway does "
                       "not exchange: " INSTEAD,
                       s->profile, s->profile);
    int code = take_role(s, &r, &why);
    if (code)
        return err_say(e, code, "role of profile \"%.60s\": %.400s", s->profile, why.text);
    return source(s->out, "the role of profile %.60s", s->profile);
}

/* ---- the search --------------------------------------------------------------------------------------------- */

static int (*const places[])(struct search *s, struct err *e) = {
    in_environment, of_role,        web_identity, single_sign_on, in_credentials_file,
    of_process,     in_config_file, of_container, of_instance,
};

/* Keys go into HTTP headers: one line of ASCII. Old ones are no use. */
static int check(const struct key_set *k, struct err *e)
{
    if (k->expires_s != 0 && k->expires_s <= (int64_t)time(NULL))
        return err_say(e, ERR_BAD, "the keys of %.300s have expired already", k->source);
    const char *const words[] = {k->access, k->secret, k->token};
    static const char *const names[] = {"access key", "secret key", "session token"};
    for (int i = 0; i < 3; i++)
        for (const char *c = words[i]; *c; c++)
            if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7F)
                return err_say(e, ERR_BAD,
                               "the %s of %.200s has a character that is no printable "
                               "ASCII",
                               names[i], k->source);
    return 0;
}

static int nothing(const struct search *s, struct err *e)
{
    return err_say(e, ERR_BAD,
                   "no AWS keys: neither AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, nor "
                   "profile \"%.40s\" in %.120s or %.120s, nor a container's or instance's "
                   "role",
                   s->profile, profile_path(s->files, PROFILE_CREDENTIALS),
                   profile_path(s->files, PROFILE_CONFIG));
}

static int look_everywhere(struct search *s, struct err *e)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int result = places[i](s, e);
        if (result == FOUND)
            return check(s->out, e);
        if (result != NOT_HERE)
            return result;
    }
    return nothing(s, e);
}

int credentials_find(const char *profile, int stop_fd, struct key_set *out, struct err *e)
{
    struct search s = {.by_hand = profile && profile[0], .stop_fd = stop_fd, .out = out};
    memset(out, 0, sizeof *out);
    int code = profile_open(&s.files, e);
    if (code == 0)
        code = profile_choose(s.files, profile, &s.profile, e);
    s.answer = malloc(ANSWER_MAX);
    if (code == 0)
        code = s.answer ? look_everywhere(&s, e) : err_say(e, ERR_MEMORY, "out of memory");
    if (s.answer)
        OPENSSL_cleanse(s.answer, ANSWER_MAX);
    free(s.answer);
    profile_close(s.files);
    if (code)
        OPENSSL_cleanse(out, sizeof *out);
    return code;
}
