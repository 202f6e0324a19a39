/* Recordings: what goes in comes out, whatever happens to the file. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/columns.h"
#include "lab/recording.h"
#include "lab/recording_read.h"

#define KEPT 400

static char path[64], other[64];
static struct preset preset;
static struct sp_reading *kept; /* the readings of a run */
static int count;
static struct recording *recording;
static struct err e;

static void setup(void)
{
    snprintf(path, sizeof path, "/tmp/record_unit_%ld.spw", (long)getpid());
    snprintf(other, sizeof other, "/tmp/record_unit_%ld_cut.spw", (long)getpid());
    unlink(path);
    kept = calloc(KEPT, sizeof *kept);
    cr_assert_not_null(kept);
}

static void teardown(void)
{
    unlink(path);
    unlink(other);
    free(kept);
}

TestSuite(recording, .init = setup, .fini = teardown);

static bool keep(void *context, const struct sp_reading *r)
{
    (void)context;
    if (recording != NULL)
        recording_put(recording, r);
    if (count < KEPT)
        kept[count++] = *r;
    return true;
}

/* A run of a preset under virtual time, recorded. */
static void record(const char *name, const char *const *commands, int64_t duration_ns)
{
    struct sp_engine *engine = NULL;
    static struct sp_summary summary;
    cr_assert_eq(preset_load(name, &preset, &e), 0, "%s", e.text);
    struct sp_options o = {.preset = &preset,
                           .sim = true,
                           .seed = 7,
                           .duration_ns = duration_ns,
                           .commands = commands};
    count = 0;
    cr_assert_eq(recording_open(path, &o, &recording, &e), 0, "%s", e.text);
    cr_assert_eq(sp_open(&o, &engine, &e), 0, "%s", e.text);
    cr_assert_eq(sp_run(engine, keep, NULL, &e), 0, "%s", e.text);
    sp_summary(engine, &summary);
    sp_close(engine);
    cr_assert_eq(recording_close(recording, &summary, &e), 0, "%s", e.text);
    recording = NULL;
}

static void check_hist(const struct hist *a, const struct hist *b)
{
    cr_assert_eq(a->count, b->count);
    cr_assert_eq(a->max, b->max);
    cr_assert(a->sum == b->sum);
    cr_assert_arr_eq(a->bucket, b->bucket, sizeof a->bucket);
    if (a->count > 0)
        cr_assert(a->lo == b->lo && a->hi == b->hi);
}

static void check_columns(const struct sp_reading *a, const struct sp_reading *b)
{
    for (int i = 0; i < column_count; i++)
        for (int at = 0; at < column_times(column_table[i].part, a); at++) {
            struct column_value x = column_get(&column_table[i], a, at);
            struct column_value y = column_get(&column_table[i], b, at);
            cr_assert(column_same(x, y), "%s %d at %lld: %lld %g, read %lld %g",
                      column_table[i].name, at, (long long)a->now_ns, (long long)x.n, x.x,
                      (long long)y.n, y.x);
        }
}

static void check_same(const struct sp_reading *a, const struct sp_reading *b)
{
    cr_assert_eq(a->vertex_count, b->vertex_count);
    cr_assert_eq(a->instance_count, b->instance_count);
    cr_assert(a->sim == b->sim && a->duration_ns == b->duration_ns);
    cr_assert_str_eq(a->preset, b->preset);
    cr_assert_str_eq(a->why, b->why);
    cr_assert_str_eq(a->provider, b->provider);
    cr_assert_str_eq(a->endpoint, b->endpoint);
    check_columns(a, b);
    for (int i = 0; i < a->vertex_count; i++) {
        cr_assert_str_eq(a->vertex[i].name, b->vertex[i].name);
        cr_assert_eq(a->vertex[i].first_instance, b->vertex[i].first_instance);
        cr_assert_arr_eq(a->vertex[i].output, b->vertex[i].output, sizeof a->vertex[i].output);
    }
    cr_assert_arr_eq(a->knobs.value, b->knobs.value, sizeof a->knobs.value);
    cr_assert_arr_eq(a->knobs.manual, b->knobs.manual, sizeof a->knobs.manual);
    cr_assert_eq(a->events, b->events);
    cr_assert_eq(a->event_count, b->event_count);
    for (int i = 0; i < a->events; i++) {
        cr_assert_eq(a->event[i].number, b->event[i].number);
        cr_assert_eq(a->event[i].at_ns, b->event[i].at_ns);
        cr_assert_eq(a->event[i].author, b->event[i].author);
        cr_assert_eq(a->event[i].kind, b->event[i].kind);
        cr_assert_str_eq(a->event[i].command, b->event[i].command);
        cr_assert_str_eq(a->event[i].effect, b->event[i].effect);
        cr_assert_str_eq(a->event[i].inverse, b->event[i].inverse);
    }
    check_hist(&a->latency_hist, &b->latency_hist);
    check_hist(&a->call_hist, &b->call_hist);
}

