/* `spillway run`: gathers what the command line says, checks all of it before
 * anything starts, and hands over to the screen or to headless.c. */
#include "cli_functions.h"
#include "cli_race.h"
#include "cli_request.h"
#include "headless.h"
#include "headless_summary.h"
#include "linear.h"
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCRIPT_BYTES_MAX (1 << 20)
#define SEED_DEFAULT 1
#define HEADLESS_DURATION_NS (30 * NS_PER_S) /* where nobody said how long */

/* ---- lists ------------------------------------------------------------------ */

static int list_add(struct list *l, const char *prefix, const char *text, size_t length,
                    struct err *e)
{
    char **item = realloc(l->item, (l->count + 2) * sizeof *item);
    if (!item)
        return err_say(e, ERR_MEMORY, "out of memory");
    l->item = item;
    size_t before = strlen(prefix);
    char *copy = malloc(before + length + 1);
    l->item[l->count] = copy;
    if (!copy)
        return err_say(e, ERR_MEMORY, "out of memory");
    memcpy(copy, prefix, before);
    memcpy(copy + before, text, length);
    copy[before + length] = '\0';
    l->item[++l->count] = NULL;
    return 0;
}

static void list_free(struct list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->item[i]);
    free(l->item);
}

/* ---- options that need more than a store -------------------------------------- */

static int take_sim(void *request, const char *value, struct err *e)
{
    struct request *r = request;
    (void)value;
    return cli_clock(&r->sim, r->live, "live", e);
}

static int take_live(void *request, const char *value, struct err *e)
{
    struct request *r = request;
    (void)value;
    return cli_clock(&r->live, r->sim, "sim", e);
}

static int take_headless(void *request, const char *value, struct err *e)
{
    static const char *const formats[] = {"text", "json", "csv", NULL};
    struct request *r = request;
    r->headless = true;
    for (int i = 0; value && formats[i]; i++) {
        if (strcmp(value, formats[i]) == 0) {
            r->format = (enum headless_format)i;
            return 0;
        }
    }
    return value ? err_say(e, ERR_BAD, "\"%.60s\" is no format: text, json or csv", value) : 0;
}

static int take_seed(void *request, const char *value, struct err *e)
{
    return cli_seed(value, &((struct request *)request)->seed, e);
}

static int take_duration(void *request, const char *value, struct err *e)
{
    return cli_duration(value, &((struct request *)request)->duration_ns, e);
}

static int take_records(void *request, const char *value, struct err *e)
{
    int64_t count = 0;
    int code = cli_quantity(UNIT_COUNT, value, 1, INT64_C(1000000000000), &count, e);
    ((struct request *)request)->records = (uint64_t)count;
    return code;
}

static int take_rate(void *request, const char *value, struct err *e)
{
    return cli_quantity(UNIT_RATE, value, 1, SCHEDULE_RATE_MAX,
                        &((struct request *)request)->rate_mps, e);
}

static int take_set(void *request, const char *value, struct err *e)
{
    return list_add(&((struct request *)request)->sets, "", value, strlen(value), e);
}

/* Checks a command of which the first `before` characters were put there by us. */
static int check_command(const char *command, int before, struct err *e)
{
    struct err why = {0};
    int column = 0;
    if (cli_command(command, &column, &why) == 0)
        return 0;
    if (column > before)
        return err_say(e, ERR_BAD, "column %d: %.460s", column - before, why.text);
    return err_say(e, ERR_BAD, "%.480s", why.text);
}

static int take_at(void *request, const char *value, struct err *e)
{
    struct list *l = &((struct request *)request)->commands;
    int code = list_add(l, "at ", value, strlen(value), e);
    return code ? code : check_command(l->item[l->count - 1], 3, e);
}

static int take_expect(void *request, const char *value, struct err *e)
{
    static const char word[] = "expect ";
    char command[PRESET_COMMAND + sizeof word];
    if (strlen(value) >= PRESET_COMMAND)
        return err_say(e, ERR_BAD, "longer than %d characters", PRESET_COMMAND - 1);
    snprintf(command, sizeof command, "%s%s", word, value);
    int code = check_command(command, (int)strlen(word), e);
    return code ? code
                : list_add(&((struct request *)request)->expects, "", value, strlen(value), e);
}

