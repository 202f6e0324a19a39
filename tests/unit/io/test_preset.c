/* Presets: what a good one gives, and the sentence and the place for a bad one. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "io/preset.h"

static struct preset preset; /* large: not for the stack */
static struct preset other;

static int parse(const char *text, struct err *e)
{
    *e = (struct err){0};
    return preset_parse(text, strlen(text), "p.json", &preset, e);
}

static void parse_good(const char *text)
{
    struct err e;
    cr_assert_eq(parse(text, &e), 0, "%s", e.text);
}

/* ---- bad presets -------------------------------------------------------------- */

struct bad_preset {
    const char *text;
    const char *place;    /* "2:5" */
    const char *fragment; /* of the sentence */
};

/* A preset whose second line is `fields`. */
#define DOC(fields) "{ \"spillway\": 1,\n" fields "\n}"
/* A graph whose third line is `node`. */
#define GRAPH(node)                                                                                \
    DOC("\"graph\": [{\"name\": \"source\", \"op\": \"source\"},\n" node                           \
        ",\n {\"name\": \"sink\", \"op\": \"sink\", \"from\": [\"x\"]}]")

static const struct bad_preset bad_presets[] = {
    /* the text */
    {"", "1:1", "empty"},
    {"[1]", "1:1", "a preset is an object"},
    {"{ \"spillway\": 1 } // end", "1:19", "no comments"},
    {"{ \"spillway\": 1 }\n}", "2:1", "nothing more"},
    {DOC("\"duration\": \"5s\", \"duration\": \"6s\""), "2:19", "\"duration\": repeated field"},
    {DOC("\"knobs\": {\"batch\": 1, \"ba\\u0074ch\": 2}"), "2:23", "\"batch\": repeated field"},
    {DOC("\"duration\": 1e999"), "2:13", "finite"},
    {DOC("\"duration\": 60s"), "2:13", "with a unit"},
    {DOC("\"why\": \"\xff\""), "2:9", "UTF-8"},
    /* version */
    {"{}", "1:1", "\"spillway\": 1 is missing"},
    {"{\"spillway\": 2}", "1:14", "must be 1"},
    {"{\"spillway\": \"1\"}", "1:14", "must be 1"},
    {"{\"spillway\": 1.0}", "1:14", "must be 1"},
    {"{\"bacth\": 1,\n \"spillway\": 3}", "2:14", "must be 1"},
    /* fields of the preset */
    {DOC("\"scenaro\": []"), "2:1", "did you mean \"scenario\"?"},
    {DOC("\"bacth\": 5"), "2:1", "\"bacth\": unknown field"},
    {DOC("\"batch\": 5"), "2:1", "it belongs in \"knobs\""},
    {DOC("\"memory_mb\": 5"), "2:1", "it belongs in \"functions\""},
    {DOC("\"zzz\": 5"), "2:1", "the preset has spillway, name"},
    {DOC("\"name\": 5"), "2:9", "\"name\" must be a string, found a number"},
    {DOC("\"name\": \"\""), "2:9", "empty"},
    {DOC("\"name\": \"a\\u001bb\""), "2:9", "control characters"},
    {DOC("\"duration\": 5"), "2:13", "needs a unit"},
    {DOC("\"duration\": -5"), "2:13", "negative"},
    {DOC("\"duration\": \"5 s\""), "2:13", "\"5 s\" is no value"},
    {DOC("\"duration\": \"5d\""), "2:13", "duration 5d: unknown unit"},
    {DOC("\"duration\": \"100000h\""), "2:13", "must be 0 to 8784h"},
    {DOC("\"duration\": null"), "2:13", "must be a number or a string, found null"},
    /* source */
    {DOC("\"source\": []"), "2:11", "must be an object, found an array"},
    {DOC("\"source\": {\"kind\": \"kafka\"}"), "2:20", "must be one of nexmark"},
    {DOC("\"source\": {\"profile\": \"mixed\"}"), "2:23", "did you mean \"mix\"?"},
    {DOC("\"source\": {\"seed\": -1}"), "2:20", "whole number"},
    {DOC("\"source\": {\"seed\": 18446744073709551616}"), "2:20", "whole number"},
    {DOC("\"source\": {\"seed\": 1.5}"), "2:20", "seed 1.5: must be a whole number"},
    {DOC("\"source\": {\"base_time\": \"2015-02-29T00:00:00Z\"}"), "2:25", "not a date"},
    /* schedule */
    {DOC("\"schedule\": {}"), "2:13", "must be an array"},
    {DOC("\"schedule\": []"), "2:13", "is empty"},
    {DOC("\"schedule\": [5]"), "2:14", "this must be an object"},
    {DOC("\"schedule\": [{\"at\": \"0s\"}]"), "2:14", "needs one of"},
    {DOC("\"schedule\": [{\"rate\": \"fast\"}]"), "2:23", "rate fast: not a number"},
    {DOC("\"schedule\": [{\"rate\": \"2G\"}]"), "2:23", "must be 0 to 1G"},
    {DOC("\"schedule\": [{\"rate\": 1, \"spike\": 2}]"), "2:26", "exclude each other"},
    {DOC("\"schedule\": [{\"ramp\": [1, 2]}]"), "2:15", "\"ramp\" needs \"for\""},
    {DOC("\"schedule\": [{\"ramp\": [1], \"for\": \"1s\"}]"), "2:23", "two rates"},
    {DOC("\"schedule\": [{\"ramp\": [1, \"x\"], \"for\": \"1s\"}]"), "2:27", "x: not a number"},
    {DOC("\"schedule\": [{\"rate\": 1, \"every\": \"1s\"}]"), "2:26", "does not go with \"rate\""},
    {DOC("\"schedule\": [{\"rate\": 1, \"period\": \"1s\"}]"), "2:26", "does not go with \"rate\""},
    {DOC("\"schedule\": [{\"spike\": \"x3\", \"for\": 0}]"), "2:37", "must be 1ms to"},
    {DOC("\"schedule\": [{\"at\": \"9s\", \"rate\": 1},\n {\"at\": \"8s\", \"rate\": 1}]"), "3:2",
     ""},
    {DOC("\"schedule\": [{\"rate\": 1, \"form\": 0}]"), "2:26", "did you mean \"for\"?"},
    /* graph */
    {DOC("\"graph\": []"), "2:10", "is empty"},
    {GRAPH("{\"op\": \"map\"}"), "3:1", "needs a \"name\""},
    {GRAPH("{\"name\": \"x\"}"), "3:1", "needs an \"op\""},
    {GRAPH("{\"name\": \"x/1\", \"op\": \"map\"}"), "3:10", "letters, digits"},
    {GRAPH("{\"name\": \"source\", \"op\": \"map\"}"), "3:10", "another node"},
    {GRAPH("{\"name\": \"x\", \"op\": \"tokenise\"}"), "3:21", "did you mean \"tokenize\"?"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"from\": \"source\"}"), "3:36", "must be an array"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"from\": [\"sorce\"]}"), "3:37",
     "did you mean \"source\"?"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"from\": [\"source\", \"source\"]}"), "3:47",
     "twice"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"slots\": 0}"), "3:37", "must be 1 to 65536"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"slots\": 1.5}"), "3:37", "whole number"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"parallelism\": 129}"), "3:43", "must be 1 to 128"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"queue\": 65537}"), "3:37", "must be 1 to 65536"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"cost\": \"gpu\"}"), "3:36", "cost gpu"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"cost\": 4}"), "3:36", "needs a unit"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"jitter\": 10}"), "3:38", "85% or 0.85"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"burst\": 1}"), "3:37", "true or false"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"ship\": \"hashed\"}"), "3:36", "\"hash\""},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"shipp\": 1}"), "3:28", "did you mean \"ship\"?"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\"}"), "3:1", "has no input"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"from\": [\"x\"]}"), "3:36", "cycle"},
    {GRAPH("{\"name\": \"x\", \"op\": \"source\", \"from\": [\"source\"]}"), "3:39",
     "a source has no input"},
    {GRAPH("{\"name\": \"x\", \"op\": \"map\", \"from\": [\"source\"], \"burst\": true}"), "3:57",
     "no remote twin"},
    {DOC("\"graph\": [{\"name\": \"source\", \"op\": \"source\"}]"), "2:10", "no sink"},
    /* policy and knobs */
    {DOC("\"policy\": \"exces\""), "2:11", "did you mean \"excess\"?"},
    {DOC("\"policy\": 3"), "2:11", "must be a string"},
    {DOC("\"policy\": \"off\", \"knobs\": {\"policy\": \"off\"}"), "2:28", "one is enough"},
    {DOC("\"knobs\": {\"bacth\": 5}"), "2:11", "\"bacth\": unknown field; did you mean \"batch\"?"},
    {DOC("\"knobs\": {\"batch\": 0}"), "2:20", "must be 1 to 10000"},
    {DOC("\"knobs\": {\"batch\": 10001}"), "2:20", "must be 1 to 10000"},
    {DOC("\"knobs\": {\"batch\": true}"), "2:20", "must be a number or a string"},
    {DOC("\"knobs\": {\"interval\": 100}"), "2:23", "needs a unit"},
    {DOC("\"knobs\": {\"burst_max\": 85}"), "2:24", "85% or 0.85"},
    {DOC("\"knobs\": {\"order\": \"globl\"}"), "2:20", "did you mean \"global\"?"},
    {DOC("\"knobs\": {\"provider\": \"model\"}"), "2:11", "it belongs in \"functions\""},
    /* functions, scenario */
    {DOC("\"functions\": {\"memory_mb\": 64}"), "2:28", "must be 128 to 10240"},
    {DOC("\"functions\": {\"calibration\": 2026}"), "2:30", "must be a string"},
    {DOC("\"functions\": {\"provider\": \"modell\"}"), "2:27", "did you mean \"model\"?"},
    {DOC("\"functions\": {\"error\": \"200%\"}"), "2:24", "must be 0% to 100%"},
    {DOC("\"functions\": {\"timeout\": \"16m\"}"), "2:26", "must be 1ms to 15m"},
    {DOC("\"scenario\": \"spike x2\""), "2:13", "must be an array"},
    {DOC("\"scenario\": [\n 7]"), "3:2", "this must be a string"},
    {DOC("\"scenario\": [\"a\\nb\"]"), "2:14", "one line"},
    /* secrets */
    {DOC("\"why\": \"key AKIAIOSFODNN7EXAMPLE\""), "2:8", "an access key"},
    {DOC("\"functions\": {\"function\": \"arn:aws:lambda:x\"}"), "2:27", "an ARN"},
    {DOC("\"scenario\": [\"mark 123456789012\"]"), "2:14", "an account number"},
    {DOC("\"aws_secret_access_key\": \"x\""), "2:1", "a secret"},
    {DOC("\"AKIAIOSFODNN7EXAMPLE\": 1"), "2:1", "an access key"},
};