#define COVER(member)                                                                              \
    memset(covered + offsetof(struct sp_reading, member), 1,                                       \
           sizeof((struct sp_reading *)NULL)->member)

/* A member that was added to struct sp_reading needs a row in lab/columns.c. */
Test(recording, every_figure_of_a_reading_has_its_column)
{
    static const size_t sizes[] = {8, 4, 1, 8, 8};
    static char covered[sizeof(struct sp_reading)];
    COVER(sim), COVER(preset), COVER(why), COVER(provider), COVER(endpoint), COVER(duration_ns),
        COVER(knobs);
    COVER(faults), COVER(fault), COVER(vertex_count), COVER(vertex), COVER(instance_count);
    COVER(instance), COVER(event_count), COVER(events), COVER(event), COVER(latency_hist);
    COVER(call_hist);
    for (int i = 0; i < column_count; i++)
        if (column_table[i].part == COLUMN_RUN || column_table[i].part == COLUMN_END)
            memset(covered + column_table[i].at, 1, sizes[column_table[i].kind]);
    size_t end = offsetof(struct sp_reading, event) + sizeof kept->event; /* hists align by 16 */
    memset(covered + end, 1, offsetof(struct sp_reading, latency_hist) - end);
    for (size_t i = 0, gap = 0; i < sizeof covered; i++) {
        gap = covered[i] ? 0 : gap + 1;
        cr_assert_lt(gap, 8u, "byte %zu is in no recording", i);
    }
}

static struct recording_reader *open_good(const char *from)
{
    struct recording_reader *r = NULL;
    cr_assert_eq(recording_read_open(from, &r, &e), 0, "%s", e.text);
    return r;
}

/* Reads all readings of the file; the number of those that are whole. */
static int check_file(const char *from)
{
    struct recording_reader *r = open_good(from);
    const struct sp_reading *got;
    int n = 0, code;
    while ((code = recording_read_next(r, &got, NULL, &e)) > 0) {
        cr_assert_lt(n, count);
        check_same(&kept[n++], got);
    }
    cr_assert_eq(code, 0, "%s", e.text);
    recording_read_close(r);
    return n;
}

Test(recording, what_is_read_is_what_was_written)
{
    const char *const commands[] = {"at 2s spike x3 4s",
                                    "at 3s policy excess",
                                    "at 4s batch 20",
                                    "at 5s kill tokenizer",
                                    "at 6s mark \"here\" \\ \xE2\x9C\x93",
                                    "at 8s fault error 30% 2s",
                                    NULL};
    record("default", commands, 12 * NS_PER_S);
    cr_assert_gt(count, 100);
    cr_assert_eq(check_file(path), count);
    struct recording_reader *r = open_good(path);
    const struct recording_head *h = recording_read_head(r);
    cr_assert(h->sim && h->seed == 7);
    cr_assert_str_eq(h->commands[1], "at 3s policy excess");
    cr_assert_str_eq(h->preset->name, "default");
    recording_read_close(r);
}

Test(recording, a_run_that_begins_anew_is_read_back_too)
{
    const char *const commands[] = {"at 1s restart", NULL};
    record("burst", commands, 2 * NS_PER_S);
    cr_assert_eq(check_file(path), count);
}

Test(recording, another_preset_on_the_way_is_read_back_too)
{
    const char *const commands[] = {"at 1s load vanilla", NULL};
    record("burst", commands, 2 * NS_PER_S);
    cr_assert_str_eq(kept[count - 1].preset, "vanilla");
    cr_assert_eq(check_file(path), count);
}

