/* The terminal comes back as it was: six kinds of terminal, nine signals each, two thousand
 * changes of size, and stops from outside in the middle of frames.
 *
 *     stress_terminals [PROGRAM [RESIZES]]
 *
 * PROGRAM is SPILLWAY where it is not given, else the one built beside this. */
#include "tests/lib/pty.h"

#include <sys/resource.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct pty pty;
static char home[64], program[4096];
static int slower = 1;

static const char *const terms[] = {"xterm-256color", "tmux-256color", "screen",
                                    "linux",          "vt100",         "dumb"};
static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGSEGV,
                              SIGABRT, SIGBUS, SIGFPE, SIGILL};

_Noreturn static void fail(const char *term, const char *what)
{
    printf("FAILED  %s: %s (wait status 0x%x)\n%.2000s\n", term, what, (unsigned)pty.status,
           pty.tail > 2000 ? pty.text + pty.tail - 2000 : pty.text);
    pty_close(&pty);
    pty_home_remove(home);
    exit(1);
}

static bool appears(const char *text, int ms)
{
    int64_t until = pty_now_ns() + ms * slower * INT64_C(1000000);
    while (strstr(pty.text, text) == NULL) {
        if (pty_now_ns() > until || !pty_alive(&pty))
            return strstr(pty.text, text) != NULL;
        pty_read(&pty, 10);
    }
    return true;
}

static void start(const char *term)
{
    const char *argv[] = {program, "run", "presets/burst.json", NULL};
    setenv("TERM", term, 1);
    pty_start(&pty, 100, 30, argv, home);
    bool dumb = strcmp(term, "dumb") == 0;
    if (!appears(dumb ? "no back-pressure" : "LEDGER", 5000))
        fail(term, "nothing is shown within 5 s");
}

static void must_be_given_back(const char *term, const char *when)
{
    const char *changed = pty_changed(&pty);
    char words[200];
    if (changed == NULL)
        return;
    snprintf(words, sizeof words, "%s: %s", when, changed);
    fail(term, words);
}

/* A stop signal ends in order, with 128 + its number; a crash ends by its signal. */
static void end_by(const char *term, int sig)
{
    char words[80];
    bool dumb = strcmp(term, "dumb") == 0;
    start(term);
    kill(pty.pid, sig);
    snprintf(words, sizeof words, "signal %d", sig);
    if (pty_wait_end(&pty, 6000 * slower) < 0)
        fail(term, "a signal did not end it within 6 s");
    bool crash =
        sig == SIGSEGV || sig == SIGABRT || sig == SIGBUS || sig == SIGFPE || sig == SIGILL;
    bool as_it_should = crash ? WIFSIGNALED(pty.status) && WTERMSIG(pty.status) == sig
                              : WIFEXITED(pty.status) && WEXITSTATUS(pty.status) == 128 + sig;
    if (!as_it_should && !(crash && (dumb || slower > 1) && !WIFSTOPPED(pty.status)))
        fail(term, words); /* a sanitizer has its own way to die where the screen is not up */
    must_be_given_back(term, words);
    pty_close(&pty);
}

/* ---- sizes ------------------------------------------------------------------------------ */

static void change_sizes(int count)
{
    static const int sizes[][2] = {{1, 1},   {80, 24}, {120, 36}, {300, 120}, {300, 5}, {5, 120},
                                   {40, 10}, {20, 5},  {2, 2},    {160, 45},  {60, 16}};
    start("xterm-256color");
    for (int i = 0; i < count; i++) {
        int k = (i * 7 + i / 11) % (int)COUNT(sizes);
        pty_resize(&pty, sizes[k][0] + i % 3, sizes[k][1] + i % 2);
        if (i % 5 == 0)
            pty_type(&pty, i % 2 ? "5" : "\033", 1);
        pty_read(&pty, i % 7 == 0 ? 3 : 0);
        if (!pty_alive(&pty))
            fail("xterm-256color", "it ended while the size changed");
    }
    pty_resize(&pty, 100, 30);
    pty_type(&pty, "\033\033\033", 3);
    pty_watch(&pty, 300 * slower);
    pty.tail = 0;
    pty.text[0] = 0;
    pty_type(&pty, "\014", 1);
    if (!appears("LEDGER", 3000))
        fail("xterm-256color", "no whole screen after the last size");
    pty_type(&pty, "q", 1);
    if (pty_wait_end(&pty, 1500 * slower) < 0)
        fail("xterm-256color", "q did not end it");
    must_be_given_back("xterm-256color", "after the sizes");
    pty_close(&pty);
}

/* ---- stops -------------------------------------------------------------------------------- */

