/* `spillway ctl`: commands for a running spillway, by its control socket. */
#include "cli_ctl.h"

#include "ctl.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COMMANDS_MAX 64
#define FOUND_MAX 16
#define LINE_MAX_BYTES 65536
#define ANSWER_MS 15000 /* the other side gives up earlier, and says so */

struct request {
    const char *socket;
    bool watch;
    const char *command[COMMANDS_MAX];
    int count;
};

static int take_socket(void *request, const char *value, struct err *e)
{
    (void)e;
    ((struct request *)request)->socket = value;
    return 0;
}

static int take_watch(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    ((struct request *)request)->watch = true;
    return 0;
}

static int take_command(void *request, const char *text, struct err *e)
{
    struct request *r = request;
    if (strchr(text, '\n'))
        return err_say(e, ERR_BAD, "a command is one line");
    if (strlen(text) >= PRESET_COMMAND)
        return err_say(e, ERR_BAD, "\"%.40s…\": a command has at most %d bytes", text,
                       PRESET_COMMAND - 1);
    if (r->count == COMMANDS_MAX)
        return err_say(e, ERR_BAD, "at most %d commands at a time", COMMANDS_MAX);
    r->command[r->count++] = text;
    return 0;
}

static const struct cli_option options[] = {
    {"socket", "PATH", "Which one, where several are running.", take_socket},
    {"watch", NULL, "After the commands: one line of JSON for each reading, until it ends.",
     take_watch},
    {0},
};

/* ---- which one ------------------------------------------------------------------------ */

struct found {
    char path[FOUND_MAX][CTL_PATH + 300];
    int count, fd;
};

/* Sockets that somebody answers at; the connection to the first stays open. */
static void look_into(const char *folder, struct found *f)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) && f->count < FOUND_MAX;) {
        if (ctl_owner(entry->d_name) == 0)
            continue;
        char *path = f->path[f->count];
        snprintf(path, sizeof f->path[0], "%s/%s", folder, entry->d_name);
        int fd = ctl_connect(path);
        if (fd < 0)
            continue;
        if (f->count++ == 0)
            f->fd = fd;
        else
            close(fd);
    }
    closedir(dir);
}

static int say_several(const struct found *f, struct err *e)
{
    char list[380] = "";
    size_t used = 0;
    for (int i = 0; i < f->count && used + 110 < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.100s", i ? ", " : "",
                                 f->path[i]);
    return err_say(e, ERR_BAD, "%d are running: choose one with --socket: %s", f->count, list);
}

static int connect_to(const struct request *r, int *fd, struct err *e)
{
    static struct found f;
    char folder[CTL_PATH];
    if (r->socket) {
        *fd = ctl_connect(r->socket);
        if (*fd < 0)
            return err_say(e, ERR_IO, "%.200s: %s", r->socket,
                           errno == ECONNREFUSED ? "nobody answers there any more"
                                                 : strerror(errno));
        return 0;
    }
    int rc = ctl_folder(folder, e);
    if (rc)
        return rc;
    look_into(folder, &f);
    if (f.count == 0)
        return err_say(e, ERR_IO, "no spillway is running here: start one with spillway run");
    if (f.count > 1) {
        close(f.fd);
        return say_several(&f, e);
    }
    *fd = f.fd;
    return 0;
}

/* ---- talking ---------------------------------------------------------------------------- */

struct talk {
    int fd;
    struct print out;
    char in[LINE_MAX_BYTES];
    size_t used;
};

