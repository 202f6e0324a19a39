/* `spillway race`: settings against each other on the same input. */
#include "cli_race.h"

#include "cli_request.h"
#include "race_report.h"
#include "race_screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINES_MAX_RACE 64
#define EACH RACE_LANES /* lane of what is said for all */
#define HEADLESS_NS (30 * NS_PER_S)
#define NOISE_USUAL 4
#define NOISE_LONGEST_NS (60 * NS_PER_S) /* on a screen, where a race may have no end */

struct said {
    int lane; /* EACH: all */
    const char *text;
};

/* First what the options of look and screenshots know (cli_request.h). */
struct race_request {
    struct request run;
    const char *name[RACE_LANES];
    int names;
    struct said set[LINES_MAX_RACE], at[LINES_MAX_RACE];
    int sets, ats;
    const char *goal;
    int baseline;
    int noise;
};

/* ---- options ------------------------------------------------------------------------------ */

/* "B:text" -> lane 1 and "text"; "text" -> all. */
static struct said split(const char *value)
{
    bool lane = value[0] >= 'A' && value[0] < 'A' + RACE_LANES && value[1] == ':';
    return lane ? (struct said){value[0] - 'A', value + 2} : (struct said){EACH, value};
}

static int keep(struct said *list, int *count, const char *value, struct err *e)
{
    if (*count == LINES_MAX_RACE)
        return err_say(e, ERR_BAD, "at most %d of them", LINES_MAX_RACE);
    list[(*count)++] = split(value);
    return 0;
}

static int take_set(void *request, const char *value, struct err *e)
{
    struct race_request *r = request;
    return keep(r->set, &r->sets, value, e);
}

static int take_at(void *request, const char *value, struct err *e)
{
    struct race_request *r = request;
    char command[2 * PRESET_COMMAND];
    struct err why = {0};
    int column = 0;
    snprintf(command, sizeof command, "at %s", split(value).text);
    if (cli_command(command, &column, &why))
        return column > 3 ? err_say(e, ERR_BAD, "column %d: %.460s", column - 3, why.text)
                          : err_say(e, ERR_BAD, "%.480s", why.text);
    return keep(r->at, &r->ats, value, e);
}

static int take_live(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    ((struct race_request *)request)->run.live = true;
    return 0;
}

static int take_headless(void *request, const char *value, struct err *e)
{
    struct request *r = request;
    r->headless = true;
    r->format = value && strcmp(value, "json") == 0 ? HEADLESS_JSON : HEADLESS_TEXT;
    if (value && strcmp(value, "json") != 0 && strcmp(value, "text") != 0)
        return err_say(e, ERR_BAD, "\"%.60s\" is no format of a race: text or json", value);
    return 0;
}

static int take_seed(void *request, const char *value, struct err *e)
{
    return cli_seed(value, &((struct request *)request)->seed, e);
}

static int take_duration(void *request, const char *value, struct err *e)
{
    return cli_duration(value, &((struct request *)request)->duration_ns, e);
}

static int take_rate(void *request, const char *value, struct err *e)
{
    return cli_quantity(UNIT_RATE, value, 1, SCHEDULE_RATE_MAX,
                        &((struct request *)request)->rate_mps, e);
}

static int take_records(void *request, const char *value, struct err *e)
{
    int64_t count = 0;
    int code = cli_quantity(UNIT_COUNT, value, 1, INT64_C(1000000000000), &count, e);
    ((struct request *)request)->records = (uint64_t)count;
    return code;
}

static int take_goal(void *request, const char *value, struct err *e)
{
    struct goal g;
    ((struct race_request *)request)->goal = value;
    return goal_read(value, &g, e);
}

static int take_baseline(void *request, const char *value, struct err *e)
{
    bool good = value[0] >= 'A' && value[0] < 'A' + RACE_LANES && value[1] == 0;
    ((struct race_request *)request)->baseline = good ? value[0] - 'A' : 0;
    return good ? 0 : err_say(e, ERR_BAD, "\"%.20s\": a lane is A, B, C or D", value);
}

static int take_noise(void *request, const char *value, struct err *e)
{
    uint64_t n = 0;
    int code = cli_number(value, 0, RACE_NOISE_MAX, &n, e);
    ((struct race_request *)request)->noise = (int)n;
    return code;
}

