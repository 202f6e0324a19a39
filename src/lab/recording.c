#include "lab/recording.h"

#include "lab/line.h"

#include "io/out.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define FLUSH_S 1     /* written at least so often */
#define PATIENCE_S 10 /* a sim run waits so long for the disk */

struct recording {
    char path[4096];
    bool sim;
    struct line_state state;
    struct text line;
    uint64_t left_out;
    bool told;
    struct err trouble; /* found by the caller's side */

    pthread_t thread;
    pthread_mutex_t lock; /* everything below but `out`, which is the thread's */
    pthread_cond_t work, room;
    char *queue, *spare; /* RECORDING_QUEUE each; owned */
    size_t waiting;
    uint64_t bytes;
    int error; /* errno; nothing is written after it */
    bool closing, pressing;
    struct out out;
    char buffer[OUT_BUFFER];
};

/* ---- the thread -------------------------------------------------------------------------- */

static struct timespec seconds_on(int s)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += s;
    return t;
}

/* Waits for a second, or until much is waiting or all is over. */
static void wait_for_work(struct recording *r)
{
    struct timespec until = seconds_on(FLUSH_S);
    int code = 0;
    while (code != ETIMEDOUT && !r->closing && !r->pressing && r->waiting < RECORDING_QUEUE / 2)
        code = pthread_cond_timedwait(&r->work, &r->lock, &until);
    r->pressing = false;
}

/* The lines of queue[0..size), each whole or not at all. 0 or an errno. */
static int write_lines(struct recording *r, const char *queue, size_t size)
{
    int error = 0;
    for (size_t at = 0; at < size && error == 0;) {
        const char *end = memchr(queue + at, '\n', size - at);
        size_t n = end != NULL ? (size_t)(end - queue) + 1 - at : size - at;
        error = out_write(&r->out, queue + at, n);
        at += n;
    }
    return error != 0 ? error : out_flush(&r->out);
}

