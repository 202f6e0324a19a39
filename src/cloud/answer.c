#include "cloud/answer.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#define ERROR_BODY_MAX (64 * 1024) /* a longer one is not an error object */

/* ---- tables -------------------------------------------------------------------------- */

static const enum answer_status of_failure[INVOKER_FAILURES] = {
    [INVOKER_ANSWERED] = ANSWER_OK,        [INVOKER_CANCELLED] = ANSWER_ERROR,
    [INVOKER_UNPREPARED] = ANSWER_REFUSED, [INVOKER_NO_HOST] = ANSWER_ERROR,
    [INVOKER_NO_PEER] = ANSWER_ERROR,      [INVOKER_DISTRUST] = ANSWER_REFUSED,
    [INVOKER_NO_HTTP] = ANSWER_REFUSED,    [INVOKER_BROKEN] = ANSWER_ERROR,
    [INVOKER_LATE] = ANSWER_TIMEOUT,       [INVOKER_TOO_LARGE] = ANSWER_TOO_LARGE,
};

/* Types of errors that mean something else than their HTTP status does. */
static const struct {
    const char *type; /* without "Exception" at its end */
    enum answer_status means;
} by_type[] = {
    {"TooManyRequests", ANSWER_THROTTLED},
    {"Throttling", ANSWER_THROTTLED},
    {"Throttled", ANSWER_THROTTLED},
    {"RequestThrottled", ANSWER_THROTTLED},
    {"RequestLimitExceeded", ANSWER_THROTTLED},
    {"SlowDown", ANSWER_THROTTLED},
    {"EC2Throttled", ANSWER_THROTTLED},
    {"PriorRequestNotComplete", ANSWER_ERROR},
    {"RequestTimeout", ANSWER_ERROR},
    {"RequestTooLarge", ANSWER_TOO_LARGE},
    {"RequestEntityTooLarge", ANSWER_TOO_LARGE},
    {"SerializedRequestEntityTooLarge", ANSWER_TOO_LARGE},
    /* 502 that never heals by itself */
    {"EC2AccessDenied", ANSWER_REFUSED},
    {"ENILimitReached", ANSWER_REFUSED},
    {"InvalidRuntime", ANSWER_REFUSED},
    {"InvalidSecurityGroupID", ANSWER_REFUSED},
    {"InvalidSubnetID", ANSWER_REFUSED},
    {"InvalidZipFile", ANSWER_REFUSED},
    {"KMSAccessDenied", ANSWER_REFUSED},
    {"KMSDisabled", ANSWER_REFUSED},
    {"KMSInvalidState", ANSWER_REFUSED},
    {"KMSNotFound", ANSWER_REFUSED},
    {"SubnetIPAddressLimitReached", ANSWER_REFUSED},
};

static const struct {
    int status;
    enum answer_status means;
} by_status[] = {
    {200, ANSWER_OK},        {408, ANSWER_ERROR},     {409, ANSWER_ERROR},
    {413, ANSWER_TOO_LARGE}, {429, ANSWER_THROTTLED}, {500, ANSWER_ERROR},
    {502, ANSWER_ERROR},     {503, ANSWER_ERROR},     {504, ANSWER_ERROR},
};

/* Failures of the function itself, by the errorType in the body. */
static const struct {
    const char *type;
    enum answer_status means;
} by_function_error[] = {
    {"Sandbox.Timedout", ANSWER_TIMEOUT},
    {"Function.ResponseSizeTooLarge", ANSWER_TOO_LARGE},
};

/* ---- words of the answer ---------------------------------------------------------------- */

struct words {
    char type[64], message[160], reason[64];
};

static void copy_word(char *dst, size_t size, const cJSON *object, const char *name)
{
    const cJSON *v = cJSON_GetObjectItem(object, name);
    if (cJSON_IsString(v) && dst[0] == 0)
        snprintf(dst, size, "%s", v->valuestring);
}

/* Long numbers name accounts; what is no printable ASCII could move the cursor. */
static void mask(char *text)
{
    for (char *p = text; *p; p++)
        if (*p < ' ' || *p > '~')
            *p = '?';
    for (char *p = text; *p;) {
        size_t n = strspn(p, "0123456789");
        if (n >= 12)
            memset(p, '*', n);
        p += n ? n : 1;
    }
}

