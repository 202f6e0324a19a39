/* A program on a terminal of its own: started, fed, read, resized and ended. What it
 * writes is counted and looked at on the way, never interpreted as a screen. */
#ifndef TESTS_LIB_PTY_H
#define TESTS_LIB_PTY_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#define PTY_TAIL (256 * 1024)
#define PTY_MODES 2100 /* private modes below this number are followed */

struct pty {
    int master, slave; /* the slave stays open here, so that its modes outlive the program */
    pid_t pid;
    bool ended;
    int status; /* of waitpid, once ended */
    struct termios before;
    uint64_t bytes, frames, marks;   /* frames: synchronised updates; marks: bytes like `mark` */
    uint64_t frame_bytes, frame_max; /* of the frame under way, of the largest */
    char mark;
    void (*tap)(void *context, const char *byte, size_t n); /* sees what is written; or NULL */
    void *context;
    size_t tail; /* bytes of `text` in use: the newest that were written */
    char text[PTY_TAIL + 1];
    int escape;         /* 0 outside, 1 after ESC, 2 after ESC [, 3 after ESC [ ? */
    uint32_t number[8]; /* of the sequence under way: ESC [ ? 1006;1000 h sets both */
    int numbers;
    bool mode[PTY_MODES]; /* private modes that are set now */
};

static inline int64_t pty_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static inline void pty_resize(struct pty *p, int columns, int rows)
{
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    ioctl(p->master, TIOCSWINSZ, &size);
}

/* Starts argv[0], looked for in PATH, in the folder `dir`. Exits where that fails. */
static inline void pty_start(struct pty *p, int columns, int rows, const char *const *argv,
                             const char *dir)
{
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    memset(p, 0, sizeof *p);
    p->mode[25] = true; /* a terminal shows its cursor */
    if (openpty(&p->master, &p->slave, NULL, NULL, &size) != 0) {
        perror("openpty");
        exit(1);
    }
    tcgetattr(p->slave, &p->before);
    fcntl(p->master, F_SETFL, O_NONBLOCK);
    fcntl(p->master, F_SETFD, FD_CLOEXEC);
    fflush(NULL);
    p->pid = fork();
    if (p->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (login_tty(p->slave) != 0 || chdir(dir) != 0)
            _exit(126);
        execvp(argv[0], (char *const *)(uintptr_t)argv); /* which changes none of them */
        _exit(127);
    }
}

/* One byte further through the private modes, set by ESC [ ? 1;2 h and reset by l. */
static inline void pty_follow(struct pty *p, unsigned char c)
{
    if (c == 27) {
        p->escape = 1;
    } else if (p->escape == 1) {
        p->escape = c == '[' ? 2 : 0;
    } else if (p->escape == 2) {
        p->escape = c == '?' ? 3 : 0;
        p->numbers = 0;
        p->number[0] = 0;
    } else if (p->escape == 3 && c >= '0' && c <= '9') {
        p->number[p->numbers] = (p->number[p->numbers] * 10 + c - '0') % 100000;
    } else if (p->escape == 3 && c == ';') {
        p->numbers += p->numbers < 7;
        p->number[p->numbers] = 0;
    } else if (p->escape == 3) {
        for (int i = 0; i <= p->numbers && (c == 'h' || c == 'l'); i++)
            if (p->number[i] < PTY_MODES)
                p->mode[p->number[i]] = c == 'h';
        if (c == 'h' && p->number[0] == 2026) {
            p->frames++;
            p->frame_bytes = 0;
        }
        p->escape = 0;
    }
}

static inline void pty_keep(struct pty *p, const char *byte, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pty_follow(p, (unsigned char)byte[i]);
        if (++p->frame_bytes > p->frame_max)
            p->frame_max = p->frame_bytes;
        p->marks += p->mark != 0 && byte[i] == p->mark;
    }
    p->bytes += n;
    if (p->tap != NULL)
        p->tap(p->context, byte, n);
    if (p->tail + n > PTY_TAIL) {
        size_t keep = PTY_TAIL / 2;
        memmove(p->text, p->text + p->tail - keep, keep);
        p->tail = keep;
    }
    memcpy(p->text + p->tail, byte, n);
    p->tail += n;
    p->text[p->tail] = 0;
}

/* Reads what is there, waiting at most ms for the first byte. True if there was any. */
static inline bool pty_read(struct pty *p, int ms)
{
    char part[16384];
    struct pollfd f = {.fd = p->master, .events = POLLIN};
    bool any = false;
    if (poll(&f, 1, ms) <= 0)
        return false;
    for (ssize_t n; (n = read(p->master, part, sizeof part)) > 0; any = true)
        pty_keep(p, part, (size_t)n);
    return any;
}

