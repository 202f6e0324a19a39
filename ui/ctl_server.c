/* The thread that serves the control socket. It shares with the others one reading, under
 * a lock that nobody holds for longer than a copy or a swap of two pointers takes. */
#include "ctl.h"

#include "cli.h"
#include "ctl_client.h"
#include "headless_summary.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_NS (10 * NS_PER_S) /* an engine that says nothing for so long is suspended */
#define LOOK_MS 1000              /* how often that is looked at */

struct ctl {
    struct sp_engine *engine;
    char path[CTL_PATH];
    int listen_fd, wake_fd;
    pthread_t thread;
    uint64_t tickets;
    struct ctl_client client[CTL_CLIENTS];
    struct sp_reading *mine; /* the thread's */
    bool have, over;         /* mine holds one; it is the last of the run */
    bool tired;              /* accept() failed: not again before LOOK_MS */
    pthread_mutex_t lock;    /* of what follows */
    struct sp_reading *inbox;
    bool fresh, stop;
    int clients;
};

/* sp_command takes one sender at a time. */
static pthread_mutex_t sending = PTHREAD_MUTEX_INITIALIZER;

bool ctl_send(struct sp_engine *engine, enum sp_author author, uint64_t ticket, const char *text)
{
    pthread_mutex_lock(&sending);
    bool sent = sp_command_ticket(engine, author, ticket, text);
    pthread_mutex_unlock(&sending);
    return sent;
}

static int64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- clients ------------------------------------------------------------------------ */

static void count_clients(struct ctl *s)
{
    int n = 0;
    for (int i = 0; i < CTL_CLIENTS; i++)
        n += s->client[i].fd >= 0;
    pthread_mutex_lock(&s->lock);
    s->clients = n;
    pthread_mutex_unlock(&s->lock);
}

static void drop(struct ctl *s, struct ctl_client *c)
{
    close(c->fd);
    c->fd = -1;
    count_clients(s);
}

/* The mode of the socket says it already; this says it again for odd file systems. */
static bool is_one_of_us(int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           (who.uid == geteuid() || who.uid == 0);
}

