#include "run/writer.h"

#include "burst/ticket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (256 * 1024)
#define FINISH_WAIT_MS 10000

int writer_open(struct writer *w, const struct sp_options *o, struct err *e)
{
    *w = (struct writer){.kind = o->sink,
                         .fd = o->sink_fd ? o->sink_fd : STDOUT_FILENO,
                         .live = !o->sim,
                         .commit_due_ns = TIME_NEVER};
    if (w->kind != SP_SINK_NULL) {
        w->size = BUFFER_BYTES;
        w->buffer = malloc(w->size);
        if (w->buffer == NULL) {
            *e = (struct err){ERR_MEMORY, "no memory for the output buffer"};
            return ERR_MEMORY;
        }
    }
    if (w->kind == SP_SINK_FILE) {
        struct file_sink_found found;
        int rc = file_sink_open(o->sink_dir, &w->files, &found, e);
        if (rc)
            return rc;
        snprintf(w->notice, sizeof w->notice, "%s", found.text);
    }
    return o->dead_letters ? dead_letters_open(o->dead_letters, &w->dead, e) : 0;
}

/* A pipe takes PIPE_BUF bytes without blocking when poll says so; a file any number. */
static void send_some(struct writer *w, int wait_ms)
{
    while (w->sent < w->used && w->failed.code == 0) {
        struct pollfd p = {.fd = w->fd, .events = POLLOUT};
        if (poll(&p, 1, wait_ms) <= 0 || !(p.revents & (POLLOUT | POLLERR | POLLHUP)))
            return;
        size_t n = w->used - w->sent;
        ssize_t k = write(w->fd, w->buffer + w->sent, n < 4096 ? n : 4096);
        if (k >= 0) {
            w->sent += (size_t)k;
        } else if (errno != EINTR && errno != EAGAIN) {
            w->failed.code = ERR_IO;
            snprintf(w->failed.text, sizeof w->failed.text, "cannot write rows: %s",
                     strerror(errno));
        }
    }
    if (w->sent == w->used)
        w->sent = w->used = 0;
}

bool writer_ready(struct writer *w)
{
    if (w->kind == SP_SINK_NULL || w->failed.code)
        return w->failed.code == 0;
    if (w->kind == SP_SINK_FILE)
        return true;
    if (w->used > w->size / 2)
        send_some(w, w->live ? 0 : 1000);
    return w->used <= w->size / 2;
}

/* Grows for one long row (a record may have a million bytes); rare. */
static bool reserve(struct writer *w, size_t bytes)
{
    if (w->size - w->used >= bytes)
        return true;
    char *bigger = realloc(w->buffer, w->used + bytes);
    if (bigger == NULL) {
        w->failed = (struct err){ERR_MEMORY, "no memory for a long output row"};
        return false;
    }
    w->buffer = bigger;
    w->size = w->used + bytes;
    return true;
}

static char *put_number(char *at, uint64_t v)
{
    char digits[20];
    int n = 0;
    do
        digits[n++] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

static char *put_text(char *at, const char *text)
{
    size_t n = strlen(text);
    memcpy(at, text, n);
    return at + n;
}

/* {"id":"0:123","tokens":["…"]}: tokens hold only [A-Za-z0-9_], nothing to escape. */
static size_t encode(char *dst, const struct block *b, uint32_t row)
{
    char *at = put_text(dst, "{\"id\":\"");
    at = put_number(at, record_source(b->id[row]));
    *at++ = ':';
    at = put_number(at, record_seq(b->id[row]));
    at = put_text(at, "\",\"tokens\":[");
    uint32_t first = block_first_span(b, row);
    for (uint32_t i = first; i < b->token_end[row]; i++) {
        size_t n = b->span[i].end - b->span[i].begin;
        if (i > first)
            *at++ = ',';
        *at++ = '"';
        memcpy(at, b->slab + b->span[i].begin, n);
        at += n;
        *at++ = '"';
    }
    at = put_text(at, "]}\n");
    return (size_t)(at - dst);
}

void writer_row(struct writer *w, const struct block *b, uint32_t row, int64_t now_ns)
{
    if (w->kind == SP_SINK_NULL || w->failed.code)
        return;
    uint32_t spans = b->token_end[row] - block_first_span(b, row);
    if (!reserve(w, 80 + b->length[row] + 3 * (size_t)spans))
        return;
    size_t n = encode(w->buffer + w->used, b, row);
    if (w->kind == SP_SINK_STDOUT) {
        w->used += n;
        return;
    }
    struct err e;
    if (file_sink_append(w->files, w->buffer, n, &e)) {
        w->failed = e;
        return;
    }
    if (!w->dirty)
        w->commit_due_ns = now_ns + WRITER_COMMIT_NS;
    w->dirty = true;
}

void writer_dead(struct writer *w, const struct block *b, uint32_t row)
{
    struct err e;
    enum dead_reason reason = dead_reason_of(b->reason[row]);
    const char *why = dead_reason_names[reason];
    const unsigned char *text = b->slab + b->offset[row];
    if (w->dead == NULL)
        return;
    int rc = reason == DEAD_TOO_LARGE
                 ? dead_letters_add_place(w->dead, b->id[row], why, text, b->length[row], &e)
                 : dead_letters_add(w->dead, b->id[row], why, dead_attempts_of(b->reason[row]),
                                    text, b->length[row], &e);
    if (rc)
        w->failed = e;
}

static void commit(struct writer *w)
{
    struct err e;
    w->dirty = false;
    w->commit_due_ns = TIME_NEVER;
    if (file_sink_commit(w->files, &e))
        w->failed = e;
}

void writer_flush(struct writer *w, int64_t now_ns)
{
    if (w->kind == SP_SINK_STDOUT)
        send_some(w, 0);
    if (w->dirty && now_ns >= w->commit_due_ns)
        commit(w);
}

int64_t writer_due(const struct writer *w) { return w->commit_due_ns; }

void writer_finish(struct writer *w)
{
    if (w->kind == SP_SINK_STDOUT)
        send_some(w, FINISH_WAIT_MS);
    if (w->kind == SP_SINK_STDOUT && w->used > 0 && w->failed.code == 0)
        w->failed = (struct err){ERR_IO, "the reader of the rows took nothing for 10 s"};
    if (w->dirty && w->failed.code == 0)
        commit(w);
    struct err e;
    if (w->dead && dead_letters_flush(w->dead, &e))
        w->failed = e;
}

void writer_close(struct writer *w)
{
    struct err e;
    if (w->files)
        file_sink_close(w->files);
    if (w->dead && dead_letters_close(w->dead, &e) && w->failed.code == 0)
        w->failed = e;
    free(w->buffer);
    *w = (struct writer){.kind = SP_SINK_NULL};
}
