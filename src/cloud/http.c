/* libmicrohttpd runs without a thread: its epoll descriptor stands in ours, and
 * MHD_run is called when it is readable or when its own times are due.
 *
 *   access() … access() ── whole ──► serve ──► answered inside ───────► queued
 *                                      │                                  ▲
 *                                      └► connection suspended ── http_answer: resumed, access() again
 *
 * Header and body leave in one write. A suspended connection is not read, so a
 * client that goes away is noticed when it is answered (or ignored: see watch). */
#include "cloud/http.h"

#include "base/units.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define DRIP_PIECES 20
#define SPARE_DESCRIPTORS 64
#define BACKLOG 4096
#define HEAD_MAX ((size_t)32 * 1024)

enum state { ARRIVING, SERVING, WAITING, IGNORED, ANSWERED, DROPPED, QUEUED };

struct exchange {
    struct http_request request; /* first: a request is its exchange */
    struct MHD_Connection *connection;
    struct MHD_Response *response;
    char *target;
    unsigned char *body;
    size_t room;
    enum state state;
    bool begun, suspended, refused;
    unsigned status;
    struct exchange *next, *before; /* all of the server's */
    struct reactor_watch watch;     /* ignored: does the client go away? */
    struct reactor_timer timer;     /* ignored: how long; dripping: next piece */
};

/* Body of a damaged answer. */
struct damaged {
    struct exchange *x; /* NULL when the exchange is over */
    unsigned char *bytes;
    size_t size, end; /* what is sent of it */
    size_t piece;     /* drip: bytes at a time */
    size_t allowed;   /* drip: how far it may go by now */
    int64_t pause_ns;
};

struct http_server {
    struct MHD_Daemon *daemon;
    struct reactor *reactor;
    struct http_options options;
    struct reactor_watch watch;
    struct reactor_timer timer;
    struct exchange *first;
    size_t bodies;
    int port, pending, connections, listen_fd;
    bool closing;
};

/* ---- running it ------------------------------------------------------------------ */

static void run(struct http_server *s)
{
    MHD_run(s->daemon);
    MHD_UNSIGNED_LONG_LONG ms = 0;
    if (MHD_get_timeout(s->daemon, &ms) != MHD_YES)
        return;
    int64_t at_ns = reactor_now_ns(s->reactor) + (int64_t)ms * NS_PER_MS;
    if (ms == 0)
        at_ns = 0;
    if (!s->timer.set || s->timer.at_ns > at_ns)
        reactor_timer_set(s->reactor, &s->timer, at_ns);
}

static void on_ready(void *context, uint32_t events)
{
    (void)events;
    run(context);
}

static void on_due(void *context) { run(context); }

/* Lets a suspended connection go on; it is run in the next round. */
static void wake(struct exchange *x)
{
    struct http_server *s = x->request.server;
    if (!x->suspended)
        return;
    x->suspended = false;
    MHD_resume_connection(x->connection);
    if (!s->timer.set || s->timer.at_ns > 0)
        reactor_timer_set(s->reactor, &s->timer, 0);
}

static void suspend(struct exchange *x)
{
    x->suspended = true;
    MHD_suspend_connection(x->connection);
}

static int descriptor(const struct exchange *x)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/* ---- requests as they arrive --------------------------------------------------------- */

/* A new request line. */
static void *begin(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct http_server *s = context;
    struct exchange *x = calloc(1, sizeof *x);
    char *target = x ? strdup(uri) : NULL;
    if (target == NULL) {
        free(x);
        return NULL; /* access() refuses it */
    }
    x->connection = connection;
    x->target = target;
    x->request.server = s;
    x->request.target = target;
    x->next = s->first;
    if (s->first)
        s->first->before = x;
    s->first = x;
    return x;
}

/* Counted here: asking the library, from within a request, would free connections that
 * it is just working at. */
static void count_connection(void *context, struct MHD_Connection *connection, void **owner,
                             enum MHD_ConnectionNotificationCode what)
{
    struct http_server *s = context;
    (void)connection, (void)owner;
    s->connections += what == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1;
}