Test(preset, bad_ones_get_a_place_and_a_sentence)
{
    size_t count = sizeof bad_presets / sizeof *bad_presets;
    cr_assert_geq(count, (size_t)40);
    for (size_t i = 0; i < count; i++) {
        const struct bad_preset *bad = &bad_presets[i];
        struct err e;
        char start[32];
        (void)snprintf(start, sizeof start, "p.json:%s: ", bad->place);
        cr_expect_eq(parse(bad->text, &e), ERR_BAD, "accepted: %s", bad->text);
        cr_expect_eq(e.code, ERR_BAD);
        cr_expect(strncmp(e.text, start, strlen(start)) == 0, "expected %s at the front of: %s\n%s",
                  start, e.text, bad->text);
        cr_expect(strstr(e.text, bad->fragment), "expected %s in: %s", bad->fragment, e.text);
        cr_expect_null(strstr(e.text, "IOSFODNN7"), "a secret is repeated: %s", e.text);
        cr_expect_null(strstr(e.text, "123456789012"), "a secret is repeated: %s", e.text);
    }
}

Test(preset, a_secret_is_not_repeated_by_the_repeated_field_either)
{
    struct err e;
    cr_expect_eq(parse("{\"AKIAIOSFODNN7EXAMPLE\": 1, \"AKIAIOSFODNN7EXAMPLE\": 1}", &e), ERR_BAD);
    cr_expect_null(strstr(e.text, "IOSFODNN7"), "%s", e.text);
}

