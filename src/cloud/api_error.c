#include "cloud/api_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct row {
    int status;
    const char *name;
    const char *type;    /* who is at fault: "User", "Service"; NULL: not said */
    const char *message; /* the field's name */
};

static const struct row rows[API_ERRORS] = {
    [API_NOT_FOUND] = {404, "ResourceNotFoundException", "User", "Message"},
    [API_BAD_PARAMETER] = {400, "InvalidParameterValueException", "User", "message"},
    [API_BAD_CONTENT] = {400, "InvalidRequestContentException", "User", "message"},
    [API_TOO_LARGE] = {413, "RequestEntityTooLargeException", "User", "message"},
    [API_THROTTLED] = {429, "TooManyRequestsException", "User", "message"},
    [API_SERVICE] = {500, "ServiceException", "Service", "Message"},
    [API_BAD_GATEWAY] = {502, "EC2UnexpectedException", "Service", "Message"},
    [API_UNAVAILABLE] = {503, "ServiceUnavailableException", "Service", "Message"},
    [API_NO_SIGNATURE] = {403, "MissingAuthenticationTokenException", NULL, "message"},
    [API_BAD_SIGNATURE] = {403, "InvalidSignatureException", NULL, "message"},
    [API_UNKNOWN_KEY] = {403, "UnrecognizedClientException", NULL, "message"},
    [API_CONFLICT] = {409, "ResourceConflictException", "User", "message"},
    [API_NO_OPERATION] = {404, "UnknownOperationException", NULL, "message"},
    [API_FORBIDDEN] = {403, "AccessDeniedException", NULL, "Message"},
};

const char *const api_reasons[REFUSALS] = {
    [REFUSED_CONCURRENCY] = "ConcurrentInvocationLimitExceeded",
    [REFUSED_RATE] = "FunctionInvocationRateLimitExceeded",
    [REFUSED_SCALE] = "ConcurrentInvocationLimitExceeded",
    [REFUSED_RESERVED_CONCURRENCY] = "ReservedFunctionConcurrentInvocationLimitExceeded",
    [REFUSED_RESERVED_RATE] = "ReservedFunctionInvocationRateLimitExceeded",
    [REFUSED_QUEUE] = "CallerRateLimitExceeded",
    [REFUSED_OFF] = "ReservedFunctionConcurrentInvocationLimitExceeded",
};

int64_t api_retry_after_s(enum refusal why, int64_t wait_ns)
{
    if (why == REFUSED_OFF)
        return 0;
    return wait_ns > 0 ? (wait_ns + NS_PER_S - 1) / NS_PER_S : 1;
}

void api_error_answer(struct http_request *r, enum api_error error, const struct api_detail *d,
                      const char *format, ...)
{
    const struct row *row = &rows[error];
    struct buffer message = {0}, json = {0};
    char retry[24], text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    buffer_json(&message, text, strlen(text));
    buffer_text(&json, "{");
    if (d->reason)
        buffer_format(&json, "\"Reason\":\"%s\",", d->reason);
    if (row->type)
        buffer_format(&json, "\"Type\":\"%s\",", row->type);
    buffer_format(&json, "\"%s\":%s}", row->message, message.data ? message.data : "\"\"");
    struct http_field fields[4] = {{"Content-Type", "application/json"},
                                   {"x-amzn-RequestId", d->request_id},
                                   {"x-amzn-ErrorType", row->name}};
    int count = 3;
    if (d->retry_after_s > 0) {
        snprintf(retry, sizeof retry, "%lld", (long long)d->retry_after_s);
        fields[count++] = (struct http_field){"Retry-After", retry};
    }
    const struct http_answer a = {.status = row->status,
                                  .fields = fields,
                                  .field_count = count,
                                  .body = json.data,
                                  .size = json.size};
    http_answer(r, &a);
    buffer_free(&message);
    buffer_free(&json);
}