static void end(void *context, struct MHD_Connection *connection, void **owner,
                enum MHD_RequestTerminationCode why)
{
    struct http_server *s = context;
    struct exchange *x = *owner;
    (void)connection;
    (void)why;
    if (x == NULL)
        return;
    *owner = NULL;
    reactor_unwatch(s->reactor, &x->watch);
    reactor_timer_clear(s->reactor, &x->timer);
    if (x->before)
        x->before->next = x->next;
    else
        s->first = x->next;
    if (x->next)
        x->next->before = x->before;
    if (x->state == WAITING)
        s->pending--;
    if (x->response)
        MHD_destroy_response(x->response);
    s->bodies -= x->room;
    free(x->body);
    free(x->target);
    free(x);
}

/* Room for `more` bytes; false: this body, or all together, would be too much. */
static bool make_room(struct exchange *x, size_t more)
{
    struct http_server *s = x->request.server;
    if (x->request.size + more <= x->room)
        return true;
    size_t room = x->room ? 2 * x->room : 4096;
    const char *said = http_header(&x->request, "Content-Length");
    unsigned long long length = said && !x->room ? strtoull(said, NULL, 10) : 0;
    if (length > room)
        room = length > s->options.body_max ? s->options.body_max : (size_t)length;
    while (room < x->request.size + more)
        room *= 2;
    if (s->bodies + room - x->room > s->options.bodies_max)
        return false;
    unsigned char *body = realloc(x->body, room);
    if (body == NULL)
        return false;
    s->bodies += room - x->room;
    x->body = body;
    x->room = room;
    return true;
}

static void append(struct exchange *x, const char *data, size_t size)
{
    size_t left = x->request.server->options.body_max - x->request.size;
    size_t keep = size < left ? size : left;
    x->request.length += size;
    if (keep == 0 || x->refused)
        return;
    if (!make_room(x, keep)) {
        x->refused = true;
        return;
    }
    memcpy(x->body + x->request.size, data, keep);
    x->request.size += keep;
}

static enum MHD_Result queue(struct exchange *x)
{
    x->state = QUEUED;
    return MHD_queue_response(x->connection, x->status, x->response);
}

/* All of it is there, or it was answered meanwhile. */
static enum MHD_Result proceed(struct exchange *x)
{
    struct http_server *s = x->request.server;
    if (x->state == ARRIVING) {
        x->state = SERVING;
        x->request.body = x->body;
        s->pending++;
        if (s->closing) {
            http_reset(&x->request);
        } else if (x->refused) {
            const struct http_answer busy = {.status = 503};
            http_answer(&x->request, &busy);
        } else {
            s->options.serve(s->options.context, &x->request);
        }
        if (x->state == SERVING) {
            x->state = WAITING;
            suspend(x);
        }
    }
    switch (x->state) {
    case ANSWERED:
        return queue(x);
    case DROPPED:
        return MHD_NO;
    case ARRIVING:
    case SERVING:
    case WAITING:
    case IGNORED:
    case QUEUED:
        break;
    }
    return MHD_YES;
}

static enum MHD_Result access_one(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **owner)
{
    struct exchange *x = *owner;
    (void)context, (void)connection, (void)url, (void)version;
    if (x == NULL)
        return MHD_NO;
    if (!x->begun) {
        x->begun = true;
        x->request.method = method;
        return MHD_YES;
    }
    if (*size > 0) {
        append(x, data, *size);
        *size = 0;
        return MHD_YES;
    }
    return proceed(x);
}