static const struct cli_option options[] = {
    {"headless", "[=FORMAT]", "No screen: text (the default) or json (one object).", take_headless},
    {"set", "LANE:FIELD=VALUE",
     "Sets a knob of one lane (B:batch=100), or of all without LANE:. May be repeated.", take_set},
    {"at", "\"LANE:T COMMAND\"",
     "Runs a command at engine time T in one lane (\"B:10s kill tokenizer\"), or in all without "
     "LANE:. May be "
     "repeated.",
     take_at},
    {"goal", "GOAL",
     "What wins: conditions, then figures, smaller first: \"p99<250ms, backlog<1000 then cost\". "
     "The default is p99 below the baseline's knob slo, then cost.",
     take_goal},
    {"baseline", "LANE", "The lane that the others are compared with: A (the default) to D.",
     take_baseline},
    {"noise", "N",
     "Runs of the baseline with other seeds that tell how large a difference chance makes (4; 0: "
     "none).",
     take_noise},
    {"duration", "T", "Ends at T of engine time, instead of the first preset's end.",
     take_duration},
    {"records", "N", "The sources end after N records; the race when all are worked off.",
     take_records},
    {"rate", "R", "One constant rate instead of the whole schedule.", take_rate},
    {"trace", "FILE", "The load of a trace file (lines of time_s,rate), for all lanes.",
     source_take_trace},
    {"source", "KIND", "What all lanes read: nexmark, lines:FILE or dead:FILE.", source_take},
    {"seed", "N", "Seed of every lane's function model, faults and policies (default 1).",
     take_seed},
    {"live", NULL, "Real time instead of virtual: the lanes share the processor's cores.",
     take_live},
    {"theme", "NAME", "Colours of the screen, as for run.", look_take_theme},
    {"glyphs", "NAME", "Draws graphs with braille, blocks or ascii.", look_take_glyphs},
    {"ascii", NULL, "Draws the screen in ASCII, whatever the locale.", look_take_ascii},
    {"mono", NULL, "Draws the screen without colours.", look_take_mono},
    {"screenshot", "WxH@T",
     "The screen at engine time T as text, as for run: 120x36@30s, 80x24@30s:M2 with keys.",
     look_take_screenshot},
    {"format", "NAME", "Of screenshots: txt (the default), ansi or svg.", look_take_format},
    {0},
};

static int take_name(void *request, const char *text, struct err *e)
{
    struct race_request *r = request;
    if (strcmp(text, "-") == 0)
        return err_say(e, ERR_BAD, "-: a race reads its presets from names and files");
    if (r->names == RACE_LANES)
        return err_say(e, ERR_BAD, "\"%.100s\": a race has at most %d lanes", text, RACE_LANES);
    r->name[r->names++] = text;
    return 0;
}

/* ---- putting it together -------------------------------------------------------------------- */

/* All that a race is opened with, in one piece of memory. */
struct stuff {
    struct preset preset[RACE_LANES];
    char line[RACE_LANES][LINES_MAX_RACE][2 * PRESET_COMMAND];
    const char *command[RACE_LANES][LINES_MAX_RACE + 1];
};

static int load_lane(struct stuff *s, const struct race_request *r, int lane, struct err *e)
{
    struct preset *p = &s->preset[lane];
    struct err why = {0};
    int code = preset_load(r->name[lane], p, e);
    if (code == 0 && lane == 0 && r->run.trace) /* the first lane gives the input for all */
        code = preset_trace(p, r->run.trace, e);
    for (int i = 0; i < r->sets && code == 0; i++)
        if (r->set[i].lane == EACH || r->set[i].lane == lane)
            code = preset_set(p, r->set[i].text, &why);
    if (why.code)
        return err_say(e, why.code, "lane %c: %.480s", 'A' + lane, why.text);
    int n = 0;
    for (int i = 0; i < r->ats; i++)
        if (r->at[i].lane == EACH || r->at[i].lane == lane) {
            snprintf(s->line[lane][n], sizeof s->line[lane][n], "at %s", r->at[i].text);
            s->command[lane][n] = s->line[lane][n];
            n++;
        }
    if (lane == 0)
        source_apply(&r->run, p);
    return code;
}

static int check_lanes(const struct race_request *r, struct err *e)
{
    if (r->names < 2)
        return err_say(e, ERR_BAD, "a race needs two to four presets: race vanilla burst");
    if (r->run.trace && r->run.rate_mps)
        return err_say(e, ERR_BAD, "--rate and --trace: each is the whole schedule; give one");
    if (r->baseline >= r->names)
        return err_say(e, ERR_BAD, "--baseline %c: the race has %d lanes", 'A' + r->baseline,
                       r->names);
    for (int i = 0; i < r->sets + r->ats; i++) {
        int lane = i < r->sets ? r->set[i].lane : r->at[i - r->sets].lane;
        if (lane != EACH && lane >= r->names)
            return err_say(e, ERR_BAD, "lane %c: the race has %d lanes", 'A' + lane, r->names);
    }
    return 0;
}