Test(preset, lists_have_limits)
{
    static char text[PRESET_BYTES_MAX];
    struct err e;
    size_t used = (size_t)snprintf(text, sizeof text, "{\"spillway\":1,\"scenario\":[\"x\"");
    for (int i = 0; i < PRESET_SCENARIO; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, ",\"x\"");
    (void)snprintf(text + used, sizeof text - used, "]}");
    cr_expect_eq(parse(text, &e), ERR_BAD);
    cr_expect_str_eq(e.text, "p.json:1:26: \"scenario\" has 257 lines; at most 256");

    used = (size_t)snprintf(text, sizeof text, "{\"spillway\":1,\"schedule\":[{\"rate\":1}");
    for (int i = 0; i < SCHEDULE_STEPS; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, ",{\"rate\":1}");
    (void)snprintf(text + used, sizeof text - used, "]}");
    cr_expect_eq(parse(text, &e), ERR_BAD);
    cr_expect(strstr(e.text, "257 steps; at most 256"), "%s", e.text);

    char command[PRESET_COMMAND + 1];
    memset(command, 'x', sizeof command);
    command[PRESET_COMMAND - 1] = '\0';
    (void)snprintf(text, sizeof text, "{\"spillway\":1,\"scenario\":[\"%s\"]}", command);
    cr_expect_eq(parse(text, &e), 0, "159 bytes fit: %s", e.text);
    command[PRESET_COMMAND - 1] = 'x';
    command[PRESET_COMMAND] = '\0';
    (void)snprintf(text, sizeof text, "{\"spillway\":1,\"scenario\":[\"%s\"]}", command);
    cr_expect_eq(parse(text, &e), ERR_BAD);
    cr_expect(strstr(e.text, "160 bytes are too long; at most 159"), "%s", e.text);
}