Test(recording, the_end_of_the_run_is_there)
{
    static struct sp_summary s;
    const char *const commands[] = {"at 1s expect p99<1ns within 500ms", NULL};
    record("burst", commands, 3 * NS_PER_S);
    struct recording_reader *r = open_good(path);
    const struct sp_reading *got;
    while (recording_read_next(r, &got, NULL, &e) > 0)
        ;
    cr_assert(recording_read_end(r, &s));
    cr_assert(s.ledger_ok && !s.expects_ok && s.expect_count >= 1);
    cr_assert_eq(s.last.digest, kept[count - 1].digest);
    cr_assert_eq(recording_read_rewind(r, &e), 0);
    cr_assert_eq(recording_read_next(r, &got, NULL, &e), 1, "%s", e.text);
    check_same(&kept[0], got);
    recording_read_close(r);
}

static char *slurp(size_t *size)
{
    int fd = open(path, O_RDONLY);
    struct stat st;
    cr_assert(fd >= 0 && fstat(fd, &st) == 0);
    char *all = malloc((size_t)st.st_size);
    cr_assert_eq(read(fd, all, (size_t)st.st_size), st.st_size);
    close(fd);
    *size = (size_t)st.st_size;
    return all;
}

/* Cut at every byte: before the end of the header there is nothing to show, after it every
 * reading whose line is whole. */
Test(recording, cut_anywhere_it_opens_to_its_last_whole_line)
{
    const char *const commands[] = {"at 300ms mark x", NULL};
    size_t size;
    record("burst", commands, NS_PER_S / 2);
    char *all = slurp(&size);
    size_t header = (size_t)((char *)memchr(all, '\n', size) - all) + 1;
    int fd = open(other, O_RDWR | O_CREAT | O_TRUNC, 0600);
    cr_assert_eq(write(fd, all, size), (ssize_t)size);
    int last = check_file(other);
    cr_assert_eq(last, count);
    for (size_t cut = size; cut-- > 0;) {
        cr_assert_eq(ftruncate(fd, (off_t)cut), 0);
        if (cut < header) {
            struct recording_reader *r = NULL;
            cr_assert_eq(recording_read_open(other, &r, &e), ERR_BAD);
            cr_assert_not_null(strstr(e.text, cut == 0 ? "is empty" : "cut off"), "%s", e.text);
            continue;
        }
        int n = check_file(other);
        cr_assert(n == last || n == last - 1);
        last = n;
    }
    cr_assert_eq(last, 0);
    close(fd);
    free(all);
}

Test(recording, a_file_that_exists_is_left_alone)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    cr_assert_eq(write(fd, "mine", 4), 4);
    close(fd);
    cr_assert_eq(preset_load("burst", &preset, &e), 0);
    struct sp_options o = {.preset = &preset, .sim = true};
    struct recording *r = NULL;
    cr_assert_eq(recording_open(path, &o, &r, &e), ERR_BAD);
    cr_assert_not_null(strstr(e.text, "never overwrites"), "%s", e.text);
    struct stat st;
    cr_assert(stat(path, &st) == 0 && st.st_size == 4);
}

Test(recording, a_full_disk_is_said_once_and_what_is_there_stays_good)
{
    struct rlimit l = {20000, 20000};
    signal(SIGXFSZ, SIG_IGN);
    record("burst", NULL, NS_PER_S); /* what fits is known to be read */
    unlink(path);
    cr_assert_eq(preset_load("burst", &preset, &e), 0);
    struct sp_options o = {.preset = &preset, .sim = true, .duration_ns = 30 * NS_PER_S};
    struct sp_engine *engine = NULL;
    count = 0;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
    cr_assert_eq(recording_open(path, &o, &recording, &e), 0, "%s", e.text);
    cr_assert_eq(sp_open(&o, &engine, &e), 0, "%s", e.text);
    cr_assert_eq(sp_run(engine, keep, NULL, &e), 0, "the run goes on: %s", e.text);
    sp_close(engine);
    int code = recording_close(recording, NULL, &e);
    recording = NULL;
    cr_assert_eq(code, ERR_IO);
    cr_assert_not_null(strstr(e.text, strerror(EFBIG)), "%s", e.text);
    int n = check_file(path);
    cr_assert(n > 3 && n < count, "%d of %d", n, count);
}

