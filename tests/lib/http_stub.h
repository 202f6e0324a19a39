/* A tiny HTTP server on loopback for tests of clients: one thread, one connection at a time. */
#ifndef TESTS_LIB_HTTP_STUB_H
#define TESTS_LIB_HTTP_STUB_H

#include <pthread.h>

struct stub_answer {
    const char *request; /* "GET /path": the request line must begin so */
    const char *header;  /* must be in the request, as a line of its own; NULL: none */
    const char *answer;  /* everything that is sent; NULL: nothing, the connection stays open */
};

struct http_stub {
    const struct stub_answer *answers; /* ends with a NULL request; others get 404 */
    int fd, port;
    pthread_t thread;
    char url[64]; /* "http://127.0.0.1:PORT" */
};

void http_stub_start(struct http_stub *s, const struct stub_answer *answers);
void http_stub_stop(struct http_stub *s);

#define STUB_OK "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"

#endif