static inline bool pty_alive(struct pty *p)
{
    if (!p->ended && waitpid(p->pid, &p->status, WNOHANG) == p->pid)
        p->ended = true;
    return !p->ended;
}

/* Reads for so long, or until the program ends. */
static inline void pty_watch(struct pty *p, int ms)
{
    int64_t until = pty_now_ns() + ms * INT64_C(1000000);
    for (int64_t left; (left = until - pty_now_ns()) > 0 && pty_alive(p);)
        pty_read(p, left > 20000000 ? 20 : (int)(left / 1000000) + 1);
    pty_read(p, 0);
}

/* Types n bytes, reading meanwhile. False if the program ended, or took none for 10 s. */
static inline bool pty_type(struct pty *p, const char *byte, size_t n)
{
    int64_t until = pty_now_ns() + INT64_C(10000000000);
    for (size_t done = 0; done < n;) {
        ssize_t k = write(p->master, byte + done, n - done);
        if (k > 0) {
            done += (size_t)k;
            until = pty_now_ns() + INT64_C(10000000000);
            continue;
        }
        if (!pty_alive(p) || pty_now_ns() > until)
            return false;
        pty_read(p, 2);
    }
    return true;
}

/* Bytes typed that the program has not taken yet. */
static inline int pty_untaken(const struct pty *p)
{
    int n = 0;
    return ioctl(p->slave, FIONREAD, &n) == 0 ? n : 0;
}

/* Waits for the end, at most so long; milliseconds it took, or -1. */
static inline int pty_wait_end(struct pty *p, int ms)
{
    int64_t begun = pty_now_ns(), until = begun + ms * INT64_C(1000000);
    while (pty_alive(p)) {
        if (pty_now_ns() > until)
            return -1;
        pty_read(p, 2);
    }
    int took = (int)((pty_now_ns() - begun) / 1000000);
    while (pty_read(p, 0))
        continue;
    return took;
}

/* Ends what is still there and closes the terminal. */
static inline void pty_close(struct pty *p)
{
    if (pty_alive(p)) {
        kill(p->pid, SIGKILL);
        waitpid(p->pid, &p->status, 0);
        p->ended = true;
    }
    close(p->master);
    close(p->slave);
}

/* What of the terminal is not as it was before the start, or NULL. */
static inline const char *pty_changed(const struct pty *p)
{
    static const struct {
        int mode;
        bool set;
        const char *words;
    } want[] = {
        {1049, false, "the alternate screen is still shown"},
        {25, true, "the cursor is hidden"},
        {1, false, "the cursor keys are still the application's"},
        {1000, false, "the mouse is still reported"},
        {1002, false, "the mouse is still reported"},
        {1003, false, "the mouse is still reported"},
        {1006, false, "the mouse is still reported"},
        {2004, false, "pastes are still bracketed"},
        {2026, false, "an update was never shown"},
    };
    struct termios now;
    tcgetattr(p->slave, &now);
    if (now.c_iflag != p->before.c_iflag || now.c_oflag != p->before.c_oflag ||
        now.c_cflag != p->before.c_cflag || now.c_lflag != p->before.c_lflag ||
        memcmp(now.c_cc, p->before.c_cc, sizeof now.c_cc) != 0)
        return "the terminal's modes are not as they were";
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        if (p->mode[want[i].mode] != want[i].set)
            return want[i].words;
    return NULL;
}

/* A new folder in which a program may write as it likes: home, settings, state, sockets
 * and the terminal's description are set for what is started from now on. The presets of
 * the folder we are in are found there, too. */
static inline void pty_home(char dir[64])
{
    static const char *const name[] = {"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME",
                                       "XDG_RUNTIME_DIR", "XDG_DATA_HOME"};
    static const char *const gone[] = {"LINES", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "TMUX"};
    char here[4096], there[96];
    strcpy(dir, "/tmp/spillway-pty-XXXXXX");
    if (mkdtemp(dir) == NULL) {
        perror("mkdtemp");
        exit(1);
    }
    snprintf(there, sizeof there, "%s/presets", dir);
    if (realpath("presets", here) == NULL || symlink(here, there) != 0)
        fprintf(stderr, "%s: no presets to link to\n", there);
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
        setenv(name[i], dir, 1);
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        unsetenv(gone[i]);
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
}

static inline void pty_home_remove(const char *dir)
{
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", dir, (char *)NULL);
        _exit(127);
    }
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

#endif