static int take_sink(void *request, const char *value, struct err *e)
{
    struct request *r = request;
    if (strcmp(value, "null") == 0) {
        r->sink = SP_SINK_NULL;
    } else if (strcmp(value, "stdout") == 0) {
        r->sink = SP_SINK_STDOUT;
    } else if (strncmp(value, "file:", 5) == 0 && value[5]) {
        r->sink = SP_SINK_FILE;
        r->sink_dir = value + 5;
    } else {
        return err_say(e, ERR_BAD, "\"%.60s\" is no sink: null, stdout or file:DIR", value);
    }
    return 0;
}

static int take_report(void *request, const char *value, struct err *e)
{
    ((struct request *)request)->report_dir = value;
    return value[0] ? 0 : err_say(e, ERR_BAD, "a folder's name is missing");
}

static int take_log(void *request, const char *value, struct err *e)
{
    ((struct request *)request)->log = value;
    return value[0] ? 0 : err_say(e, ERR_BAD, "a file's name is missing");
}

static int take_record(void *request, const char *value, struct err *e)
{
    ((struct request *)request)->record = value;
    return value[0] ? 0 : err_say(e, ERR_BAD, "a file's name is missing");
}

static int take_dead_letters(void *request, const char *value, struct err *e)
{
    if (value[0] == 0)
        return err_say(e, ERR_BAD, "the name of a file is missing");
    ((struct request *)request)->dead_letters = value;
    return 0;
}

static int take_readonly(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    ((struct request *)request)->readonly = true;
    return 0;
}

/* ---- scripts -------------------------------------------------------------------- */

static int read_script(const char *path, char *text, size_t size, size_t *used, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = fd < 0 ? -1 : 0;
    *used = 0;
    while (fd >= 0 && *used < size) {
        n = read(fd, text + *used, size - *used);
        if (n > 0)
            *used += (size_t)n;
        else if (n == 0 || errno != EINTR)
            break;
    }
    int why = errno;
    if (fd >= 0 && !standard)
        close(fd);
    if (n < 0)
        return err_say(e, ERR_IO, "%.300s: %s", standard ? "standard input" : path,
                       why == EBADF ? "it is closed" : strerror(why));
    if (*used == size)
        return err_say(e, ERR_BAD, "%.300s: larger than 1 MiB", path);
    return 0;
}

/* One line of a script, without its LF: a command, a comment (#) or nothing. */
static int take_line(struct list *commands, const char *path, int number, const char *line,
                     size_t length, struct err *e)
{
    while (length > 0 &&
           (line[length - 1] == ' ' || line[length - 1] == '\t' || line[length - 1] == '\r'))
        length--;
    if (memchr(line, '\0', length))
        return err_say(e, ERR_BAD, "%.300s:%d: a NUL byte; scripts are text", path, number);
    size_t blank = 0;
    while (blank < length && (line[blank] == ' ' || line[blank] == '\t'))
        blank++;
    if (blank == length || line[blank] == '#')
        return 0;
    int code = list_add(commands, "", line + blank, length - blank, e);
    struct err why = {0};
    int column = 0;
    if (code == 0 && cli_command(commands->item[commands->count - 1], &column, &why))
        code = err_say(e, ERR_BAD, "%.200s:%d:%d: %.260s", path, number,
                       column + (int)blank + (column == 0), why.text);
    return code;
}

static int take_script(void *request, const char *path, struct err *e)
{
    char *text = malloc(SCRIPT_BYTES_MAX);
    size_t size = 0;
    if (strcmp(path, "-") == 0)
        ((struct request *)request)->input_taken = true;
    if (!text)
        return err_say(e, ERR_MEMORY, "out of memory");
    int code = read_script(path, text, SCRIPT_BYTES_MAX, &size, e);
    int number = 1;
    for (size_t at = 0; code == 0 && at < size; number++) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - (text + at)) : size - at;
        code =
            take_line(&((struct request *)request)->commands, path, number, text + at, length, e);
        at += length + 1;
    }
    free(text);
    return code;
}

/* ---- the table -------------------------------------------------------------------- */

