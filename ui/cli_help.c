/* Help texts, made from the tables of cli.h. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#define INDENT 22 /* column at which an option's sentence begins */
#define WIDTH 96

/* Writes text broken at blanks, so that no line passes WIDTH; the first line
 * begins at `column`, all others at INDENT. */
static void wrapped(struct print *o, const char *text, size_t column)
{
    if (column >= INDENT) {
        print_text(o, "\n");
        column = 0;
    }
    print_format(o, "%*s", (int)(INDENT - column), "");
    size_t at = INDENT;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (at > INDENT && at + 1 + word > WIDTH) {
            print_format(o, "\n%*s", INDENT, "");
            at = INDENT;
        } else if (at > INDENT) {
            print_text(o, " ");
            at++;
        }
        print_bytes(o, text, word);
        at += word;
        text += word;
        text += *text == ' ';
    }
    print_text(o, "\n");
}

static void option_row(struct print *o, const struct cli_option *option)
{
    char left[96];
    const char *argument = option->argument ? option->argument : "";
    bool blank = option->argument && option->argument[0] != '[';
    int n = snprintf(left, sizeof left, "  --%s%s%s", option->name, blank ? " " : "", argument);
    assert(n > 0 && (size_t)n < sizeof left);
    print_text(o, left);
    wrapped(o, option->help, (size_t)n);
}

const struct cli_exit_code cli_exit_codes[] = {
    {0, "all is well"},
    {1, "a file, descriptor or system call failed"},
    {2, "wrong usage or bad input"},
    {3, "an expectation did not hold"},
    {4, "the ledger is violated: records were lost, duplicated or put out of order"},
    {130, "ended by SIGINT, with the summary so far (143: SIGTERM)"},
    {0, NULL},
};

static void exit_code_rows(struct print *o)
{
    print_text(o, "\nExit codes\n");
    for (const struct cli_exit_code *x = cli_exit_codes; x->meaning; x++)
        print_format(o, "  %-4d %s\n", x->code, x->meaning);
}

static void program_help(struct print *o)
{
    print_text(o, "spillway: a terminal laboratory for streams under load\n\n"
                  "Usage: spillway [SUBCOMMAND] [options]\n"
                  "With no arguments: spillway run default\n\nSubcommands\n");
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        print_format(o, "  %-10s %s\n", (*c)->name, (*c)->help);
    print_text(
        o, "\n  spillway SUBCOMMAND --help tells all about one; spillway --version its commit\n"
           "\nExamples\n"
           "  spillway                         the screen, with the default preset\n"
           "  spillway run burst               another preset\n"
           "  spillway run burst --sim --headless=json    a second's work instead of a minute's\n"
           "  spillway list presets            what there is to run\n");
    exit_code_rows(o);
}

void cli_help(struct print *o, const struct cli_command *c)
{
    if (!c) {
        program_help(o);
        return;
    }
    print_format(o, "Usage: spillway %s %s%s[options]\n%s\n", c->name, c->operands,
                 c->operands[0] ? " " : "", c->help);
    if (c->details[0]) {
        print_text(o, "\n");
        print_text(o, c->details);
    }
    print_text(o, "\nOptions\n");
    for (const struct cli_option *option = c->options; option->name; option++)
        option_row(o, option);
    print_text(o, "  --help              this text\n\nExamples\n");
    print_text(o, c->examples);
    exit_code_rows(o);
}
