/* Errors of the platform's API: status, x-amzn-ErrorType, body, as AWS's clients know
 * them. specs: faas.md 1 and 10.3. */
#ifndef CLOUD_API_ERROR_H
#define CLOUD_API_ERROR_H

#include "cloud/account.h"
#include "cloud/http.h"

enum api_error {
    API_NOT_FOUND,
    API_BAD_PARAMETER,
    API_BAD_CONTENT,
    API_TOO_LARGE,
    API_THROTTLED,
    API_SERVICE,     /* 500 */
    API_BAD_GATEWAY, /* 502 */
    API_UNAVAILABLE, /* 503 */
    API_NO_SIGNATURE,
    API_BAD_SIGNATURE,
    API_UNKNOWN_KEY,
    API_CONFLICT,
    API_NO_OPERATION,
    API_FORBIDDEN,
    API_ERRORS
};

/* Answers r with the error. format: the message. reason: the Reason of a 429, else NULL;
 * retry_after_s: 0: none is sent. request_id: as told to the client. */
struct api_detail {
    const char *request_id;
    const char *reason;
    int64_t retry_after_s;
};
void api_error_answer(struct http_request *r, enum api_error error, const struct api_detail *d,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Reason of a refusal, as AWS writes it. */
extern const char *const api_reasons[REFUSALS];
/* Retry-After, seconds: the wait rounded up; 1 where it is not known; 0 (none) where
 * waiting does not help. */
int64_t api_retry_after_s(enum refusal why, int64_t wait_ns);

#endif
