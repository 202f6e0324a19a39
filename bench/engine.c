/* Engine against a plain C loop over the same functions, one core, one run.
 *
 * Work per record: make a Nexmark event (profile mix) as text, split it into
 * tokens; the engine moves it in blocks from source over tokenizer to sink,
 * checks the ledger and the order, measures its latency, and hashes its row for
 * the digest. The plain loop does the first two (`plain`), or also hashes the row
 * (`plain_digest`: the same functions as the engine). Pairs alternate. */
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDS 1000000
#define ROUNDS 7
#define SLAB (64 * 1024)

#define GRAPH(middle)                                                                              \
    "{\"spillway\":1,\"name\":\"bench\",\"why\":\"bench\","                                        \
    "\"schedule\":[{\"at\":\"0s\",\"rate\":\"1000M\"}],"                                           \
    "\"graph\":[{\"name\":\"source\",\"op\":\"source\"}," middle                                   \
    "{\"name\":\"sink\",\"op\":\"sink\",\"from\":[\"middle\"]}]}"

static const char chained[] = GRAPH("{\"name\":\"middle\",\"op\":\"tokenize\",\"cost\":\"cpu\","
                                    "\"chain\":true,\"from\":[\"source\"]},");
static const char one_hop[] = GRAPH("{\"name\":\"middle\",\"op\":\"tokenize\",\"cost\":\"cpu\","
                                    "\"from\":[\"source\"]},");
static const char through[] = GRAPH("{\"name\":\"middle\",\"op\":\"map\",\"from\":[\"source\"]},");

struct plain {
    double numbers, text, tokens, digest; /* CPU seconds for RECORDS */
    uint64_t check;                       /* keeps the work from being optimised away */
};

static struct nexmark_event event_of(const struct nexmark *g, uint64_t k)
{
    struct nexmark_event e;
    int64_t nominal = (int64_t)k;
    nexmark_numbers(g, nexmark_event_id(g, k), nominal / NS_PER_MS,
                    nexmark_horizon_ms(nominal, SCHEDULE_RATE_MAX), &e);
    return e;
}

static struct plain run_plain(tokenize_fn *tokenize)
{
    static unsigned char slab[SLAB + 64];
    static struct span spans[SLAB / 2 + BLOCK_ROWS];
    struct nexmark g = {.profile = NEXMARK_MIX, .group = 1};
    struct plain p = {0};
    double t = bench_cpu_s();
    for (uint64_t k = 0; k < RECORDS; k++)
        p.check += event_of(&g, k).key;
    p.numbers = bench_cpu_s() - t;
    for (int level = 0; level < 3; level++) {
        uint32_t at = 0;
        t = bench_cpu_s();
        for (uint64_t k = 0; k < RECORDS; k++) {
            if (at + NEXMARK_TEXT_MAX > SLAB)
                at = 0;
            struct nexmark_event e = event_of(&g, k);
            uint32_t n = nexmark_text(&g, &e, slab + at);
            uint32_t count = level > 0 ? tokenize(slab, at, at + n, spans) : 0;
            p.check += level > 1 ? record_row_hash(k, slab, spans, count) : count;
            at += n;
        }
        *(level == 0 ? &p.text : level == 1 ? &p.tokens : &p.digest) = bench_cpu_s() - t;
    }
    return p;
}

static double rate(double spent) { return RECORDS / spent; }

int main(void)
{
    double numbers[ROUNDS], text[ROUNDS], tokens[ROUNDS], digest[ROUNDS];
    double pass[ROUNDS], chain[ROUNDS], hop[ROUNDS], ratio[ROUNDS], same[ROUNDS], hops[ROUNDS];
    tokenize_fn *tokenize = tokenize_select(getenv("SPILLWAY_CPU"));
    struct sp_summary *s = calloc(1, sizeof *s);
    uint64_t check = 0;
    if (tokenize == NULL || s == NULL)
        return 1;
    for (int i = -1; i < ROUNDS; i++) { /* round -1 warms up */
        struct plain p = run_plain(tokenize);
        double c = bench_run(chained, false, RECORDS, 0, s);
        double h = bench_run(one_hop, false, RECORDS, 0, s);
        double b = bench_run(through, false, RECORDS, 0, s);
        check += p.check;
        if (i < 0)
            continue;
        numbers[i] = rate(p.numbers), text[i] = rate(p.text), tokens[i] = rate(p.tokens);
        digest[i] = rate(p.digest), pass[i] = rate(b), chain[i] = rate(c), hop[i] = rate(h);
        ratio[i] = p.tokens / c, same[i] = p.digest / c, hops[i] = p.digest / h;
    }
    printf("{\"bench\":\"generator\",\"profile\":\"mix\",\"numbers_per_s\":%.0f,\"text_per_s\":%."
           "0f}\n",
           bench_median(numbers, ROUNDS), bench_median(text, ROUNDS));
    printf("{\"bench\":\"pass-through\",\"engine_per_s\":%.0f}\n", bench_median(pass, ROUNDS));
    printf(
        "{\"bench\":\"tokenizer\",\"plain_per_s\":%.0f,\"plain_digest_per_s\":%.0f,"
        "\"engine_per_s\":%.0f,\"engine_one_hop_per_s\":%.0f,\"ratio_to_plain\":%.3f,"
        "\"ratio_to_plain_digest\":%.3f,\"one_hop_ratio_to_plain_digest\":%.3f,\"check\":%llu}\n",
        bench_median(tokens, ROUNDS), bench_median(digest, ROUNDS), bench_median(chain, ROUNDS),
        bench_median(hop, ROUNDS), bench_median(ratio, ROUNDS), bench_median(same, ROUNDS),
        bench_median(hops, ROUNDS), (unsigned long long)(check & 0xffff));
    free(s);
    return 0;
}