Test(preset, a_long_hostile_value_gives_a_short_clean_sentence)
{
    static char text[8192];
    struct err e;
    size_t used = (size_t)snprintf(text, sizeof text, "{\"spillway\":1,\"policy\":\"\\u001b[2J");
    memset(text + used, 'y', 4000);
    (void)snprintf(text + used + 4000, sizeof text - used - 4000, "\"}");
    cr_expect_eq(parse(text, &e), ERR_BAD);
    cr_expect_null(strchr(e.text, '\x1b'));
    cr_expect_lt(strlen(e.text), (size_t)200);
}

/* ---- good presets --------------------------------------------------------------- */

Test(preset, an_empty_preset_is_the_default)
{
    parse_good("{\"spillway\": 1}");
    preset_init(&other);
    cr_expect_str_eq(preset.name, "p", "named after its file");
    cr_expect_eq(memcmp(&preset.schedule, &other.schedule, sizeof preset.schedule), 0);
    cr_expect_eq(memcmp(&preset.graph, &other.graph, sizeof preset.graph), 0);
    cr_expect_eq(memcmp(&preset.knobs, &other.knobs, sizeof preset.knobs), 0);
    cr_expect_eq(memcmp(&preset.functions, &other.functions, sizeof preset.functions), 0);
    cr_expect_eq(preset.schedule.step[0].rate_mps, 1000000);
    cr_expect_eq(preset.graph.count, 5);
    cr_expect_eq(preset.graph.node[2].slots, 4);
    cr_expect_eq(preset.graph.node[2].cost_ns, 4 * NS_PER_MS);
    cr_expect_eq(preset.knobs.value[KNOB_SLOTS], 4, "the knob says what the graph has");
    cr_expect_eq(preset.duration_ns, 0);
    cr_expect_eq(preset.scenario_count, 0);
    cr_expect_eq(preset.profile, NEXMARK_MIX);
}

