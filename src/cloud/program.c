/* posix_spawn, one pipe, and poll until the process is gone. */
#include "cloud/program.h"

#include "io/err_say.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 20 /* how often to look whether the process has ended */

extern char **environ;

/* ---- words --------------------------------------------------------------------------------- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* Copies one word from *from to *to (which is never ahead of it), without its quotes. */
static bool take_word(char **from, char **to)
{
    char quote = 0;
    char *at = *from, *dst = *to;
    for (; *at && (quote || !is_blank(*at)); at++) {
        bool escapes = *at == '\\' && quote != '\'' && (!quote || at[1] == '"' || at[1] == '\\');
        if (escapes && !at[1])
            return false;
        if (escapes)
            *dst++ = *++at;
        else if (quote ? *at == quote : *at == '"' || *at == '\'')
            quote = quote ? 0 : *at;
        else
            *dst++ = *at;
    }
    *from = *at ? at + 1 : at;
    *dst = '\0';
    *to = dst + 1;
    return !quote;
}

int program_split(char *text, char *words[PROGRAM_ARGUMENTS_MAX + 1], struct err *e)
{
    int count = 0;
    char *to = text;
    for (;;) {
        while (is_blank(*text))
            text++;
        if (!*text)
            break;
        if (count == PROGRAM_ARGUMENTS_MAX)
            return err_say(e, ERR_BAD, "the command has more than %d words", PROGRAM_ARGUMENTS_MAX);
        words[count++] = to;
        if (!take_word(&text, &to))
            return err_say(e, ERR_BAD, "the command has a quote or backslash that does not end");
    }
    words[count] = NULL;
    return count > 0 ? 0 : err_say(e, ERR_BAD, "the command is empty");
}

/* ---- the process ------------------------------------------------------------------------------ */

static int spawn(char *const words[], int output, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t defaults, none;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGXFSZ);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, 1);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    int code = posix_spawnp(pid, words[0], &files, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return code;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What is being read. */
struct reading {
    int fd;
    char *out;
    size_t size, used;
    bool ended; /* nobody has the other end any more */
};

/* Reads what is there. ERR_IO if it is too much. */
static int drain(struct reading *r, struct err *e)
{
    while (!r->ended) {
        if (r->used + 1 >= r->size)
            return err_say(e, ERR_IO, "it writes more than %zu bytes", r->size - 1);
        ssize_t n = read(r->fd, r->out + r->used, r->size - 1 - r->used);
        if (n > 0)
            r->used += (size_t)n;
        else if (n == 0)
            r->ended = true;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            return err_say(e, ERR_IO, "its output cannot be read: %s", strerror(errno));
    }
    return 0;
}

/* Until the process has ended; *status is its own. */
static int follow(struct reading *r, pid_t pid, int64_t deadline_ms, int stop_fd, int *status,
                  struct err *e)
{
    for (;;) {
        bool gone = waitpid(pid, status, WNOHANG) == pid;
        int code = drain(r, e);
        if (gone || code) {
            if (!gone) {
                kill(-pid, SIGKILL);
                waitpid(pid, status, 0);
            }
            return code;
        }
        int64_t left = deadline_ms - now_ms();
        struct pollfd fds[2] = {{stop_fd, POLLIN, 0}, {r->ended ? -1 : r->fd, POLLIN, 0}};
        if (left > 0 && poll(fds, 2, left < LOOK_MS ? (int)left : LOOK_MS) >= 0 &&
            !(fds[0].revents & POLLIN))
            continue;
        if (left > 0 && !(fds[0].revents & POLLIN))
            continue; /* a signal */
        kill(-pid, SIGKILL);
        waitpid(pid, status, 0);
        return left > 0 ? err_say(e, ERR_IO, "it was stopped")
                        : err_say(e, ERR_IO, "it took too long");
    }
}

static int judge(int status, struct err *e)
{
    if (WIFSIGNALED(status))
        return err_say(e, ERR_IO, "it was killed by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) == 127)
        return err_say(e, ERR_IO, "it ended with exit code 127: was it found?");
    if (WEXITSTATUS(status) != 0)
        return err_say(e, ERR_IO, "it ended with exit code %d", WEXITSTATUS(status));
    return 0;
}

int program_run(char *const words[], int timeout_ms, int stop_fd, char *out, size_t size,
                struct err *e)
{
    int ends[2];
    pid_t pid;
    int status = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_say(e, ERR_IO, "no pipe: %s", strerror(errno));
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    int why = spawn(words, ends[1], &pid);
    close(ends[1]);
    if (why) {
        close(ends[0]);
        return err_say(e, ERR_IO, "it cannot be started: %s", strerror(why));
    }
    struct reading r = {.fd = ends[0], .out = out, .size = size};
    int code = follow(&r, pid, now_ms() + timeout_ms, stop_fd, &status, e);
    close(ends[0]);
    out[r.used] = '\0';
    return code ? code : judge(status, e);
}
