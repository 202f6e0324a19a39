#include "cli.h"

#include "cli_ctl.h"
#include "cli_emulator.h"
#include "cli_experiment.h"
#include "cli_invoke.h"
#include "cli_preset.h"
#include "cli_race.h"
#include "cli_replay.h"
#include "cli_sign.h"
#include "cli_sweep.h"
#include "events.h"
#include "list.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS_MAX 64

const struct cli_command *const cli_commands[] = {
    &cli_run,        &cli_check,    &cli_list,   &cli_events, &cli_preset,
    &cli_race,       &cli_ctl,      &cli_replay, &cli_report, &cli_sign,
    &cli_experiment, &cli_emulator, &cli_invoke, &cli_sweep,  NULL};

int cli_fail(const struct err *e)
{
    fprintf(stderr, "spillway: %s\n", e->text);
    return err_exit(e->code);
}

int cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *out, struct err *e)
{
    uint64_t value = 0;
    const char *s = text;
    bool fits = true;
    for (; *s >= '0' && *s <= '9'; s++)
        fits = fits && !__builtin_mul_overflow(value, 10u, &value) &&
               !__builtin_add_overflow(value, (uint64_t)(*s - '0'), &value);
    if (s == text || *s)
        return err_say(e, ERR_BAD, "\"%.60s\" is not a whole number", text);
    if (!fits || value < min || value > max)
        return err_say(e, ERR_BAD, "%.60s: must be %llu to %llu", text, (unsigned long long)min,
                       (unsigned long long)max);
    *out = value;
    return 0;
}

int cli_quantity(enum unit unit, const char *text, int64_t min, int64_t max, int64_t *out,
                 struct err *e)
{
    const char *why = NULL;
    if (!units_read(unit, text, strlen(text), out, &why)) {
        const char *example = units_example(unit);
        bool told = strstr(why, example) != NULL;
        return err_say(e, ERR_BAD, "\"%.60s\": %s%s%s", text, why, told ? "" : "; written like ",
                       told ? "" : example);
    }
    if (*out >= min && *out <= max)
        return 0;
    char low[48];
    char high[48];
    units_write(unit, min, low, sizeof low);
    units_write(unit, max, high, sizeof high);
    return err_say(e, ERR_BAD, "%.60s: must be %s to %s", text, low, high);
}

int cli_count(const char *text, int max, int *out, struct err *e)
{
    uint64_t n = 0;
    int code = cli_number(text, 1, (uint64_t)max, &n, e);
    *out = (int)n;
    return code;
}

int cli_seed(const char *text, uint64_t *out, struct err *e)
{
    return cli_number(text, 0, UINT64_MAX, out, e);
}

int cli_duration(const char *text, int64_t *out_ns, struct err *e)
{
    return cli_quantity(UNIT_DURATION, text, NS_PER_MS, 8760 * 3600 * NS_PER_S, out_ns, e);
}

int cli_clock(bool *chosen, bool other, const char *name, struct err *e)
{
    *chosen = true;
    return other ? err_say(e, ERR_BAD, "--%s was given too; a run has one clock", name) : 0;
}

int cli_command(const char *text, int *column, struct err *e)
{
    struct err found = {0};
    *column = 0;
    if (sp_command_check(text, &found) == 0)
        return 0;
    int length = 0;
    if (sscanf(found.text, "column %9d: %n", column, &length) != 1)
        length = 0;
    return err_say(e, ERR_BAD, "%s", found.text + length);
}

/* ---- parsing --------------------------------------------------------------- */

static const struct cli_option *find_option(const struct cli_option *options, const char *name,
                                            size_t length)
{
    for (; options->name; options++)
        if (strlen(options->name) == length && memcmp(options->name, name, length) == 0)
            return options;
    return NULL;
}

static int unknown_option(const struct cli_command *c, const char *name, int length, struct err *e)
{
    const char *names[OPTIONS_MAX + 2];
    int count = 0;
    for (const struct cli_option *o = c->options; o->name; o++) {
        assert(count < OPTIONS_MAX);
        names[count++] = o->name;
    }
    names[count++] = "help";
    names[count] = NULL;
    char word[64];
    snprintf(word, sizeof word, "%.*s", length, name);
    const char *near = preset_nearest(word, names);
    if (near)
        return err_say(e, ERR_BAD, "--%s: unknown option; did you mean --%s?", word, near);
    return err_say(e, ERR_BAD, "--%s: unknown option; see spillway %s --help", word, c->name);
}