/* Every knob's default, written out as people read it, reads back as the default. */
Test(preset, knob_defaults_make_the_round_trip)
{
    char text[4096], value[64];
    size_t used = (size_t)snprintf(text, sizeof text, "{\"spillway\":1,\"knobs\":{");
    preset_init(&other);
    for (int i = 0; i < KNOB_COUNT; i++) {
        (void)knob_write((enum knob)i, other.knobs.value[i], value, sizeof value);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s\"%s\":\"%s\"", i ? "," : "",
                                 knob_table[i].name, value);
    }
    (void)snprintf(text + used, sizeof text - used, "}}");
    parse_good(text);
    for (int i = 0; i < KNOB_COUNT; i++) {
        cr_expect_eq(preset.knobs.value[i], other.knobs.value[i], "%s", knob_table[i].name);
        cr_expect_not(preset.knobs.manual[i]);
    }
}

Test(preset, every_field_arrives_where_it_belongs)
{
    parse_good(
        "{\"spillway\":1, \"name\":\"n\", \"why\":\"w \xc3\xa9\",\n"
        "\"source\":{\"kind\":\"nexmark\",\"profile\":\"beam\",\"seed\":18446744073709551615,"
        "\"base_time\":\"2015-07-15T00:00:00Z\"},\n"
        "\"schedule\":[{\"rate\":8e2},{\"at\":\"1s\",\"ramp\":[\"1k\",2000.5],\"for\":\"2s\"},"
        "{\"at\":\"5s\",\"square\":[1,2],\"period\":\"4s\",\"for\":\"8s\"},"
        "{\"at\":\"20s\",\"spike\":\"x2.5\",\"for\":\"1s\",\"every\":\"10s\"}],\n"
        "\"graph\":[{\"name\":\"a\",\"op\":\"source\",\"fair\":false,\"parallelism\":2},"
        "{\"name\":\"t\",\"op\":\"tokenize\",\"from\":[\"a\"],\"slots\":\"8\",\"cost\":\"250us\","
        "\"jitter\":0.1,\"burst\":true,\"ship\":\"rebalance\",\"queue\":64},"
        "{\"name\":\"m\",\"op\":\"map\",\"from\":[\"t\"],\"cost\":\"cpu\"},"
        "{\"name\":\"c\",\"op\":\"map\",\"from\":[\"m\"],\"chain\":true},"
        "{\"name\":\"z\",\"op\":\"sink\",\"from\":[\"c\"]}],\n"
        "\"policy\":\"excess\",\"knobs\":{\"batch\":5.0e1,\"busy_on\":\"90%\",\"budget\":0.01},\n"
        "\"functions\":{\"calibration\":\"none\",\"language\":\"java\",\"memory_mb\":1024,"
        "\"concurrency_limit\":7,\"rate_limit\":70,\"scale_per_10s\":5,\"idle\":\"5s\","
        "\"timeout\":\"3s\",\"noisy\":true,\"cold_factor\":0.5,\"constant\":\"40ms\",\"error\":\"1%"
        "\","
        "\"function_error\":0.02,\"lose\":\"3%\",\"late\":\"4%\"},\n"
        "\"duration\":\"1.5s\",\"scenario\":[\"at 1s halt\",\n  \"at 2s quit\"]}");
    cr_expect_str_eq(preset.name, "n");
    cr_expect_str_eq(preset.why, "w \xc3\xa9");
    cr_expect_eq(preset.profile, NEXMARK_BEAM);
    cr_expect_eq(preset.source_seed, UINT64_MAX);
    cr_expect_eq(preset.base_time_ms, INT64_C(1436918400000));
    const struct schedule_step *s = preset.schedule.step;
    cr_assert_eq(preset.schedule.count, 4);
    cr_expect(s[0].kind == STEP_RATE && s[0].rate_mps == 800000 && s[0].at_ns == 0);
    cr_expect(s[1].kind == STEP_RAMP && s[1].rate_mps == 1000000 && s[1].rate2_mps == 2000500);
    cr_expect_eq(s[1].for_ns, 2 * NS_PER_S);
    cr_expect(s[2].kind == STEP_SQUARE && s[2].period_ns == 4 * NS_PER_S);
    cr_expect(s[3].kind == STEP_SPIKE && s[3].factor_ppm == 2500000 &&
              s[3].period_ns == 10 * NS_PER_S && s[3].at_ns == 20 * NS_PER_S);
    const struct node_spec *n = preset.graph.node;
    cr_assert_eq(preset.graph.count, 5);
    cr_expect(n[0].parallelism == 2 && !n[0].fair && n[0].from_count == 0);
    cr_expect(n[1].op == OP_TOKENIZE && n[1].slots == 8 && n[1].cost_ns == 250000 &&
              n[1].jitter_ppm == 100000 && n[1].burst && n[1].ship == SHIP_REBALANCE &&
              n[1].ship_given && n[1].queue == 64 && n[1].from_count == 1 && n[1].from[0] == 0);
    cr_expect(n[2].cost_cpu && n[2].cost_ns == 0 && n[2].from[0] == 1 && !n[2].ship_given);
    cr_expect(n[3].chain && !n[2].chain && n[4].op == OP_SINK && n[4].from[0] == 3);
    cr_expect_str_eq(knob_table[KNOB_POLICY].names[preset.knobs.value[KNOB_POLICY]], "excess");
    cr_expect_eq(preset.knobs.value[KNOB_BATCH], 50);
    cr_expect_eq(preset.knobs.value[KNOB_BUSY_ON], 900000);
    cr_expect_eq(preset.knobs.value[KNOB_BUDGET], 10000000);
    const struct faas_config *f = &preset.functions;
    cr_expect(f->calibration == CALIBRATION_NONE && f->language == LANGUAGE_JAVA);
    cr_expect(f->memory_mb == 1024 && f->concurrency_limit == 7 && f->rate_limit == 70 &&
              f->scale_per_10s == 5 && f->noisy);
    cr_expect(f->idle_ns == 5 * NS_PER_S && f->timeout_ns == 3 * NS_PER_S &&
              f->constant_ns == 40 * NS_PER_MS && f->cold_factor_ppm == 500000);
    cr_expect(f->error_ppm == 10000 && f->function_error_ppm == 20000 && f->lose_ppm == 30000 &&
              f->late_ppm == 40000);
    cr_expect_eq(preset.duration_ns, 1500 * NS_PER_MS);
    cr_assert_eq(preset.scenario_count, 2);
    cr_expect_str_eq(preset.scenario[1], "at 2s quit");
    cr_expect(preset.scenario_at[1].line == 8 && preset.scenario_at[1].column == 3);
}

