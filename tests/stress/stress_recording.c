/* Recordings that were damaged at random: each is read as far as it is good, or refused with
 * one sentence. stress_recording [COUNT [SEED]] */
#include "base/prng.h"
#include "lab/recording.h"
#include "lab/recording_read.h"
#include "lab/replay.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_MAX_HERE (1 << 20)

static char good[SIZE_MAX_HERE], bad[2 * SIZE_MAX_HERE];
static size_t good_size, bad_size, header_size;
static struct recording *recording;
static uint64_t whole, refused;
static struct prng random_numbers;

static void fail(const char *what, uint64_t round)
{
    fprintf(stderr, "stress_recording: round %llu: %s\n", (unsigned long long)round, what);
    exit(1);
}

static bool note(void *context, const struct sp_reading *r)
{
    (void)context;
    recording_put(recording, r);
    return true;
}

/* A short run with everything in it that a recording can hold. */
static void make_good(const char *path)
{
    static const char *const commands[] = {"at 200ms policy excess", "at 300ms mark note",
                                           "at 400ms fault error 50% 1s", "at 700ms restart", NULL};
    static struct preset preset;
    static struct sp_summary summary;
    struct sp_engine *engine = NULL;
    struct err e = {0, ""};
    if (preset_load("burst", &preset, &e) != 0)
        fail(e.text, 0);
    struct sp_options o = {
        .preset = &preset, .sim = true, .duration_ns = NS_PER_S, .commands = commands};
    if (recording_open(path, &o, &recording, &e) != 0 || sp_open(&o, &engine, &e) != 0 ||
        sp_run(engine, note, NULL, &e) != 0)
        fail(e.text, 0);
    sp_summary(engine, &summary);
    sp_close(engine);
    if (recording_close(recording, &summary, &e) != 0)
        fail(e.text, 0);
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, good, sizeof good);
    close(fd);
    unlink(path);
    if (n <= 0 || n == (ssize_t)sizeof good)
        fail("no recording to begin with", 0);
    good_size = (size_t)n;
    header_size = (size_t)((char *)memchr(good, '\n', good_size) - good) + 1;
}

/* ---- damage ------------------------------------------------------------------------------ */

static size_t below(size_t n) { return n == 0 ? 0 : (size_t)(prng_next(&random_numbers) % n); }

/* A place: mostly behind the header, else all but the first rounds would end in it. */
static size_t place(void)
{
    if (below(8) == 0 || bad_size <= header_size)
        return below(bad_size);
    return header_size + below(bad_size - header_size);
}

static void put_in(size_t at, size_t away, const char *put, size_t n)
{
    away = away < bad_size - at ? away : bad_size - at;
    if (bad_size - away + n >= sizeof bad)
        return;
    memmove(bad + at + n, bad + at + away, bad_size - at - away);
    memcpy(bad + at, put, n);
    bad_size = bad_size - away + n;
}

static void flip(void)
{
    if (bad_size > 0)
        bad[place()] ^= (char)(1 << below(8));
}

static void put_word(void)
{
    static const char *const words[] = {"0",
                                        "-1",
                                        "1",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "1e308",
                                        "[1e17]",
                                        "[-0.0]",
                                        "null",
                                        "true",
                                        "\"\"",
                                        "\"99\"",
                                        "[]",
                                        "{}",
                                        "[[",
                                        "]",
                                        "}",
                                        ",",
                                        ":",
                                        "\\u0000",
                                        "\n",
                                        "{\"r\":[]}\n",
                                        "{\"run\":",
                                        "{\"knobs\":{}}\n",
                                        "{\"end\":{}}\n",
                                        "AAAA",
                                        "_____A",
                                        "4294967295",
                                        "1152921504606846976"};
    const char *word = words[below(sizeof words / sizeof *words)];
    put_in(place(), below(6), word, strlen(word));
}

/* A number is what most of a recording is made of. */
static void change_number(void)
{
    static const char *const numbers[] = {"0",
                                          "-1",
                                          "1",
                                          "2",
                                          "64",
                                          "4096",
                                          "1000000000000000000",
                                          "-1000000000000000000",
                                          "9223372036854775807",
                                          "511"};
    size_t at = place();
    while (at < bad_size && (bad[at] < '0' || bad[at] > '9'))
        at++;
    size_t n = 0;
    while (at + n < bad_size && bad[at + n] >= '0' && bad[at + n] <= '9')
        n++;
    const char *number = numbers[below(sizeof numbers / sizeof *numbers)];
    if (n > 0)
        put_in(at, n, number, strlen(number));
}

