#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double bench_cpu_s(void) { return seconds(CLOCK_THREAD_CPUTIME_ID); }
double bench_wall_s(void) { return seconds(CLOCK_MONOTONIC); }

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double bench_median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, ascending);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void must(int code, const struct err *e)
{
    if (code == 0)
        return;
    fprintf(stderr, "bench: %s\n", e->text);
    exit(1);
}

double bench_run(const char *preset_text, bool sim, uint64_t records, int64_t duration_ns,
                 struct sp_summary *last)
{
    struct preset *preset = calloc(1, sizeof *preset);
    struct sp_engine *engine;
    struct err e;
    if (preset == NULL)
        exit(1);
    must(preset_parse(preset_text, strlen(preset_text), "bench", preset, &e), &e);
    struct sp_options o = {
        .preset = preset, .sim = sim, .seed = 1, .records = records, .duration_ns = duration_ns};
    must(sp_open(&o, &engine, &e), &e);
    double begin = bench_cpu_s();
    must(sp_run(engine, NULL, NULL, &e), &e);
    double spent = bench_cpu_s() - begin;
    sp_summary(engine, last);
    if (!last->ledger_ok) {
        fprintf(stderr, "bench: %s\n", last->ledger_text);
        exit(1);
    }
    sp_close(engine);
    free(preset);
    return spent;
}
