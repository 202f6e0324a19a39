#include "io/dead_letters.h"

#include "io/out.h"
#include "io/preset_text.h"
#include "record/block.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ESCAPED_MAX 6 /* bytes that one byte becomes at most: \u00XX */
#define HEAD_MAX 128  /* all of a line but the texts */

struct dead_letters {
    struct out out; /* fd -1: no letter yet */
    uint64_t count;
    char *line; /* the letter under way; grows with the largest */
    size_t line_size;
    char *path;
    char buffer[OUT_BUFFER];
};

static int fail(const struct dead_letters *d, struct err *e, const char *what, int error)
{
    char shown[200];
    e->code = ERR_IO;
    (void)snprintf(e->text, sizeof e->text, "%s: %s: %s",
                   preset_where(shown, sizeof shown, d->path), what, strerror(error));
    return ERR_IO;
}

static int fail_memory(struct err *e)
{
    *e = (struct err){ERR_MEMORY, "not enough memory for dead letters"};
    return ERR_MEMORY;
}

int dead_letters_open(const char *path, struct dead_letters **out, struct err *e)
{
    *out = NULL;
    if (!path[0]) {
        *e = (struct err){ERR_BAD, "the file for dead letters has an empty name"};
        return ERR_BAD;
    }
    struct dead_letters *d = malloc(sizeof *d);
    if (!d)
        return fail_memory(e);
    memset(d, 0, offsetof(struct dead_letters, buffer));
    d->out.fd = -1;
    d->path = strdup(path);
    if (!d->path) {
        free(d);
        return fail_memory(e);
    }
    *out = d;
    return 0;
}

/* A line that a crash cut short gets its end, so that it spoils no other. */
static int end_torn_line(struct out *o)
{
    char last = '\n';
    if (o->seekable && o->written > 0 && pread(o->fd, &last, 1, o->written - 1) < 0)
        return errno;
    return last == '\n' ? 0 : out_write(o, "\n", 1);
}

static int open_file(struct dead_letters *d, struct err *e)
{
    int fd = open(d->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (fd < 0 && errno != EISDIR) /* a pipe's end or a device that cannot be read */
        fd = open(d->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return fail(d, e, "dead letters cannot be written there", errno);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        (void)close(fd);
        return fail(d, e, "another run writes its dead letters there", EBUSY);
    }
    int error = out_open(&d->out, fd, d->buffer);
    if (error == 0)
        error = end_torn_line(&d->out);
    if (error == 0)
        return 0;
    out_close(&d->out);
    return fail(d, e, "dead letters cannot be written there", error);
}

/* Writes text as the inside of a JSON string; the end of what was written. */
static char *escape(char *dst, const unsigned char *text, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    for (size_t i = 0; i < size; i++) {
        const char *found = text[i] ? strchr(from, text[i]) : NULL;
        if (found) {
            *dst++ = '\\';
            *dst++ = to[found - from];
        } else if (text[i] >= 0x20 && text[i] < 0x7f) {
            *dst++ = (char)text[i];
        } else {
            memcpy(dst, "\\u00", 4); /* NOLINT: no text ends here */
            dst[4] = hex[text[i] >> 4];
            dst[5] = hex[text[i] & 15];
            dst += ESCAPED_MAX;
        }
    }
    return dst;
}

static bool grow_line(struct dead_letters *d, size_t size)
{
    if (size <= d->line_size)
        return true;
    char *line = realloc(d->line, size);
    if (!line)
        return false;
    d->line = line;
    d->line_size = size;
    return true;
}

struct letter_head {
    uint64_t id;
    const char *reason;
    uint32_t attempts;
    const char *field; /* "text" or "at" */
};

static int add(struct dead_letters *d, const struct letter_head *h, const unsigned char *text,
               size_t size, struct err *e)
{
    const char *reason = h->reason;
    size_t reason_size = strlen(reason);
    assert(size < SIZE_MAX / 16 && reason_size < SIZE_MAX / 16);
    if (!grow_line(d, HEAD_MAX + ESCAPED_MAX * (size + reason_size)))
        return fail_memory(e);
    if (d->out.fd < 0) {
        int status = open_file(d, e);
        if (status != 0)
            return status;
    }
    char *at = d->line;
    at += sprintf(at, "{\"id\":\"%u:%llu\",\"reason\":\"", record_source(h->id),
                  (unsigned long long)record_seq(h->id));
    at = escape(at, (const unsigned char *)reason, reason_size);
    at += sprintf(at, "\",\"attempts\":%lu,\"%s\":\"", (unsigned long)h->attempts, h->field);
    at = escape(at, text, size);
    memcpy(at, "\"}\n", 3); /* NOLINT: nor here */
    at += 3;
    int error = out_write(&d->out, d->line, (size_t)(at - d->line));
    if (error != 0)
        return fail(d, e, "a dead letter cannot be written", error);
    d->count++;
    return 0;
}

int dead_letters_add(struct dead_letters *d, uint64_t id, const char *reason, uint32_t attempts,
                     const unsigned char *text, size_t size, struct err *e)
{
    struct letter_head h = {id, reason, attempts, "text"};
    return add(d, &h, text, size, e);
}

int dead_letters_add_place(struct dead_letters *d, uint64_t id, const char *reason,
                           const unsigned char *place, size_t size, struct err *e)
{
    struct letter_head h = {id, reason, 0, "at"};
    return add(d, &h, place, size, e);
}

int dead_letters_flush(struct dead_letters *d, struct err *e)
{
    int error = d->out.fd < 0 ? 0 : out_flush(&d->out);
    return error == 0 ? 0 : fail(d, e, "dead letters cannot be written", error);
}

uint64_t dead_letters_count(const struct dead_letters *d) { return d->count; }

int dead_letters_close(struct dead_letters *d, struct err *e)
{
    if (!d)
        return 0;
    int error = d->out.fd < 0 ? 0 : out_sync(&d->out);
    int status = error == 0 ? 0 : fail(d, e, "dead letters cannot be written", error);
    out_close(&d->out);
    free(d->line);
    free(d->path);
    free(d);
    return status;
}
