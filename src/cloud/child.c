/* Between vfork and exec only async-signal-safe calls are made: other threads may hold
 * any lock at that moment, and the memory is ours. */
#include "cloud/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(struct err *e, const char *what)
{
    snprintf(e->text, sizeof e->text, "cannot %s: %s", what, strerror(errno));
    return e->code = ERR_IO;
}

static void say(const char *text)
{
    ssize_t wrote = write(STDERR_FILENO, text, strlen(text));
    (void)wrote;
}

static void limit(int resource, uint64_t most)
{
    struct rlimit now;
    if (getrlimit(resource, &now) != 0)
        return;
    rlim_t value = now.rlim_max < most ? now.rlim_max : most;
    struct rlimit wanted = {.rlim_cur = value, .rlim_max = value};
    setrlimit(resource, &wanted);
}

static void default_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int s = 1; s < NSIG; s++)
        sigaction(s, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child: never returns. */
static _Noreturn void become(const struct child_plan *plan, int input, int output, pid_t parent)
{
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before the line above */
        _exit(127);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    default_signals();
    bool placed = dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
                  dup2(output, STDERR_FILENO) >= 0 && close_range(3, ~0U, 0) == 0;
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, plan->open_files_max);
    limit(RLIMIT_FSIZE, plan->file_size_max);
    if (placed && chdir(plan->folder) == 0)
        execve(plan->program, (char *const *)(uintptr_t)plan->argv,
               (char *const *)(uintptr_t)plan->envp);
    const char *why = strerrordesc_np(errno);
    say("cannot execute ");
    say(plan->program);
    say(": ");
    say(why ? why : "unknown error");
    say("\n");
    _exit(127);
}

/* A new process that becomes the plan. vfork: no copy of our memory's tables is made,
 * which would hold up this thread, and others by page faults afterwards; we wait until the
 * program is executed. All signals are blocked meanwhile, since a handler would run in
 * memory that is ours; `become` puts them in order. */
static pid_t spawn(const struct child_plan *plan, int input, int output)
{
    sigset_t all, before;
    pid_t parent = getpid();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = vfork();
    if (pid == 0)
        become(plan, input, output, parent); /* in this frame: it may not return */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid;
}

static void end_now(struct child *c)
{
    kill(c->pid, SIGKILL);
    waitpid(c->pid, NULL, 0);
    c->pid = 0;
}

int child_start(struct child *c, const struct child_plan *plan, struct err *e)
{
    *c = (struct child){.pidfd = -1, .output_fd = -1};
    int output[2];
    if (pipe2(output, O_CLOEXEC) != 0)
        return fail(e, "make a pipe");
    c->output_fd = output[0];
    int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    c->pid = input < 0 ? -1 : spawn(plan, input, output[1]);
    int result = c->pid < 0 ? fail(e, "start a process") : 0;
    close(output[1]);
    if (input >= 0)
        close(input);
    if (result == 0 && (c->pidfd = pidfd_open(c->pid, 0)) < 0) {
        result = fail(e, "watch a process");
        end_now(c);
    }
    if (result == 0)
        fcntl(c->output_fd, F_SETFL, O_NONBLOCK);
    else
        child_close(c);
    return result;
}

void child_signal(const struct child *c, int signal)
{
    if (c->pid > 0 && kill(-c->pid, signal) != 0)
        kill(c->pid, signal); /* it has not yet made its group */
}

/* The leader is a zombie until it is waited for, so its number still names its group
 * and nobody else's. */
bool child_reap(struct child *c, int wait_ms, struct child_end *end)
{
    if (c->pid <= 0)
        return true;
    struct pollfd ended = {.fd = c->pidfd, .events = POLLIN};
    if (poll(&ended, 1, wait_ms) != 1)
        return false;
    kill(-c->pid, SIGKILL);
    siginfo_t info = {0};
    if (waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED) != 0)
        return false;
    end->signalled = info.si_code != CLD_EXITED;
    end->number = info.si_status;
    close(c->pidfd);
    c->pidfd = -1;
    c->pid = 0;
    return true;
}

int64_t child_memory(const struct child *c)
{
    char path[40], line[200];
    snprintf(path, sizeof path, "/proc/%ld/status", (long)c->pid);
    FILE *f = c->pid > 0 ? fopen(path, "re") : NULL;
    int64_t kib = 0;
    while (f && kib == 0 && fgets(line, sizeof line, f))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtoll(line + 6, NULL, 10);
    if (f)
        fclose(f);
    return kib * 1024;
}

void child_close(struct child *c)
{
    assert(c->pid <= 0);
    if (c->pidfd >= 0)
        close(c->pidfd);
    if (c->output_fd >= 0)
        close(c->output_fd);
    c->pidfd = c->output_fd = -1;
}
