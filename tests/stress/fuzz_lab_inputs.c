/* What people give experiments and sweeps to read: experiment files, FIELD=VALUES, goals,
 * journals of broken-off runs. Good ones with bytes changed, put in, taken out, doubled and
 * cut, from a seed. Each is taken, or refused with one sentence; what is taken can be planned
 * or is refused by the plan with one.
 *
 *     fuzz_lab_inputs [ROUNDS [SEED]]
 */
#include "lab/results.h"
#include "lab/sweep.h"
#include "tests/lib/mutant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char good_experiment[] =
    "{\"spillway\":1,\"experiment\":\"t\",\"why\":\"w\",\"repeats\":2,\"settings\":{\"preset\":"
    "\"steady\",\"rate\":\"1.5k\",\"duration\":\"2s\",\"functions.noisy\":true,"
    "\"graph.tokenizer.cost\":\"2ms\",\"at\":[\"1s spike x2 1s\"]},\"scenario\":[\"at 1s mark a\"],"
    "\"expect\":[\"p99<1s\"],\"groups\":[{\"name\":\"g\",\"why\":\"because\",\"axes\":[{\"name\":"
    "\"batch\",\"field\":\"batch\",\"values\":[10,20.0,\"40\"]},{\"name\":\"policy\",\"values\":{"
    "\"off\":{},\"on\":{\"policy\":\"excess\"}}}]},{\"name\":\"h\",\"repeats\":1}],\"figures\":[{"
    "\"name\":\"F\",\"title\":\"a 'title'\",\"kind\":\"box\",\"where\":{\"group\":\"g\"},\"x\":"
    "\"batch\",\"series\":\"policy\",\"y\":\"latency_ms\",\"x_label\":\"x\",\"y_label\":\"y\","
    "\"log\":\"xy\",\"difference\":\"d\",\"published\":[{\"series\":\"on\",\"label\":\"p\","
    "\"source\":\"s\",\"points\":[[10,2.5],[\"20\",-3]]}]}],\"tables\":[{\"title\":\"t\",\"rows\":"
    "\"batch\",\"columns\":\"policy\",\"value\":\"cost_usd\"}]}";

static const char *const good_argument[] = {"batch=10..400:x2",
                                            "interval=120ms,800ms",
                                            "rate=1k..3k:+500",
                                            "policy=off,excess,slo",
                                            "graph.tokenizer.slots=1..8:x2",
                                            "busy_on=50%..90%:+10%",
                                            "functions.language=java,python"};
static const char *const good_goal[] = {"p99<250ms then cost", "mean",
                                        "p50<=1.5s and burst<30% then total",
                                        "cost<$0.5 then throughput"};

static struct err e;
static long taken, refused;

static void die(const char *what)
{
    fprintf(stderr, "fuzz_lab_inputs: %s\n%.*s\n%s\n", what, (int)size, text, e.text);
    abort();
}

/* ---- what is judged ------------------------------------------------------------------------ */

/* A refusal is ERR_BAD and one line of text that a terminal shows as it is. */
static void judge(int status)
{
    if (status == 0) {
        taken++;
        return;
    }
    refused++;
    if (status != ERR_BAD || e.code != ERR_BAD)
        die("refused with another code than bad input");
    if (!e.text[0] || strlen(e.text) >= sizeof e.text - 1)
        die("no sentence, or one that was cut");
    for (const char *c = e.text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            die("a sentence with a control character");
}

static void try_experiment(struct experiment *x)
{
    struct plan plan;
    struct plan_options o = {.sim = true, .seed = 1};
    struct text command = {0};
    mutant_of(good_experiment, 4);
    e = (struct err){0};
    int status = experiment_parse(text, size, "x.json", x, &e);
    judge(status);
    if (status == 0 && below(4) == 0) {
        status = plan_make(x, &o, &plan, &e);
        if (status == ERR_IO) /* a preset's name became that of a file that is none */
            e.code = status = ERR_BAD;
        judge(status);
        for (int i = 0; status == 0 && i < plan.points; i++)
            plan_command(&plan, &plan.point[i], 0, &command);
        if (status == 0)
            plan_close(&plan);
    }
    text_free(&command);
    experiment_close(x);
}

static void try_argument(void)
{
    char value[EXPERIMENT_VALUES][EXPERIMENT_WORD];
    int count = 0;
    mutant_of(good_argument[below(sizeof good_argument / sizeof *good_argument)], 4);
    e = (struct err){0};
    int status = sweep_values(text, value, EXPERIMENT_VALUES, &count, &e);
    judge(status);
    if (status == 0 && (count < 1 || count > EXPERIMENT_VALUES))
        die("taken without values");
}

static void try_sweep(void)
{
    char word[2][64];
    const char *argument[2] = {word[0], word[1]};
    struct sweep_options o = {"steady", argument, 2, 1, 1};
    struct aim aim;
    struct text out = {0};
    mutant_of(good_goal[below(sizeof good_goal / sizeof *good_goal)], 4);
    e = (struct err){0};
    int status = aim_read(text, &aim, &e);
    judge(status);
    if (status != 0)
        aim.metric = 0;
    for (int i = 0; i < 2; i++) {
        mutant_of(good_argument[below(sizeof good_argument / sizeof *good_argument)], 4);
        snprintf(word[i], sizeof word[i], "%.60s", text);
    }
    e = (struct err){0};
    status = sweep_text(&o, &aim, &out, &e);
    judge(status);
    if (status == 0) { /* what it writes is an experiment */
        struct experiment *x = malloc(sizeof *x);
        if (!x || experiment_parse(out.s, out.size, "sweep", x, &e) != 0)
            die("a sweep that is no experiment");
        experiment_close(x);
        free(x);
    }
    text_free(&out);
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 3000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct experiment *x = malloc(sizeof *x);
    if (!x)
        return 1;
    for (long i = 0; i < rounds; i++) {
        prng = prng_split(seed, (uint64_t)i);
        try_experiment(x);
        try_argument();
        if (i % 8 == 0)
            try_sweep();
    }
    free(x);
    printf("%ld rounds: %ld taken, %ld refused with a sentence\n", rounds, taken, refused);
    return taken > 0 && refused > 0 ? 0 : 1;
}
