#include "headless_report.h"

#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNFINISHED ".part"

/* mkdir -p. */
static int make_folder(const char *dir, struct err *e)
{
    char path[4000];
    size_t length = strlen(dir);
    if (length == 0 || length >= sizeof path)
        return err_say(e, ERR_BAD, "--report: \"%.60s\" is not a folder's name", dir);
    for (size_t i = 1; i <= length; i++) {
        if (dir[i] != '/' && dir[i] != '\0')
            continue;
        memcpy(path, dir, i);
        path[i] = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return err_say(e, ERR_IO, "--report: %.400s: %s", path, strerror(errno));
    }
    return 0;
}

static int open_at(struct report_file *f, const char *suffix, int flags, struct err *e)
{
    char path[sizeof f->path + sizeof UNFINISHED];
    snprintf(path, sizeof path, "%s%s", f->path, suffix);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    if (fd < 0)
        return err_say(e, ERR_IO, "%.400s: %s", path, strerror(errno));
    print_init(&f->out, fd);
    f->open = true;
    return 0;
}

static int open_part(struct report_file *f, const char *dir, const char *name, struct err *e)
{
    snprintf(f->path, sizeof f->path, "%.4000s/%s", dir, name);
    return open_at(f, UNFINISHED, O_TRUNC, e);
}

static int close_file(struct report_file *f, struct err *e)
{
    f->open = false;
    bool written = print_flush(&f->out);
    int why = f->out.error;
    if (close(f->out.fd) != 0 && written) {
        written = false;
        why = errno;
    }
    return written ? 0 : err_say(e, ERR_IO, "%.400s: %s", f->path, strerror(why));
}

static int keep_part(struct report_file *f, struct err *e)
{
    char part[sizeof f->path + sizeof UNFINISHED];
    snprintf(part, sizeof part, "%s" UNFINISHED, f->path);
    int code = close_file(f, e);
    if (code == 0 && rename(part, f->path) != 0)
        code = err_say(e, ERR_IO, "%.400s: %s", f->path, strerror(errno));
    if (code)
        unlink(part);
    return code;
}

static void drop_part(struct report_file *f)
{
    if (!f->open)
        return;
    char part[sizeof f->path + sizeof UNFINISHED];
    snprintf(part, sizeof part, "%s" UNFINISHED, f->path);
    close(f->out.fd);
    f->open = false;
    unlink(part);
}

int report_open(struct report *r, const char *dir, const char *log, struct err *e)
{
    r->dir = dir;
    r->series.open = r->events.open = r->log.open = false;
    r->last_event = 0;
    int code = 0;
    if (log) {
        if (snprintf(r->log.path, sizeof r->log.path, "%s", log) >= (int)sizeof r->log.path)
            return err_say(e, ERR_BAD, "--log: the file's name is too long");
        code = open_at(&r->log, "", O_TRUNC, e);
    }
    if (code == 0 && dir)
        code = make_folder(dir, e);
    if (code == 0 && dir)
        code = open_part(&r->series, dir, "series.csv", e);
    if (code == 0 && dir)
        code = open_part(&r->events, dir, "events.log", e);
    if (code)
        report_drop(r);
    else if (dir)
        series_header(&r->series.out);
    return code;
}

static void new_events(struct report *r, struct report_file *f, const struct sp_reading *reading)
{
    if (!f->open)
        return;
    uint64_t next = r->last_event + 1;
    for (int i = 0; i < reading->events; i++) {
        const struct sp_event *event = &reading->event[i];
        if (event->number < next)
            continue;
        if (event->number > next)
            print_format(&f->out, "# %llu events came too fast to be kept\n",
                         (unsigned long long)(event->number - next));
        event_line(&f->out, event);
        next = event->number + 1;
    }
}

void report_reading(struct report *r, const struct sp_reading *reading, bool row_due)
{
    if (reading->now_ns < r->now_ns) /* restarted: the log began anew */
        r->last_event = 0;
    r->now_ns = reading->now_ns;
    new_events(r, &r->events, reading);
    new_events(r, &r->log, reading);
    if (reading->events > 0 && reading->event[reading->events - 1].number > r->last_event) {
        r->last_event = reading->event[reading->events - 1].number;
        if (r->log.open)
            print_flush(&r->log.out);
    }
    if (row_due && r->series.open)
        series_row(&r->series.out, reading);
}

static int write_summary(const char *dir, const char *name, const struct sp_summary *s,
                         void (*write_it)(struct print *, const struct sp_summary *), struct err *e)
{
    static struct report_file f;
    int code = open_part(&f, dir, name, e);
    if (code)
        return code;
    write_it(&f.out, s);
    return keep_part(&f, e);
}

int report_finish(struct report *r, const struct sp_summary *s, struct err *e)
{
    int code = 0;
    if (r->log.open)
        code = close_file(&r->log, e);
    if (code == 0 && r->dir)
        code = keep_part(&r->series, e);
    if (code == 0 && r->dir)
        code = keep_part(&r->events, e);
    if (code == 0 && r->dir)
        code = write_summary(r->dir, "summary.json", s, summary_json, e);
    if (code == 0 && r->dir)
        code = write_summary(r->dir, "summary.txt", s, summary_text, e);
    report_drop(r);
    return code;
}

void report_drop(struct report *r)
{
    drop_part(&r->series);
    drop_part(&r->events);
    if (r->log.open)
        close(r->log.out.fd);
    r->log.open = false;
}