static void read_words(const struct invoker_call *c, struct words *w)
{
    memset(w, 0, sizeof *w);
    snprintf(w->type, sizeof w->type, "%s", c->said.error_type);
    cJSON *o = c->answer_size > 0 && c->answer_size <= ERROR_BODY_MAX
                   ? cJSON_ParseWithLength(c->answer, c->answer_size)
                   : NULL;
    if (cJSON_IsObject(o)) {
        copy_word(w->type, sizeof w->type, o, "errorType");
        copy_word(w->type, sizeof w->type, o, "__type");
        copy_word(w->type, sizeof w->type, o, "code");
        copy_word(w->message, sizeof w->message, o, "errorMessage");
        copy_word(w->message, sizeof w->message, o, "message"); /* in any case */
        copy_word(w->reason, sizeof w->reason, o, "Reason");
    }
    cJSON_Delete(o);
    mask(w->type);
    mask(w->message);
}

/* Is it this type, "Exception" at its end or not, a namespace before it or not? */
static bool is_type(const char *said, const char *type)
{
    const char *hash = strchr(said, '#');
    const char *p = hash ? hash + 1 : said;
    size_t n = strlen(type);
    return strncmp(p, type, n) == 0 && (p[n] == 0 || strcmp(p + n, "Exception") == 0);
}

/* ---- judging -------------------------------------------------------------------------------- */

static enum answer_status meaning_of(int status, const char *type)
{
    for (size_t i = 0; i < sizeof by_type / sizeof by_type[0]; i++)
        if (status != 200 && is_type(type, by_type[i].type))
            return by_type[i].means;
    for (size_t i = 0; i < sizeof by_status / sizeof by_status[0]; i++)
        if (by_status[i].status == status)
            return by_status[i].means;
    return status >= 500 ? ANSWER_ERROR : ANSWER_REFUSED;
}

static enum throttle_reason reason_of(const char *reason)
{
    return strstr(reason, "Rate") ? THROTTLE_RATE : THROTTLE_CONCURRENCY;
}

static void judge_function_error(const struct words *w, struct judgement *out)
{
    out->status = ANSWER_FUNCTION_ERROR;
    for (size_t i = 0; i < sizeof by_function_error / sizeof by_function_error[0]; i++)
        if (strcmp(w->type, by_function_error[i].type) == 0)
            out->status = by_function_error[i].means;
    if (strstr(w->message, "Task timed out"))
        out->status = ANSWER_TIMEOUT;
    snprintf(out->why, sizeof out->why, "the function failed%s%.60s%s%.140s",
             w->type[0] ? ": " : "", w->type, w->message[0] ? ": " : "", w->message);
}

static void say_status(int status, const struct words *w, struct judgement *out)
{
    static const char *const what[ANSWER_STATUS_COUNT] = {
        [ANSWER_OK] = "",
        [ANSWER_THROTTLED] = "the platform throttles",
        [ANSWER_ERROR] = "the platform failed",
        [ANSWER_FUNCTION_ERROR] = "the function failed",
        [ANSWER_TIMEOUT] = "the function ran out of time",
        [ANSWER_REFUSED] = "the platform refuses the call",
        [ANSWER_TOO_LARGE] = "the batch is too large for the platform",
    };
    snprintf(out->why, sizeof out->why, "%s (HTTP %d%s%.60s)%s%.140s", what[out->status], status,
             w->type[0] ? " " : "", w->type, w->message[0] ? ": " : "", w->message);
}

void answer_judge(const struct invoker_call *c, enum answer_front front, struct judgement *out)
{
    struct words w;
    memset(out, 0, sizeof *out);
    out->status = of_failure[c->failure];
    if (c->failure != INVOKER_ANSWERED) {
        out->gone = c->failure != INVOKER_TOO_LARGE;
        snprintf(out->why, sizeof out->why, "%s", c->why);
        return;
    }
    int status = c->said.status;
    bool failed = c->said.function_error[0] || (front == ANSWER_FRONT_URL && status == 502);
    if (status == 200 && !failed)
        return;
    read_words(c, &w);
    if (failed) {
        judge_function_error(&w, out);
        return;
    }
    out->status = meaning_of(status, w.type);
    if (out->status == ANSWER_THROTTLED)
        out->reason = reason_of(w.reason);
    out->expired = is_type(w.type, "ExpiredToken");
    if (out->expired)
        out->status = ANSWER_ERROR; /* once more, with new keys */
    say_status(status, &w, out);
    if (status == 202 || status == 204)
        snprintf(out->why, sizeof out->why,
                 "the platform took the call and brings no result (HTTP %d): a stream needs "
                 "RequestResponse",
                 status);
}
