#include "cloud/child.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const none[] = {NULL};

static void start(struct child *c, const char *program, const char *const *argv)
{
    struct err e = {0};
    const struct child_plan plan = {.program = program,
                                    .argv = argv,
                                    .envp = none,
                                    .folder = "/",
                                    .open_files_max = 64,
                                    .file_size_max = 1000};
    cr_assert_eq(child_start(c, &plan, &e), 0, "%s", e.text);
}

static void shell(struct child *c, const char *command)
{
    const char *argv[] = {"sh", "-c", command, NULL};
    start(c, "/bin/sh", argv);
}

/* Its end, and all of its output. */
static struct child_end finish(struct child *c, char *output, size_t size)
{
    struct child_end end = {0};
    cr_assert(child_reap(c, 10000, &end));
    ssize_t n = read(c->output_fd, output, size - 1);
    output[n > 0 ? n : 0] = '\0';
    child_close(c);
    return end;
}

Test(child, output_and_error_come_together_and_the_status_is_kept)
{
    struct child c;
    char out[100];
    shell(&c, "echo one; echo two >&2; exit 9");
    struct child_end end = finish(&c, out, sizeof out);
    cr_assert(!end.signalled && end.number == 9);
    cr_assert_str_eq(out, "one\ntwo\n");
}

Test(child, a_program_that_cannot_be_executed_says_why)
{
    struct child c;
    char out[100];
    start(&c, "/nowhere", none);
    struct child_end end = finish(&c, out, sizeof out);
    cr_assert(!end.signalled && end.number == 127);
    cr_assert_str_eq(out, "cannot execute /nowhere: No such file or directory\n");
}

Test(child, one_that_runs_is_not_reaped_and_a_signal_ends_its_whole_group)
{
    struct child c;
    struct child_end end;
    char out[100];
    shell(&c, "sleep 100 & echo; wait");
    struct pollfd said = {.fd = c.output_fd, .events = POLLIN};
    cr_assert_eq(poll(&said, 1, 10000), 1);
    cr_assert_not(child_reap(&c, 0, &end));
    cr_assert_gt(child_memory(&c), 100000);
    child_signal(&c, SIGTERM);
    end = finish(&c, out, sizeof out);
    cr_assert(end.signalled && end.number == SIGTERM);
    cr_assert(child_reap(&c, 0, &end), "once more is harmless");
    child_signal(&c, SIGKILL);
    cr_assert_eq(child_memory(&c), 0);
}

Test(child, files_end_at_their_limit)
{
    char path[] = "/tmp/spillway-child-XXXXXX", command[100], out[100];
    int fd = mkstemp(path);
    struct child c;
    struct stat file;
    snprintf(command, sizeof command, "printf '%%2000s' x >%s", path);
    shell(&c, command);
    struct child_end end = finish(&c, out, sizeof out);
    cr_assert(end.signalled && end.number == SIGXFSZ);
    cr_assert_eq(fstat(fd, &file), 0);
    cr_assert_eq(file.st_size, 1000);
    unlink(path);
    close(fd);
}