static const struct cli_option options[] = {
    {"live", NULL, "Real time (the default).", take_live},
    {"sim", NULL,
     "Virtual time: the same preset, seed and commands give the same bytes. Headless it runs as "
     "fast as it can, on a screen at x1.",
     take_sim},
    {"headless", "[=FORMAT]",
     "No screen, even where there is one: text (the default), json (one object at the end) or csv "
     "(a row per second).",
     take_headless},
    {"duration", "T", "Stops after T of engine time (like 90s, 5m), whatever is still under way.",
     take_duration},
    {"records", "N",
     "The source ends after N records; all of them are worked off, then the run ends.",
     take_records},
    {"rate", "R", "One constant rate (like 800, 48.2k) instead of the whole schedule.", take_rate},
    {"trace", "FILE",
     "The load of a trace file (lines of time_s,rate; linear in between) instead of the whole "
     "schedule.",
     source_take_trace},
    {"seed", "N", "Seed of the function model, faults and policies (default 1); not of the events.",
     take_seed},
    {"set", "FIELD=VALUE",
     "Sets a knob before the start (see spillway list knobs), or another field by its path: "
     "functions.language=java, graph.tokenizer.cost=1s. May be repeated.",
     take_set},
    {"at", "\"T COMMAND\"",
     "Runs a command at engine time T: --at \"10s spike x3 5s\". May be repeated.", take_at},
    {"script", "FILE", "Commands, one a line; # starts a comment; - is standard input.",
     take_script},
    {"expect", "COND",
     "A condition that must hold, else the exit code is 3: --expect \"p99<250ms\". May be "
     "repeated.",
     take_expect},
    {"sink", "WHERE",
     "null (the default), file:DIR, or stdout: one row of JSON per record, without a screen, and "
     "the "
     "summary on standard error.",
     take_sink},
    {"source", "KIND",
     "Where records come from: nexmark, lines:FILE (each line of a text is a record, its bytes as "
     "they are), lines:- (of standard input) or dead:FILE (dead letters run again). The end of "
     "the text is the end of the run, once all of it is worked off.",
     source_take},
    {"dead-letters", "FILE",
     "Where records go that no lane could process, with the reason (default dead-letters.jsonl, "
     "made when there is one).",
     take_dead_letters},
    {"report", "DIR",
     "Writes summary.json, summary.txt, series.csv and events.log into DIR; headless.",
     take_report},
    {"log", "FILE", "Writes every command with its time, author and effect to FILE; headless.",
     take_log},
    {"record", "FILE",
     "Records the run into FILE, which must not exist: spillway replay FILE shows it again.",
     take_record},
    {"provider", "NAME",
     "What runs the functions, instead of the preset's: emulator (one of our own on this machine, "
     "over HTTP: the usual one), model (no HTTP; virtual time always has it), aws (Lambda's Invoke "
     "API) or url (a function URL).",
     functions_take_provider},
    {"endpoint", "URL", "Where calls go, instead of the provider's own address.",
     functions_take_endpoint},
    {"function", "NAME",
     "Which function is called (default tokenize): NAME, NAME:ALIAS or an ARN. For the emulator "
     "also NAME=KIND:SOURCE, which puts such a function behind it: tok=python:DIR, tok=java:JAR.",
     functions_take_function},
    {"auth", "HOW",
     "iam signs the calls, none does not, auto (the default) signs where AWS would want it.",
     functions_take_auth},
    {"profile", "NAME", "Profile of AWS's files for keys and region (AWS_PROFILE else).",
     functions_take_profile},
    {"payload", "FORM",
     "Form of a call's body: v1 (the default: one entry per record) or list (an array of strings, "
     "one flat array of tokens back).",
     functions_take_payload},
    {"log-tail", NULL, "Asks functions for the end of their log; `tail` shows the newest.",
     functions_take_tail},
    {"budget", "USD", "Money that functions may cost in this run; 0 sets no limit.",
     functions_take_budget},
    {"readonly", NULL, "Refuses commands from the keyboard.", take_readonly},
    {"theme", "NAME",
     "Colours of the screen: dark, light, projector, mono or user (theme.json among your "
     "settings). Goes before NO_COLOR.",
     look_take_theme},
    {"glyphs", "NAME", "Draws graphs with braille, blocks or ascii.", look_take_glyphs},
    {"ascii", NULL, "Draws the screen in ASCII, whatever the locale.", look_take_ascii},
    {"mono", NULL, "Draws the screen without colours (as NO_COLOR does).", look_take_mono},
    {"redact", NULL, "Masks account numbers, ARNs and host names on the screen.", look_take_redact},
    {"mouse", NULL, "Clicks go to a panel, the wheel zooms; Shift marks text as ever.",
     look_take_mouse},
    {"linear", NULL,
     "Plain sentences instead of a screen, one a line, for screen readers and terminals that "
     "cannot place a cursor; commands are typed as lines.",
     look_take_linear},
    {"screenshot", "WxH@T",
     "The screen at engine time T as text on standard output: 120x36@30s; 120x36@30s:55 presses "
     "the keys 55 first. Implies --sim. May be repeated.",
     look_take_screenshot},
    {"format", "NAME", "Of screenshots: txt (the default), ansi or svg.", look_take_format},
    {0},
};

