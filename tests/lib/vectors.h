/* Signing vectors: tests/vectors/sigv4.jsonl, made by make_sigv4.py beside it. */
#ifndef TESTS_LIB_VECTORS_H
#define TESTS_LIB_VECTORS_H

#include "cloud/sign.h"
#include "io/json.h"

struct vector {
    const char *id, *note, *method, *url, *region, *service, *time;
    const char *authorization, *canonical;
    struct sign_keys keys;
    struct sign_header headers[32];
    size_t header_count;
    unsigned char body[8192];
    size_t body_size;
    /* of the reader */
    struct json doc;
    char *line;
};

/* Reads them one by one: calls visit for each; returns their number, or -1 if the file cannot
 * be read. What a vector points to is gone after its visit. */
int vectors_read(void (*visit)(const struct vector *v, void *context), void *context);

#endif