static void move_line(void)
{
    static char line[1 << 16];
    char *from = memchr(bad + place() % (bad_size + 1), '\n', bad_size / 2);
    if (from == NULL || from + 1 >= bad + bad_size)
        return;
    from++;
    char *end = memchr(from, '\n', (size_t)(bad + bad_size - from));
    size_t n = end != NULL ? (size_t)(end - from) + 1 : 0;
    if (n == 0 || n > sizeof line)
        return;
    memcpy(line, from, n);
    if (below(2) == 0)
        put_in((size_t)(from - bad), n, "", 0);
    char *to = memchr(bad + place() % (bad_size + 1), '\n', bad_size / 2);
    if (to != NULL && to < bad + bad_size)
        put_in((size_t)(to - bad) + 1, 0, line, n);
}

static void cut(void)
{
    if (below(4) == 0)
        bad_size = place();
    else
        put_in(place(), below(40), "", 0);
}

static void damage(void)
{
    static void (*const kinds[])(void) = {flip,          put_word,  change_number,
                                          change_number, move_line, cut};
    memcpy(bad, good, good_size);
    bad_size = good_size;
    for (size_t n = 1 + below(3); n > 0 && bad_size > 0; n--)
        kinds[below(sizeof kinds / sizeof *kinds)]();
}

/* ---- reading ------------------------------------------------------------------------------ */

/* Whoever takes differences of histograms asserts that none goes back. */
static void gained(struct hist *before, const struct hist *now, bool back)
{
    static struct hist d;
    if (!back && now->count >= before->count) {
        d = *now;
        hist_subtract(&d, before);
    }
    *before = *now;
}

struct taking {
    int64_t at_ns, now_ns;
    struct hist latency, call;
};

static void take(void *context, const struct sp_reading *r, int64_t at_ns)
{
    struct taking *t = context;
    if (r == NULL)
        return;
    if (at_ns < t->at_ns || r->vertex_count > SP_VERTICES || r->instance_count > SP_INSTANCES ||
        r->events > SP_EVENTS || r->now_ns < 0)
        fail("a reading that cannot be", 0);
    gained(&t->latency, &r->latency_hist, r->now_ns < t->now_ns);
    gained(&t->call, &r->call_hist, r->now_ns < t->now_ns);
    t->at_ns = at_ns;
    t->now_ns = r->now_ns;
}

static void check_sentence(const struct err *e, uint64_t round)
{
    size_t n = strlen(e->text);
    if (n < 10 || n >= sizeof e->text)
        fail("no sentence", round);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)e->text[i] < ' ')
            fail("a control character in the sentence", round);
}

/* Every sixteenth is played as well. */
static int read_it(const char *path, uint64_t round, struct err *e)
{
    static struct taking t;
    struct recording_reader *r = NULL;
    struct replay *p = NULL;
    const struct sp_reading *reading;
    int64_t at = 0;
    t.at_ns = t.now_ns = 0;
    hist_reset(&t.latency);
    hist_reset(&t.call);
    if (round % 16 == 0) {
        int code = replay_open(path, &p, e);
        if (code == 0 && replay_to(p, INT64_MAX, take, &t, e) != 0)
            fail("it was good a moment ago", round);
        replay_close(p);
        return code;
    }
    int code = recording_read_open(path, &r, e);
    while (code == 0) {
        int more = recording_read_next(r, &reading, &at, e);
        if (more <= 0) {
            recording_read_close(r);
            return more;
        }
        take(&t, reading, at);
    }
    return code;
}

static void check_round(int fd, const char *path, uint64_t round)
{
    struct err e = {0, ""};
    damage();
    if (ftruncate(fd, 0) != 0 || pwrite(fd, bad, bad_size, 0) != (ssize_t)bad_size)
        fail("no memory file", round);
    int code = read_it(path, round, &e);
    if (code == 0) {
        whole++;
        return;
    }
    refused++;
    if (code != ERR_BAD)
        fail(e.text, round);
    check_sentence(&e, round);
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    char path[64];
    random_numbers = prng_split(seed, 0);
    snprintf(path, sizeof path, "/tmp/stress_recording_%ld.spw", (long)getpid());
    make_good(path);
    int fd = memfd_create("recording", MFD_CLOEXEC);
    if (fd < 0)
        fail("no memory file", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (uint64_t i = 0; i < count; i++) {
        alarm(60); /* a hang ends it */
        check_round(fd, path, i);
    }
    close(fd);
    printf("%llu damaged recordings: %llu read, %llu refused with a sentence\n",
           (unsigned long long)count, (unsigned long long)whole, (unsigned long long)refused);
    return whole > 0 && refused > 0 ? 0 : 1;
}
