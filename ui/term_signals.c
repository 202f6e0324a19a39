/* Signals while the screen is shown: the terminal is given back whatever happens, by bytes
 * that were prepared at the start, since a handler may call nothing of curses. And what is
 * written to standard error meanwhile. There is one terminal, so this has state of its own. */
#include "ui/term_signals.h"

#include "ui/term.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- signals ---------------------------------------------------------------------- */

/* Read by handlers: prepared before they are installed. */
struct prepared leaving, entering;
static sigset_t held;                        /* before a stop was made to wait */
static sigset_t mask;                        /* before signals were blocked */
static int errors_fd = -1, errors_kept = -1; /* standard error: where it went, and to what memory */
static int restore_errors = -1, restore_kept = -1;
static volatile sig_atomic_t stop_signal, stops, away, continued;

static const int stop_signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
static const int crash_signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

static struct sigaction before_stop[COUNT(stop_signals)], before_crash[COUNT(crash_signals)];
static struct sigaction before_tstp, before_cont, before_winch;

/* Only what a signal handler may call. */
void signals_put(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k <= 0)
            return;
        p += k;
        n -= (size_t)k;
    }
}

static void put_errors(int to, int from)
{
    char part[1024];
    off_t at = 0;
    for (ssize_t n; (n = pread(from, part, sizeof part, at)) > 0; at += n)
        signals_put(to, part, (size_t)n);
}

static void restore_raw(void)
{
    signal(SIGTTOU, SIG_IGN); /* else a process in the background would stop here */
    signals_put(STDOUT_FILENO, leaving.byte, leaving.size);
    tcsetattr(STDIN_FILENO, TCSANOW, &leaving.mode);
    if (restore_kept >= 0)
        put_errors(restore_errors, restore_kept);
}

static void die_of(int sig)
{
    signal(sig, SIG_DFL);
    raise(sig); /* delivered when the handler returns, if it is blocked now */
}

static void on_stop(int sig)
{
    int saved = errno;
    stop_signal = sig;
    if (stops++ > 0) {
        restore_raw();
        die_of(sig);
    }
    errno = saved;
}

static void on_crash(int sig)
{
    restore_raw();
    die_of(sig);
}

static void catch_signal(int sig, void (*handler)(int), int flags)
{
    struct sigaction a;
    memset(&a, 0, sizeof a);
    a.sa_handler = handler;
    a.sa_flags = flags;
    sigemptyset(&a.sa_mask);
    sigaction(sig, &a, NULL);
}

/* Gives the terminal back before a stop. Where a shell has it already, its modes are the
 * shell's; the screen is left all the same. */
static void leave(void)
{
    if (away)
        return;
    bool ours = tcgetpgrp(STDIN_FILENO) == getpgrp();
    away = 1;
    signal(SIGTTOU, SIG_IGN); /* a stop in here would be one too many for a single fg */
    signals_put(STDOUT_FILENO, leaving.byte, leaving.size);
    if (ours)
        tcsetattr(STDIN_FILENO, TCSANOW, &leaving.mode);
    signal(SIGTTOU, SIG_DFL);
}

/* Takes it again. In the background that stops the process until it is in front. */
static void enter(void)
{
    while (tcsetattr(STDIN_FILENO, TCSANOW, &entering.mode) != 0 && errno == EINTR)
        continue;
    signals_put(STDOUT_FILENO, entering.byte, entering.size);
    away = 0;
}

static void on_tstp(int sig)
{
    int saved = errno;
    sigset_t one, before;
    leave();
    catch_signal(sig, SIG_DFL, 0);
    sigemptyset(&one);
    sigaddset(&one, sig);
    pthread_sigmask(SIG_UNBLOCK, &one, &before);
    raise(sig); /* the whole process stops here */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    catch_signal(sig, on_tstp, 0);
    enter();
    continued = 1;
    errno = saved;
}

static void on_cont(int sig)
{
    (void)sig;
    continued = 1;
}

