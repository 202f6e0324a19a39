/* Trace files: what they may hold, and where they are wrong. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/units.h"
#include "io/preset.h"
#include "io/trace.h"

static char dir[] = "/tmp/spillway-trace-XXXXXX";
static char path[64], json_path[64];
static struct schedule_spec spec;
static struct preset preset;
static struct err e;

static void start(void)
{
    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/t.csv", dir);
    snprintf(json_path, sizeof json_path, "%s/p.json", dir);
}

static void stop(void)
{
    unlink(path);
    rmdir(dir);
}

static int load(const char *text)
{
    int index = -1;
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
    spec.traces = spec.points = 0;
    int rc = trace_load(path, &spec, &index, &e);
    if (rc == 0)
        cr_assert_eq(index, 0);
    return rc;
}

static void expect_fault(const char *text, const char *sentence)
{
    cr_assert_eq(load(text), ERR_BAD, "%s", text);
    cr_assert_not_null(strstr(e.text, sentence), "%s", e.text);
    cr_assert_eq(spec.traces, 0);
}

static void expect_point(int i, int64_t at_ns, int64_t rate_mps)
{
    cr_assert_eq(spec.point[i].at_ns, at_ns);
    cr_assert_eq(spec.point[i].rate_mps, rate_mps);
}

TestSuite(trace, .init = start, .fini = stop);

Test(trace, header_comments_blanks_and_cr_lf_are_fine)
{
    cr_assert_eq(
        load("# a day\r\n\r\ntime_s,rate\r\n0,260\r\n  # night\n 10.5 , 180.25 \n11,.5\n12,7."), 0,
        "%s", e.text);
    cr_assert_eq(spec.trace[0].count, 4);
    expect_point(0, 0, 260000);
    expect_point(1, 10500 * NS_PER_MS, 180250);
    expect_point(2, 11 * NS_PER_S, 500);
    expect_point(3, 12 * NS_PER_S, 7000);
    cr_assert_eq(load("\xef\xbb\xbftime_s,rate\r\n0,260\r\n"), 0, "%s", e.text);
    expect_point(0, 0, 260000);
}

Test(trace, times_count_from_the_first_and_fine_digits_are_cut)
{
    cr_assert_eq(load("1600000000.5,1.23456789\n1600000001.5000000009,2"), 0, "%s", e.text);
    expect_point(0, 0, 1234);
    expect_point(1, NS_PER_S, 2000);
}

Test(trace, what_is_wrong_is_told_with_line_and_column)
{
    expect_fault("", "holds no point");
    expect_fault("# nothing\n\n", "holds no point");
    expect_fault("time_s,rate\ntime_s,rate\n", ":2:1: a decimal number");
    expect_fault("0,1\n1;2\n", ":2:2: a comma and a rate");
    expect_fault("0,1\n1,x\n", ":2:3: a decimal number");
    expect_fault("0,1e3\n", ":1:3: a decimal number");
    expect_fault("0,-1\n", ":1:3: a decimal number");
    expect_fault("-1,1\n", ":1:1: a decimal number");
    expect_fault("0,nan\n", ":1:3: a decimal number");
    expect_fault("0,1,2\n", ":1:4: nothing is expected");
    expect_fault("0,1\n0,2\n", ":2:1: this time is not after");
    expect_fault("5,1\n4.999999999,2\n", ":2:1: this time is not after");
    expect_fault("0,1000000001\n", "too large");
    expect_fault("99999999999999999999,1\n", "too large");
    expect_fault("0,1\n16000000000,1\n", ":2:1: too large"); /* overflowed once */
    expect_fault("0,1\n86400001,1\n", "more than 1000 days");
    expect_fault("0,.\n", ":1:3: a decimal number");
    expect_fault("time,rate\n0,1\n", ":1:1: a decimal number");
}