/* Lines in place of one line of a good recording, and what is said. */
static void check_bad(const char *find, const char *put, const char *sentence)
{
    size_t size, find_size = strlen(find);
    char *all = slurp(&size);
    char *at = memmem(all, size, find, find_size);
    cr_assert_not_null(at, "%s is not there", find);
    int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    size_t before = (size_t)(at - all);
    cr_assert_eq(write(fd, all, before), (ssize_t)before);
    cr_assert_eq(write(fd, put, strlen(put)), (ssize_t)strlen(put));
    size_t rest = size - before - find_size;
    cr_assert_eq(write(fd, at + find_size, rest), (ssize_t)rest);
    close(fd);
    free(all);
    struct recording_reader *r = NULL;
    const struct sp_reading *got;
    int code = recording_read_open(other, &r, &e);
    while (code == 0 && (code = recording_read_next(r, &got, NULL, &e)) > 0)
        code = 0;
    cr_assert_eq(code, ERR_BAD, "%s for %s: read", put, find);
    cr_assert_not_null(strstr(e.text, sentence), "%s -> %s: \"%s\"", find, put, e.text);
    cr_assert_not_null(strstr(e.text, "_cut.spw:"), "no line: %s", e.text);
    recording_read_close(r);
}

Test(recording, each_kind_of_damage_has_its_sentence)
{
    const char *const commands[] = {"at 200ms mark x", NULL};
    record("burst", commands, NS_PER_S);
    check_bad("spillway-recording\":1", "spillway-recording\":2", "of version 2; this program");
    check_bad("{\"spillway-recording\"", "{\"recording\"", "not a recording");
    check_bad("\"clock\":\"sim\"", "\"clock\":\"sun\"", "clock (sim or live)");
    check_bad("\\\"spillway\\\": 1", "\\\"spillway\\\": 9", "its preset:");
    check_bad("\"run.number\"", "\"run.nimber\"", "column that this version does not know");
    check_bad("\"run.number\",\"run.now_ns\"", "\"run.number\",\"run.number\"", "wrong place");
    check_bad("{\"run\":", "{\"ran\":", "no line of a recording");
    check_bad("{\"run\":", "{\"run\":1,\"ran\":", "must stand alone");
    check_bad("\"instances\":[0", "\"instances\":[99", "each must name a vertex");
    check_bad("\"batch\":[50", "\"batch\":[0", "within its range");
    check_bad("\"batch\":", "\"butch\":", "no knob of this version");
    check_bad("\"author\":\"script\"", "\"author\":\"nobody\"", "\"event\": number");
    check_bad("{\"r\":[", "{\"r\":[[1,2,3],", "a whole number, or one number in brackets");
    check_bad("{\"r\":[", "{\"r\":[\"0\",", "a count of columns");
    check_bad("{\"r\":[", "{\"r\":[\"999\",", "more figures than columns");
    check_bad("{\"r\":[", "{\"r\":[-99,", "out of range");
    check_bad("{\"r\":[", "{\"r\":[1,,", "column");
    check_bad("\"l\":[\"", "\"l\":[\"!", "no gain of a histogram");
    check_bad("\"l\":[\"", "\"l\":[1,\"", "letters, gain of the sum");
    check_bad("{\"end\":", "{\"end\":3,\"and\":", "no line of a recording");
    check_bad("\"vertices\":[", "\"vertices\":[7,", "vertex 1: name");
    check_bad("{\"end\":{", "{\"end\":[]}\n{\"end\":{", "\"end\": completion_ns");
    check_bad("{\"r\":[", "{\"r\":[\"-9223372036854775808\",", "a count of columns");
    check_bad("{\"completion_ns\"", "{\"completion\"", "\"end\": completion_ns");
}

Test(recording, secrets_do_not_get_into_the_file)
{
    static const char *const secrets[] = {"AKIAIOSFODNN7EXAMPLE", "123456789012", "hunter2pass"};
    const char *const commands[] = {
        "at 100ms mark call arn:aws:lambda:eu-west-1:123456789012:function:f",
        "at 200ms mark key AKIAIOSFODNN7EXAMPLE", "at 300ms mark http://me:hunter2pass@host/x",
        NULL};
    size_t size;
    record("burst", commands, NS_PER_S / 2);
    char *all = slurp(&size);
    for (int i = 0; i < 3; i++)
        cr_assert_null(memmem(all, size, secrets[i], strlen(secrets[i])), "%s", secrets[i]);
    cr_assert_not_null(memmem(all, size, "http://***@host/x", 17));
    free(all);
}
