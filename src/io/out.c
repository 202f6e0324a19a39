#include "io/out.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int out_open(struct out *o, int fd, char *buffer)
{
    struct stat info;
    *o = (struct out){.fd = fd, .buffer = buffer};
    if (fstat(fd, &info) != 0)
        return errno;
    o->seekable = S_ISREG(info.st_mode);
    o->written = o->seekable ? info.st_size : 0;
    return 0;
}

/* Writes data at the end of what is surely written. */
static int put(struct out *o, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = o->seekable ? pwrite(o->fd, data + done, size - done, o->written + (off_t)done)
                                : write(o->fd, data + done, size - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            return EIO;
        else if (errno != EINTR)
            return errno;
    }
    o->written += (int64_t)size;
    return 0;
}

int out_flush(struct out *o)
{
    int error = put(o, o->buffer, o->used);
    if (error == 0)
        o->used = 0;
    return error;
}

int out_write(struct out *o, const char *data, size_t size)
{
    assert(o->fd >= 0);
    if (size > OUT_BUFFER - o->used) {
        int error = out_flush(o);
        if (error != 0)
            return error;
    }
    if (size > OUT_BUFFER)
        return put(o, data, size);
    memcpy(o->buffer + o->used, data, size);
    o->used += size;
    return 0;
}

int out_sync(struct out *o)
{
    int error = out_flush(o);
    if (error != 0 || !o->seekable)
        return error;
    if (ftruncate(o->fd, o->written) != 0 || fsync(o->fd) != 0)
        return errno;
    return 0;
}

void out_close(struct out *o)
{
    if (o->fd >= 0)
        (void)close(o->fd);
    o->fd = -1;
    o->used = 0;
}