Test(trace, a_schedule_holds_so_many_points_and_no_more)
{
    static char text[SCHEDULE_POINTS * 12];
    size_t used = 0;
    for (int i = 0; i <= SCHEDULE_POINTS; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%d,%d\n", i, i % 100);
    expect_fault(text, ":4097:1: more than 4096 points");
    *strrchr(text, '4') = 0; /* cuts the line of 4096 */
    cr_assert_eq(load(text), 0, "%s", e.text);
    cr_assert_eq(spec.points, SCHEDULE_POINTS);
}

Test(trace, no_file_is_told)
{
    int index;
    cr_assert_eq(trace_load("/nowhere/t.csv", &spec, &index, &e), ERR_IO);
    cr_assert_eq(trace_load("/dev/null", &spec, &index, &e), ERR_BAD);
    cr_assert_eq(trace_load(dir, &spec, &index, &e), ERR_BAD);
}

static int parse(const char *steps)
{
    char text[600];
    snprintf(text, sizeof text, "{\"spillway\":1,\"schedule\":[%s]}", steps);
    return preset_parse(text, strlen(text), json_path, &preset, &e);
}

Test(trace, a_preset_finds_it_beside_itself)
{
    load("0,100\n10,200\n");
    cr_assert_eq(parse("{\"at\":\"0s\",\"trace\":\"t.csv\",\"scale\":2,\"loop\":true,"
                       "\"interpolate\":\"step\"},{\"at\":\"20s\",\"rate\":5}"),
                 0, "%s", e.text);
    const struct schedule_step *s = &preset.schedule.step[0];
    cr_assert(s->kind == STEP_TRACE && s->loop && s->stairs && s->factor_ppm == 2 * PPM_ONE);
    cr_assert_str_eq(preset.schedule.trace[0].file, path);
    static struct schedule sched;
    schedule_init(&sched, &preset.schedule);
    cr_assert_eq(schedule_rate(&sched, 9 * NS_PER_S), 200000);
    cr_assert_eq(schedule_rate(&sched, 15 * NS_PER_S), 200000);
    cr_assert_eq(schedule_rate(&sched, 20 * NS_PER_S), 5000);
    cr_assert_eq(preset_trace(&preset, path, &e), 0, "%s", e.text);
    cr_assert_eq(preset.schedule.count, 1);
    schedule_init(&sched, &preset.schedule);
    cr_assert_eq(schedule_rate(&sched, 5 * NS_PER_S), 150050); /* the middle of a step */
    cr_assert_eq(schedule_rate(&sched, 11 * NS_PER_S), 200000);
}

Test(trace, a_step_with_wrong_fields_is_told)
{
    static const char *const steps[][2] = {
        {"{\"at\":\"0s\",\"trace\":\"none.csv\"}", ":1:46: "},
        {"{\"at\":\"0s\",\"trace\":\"\"}", "\"trace\" is empty"},
        {"{\"at\":\"0s\",\"rate\":1,\"loop\":true}", "\"loop\" does not go with \"rate\""},
        {"{\"at\":\"0s\",\"sine\":[1,2]}", "\"sine\" needs \"period\""},
        {"{\"at\":\"0s\",\"sine\":[1,2],\"period\":\"1s\",\"scale\":2}",
         "\"scale\" does not go with \"sine\""},
        {"{\"at\":\"0s\",\"trace\":\"t.csv\",\"period\":\"1s\"}",
         "\"period\" does not go with \"trace\""},
        {"{\"at\":\"0s\",\"trace\":\"t.csv\",\"loop\":true}", "must last for at least 1ms"},
        {"{\"at\":\"0s\",\"trace\":\"t.csv\",\"scale\":1000}", "above 1G"},
    };
    load("0,1000000000\n");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        cr_assert_eq(parse(steps[i][0]), ERR_BAD, "%s", steps[i][0]);
        cr_assert_not_null(strstr(e.text, steps[i][1]), "%s", e.text);
    }
}
