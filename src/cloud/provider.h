/* Providers over HTTP: how a request is addressed and signed, and how its answer is read.
 *
 *   emulator   the Invoke API of our own emulator, in this process or at an endpoint
 *   aws        the Invoke API of Lambda, or of whatever an endpoint names
 *   url        a function URL: IAM or none
 *
 * (`model` is no HTTP and not here.) A provider is opened by the owner and used by the
 * invoker's thread. */
#ifndef CLOUD_PROVIDER_H
#define CLOUD_PROVIDER_H

#include "cloud/answer.h"
#include "cloud/invoker.h"
#include "io/preset.h"

enum provider_auth { AUTH_AUTO, AUTH_IAM, AUTH_NONE, AUTHS };
extern const char *const provider_auth_names[]; /* "auto" "iam" "none", NULL */

enum provider_type { TYPE_RESPONSE, TYPE_EVENT, TYPE_DRY_RUN, TYPES };
extern const char *const provider_type_names[]; /* "RequestResponse" "Event" "DryRun", NULL */

/* What a person says. */
struct provider_setting {
    enum provider kind;      /* not PROVIDER_MODEL */
    const char *endpoint;    /* URL; NULL or "": the provider's own */
    const char *function;    /* name, name:alias, ARN; NULL or "": "tokenize" */
    const char *profile;     /* of AWS's files; NULL: as the environment says */
    enum provider_auth auth; /* auto: sign where there are keys and AWS, or an endpoint that
                              * is not on this machine, would want it */
    enum provider_type type;
    bool log_tail; /* ask for the last 4 KB of the function's log */
};

struct provider_access;

/* Finds out address and keys. ERR_BAD with a sentence where something is missing or wrong;
 * may take as long as credentials_open. */
MUST_USE int provider_open(const struct provider_setting *s, struct provider_access **out,
                           struct err *e);
/* NULL is fine. After the invoker that uses it has been closed. */
void provider_close(struct provider_access *p);

const char *provider_url(const struct provider_access *p);
/* "127.0.0.1:9001", "lambda.eu-west-1.amazonaws.com": fit to be shown. */
const char *provider_host(const struct provider_access *p);
bool provider_is_loopback(const struct provider_access *p);
enum answer_front provider_front(const struct provider_access *p);
/* File of trusted certificates that AWS_CA_BUNDLE names, or NULL. */
const char *provider_ca_file(const struct provider_access *p);
/* "keys from the environment", "unsigned". */
const char *provider_keys(const struct provider_access *p);

/* Mark of a call whose predecessor was answered ExpiredToken: new keys are looked for
 * before it is signed. */
#define PROVIDER_RENEW 1u

/* For struct invoker_options; the context is the provider. */
invoker_prepare_fn provider_prepare;

/* The usual options of an invoker for this provider; calls_max and wake_fd are the caller's. */
struct invoker_options provider_invoker(struct provider_access *p, uint32_t calls_max, int wake_fd);

/* Decodes a log tail (X-Amz-Log-Result) into dst, NUL-terminated; returns its size. */
size_t provider_log(const char *base64, char *dst, size_t size);

/* One call, for `spillway invoke` and as a check before a run. */
struct provider_shot {
    struct invoker *invoker;
    struct invoker_call *call; /* with its answer */
    int wake_fd;
};
/* Sends one body and waits for what comes of it. ERR_* if it could not even be tried. The
 * shot is to be closed in any case. */
MUST_USE int provider_shoot(struct provider_access *p, const void *body, size_t size,
                            int64_t timeout_ns, struct provider_shot *out, struct err *e);
void provider_shot_close(struct provider_shot *s);

#endif
