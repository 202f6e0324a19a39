/* The manual page: tables as mdoc(7). */
#include "docs.h"

#include "ui/events.h"
#include "ui/screen_commands.h"
#include "ui/tables.h"

#include <stdio.h>
#include <string.h>

#define FILL 60 /* columns of source in a line, before escapes of its last word */

/* ---- text that troff leaves alone ------------------------------------------------------ */

/* One character of UTF-8; the next one's place. */
static const char *decode(const char *s, unsigned *out)
{
    unsigned char c = (unsigned char)*s++;
    int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
    *out = more ? c & (0x3Fu >> more) : c;
    for (; more && *s; more--)
        *out = *out << 6 | ((unsigned char)*s++ & 0x3F);
    return s;
}

/* Characters that troff would change, and what it prints them for. */
static const struct {
    char ch;
    const char *written;
} escapes[] = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"}, {'`', "\\(ga"},
               {'^', "\\(ha"}, {'~', "\\(ti"}, {'"', "\\(dq"}};

/* The first n bytes of s; how many columns of source they took. */
static int put(struct print *o, const char *s, size_t n)
{
    int columns = 0;
    for (const char *end = s + n; s < end;) {
        char written[16];
        unsigned ch;
        s = decode(s, &ch);
        snprintf(written, sizeof written, ch < 0x80 ? "%c" : "\\[u%04X]", ch);
        for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
            if (ch == (unsigned char)escapes[i].ch)
                snprintf(written, sizeof written, "%s", escapes[i].written);
        print_text(o, written);
        columns += (int)strlen(written);
    }
    return columns;
}

/* An argument of a macro: one word, whatever is in it. */
static void word(struct print *o, const char *s)
{
    print_text(o, " \"\\&");
    put(o, s, strlen(s));
    print_text(o, "\"");
}

/* One word at the start of a line; a dot or a quote there is no macro. */
static int begin(struct print *o, const char *s, size_t n)
{
    if (*s == '.')
        print_text(o, "\\&");
    return put(o, s, n);
}

/* A line exactly as it is. */
static void typed(struct print *o, const char *s)
{
    begin(o, s, strlen(s));
    print_text(o, "\n");
}

/* Running text: short lines, and a new one after each sentence. */
static void line(struct print *o, const char *s)
{
    int column = 0;
    bool ended = false;
    for (size_t n; *s; s += n, s += strspn(s, " ")) {
        n = strcspn(s, " ");
        if (column > 0 && (ended || column + 1 + (int)n > FILL)) {
            print_text(o, "\n");
            column = 0;
        }
        if (column > 0) {
            print_text(o, " ");
            column += 1 + put(o, s, n);
        } else
            column = begin(o, s, n);
        ended = strchr(".!?", s[n - 1]) != NULL;
    }
    print_text(o, "\n");
}

