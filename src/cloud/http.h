/* An HTTP/1.1 server on the loopback interface, inside a reactor (libmicrohttpd does
 * the protocol). A request is handed over when all of it is there; it is answered
 * exactly once, at once or later, from the reactor's thread.
 *
 * Faults are the same answers, damaged on their way: see enum http_damage. */
#ifndef CLOUD_HTTP_H
#define CLOUD_HTTP_H

#include "base/err.h"
#include "cloud/reactor.h"

#include <stddef.h>
#include <stdint.h>

struct http_server;

/* A request. The strings and the body are the server's until it is answered. */
struct http_request {
    struct http_server *server;
    const char *method; /* "POST" */
    const char *target; /* as sent: still percent-encoded, query and all */
    const unsigned char *body;
    size_t size;     /* of the body, as far as it was kept */
    uint64_t length; /* of the body as sent; > size if it was longer than body_max */
    void *owner;     /* the server's user may keep something here */
};

struct http_field {
    const char *name, *value;
};

enum http_damage {
    HTTP_WHOLE,
    HTTP_CUT,  /* the head, half of the body, then the end of the connection */
    HTTP_DRIP, /* the body trickles over `drip_ns`, in 20 pieces */
};

struct http_answer {
    int status;
    const struct http_field *fields; /* Date, Content-Length, Connection come by themselves */
    int field_count;
    const void *body; /* copied */
    size_t size;
    enum http_damage damage;
    int64_t drip_ns;
};

struct http_options {
    int port;            /* 0: any that is free */
    int connections_max; /* beyond it new ones wait; lowered to what descriptors allow */
    size_t head_max;     /* of a request line with its headers, bytes; 0: as usual, 32 KiB */
    size_t body_max;     /* more of a body is counted and dropped */
    size_t bodies_max;   /* of all bodies at once; a request beyond it is answered 503 */
    int64_t idle_ns;     /* a connection without a request is closed after it; >= 1 s */
    /* A whole request is there. */
    void (*serve)(void *context, struct http_request *r);
    void *context;
};

/* Listens on 127.0.0.1. NULL with the sentence ("port 9001 is in use …"). */
struct http_server *http_open(struct reactor *reactor, const struct http_options *o, struct err *e);
/* Ends all connections, answered or not, and frees the server. No request may be
 * used afterwards. */
void http_close(struct http_server *s);
/* Accepts no more connections; those that are open go on. */
void http_quiesce(struct http_server *s);

int http_port(const struct http_server *s);
/* Requests handed over and not answered yet; open connections. */
int http_pending(const struct http_server *s);
int http_connections(const struct http_server *s);

/* Value of the first header of that name (any case), NULL if there is none. */
const char *http_header(const struct http_request *r, const char *name);
/* The same of the trailers, which may follow a body sent in chunks. */
const char *http_trailer(const struct http_request *r, const char *name);
/* All headers, in the order sent; at most `max` are written, the number of all is
 * returned. */
int http_headers(const struct http_request *r, struct http_field *out, int max);

/* Answers; r is gone. A client that has gone away meanwhile is no error. */
void http_answer(struct http_request *r, const struct http_answer *a);
/* No answer: the connection is reset (RST); r is gone. */
void http_reset(struct http_request *r);
/* No answer, ever: r is gone; the connection ends when the client gives up, or
 * after for_ns. */
void http_ignore(struct http_request *r, int64_t for_ns);

#endif
