/* Strict JSON (RFC 8259) for files that people write: the whole grammar is
 * checked, and every value keeps the place where it stands, so that whoever
 * reads it can say "12:8".
 *
 * Refused besides bad grammar: more than JSON_DEPTH_MAX levels, more than
 * JSON_FIELDS_MAX fields in one object, repeated fields, numbers that are not
 * finite, NUL (as a byte or as \u0000), half surrogate pairs, bytes that are
 * not UTF-8, a byte order mark, anything after the value.
 *
 * Why not cJSON here: it keeps no positions and accepts most of the above, so
 * the text has to be scanned strictly in any case. Once the scanner knows where
 * each value begins and ends, linking the values into a tree is a few lines
 * more; matching a second, laxer parser's tree with a table of positions would
 * be more code, and two opinions about one text. */
#ifndef IO_JSON_H
#define IO_JSON_H

#include "base/check.h"

#include <stddef.h>
#include <stdint.h>

#define JSON_SIZE_MAX (1 << 20)
#define JSON_DEPTH_MAX 16
#define JSON_FIELDS_MAX 256

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
    enum json_kind kind;
    uint32_t at;       /* offset of its first byte in the text */
    uint32_t size;     /* bytes of `text` */
    const char *text;  /* string: decoded, NUL-terminated; other scalars: as written, no NUL */
    uint32_t key_at;   /* field of an object: offset of its name */
    uint32_t key_size; /* bytes of `key` */
    const char *key;   /* its name, decoded, NUL-terminated; NULL for others */
    struct json_value *first; /* object, array: first element, in the order written */
    struct json_value *next;  /* next element of the same container */
    uint32_t count;           /* number of elements */
};

struct json {
    const char *text; /* borrowed: must outlive the tree */
    size_t size;
    struct json_value *value; /* value[0] is the root */
    char *strings;            /* decoded strings and names */
};

/* What is wrong and where. */
struct json_fault {
    uint32_t at;       /* offset in the text */
    const char *field; /* name of the field concerned, or NULL; lives as long as the tree */
    char text[160];    /* one sentence, no position; shows at most one character of the text */
};

/* Scans text[0..size). Returns 0, or ERR_BAD with *fault filled, or ERR_MEMORY.
 * In every case json_free(out) is due afterwards. */
MUST_USE int json_parse(const char *text, size_t size, struct json *out, struct json_fault *fault);
void json_free(struct json *doc);

/* Line and column of an offset, both from 1. Columns count characters (code
 * points), as editors do; a tab counts as one. */
void json_position(const char *text, size_t size, size_t at, int *line, int *column);

/* Field of an object by name; NULL if it has none. */
const struct json_value *json_field(const struct json_value *object, const char *name);

/* "a string", "an object", … for sentences. */
const char *json_kind_name(enum json_kind kind);

#endif
