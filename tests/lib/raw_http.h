/* A client for tests that says exactly the bytes it is given, and reads one answer. */
#ifndef LIB_RAW_HTTP_H
#define LIB_RAW_HTTP_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define RAW_BYTES (8 << 20)

struct raw_answer {
    int status; /* 0: the connection ended before an answer, -1: it was reset */
    bool whole; /* all of the body that was promised came */
    char *text; /* head and body; freed by raw_free */
    char *body;
    size_t size;
};

static inline int raw_connect(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    struct timeval patience = {.tv_sec = 20};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static inline void raw_send(int fd, const void *bytes, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t n = send(fd, (const char *)bytes + at, size - at, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        at += (size_t)n;
    }
}

/* A header's value in an answer's head; NULL if it is not there. Points into a static
 * buffer per call site's thread. */
static inline const char *raw_header(const struct raw_answer *a, const char *name)
{
    static _Thread_local char value[8][8192];
    static _Thread_local int which;
    size_t length = strlen(name);
    for (const char *line = strstr(a->text, "\r\n"); line && line + 2 < a->body;
         line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) != 0 || line[2 + length] != ':')
            continue;
        const char *from = line + 3 + length + strspn(line + 3 + length, " ");
        char *to = value[which = (which + 1) % 8];
        snprintf(to, sizeof value[0], "%.*s", (int)strcspn(from, "\r"), from);
        return to;
    }
    return NULL;
}

static inline void raw_free(struct raw_answer *a) { free(a->text); }

/* Reads one answer. */
static inline struct raw_answer raw_read(int fd)
{
    struct raw_answer a = {.text = calloc(1, RAW_BYTES)};
    size_t used = 0, want = 0;
    while (used < RAW_BYTES - 1) {
        ssize_t n = recv(fd, a.text + used, RAW_BYTES - 1 - used, 0);
        if (n < 0)
            a.status = -1;
        if (n <= 0)
            break;
        used += (size_t)n;
        char *head = a.body ? NULL : strstr(a.text, "\r\n\r\n");
        if (head) {
            a.body = head + 4;
            sscanf(a.text, "HTTP/1.1 %d", &a.status);
            const char *length = raw_header(&a, "Content-Length");
            want = (size_t)(a.body - a.text) + (length ? strtoul(length, NULL, 10) : 0);
        }
        if (a.body && used >= want)
            break;
    }
    a.whole = a.body && used >= want;
    a.size = a.body ? used - (size_t)(a.body - a.text) : 0;
    return a;
}

/* One request with a body on an open connection, headers each ending in CR LF. */
static inline struct raw_answer raw_ask(int fd, const char *line, const char *headers,
                                        const void *body, size_t size)
{
    char *all = malloc(strlen(line) + strlen(headers) + size + 200);
    int n = sprintf(all, "%s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Length: %zu\r\n\r\n", line,
                    headers, size);
    if (size)
        memcpy(all + n, body, size);
    raw_send(fd, all, (size_t)n + size);
    free(all);
    return raw_read(fd);
}

#endif
