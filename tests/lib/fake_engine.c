/* An engine that does not exist: the functions of spillway.h that the screen calls, with
 * readings of tests/lib/fake_reading.c. For trying the screen by hand and for tests of
 * the terminal; it stands behind the library, so a real engine always comes first. */
#include "tests/lib/fake_reading.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

const char *const sp_author_names[] = {"you", "auto", "scenario", "script", "socket", NULL};

static const struct sp_command_def commands[] = {
    {"spike", "xF T | +R T", "multiplies or adds to the load for a while", "spike x2 10s"},
    {"ramp", "R1 R2 T", "moves the rate evenly from one value to another", "ramp 800 2k 30s"},
    {"set", "FIELD VALUE", "turns a knob", "set busy_on 85%"},
    {"policy", "NAME", "chooses who decides what is burst", "policy excess"},
    {"auto", "FIELD", "gives a knob back to the policy", "auto batch"},
    {"kill", "VERTEX[/INSTANCE]", "ends an instance; its work is done again", "kill tokenizer/0"},
    {"mark", "TEXT", "a note on the time line", "mark here it begins"},
    {"fault latency", "xF T", "makes calls slower for a while", "fault latency x5 10s"},
    {"fault off", "", "ends every fault", "fault off"},
    {"halt", "", "stops injections, knobs as in the preset", "halt"},
    {"quit", "", "ends the run", "quit"},
    {NULL, NULL, NULL, NULL},
};

struct sp_engine {
    pthread_t thread;
    pthread_mutex_t lock;
    bool started, ended, stalls;
    int stop; /* written by sp_stop, also from a signal handler */
    int fd;
    struct fake_load load;
    struct sp_reading newest;
    int64_t began_ns;
};

const struct sp_command_def *sp_commands(void) { return commands; }

int sp_command_check(const char *text, struct err *e)
{
    size_t n = strcspn(text, " ");
    const struct sp_command_def *found = NULL;
    for (const struct sp_command_def *d = commands; d->name != NULL; d++)
        if (n > 0 && strncmp(d->name, text, n) == 0 && (found == NULL || strlen(d->name) == n))
            found = d;
    e->code = ERR_BAD;
    if (found == NULL) {
        snprintf(e->text, sizeof e->text, "column 1: \"%.*s\" is no command", (int)n, text);
        return ERR_BAD;
    }
    char name[64], value[64], why[200];
    if (strcmp(found->name, "set") == 0) {
        int64_t v;
        if (sscanf(text + n, " %63s %63s", name, value) != 2) {
            snprintf(e->text, sizeof e->text, "set: needs a knob and a value, as in set batch 50");
            return ERR_BAD;
        }
        int knob = knob_find(name, strlen(name));
        if (knob < 0) {
            snprintf(e->text, sizeof e->text, "column 5: \"%s\" is no knob", name);
            return ERR_BAD;
        }
        if (!knob_read((enum knob)knob, value, strlen(value), &v, why, sizeof why)) {
            snprintf(e->text, sizeof e->text, "%s", why);
            return ERR_BAD;
        }
    }
    e->code = 0;
    return 0;
}

static int64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int sp_open(const struct sp_options *options, struct sp_engine **out, struct err *e)
{
    (void)options;
    (void)e;
    struct sp_engine *n = calloc(1, sizeof *n);
    if (n == NULL)
        return ERR_MEMORY;
    pthread_mutex_init(&n->lock, NULL);
    n->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    fake_load_init(&n->load);
    *out = n;
    return 0;
}

static void publish(struct sp_engine *n)
{
    fake_reading(&n->load, clock_now() - n->began_ns, &n->newest);
    uint64_t one = 1;
    if (write(n->fd, &one, sizeof one) < 0)
        perror("eventfd");
}

static void *run(void *context)
{
    struct sp_engine *n = context;
    const struct timespec step = {0, 100 * 1000 * 1000};
    while (!n->stop) {
        pthread_mutex_lock(&n->lock);
        if (!n->stalls)
            publish(n);
        pthread_mutex_unlock(&n->lock);
        nanosleep(&step, NULL);
    }
    pthread_mutex_lock(&n->lock);
    n->ended = true;
    publish(n);
    pthread_mutex_unlock(&n->lock);
    return NULL;
}

int sp_start(struct sp_engine *n, struct err *e)
{
    (void)e;
    n->began_ns = clock_now();
    n->started = true;
    return pthread_create(&n->thread, NULL, run, n) == 0 ? 0 : ERR_MEMORY;
}

void sp_stop(struct sp_engine *n) { n->stop = 1; }

bool sp_ended(const struct sp_engine *n) { return n->ended; }

void sp_close(struct sp_engine *n)
{
    sp_stop(n);
    if (n->started)
        pthread_join(n->thread, NULL);
    close(n->fd);
    free(n);
}

/* What a command does here: spikes and knobs work, everything else is only noted. */
static void obey(struct sp_engine *n, const char *text, int64_t now)
{
    char kind = 'M', effect[SP_EVENT_TEXT] = "noted", name[64], value[64], why[200];
    double factor;
    int seconds;
    int64_t v;
    if (sscanf(text, "spike x%lf %ds", &factor, &seconds) == 2) {
        fake_spike(&n->load, now, seconds * NS_PER_S, factor);
        snprintf(effect, sizeof effect, "load x%g for %d s", factor, seconds);
        kind = 'L';
    } else if (strncmp(text, "kill", 4) == 0) {
        kind = 'X';
        snprintf(effect, sizeof effect, "re-dispatched 64 records, 0 lost");
    } else if (sscanf(text, "set %63s %63s", name, value) == 2 ||
               (sscanf(text, "policy %63s", value) == 1 && strcpy(name, "policy"))) {
        int knob = knob_find(name, strlen(name));
        kind = knob == KNOB_POLICY ? 'P' : 'K';
        if (knob < 0 || !knob_read((enum knob)knob, value, strlen(value), &v, why, sizeof why))
            kind = '!';
        else {
            char old[64];
            knob_write((enum knob)knob, n->load.knobs.value[knob], old, sizeof old);
            snprintf(effect, sizeof effect, "%.60s -> %.60s", old, value);
            n->load.knobs.value[knob] = v;
            n->load.knobs.manual[knob] = true;
        }
    } else if (strcmp(text, "mark stall") == 0) {
        n->stalls = true; /* for the message about a stale reading */
    } else if (strcmp(text, "mark crash") == 0) {
        fprintf(stderr, "a sentence on standard error\n");
        abort();
    }
    fake_event(&n->load, now, SP_YOU, kind, text, effect);
}

bool sp_command(struct sp_engine *n, enum sp_author author, const char *text)
{
    (void)author;
    pthread_mutex_lock(&n->lock);
    obey(n, text, clock_now() - n->began_ns);
    if (!n->stalls)
        publish(n);
    pthread_mutex_unlock(&n->lock);
    return true;
}

bool sp_read(struct sp_engine *n, struct sp_reading *reading)
{
    pthread_mutex_lock(&n->lock);
    bool newer = n->newest.number > reading->number;
    if (newer)
        memcpy(reading, &n->newest, sizeof *reading);
    pthread_mutex_unlock(&n->lock);
    return newer;
}

int sp_event_fd(const struct sp_engine *n) { return n->fd; }
