/* `spillway preset diff`: what differs between two presets. */
#include "cli_preset.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIFFERENT 1 /* as diff(1): 0 the same, 1 different, 2 trouble */
#define TROUBLE 2

struct request {
    int count;
    const char *word[3];
};

static const struct cli_option options[] = {{0}};

static int take_word(void *request, const char *text, struct err *e)
{
    struct request *r = request;
    if (r->count == 0 && strcmp(text, "diff") != 0)
        return err_say(e, ERR_BAD, "\"%.60s\": preset knows one thing: preset diff A B", text);
    if (r->count == 3)
        return err_say(e, ERR_BAD, "\"%.100s\": two presets are compared, no more", text);
    r->word[r->count++] = text;
    return 0;
}

static void say(void *context, const char *line)
{
    struct print *o = context;
    print_text(o, line);
    print_text(o, "\n");
}

static int trouble(const struct err *e)
{
    cli_fail(e);
    return TROUBLE;
}

static int compare(const struct request *r)
{
    static struct print o;
    struct err e = {.code = ERR_MEMORY, .text = "out of memory"};
    struct preset *p = malloc(2 * sizeof *p);
    int exit_code = TROUBLE;
    print_init(&o, STDOUT_FILENO);
    if (!p || preset_load(r->word[1], &p[0], &e) || preset_load(r->word[2], &p[1], &e))
        exit_code = trouble(&e);
    else
        exit_code = preset_differences(&p[0], &p[1], say, &o) > 0 ? DIFFERENT : 0;
    free(p);
    if (exit_code != TROUBLE && !print_finish(&o, "standard output"))
        exit_code = TROUBLE;
    return exit_code;
}

static int run(int argc, char **argv)
{
    struct request r = {0};
    struct err e = {0};
    int exit_code = 0;
    if (cli_parse(&cli_preset, argc, argv, &r, &exit_code))
        return exit_code;
    if (r.count == 3)
        return compare(&r);
    (void)err_say(&e, ERR_BAD, "two presets are needed: preset diff A B");
    return trouble(&e);
}

const struct cli_command cli_preset = {
    .name = "preset",
    .operands = "diff A B",
    .help = "Says in words what differs between two presets.",
    .details =
        "A and B are names or files as for run. One line for each difference; the exit code\n"
        "is 0 when there is none, 1 when there is one, 2 when a preset cannot be read.\n",
    .examples = "  spillway preset diff vanilla burst\n"
                "  spillway preset diff burst ./mine.json\n",
    .options = options,
    .operand = take_word,
    .run = run,
};