Test(preset, numbers_mean_the_same_in_every_spelling)
{
    static const char *const spellings[] = {"1500",     "1500.0",   "1.5e3",
                                            "15e2",     "0.15E+4",  "150000e-2",
                                            "\"1500\"", "\"1.5k\"", "1500.000000"};
    char text[200];
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        (void)snprintf(text, sizeof text, "{\"spillway\":1,\"schedule\":[{\"rate\":%s}]}",
                       spellings[i]);
        parse_good(text);
        cr_expect_eq(preset.schedule.step[0].rate_mps, 1500000, "%s", spellings[i]);
    }
    parse_good("{\"spillway\":1,\"schedule\":[{\"rate\":0.001}]}");
    cr_expect_eq(preset.schedule.step[0].rate_mps, 1);
    parse_good("{\"spillway\":1,\"schedule\":[{\"rate\":1.0005e1}]}");
    cr_expect_eq(preset.schedule.step[0].rate_mps, 10005);
    parse_good("{\"spillway\":1,\"duration\":-0.0}");
    cr_expect_eq(preset.duration_ns, 0);
}

Test(preset, base_time_knows_the_calendar)
{
    static const struct {
        const char *value;
        int64_t ms;
    } times[] = {{"0", 0},
                 {"1436918400000", INT64_C(1436918400000)},
                 {"\"1970-01-01T00:00:00Z\"", 0},
                 {"\"1972-03-01T00:00:00Z\"", INT64_C(68256000000)},
                 {"\"2000-02-29T12:30:45Z\"", INT64_C(951827445000)},
                 {"\"2100-03-01T00:00:00Z\"", INT64_C(4107542400000)}};
    char text[200];
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        (void)snprintf(text, sizeof text, "{\"spillway\":1,\"source\":{\"base_time\":%s}}",
                       times[i].value);
        parse_good(text);
        cr_expect_eq(preset.base_time_ms, times[i].ms, "%s", times[i].value);
    }
}

