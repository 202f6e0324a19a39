#include "cli_print.h"

#include "spillway.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void print_init(struct print *o, int fd)
{
    o->fd = fd;
    o->error = 0;
    o->written = 0;
    o->used = 0;
}

/* A descriptor may have been made non-blocking by whoever shares it. */
static bool wait_writable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, -1) >= 0 || errno == EINTR;
}

static void write_all(struct print *o, const char *bytes, size_t size)
{
    while (size > 0 && o->error == 0) {
        ssize_t n = write(o->fd, bytes, size);
        if (n >= 0) {
            o->written += (uint64_t)n;
            bytes += n;
            size -= (size_t)n;
        } else if (errno == EAGAIN && wait_writable(o->fd)) {
            continue;
        } else if (errno != EINTR) {
            o->error = errno;
        }
    }
}

bool print_flush(struct print *o)
{
    assert(o->used <= sizeof o->buffer);
    write_all(o, o->buffer, o->used);
    o->used = 0;
    return o->error == 0;
}

void print_bytes(struct print *o, const void *bytes, size_t size)
{
    if (size > sizeof o->buffer - o->used)
        print_flush(o);
    if (size > sizeof o->buffer) {
        write_all(o, bytes, size);
        return;
    }
    memcpy(o->buffer + o->used, bytes, size);
    o->used += size;
}

void print_text(struct print *o, const char *text) { print_bytes(o, text, strlen(text)); }

void print_format(struct print *o, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    assert(n >= 0 && (size_t)n < sizeof line);
    print_bytes(o, line, (size_t)n);
}

/* Length of the UTF-8 sequence at s (1 to 4), or 0 if it is not one. */
static size_t utf8_length(const unsigned char *s)
{
    static const struct {
        unsigned char mask, lead, length;
        uint32_t least;
    } form[] = {{0x80, 0x00, 1, 0},
                {0xE0, 0xC0, 2, 0x80},
                {0xF0, 0xE0, 3, 0x800},
                {0xF8, 0xF0, 4, 0x10000}};
    for (size_t f = 0; f < sizeof form / sizeof form[0]; f++) {
        if ((s[0] & form[f].mask) != form[f].lead)
            continue;
        uint32_t code = s[0] & (unsigned char)~form[f].mask;
        for (size_t i = 1; i < form[f].length; i++) {
            if ((s[i] & 0xC0) != 0x80)
                return 0;
            code = code << 6 | (s[i] & 0x3F);
        }
        bool surrogate = code >= 0xD800 && code < 0xE000;
        return code < form[f].least || code > 0x10FFFF || surrogate ? 0 : form[f].length;
    }
    return 0;
}

void print_json(struct print *o, const char *text)
{
    print_text(o, "\"");
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        size_t n = utf8_length(s);
        if (n == 0)
            print_text(o, "\\ufffd");
        else if (*s == '"' || *s == '\\')
            print_format(o, "\\%c", *s);
        else if (*s < 0x20 || *s == 0x7F)
            print_format(o, "\\u%04x", (unsigned)*s);
        else
            print_bytes(o, s, n);
        s += n ? n : 1;
    }
    print_text(o, "\"");
}

void print_fixed(struct print *o, int64_t value, int digits)
{
    assert(digits >= 1 && digits <= 18);
    uint64_t scale = 1;
    for (int i = 0; i < digits; i++)
        scale *= 10;
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    print_format(o, "%s%llu.%0*llu", value < 0 ? "-" : "", (unsigned long long)(size / scale),
                 digits, (unsigned long long)(size % scale));
}

bool print_finish(struct print *o, const char *name)
{
    if (print_flush(o))
        return true;
    const char *why = o->error == EPIPE   ? "nobody reads it any more"
                      : o->error == EBADF ? "it is closed"
                                          : strerror(o->error);
    if (o->error != EPIPE || o->written == 0)
        fprintf(stderr, "spillway: %s: %s\n", name, why);
    return false;
}

int print_exit(struct print *o, const char *name)
{
    bool all = print_finish(o, name);
    return all || (o->error == EPIPE && o->written > 0) ? 0 : 1;
}

bool print_reader_gone(int fd)
{
    struct pollfd p = {.fd = fd, .events = 0};
    return poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}
