/* The keys of an account, from the places where botocore finds them, kept fresh.
 *
 * In this order: the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN;
 * not when a profile was named by hand), the role that the profile assumes (role_arn, with keys of
 * its source_profile or credential_source; one step), the profile in the credentials file, its
 * credential_process, the profile in the config file, the container (AWS_CONTAINER_CREDENTIALS_
 * RELATIVE_URI or _FULL_URI), the instance (EC2's metadata, version 2, unless
 * AWS_EC2_METADATA_DISABLED is true). Web identities, single sign-on and codes (mfa_serial) are
 * found and refused with a sentence that says what to do instead.
 *
 * Keys that expire are looked for again before they do, in a thread; until new ones are there
 * the old ones stay. Secrets are wiped when they are replaced or closed, and the first opening
 * turns core dumps of the process off. */
#ifndef CLOUD_CREDENTIALS_H
#define CLOUD_CREDENTIALS_H

#include "cloud/sign.h"

#define CREDENTIALS_TOKEN_MAX 16384 /* bytes of a session token, with NUL */

struct credentials;

/* Finds keys. May take as long as its sources: a metadata service 1 s a request, a
 * role 5 s, a credential_process 60 s. profile: NULL for the one that the environment names. ERR_BAD with a
 * sentence where there are none, or where those found cannot be used; ERR_IO where a source
 * fails. */
MUST_USE int credentials_open(const char *profile, struct credentials **out, struct err *e);
/* Ends the thread (at once, or within 5 s if it waits for an HTTP answer) and wipes everything. NULL is fine. */
void credentials_close(struct credentials *c);

/* Of one thread: */

/* The keys to sign with now; borrowed until the next call. Never blocks. */
const struct sign_keys *credentials_keys(struct credentials *c);
/* Where they come from: "the environment", "profile dev of /home/x/.aws/credentials". */
const char *credentials_source(const struct credentials *c);
/* Seconds since 1970 when they expire; 0: never. */
int64_t credentials_expire_s(const struct credentials *c);
/* Looks for new keys at once, in the thread: AWS said that these are not good any more. */
void credentials_renew(struct credentials *c);
/* True once for each series of failures to find new keys: text gets the sentence. */
bool credentials_trouble(struct credentials *c, char *text, size_t size);

#endif
