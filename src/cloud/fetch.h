/* One small HTTP request with a short deadline, for credentials: no proxy, no redirects. */
#ifndef CLOUD_FETCH_H
#define CLOUD_FETCH_H

#include "base/check.h"
#include "base/err.h"

#include <stddef.h>

struct fetch {
    const char *method; /* "GET", "PUT" without a body */
    const char *url;
    const char *const *headers; /* "Name: value" each, NULL at the end */
    int timeout_ms;             /* of the whole, connecting included */
};

/* Returns the HTTP status with the body in out[0..size), NUL-terminated; or ERR_IO with a
 * sentence that does not repeat the URL. Blocks no longer than the deadline. */
MUST_USE int fetch_run(const struct fetch *f, char *out, size_t size, struct err *e);

#endif
