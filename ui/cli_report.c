/* `spillway report`: a recording as a page. */
#include "cli_replay.h"
#include "sheet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct report_request {
    const char *file, *dir;
};

static int take_out(void *request, const char *value, struct err *e)
{
    ((struct report_request *)request)->dir = value;
    return value[0] ? 0 : err_say(e, ERR_BAD, "a folder's name is missing");
}

static int take_file(void *request, const char *text, struct err *e)
{
    struct report_request *r = request;
    if (r->file)
        return err_say(e, ERR_BAD, "\"%.100s\": one recording at a time", text);
    r->file = text;
    return 0;
}

static const struct cli_option options[] = {
    {"out", "DIR", "Where the page goes (made if it is not there); else beside you.", take_out},
    {0},
};

/* DIR/NAME.html for …/NAME.spw. */
static int name_page(const struct report_request *r, char *path, size_t size, struct err *e)
{
    const char *slash = strrchr(r->file, '/');
    const char *name = slash ? slash + 1 : r->file;
    size_t n = strlen(name);
    n -= n > 4 && strcmp(name + n - 4, ".spw") == 0 ? 4 : 0;
    const char *dir = r->dir ? r->dir : ".";
    if (snprintf(path, size, "%s/%.*s.html", dir, (int)n, name) >= (int)size)
        return err_say(e, ERR_BAD, "the page's name is too long");
    if (r->dir && mkdir(r->dir, 0777) != 0 && errno != EEXIST)
        return err_say(e, ERR_IO, "%.300s: %s", r->dir, strerror(errno));
    return 0;
}

/* The page gets its name when it is complete. */
static int save(const char *path, const struct text *t, struct err *e)
{
    char part[4200];
    snprintf(part, sizeof part, "%s.part", path);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
    int error = fd < 0 ? errno : 0;
    for (size_t at = 0; error == 0 && at < t->size;) {
        ssize_t n = write(fd, t->s + at, t->size - at);
        error = n < 0 && errno != EINTR ? errno : 0;
        at += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0 && close(fd) != 0 && error == 0)
        error = errno;
    if (error == 0 && rename(part, path) != 0)
        error = errno;
    if (error == 0)
        return 0;
    if (fd >= 0)
        unlink(part);
    return err_say(e, ERR_IO, "%.300s: %s", path, strerror(error));
}

static int make_page(const struct report_request *r, struct replay *p, struct err *e)
{
    static struct sheet_data data;
    struct text t = {0};
    char path[4096];
    int64_t first, last;
    uint64_t readings;
    replay_range(p, &first, &last, &readings);
    if (readings == 0)
        return err_say(e, ERR_BAD, "%.300s: no reading is in it: the run had hardly begun",
                       r->file);
    int code = sheet_gather(p, &data, e);
    if (code != 0)
        return code;
    sheet_write(&t, &data, r->file);
    sheet_free(&data);
    code = t.failed ? err_say(e, ERR_MEMORY, "out of memory for the page")
                    : name_page(r, path, sizeof path, e);
    code = code ? code : save(path, &t, e);
    text_free(&t);
    if (code == 0 && printf("%s\n", path) < 0)
        code = err_say(e, ERR_IO, "standard output: %s", strerror(errno));
    return code;
}

static int run(int argc, char **argv)
{
    struct report_request r = {0};
    struct replay *p = NULL;
    struct err e = {0};
    int exit_code = 0;
    if (cli_parse(&cli_report, argc, argv, &r, &exit_code))
        return exit_code;
    if (!r.file)
        err_say(&e, ERR_BAD, "which recording? spillway report FILE.spw");
    else if (replay_open(r.file, &p, &e) == 0 && make_page(&r, p, &e) == 0)
        e.code = 0;
    replay_close(p);
    return e.code ? cli_fail(&e) : 0;
}

const struct cli_command cli_report = {
    .name = "report",
    .operands = "FILE.spw",
    .help = "Makes a page of a recording: graphs, markers, events, knobs, how to repeat it.",
    .details = "One file of HTML that needs no network and no script; its name is printed.\n",
    .examples = "  spillway report a.spw --out pages\n",
    .options = options,
    .operand = take_file,
    .run = run,
};
