/* Keys that stay fresh: a thread looks for new ones and posts them in a mailbox. */
#include "cloud/credentials.h"

#include "cloud/credentials_find.h"
#include "ring/mailbox.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define EARLY_S 900  /* new keys are looked for so long before the old ones expire, or … */
#define EARLY_PART 4 /* … in the last quarter of shorter lives */
#define RETRY_MIN_S 1
#define RETRY_MAX_S 60

/* What the thread posts: keys, or the sentence of why there are none. */
struct news {
    bool good;
    struct key_set keys;
    struct err why;
};

struct credentials {
    char profile[256]; /* "": the one that the environment names */
    struct news news[3];
    struct mailbox box;
    struct key_set keys; /* those in use */
    struct sign_keys view;
    bool troubled;      /* a series of failures is under way */
    struct err trouble; /* its sentence, until it is told */
    int stop_fd, renew_fd;
    bool runs;
    pthread_t thread;
};

static int64_t wall_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec;
}

/* ---- the thread -------------------------------------------------------------------------- */

/* When to look for new keys; INT64_MAX for those that stay. */
static int64_t renewal_s(const struct key_set *k, int64_t now_s)
{
    if (k->expires_s == 0)
        return INT64_MAX;
    int64_t life = k->expires_s > now_s ? k->expires_s - now_s : 0;
    int64_t early = life / EARLY_PART < EARLY_S ? life / EARLY_PART : EARLY_S;
    int64_t at = k->expires_s - early;
    return at > now_s ? at : now_s + RETRY_MIN_S;
}

/* Waits until a time of the wall clock; false: to stop. */
static bool wait_until(struct credentials *c, int64_t at_s)
{
    for (;;) {
        int64_t left = at_s - wall_s();
        struct pollfd fds[2] = {{c->stop_fd, POLLIN, 0}, {c->renew_fd, POLLIN, 0}};
        if (left <= 0)
            return true;
        /* an hour at most: the wall clock may be set meanwhile */
        int n = poll(fds, 2, left > 3600 ? 3600 * 1000 : (int)left * 1000);
        if (fds[0].revents & POLLIN)
            return false;
        uint64_t asked;
        if (n > 0 && (fds[1].revents & POLLIN) &&
            read(c->renew_fd, &asked, sizeof asked) == (ssize_t)sizeof asked)
            return true;
    }
}

static void *refresh(void *context)
{
    struct credentials *c = context;
    int64_t at_s = renewal_s(&c->keys, wall_s());
    int64_t pause_s = RETRY_MIN_S;
    while (wait_until(c, at_s)) {
        struct news *n = mailbox_slot(&c->box);
        OPENSSL_cleanse(n, sizeof *n);
        const char *profile = c->profile[0] ? c->profile : NULL;
        n->good = credentials_find(profile, c->stop_fd, &n->keys, &n->why) == 0;
        int64_t now_s = wall_s();
        pause_s = n->good ? RETRY_MIN_S : pause_s * 2 < RETRY_MAX_S ? pause_s * 2 : RETRY_MAX_S;
        at_s = n->good ? renewal_s(&n->keys, now_s) : now_s + pause_s;
        mailbox_post(&c->box);
    }
    return NULL;
}

static void start(struct credentials *c)
{
    if (!c->runs)
        c->runs = pthread_create(&c->thread, NULL, refresh, c) == 0;
}

/* ---- the owner's side ----------------------------------------------------------------------- */

/* Takes what the thread found. */
static void hear(struct credentials *c)
{
    struct news *n = mailbox_take(&c->box);
    if (!n)
        return;
    if (n->good) {
        c->keys = n->keys;
        c->troubled = false;
        c->trouble.text[0] = '\0';
    } else if (!c->troubled) {
        c->troubled = true;
        c->trouble = n->why;
    }
    OPENSSL_cleanse(&n->keys, sizeof n->keys);
}

static int out_of_memory(struct err *e)
{
    snprintf(e->text, sizeof e->text, "out of memory");
    e->code = ERR_MEMORY;
    return ERR_MEMORY;
}

static int prepare(struct credentials *c, const char *profile, struct err *e)
{
    static const struct rlimit none = {0, 0};
    mailbox_init(&c->box, &c->news[0], &c->news[1], &c->news[2]);
    c->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    c->renew_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->stop_fd < 0 || c->renew_fd < 0) {
        snprintf(e->text, sizeof e->text, "no descriptor is left: %s", strerror(errno));
        e->code = ERR_IO;
        return ERR_IO;
    }
    (void)setrlimit(RLIMIT_CORE, &none); /* a core dump would hold the secrets */
    if (profile && strlen(profile) >= sizeof c->profile) {
        snprintf(e->text, sizeof e->text, "the profile's name is longer than %zu characters",
                 sizeof c->profile - 1);
        e->code = ERR_BAD;
        return ERR_BAD;
    }
    snprintf(c->profile, sizeof c->profile, "%s", profile ? profile : "");
    return 0;
}

int credentials_open(const char *profile, struct credentials **out, struct err *e)
{
    struct credentials *c = calloc(1, sizeof *c);
    if (!c)
        return out_of_memory(e);
    int code = prepare(c, profile, e);
    if (code == 0)
        code = credentials_find(profile, -1, &c->keys, e);
    if (code) {
        credentials_close(c);
        return code;
    }
    c->view = (struct sign_keys){c->keys.access, c->keys.secret, c->keys.token};
    if (c->keys.expires_s != 0)
        start(c);
    *out = c;
    return 0;
}

void credentials_close(struct credentials *c)
{
    uint64_t one = 1;
    if (!c)
        return;
    if (c->runs && write(c->stop_fd, &one, sizeof one) == (ssize_t)sizeof one)
        pthread_join(c->thread, NULL);
    if (c->stop_fd >= 0)
        close(c->stop_fd);
    if (c->renew_fd >= 0)
        close(c->renew_fd);
    OPENSSL_cleanse(c, sizeof *c);
    free(c);
}

const struct sign_keys *credentials_keys(struct credentials *c)
{
    hear(c);
    return &c->view;
}

const char *credentials_source(const struct credentials *c) { return c->keys.source; }

int64_t credentials_expire_s(const struct credentials *c) { return c->keys.expires_s; }

void credentials_renew(struct credentials *c)
{
    uint64_t one = 1;
    start(c);
    if (write(c->renew_fd, &one, sizeof one) < 0)
        return; /* it is asked for already */
}

bool credentials_trouble(struct credentials *c, char *text, size_t size)
{
    hear(c);
    if (!c->trouble.text[0])
        return false;
    snprintf(text, size, "%s", c->trouble.text);
    c->trouble.text[0] = '\0';
    return true;
}
