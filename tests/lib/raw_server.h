/* A server on the loopback interface that does to each request what the test says:
 * answer, hang, cut, close, talk nonsense. One thread per connection; what arrives is
 * counted and kept. Not fast, and not meant to be. */
#ifndef TESTS_LIB_RAW_SERVER_H
#define TESTS_LIB_RAW_SERVER_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define RAW_CONNECTIONS 256
#define RAW_HEAD 16384

struct raw_server;

struct raw_request {
    struct raw_server *server;
    int fd;
    int number;          /* of the request, from 1, over all connections */
    int connection;      /* from 1 */
    int of_connection;   /* number of the request on its connection, from 1 */
    char head[RAW_HEAD]; /* request line and headers, NUL-terminated */
    char *body;
    size_t size;
};

/* Does something to the request; false: close the connection. */
typedef bool raw_behave_fn(void *context, struct raw_request *r);

struct raw_server {
    int fd, port;
    raw_behave_fn *behave;
    void *context;
    bool greets_nobody; /* behave is called at once, without reading a request */
    pthread_mutex_t lock;
    int requests, connections, open;
    int peer[RAW_CONNECTIONS];
    bool stopping;
    pthread_t thread;
};

static inline void raw_write(int fd, const void *bytes, size_t size)
{
    const char *p = bytes;
    while (size > 0) {
        ssize_t n = send(fd, p, size, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        p += n;
        size -= (size_t)n;
    }
}

static inline void raw_say(int fd, const char *text) { raw_write(fd, text, strlen(text)); }

/* A whole answer. fields: header lines with CR LF, or "". */
static inline void raw_answer(int fd, int status, const char *fields, const void *body, size_t size)
{
    char head[1024];
    int n = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n", status,
                     size, fields);
    raw_write(fd, head, (size_t)n);
    raw_write(fd, body, size);
}

/* Waits until the other side closes, or for so long. */
static inline void raw_hang(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    (void)poll(&p, 1, ms);
}

static inline const char *raw_header(const struct raw_request *r, const char *name)
{
    static _Thread_local char value[1024];
    size_t n = strlen(name);
    for (const char *p = strstr(r->head, "\r\n"); p && p[2]; p = strstr(p + 2, "\r\n"))
        if (strncasecmp(p + 2, name, n) == 0 && p[2 + n] == ':') {
            snprintf(value, sizeof value, "%.*s", (int)strcspn(p + 3 + n, "\r"), p + 3 + n);
            return value + strspn(value, " ");
        }
    return NULL;
}

static inline bool raw_read_head(struct raw_request *r, size_t *extra)
{
    size_t used = 0;
    for (;;) {
        ssize_t n = recv(r->fd, r->head + used, sizeof r->head - 1 - used, 0);
        if (n <= 0)
            return false;
        used += (size_t)n;
        r->head[used] = 0;
        char *end = strstr(r->head, "\r\n\r\n");
        if (end) {
            size_t head = (size_t)(end + 4 - r->head);
            *extra = used - head;
            const char *length = raw_header(r, "content-length");
            r->size = length ? strtoull(length, NULL, 10) : 0;
            r->body = malloc(r->size + 1);
            memcpy(r->body, end + 4, *extra < r->size ? *extra : r->size);
            end[2] = 0;
            return true;
        }
        if (used >= sizeof r->head - 1)
            return false;
    }
}

static inline bool raw_read(struct raw_request *r)
{
    size_t have = 0;
    if (!raw_read_head(r, &have))
        return false;
    while (have < r->size) {
        ssize_t n = recv(r->fd, r->body + have, r->size - have, 0);
        if (n <= 0) {
            free(r->body);
            return false;
        }
        have += (size_t)n;
    }
    r->body[r->size] = 0;
    return true;
}

struct raw_peer {
    struct raw_server *server;
    int fd, slot, number;
};

static inline void *raw_serve(void *context)
{
    struct raw_peer *p = context;
    struct raw_server *s = p->server;
    struct raw_request *r = calloc(1, sizeof *r);
    r->server = s;
    r->fd = p->fd;
    r->connection = p->number;
    bool more = true;
    while (more) {
        if (!s->greets_nobody && !raw_read(r))
            break;
        r->of_connection++;
        pthread_mutex_lock(&s->lock);
        r->number = ++s->requests;
        pthread_mutex_unlock(&s->lock);
        more = s->behave(s->context, r);
        free(r->body);
        r->body = NULL;
    }
    pthread_mutex_lock(&s->lock);
    s->peer[p->slot] = -1;
    close(p->fd);
    s->open--;
    pthread_mutex_unlock(&s->lock);
    free(r);
    free(p);
    return NULL;
}

static inline void raw_accept(struct raw_server *s, int fd)
{
    struct raw_peer *p = malloc(sizeof *p);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    pthread_mutex_lock(&s->lock);
    int slot = 0;
    while (slot < RAW_CONNECTIONS && s->peer[slot] >= 0)
        slot++;
    if (slot < RAW_CONNECTIONS) {
        *p = (struct raw_peer){s, fd, slot, ++s->connections};
        s->peer[slot] = fd;
        s->open++;
    }
    pthread_mutex_unlock(&s->lock);
    pthread_t t;
    if (slot == RAW_CONNECTIONS || pthread_create(&t, NULL, raw_serve, p)) {
        close(fd);
        free(p);
        return;
    }
    pthread_detach(t);
}

static inline void *raw_listen(void *context)
{
    struct raw_server *s = context;
    for (int fd; (fd = accept(s->fd, NULL, NULL)) >= 0;)
        raw_accept(s, fd);
    return NULL;
}

/* 0, or -1 if there is no socket. port 0: any. */
static inline int raw_open(struct raw_server *s, int port, raw_behave_fn *behave, void *context)
{
    *s = (struct raw_server){.behave = behave, .context = context};
    pthread_mutex_init(&s->lock, NULL);
    for (int i = 0; i < RAW_CONNECTIONS; i++)
        s->peer[i] = -1;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof a;
    if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&a, n) || listen(s->fd, 1024) ||
        getsockname(s->fd, (struct sockaddr *)&a, &n))
        return -1;
    s->port = ntohs(a.sin_port);
    return pthread_create(&s->thread, NULL, raw_listen, s) ? -1 : 0;
}

static inline int raw_requests(struct raw_server *s)
{
    pthread_mutex_lock(&s->lock);
    int n = s->requests;
    pthread_mutex_unlock(&s->lock);
    return n;
}

static inline int raw_connections(struct raw_server *s)
{
    pthread_mutex_lock(&s->lock);
    int n = s->connections;
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* Stops listening and ends every connection. */
static inline void raw_close(struct raw_server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
    for (int wait = 0; wait < 2000; wait++) {
        pthread_mutex_lock(&s->lock);
        for (int i = 0; i < RAW_CONNECTIONS; i++)
            if (s->peer[i] >= 0)
                shutdown(s->peer[i], SHUT_RDWR);
        int open = s->open;
        pthread_mutex_unlock(&s->lock);
        if (open == 0)
            break;
        usleep(1000);
    }
}

#endif
