/* Where control sockets live. */
#include "ctl.h"

#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME_ROOM 32 /* "/spillway-4194304.sock" */

/* A folder of ours in which nobody else has any of these rights. */
static bool is_ours(const char *path, mode_t others)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid() &&
           (info.st_mode & others) == 0;
}

int ctl_folder(char path[CTL_PATH], struct err *e)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    if (runtime && runtime[0] == '/' && strlen(runtime) + NAME_ROOM < CTL_PATH &&
        is_ours(runtime, 022)) {
        snprintf(path, CTL_PATH, "%s", runtime);
        return 0;
    }
    snprintf(path, CTL_PATH, "/tmp/spillway-%ld", (long)geteuid());
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return err_say(e, ERR_IO, "no control socket: %s: %s", path, strerror(errno));
    if (is_ours(path, 077))
        return 0;
    return err_say(e, ERR_IO,
                   "no control socket: %s is not a folder of yours that is closed to others", path);
}

long ctl_owner(const char *name)
{
    static const char before[] = "spillway-";
    char *end;
    if (strncmp(name, before, sizeof before - 1) != 0)
        return 0;
    name += sizeof before - 1;
    if (*name < '1' || *name > '9')
        return 0;
    errno = 0;
    long pid = strtol(name, &end, 10);
    return errno == 0 && strcmp(end, ".sock") == 0 ? pid : 0;
}

int ctl_connect(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof at.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(at.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}
