#include "tests/lib/http_stub.h"

#include "base/check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *answer_to(const struct http_stub *s, const char *request)
{
    for (const struct stub_answer *a = s->answers; a->request; a++)
        if (strncmp(request, a->request, strlen(a->request)) == 0 &&
            (!a->header || strcasestr(request, a->header)))
            return a->answer;
    return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
}

static void serve(const struct http_stub *s, int fd)
{
    char request[8192];
    size_t used = 0;
    request[0] = 0;
    while (!strstr(request, "\r\n\r\n")) {
        ssize_t n = read(fd, request + used, sizeof request - 1 - used);
        if (n <= 0)
            return;
        used += (size_t)n;
        request[used] = 0;
    }
    const char *answer = answer_to(s, request);
    if (answer)
        (void)!write(fd, answer, strlen(answer));
    else
        (void)!read(fd, request, sizeof request); /* until the client gives up */
}

static void *loop(void *context)
{
    struct http_stub *s = context;
    for (int fd; (fd = accept(s->fd, NULL, NULL)) >= 0; close(fd))
        serve(s, fd);
    return NULL;
}

void http_stub_start(struct http_stub *s, const struct stub_answer *answers)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    s->answers = answers;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(s->fd >= 0 && bind(s->fd, (struct sockaddr *)&a, size) == 0);
    assert(listen(s->fd, 16) == 0 && getsockname(s->fd, (struct sockaddr *)&a, &size) == 0);
    s->port = ntohs(a.sin_port);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", s->port);
    int code = pthread_create(&s->thread, NULL, loop, s);
    assert(code == 0);
}

void http_stub_stop(struct http_stub *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
}
