#include "tests/lib/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t decode_base64(const char *text, unsigned char *dst, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0;
    int have = 0;
    size_t n = 0;
    assert(text);
    for (; *text && *text != '='; text++) {
        const char *digit = strchr(digits, *text);
        assert(digit && n < size);
        bits = bits << 6 | (unsigned)(digit - digits);
        have += 6;
        if (have >= 8) {
            have -= 8;
            dst[n++] = (unsigned char)(bits >> have);
        }
    }
    return n;
}

static const char *text_of(const struct json_value *object, const char *name)
{
    const struct json_value *v = json_field(object, name);
    assert(v);
    return v->kind == JSON_STRING ? v->text : NULL;
}

static void fill(struct vector *v)
{
    const struct json_value *o = v->doc.value;
    v->id = text_of(o, "id");
    v->note = text_of(o, "note");
    v->method = text_of(o, "method");
    v->url = text_of(o, "url");
    v->region = text_of(o, "region");
    v->service = text_of(o, "service");
    v->time = text_of(o, "time");
    v->authorization = text_of(o, "expected_authorization");
    v->canonical = text_of(o, "expected_canonical_request");
    v->keys = (struct sign_keys){text_of(o, "access"), text_of(o, "secret"), text_of(o, "token")};
    v->body_size = decode_base64(text_of(o, "body_b64"), v->body, sizeof v->body);
    v->header_count = 0;
    const struct json_value *h = json_field(o, "headers")->first;
    for (; h; h = h->next) {
        assert(v->header_count < sizeof v->headers / sizeof *v->headers);
        v->headers[v->header_count++] = (struct sign_header){h->first->text, h->first->next->text};
    }
}

int vectors_read(void (*visit)(const struct vector *v, void *context), void *context)
{
    FILE *file = fopen("tests/vectors/sigv4.jsonl", "r");
    struct vector *v = calloc(1, sizeof *v);
    size_t size = 0;
    int count = 0;
    if (!file || !v)
        return -1;
    for (ssize_t n; (n = getline(&v->line, &size, file)) > 0; count++) {
        struct json_fault fault;
        int code = json_parse(v->line, (size_t)n, &v->doc, &fault);
        assert(code == 0);
        fill(v);
        visit(v, context);
        json_free(&v->doc);
    }
    free(v->line);
    free(v);
    fclose(file);
    return count;
}