static void turn_away(int fd)
{
    static const char full[] = "{\"ok\":false,\"error\":\"8 clients are connected already, and no "
                               "more are served\"}\n";
    _Static_assert(CTL_CLIENTS == 8, "the sentence says how many");
    if (send(fd, full, sizeof full - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        errno = 0; /* it will see the end of the connection */
    close(fd);
}

static void welcome(struct ctl *s)
{
    int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        s->tired = errno != EAGAIN && errno != EINTR && errno != ECONNABORTED;
        return;
    }
    for (int i = 0; i < CTL_CLIENTS && is_one_of_us(fd); i++)
        if (s->client[i].fd < 0) {
            ctl_client_init(&s->client[i], fd);
            count_clients(s);
            return;
        }
    turn_away(fd);
}

/* ---- lines in, answers out -------------------------------------------------------------- */

/* One line of the stream; false: this watcher has fallen too far behind. */
static bool show_reading(struct ctl_client *c, const struct sp_reading *r)
{
    static _Thread_local struct print o;
    print_init(&o, -1);
    series_json(&o, r);
    return ctl_client_send(c, &o);
}

static void begin_watch(struct ctl *s, struct ctl_client *c)
{
    static _Thread_local struct print o;
    print_init(&o, -1);
    print_text(&o, "{\"ok\":true,\"watch\":true}\n");
    c->watches = ctl_client_send(c, &o) && !c->deaf;
    if (s->over && c->watches)
        c->watches = show_reading(c, s->mine);
}

static void run_line(struct ctl *s, struct ctl_client *c, const char *line)
{
    struct err e = {0};
    if (strcmp(line, "--watch") == 0) {
        begin_watch(s, c);
    } else if (sp_command_check(line, &e)) {
        ctl_client_refuse(c, "%s", e.text);
    } else if (s->over) {
        ctl_client_refuse(c, "the run is over");
    } else {
        c->ticket = ++s->tickets;
        c->asked_ns = clock_now();
        if (!ctl_send(s->engine, SP_SOCKET, c->ticket, line))
            ctl_client_refuse(c, "the engine is busy with earlier commands: try again");
    }
}

static void serve(struct ctl *s, struct ctl_client *c)
{
    char line[CTL_IN];
    while (ctl_client_line(c, line))
        run_line(s, c, line);
    ctl_client_write(c);
    if (ctl_client_is_over(c))
        drop(s, c);
}

static void take_reading(struct ctl *s)
{
    pthread_mutex_lock(&s->lock);
    bool fresh = s->fresh;
    if (fresh) {
        struct sp_reading *r = s->mine;
        s->mine = s->inbox;
        s->inbox = r;
        s->fresh = false;
    }
    pthread_mutex_unlock(&s->lock);
    if (!fresh)
        return;
    s->have = true;
    s->over = s->mine->finished;
    for (int i = 0; i < CTL_CLIENTS; i++) {
        struct ctl_client *c = &s->client[i];
        if (c->fd < 0)
            continue;
        if (c->ticket != 0 && !ctl_client_answer(c, s->mine) && s->over)
            ctl_client_refuse(c, "the run is over");
        if (c->watches && !show_reading(c, s->mine))
            drop(s, c);
        else
            serve(s, c);
    }
}

static void mind_the_silent(struct ctl *s)
{
    int64_t now = clock_now();
    for (int i = 0; i < CTL_CLIENTS; i++) {
        struct ctl_client *c = &s->client[i];
        if (c->fd < 0 || c->ticket == 0 || now - c->asked_ns < ANSWER_NS)
            continue;
        ctl_client_refuse(c, "no answer within 10 s: the command was given and may still be run");
        serve(s, c);
    }
}

/* ---- the loop ------------------------------------------------------------------------------ */

static bool wants_stop(struct ctl *s)
{
    pthread_mutex_lock(&s->lock);
    bool stop = s->stop;
    pthread_mutex_unlock(&s->lock);
    return stop;
}

static void prepare(const struct ctl_client *c, struct pollfd *p)
{
    bool reads = c->fd >= 0 && !c->ended && ctl_client_takes(c);
    bool writes = c->fd >= 0 && c->out_used > 0;
    *p = (struct pollfd){c->fd, (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0};
    if (!reads && !writes && !c->watches)
        p->fd = -1; /* else a peer that left would keep us awake */
}

static void attend(struct ctl *s, struct ctl_client *c, short seen)
{
    if (seen & (POLLIN | POLLHUP | POLLERR))
        ctl_client_read(c);
    if (c->ended && (seen & (POLLHUP | POLLERR))) {
        c->deaf = true;
        c->watches = false;
    }
    serve(s, c);
}

static void *thread_main(void *self)
{
    struct ctl *s = self;
    while (!wants_stop(s)) {
        struct pollfd p[CTL_CLIENTS + 2] = {{s->wake_fd, POLLIN, 0},
                                            {s->tired ? -1 : s->listen_fd, POLLIN, 0}};
        bool waits = s->tired;
        s->tired = false;
        for (int i = 0; i < CTL_CLIENTS; i++) {
            prepare(&s->client[i], &p[i + 2]);
            waits = waits || (s->client[i].fd >= 0 && s->client[i].ticket != 0);
        }
        int n = poll(p, CTL_CLIENTS + 2, waits ? LOOK_MS : -1);
        uint64_t count;
        if (n > 0 && p[0].revents && read(s->wake_fd, &count, sizeof count) < 0)
            count = 0; /* somebody else's wake-up: the reading is looked for all the same */
        take_reading(s);
        for (int i = 0; n > 0 && i < CTL_CLIENTS; i++)
            if (p[i + 2].revents && s->client[i].fd == p[i + 2].fd)
                attend(s, &s->client[i], p[i + 2].revents);
        if (n > 0 && p[1].revents)
            welcome(s);
        mind_the_silent(s);
    }
    return NULL;
}

/* ---- opening ------------------------------------------------------------------------------ */

static int open_failed(struct err *e, const char *path, const char *what)
{
    return err_say(e, ERR_IO, "no control socket: %.100s: %s", path, what);
}

/* Sockets of processes that were killed. */
static bool is_dead(const char *folder, const char *name)
{
    char path[CTL_PATH + 300];
    long pid = ctl_owner(name);
    if (pid <= 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
        return false;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = ctl_connect(path);
    if (fd >= 0) /* alive in another world of process numbers */
        close(fd);
    return fd < 0 && errno == ECONNREFUSED;
}

static void sweep(const char *folder)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));)
        if (is_dead(folder, entry->d_name))
            unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
}