const char *http_header(const struct http_request *r, const char *name)
{
    const struct exchange *x = (const struct exchange *)r;
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

const char *http_trailer(const struct http_request *r, const char *name)
{
    const struct exchange *x = (const struct exchange *)r;
    return MHD_lookup_connection_value(x->connection, MHD_FOOTER_KIND, name);
}

struct collect {
    struct http_field *out;
    int max, count;
};

static enum MHD_Result collect_one(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct collect *c = context;
    (void)kind;
    if (c->count < c->max)
        c->out[c->count] = (struct http_field){name, value ? value : ""};
    c->count++;
    return MHD_YES;
}

int http_headers(const struct http_request *r, struct http_field *out, int max)
{
    const struct exchange *x = (const struct exchange *)r;
    struct collect c = {out, max, 0};
    MHD_get_connection_values(x->connection, MHD_HEADER_KIND, collect_one, &c);
    return c.count;
}

/* ---- answers ---------------------------------------------------------------------------- */

static void more_drip(void *context)
{
    struct exchange *x = context;
    wake(x);
}

static ssize_t read_damaged(void *context, uint64_t at, char *out, size_t max)
{
    struct damaged *d = context;
    if (at >= d->end)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (d->piece && at >= d->allowed) {
        struct exchange *x = d->x;
        struct http_server *s = x->request.server;
        if (s->closing)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        d->allowed = at + d->piece;
        suspend(x);
        x->timer = (struct reactor_timer){.due = more_drip, .context = x};
        reactor_timer_set(s->reactor, &x->timer, reactor_now_ns(s->reactor) + d->pause_ns);
        return 0;
    }
    size_t stop = d->piece && d->allowed < d->end ? d->allowed : d->end;
    size_t n = stop - (size_t)at < max ? stop - (size_t)at : max;
    memcpy(out, d->bytes + at, n);
    return (ssize_t)n;
}

static void free_damaged(void *context)
{
    struct damaged *d = context;
    free(d->bytes);
    free(d);
}

static struct MHD_Response *damage(struct exchange *x, const struct http_answer *a)
{
    struct damaged *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->x = x;
    d->bytes = malloc(a->size);
    d->size = a->size;
    d->end = a->damage == HTTP_CUT ? a->size / 2 : a->size;
    if (a->damage == HTTP_DRIP) {
        d->piece = a->size / DRIP_PIECES + 1;
        d->pause_ns = a->drip_ns / (int64_t)((a->size + d->piece - 1) / d->piece);
    }
    struct MHD_Response *r =
        d->bytes ? MHD_create_response_from_callback(a->size, 65536, read_damaged, d, free_damaged)
                 : NULL;
    if (r)
        memcpy(d->bytes, a->body, a->size);
    else
        free_damaged(d);
    return r;
}

static struct MHD_Response *make_response(struct exchange *x, const struct http_answer *a)
{
    struct MHD_Response *r;
    if (a->damage != HTTP_WHOLE && a->size > 0)
        r = damage(x, a);
    else
        r = MHD_create_response_from_buffer(a->size, (void *)(uintptr_t)a->body,
                                            MHD_RESPMEM_MUST_COPY);
    if (r == NULL)
        return NULL;
    MHD_set_response_options(r, MHD_RF_SEND_KEEP_ALIVE_HEADER, MHD_RO_END);
    for (int i = 0; i < a->field_count; i++)
        MHD_add_response_header(r, a->fields[i].name, a->fields[i].value);
    return r;
}

/* The exchange is settled, as `state`. */
static void settle(struct exchange *x, enum state state)
{
    assert(x->state == SERVING || x->state == WAITING);
    x->state = state;
    x->request.server->pending--;
    wake(x);
}

void http_answer(struct http_request *r, const struct http_answer *a)
{
    struct exchange *x = (struct exchange *)r;
    x->status = (unsigned)a->status;
    x->response = make_response(x, a);
    settle(x, x->response ? ANSWERED : DROPPED);
}

void http_reset(struct http_request *r)
{
    struct exchange *x = (struct exchange *)r;
    /* "Connecting" to no family ends the connection with a reset, at once. */
    const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    int rc = connect(descriptor(x), &nowhere, sizeof nowhere);
    (void)rc; /* it may be gone already */
    settle(x, DROPPED);
}

static void give_up(void *context)
{
    struct exchange *x = context;
    reactor_unwatch(x->request.server->reactor, &x->watch);
    reactor_timer_clear(x->request.server->reactor, &x->timer);
    x->state = DROPPED;
    wake(x);
}

static void went_away(void *context, uint32_t events)
{
    (void)events;
    give_up(context);
}

void http_ignore(struct http_request *r, int64_t for_ns)
{
    struct exchange *x = (struct exchange *)r;
    struct http_server *s = r->server;
    struct err e;
    assert(x->state == SERVING || x->state == WAITING);
    if (x->state == SERVING)
        suspend(x);
    s->pending--;
    x->state = IGNORED;
    x->watch = (struct reactor_watch){.ready = went_away, .context = x};
    x->timer = (struct reactor_timer){.due = give_up, .context = x};
    if (reactor_watch(s->reactor, &x->watch, descriptor(x), EPOLLRDHUP, &e) != 0)
        for_ns = 0;
    reactor_timer_set(s->reactor, &x->timer, reactor_now_ns(s->reactor) + for_ns);
}

/* ---- opening and closing -------------------------------------------------------------------- */

static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context, (void)connection;
    return strlen(text);
}

