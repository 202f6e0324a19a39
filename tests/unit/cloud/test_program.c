/* A program is run without a shell, within limits. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "cloud/program.h"

static void splits(const char *text, const char *want)
{
    char copy[200], got[300] = "";
    char *words[PROGRAM_ARGUMENTS_MAX + 1];
    struct err e = {0};
    snprintf(copy, sizeof copy, "%s", text);
    cr_assert_eq(program_split(copy, words, &e), 0, "%s: %s", text, e.text);
    for (int i = 0; words[i]; i++) {
        strcat(got, words[i]);
        strcat(got, "|");
    }
    cr_assert_str_eq(got, want);
}

static void does_not_split(const char *text, const char *words_of_it)
{
    char copy[400];
    char *words[PROGRAM_ARGUMENTS_MAX + 1];
    struct err e = {0};
    snprintf(copy, sizeof copy, "%s", text);
    cr_assert_eq(program_split(copy, words, &e), ERR_BAD);
    cr_assert(strstr(e.text, words_of_it), "%s", e.text);
}

Test(program, splits_as_a_shell_does)
{
    splits("a b\tc", "a|b|c|");
    splits("  a  ", "a|");
    splits("'a b' \"c d\"e", "a b|c de|");
    splits("a\\ b \"\\\"\\x\" '\\'", "a b|\"\\x|\\|");
    splits("'' \"\"", "||");
    splits("$HOME `x` *", "$HOME|`x`|*|");
    does_not_split("", "empty");
    does_not_split(" \n ", "empty");
    does_not_split("'a", "does not end");
    does_not_split("a\\", "does not end");
    char many[400] = "";
    for (int i = 0; i <= PROGRAM_ARGUMENTS_MAX; i++)
        strcat(many, "x ");
    does_not_split(many, "more than 64 words");
}

static char out[100];

static int run(const char *command, int timeout_ms, int stop_fd, struct err *e)
{
    char copy[200];
    char *words[PROGRAM_ARGUMENTS_MAX + 1];
    snprintf(copy, sizeof copy, "%s", command);
    cr_assert_eq(program_split(copy, words, e), 0);
    e->text[0] = 0;
    return program_run(words, timeout_ms, stop_fd, out, sizeof out, e);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

Test(program, gives_what_it_writes, .timeout = 30)
{
    struct err e;
    cr_assert_eq(run("printf 'a\\nb'", 10000, -1, &e), 0, "%s", e.text);
    cr_assert_str_eq(out, "a\nb");
    cr_assert_eq(
        run("sh -c 'cat; echo $0; echo no >&2; ls /proc/self/fd | wc -l' x", 10000, -1, &e), 0,
        "%s", e.text);
    cr_assert_str_eq(out, "x\n4\n"); /* 0, 1, 2 and that of ls itself */
}

static void goes_wrong(const char *command, const char *sentence)
{
    struct err e;
    cr_assert_eq(run(command, 10000, -1, &e), ERR_IO);
    cr_assert_str_eq(e.text, sentence);
}

Test(program, tells_how_it_went_wrong, .timeout = 30)
{
    goes_wrong("/no/such/program", "it cannot be started: No such file or directory");
    goes_wrong("sh -c 'exit 3'", "it ended with exit code 3");
    goes_wrong("sh -c 'kill -9 $$'", "it was killed by signal 9");
    goes_wrong("sh -c 'yes | head -c 100000'", "it writes more than 99 bytes");
}

Test(program, ends_in_time, .timeout = 30)
{
    struct err e;
    double begun = seconds();
    static const char slow[] = "sh -c 'sleep 60 & sleep 60'";
    cr_assert_eq(run(slow, 200, -1, &e), ERR_IO);
    cr_assert_str_eq(e.text, "it took too long");
    /* the child's child holds the pipe */
    cr_assert_eq(run("sh -c 'echo x; sleep 60 & exit 0'", 20000, -1, &e), 0);
    cr_assert_str_eq(out, "x\n");
    int stop = eventfd(1, 0);
    cr_assert_eq(run(slow, 60000, stop, &e), ERR_IO);
    cr_assert_str_eq(e.text, "it was stopped");
    cr_assert_lt(seconds() - begun, 15);
}
