#include "ctl_client.h"

#include "headless_summary.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void ctl_client_init(struct ctl_client *c, int fd)
{
    c->fd = fd;
    c->in_used = c->out_used = 0;
    c->too_long = c->ended = c->deaf = c->watches = false;
    c->ticket = 0;
}

bool ctl_client_takes(const struct ctl_client *c)
{
    return c->ticket == 0 && (c->deaf || sizeof c->out - c->out_used >= CTL_ANSWER);
}

/* ---- bytes ------------------------------------------------------------------------ */

void ctl_client_read(struct ctl_client *c)
{
    size_t room = sizeof c->in - c->in_used;
    if (room == 0)
        return;
    ssize_t n = recv(c->fd, c->in + c->in_used, room, MSG_DONTWAIT);
    if (n > 0)
        c->in_used += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        c->ended = true;
}

void ctl_client_write(struct ctl_client *c)
{
    while (c->out_used > 0 && !c->deaf) {
        ssize_t n = send(c->fd, c->out, c->out_used, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) {
            c->out_used -= (size_t)n;
            memmove(c->out, c->out + n, c->out_used);
        } else if (n < 0 && errno == EAGAIN) {
            return;
        } else if (n < 0 && errno != EINTR) {
            c->deaf = true;
        }
    }
    if (c->deaf) {
        c->out_used = 0;
        c->watches = false;
    }
}

bool ctl_client_send(struct ctl_client *c, struct print *o)
{
    size_t n = o->used;
    o->used = 0;
    if (c->deaf)
        return true;
    if (n > sizeof c->out - c->out_used)
        return false;
    memcpy(c->out + c->out_used, o->buffer, n);
    c->out_used += n;
    return true;
}

/* ---- lines ------------------------------------------------------------------------ */

/* Length of the UTF-8 character at p, 0 if it is none. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    static const unsigned char least[] = {0, 0, 0x80, 0, 0};
    size_t n = p[0] < 0x80   ? 1
               : p[0] < 0xC2 ? 0
               : p[0] < 0xE0 ? 2
               : p[0] < 0xF0 ? 3
               : p[0] < 0xF5 ? 4
                             : 0;
    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    unsigned second = n > 1 ? p[1] : least[2];
    bool bad = (p[0] == 0xE0 && second < 0xA0) || (p[0] == 0xED && second > 0x9F) ||
               (p[0] == 0xF0 && second < 0x90) || (p[0] == 0xF4 && second > 0x8F) ||
               (p[0] == 0xC2 && second < 0xA0); /* controls of another age */
    return bad ? 0 : n;
}

/* The column (from 1) of the first byte that no text has, 0: none. */
static size_t bad_column(const char *line, size_t size)
{
    for (size_t i = 0; i < size;) {
        const unsigned char *p = (const unsigned char *)line + i;
        size_t n = utf8_length(p, size - i);
        if (n == 0 || *p == 0x7F || (*p < ' ' && *p != '\t'))
            return i + 1;
        i += n;
    }
    return 0;
}

static void drop_bytes(struct ctl_client *c, size_t n)
{
    c->in_used -= n;
    memmove(c->in, c->in + n, c->in_used);
}

/* No line end in sight. */
static void mind_the_rest(struct ctl_client *c)
{
    if (c->in_used == sizeof c->in) {
        if (!c->too_long)
            ctl_client_refuse(c, "the line is too long: a command has at most %d bytes",
                              PRESET_COMMAND - 1);
        c->too_long = true;
        c->in_used = 0;
    } else if (c->ended && c->in_used > 0) {
        if (!c->too_long)
            ctl_client_refuse(c, "the last line has no end, so it was not run");
        c->in_used = 0;
    }
}

bool ctl_client_line(struct ctl_client *c, char line[CTL_IN])
{
    while (ctl_client_takes(c)) {
        const char *end = memchr(c->in, '\n', c->in_used);
        if (!end) {
            mind_the_rest(c);
            return false;
        }
        size_t n = (size_t)(end - c->in), used = n + 1;
        if (n > 0 && c->in[n - 1] == '\r')
            n--;
        memcpy(line, c->in, n);
        line[n] = 0;
        drop_bytes(c, used);
        bool rest = c->too_long;
        size_t column = rest ? 0 : bad_column(line, n);
        c->too_long = false;
        if (column > 0)
            ctl_client_refuse(c, "column %zu: this is no text", column);
        else if (!rest)
            return true;
    }
    return false;
}

/* ---- answers ---------------------------------------------------------------------- */

static struct print *sheet(void)
{
    static _Thread_local struct print o;
    print_init(&o, -1);
    return &o;
}

void ctl_client_refuse(struct ctl_client *c, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct print *o = sheet();
    print_text(o, "{\"ok\":false,\"error\":");
    print_json(o, text);
    print_text(o, "}\n");
    if (!ctl_client_send(c, o))
        c->deaf = true; /* it takes lines only where an answer has room */
    c->ticket = 0;
}

/* A command may say more than one line of the log holds: lines that end in a backslash are
 * one line for the shell, others stand for themselves. */
static void join_effects(const struct sp_reading *r, uint64_t ticket, char *dst, size_t size)
{
    size_t used = 0;
    const char *between = "";
    dst[0] = 0;
    for (int i = 0; i < r->events; i++) {
        if (r->event[i].ticket != ticket)
            continue;
        used += (size_t)snprintf(dst + used, size - used, "%s%s", between, r->event[i].effect);
        if (used >= size)
            return;
        between = "; ";
        if (used > 1 && strcmp(dst + used - 2, " \\") == 0) {
            dst[used -= 2] = 0;
            between = " ";
        }
    }
}

bool ctl_client_answer(struct ctl_client *c, const struct sp_reading *r)
{
    const struct sp_event *last = NULL;
    char effect[8 * SP_EVENT_TEXT];
    for (int i = 0; i < r->events; i++)
        if (c->ticket != 0 && r->event[i].ticket == c->ticket)
            last = &r->event[i];
    if (!last)
        return false;
    join_effects(r, c->ticket, effect, sizeof effect);
    if (last->kind == '!') {
        ctl_client_refuse(c, "%s", effect);
        return true;
    }
    struct print *o = sheet();
    print_format(
        o, "{\"ok\":true,\"event\":{\"number\":%llu,\"at\":", (unsigned long long)last->number);
    print_fixed(o, last->at_ns / NS_PER_MS, 3);
    print_format(o, ",\"author\":\"%s\",\"command\":", sp_author_names[last->author]);
    print_json(o, last->command);
    print_text(o, ",\"effect\":");
    print_json(o, effect);
    print_text(o, "}}\n");
    if (!ctl_client_send(c, o))
        c->deaf = true;
    c->ticket = 0;
    return true;
}

bool ctl_client_is_over(const struct ctl_client *c)
{
    bool asks = c->ticket != 0 || c->in_used > 0;
    return c->ended && !asks && !c->watches && (c->deaf || c->out_used == 0);
}
