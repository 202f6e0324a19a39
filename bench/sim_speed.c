/* Virtual time against CPU time: 300 s of the preset `burst` at 1000 records/s, and
 * ten seconds at 700,000 records/s through an operator without cost. */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 5

static const char burst[] =
    "{\"spillway\":1,\"name\":\"burst\",\"why\":\"bench\","
    "\"schedule\":[{\"at\":\"0s\",\"rate\":1000},{\"at\":\"0s\",\"spike\":\"x2\",\"for\":\"10s\","
    "\"every\":\"30s\"}],"
    "\"graph\":[{\"name\":\"source\",\"op\":\"source\"},"
    "{\"name\":\"stamp\",\"op\":\"map\",\"from\":[\"source\"]},"
    "{\"name\":\"tokenizer\",\"op\":\"tokenize\",\"from\":[\"stamp\"],\"slots\":4,\"cost\":\"4ms\","
    "\"burst\":true},"
    "{\"name\":\"format\",\"op\":\"map\",\"from\":[\"tokenizer\"]},"
    "{\"name\":\"sink\",\"op\":\"sink\",\"from\":[\"format\"]}],"
    "\"policy\":\"excess\"}";

static const char fast[] = "{\"spillway\":1,\"name\":\"fast\",\"why\":\"bench\","
                           "\"schedule\":[{\"at\":\"0s\",\"rate\":\"700k\"}],"
                           "\"graph\":[{\"name\":\"source\",\"op\":\"source\"},"
                           "{\"name\":\"map\",\"op\":\"map\",\"from\":[\"source\"]},"
                           "{\"name\":\"sink\",\"op\":\"sink\",\"from\":[\"map\"]}]}";

static void measure(const char *name, const char *preset, int64_t span_ns, struct sp_summary *s)
{
    double spent[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        spent[i] = bench_run(preset, true, 0, span_ns, s);
    double median = bench_median(spent, ROUNDS);
    printf("{\"bench\":\"sim-speed\",\"case\":\"%s\",\"virtual_s\":%.0f,\"cpu_s\":%.3f,"
           "\"times_real_time\":%.0f,\"records_per_s\":%.0f,\"burst_records\":%llu}\n",
           name, (double)span_ns / 1e9, median, (double)span_ns / 1e9 / median,
           (double)s->last.in / median, (unsigned long long)s->last.burst_records);
}

int main(void)
{
    struct sp_summary *s = calloc(1, sizeof *s);
    if (s == NULL)
        return 1;
    measure("burst, 1000/s with spikes", burst, 300 * NS_PER_S, s);
    measure("pass-through, 700,000/s", fast, 10 * NS_PER_S, s);
    free(s);
    return 0;
}
