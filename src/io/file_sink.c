#include "io/file_sink.h"

#include "io/out.h"
#include "io/preset_text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUMBER_END 1000000000 /* parts are numbered below it */
#define NAME_SIZE 40
#define HIDDEN ".part-%06d.inprogress"
#define FINAL "part-%06d.jsonl"

struct file_sink {
    int dir_fd;
    int next;          /* number of the part in progress, or of the next one */
    int committed;     /* parts made final by this sink */
    struct out out;    /* the part in progress; fd -1: none yet */
    struct err broken; /* code != 0: every call fails with it */
    char dir[200];     /* for sentences */
    char buffer[OUT_BUFFER];
};

/* "DIR: cannot …: reason" */
static int fail(const struct file_sink *s, struct err *e, const char *what, int error)
{
    e->code = ERR_IO;
    (void)snprintf(e->text, sizeof e->text, "%s: %s: %s", s->dir, what, strerror(error));
    return ERR_IO;
}

/* ---- opening ---------------------------------------------------------------------- */

/* The number in a name made of prefix, 6 to 9 digits and suffix; -1 for others. */
static int number_in(const char *name, const char *prefix, const char *suffix)
{
    size_t start = strlen(prefix);
    if (strncmp(name, prefix, start) != 0)
        return -1;
    int number = 0, digits = 0;
    for (; name[start + (size_t)digits] >= '0' && name[start + (size_t)digits] <= '9'; digits++) {
        if (digits == 9)
            return -1;
        number = number * 10 + (name[start + (size_t)digits] - '0');
    }
    return digits >= 6 && strcmp(name + start + (size_t)digits, suffix) == 0 ? number : -1;
}

static void tell_leftovers(const struct file_sink *s, struct file_sink_found *found, int number)
{
    int n = found->leftovers;
    (void)snprintf(found->text, sizeof found->text,
                   "%s: %d part%s of an earlier run %s never committed (" HIDDEN
                   "%s); left as %s, outside the output",
                   s->dir, n, n == 1 ? "" : "s", n == 1 ? "was" : "were", number,
                   n == 1 ? "" : " and others", n == 1 ? "it is" : "they are");
}

/* Looks at what earlier runs left; sets the next number. */
static int scan_dir(struct file_sink *s, struct file_sink_found *found, struct err *e)
{
    int copy = openat(s->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir) {
        int error = errno;
        if (copy >= 0)
            (void)close(copy);
        return fail(s, e, "cannot be listed", error);
    }
    int oldest = NUMBER_END;
    for (struct dirent *entry; (entry = readdir(dir));) {
        int hidden = number_in(entry->d_name, ".part-", ".inprogress");
        int final = number_in(entry->d_name, "part-", ".jsonl");
        found->leftovers += hidden >= 0;
        found->parts += final >= 0;
        if (hidden >= 0 && hidden < oldest)
            oldest = hidden;
        if (hidden >= s->next)
            s->next = hidden + 1;
        if (final >= s->next)
            s->next = final + 1;
    }
    (void)closedir(dir);
    if (found->leftovers > 0)
        tell_leftovers(s, found, oldest);
    return 0;
}

static int open_dir(struct file_sink *s, const char *dir, struct err *e)
{
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return fail(s, e, "cannot be made", errno);
    s->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir_fd < 0 && errno == ENOTDIR) {
        e->code = ERR_BAD;
        (void)snprintf(e->text, sizeof e->text,
                       "%s: is not a directory; the file sink writes its parts into one", s->dir);
        return ERR_BAD;
    }
    if (s->dir_fd < 0)
        return fail(s, e, "cannot be opened", errno);
    if (faccessat(s->dir_fd, ".", W_OK | X_OK, 0) != 0)
        return fail(s, e, "cannot be written to", errno);
    if (flock(s->dir_fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        e->code = ERR_IO;
        (void)snprintf(e->text, sizeof e->text, "%s: another run is writing there", s->dir);
        return ERR_IO;
    }
    return 0;
}