static void race_options(const struct race_request *r, const struct stuff *s,
                         struct race_options *o)
{
    *o = (struct race_options){
        .lanes = r->names,
        .live = r->run.live,
        .seed = r->run.seed,
        .duration_ns = r->run.duration_ns,
        .records = r->run.records,
        .rate_mps = r->run.rate_mps,
        .baseline = r->baseline,
        .noise = r->noise,
        .goal = r->goal,
        .cpu = getenv("SPILLWAY_CPU"),
    };
#ifdef SPILLWAY_PLANTS
    o->plant = getenv("SPILLWAY_PLANT");
#endif
    for (int i = 0; i < r->names; i++)
        o->lane[i] = (struct race_lane){&s->preset[i], s->command[i]};
}

/* ---- headless --------------------------------------------------------------------------------- */

static volatile sig_atomic_t caught;

static void on_signal(int number) { caught = number; }

static void watch_signals(void)
{
    struct sigaction new = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &new, NULL);
    sigaction(SIGTERM, &new, NULL);
}

static bool on_tick(void *context, int64_t now_ns)
{
    bool tty = *(const bool *)context;
    if (tty)
        fprintf(stderr, "\r%s\033[K", fmt_clock(now_ns).s);
    return caught == 0;
}

/* 4: a lane is disqualified. A goal that nobody meets is a result, not an error. */
static int verdict(struct race *r)
{
    struct race_board b;
    bool violated = false;
    race_score(r, &b);
    for (int i = 0; i < race_lanes(r); i++) {
        if (b.score[i].ledger_ok)
            continue;
        violated = true;
        fprintf(stderr, "spillway: lane %c is disqualified: %s\n", 'A' + i, race_ledger_text(r, i));
    }
    if (violated)
        return err_exit(ERR_LEDGER);
    return caught ? 128 + caught : 0;
}

static int run_headless(struct race *race, const struct race_request *r)
{
    static struct print out;
    struct err e = {0};
    bool tty = isatty(STDERR_FILENO);
    watch_signals();
    print_init(&out, STDOUT_FILENO);
    int code = race_run(race, on_tick, &tty, &e);
    if (tty)
        fputs("\r\033[K", stderr);
    if (code)
        return cli_fail(&e);
    if (r->run.format == HEADLESS_JSON)
        race_json(&out, race, r->run.live, r->run.seed);
    else
        race_text(&out, race);
    if (!print_finish(&out, "standard output"))
        return err_exit(ERR_IO);
    return verdict(race);
}

static int run_shots(struct race *race, const struct race_request *r)
{
    struct race_show show = {.look = r->run.screen.look, .seed = r->run.seed};
    struct err e = {0};
    return race_screenshots(race, &show, &r->run.shots, &e) ? cli_fail(&e) : 0;
}

static int run_screen(struct race *race, const struct look_options *look,
                      const struct race_options *o)
{
    static struct print page;
    struct err e = {0};
    struct race_show show = {.look = *look, .live = o->live, .seed = o->seed};
    int64_t end_ns = o->duration_ns ? o->duration_ns : o->lane[0].preset->duration_ns;
    if (o->noise > 0)
        show.noise_ns = end_ns > 0 && end_ns < NOISE_LONGEST_NS ? end_ns : NOISE_LONGEST_NS;
    int ended = race_screen(race, &show, &e);
    if (ended == SCREEN_FAILED || ended == SCREEN_NO_TERMINAL)
        return cli_fail(&e);
    print_init(&page, STDOUT_FILENO);
    if (ended >= 0) {
        race_text(&page, race);
        print_flush(&page);
    }
    int code = verdict(race);
    return code ? code : screen_exit_code(ended);
}

static int open_and_run(const struct race_request *r, struct stuff *s)
{
    struct err e = {0};
    struct race_options o;
    struct race *race;
    if (check_lanes(r, &e))
        return cli_fail(&e);
    for (int i = 0; i < r->names; i++)
        if (load_lane(s, r, i, &e))
            return cli_fail(&e);
    race_options(r, s, &o);
    bool headless = r->run.headless || !isatty(STDOUT_FILENO) || r->run.shots.count > 0;
    bool open_end = o.duration_ns == 0 && o.records == 0 && s->preset[0].duration_ns == 0 &&
                    s->preset[0].source_kind == SOURCE_NEXMARK;
    if (headless && open_end)
        o.duration_ns = HEADLESS_NS;
    if (race_open(&o, &race, &e))
        return cli_fail(&e);
    if (race_notice(race)[0])
        fprintf(stderr, "spillway: %s\n", race_notice(race));
    int code = r->run.shots.count > 0 ? run_shots(race, r)
               : headless             ? run_headless(race, r)
                                      : run_screen(race, &r->run.screen.look, &o);
    race_close(race);
    return code;
}

