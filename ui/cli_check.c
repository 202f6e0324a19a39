/* `spillway check`: are these presets good? */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct request {
    int count;
    char **file; /* borrowed from argv */
};

static const struct cli_option options[] = {{0}};

static int take_file(void *request, const char *text, struct err *e)
{
    struct request *r = request;
    char **file = realloc(r->file, ((size_t)r->count + 1) * sizeof *file);
    if (!file)
        return err_say(e, ERR_MEMORY, "out of memory");
    r->file = file;
    r->file[r->count] = malloc(strlen(text) + 1);
    if (!r->file[r->count])
        return err_say(e, ERR_MEMORY, "out of memory");
    memcpy(r->file[r->count++], text, strlen(text) + 1);
    return 0;
}

/* The commands of the scenario. The place of a fault is that of the string's
 * opening quote plus its column within the command. */
static int check_scenario(const struct preset *p, struct err *e)
{
    for (int i = 0; i < p->scenario_count; i++) {
        struct err why = {0};
        int column = 0;
        if (cli_command(p->scenario[i], &column, &why))
            return err_say(e, ERR_BAD, "%s:%d:%d: %.300s", p->where, p->scenario_at[i].line,
                           p->scenario_at[i].column + column, why.text);
    }
    return 0;
}

static int check_file(struct print *o, const char *name, struct preset *p)
{
    struct err e = {0};
    int code = preset_load(name, p, &e);
    if (code == 0)
        code = check_scenario(p, &e);
    if (code == 0) {
        print_format(o, "%.900s: ok\n", name);
        return 0;
    }
    print_flush(o);
    fprintf(stderr, "%s\n", e.text);
    return err_exit(code);
}

static int check_all(const struct request *r)
{
    static struct print o;
    struct err e = {.code = ERR_MEMORY, .text = "out of memory"};
    struct preset *p = malloc(sizeof *p);
    if (!p)
        return cli_fail(&e);
    print_init(&o, STDOUT_FILENO);
    int worst = 0;
    for (int i = 0; i < r->count; i++) {
        int code = check_file(&o, r->file[i], p);
        worst = code > worst ? code : worst;
    }
    free(p);
    if (!print_finish(&o, "standard output") && worst == 0)
        worst = 1;
    return worst;
}

static int run(int argc, char **argv)
{
    struct request r = {0};
    struct err e = {0};
    int exit_code = 0;
    if (cli_parse(&cli_check, argc, argv, &r, &exit_code) == 0) {
        if (r.count > 0)
            exit_code = check_all(&r);
        else
            exit_code = err_exit(err_say(&e, ERR_BAD, "check needs a preset: check FILE…"));
        if (e.code)
            cli_fail(&e);
    }
    for (int i = 0; i < r.count; i++)
        free(r.file[i]);
    free(r.file);
    return exit_code;
}

const struct cli_command cli_check = {
    .name = "check",
    .operands = "FILE…",
    .help = "Checks presets without running them.",
    .details =
        "Prints \"FILE: ok\" for each good one; for the others the first thing that is wrong,\n"
        "with file, line and column, and exits with 2.\n",
    .examples = "  spillway check presets/*.json\n"
                "  spillway check - < my-preset.json\n",
    .options = options,
    .operand = take_file,
    .run = run,
};