static void *write_on(void *recording)
{
    struct recording *r = recording;
    pthread_mutex_lock(&r->lock);
    for (bool last = false; !last;) {
        wait_for_work(r);
        last = r->closing;
        char *full = r->queue;
        size_t size = r->waiting;
        r->queue = r->spare;
        r->spare = full;
        r->waiting = 0;
        pthread_cond_broadcast(&r->room);
        if (r->error != 0)
            continue;
        pthread_mutex_unlock(&r->lock);
        int error = write_lines(r, full, size);
        error = last && error == 0 ? out_sync(&r->out) : error;
        pthread_mutex_lock(&r->lock);
        r->error = error;
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* Puts text into the queue, whole. false: no room, or the file is given up. */
static bool push(struct recording *r, const struct text *t, bool wait)
{
    struct timespec until = seconds_on(PATIENCE_S);
    int code = 0;
    pthread_mutex_lock(&r->lock);
    while (wait && code == 0 && r->error == 0 && r->waiting + t->size > RECORDING_QUEUE) {
        r->pressing = true;
        pthread_cond_signal(&r->work);
        code = pthread_cond_timedwait(&r->room, &r->lock, &until);
    }
    bool good = r->error == 0 && r->waiting + t->size <= RECORDING_QUEUE;
    if (good) {
        memcpy(r->queue + r->waiting, t->s, t->size);
        r->waiting += t->size;
        r->bytes += t->size;
        if (r->waiting >= RECORDING_QUEUE / 2)
            pthread_cond_signal(&r->work);
    }
    pthread_mutex_unlock(&r->lock);
    return good;
}

/* ---- the header -------------------------------------------------------------------------- */

static void write_list(struct text *t, const char *name, const char *const *list)
{
    text_put(t, ",\"%s\":[", name);
    for (int i = 0; list != NULL && list[i] != NULL; i++) {
        text_add(t, i > 0 ? "," : "");
        text_json(t, list[i]);
    }
    text_add(t, "]");
}

static void write_host(struct text *t, bool sim)
{
    struct utsname u = {0};
    char when[40] = "";
    time_t now = time(NULL);
    struct tm tm;
    if (sim)
        return; /* the same run gives the same bytes, on whatever machine */
    if (uname(&u) != 0)
        u.sysname[0] = u.release[0] = u.machine[0] = 0;
    text_put(t, ",\"host\":{\"cpus\":%ld,\"system\":", sysconf(_SC_NPROCESSORS_ONLN));
    char system[300];
    snprintf(system, sizeof system, "%.90s %.90s %.90s", u.sysname, u.release, u.machine);
    text_json(t, system);
    text_add(t, "}");
    if (gmtime_r(&now, &tm) != NULL && strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
        text_put(t, ",\"made\":\"%s\"", when);
}

static int write_header(struct text *t, const struct sp_options *o, struct err *e)
{
    char *preset = malloc(PRESET_BYTES_MAX);
    if (preset == NULL || preset_write(o->preset, preset, PRESET_BYTES_MAX) == 0) {
        free(preset);
        *e = (struct err){ERR_MEMORY, "out of memory"};
        return ERR_MEMORY;
    }
    text_put(t, "{\"spillway-recording\":%d,\"commit\":", RECORDING_VERSION);
    text_json(t, sp_commit());
    text_put(t,
             ",\"seed\":\"%llu\",\"clock\":\"%s\",\"options\":{\"duration_ns\":%lld,"
             "\"records\":\"%llu\",\"rate_mps\":%lld",
             (unsigned long long)o->seed, o->sim ? "sim" : "live", (long long)o->duration_ns,
             (unsigned long long)o->records, (long long)o->rate_mps);
    write_list(t, "commands", o->commands);
    write_list(t, "expects", o->expects);
    text_add(t, "}");
    write_host(t, o->sim);
    text_add(t, ",\"columns\":");
    line_columns(t);
    text_add(t, ",\"preset\":");
    text_json_whole(t, preset);
    text_add(t, "}\n");
    free(preset);
    if (t->failed || t->size <= JSON_SIZE_MAX)
        return 0;
    *e = (struct err){ERR_BAD, "the preset and its commands are too long for a recording"};
    return ERR_BAD;
}

/* ---- open and close ---------------------------------------------------------------------- */

static int fail(struct err *e, const char *path, int code, const char *why)
{
    e->code = code;
    snprintf(e->text, sizeof e->text, "%.250s: %.240s", path, why);
    return code;
}

static int open_file(const char *path, int *fd, struct err *e)
{
    if (path[0] == 0)
        return fail(e, "recording", ERR_BAD, "the name of a file is missing");
    *fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0644);
    if (*fd >= 0)
        return 0;
    if (errno == EEXIST)
        return fail(e, path, ERR_BAD,
                    "it exists; a recording never overwrites: choose another "
                    "name");
    return fail(e, path, ERR_IO, strerror(errno));
}

static void dispose(struct recording *r)
{
    line_close(&r->state);
    text_free(&r->line);
    free(r->queue);
    free(r->spare);
    out_close(&r->out);
    free(r);
}

static void init_locks(struct recording *r)
{
    pthread_condattr_t a;
    pthread_condattr_init(&a);
    pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->work, &a);
    pthread_cond_init(&r->room, &a);
    pthread_condattr_destroy(&a);
}

/* Everything but the file. */
static struct recording *make(const char *path, const struct sp_options *options, struct err *e)
{
    struct recording *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    r->out.fd = -1;
    r->sim = options->sim;
    snprintf(r->path, sizeof r->path, "%s", path);
    r->queue = malloc(RECORDING_QUEUE);
    r->spare = malloc(RECORDING_QUEUE);
    if (r->queue != NULL && r->spare != NULL && line_open(&r->state) &&
        write_header(&r->line, options, e) == 0 && !r->line.failed)
        return r;
    dispose(r);
    return NULL;
}

int recording_open(const char *path, const struct sp_options *options, struct recording **out,
                   struct err *e)
{
    int fd = -1;
    *e = (struct err){ERR_MEMORY, "out of memory for the recording"};
    if (strlen(path) >= sizeof((struct recording *)NULL)->path)
        return fail(e, "recording", ERR_BAD, "the name is too long");
    struct recording *r = make(path, options, e);
    if (r == NULL)
        return e->code;
    int code = open_file(path, &fd, e);
    if (code != 0) {
        dispose(r);
        return code;
    }
    int error = out_open(&r->out, fd, r->buffer);
    error = error == 0 ? write_lines(r, r->line.s, r->line.size) : error;
    r->bytes = r->line.size;
    if (error == 0) {
        init_locks(r);
        error = pthread_create(&r->thread, NULL, write_on, r);
    }
    if (error != 0) {
        unlink(path); /* ours, and nothing is in it */
        dispose(r);
        return fail(e, path, ERR_IO, strerror(error));
    }
    *e = (struct err){0, ""};
    *out = r;
    return 0;
}

void recording_put(struct recording *r, const struct sp_reading *reading)
{
    if (r->trouble.code != 0 || reading->vertex_count <= 0)
        return;
    text_clear(&r->line);
    bool good = line_write(&r->state, &r->line, reading);
    if (!good || r->line.failed) {
        fail(&r->trouble, r->path, ERR_IO,
             good ? "recording has stopped: out of memory"
                  : "recording has stopped: the run began anew while readings were left out");
        return;
    }
    if (push(r, &r->line, r->sim))
        line_done(&r->state, reading);
    else
        r->left_out++;
}

static int error_of(struct recording *r)
{
    pthread_mutex_lock(&r->lock);
    int error = r->error;
    pthread_mutex_unlock(&r->lock);
    return error;
}

bool recording_trouble(struct recording *r, struct err *e)
{
    int error = error_of(r);
    if (error != 0 && r->trouble.code == 0) {
        char why[200];
        snprintf(why, sizeof why, "recording has stopped: %s; the run goes on", strerror(error));
        fail(&r->trouble, r->path, ERR_IO, why);
    }
    if (r->trouble.code == 0 || r->told)
        return false;
    *e = r->trouble;
    r->told = true;
    return true;
}

uint64_t recording_bytes(struct recording *r)
{
    pthread_mutex_lock(&r->lock);
    uint64_t bytes = r->bytes;
    pthread_mutex_unlock(&r->lock);
    return bytes;
}

uint64_t recording_left_out(struct recording *r) { return r->left_out; }

const char *recording_path(const struct recording *r) { return r->path; }

/* The end of the run as its line. */
static void write_end(struct text *t, const struct sp_summary *s)
{
    text_put(t,
             "{\"end\":{\"completion_ns\":%lld,\"ledger_ok\":%d,\"expects_ok\":%d,"
             "\"interrupted\":%d,\"ledger\":",
             (long long)s->completion_ns, s->ledger_ok, s->expects_ok, s->interrupted);
    text_json(t, s->ledger_text);
    text_add(t, ",\"expects\":[");
    for (int i = 0; i < s->expect_count; i++) {
        text_put(t, "%s{\"ok\":%d,\"text\":", i > 0 ? "," : "", s->expect[i].ok);
        text_json(t, s->expect[i].text);
        text_add(t, ",\"observed\":");
        text_json(t, s->expect[i].observed);
        text_add(t, "}");
    }
    text_add(t, "]}}\n");
}

int recording_close(struct recording *r, const struct sp_summary *summary, struct err *e)
{
    if (r == NULL)
        return 0;
    if (summary != NULL) {
        if (summary->last.number != r->state.before->number)
            recording_put(r, &summary->last);
        text_clear(&r->line);
        write_end(&r->line, summary);
        if (r->trouble.code == 0 && !r->line.failed && !push(r, &r->line, true))
            r->left_out++;
    }
    pthread_mutex_lock(&r->lock);
    r->closing = true;
    pthread_cond_signal(&r->work);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    int code = recording_trouble(r, e) ? e->code : 0;
    pthread_cond_destroy(&r->work);
    pthread_cond_destroy(&r->room);
    pthread_mutex_destroy(&r->lock);
    dispose(r);
    return code;
}
