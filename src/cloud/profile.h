/* AWS's two files, config and credentials, as botocore reads them.
 *
 * Found by AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/config and
 * ~/.aws/credentials; one that is not there is empty. Lines: `[section]`, `key = value` (or
 * `key: value`), `#` and `;` at the beginning of a comment; indented lines go on with the value
 * above, and where that is empty they are a section of their own (`s3 =`, then `  key = value`).
 * Sections of the config file are `[default]`, `[profile NAME]`, `[services NAME]`,
 * `[sso-session NAME]`, those of the credentials file are plain names.
 *
 * Sentences name file and line, and never show what stands there: it could be a secret. */
#ifndef CLOUD_PROFILE_H
#define CLOUD_PROFILE_H

#include "base/check.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define PROFILE_FILE_MAX (1 << 20) /* bytes of a file */

struct profiles;

enum profile_file { PROFILE_CONFIG, PROFILE_CREDENTIALS };

/* Reads both files. ERR_BAD for what is wrong in them, ERR_IO for one that cannot be read. */
MUST_USE int profile_open(struct profiles **out, struct err *e);
/* Wipes them. NULL is fine. */
void profile_close(struct profiles *p);

/* The profile that is meant: `given`, else AWS_DEFAULT_PROFILE, AWS_PROFILE, "default".
 * ERR_BAD if one was named that neither file has. Borrowed from its place. */
MUST_USE int profile_choose(const struct profiles *p, const char *given, const char **profile,
                            struct err *e);
/* True if either file has it. */
bool profile_exists(const struct profiles *p, const char *profile);
/* The value of a key in a profile, or NULL; borrowed. */
const char *profile_value(const struct profiles *p, enum profile_file file, const char *profile,
                          const char *key);
/* The same in the credentials file, or else in the config file. */
const char *profile_either(const struct profiles *p, const char *profile, const char *key);
/* `key` in the block `service` of [services NAME], NAME being what the profile says under
 * `services`; NULL if there is none. */
const char *profile_service(const struct profiles *p, const char *profile, const char *service,
                            const char *key);
/* Where a file was looked for. */
const char *profile_path(const struct profiles *p, enum profile_file file);

/* For tests: the parser alone, over text[0..size), which it changes. `where` goes in front of
 * sentences. The text must outlive the result. */
MUST_USE int profile_parse(struct profiles *p, enum profile_file file, char *text, size_t size,
                           const char *where, struct err *e);
/* Empty profiles for profile_parse; NULL if there is no memory. */
struct profiles *profile_none(void);

#endif