/* A sentence as a line; with a large letter and a full stop. */
static void sentence(struct print *o, const char *s)
{
    char text[400];
    size_t n = strlen(s);
    assert(n > 0 && n + 2 < sizeof text);
    memcpy(text, s, n + 1);
    if (text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    if (!strchr(".!?", text[n - 1]))
        memcpy(text + n, ".", 2);
    line(o, text);
}

static void item(struct print *o, const char *macro, const char *name)
{
    print_format(o, ".It %s", macro);
    word(o, name);
}

static void list(struct print *o, const char *width)
{
    print_format(o, ".Bl -tag -width %s -compact\n", width);
}

static void list_end(struct print *o) { print_text(o, ".El\n"); }

/* Lines as they are typed. */
static void display(struct print *o, const char *lines)
{
    print_text(o, ".Bd -literal -offset indent\n");
    for (const char *end; *lines; lines = *end ? end + 1 : end) {
        char one[200];
        end = strchr(lines, '\n');
        end = end ? end : lines + strlen(lines);
        lines += strspn(lines, " ");
        snprintf(one, sizeof one, "%.*s", (int)(end - lines), lines);
        typed(o, one);
    }
    print_text(o, ".Ed\n");
}

/* ---- parts ------------------------------------------------------------------------------ */

static void option(struct print *o, const struct cli_option *x)
{
    char name[64];
    snprintf(name, sizeof name, "--%s", x->name);
    item(o, "Cm", name);
    if (x->argument && x->argument[0] == '[') {
        print_text(o, " Ns");
        word(o, x->argument);
    } else if (x->argument) {
        print_text(o, " Ar");
        word(o, x->argument);
    }
    print_text(o, "\n");
    line(o, x->help);
}

/* Paragraphs: an empty line between two, lines joined. */
static void paragraphs(struct print *o, const char *text)
{
    print_text(o, ".Pp\n");
    for (const char *end; *text; text = *end ? end + 1 : end) {
        char one[200];
        end = strchr(text, '\n');
        end = end ? end : text + strlen(text);
        snprintf(one, sizeof one, "%.*s", (int)(end - text), text);
        if (one[0])
            line(o, one);
        else
            print_text(o, ".Pp\n");
    }
}

static void subcommands(struct print *o)
{
    print_text(o, ".Sh SUBCOMMANDS\n");
    for (const struct cli_command *const *c = cli_commands; *c; c++) {
        print_format(o, ".Ss spillway %s\n", (*c)->name);
        sentence(o, (*c)->help);
        if ((*c)->details[0])
            paragraphs(o, (*c)->details);
        print_text(o, ".Bl -tag -width Ds\n");
        for (const struct cli_option *x = (*c)->options; x->name; x++)
            option(o, x);
        print_text(o, ".It Cm \\-\\-help\nTells all this.\n.El\n");
    }
}

static void synopsis(struct print *o)
{
    print_text(o, ".Sh SYNOPSIS\n");
    for (const struct cli_command *const *c = cli_commands; *c; c++) {
        print_format(o, ".Nm\n.Cm %s\n", (*c)->name);
        if ((*c)->operands[0]) {
            print_text(o, ".Ar");
            word(o, (*c)->operands);
            print_text(o, "\n");
        }
        print_text(o, ".Op Ar options\n");
    }
    print_text(o, ".Nm\n.Fl \\-version | \\-help\n");
}

static void description(struct print *o)
{
    print_text(o, ".Sh DESCRIPTION\n"
                  ".Nm\nis a terminal laboratory for streams under load.\n"
                  "It runs a stream pipeline inside one process, drives it past its\n"
                  "capacity, and shows what each remedy does: back\\-pressure, bursting the\n"
                  "excess to functions, batching, more slots.\n"
                  "The same pipeline runs in real time and in virtual time; in virtual\n"
                  "time the same preset, seed and commands give the same bytes.\n"
                  ".Pp\n"
                  "Without arguments it runs the preset\n.Cm default\non the screen.\n"
                  "There\n.Cm \\&s\nmakes a spike,\n.Cm \\&p\nchooses a policy,\n"
                  ".Cm \\&?\ntells everything else.\n");
}

static void command_list(struct print *o, const struct sp_command_def *c)
{
    print_text(o, ".Bl -tag -width Ds\n");
    for (; c->name; c++) {
        item(o, "Ic", c->name);
        if (c->arguments[0]) {
            print_text(o, " Ar");
            word(o, c->arguments);
        }
        print_text(o, "\n");
        sentence(o, c->help);
        print_text(o, "Example:\n.Ql");
        word(o, c->example);
        print_text(o, "\n");
    }
    list_end(o);
}

static void commands(struct print *o)
{
    print_text(o, ".Sh COMMANDS\n"
                  "Every action is one line of text, whether a key, a preset, a script,\n"
                  ".Cm \\-\\-at\nor a person after\n.Cm \\&:\nsays it.\n");
    command_list(o, sp_commands());
    print_text(o, "These change the screen alone, and are no part of the run:\n");
    command_list(o, screen_commands());
}

static void conditions(struct print *o)
{
    struct sp_variable v;
    print_text(o, ".Sh CONDITIONS\n"
                  "What\n.Ic expect\nand\n.Cm \\-\\-expect\ntake: a word of this list, one of\n"
                  ".Ql \"< <= > >= ==\"\nand a value.\n"
                  "Alone a condition is judged at the end, over the whole run; followed by\n"
                  ".Cm within Ar T\nit must come true in the last second\\(aqs reading before\n"
                  ".Ar T\nhas passed; followed by\n.Cm for Ar T\n"
                  "it must hold in every reading for\n.Ar T .\n.Pp\n");
    list(o, "backpressured");
    for (int i = 0; sp_variable(i, &v); i++) {
        item(o, "Cm", v.name);
        print_text(o, "\n");
        sentence(o, v.help);
        print_text(o, "Value like\n.Ql");
        word(o, v.example);
        print_text(o, " .\n");
    }
    list_end(o);
}

static void knobs(struct print *o)
{
    print_text(o, ".Sh KNOBS\n"
                  "Each can be turned while the pipeline runs\n.Pq Ic set ,\nbefore it\n"
                  ".Pq Cm \\-\\-set\nor in a preset.\n"
                  "One that was set by hand stays so until\n.Ic auto\ngives it back to the "
                  "policy.\n.Bl -tag -width Ds\n");
    for (int i = 0; i < KNOB_COUNT; i++) {
        char range[256], preset[64], said[400];
        tables_range((enum knob)i, range, sizeof range);
        knob_write((enum knob)i, knob_table[i].preset, preset, sizeof preset);
        item(o, "Cm", knob_table[i].name);
        print_text(o, "\n");
        sentence(o, knob_table[i].help);
        snprintf(said, sizeof said, "Default %s; %s.", preset, range);
        line(o, said);
        if (knob_table[i].used_by[0]) {
            snprintf(said, sizeof said, "Only for: %s.", knob_table[i].used_by);
            line(o, said);
        }
    }
    list_end(o);
}

static void policies(struct print *o)
{
    print_text(o, ".Sh POLICIES\n");
    list(o, "hysteresis");
    for (int i = 0; policy_all[i]; i++) {
        item(o, "Cm", policy_all[i]->name);
        print_text(o, "\n");
        sentence(o, policy_all[i]->sentence);
    }
    list_end(o);
}

static void keys(struct print *o)
{
    print_text(o, ".Sh KEYS\n");
    for (int context = 0; context < KEYS_CONTEXTS; context++) {
        print_text(o, ".Ss");
        word(o, key_context_titles[context]);
        print_text(o, "\n");
        list(o, "\"PgUp Shift\\-x\"");
        for (int i = 0; i < key_count; i++) {
            char names[128];
            if ((int)key_table[i].context != context || !key_table[i].help)
                continue;
            tables_keys(i, names, sizeof names);
            item(o, "Cm", names);
            print_text(o, "\n");
            sentence(o, key_table[i].help);
        }
        list_end(o);
    }
}

static const struct {
    const char *name, *about;
} variables[] = {
    {"NO_COLOR", "Draws without colours, if set to anything; --theme with colours goes before it."},
    {"FORCE_COLOR", "Draws with colours where the terminal admits to none: 1 for 16 of them, 2 or "
                    "more for 256; 0 or false: without."},
    {"CLICOLOR_FORCE", "With colours, if set and not 0."},
    {"CLICOLOR", "Without colours, if 0."},
    {"COLORFGBG", "The light theme, if it ends in ;7 or ;15."},
    {"TERM", "Kind of terminal; on one that cannot place a cursor the run is told in sentences, as "
             "with --linear."},
    {"LC_ALL", "With LC_CTYPE and LANG: where they name no UTF-8, the screen is drawn in ASCII; "
               "where none is set, UTF-8 is taken."},
    {"XDG_CONFIG_HOME", "Folder of settings, instead of ~/.config."},
    {"XDG_STATE_HOME", "Folder of what is remembered, instead of ~/.local/state."},
    {"HOME", "Where these two are, if they are not set."},
    {"XDG_RUNTIME_DIR", "Folder of the control socket, instead of /tmp/spillway-UID."},
    {"SPILLWAY_CPU", "Code path of the tokenizer: scalar, sse2, avx2 or avx512; the results are "
                     "the same."},
    {"SPILLWAY_RUNTIMES", "Folder of AWS's runtime clients, which functions in Python and Java run "
                          "under."},
    {"JAVA_HOME", "Where java is, before PATH."},
    {"AWS_ACCESS_KEY_ID", "With AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (or its older name "
                          "AWS_SECURITY_TOKEN): the keys that requests to AWS are signed with."},
    {"AWS_PROFILE", "Profile of AWS's files; AWS_DEFAULT_PROFILE goes before it, keys in the "
                    "environment before both."},
    {"AWS_CONFIG_FILE", "With AWS_SHARED_CREDENTIALS_FILE: AWS's files, instead of ~/.aws/config "
                        "and ~/.aws/credentials."},
    {"AWS_REGION", "Region, before AWS_DEFAULT_REGION and the profile's region."},
    {"AWS_ENDPOINT_URL",
     "Where requests go instead of AWS; AWS_ENDPOINT_URL_LAMBDA goes before it. "
     "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true: neither counts."},
    {"AWS_CA_BUNDLE", "File of certificates that are trusted, instead of the system's."},
    {"AWS_USE_FIPS_ENDPOINT", "With AWS_USE_DUALSTACK_ENDPOINT: other host names of AWS, if true."},
    {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
     "Keys from a container's service; AWS_CONTAINER_CREDENTIALS_FULL_URI, "
     "AWS_CONTAINER_AUTHORIZATION_TOKEN and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE as for AWS's "
     "own "
     "tools."},
    {"AWS_EC2_METADATA_DISABLED", "Does not look for an instance's role, if true. "
                                  "AWS_EC2_METADATA_SERVICE_ENDPOINT and "
                                  "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE say where it is."},
    {"AWS_WEB_IDENTITY_TOKEN_FILE", "With AWS_ROLE_ARN: refused, spillway does not exchange web "
                                    "identities."},
};

static const struct {
    const char *path, *about;
} files[] = {
    {"presets/NAME.json", "Presets, looked up here first."},
    {"~/.config/spillway/presets/NAME.json", "Your own; save writes here."},
    {"/usr/local/share/spillway/presets/NAME.json", "Installed ones."},
    {"/usr/share/spillway/presets/NAME.json", "The last place looked at."},
    {"~/.config/spillway/scenarios/NAME.txt",
     "What was done in a run; save-as scenario writes it."},
    {"~/.config/spillway/screen.json", "Set-up of the screen, and keys of your own."},
    {"~/.config/spillway/theme.json", "Colours of your own, for --theme user."},
    {"~/.local/state/spillway/history", "Commands typed on the screen."},
    {"~/.local/state/spillway/seen", "Is there once the card of the first start was shown."},
    {"~/.aws/config", "Profiles of AWS's own tools; ~/.aws/credentials too."},
    {"$XDG_RUNTIME_DIR/spillway-PID.sock", "The control socket of a run."},
    {"dead-letters.jsonl", "Records that no lane could process, with the reason; made when there "
                           "is one."},
};

static void surroundings(struct print *o)
{
    print_text(o, ".Sh ENVIRONMENT\n");
    list(o, "XDG_CONFIG_HOME");
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        item(o, "Ev", variables[i].name);
        print_text(o, "\n");
        sentence(o, variables[i].about);
    }
    list_end(o);
    print_text(o, ".Sh FILES\n.Bl -tag -width Ds -compact\n");
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        item(o, "Pa", files[i].path);
        print_text(o, "\n");
        sentence(o, files[i].about);
    }
    list_end(o);
    print_text(o, ".Sh EXIT STATUS\n");
    list(o, "130");
    for (const struct cli_exit_code *x = cli_exit_codes; x->meaning; x++) {
        print_format(o, ".It %d\n", x->code);
        sentence(o, x->meaning);
    }
    list_end(o);
}

static void examples(struct print *o)
{
    print_text(o, ".Sh EXAMPLES\n");
    for (const struct cli_command *const *c = cli_commands; *c; c++)
        if ((*c)->examples[0])
            display(o, (*c)->examples);
}

void docs_man(struct print *o)
{
    print_text(o, ".\\\" Made by `make docs` from the program's tables; do not edit.\n"
                  ".Dd November 21, 2026\n.Dt SPILLWAY 1\n.Os\n"
                  ".Sh NAME\n.Nm spillway\n.Nd a terminal laboratory for streams under load\n");
    synopsis(o);
    description(o);
    subcommands(o);
    commands(o);
    conditions(o);
    knobs(o);
    policies(o);
    keys(o);
    surroundings(o);
    examples(o);
}