void signals_save(void)
{
    sigset_t stop;
    for (size_t i = 0; i < COUNT(stop_signals); i++)
        sigaction(stop_signals[i], NULL, &before_stop[i]);
    for (size_t i = 0; i < COUNT(crash_signals); i++)
        sigaction(crash_signals[i], NULL, &before_crash[i]);
    sigaction(SIGTSTP, NULL, &before_tstp);
    sigaction(SIGCONT, NULL, &before_cont);
    sigaction(SIGWINCH, NULL, &before_winch);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    pthread_sigmask(SIG_BLOCK, &stop, &held);
    if (before_tstp.sa_handler != SIG_IGN)
        catch_signal(SIGTSTP, on_tstp, 0);
}

/* After newterm, which installs handlers of its own. */
void signals_catch(void)
{
    static char stack[64 * 1024] __attribute__((aligned(16)));
    stack_t s = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&s, NULL);
    stop_signal = stops = away = continued = 0;
    for (size_t i = 0; i < COUNT(stop_signals); i++)
        catch_signal(stop_signals[i], before_stop[i].sa_handler == SIG_IGN ? SIG_IGN : on_stop,
                     SA_ONSTACK);
    for (size_t i = 0; i < COUNT(crash_signals); i++)
        catch_signal(crash_signals[i], on_crash, (int)(SA_ONSTACK | SA_RESETHAND));
    catch_signal(SIGTSTP, before_tstp.sa_handler == SIG_IGN ? SIG_IGN : on_tstp, 0);
    catch_signal(SIGCONT, on_cont, SA_RESTART);
    pthread_sigmask(SIG_SETMASK, &held, NULL); /* a stop that waited comes now */
}

void signals_restore(void)
{
    for (size_t i = 0; i < COUNT(stop_signals); i++)
        sigaction(stop_signals[i], &before_stop[i], NULL);
    for (size_t i = 0; i < COUNT(crash_signals); i++)
        sigaction(crash_signals[i], &before_crash[i], NULL);
    sigaction(SIGTSTP, &before_tstp, NULL);
    sigaction(SIGCONT, &before_cont, NULL);
    sigaction(SIGWINCH, &before_winch, NULL);
    pthread_sigmask(SIG_SETMASK, &held, NULL);
}

/* As a signal from the terminal it would stop the parent (make, a script) in the same
 * instant, and the shell could take the terminal before it is given back. So that is done
 * first, and then all are stopped. */
void signals_suspend(void)
{
    if (before_tstp.sa_handler == SIG_IGN)
        return;
    leave();
    kill(0, SIGTSTP);
}

bool signals_continued(void)
{
    if (!continued)
        return false;
    continued = 0;
    return true;
}

int term_stop_signal(void) { return stop_signal; }

void term_block_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < COUNT(crash_signals); i++)
        sigdelset(&all, crash_signals[i]);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
}

void term_unblock_signals(void) { pthread_sigmask(SIG_SETMASK, &mask, NULL); }

/* ---- standard error --------------------------------------------------------------- */

/* What is written to a terminal's standard error would spoil the screen: it goes to
 * memory until the end. Redirected by the caller, it is left alone. */
void errors_keep(void)
{
    if (!isatty(STDERR_FILENO))
        return;
    errors_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (errors_kept < 0)
        errors_kept = memfd_create("errors", MFD_CLOEXEC);
    if (errors_fd < 0 || errors_kept < 0)
        return;
    dup2(errors_kept, STDERR_FILENO);
    restore_errors = errors_fd;
    restore_kept = errors_kept;
}

void errors_give(void)
{
    restore_kept = -1;
    if (errors_fd < 0)
        return;
    fflush(stderr);
    dup2(errors_fd, STDERR_FILENO);
    close(errors_fd);
    errors_fd = -1;
    if (errors_kept < 0)
        return;
    put_errors(STDERR_FILENO, errors_kept);
    close(errors_kept);
    errors_kept = -1;
}
