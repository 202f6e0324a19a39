/* Where control sockets live. */
#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NAME_ROOM 32 /* "/spillway-4194304.sock" */

bool ctl_folder(int i, char path[CTL_PATH])
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    path[0] = 0;
    if (i == 0 && runtime && runtime[0] == '/' && strlen(runtime) + NAME_ROOM < CTL_PATH)
        snprintf(path, CTL_PATH, "%s", runtime);
    if (i == 1)
        snprintf(path, CTL_PATH, "/tmp/spillway-%ld", (long)geteuid());
    return i < 2;
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
