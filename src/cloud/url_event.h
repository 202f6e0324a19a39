/* Function URLs and HTTP APIs: the request as an event (payload format 2.0) for the
 * handler, and the handler's result as an HTTP answer. specs: faas.md 1. */
#ifndef CLOUD_URL_EVENT_H
#define CLOUD_URL_EVENT_H

#include "cloud/buffer.h"
#include "cloud/http.h"

struct url_event {
    const struct http_request *request;
    const char *path;        /* "/tokenize": what the handler sees, still percent-encoded */
    const char *query;       /* as sent, "" if there is none */
    const char *domain, *id; /* ID.lambda-url.REGION.on.aws, ID */
    const char *account, *request_id;
    int64_t real_ms; /* since 1970 */
};

/* Appends the event. */
void url_event_write(struct buffer *out, const struct url_event *u);

/* Handler's side. Is a payload such an event? Cheap: it looks at its first bytes. */
bool url_event_is(const char *json, size_t size);
/* Appends the body of an event, decoded; false if it cannot be read. */
MUST_USE bool url_event_body(const char *json, size_t size, struct buffer *out);
/* Appends a result with a JSON body (which must be ASCII or UTF-8). */
void url_event_answer(struct buffer *out, int status, const char *body, size_t size);

/* The front's side: what the handler's result says. */
#define URL_FIELDS_MAX 64
struct url_answer {
    int status;
    struct http_field fields[URL_FIELDS_MAX]; /* names and values in `text` */
    int field_count;
    struct buffer body, text;
};
/* Reads a result: an object with statusCode is an answer, any other JSON is the body of
 * a 200. False: it is neither; the front answers 502. url_answer_free is due. */
MUST_USE bool url_answer_read(const char *json, size_t size, struct url_answer *out);
void url_answer_free(struct url_answer *a);

#endif
