#include "io/lines.h"

#include "io/preset_text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536 /* bytes of one read */
#define READS 64    /* in one call, of an input that has no end */

/*   buffer:  [ … | begin ─── line under way ─── scanned ─── end | … ]
 * A line above the limit is dropped piece by piece: `dropped` counts what has gone. */
struct lines {
    int fd;
    bool own, file;            /* fd is ours to close; it is a file */
    int64_t origin, at, until; /* file: offsets of the beginning, the next read, the end */
    uint32_t limit;
    size_t size, begin, scanned, end;
    bool at_end;
    uint64_t dropped; /* bytes of the line under way that are no longer in the buffer */
    uint64_t number;  /* lines given */
    struct err failed;
    char name[200];
    unsigned char buffer[];
};

static int fail(struct err *e, int code, const char *path, const char *what)
{
    char shown[200];
    e->code = code;
    (void)snprintf(e->text, sizeof e->text, "%s: %s", preset_where(shown, sizeof shown, path),
                   what);
    return code;
}

/* A FIFO that nobody writes to yet is not waited for. */
static int open_path(const char *path, int *fd, struct err *e)
{
    char what[120];
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*fd >= 0)
        return 0;
    (void)snprintf(what, sizeof what, "cannot be opened: %s", strerror(errno));
    return fail(e, ERR_IO, path, what);
}

static int look_at(struct lines *l, const char *path, struct err *e)
{
    struct stat info;
    if (fstat(l->fd, &info) != 0 || (fcntl(l->fd, F_GETFL) & O_ACCMODE) == O_WRONLY)
        return fail(e, ERR_IO, path, "cannot be read: it is closed");
    if (S_ISDIR(info.st_mode))
        return fail(e, ERR_BAD, path, "is a directory; a text file is needed");
    l->file = S_ISREG(info.st_mode);
    l->origin = l->file ? lseek(l->fd, 0, SEEK_CUR) : 0;
    l->origin = l->origin < 0 ? 0 : l->origin;
    l->until = info.st_size > l->origin ? info.st_size : l->origin;
    l->at = l->origin;
    return 0;
}

int lines_open(const char *path, uint32_t limit, struct lines **out, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = STDIN_FILENO;
    *out = NULL;
    if (!path[0])
        return fail(e, ERR_BAD, "source", "the name of a file is missing");
    if (!standard && open_path(path, &fd, e) != 0)
        return e->code;
    size_t size = (size_t)limit + 2 * (size_t)CHUNK;
    struct lines *l = malloc(sizeof *l + size);
    if (l == NULL) {
        if (!standard)
            (void)close(fd);
        return fail(e, ERR_MEMORY, path, "no memory to read it");
    }
    *l = (struct lines){.fd = fd, .own = !standard, .limit = limit, .size = size};
    (void)preset_where(l->name, sizeof l->name, standard ? "standard input" : path);
    if (look_at(l, l->name, e) != 0) {
        lines_close(l);
        return e->code;
    }
    *out = l;
    return 0;
}

void lines_close(struct lines *l)
{
    if (l && l->own)
        (void)close(l->fd);
    free(l);
}

bool lines_again(const struct lines *l) { return l->file; }

uint64_t lines_bytes(const struct lines *l) { return (uint64_t)(l->until - l->origin); }

const char *lines_name(const struct lines *l) { return l->name; }

void lines_rewind(struct lines *l)
{
    assert(l->file);
    l->at = l->origin;
    l->begin = l->scanned = l->end = 0;
    l->at_end = false;
    l->dropped = l->number = 0;
    l->failed.code = 0;
}

/* ---- bytes ------------------------------------------------------------------------ */

bool lines_wait(const struct lines *l, int wake_fd, int ms)
{
    struct pollfd p[2] = {{.fd = l->fd, .events = POLLIN}, {.fd = wake_fd, .events = POLLIN}};
    if (l->file)
        return true;
    return poll(p, 2, ms) > 0 && p[0].revents != 0;
}

static void drop(struct lines *l, size_t bytes)
{
    l->dropped += bytes;
    l->begin += bytes;
}

/* Room for one read. What is above the limit already needs no keeping. */
static void make_room(struct lines *l)
{
    if (l->end - l->begin + l->dropped > l->limit)
        drop(l, l->end - l->begin);
    if (l->size - l->end >= CHUNK)
        return;
    memmove(l->buffer, l->buffer + l->begin, l->end - l->begin);
    l->scanned -= l->begin;
    l->end -= l->begin;
    l->begin = 0;
}

static ssize_t read_some(struct lines *l, unsigned char *dst)
{
    if (!l->file)
        return read(l->fd, dst, CHUNK);
    int64_t left = l->until - l->at;
    ssize_t n = pread(l->fd, dst, left < CHUNK ? (size_t)left : CHUNK, l->at);
    l->at += n > 0 ? n : 0;
    return n;
}

/* Reads on. LINES_HAS: there is more to look at, or the end was seen. */
static enum lines_state more(struct lines *l)
{
    make_room(l);
    for (;;) {
        if (!lines_wait(l, -1, 0))
            return LINES_WAITS;
        ssize_t n = read_some(l, l->buffer + l->end);
        if (n >= 0) {
            l->end += (size_t)n;
            l->at_end = n == 0;
            return LINES_HAS;
        }
        if (errno == EAGAIN)
            return LINES_WAITS;
        if (errno == EINTR)
            continue;
        l->failed.code = ERR_IO;
        (void)snprintf(l->failed.text, sizeof l->failed.text, "%s:%llu: cannot be read: %s",
                       l->name, (unsigned long long)l->number + 1, strerror(errno));
        return LINES_FAILED;
    }
}

/* ---- lines ------------------------------------------------------------------------ */

/* The line that ends before `stop` in the buffer. */
static enum lines_state give(struct lines *l, size_t stop, struct line *out)
{
    size_t size = stop - l->begin;
    uint64_t bytes = l->dropped + size;
    bool kept = bytes <= l->limit;
    *out = (struct line){.text = kept ? l->buffer + l->begin : NULL,
                         .size = kept ? (uint32_t)size : 0,
                         .number = ++l->number,
                         .bytes = bytes};
    l->dropped = 0;
    return LINES_HAS;
}

enum lines_state lines_next(struct lines *l, struct line *out, struct err *e)
{
    enum lines_state state = LINES_HAS;
    for (int reads = 0; l->failed.code == 0 && state == LINES_HAS; reads++) {
        const unsigned char *from = l->buffer + l->scanned;
        const unsigned char *lf = memchr(from, '\n', l->end - l->scanned);
        if (lf) {
            size_t stop = (size_t)(lf - l->buffer);
            state = give(l, stop, out);
            l->begin = l->scanned = stop + 1;
            return state;
        }
        l->scanned = l->end;
        if (l->at_end && l->end == l->begin && l->dropped == 0)
            return LINES_ENDS;
        if (l->at_end) {
            state = give(l, l->end, out);
            l->begin = l->end;
            return state;
        }
        state = reads < READS || l->file ? more(l) : LINES_WAITS;
    }
    if (l->failed.code)
        *e = l->failed;
    return l->failed.code ? LINES_FAILED : state;
}
