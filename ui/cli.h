/* The command line: a table of subcommands, each with a table of options.
 *
 * Parsing, error sentences and --help all come from these tables: a new option
 * is one row and one function that takes its value. */
#ifndef UI_CLI_H
#define UI_CLI_H

#include "cli_print.h"
#include "spillway.h"

struct cli_option {
    const char *name;     /* "duration": written --duration T or --duration=T */
    const char *argument; /* "T"; NULL: it takes none; "[=…]": only as --name=value, or alone */
    const char *help;     /* one sentence */
    /* Takes the value (NULL if none was written) into the command's request.
     * 0, or ERR_* with the sentence; the option's name is put before it. */
    int (*take)(void *request, const char *value, struct err *e);
};

struct cli_command {
    const char *name;                 /* "run" */
    const char *operands;             /* "[NAME|FILE|-]"; "" if there are none */
    const char *help;                 /* one sentence, for the list of subcommands */
    const char *details;              /* paragraphs for --help, "" if none; each line ends in LF */
    const char *examples;             /* the same */
    const struct cli_option *options; /* ends with a NULL name */
    int (*operand)(void *request, const char *text, struct err *e); /* NULL: none is taken */
    int (*run)(int argc, char **argv); /* arguments after the name; returns the exit code */
};

/* The whole program: dispatches on argv[1]. Returns the exit code. */
int cli_main(int argc, char **argv);

/* Parses arguments into request. 0 to go on; else *exit_code is set (help was
 * shown, or an error told) and the command is over. */
MUST_USE int cli_parse(const struct cli_command *command, int argc, char **argv, void *request,
                       int *exit_code);

/* Prints "spillway: SENTENCE" to standard error; returns the exit code. */
int cli_fail(const struct err *e);

/* Reads a whole number in [min, max], decimal digits only. */
MUST_USE int cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *out, struct err *e);
/* Reads a quantity in [min, max] of the unit. */
MUST_USE int cli_quantity(enum unit unit, const char *text, int64_t min, int64_t max, int64_t *out,
                          struct err *e);

/* The same, for what several commands take in the same words: a count from 1 to max, any seed, and
 * a run's time from 1 ms to a year, which is longer than any run and far from the end of the
 * clock. */
MUST_USE int cli_count(const char *text, int max, int *out, struct err *e);
MUST_USE int cli_seed(const char *text, uint64_t *out, struct err *e);
MUST_USE int cli_duration(const char *text, int64_t *out_ns, struct err *e);
/* Chooses a clock; ERR_BAD if the other one, --NAME, was chosen too. */
MUST_USE int cli_clock(bool *chosen, bool other, const char *name, struct err *e);

/* Checks a command's form. On failure *column is where it is wrong, from 1 (0: as a
 * whole), and e->text the sentence without that place. */
MUST_USE int cli_command(const char *text, int *column, struct err *e);

/* Help of one command, or of the program when command is NULL. */
void cli_help(struct print *o, const struct cli_command *command);

/* What the program's exit codes mean; a NULL meaning at the end. */
struct cli_exit_code {
    int code;
    const char *meaning;
};
extern const struct cli_exit_code cli_exit_codes[];

/* All subcommands; NULL at the end. */
extern const struct cli_command *const cli_commands[];

/* Subcommands; the others are in events.h and list.h. */
extern const struct cli_command cli_run, cli_check;

#endif