/* Takes the option at argv[*i] ("--name" or "--name=value"), moving *i past the
 * value where that stands alone. */
static int take_option(const struct cli_command *c, int argc, char **argv, int *i, void *request,
                       struct err *e)
{
    const char *name = argv[*i] + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct cli_option *o = find_option(c->options, name, length);
    if (!o)
        return unknown_option(c, name, length > 60 ? 60 : (int)length, e);
    const char *value = equals ? equals + 1 : NULL;
    bool optional = o->argument && o->argument[0] == '[';
    if (!o->argument && value)
        return err_say(e, ERR_BAD, "--%s takes no value", o->name);
    if (o->argument && !optional && !value) {
        if (*i + 1 >= argc)
            return err_say(e, ERR_BAD, "--%s needs a value: --%s %s", o->name, o->name,
                           o->argument);
        value = argv[++*i];
    }
    struct err why = {0};
    int code = o->take(request, value, &why);
    if (code)
        return err_say(e, code, "--%s: %s", o->name, why.text);
    return 0;
}

static int take_operand(const struct cli_command *c, const char *text, void *request, struct err *e)
{
    if (c->operand)
        return c->operand(request, text, e);
    return err_say(e, ERR_BAD, "\"%.100s\": %s takes options only; see spillway %s --help", text,
                   c->name, c->name);
}

static bool wants_help(const char *text)
{
    return strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0;
}

static int show_help(const struct cli_command *c)
{
    static struct print o;
    print_init(&o, STDOUT_FILENO);
    cli_help(&o, c);
    return print_exit(&o, "standard output");
}

static int take_argument(const struct cli_command *c, int argc, char **argv, int *i, bool *only,
                         void *request, struct err *e)
{
    const char *text = argv[*i];
    if (*only || text[0] != '-' || text[1] == '\0')
        return take_operand(c, text, request, e);
    if (strcmp(text, "--") == 0) {
        *only = true;
        return 0;
    }
    if (text[1] == '-')
        return take_option(c, argc, argv, i, request, e);
    return err_say(e, ERR_BAD, "%.60s: options are written with two dashes; see spillway %s --help",
                   text, c->name);
}

int cli_parse(const struct cli_command *command, int argc, char **argv, void *request,
              int *exit_code)
{
    bool only_operands = false;
    for (int i = 0; i < argc; i++) {
        struct err e = {0};
        if (!only_operands && wants_help(argv[i])) {
            *exit_code = show_help(command);
            return ERR_BAD;
        }
        if (take_argument(command, argc, argv, &i, &only_operands, request, &e)) {
            *exit_code = cli_fail(&e);
            return e.code;
        }
    }
    return 0;
}

/* ---- dispatch --------------------------------------------------------------- */

static const struct cli_command *find_command(const char *name)
{
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[OPTIONS_MAX];
    int count = 0;
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        names[count++] = (*c)->name;
    names[count] = NULL;
    struct err e = {0};
    const char *near = preset_nearest(name, names);
    if (near)
        err_say(&e, ERR_BAD, "\"%.60s\": unknown subcommand; did you mean %s?", name, near);
    else
        err_say(&e, ERR_BAD,
                "\"%.60s\": unknown subcommand; see spillway --help (a preset is started with "
                "spillway run NAME)",
                name);
    return cli_fail(&e);
}

static int show_version(void)
{
    static struct print o;
    print_init(&o, STDOUT_FILENO);
    print_format(&o, "spillway %s\n", sp_commit());
    return print_exit(&o, "standard output");
}

static int help_command(const char *name)
{
    const struct cli_command *c = name ? find_command(name) : NULL;
    return name && !c ? unknown_command(name) : show_help(c);
}

int cli_main(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "run";
    if (wants_help(first))
        return show_help(NULL);
    if (strcmp(first, "--version") == 0)
        return show_version();
    if (strcmp(first, "help") == 0)
        return help_command(argc > 2 ? argv[2] : NULL);
    /* `spillway --sim` is `spillway run --sim`. */
    if (first[0] == '-' && first[1])
        return cli_run.run(argc - 1, argv + 1);
    const struct cli_command *command = find_command(first);
    if (!command)
        return unknown_command(first);
    return command->run(argc > 2 ? argc - 2 : 0, argv + 2);
}
