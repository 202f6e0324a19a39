/* Small files, written anew beside the old one and then renamed. */
#include "ui/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 1024
#define FILE_BYTES (CMDLINE_HISTORY * CMDLINE_BYTES)

/* Path of a file, or "" if the environment names no place. */
static void path_of(const char *file, char *dst, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n = -1;
    if (state != NULL && state[0] == '/')
        n = snprintf(dst, size, "%s/spillway%s", state, file);
    else if (home != NULL && home[0] == '/')
        n = snprintf(dst, size, "%s/.local/state/spillway%s", home, file);
    if (n < 0 || (size_t)n >= size)
        dst[0] = 0;
}

/* The folder and those above it that are missing. */
static bool make_folder(void)
{
    char path[PATH_BYTES];
    path_of("", path, sizeof path);
    if (path[0] == 0)
        return false;
    for (char *p = path + 1; *p != 0; p++)
        if (*p == '/') {
            *p = 0;
            if (mkdir(path, 0700) != 0 && errno != EEXIST)
                return false;
            *p = '/';
        }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* Writes all bytes. */
static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
    }
    return true;
}

static void replace(const char *file, const char *text, size_t n)
{
    char path[PATH_BYTES], part[PATH_BYTES + 32];
    path_of(file, path, sizeof path);
    if (!make_folder())
        return;
    snprintf(part, sizeof part, "%s.%ld.part", path, (long)getpid());
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return;
    bool good = write_all(fd, text, n);
    good = close(fd) == 0 && good;
    if (!good || rename(part, path) != 0)
        unlink(part);
}

/* The file, cut to its last bytes; "" if there is none. dst has FILE_BYTES + 1. */
static void read_file(const char *file, char *dst)
{
    char path[PATH_BYTES];
    struct stat st;
    dst[0] = 0;
    path_of(file, path, sizeof path);
    /* a pipe in its place must not stop the screen */
    int fd = path[0] != 0 ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        if (st.st_size > FILE_BYTES && lseek(fd, st.st_size - FILE_BYTES, SEEK_SET) < 0)
            st.st_size = 0;
        size_t n = 0;
        ssize_t k;
        while (n < FILE_BYTES && (k = read(fd, dst + n, FILE_BYTES - n)) > 0)
            n += (size_t)k;
        dst[n] = 0;
    }
    close(fd);
}

/* A line that could have been typed: text alone, not too long. */
static bool is_good(const char *line)
{
    const char *p = line;
    for (uint32_t ch; (ch = utf8_next(&p)) != 0;)
        if (ch < ' ' || ch == 0x7F || ch == 0xFFFD)
            return false;
    return line[0] != 0 && strlen(line) < CMDLINE_BYTES;
}

static void recall(struct cmdline *c, char *text)
{
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        if (is_good(line))
            cmdline_recall(c, line);
}

static const char *newest_line(const struct cmdline *c)
{
    int i = (c->history_first + c->history_count - 1) % CMDLINE_HISTORY;
    return c->history_count > 0 ? c->history[i] : "";
}

/* What stands in the file by now, then the newest line. */
static void keep_history(const struct cmdline *c)
{
    char *text = calloc(1, FILE_BYTES + 1);
    struct cmdline *all = calloc(1, sizeof *all);
    if (text != NULL && all != NULL) {
        read_file("/history", text);
        recall(all, text);
        cmdline_recall(all, newest_line(c));
        size_t n = 0;
        for (int i = 0; i < all->history_count && n < FILE_BYTES; i++)
            n += (size_t)snprintf(text + n, FILE_BYTES + 1 - n, "%s\n",
                                  all->history[(all->history_first + i) % CMDLINE_HISTORY]);
        replace("/history", text, n);
    }
    free(text);
    free(all);
}

void state_load(struct control *c)
{
    char path[PATH_BYTES];
    char *text = calloc(1, FILE_BYTES + 1);
    if (text != NULL) {
        read_file("/history", text);
        recall(&c->line, text);
    }
    free(text);
    path_of("/seen", path, sizeof path);
    c->view.card = path[0] == 0 || access(path, F_OK) != 0;
}

void state_keep(struct control *c)
{
    if (c->remembered)
        keep_history(&c->line);
    if (c->card_gone)
        replace("/seen", "1\n", 2);
    c->remembered = c->card_gone = false;
}
