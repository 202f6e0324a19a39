/* Where presets come from: a file, standard input, or a name that is looked up
 * in a few directories. */
#include "io/preset.h"

#include "io/preset_fields.h"
#include "io/preset_text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_SHOWN 256

/* ---- reading bytes --------------------------------------------------------------- */

/* Reads at most size bytes; the number read, or -1 with errno set. */
static ssize_t read_all(int fd, char *dst, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t n = read(fd, dst + used, size - used);
        if (n == 0)
            break;
        if (n > 0) {
            used += (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLIN};
            (void)poll(&wait, 1, -1);
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return (ssize_t)used;
}

static int fail_file(struct err *e, const char *where, const char *what)
{
    char shown[200];
    e->code = ERR_IO;
    (void)snprintf(e->text, sizeof e->text, "%s: %s", preset_where(shown, sizeof shown, where),
                   what);
    return ERR_IO;
}

/* All bytes of fd, at most PRESET_BYTES_MAX; *text is the caller's to free. */
static int read_text(int fd, const char *where, char **text, size_t *size, struct err *e)
{
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode))
        return fail_file(e, where, "is a directory; a preset is a file");
    *text = malloc(PRESET_BYTES_MAX + 1);
    if (!*text)
        return fail_file(e, where, "not enough memory to read a preset");
    ssize_t n = read_all(fd, *text, PRESET_BYTES_MAX + 1);
    int status = 0;
    if (n < 0) {
        status = fail_file(e, where, strerror(errno));
    } else if (n > PRESET_BYTES_MAX) {
        (void)fail_file(e, where, "larger than 1 MiB; a preset is a page of text");
        e->code = status = ERR_BAD;
    }
    *size = n > 0 ? (size_t)n : 0;
    if (status != 0) {
        free(*text);
        *text = NULL;
    }
    return status;
}

/* Parses what fd holds; does not close it. */
static int load_fd(int fd, const char *where, struct preset *out, struct err *e)
{
    char *text = NULL;
    size_t size = 0;
    int status = read_text(fd, where, &text, &size, e);
    if (status == 0)
        status = preset_parse(text, size, where, out, e);
    free(text);
    return status;
}

static int open_file(const char *path, int *fd, struct err *e)
{
    char what[160];
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (*fd >= 0)
        return 0;
    (void)snprintf(what, sizeof what, "cannot be opened: %s", strerror(errno));
    return fail_file(e, path, what);
}

int preset_read_file(const char *path, char **text, size_t *size, struct err *e)
{
    int fd;
    if (open_file(path, &fd, e) != 0)
        return ERR_IO;
    int status = read_text(fd, path, text, size, e);
    (void)close(fd);
    return status;
}

static int load_file(const char *path, struct preset *out, struct err *e)
{
    int fd;
    if (open_file(path, &fd, e) != 0)
        return ERR_IO;
    int status = load_fd(fd, path, out, e);
    (void)close(fd);
    return status;
}

/* ---- looking up names ------------------------------------------------------------ */

/* Directory i of the search, in order; false after the last. An empty text is a
 * place that this environment does not have. */
bool preset_search_dir(int i, char dst[PRESET_PATH])
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    dst[0] = '\0';
    switch (i) {
    case 0:
        (void)snprintf(dst, PRESET_PATH, "presets");
        return true;
    case 1: /* a relative XDG_CONFIG_HOME is to be ignored, says its specification */
        if (config && config[0] == '/' && strlen(config) < PRESET_PATH / 2)
            (void)snprintf(dst, PRESET_PATH, "%s/spillway/presets", config);
        else if (home && home[0] == '/' && strlen(home) < PRESET_PATH / 2)
            (void)snprintf(dst, PRESET_PATH, "%s/.config/spillway/presets", home);
        return true;
    case 2:
        (void)snprintf(dst, PRESET_PATH, "/usr/local/share/spillway/presets");
        return true;
    case 3:
        (void)snprintf(dst, PRESET_PATH, "/usr/share/spillway/presets");
        return true;
    default:
        return false;
    }
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

int preset_folder_names(const char *path, char (*names)[PRESET_NAME], int count, int max)
{
    DIR *dir = path[0] ? opendir(path) : NULL;
    if (!dir)
        return count;
    for (struct dirent *entry; (entry = readdir(dir)) && count < max;) {
        size_t len = strlen(entry->d_name);
        if (len <= 5 || len - 5 >= PRESET_NAME || entry->d_name[0] == '.' ||
            strcmp(entry->d_name + len - 5, ".json") != 0)
            continue;
        memcpy(names[count], entry->d_name, len - 5);
        names[count][len - 5] = '\0';
        bool known = false;
        for (int i = 0; i < count && !known; i++)
            known = strcmp(names[i], names[count]) == 0;
        count += !known;
    }
    (void)closedir(dir);
    return count;
}

int preset_names(char (*names)[PRESET_NAME], int max)
{
    char path[PRESET_PATH];
    int count = 0;
    for (int i = 0; preset_search_dir(i, path); i++)
        count = preset_folder_names(path, names, count, max);
    qsort(names, (size_t)count, sizeof *names, by_name);
    return count;
}

/* "no preset is called …", the nearest name, and all there are. */
static int fail_unknown(struct err *e, const char *name)
{
    char names[NAMES_SHOWN][PRESET_NAME], quoted[PRESET_QUOTED], list[240] = "";
    const char *known[NAMES_SHOWN];
    int count = preset_names(names, NAMES_SHOWN);
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        known[i] = names[i];
        size_t more = strlen(names[i]) + 2;
        if (used + more + 4 < sizeof list && preset_printable(names[i], more - 2))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "",
                                     names[i]);
    }
    const char *near = preset_nearest_of(name, strlen(name), known, (size_t)count);
    struct stat info;
    const char *here = stat(name, &info) != 0  ? ""
                       : S_ISDIR(info.st_mode) ? "it is a directory; "
                                               : "a file of that name is read as ./NAME; ";
    e->code = ERR_BAD;
    (void)snprintf(e->text, sizeof e->text, "%s: no preset has this name; %s%s%s%s%s%s",
                   preset_quote(quoted, sizeof quoted, name, strlen(name)), here,
                   near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "",
                   count ? "there are: " : "there are none in ./presets or the installed places",
                   list);
    return ERR_BAD;
}

static int load_name(const char *name, struct preset *out, struct err *e)
{
    char dir[PRESET_PATH], path[PRESET_PATH + 600];
    if (strlen(name) > 255 || name[0] == '\0')
        return fail_unknown(e, name);
    for (int i = 0; preset_search_dir(i, dir); i++) {
        (void)snprintf(path, sizeof path, "%s/%s.json", dir, name);
        if (dir[0] && access(path, F_OK) == 0)
            return load_file(path, out, e);
    }
    return fail_unknown(e, name);
}

int preset_load(const char *name, struct preset *out, struct err *e)
{
    size_t len = strlen(name);
    if (strcmp(name, "-") == 0)
        return load_fd(STDIN_FILENO, "standard input", out, e);
    if (strchr(name, '/') || (len > 5 && strcmp(name + len - 5, ".json") == 0))
        return load_file(name, out, e);
    return load_name(name, out, e);
}
