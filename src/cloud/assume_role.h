/* Keys of a role, from AWS's Security Token Service: one signed request. */
#ifndef CLOUD_ASSUME_ROLE_H
#define CLOUD_ASSUME_ROLE_H

#include "cloud/credentials_find.h"

/* What the profile says; NULL or "" where it does not. All borrowed. */
struct role {
    const char *arn;          /* role_arn */
    const char *session_name; /* role_session_name; else one is made up */
    const char *external_id;  /* external_id */
    const char *duration_s;   /* duration_seconds, as written */
};

/* Asks for keys of the role with those of `source`, into *out but for its source. The region is
 * where the service is asked; endpoint: another URL, NULL for AWS's own. ERR_BAD for what the
 * profile says wrongly, ERR_IO with AWS's error code where it refuses. At most 5 s. */
MUST_USE int assume_role(const struct role *r, const struct sign_keys *source, const char *region,
                         const char *endpoint, struct key_set *out, struct err *e);

/* Finds keys in an answer of the service (XML), which is wiped. */
MUST_USE int assume_role_read(char *xml, struct key_set *out, struct err *e);

#endif
