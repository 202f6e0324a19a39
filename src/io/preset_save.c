/* A preset into a file, all or nothing. */
#include "io/preset_text.h"
#include "io/preset_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM 600 /* for a name behind a folder */

static int fail(struct err *e, int code, const char *path, const char *what)
{
    char shown[200];
    e->code = code;
    (void)snprintf(e->text, sizeof e->text, "%s: %s", preset_where(shown, sizeof shown, path),
                   what);
    return code;
}

static int fail_errno(struct err *e, const char *path, const char *what)
{
    char text[200];
    (void)snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
    return fail(e, ERR_IO, path, text);
}

static bool write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, text, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        size -= (size_t)n;
    }
    return true;
}

/* The folder of a path, "." where it names none. */
static void folder_of(const char *path, char dst[PRESET_PATH])
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
    (void)snprintf(dst, PRESET_PATH, "%.*s", n ? (int)n : 1, n ? path : ".");
}

/* A new name is on the disk once its folder is. */
static void sync_folder(const char *path)
{
    char folder[PRESET_PATH];
    folder_of(path, folder);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd); /* some file systems refuse it; the file itself is complete */
    (void)close(fd);
}

/* The new file, complete and on the disk, under a name of its own. */
static int write_beside(const char *path, const char *text, size_t size, char *beside,
                        size_t beside_size, struct err *e)
{
    if ((size_t)snprintf(beside, beside_size, "%s.XXXXXX", path) >= beside_size)
        return fail(e, ERR_BAD, path, "the path is too long");
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return fail_errno(e, path, "cannot be saved");
    bool good = fchmod(fd, 0644) == 0 && write_all(fd, text, size) && fsync(fd) == 0;
    int why = errno;
    if (close(fd) < 0 && good) {
        why = errno;
        good = false;
    }
    if (good)
        return 0;
    (void)unlink(beside);
    errno = why;
    return fail_errno(e, path, "cannot be saved; what was there is as it was");
}

/* link() fails where the name is taken, at the very moment it would be. */
static int give_name(const char *beside, const char *path, enum preset_over over, struct err *e)
{
    int rc = over == PRESET_REPLACE ? rename(beside, path) : link(beside, path);
    bool no_links = rc < 0 && over == PRESET_KEEP && errno != EEXIST;
    if (no_links) /* a file system without them */
        rc = renameat2(AT_FDCWD, beside, AT_FDCWD, path, RENAME_NOREPLACE);
    if (rc == 0) {
        if (over == PRESET_KEEP && !no_links)
            (void)unlink(beside);
        sync_folder(path);
        return 0;
    }
    int why = errno;
    (void)unlink(beside);
    errno = why;
    if (why == EEXIST)
        return fail(e, ERR_BAD, path, "is there already; nothing was written");
    return fail_errno(e, path, "cannot be saved; what was there is as it was");
}

int file_save(const char *path, const char *text, size_t size, enum preset_over over, struct err *e)
{
    char beside[PRESET_PATH + 16];
    struct stat info;
    if (lstat(path, &info) == 0) {
        if (over == PRESET_KEEP)
            return fail(e, ERR_BAD, path, "is there already; nothing was written");
        if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode))
            return fail(e, ERR_BAD, path, "is no file; nothing was written");
    }
    int rc = write_beside(path, text, size, beside, sizeof beside, e);
    return rc ? rc : give_name(beside, path, over, e);
}

int preset_save(const struct preset *p, const char *path, enum preset_over over, struct err *e)
{
    char *text = malloc(PRESET_BYTES_MAX);
    if (!text)
        return fail(e, ERR_MEMORY, path, "the system gave no memory");
    size_t size = preset_write(p, text, PRESET_BYTES_MAX);
    int rc = size ? file_save(path, text, size, over, e)
                  : fail(e, ERR_BAD, path, "larger than a preset may be");
    free(text);
    return rc;
}

/* ---- where presets of one's own live -------------------------------------------------- */

static bool is_good_name(const char *name)
{
    size_t n = strlen(name);
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_.";
    return n > 0 && n + 1 < PRESET_NAME && strspn(name, letters) == n && name[0] != '.' &&
           name[0] != '-' && (n < 5 || strcmp(name + n - 5, ".json") != 0);
}

static int make_folders(char *path, struct err *e)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        int rc = mkdir(path, 0700);
        int why = errno;
        if (rc < 0 && why != EEXIST) {
            errno = why;
            rc = fail_errno(e, path, "the folder cannot be made");
            *slash = '/';
            return rc;
        }
        *slash = '/';
    }
    return 0;
}

/* A file of one's own in a folder of the settings. */
static int own_file(const char *folder, const char *name, const char *ending,
                    char path[PRESET_PATH], struct err *e)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config && config[0] == '/' && strlen(config) < PRESET_PATH - ROOM)
        (void)snprintf(path, PRESET_PATH, "%s/spillway/%s/%s%s", config, folder, name, ending);
    else if (home && home[0] == '/' && strlen(home) < PRESET_PATH - ROOM)
        (void)snprintf(path, PRESET_PATH, "%s/.config/spillway/%s/%s%s", home, folder, name,
                       ending);
    else
        return fail(e, ERR_IO, name, "neither XDG_CONFIG_HOME nor HOME says where to save it");
    return make_folders(path, e);
}

int preset_home(const char *name, char path[PRESET_PATH], struct err *e)
{
    char here[PRESET_NAME + 20];
    if (!is_good_name(name))
        return fail(e, ERR_BAD, name,
                    "no name for a preset: letters, digits, '-' and '_', at most 62 of them");
    (void)snprintf(here, sizeof here, "presets/%s.json", name);
    if (access(here, F_OK) == 0)
        return fail(e, ERR_BAD, here, "goes before presets of your own: save under another name");
    return own_file("presets", name, ".json", path, e);
}

int script_home(const char *name, char path[PRESET_PATH], struct err *e)
{
    if (!is_good_name(name))
        return fail(e, ERR_BAD, name,
                    "no name for a scenario: letters, digits, '-' and '_', at most 62 of them");
    return own_file("scenarios", name, ".txt", path, e);
}