int file_sink_open(const char *dir, struct file_sink **out, struct file_sink_found *found,
                   struct err *e)
{
    *out = NULL;
    *found = (struct file_sink_found){0};
    struct file_sink *s = malloc(sizeof *s);
    if (!s) {
        *e = (struct err){ERR_MEMORY, "not enough memory for the file sink"};
        return ERR_MEMORY;
    }
    memset(s, 0, offsetof(struct file_sink, buffer));
    s->dir_fd = -1;
    s->out.fd = -1;
    (void)preset_where(s->dir, sizeof s->dir, dir[0] ? dir : "(no directory)");
    int status = open_dir(s, dir, e);
    if (status == 0)
        status = scan_dir(s, found, e);
    if (status != 0) {
        file_sink_close(s);
        return status;
    }
    *out = s;
    return 0;
}

/* ---- writing ------------------------------------------------------------------------ */

static int begin_part(struct file_sink *s, struct err *e)
{
    char name[NAME_SIZE];
    if (s->next >= NUMBER_END)
        return fail(s, e, "has no part number left", EOVERFLOW);
    (void)snprintf(name, sizeof name, HIDDEN, s->next);
    int fd = openat(s->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    int error = fd < 0 ? errno : out_open(&s->out, fd, s->buffer);
    return error == 0 ? 0 : fail(s, e, "a new part cannot be made", error);
}

int file_sink_append(struct file_sink *s, const char *row, size_t size, struct err *e)
{
    if (s->broken.code != 0) {
        *e = s->broken;
        return e->code;
    }
    if (s->out.fd < 0 && begin_part(s, e) != 0)
        return ERR_IO;
    int error = out_write(&s->out, row, size);
    return error == 0 ? 0 : fail(s, e, "a part cannot be written", error);
}

/* Gives the part in progress its final name; never that of an existing file. The
 * lock keeps other runs out, so the look before the plain rename (for file
 * systems that know no other) is safe from them. */
static int rename_part(struct file_sink *s)
{
    char hidden[NAME_SIZE], final[NAME_SIZE];
    (void)snprintf(hidden, sizeof hidden, HIDDEN, s->next);
    (void)snprintf(final, sizeof final, FINAL, s->next);
    if (renameat2(s->dir_fd, hidden, s->dir_fd, final, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (faccessat(s->dir_fd, final, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return EEXIST;
    return renameat(s->dir_fd, hidden, s->dir_fd, final) == 0 ? 0 : errno;
}

/* Marks the sink as broken: the kernel may have dropped what it could not write. */
static int break_sink(struct file_sink *s, struct err *e, const char *what, int error)
{
    (void)fail(s, &s->broken, what, error);
    *e = s->broken;
    return ERR_IO;
}

int file_sink_commit(struct file_sink *s, struct err *e)
{
    if (s->broken.code != 0) {
        *e = s->broken;
        return e->code;
    }
    if (file_sink_pending(s) == 0)
        return 0;
    int error = out_flush(&s->out);
    if (error != 0)
        return fail(s, e, "a part cannot be written", error);
    error = out_sync(&s->out);
    if (error != 0)
        return break_sink(s, e, "a part cannot be kept on the disk", error);
    error = rename_part(s);
    if (error != 0)
        return fail(s, e, "a part cannot get its final name", error);
    out_close(&s->out);
    s->next++;
    s->committed++;
    if (fsync(s->dir_fd) != 0)
        return break_sink(s, e, "the name of a part cannot be kept on the disk", errno);
    return 0;
}

int file_sink_parts(const struct file_sink *s) { return s->committed; }

int64_t file_sink_pending(const struct file_sink *s)
{
    return s->out.fd < 0 ? 0 : s->out.written + (int64_t)s->out.used;
}

void file_sink_close(struct file_sink *s)
{
    if (!s)
        return;
    if (s->out.fd >= 0) {
        char name[NAME_SIZE];
        (void)snprintf(name, sizeof name, HIDDEN, s->next);
        bool empty = file_sink_pending(s) == 0;
        int lost = out_flush(&s->out); /* best effort: these rows are not promised */
        (void)lost;
        out_close(&s->out);
        if (empty)
            (void)unlinkat(s->dir_fd, name, 0);
    }
    if (s->dir_fd >= 0)
        (void)close(s->dir_fd);
    free(s);
}
