/* Live engines under commands: started, read, commanded, stopped and closed at odd
 * moments, two at a time. The ledger must balance in every reading, and readings
 * must come in order. Commands of this kind also run in the simulator, where they
 * repeat; here it is the threads that are under test. */
#include "base/prng.h"
#include "spillway.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const lines[] = {
    "spike x3 200ms",
    "spike +2k 100ms",
    "rate 3k",
    "rate 400",
    "ramp 100 5k 300ms",
    "pause",
    "resume",
    "resume",
    "set policy always",
    "policy excess",
    "policy off",
    "batch 7",
    "batch 300",
    "linger 1ms",
    "order key",
    "order none",
    "order global",
    "slots 1",
    "slots 16",
    "concurrency 3",
    "concurrency 200",
    "set timeout 3ms",
    "auto timeout",
    "set head_deadline 5ms",
    "kill tokenizer",
    "kill tokenizer/0.0",
    "kill source",
    "kill sink",
    "kill stamp",
    "kill tokenizer.functions",
    "fault error 50% 200ms",
    "fault lose 30% 100ms",
    "fault late 30% 100ms",
    "fault latency x4 100ms",
    "fault sink-block 50ms",
    "fault off",
    "at 300ms mark later",
    "expect p99<10s for 100ms",
    "undo",
    "halt",
    "restart",
    "nonsense",
    "set batch 0",
    "mark hello",
};
#define LINES (sizeof lines / sizeof lines[0])

enum ending { END_STOP, END_CLOSE, END_BY_ITSELF, END_QUIT, ENDINGS };

struct session {
    const struct preset *preset;
    uint64_t seed;
    bool sim, failed;
    uint64_t readings, sent, refused;
};

static void complain(struct session *s, const char *what, const struct sp_reading *r)
{
    s->failed = true;
    printf("  seed %llu: %s at %.3fs: in %llu out %llu in flight %lld dead %llu lost %llu "
           "duplicated %llu disordered %llu\n",
           (unsigned long long)s->seed, what, (double)r->now_ns / 1e9, (unsigned long long)r->in,
           (unsigned long long)r->out, (long long)r->in_flight, (unsigned long long)r->dead,
           (unsigned long long)r->lost, (unsigned long long)r->duplicated,
           (unsigned long long)r->disordered);
}

static void check(struct session *s, const struct sp_reading *r, uint64_t *number)
{
    s->readings++;
    if (r->number <= *number)
        complain(s, "an old reading", r);
    *number = r->number;
    if (!r->balanced || r->lost || r->in != r->out + (uint64_t)r->in_flight + r->dead)
        complain(s, "the ledger does not balance", r);
}

static int64_t wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Commands and readings for a while, in the rhythm of a screen. */
static void use(struct session *s, struct sp_engine *engine, struct prng *p, int64_t for_ms,
                struct sp_reading *r)
{
    uint64_t number = 0;
    int64_t until = wall_ms() + for_ms;
    while (wall_ms() < until && !sp_ended(engine)) {
        struct pollfd fd = {.fd = sp_event_fd(engine), .events = POLLIN};
        poll(&fd, 1, (int)prng_below(p, 12));
        for (uint64_t n = prng_below(p, 4); n > 0; n--) {
            bool taken = sp_command(engine, SP_YOU, lines[prng_below(p, LINES)]);
            s->sent += taken;
            s->refused += !taken;
        }
        if (sp_read(engine, r))
            check(s, r, &number);
    }
}

static void end(struct session *s, struct sp_engine *engine, enum ending how, struct sp_reading *r)
{
    static const struct timespec nap = {0, 1000000};
    struct sp_summary *summary = calloc(1, sizeof *summary);
    if (how == END_CLOSE || summary == NULL) {
        sp_close(engine);
        free(summary);
        return;
    }
    if (how == END_QUIT)
        while (!sp_command(engine, SP_YOU, "quit"))
            nanosleep(&nap, NULL);
    if (how == END_STOP)
        sp_stop(engine);
    int64_t begun = wall_ms();
    while (!sp_ended(engine) && wall_ms() - begun < 20000)
        nanosleep(&nap, NULL);
    if (!sp_ended(engine)) {
        complain(s, "it does not end", r);
        _Exit(1); /* its thread is still at work: nothing more can be looked at */
    }
    sp_summary(engine, summary);
    if (!summary->ledger_ok) {
        complain(s, "the summary's ledger", &summary->last);
        printf("  %s\n", summary->ledger_text);
    }
    sp_close(engine);
    free(summary);
}

static void *session(void *context)
{
    struct session *s = context;
    struct prng p = prng_split(s->seed, 5);
    struct sp_reading *r = calloc(1, sizeof *r);
    for (int round = 0; round < 5 && r && !s->failed; round++) {
        enum ending how = (enum ending)prng_below(&p, ENDINGS);
        int64_t ms = 1 + (int64_t)prng_below(&p, round % 2 ? 60 : 700);
        struct sp_options o = {.preset = s->preset,
                               .sim = s->sim,
                               .seed = s->seed,
                               .pace_ppm = 1000000,
                               .duration_ns = how == END_BY_ITSELF ? ms * 1000000 + 1000000
                                                                   : INT64_C(60000000000)};
        struct sp_engine *engine = NULL;
        struct err e = {0};
        if (sp_open(&o, &engine, &e) || sp_start(engine, &e)) {
            printf("  cannot start: %s\n", e.text);
            s->failed = true;
            break;
        }
        use(s, engine, &p, ms, r);
        /* A restart begins the duration anew; the end by itself then takes longer. */
        end(s, engine, how, r);
    }
    free(r);
    return NULL;
}

static const char text[] =
    "{\"spillway\":1,\"name\":\"stress\",\"why\":\"Threads.\",\"schedule\":[{\"at\":\"0s\","
    "\"rate\":1500}],"
    "\"graph\":[{\"name\":\"source\",\"op\":\"source\"},"
    "{\"name\":\"stamp\",\"op\":\"map\",\"from\":[\"source\"]},"
    "{\"name\":\"tokenizer\",\"op\":\"tokenize\",\"from\":[\"stamp\"],\"slots\":4,\"cost\":\"4ms\","
    "\"jitter\":\"20%\",\"burst\":true},"
    "{\"name\":\"sink\",\"op\":\"sink\",\"from\":[\"tokenizer\"]}],"
    "\"policy\":\"excess\",\"functions\":{\"calibration\":\"none\",\"constant\":\"20ms\"}}";

int main(void)
{
    static struct preset preset;
    struct err e;
    if (preset_parse(text, strlen(text), "the stress preset", &preset, &e)) {
        printf("%s\n", e.text);
        return 1;
    }
    struct session s[3] = {{.preset = &preset, .seed = 1},
                           {.preset = &preset, .seed = 2},
                           {.preset = &preset, .seed = 3, .sim = true}};
    pthread_t t[3];
    bool good = true;
    for (int i = 0; i < 3; i++)
        good &= pthread_create(&t[i], NULL, session, &s[i]) == 0;
    for (int i = 0; i < 3 && good; i++)
        pthread_join(t[i], NULL);
    for (int i = 0; i < 3; i++) {
        printf("  %s, seed %llu: %llu readings, %llu commands, %llu refused by a full ring\n",
               s[i].sim ? "paced sim" : "live", (unsigned long long)s[i].seed,
               (unsigned long long)s[i].readings, (unsigned long long)s[i].sent,
               (unsigned long long)s[i].refused);
        good &= !s[i].failed && s[i].readings > 0;
    }
    printf("%s\n", good ? "ok" : "FAILED");
    return !good;
}
