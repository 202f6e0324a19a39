/* gnuplot as a program of its own: it may be missing, and it may hang. */
#include "lab/figure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOG "gnuplot.log"
#define WAIT_MS 120000
#define POLL_MS 20

#define VARIABLES 1000

extern char **environ;

static int fail(struct err *e, const char *dir, const char *what)
{
    e->code = ERR_IO;
    (void)snprintf(e->text, sizeof e->text, "%.200s: no pictures: %.200s", dir, what);
    return ERR_IO;
}

/* The child's end, or -1 after it was killed for taking too long. */
static int wait_for(pid_t child)
{
    const struct timespec nap = {0, POLL_MS * 1000000L};
    int status = 0;
    for (int ms = 0; ms < WAIT_MS; ms += POLL_MS) {
        pid_t got = waitpid(child, &status, WNOHANG);
        if (got == child)
            return status;
        if (got < 0 && errno != EINTR)
            return -1;
        (void)nanosleep(&nap, NULL);
    }
    (void)kill(child, SIGKILL);
    (void)waitpid(child, &status, 0);
    return -1;
}

/* The environment of this process, in a locale that knows every character of a figure:
 * without one gnuplot cannot write a degree sign. */
static void borrow_environment(char *out[VARIABLES + 2])
{
    static char locale[] = "LC_ALL=C.UTF-8";
    int n = 0;
    for (char **v = environ; *v && n < VARIABLES; v++)
        if (strncmp(*v, "LC_ALL=", 7) != 0)
            out[n++] = *v;
    out[n++] = locale;
    out[n] = NULL;
}

static int spawn(const char *dir, char *const argv[], pid_t *child)
{
    char *variables[VARIABLES + 2];
    borrow_environment(variables);
    posix_spawn_file_actions_t files;
    int why = posix_spawn_file_actions_init(&files);
    if (why)
        return why;
    why = posix_spawn_file_actions_addchdir_np(&files, dir);
    if (!why)
        why = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (!why)
        why = posix_spawn_file_actions_addopen(&files, 1, LOG, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (!why)
        why = posix_spawn_file_actions_adddup2(&files, 1, 2);
    if (!why)
        why = posix_spawnp(child, argv[0], &files, NULL, argv, variables);
    (void)posix_spawn_file_actions_destroy(&files);
    return why;
}

int figure_draw(const char *dir, const char *const *names, int count, struct err *e)
{
    char script[EXPERIMENT_FIGURES][EXPERIMENT_WORD + 4];
    char program[] = "gnuplot", *argv[EXPERIMENT_FIGURES + 2] = {program};
    pid_t child;
    assert(count <= EXPERIMENT_FIGURES);
    if (count == 0)
        return 0;
    for (int i = 0; i < count; i++) {
        (void)snprintf(script[i], sizeof script[i], "%s.gp", names[i]);
        argv[i + 1] = script[i];
    }
    int why = spawn(dir, argv, &child);
    if (why == ENOENT)
        return fail(e, dir,
                    "gnuplot is not installed (apt-get install gnuplot-nox); the data and the "
                    "scripts are there, gnuplot *.gp makes them");
    if (why)
        return fail(e, dir, strerror(why));
    int status = wait_for(child);
    if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail(e, dir, "gnuplot failed; " LOG " there says why");
    return 0;
}
