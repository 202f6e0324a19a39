/* Is a text JSON (RFC 8259)? One pass, no memory, no recursion: what a front does
 * with every body before it goes to a function. */
#ifndef CLOUD_JSON_CHECK_H
#define CLOUD_JSON_CHECK_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_CHECK_DEPTH 1000 /* levels; more is refused, as the usual readers do */

struct json_seen {
    size_t at;        /* the byte at which it stops being JSON (size: it is cut off) */
    uint32_t records; /* elements of the outermost array, or of the outermost object's field
                       * "records"; 0 if there is neither */
};

/* True if text is one JSON value with blanks around it. Bytes from 0x80 on are accepted
 * in strings without a look at their encoding. */
MUST_USE bool json_check(const char *text, size_t size, struct json_seen *seen);

#endif