static bool send_line(int fd, const char *text)
{
    char line[PRESET_COMMAND + 16];
    int n = snprintf(line, sizeof line, "%s\n", text);
    for (int at = 0; at < n;) {
        ssize_t sent = send(fd, line + at, (size_t)(n - at), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return false;
        at += sent > 0 ? (int)sent : 0;
    }
    return true;
}

/* Shows what comes up to the end of one line. 1, 0 at the end of the connection, -1 when
 * nothing came in time. ok tells whether the line began as an answer that is good. */
static int take_line(struct talk *t, int timeout_ms, bool *ok)
{
    for (;;) {
        const char *end = memchr(t->in, '\n', t->used);
        if (end) {
            size_t n = (size_t)(end - t->in) + 1;
            *ok = n > 10 && memcmp(t->in, "{\"ok\":true", 10) == 0;
            print_bytes(&t->out, t->in, n);
            print_flush(&t->out);
            t->used -= n;
            memmove(t->in, t->in + n, t->used);
            return 1;
        }
        /* standard output is looked at too: its reader may leave */
        struct pollfd p[2] = {{t->fd, POLLIN, 0}, {STDOUT_FILENO, 0, 0}};
        int n = poll(p, 2, timeout_ms);
        if (n == 0)
            return -1;
        if (n > 0 && p[1].revents & POLLERR)
            return 0;
        ssize_t got = n < 0 ? -1 : recv(t->fd, t->in + t->used, sizeof t->in - t->used, 0);
        if (got == 0 || (got < 0 && errno != EINTR) ||
            t->used + (size_t)(got > 0 ? got : 0) == sizeof t->in)
            return 0;
        t->used += got > 0 ? (size_t)got : 0;
    }
}

static int ask(struct talk *t, const char *line, bool *ok, struct err *e)
{
    int rc = send_line(t->fd, line) ? take_line(t, ANSWER_MS, ok) : take_line(t, 0, ok);
    if (rc < 0)
        return err_say(e, ERR_IO, "no answer: is it suspended?");
    if (rc == 0)
        return err_say(e, ERR_IO, "it ended before it answered");
    return 0;
}

static int talk(const struct request *r, struct talk *t, struct err *e)
{
    bool all = true, ok = false, ignored;
    for (int i = 0; i < r->count; i++) {
        int rc = ask(t, r->command[i], &ok, e);
        if (rc)
            return err_exit(rc);
        all = all && ok;
    }
    int rc = r->watch ? ask(t, "--watch", &ok, e) : 0;
    if (rc)
        return err_exit(rc);
    while (r->watch && t->out.error == 0 && take_line(t, -1, &ignored) > 0)
        continue;
    return all && (ok || r->count + r->watch == 0) ? 0 : err_exit(ERR_BAD);
}

static int run(int argc, char **argv)
{
    static struct talk t;
    struct request r = {0};
    struct err e = {0};
    int exit_code = 0;
    if (cli_parse(&cli_ctl, argc, argv, &r, &exit_code))
        return exit_code;
    if (r.count == 0 && !r.watch) {
        (void)err_say(&e, ERR_BAD, "a command is needed, like spillway ctl 'spike x2 10s'");
        return cli_fail(&e);
    }
    if (connect_to(&r, &t.fd, &e))
        return cli_fail(&e);
    print_init(&t.out, STDOUT_FILENO);
    exit_code = talk(&r, &t, &e);
    close(t.fd);
    if (e.code)
        cli_fail(&e);
    int delivered = print_exit(&t.out, "standard output");
    return exit_code ? exit_code : delivered;
}

const struct cli_command cli_ctl = {
    .name = "ctl",
    .operands = "'COMMAND'…",
    .help = "Gives commands to a running spillway, or watches it.",
    .details =
        "Each screen, and each headless run in real time, has a control socket:\n"
        "$XDG_RUNTIME_DIR/spillway-PID.sock, or /tmp/spillway-UID/spillway-PID.sock. Each command\n"
        "is answered by one line of JSON, with the event of the log or the reason why not; the\n"
        "exit code is 2 if one was refused, 1 if nobody answers.\n",
    .examples = "  spillway ctl 'spike x2 10s'\n"
                "  spillway ctl 'policy slo' 'set slo 200ms'\n"
                "  spillway ctl --watch | jq '.[\"latency_ms.p99\"]'\n",
    .options = options,
    .operand = take_command,
    .run = run,
};