static int listen_at(struct ctl *s, const char *folder, struct err *e)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    sweep(folder);
    int n = snprintf(s->path, sizeof s->path, "%.90s/spillway-%ld.sock", folder, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof at.sun_path)
        return open_failed(e, folder, "the path is too long");
    memcpy(at.sun_path, s->path, (size_t)n + 1);
    unlink(s->path);
    s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* the mode is that of the descriptor: there is no moment in which it is another */
    bool good = s->listen_fd >= 0 && fchmod(s->listen_fd, 0600) == 0 &&
                bind(s->listen_fd, (const struct sockaddr *)&at, sizeof at) == 0;
    if (good && listen(s->listen_fd, 2 * CTL_CLIENTS) == 0)
        return 0;
    int why = errno;
    if (good)
        unlink(s->path);
    if (s->listen_fd >= 0)
        close(s->listen_fd);
    s->listen_fd = -1;
    return open_failed(e, s->path, strerror(why));
}

static void wake(struct ctl *s)
{
    uint64_t one = 1;
    if (write(s->wake_fd, &one, sizeof one) < 0)
        return; /* the counter is full: the thread is awake */
}

static void give_up(struct ctl *s)
{
    if (s->listen_fd >= 0) {
        unlink(s->path);
        close(s->listen_fd);
    }
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    pthread_mutex_destroy(&s->lock);
    free(s->mine);
    free(s->inbox);
    free(s);
}

static int start(struct ctl *s, struct err *e)
{
    sigset_t all, old;
    char folder[CTL_PATH];
    s->mine = calloc(1, sizeof *s->mine);
    s->inbox = calloc(1, sizeof *s->inbox);
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!s->mine || !s->inbox || s->wake_fd < 0)
        return err_say(e, ERR_MEMORY, "no control socket: the system gave no memory");
    int rc = ctl_folder(folder, e);
    if (rc == 0)
        rc = listen_at(s, folder, e);
    if (rc)
        return rc;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old); /* signals belong to the main thread */
    rc = pthread_create(&s->thread, NULL, thread_main, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc ? open_failed(e, "a thread", strerror(rc)) : 0;
}

struct ctl *ctl_open(struct sp_engine *engine, struct err *e)
{
    struct ctl *s = calloc(1, sizeof *s);
    if (!s) {
        (void)err_say(e, ERR_MEMORY, "no control socket: the system gave no memory");
        return NULL;
    }
    s->engine = engine;
    s->listen_fd = s->wake_fd = -1;
    pthread_mutex_init(&s->lock, NULL);
    for (int i = 0; i < CTL_CLIENTS; i++)
        s->client[i].fd = -1;
    if (start(s, e) == 0)
        return s;
    give_up(s);
    return NULL;
}

void ctl_reading(struct ctl *s, const struct sp_reading *r)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    bool wanted = s->clients > 0 || r->finished;
    if (wanted)
        memcpy(s->inbox, r, sizeof *r);
    s->fresh = s->fresh || wanted;
    pthread_mutex_unlock(&s->lock);
    if (wanted)
        wake(s);
}

void ctl_close(struct ctl *s, const struct sp_reading *last)
{
    if (!s)
        return;
    if (last)
        ctl_reading(s, last);
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_mutex_unlock(&s->lock);
    wake(s);
    pthread_join(s->thread, NULL);
    take_reading(s);
    for (int i = 0; i < CTL_CLIENTS; i++) {
        struct ctl_client *c = &s->client[i];
        if (c->fd < 0)
            continue;
        if (c->ticket != 0)
            ctl_client_refuse(c, "the run is over");
        ctl_client_write(c);
        drop(s, c);
    }
    give_up(s);
}