/* Nobody can stop a program whose session has no other: it needs a parent in there, as a
 * shell is one. Takes its child's place in front, waits for it, ends as it ended. */
static int lead(char **argv)
{
    int status = 0;
    pid_t pid = fork();
    signal(SIGTTOU, SIG_IGN);
    if (pid == 0) {
        setpgid(0, 0);
        tcsetpgrp(STDIN_FILENO, getpid());
        signal(SIGTTOU, SIG_DFL);
        execv(argv[0], argv);
        _exit(127);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static pid_t child_of(pid_t parent)
{
    char path[64];
    int pid = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    FILE *f = fopen(path, "r");
    if (f == NULL || fscanf(f, "%d", &pid) != 1)
        pid = 0;
    if (f != NULL)
        fclose(f);
    return pid;
}

static char state_of(pid_t pid)
{
    char path[64], state = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (f != NULL && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = '?';
    if (f != NULL)
        fclose(f);
    return state;
}

static bool comes_to(pid_t pid, bool stopped)
{
    int64_t until = pty_now_ns() + slower * INT64_C(2000000000);
    while (pty_now_ns() < until) {
        if ((state_of(pid) == 'T') == stopped)
            return true;
        pty_read(&pty, 1);
    }
    return false;
}

/* A stop must never be lost, also not while a frame is being written. */
static void stop_often(const char *self, int count)
{
    const char *term = "xterm-256color";
    const char *argv[] = {self, "--lead", program, "run", "presets/burst.json", NULL};
    setenv("TERM", term, 1);
    pty_start(&pty, 100, 30, argv, home);
    if (!appears("LEDGER", 5000))
        fail(term, "nothing is shown within 5 s");
    pid_t pid = child_of(pty.pid);
    for (int i = 0; i < count && pid > 0; i++) {
        uint64_t frames = pty.frames;
        pty_type(&pty, "\014", 1); /* a whole frame, and the stop in its midst */
        for (int64_t until = pty_now_ns() + 50000000; pty.frames == frames;) {
            pty_read(&pty, 1);
            if (pty_now_ns() > until)
                break;
        }
        kill(pid, SIGTSTP);
        if (!comes_to(pid, true))
            fail(term, "a stop was lost");
        pty_read(&pty, 0);
        if (pty.mode[1049])
            fail(term, "stopped, and the alternate screen is still shown");
        kill(pid, SIGCONT);
        if (!comes_to(pid, false))
            fail(term, "it does not go on");
        pty_watch(&pty, 20);
    }
    pty_type(&pty, "q", 1);
    if (pid <= 0 || pty_wait_end(&pty, 3000 * slower) < 0 || !WIFEXITED(pty.status) ||
        WEXITSTATUS(pty.status) != 0)
        fail(term, "q did not end it after the stops");
    must_be_given_back(term, "after the stops");
    pty_close(&pty);
}

/* ---- which program ------------------------------------------------------------------------ */

static bool find_program(const char *self, const char *given)
{
    char beside[4096];
    const char *slash = strrchr(self, '/');
    if (given == NULL && slash != NULL) {
        snprintf(beside, sizeof beside, "%.*s/../spillway", (int)(slash - self), self);
        given = access(beside, X_OK) == 0 ? beside : "./spillway";
    }
    return given != NULL && realpath(given, program) != NULL;
}

int main(int argc, char **argv)
{
    const struct rlimit none = {0, 0};
    if (argc > 2 && strcmp(argv[1], "--lead") == 0)
        return lead(argv + 2);
    setrlimit(RLIMIT_CORE, &none); /* a crash that is asked for leaves no core */
    if (!find_program(argv[0], argc > 1 ? argv[1] : getenv("SPILLWAY"))) {
        printf("no program to run; `make` builds it\n");
        return 0;
    }
    slower = strstr(program, "/asan/") != NULL || strstr(program, "/tsan/") != NULL ? 10 : 1;
    int resizes = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 2000;
    static char self[4096];
    if (realpath(argv[0], self) == NULL)
        return 1;
    pty_home(home);
    for (size_t t = 0; t < COUNT(terms); t++) {
        for (size_t i = 0; i < COUNT(signals); i++)
            end_by(terms[t], signals[i]);
        printf("ok    %s: %zu signals\n", terms[t], COUNT(signals));
    }
    change_sizes(resizes);
    printf("ok    %d sizes\n", resizes);
    /* TSan calls a handler later than the system would, when default dispositions set in
     * it no longer count: a stop under it proves nothing. */
    if (strstr(program, "/tsan/") == NULL) {
        stop_often(self, 200);
        printf("ok    200 stops\n");
    }
    pty_home_remove(home);
    return 0;
}
