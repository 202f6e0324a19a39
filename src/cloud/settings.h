/* Region and endpoint, from the places where AWS's own tools look for them. */
#ifndef CLOUD_SETTINGS_H
#define CLOUD_SETTINGS_H

#include "cloud/address.h"

/* "" where nobody says. */
struct settings {
    char region[ADDRESS_REGION_MAX];
    char endpoint[ADDRESS_URL_MAX];
    char endpoint_from[64]; /* "AWS_ENDPOINT_URL", "profile dev": for sentences */
    struct address_style style;
};

/* Region: AWS_REGION, AWS_DEFAULT_REGION, the profile's `region`. Endpoint of a service
 * ("lambda"): AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL, the profile's `services` section, its
 * `endpoint_url`; none of them when AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true. profile: NULL
 * for the one that the environment names. Errors: files that cannot be read or are wrong; a
 * named profile that is not there; what is no region or endpoint. */
MUST_USE int settings_read(const char *profile, const char *service, struct settings *out,
                           struct err *e);

#endif