static int race_two(const struct sp_options *run, const struct preset *two,
                    const struct look_options *look)
{
    struct err e = {0};
    struct race *race;
    struct race_options o = {
        .lanes = 2,
        .seed = run->seed,
        .duration_ns = run->duration_ns,
        .records = run->records,
        .rate_mps = run->rate_mps,
        .noise = NOISE_USUAL,
        .cpu = run->cpu,
        .lane = {{&two[0], NULL}, {&two[1], NULL}},
    };
    if (race_open(&o, &race, &e))
        return cli_fail(&e);
    int code = run_screen(race, look, &o);
    race_close(race);
    return code;
}

/* A preset that was loaded while the run went on is found by its name. */
static int preset_of(const struct sp_options *run, const struct sp_reading *last,
                     struct preset *out, struct err *e)
{
    if (strcmp(last->preset, run->preset->name) != 0)
        return preset_load(last->preset, out, e);
    *out = *run->preset;
    return 0;
}

int race_from_screen(const struct sp_options *run, const struct sp_reading *last,
                     const struct look_options *look)
{
    struct err e = {.code = ERR_MEMORY, .text = "out of memory"};
    struct preset *two = malloc(2 * sizeof *two);
    int code = two ? preset_of(run, last, &two[0], &e) : ERR_MEMORY;
    if (code == 0) {
        char slots[64];
        two[1] = two[0];
        snprintf(two[1].name, sizeof two[1].name, "%.40s now", two[0].name);
        memcpy(two[1].knobs.value, last->knobs.value, sizeof two[1].knobs.value);
        snprintf(slots, sizeof slots, "slots=%lld", (long long)last->knobs.value[KNOB_SLOTS]);
        code = preset_set(&two[1], slots, &e);
    }
    code = code ? cli_fail(&e) : race_two(run, two, look);
    free(two);
    return code;
}

static int run(int argc, char **argv)
{
    struct race_request r = {.run = {.seed = 1, .functions = {.provider = -1, .budget_nusd = -1}},
                             .noise = NOISE_USUAL};
    int exit_code = 0;
    if (cli_parse(&cli_race, argc, argv, &r, &exit_code))
        return exit_code;
    struct stuff *s = calloc(1, sizeof *s);
    struct err e = {.code = ERR_MEMORY, .text = "out of memory"};
    exit_code = s ? open_and_run(&r, s) : cli_fail(&e);
    free(s);
    return exit_code;
}

const struct cli_command cli_race = {
    .name = "race",
    .operands = "A B [C [D]]",
    .help = "Runs two to four presets on the same input and says which is best.",
    .details =
        "Each preset is a lane. Source, schedule, duration and scenario come from the first one, "
        "so\n"
        "that all get the same input; graph, policy, knobs and functions are each lane's own. In\n"
        "virtual time unless --live is said. Figures are of the whole run; percentiles come from\n"
        "merged histograms. A lane that loses, doubles or disorders one record is disqualified,\n"
        "whatever else it does, and the exit code is 4.\n"
        "Figures that a goal can name: p50, p90, p99, p999, mean (latency, due to sink), slo\n"
        "(seconds whose p99 missed the goal's latency), backlog and queue (the largest seen), "
        "cold\n"
        "(cold starts), burst (share of records), cost, undone (records due and not done at the\n"
        "end), dead (dead letters).\n"
        "JSON: "
        "{\"v\":1,\"race\":LANES,\"clock\",\"shared_cores\",\"seed\",\"commit\",\"duration_s\",\n"
        "\"goal\",\"baseline\",\"noise\":FIGURES or "
        "null,\"lanes\":[{\"lane\",\"preset\",\"rank\",\n"
        "\"disqualified\",\"goal_met\",\"missed\",\"ledger\",\"records\",\"tokens\",\"digest\",\n"
        "\"figures\":FIGURES,\"difference\":FIGURES,\"within_noise\":[names]}]}; difference is\n"
        "the lane minus the baseline, which has none. FIGURES: p50_ms, …, slo_missed_s, backlog,\n"
        "queue, cold, burst (0 to 1), cost_usd, undone, dead; a latency is null where no record\n"
        "was done.\n",
    .examples = "  spillway race vanilla burst                            on the screen\n"
                "  spillway race vanilla burst excess --headless --duration 60s\n"
                "  spillway race burst burst --set B:batch=200 --goal \"p99<200ms then cost\"\n"
                "  spillway race vanilla burst --at \"10s spike x3 5s\" --headless=json\n",
    .options = options,
    .operand = take_name,
    .run = run,
};