static int take_name(void *request, const char *text, struct err *e)
{
    struct request *r = request;
    if (r->name)
        return err_say(e, ERR_BAD, "\"%.100s\": one preset at a time; \"%.100s\" was named before",
                       text, r->name);
    r->name = text;
    return 0;
}

/* ---- putting it together ------------------------------------------------------------ */

static int load_preset(struct preset *p, const struct request *r, struct err *e)
{
    int code = preset_load(r->name ? r->name : "default", p, e);
    if (code == 0 && r->trace)
        code = preset_trace(p, r->trace, e);
    for (size_t i = 0; code == 0 && i < r->sets.count; i++)
        code = preset_set(p, r->sets.item[i], e);
    if (code)
        return code;
    source_apply(r, p);
    return functions_settle(r, p, e);
}

static bool wants_headless(const struct request *r, const struct preset *p)
{
    return r->headless || source_is_input(p) || r->sink == SP_SINK_STDOUT || r->report_dir ||
           r->log || !isatty(STDOUT_FILENO);
}

/* main() holds a closed descriptor by one that cannot be used in its direction. */
static bool usable_output(int fd) { return (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY; }

static int check_request(const struct request *r, struct err *e)
{
    if (r->sink == SP_SINK_STDOUT && r->format == HEADLESS_CSV)
        return err_say(e, ERR_BAD, "--sink stdout and --headless=csv both want standard output");
    if (r->trace && r->rate_mps)
        return err_say(e, ERR_BAD, "--rate and --trace: each is the whole schedule; give one");
    if (!usable_output(STDOUT_FILENO))
        return err_say(e, ERR_IO, "standard output is closed");
    return 0;
}

static struct sp_options options_of(const struct request *r, const struct preset *p, bool headless)
{
    struct sp_options o = {
        .preset = p,
        .sim = r->sim,
        .seed = r->seed,
        .duration_ns = r->duration_ns,
        .records = r->records,
        .rate_mps = r->rate_mps,
        .commands = (const char *const *)r->commands.item,
        .expects = (const char *const *)r->expects.item,
        .sink = r->sink,
        .sink_dir = r->sink_dir,
        .dead_letters = source_letters(r),
        .cpu = getenv("SPILLWAY_CPU"),
        .endpoint = r->functions.endpoint,
        .function = r->functions.function,
        .profile = r->functions.profile,
        .auth = r->functions.auth,
        .payload = r->functions.payload,
        .log_tail = r->functions.log_tail,
        .readonly = r->readonly,
        .pace_ppm = r->sim && !headless ? (int)PPM_ONE : 0,
    };
#ifdef SPILLWAY_PLANTS
    o.plant = getenv("SPILLWAY_PLANT");
#endif
    bool open_end = p->source_kind == SOURCE_NEXMARK;
    if (headless && open_end && !o.duration_ns && !o.records && !p->duration_ns)
        o.duration_ns = HEADLESS_DURATION_NS;
    return o;
}

static int run_headless(const struct request *r, struct sp_options *engine)
{
    struct headless_options how = {
        .format = r->format,
        .results_on_stderr = r->sink == SP_SINK_STDOUT,
        .report_dir = r->report_dir,
        .log = r->log,
        .record = r->record,
    };
    return headless_run(engine, &how);
}

/* What the process tells its caller after a screen; the order is that of a
 * headless run. An expectation about a whole run says nothing of a part of it. */
static int screen_verdict(const struct sp_summary *s, int ended, const struct err *e)
{
    if (ended == SCREEN_FAILED || ended == SCREEN_NO_TERMINAL)
        return cli_fail(e);
    if (!s->ledger_ok) {
        fprintf(stderr, "spillway: the ledger is violated: %s\n", s->ledger_text);
        return err_exit(ERR_LEDGER);
    }
    if (ended == SCREEN_QUIT && s->last.finished && !s->expects_ok)
        return err_exit(ERR_EXPECT);
    return screen_exit_code(ended);
}

static int run_screen(const struct request *r, const struct sp_options *engine_options)
{
    static struct sp_summary summary;
    static struct print page;
    struct err e = {0};
    struct sp_engine *engine = NULL;
    struct recorder recorder;
    struct screen_options how = r->screen;
    bool screen = !r->screen.look.linear && screen_possible(&e);
    if (!screen && e.code)
        fprintf(stderr, "spillway: %s: plain lines instead\n", e.text);
    recorder_init(&recorder, engine_options);
    how.recorder = &recorder;
    how.preset = engine_options->preset;
    if (sp_open(engine_options, &engine, &e))
        return cli_fail(&e);
    if (r->record && recorder_begin(&recorder, r->record, &e)) {
        sp_close(engine);
        return cli_fail(&e);
    }
    int ended = screen ? screen_run_e(engine, &how, &e)
                       : linear_run(engine, &r->screen.look, &recorder, &e);
    sp_summary(engine, &summary);
    if (recorder_end(&recorder, &summary))
        fprintf(stderr, "spillway: %s\n", recorder.say);
    sp_close(engine);
    if (ended == SCREEN_RACE && summary.ledger_ok)
        return race_from_screen(engine_options, &summary.last, &r->screen.look);
    print_init(&page, STDOUT_FILENO);
    if (ended >= 0) {
        summary_text(&page, &summary);
        print_flush(&page);
    }
    return screen_verdict(&summary, ended, &e);
}

static int run_screenshots(const struct request *r, const struct preset *p)
{
    struct err e = {0};
    struct sp_options o = options_of(r, p, true);
    if (look_until(r, p, &o, &e))
        return cli_fail(&e);
    return screenshot_run(&o, &r->shots, &r->screen.look);
}

static int run_request(const struct request *r, struct preset *p)
{
    struct err e = {0};
    if (check_request(r, &e) || look_check(r, &e) || load_preset(p, r, &e) ||
        source_check(r, p, &e))
        return cli_fail(&e);
    if (r->shots.count > 0)
        return run_screenshots(r, p);
    bool headless = (!r->screen.look.linear || source_is_input(p)) && wants_headless(r, p);
    struct sp_options engine = options_of(r, p, headless);
    return headless ? run_headless(r, &engine) : run_screen(r, &engine);
}

/* `spillway` alone where nobody can press a key: the first minute that README.md tells,
 * by itself. */
static int play_alone(struct request *r, struct err *e)
{
    static const char *const lines[] = {"at 12s policy excess", "at 16s spike x2 8s"};
    int code = 0;
    for (size_t i = 0; i < sizeof lines / sizeof *lines && code == 0; i++)
        code = list_add(&r->commands, "", lines[i], strlen(lines[i]), e);
    fputs("spillway: no terminal: 30 s of the preset default, and as nobody can press keys,\n"
          "spillway: the policy becomes `excess` at 12s, and a spike comes at 16s\n",
          stderr);
    return code;
}

static int run(int argc, char **argv)
{
    struct request r = {.seed = SEED_DEFAULT, .functions = {.provider = -1, .budget_nusd = -1}};
    int exit_code = 0;
    if (cli_parse(&cli_run, argc, argv, &r, &exit_code) == 0) {
        struct preset *p = malloc(sizeof *p);
        struct err e = {.code = ERR_MEMORY, .text = "out of memory"};
        bool alone = argc == 0 && !isatty(STDOUT_FILENO);
        bool ready = p && !(alone && play_alone(&r, &e));
        exit_code = ready ? run_request(&r, p) : cli_fail(&e);
        free(p);
    }
    list_free(&r.sets);
    list_free(&r.commands);
    list_free(&r.expects);
    return exit_code;
}

const struct cli_command cli_run = {
    .name = "run",
    .operands = "[NAME|FILE|-]",
    .help = "Runs a preset: on the screen, or headless where there is no terminal.",
    .details =
        "NAME is looked up in ./presets, then in $XDG_CONFIG_HOME/spillway/presets and the\n"
        "installed ones; FILE has a slash or ends in .json; - is standard input. Without any of\n"
        "them, the preset `default`. Without a terminal and without a duration a run takes 30 s.\n"
        "Results go to standard output, progress and sentences to standard error.\n",
    .examples = "  spillway run burst                                     on the screen\n"
                "  spillway run burst --sim --headless=json --seed 7      one line of JSON\n"
                "  spillway run vanilla --rate 1200 --at \"10s spike x3 5s\" --expect \"p99<2s\"\n"
                "  spillway run burst --set policy=slo --set slo=200ms --report results/slo\n"
                "  spillway run vanilla --sim --records 1000 --sink stdout | head -3\n",
    .options = options,
    .operand = take_name,
    .run = run,
};