static int listen_on(int port, int *fd, struct err *e)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int on = 1;
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(*fd, (struct sockaddr *)&address, size) == 0 && listen(*fd, BACKLOG) == 0 &&
        getsockname(*fd, (struct sockaddr *)&address, &size) == 0)
        return ntohs(address.sin_port);
    int why = errno;
    if (why == EADDRINUSE)
        snprintf(e->text, sizeof e->text,
                 "port %d on 127.0.0.1 is in use: choose another, or 0 for any that is free", port);
    else if (why == EACCES)
        snprintf(e->text, sizeof e->text,
                 "port %d on 127.0.0.1 needs more rights: choose one above 1023", port);
    else
        snprintf(e->text, sizeof e->text, "cannot listen on 127.0.0.1: %s", strerror(why));
    if (*fd >= 0)
        close(*fd);
    return e->code = ERR_IO;
}

/* As many as descriptors are allowed for, after raising the soft limit. */
static unsigned connection_limit(int wanted)
{
    struct rlimit limit;
    rlim_t need = (rlim_t)wanted + SPARE_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return (unsigned)wanted;
    if (limit.rlim_cur < need) {
        limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= need)
        return (unsigned)wanted;
    return limit.rlim_cur > 2 * SPARE_DESCRIPTORS ? (unsigned)limit.rlim_cur - SPARE_DESCRIPTORS
                                                  : SPARE_DESCRIPTORS;
}

static struct MHD_Daemon *start(struct http_server *s)
{
    const struct http_options *o = &s->options;
    const unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, access_one, s, /* listening is done already */
        MHD_OPTION_LISTEN_SOCKET, s->listen_fd, MHD_OPTION_URI_LOG_CALLBACK, begin, s,
        MHD_OPTION_NOTIFY_COMPLETED, end, s, MHD_OPTION_NOTIFY_CONNECTION, count_connection, s,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_CONNECTION_LIMIT,
        connection_limit(o->connections_max), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)(o->idle_ns / NS_PER_S), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        o->head_max ? o->head_max : HEAD_MAX, MHD_OPTION_END);
}

struct http_server *http_open(struct reactor *reactor, const struct http_options *o, struct err *e)
{
    assert(o->idle_ns >= NS_PER_S && o->connections_max >= 1);
    struct http_server *s = calloc(1, sizeof *s);
    if (s == NULL) {
        snprintf(e->text, sizeof e->text, "out of memory");
        e->code = ERR_MEMORY;
        return NULL;
    }
    s->options = *o;
    s->reactor = reactor;
    s->watch = (struct reactor_watch){.ready = on_ready, .context = s};
    s->timer = (struct reactor_timer){.due = on_due, .context = s};
    s->port = listen_on(o->port, &s->listen_fd, e);
    if (s->port < 0) {
        free(s);
        return NULL;
    }
    s->daemon = start(s);
    const union MHD_DaemonInfo *info =
        s->daemon ? MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (info && reactor_watch(reactor, &s->watch, info->epoll_fd, EPOLLIN, e) == 0)
        return s;
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    else
        close(s->listen_fd);
    snprintf(e->text, sizeof e->text, "cannot start the HTTP server");
    e->code = ERR_IO;
    free(s);
    return NULL;
}

void http_quiesce(struct http_server *s)
{
    if (s->listen_fd < 0)
        return;
    int fd = MHD_quiesce_daemon(s->daemon);
    if (fd >= 0)
        close(fd);
    s->listen_fd = -1;
}

void http_close(struct http_server *s)
{
    if (s == NULL)
        return;
    s->closing = true;
    for (struct exchange *x = s->first, *next; x; x = next) {
        next = x->next;
        if (x->state == WAITING)
            http_reset(&x->request);
        else if (x->state == IGNORED)
            give_up(x);
        else
            wake(x); /* dripping */
    }
    MHD_run(s->daemon);
    reactor_unwatch(s->reactor, &s->watch);
    reactor_timer_clear(s->reactor, &s->timer);
    http_quiesce(s);
    MHD_stop_daemon(s->daemon);
    assert(s->first == NULL);
    free(s);
}

int http_port(const struct http_server *s) { return s->port; }
int http_pending(const struct http_server *s) { return s->pending; }

int http_connections(const struct http_server *s) { return s->connections; }
