#include "ui/recorder.h"

#include "ui/fmt.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void recorder_init(struct recorder *r, const struct sp_options *options)
{
    *r = (struct recorder){.options = options};
}

static void name_it(const struct recorder *r, char *dst, size_t size)
{
    time_t now = time(NULL);
    struct tm tm;
    char when[32] = "";
    if (localtime_r(&now, &tm) != NULL)
        strftime(when, sizeof when, "%Y%m%d-%H%M%S", &tm);
    snprintf(dst, size, "%s-%s.spw", r->options->preset->name, when);
    for (char *p = dst; *p != 0; p++)
        if (*p == '/')
            *p = '_';
}

int recorder_begin(struct recorder *r, const char *path, struct err *e)
{
    if (path[0] != 0)
        snprintf(r->path, sizeof r->path, "%s", path);
    else
        name_it(r, r->path, sizeof r->path);
    return recording_open(r->path, r->options, &r->recording, e);
}

static void say_error(struct recorder *r, const struct err *e)
{
    snprintf(r->say, sizeof r->say, "%s", e->text);
    r->bad = true;
}

bool recorder_end(struct recorder *r, const struct sp_summary *summary)
{
    struct err e = {0, ""};
    if (r->recording == NULL)
        return false;
    uint64_t bytes = recording_bytes(r->recording), out = recording_left_out(r->recording);
    int code = recording_close(r->recording, summary, &e);
    r->recording = NULL;
    r->bad = false;
    if (code != 0)
        say_error(r, &e);
    else if (out > 0)
        snprintf(r->say, sizeof r->say,
                 "recorded: %s, %sB; %llu readings left out: the disk was "
                 "slow",
                 r->path, fmt_si((double)bytes).s, (unsigned long long)out);
    else
        snprintf(r->say, sizeof r->say, "recorded: %s, %sB; spillway replay %s shows it again",
                 r->path, fmt_si((double)bytes).s, r->path);
    return true;
}

/* `record FILE`, `record` or `record off`, as the log has it. */
static void obey(struct recorder *r, const char *command)
{
    struct err e = {0, ""};
    const char *what = command + strlen("record");
    what += strspn(what, " ");
    r->bad = false;
    if (strcmp(what, "off") == 0) {
        if (!recorder_end(r, NULL))
            snprintf(r->say, sizeof r->say, "nothing is being recorded");
    } else if (r->recording != NULL) {
        r->bad = true;
        snprintf(r->say, sizeof r->say, "%s is being recorded already; record off ends it",
                 r->path);
    } else if (recorder_begin(r, what, &e) != 0) {
        say_error(r, &e);
    } else {
        snprintf(r->say, sizeof r->say, "recording into %s", r->path);
    }
}

static void look_for_commands(struct recorder *r, const struct sp_reading *reading)
{
    if (reading->now_ns < r->seen_ns)
        r->seen_event = 0; /* begun anew */
    for (int i = 0; i < reading->events && i < SP_EVENTS; i++) {
        const struct sp_event *e = &reading->event[i];
        if (e->number <= r->seen_event)
            continue;
        r->seen_event = e->number;
        size_t n = strcspn(e->command, " ");
        if (e->kind == 'A' && n == strlen("record") && strncmp(e->command, "record", n) == 0)
            obey(r, e->command);
    }
    r->seen_ns = reading->now_ns;
}

bool recorder_reading(struct recorder *r, const struct sp_reading *reading)
{
    struct err e;
    look_for_commands(r, reading);
    if (r->recording == NULL)
        return r->say[0] != 0;
    recording_put(r->recording, reading);
    if (recording_trouble(r->recording, &e)) {
        recorder_end(r, NULL);
        say_error(r, &e);
    }
    return r->say[0] != 0;
}

uint64_t recorder_bytes(const struct recorder *r)
{
    return r->recording != NULL ? recording_bytes(r->recording) : 0;
}