Test(preset, slots_are_one_thing_in_knob_and_graph)
{
    parse_good("{\"spillway\":1,\"knobs\":{\"slots\":9}}");
    cr_expect_eq(preset.graph.node[2].slots, 9);
    cr_expect_eq(preset.knobs.value[KNOB_SLOTS], 9);
}

/* ---- --set ------------------------------------------------------------------------ */

Test(preset, set_changes_one_knob)
{
    struct err e;
    preset_init(&preset);
    cr_expect_eq(preset_set(&preset, "batch=75", &e), 0);
    cr_expect_eq(preset.knobs.value[KNOB_BATCH], 75);
    cr_expect_eq(preset_set(&preset, "linger=1.5s", &e), 0);
    cr_expect_eq(preset.knobs.value[KNOB_LINGER], 1500 * NS_PER_MS);
    cr_expect_eq(preset_set(&preset, "slots=12", &e), 0);
    cr_expect_eq(preset.graph.node[2].slots, 12);
}

Test(preset, set_says_what_is_wrong)
{
    static const struct {
        const char *assignment, *start, *fragment;
    } cases[] = {{"batch", "--set:1: ", "FIELD=VALUE"},
                 {"", "--set:1: ", "FIELD=VALUE"},
                 {"=5", "--set:1: ", "unknown field"},
                 {"bacth=5", "--set:1: ", "did you mean \"batch\"?"},
                 {"batch=", "--set:7: ", "missing"},
                 {"batch=0", "--set:7: ", "must be 1 to 10000"},
                 {"interval=5", "--set:10: ", "needs a unit"},
                 {"policy=exess", "--set:8: ", "did you mean \"excess\"?"},
                 {"budget=AKIAIOSFODNN7EXAMPLE", "--set:1: ", "an access key"}};
    preset_init(&preset);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e;
        cr_expect_eq(preset_set(&preset, cases[i].assignment, &e), ERR_BAD);
        cr_expect(strncmp(e.text, cases[i].start, strlen(cases[i].start)) == 0, "%s", e.text);
        cr_expect(strstr(e.text, cases[i].fragment), "%s", e.text);
        cr_expect_null(strstr(e.text, "IOSFODNN7"));
    }
}
