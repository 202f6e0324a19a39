/* The cheat sheet: tables as Markdown. */
#include "docs.h"

#include "ui/screen_commands.h"
#include "ui/tables.h"

#include <stdio.h>
#include <string.h>

/* Text in a cell: a bar would end it, < would begin a tag, _ and * mean something. */
static void text(struct print *o, const char *s)
{
    for (; *s; s++) {
        if (strchr("|<*_\\", *s))
            print_text(o, "\\");
        print_bytes(o, s, 1);
    }
}

/* Text as it is typed. A bar ends a cell even in code. */
static void code(struct print *o, const char *s)
{
    bool tick = strchr(s, '`') != NULL;
    print_text(o, tick ? "`` " : "`");
    for (; *s; s++) {
        if (*s == '|')
            print_text(o, "\\");
        print_bytes(o, s, 1);
    }
    print_text(o, tick ? " ``" : "`");
}

static void keys(struct print *o)
{
    for (int context = 0; context < KEYS_CONTEXTS; context++) {
        print_format(o, "\n### %s\n\n| key | does |\n|---|---|\n", key_context_titles[context]);
        for (int i = 0; i < key_count; i++) {
            char names[128];
            if ((int)key_table[i].context != context || !key_table[i].help)
                continue;
            tables_keys(i, names, sizeof names);
            print_text(o, "| ");
            for (char *p = names, *end; p; p = end) {
                bool wheel = strncmp(p, "wheel ", 6) == 0; /* the one name with a blank */
                end = wheel ? NULL : strchr(p, ' ');
                if (end)
                    *end++ = '\0';
                code(o, p);
                print_text(o, " ");
            }
            print_text(o, "| ");
            text(o, key_table[i].help);
            print_text(o, " |\n");
        }
    }
}

static void command_rows(struct print *o, const struct sp_command_def *c)
{
    for (; c->name; c++) {
        char line[160];
        snprintf(line, sizeof line, "%s%s%s", c->name, c->arguments[0] ? " " : "", c->arguments);
        print_text(o, "| ");
        code(o, line);
        print_text(o, " | ");
        text(o, c->help);
        print_text(o, " | ");
        code(o, c->example);
        print_text(o, " |\n");
    }
}

static void commands(struct print *o)
{
    print_text(o, "\n## Commands\n\n"
                  "Typed after `:`; also in presets (`scenario`), in scripts and with `--at`.\n\n"
                  "| command | does | example |\n|---|---|---|\n");
    command_rows(o, sp_commands());
    print_text(o, "\n### Of the screen\n\nTyped after `:` too; they are no part of the run.\n\n"
                  "| command | does | example |\n|---|---|---|\n");
    command_rows(o, screen_commands());
    print_text(o,
               "\nKeys of one's own stand in `~/.config/spillway/screen.json`, beside what the "
               "set-up (`o`) keeps there:\n`{ \"screen\": 1, \"keys\": { \"F5\": \":spike x5 2s\", "
               "\"Z\": \"Space\", \"x\": \"none\" } }`\n");
}

static void conditions(struct print *o)
{
    struct sp_variable v;
    print_text(
        o, "\n## Conditions\n\n"
           "For `expect` and `--expect`: a word, one of `< <= > >= ==`, a value: `p99<250ms`.\n"
           "Alone it is judged at the end, over the whole run; with `within T` it must come true\n"
           "in the last second's reading before T has passed; with `for T` it must hold in every\n"
           "reading for T.\n\n"
           "| word | what | value like |\n|---|---|---|\n");
    for (int i = 0; sp_variable(i, &v); i++) {
        print_text(o, "| ");
        code(o, v.name);
        print_text(o, " | ");
        text(o, v.help);
        print_text(o, " | ");
        code(o, v.example);
        print_text(o, " |\n");
    }
}

static void knobs(struct print *o)
{
    print_text(o, "\n## Knobs\n\n"
                  "`set KNOB VALUE` turns one and makes it manual; `auto KNOB` gives it back to\n"
                  "the policy. On the command line: `--set KNOB=VALUE`.\n\n"
                  "| knob | default | range | does | only for |\n|---|---|---|---|---|\n");
    for (int i = 0; i < KNOB_COUNT; i++) {
        char range[256], preset[64];
        tables_range((enum knob)i, range, sizeof range);
        knob_write((enum knob)i, knob_table[i].preset, preset, sizeof preset);
        print_text(o, "| ");
        code(o, knob_table[i].name);
        print_text(o, " | ");
        code(o, preset);
        print_text(o, " | ");
        text(o, range);
        print_text(o, " | ");
        text(o, knob_table[i].help);
        print_text(o, " | ");
        text(o, knob_table[i].used_by);
        print_text(o, " |\n");
    }
}

static void policies(struct print *o)
{
    print_text(o, "\n## Policies\n\n| policy | does |\n|---|---|\n");
    for (int i = 0; policy_all[i]; i++) {
        print_text(o, "| ");
        code(o, policy_all[i]->name);
        print_text(o, " | ");
        text(o, policy_all[i]->sentence);
        print_text(o, " |\n");
    }
}

void docs_sheet(struct print *o)
{
    print_text(o, "<!-- Made by `make docs` from the program's tables; do not edit. -->\n"
                  "# spillway on one page\n\n"
                  "The same is in the program: `?` on the screen, `spillway list` in the shell.\n\n"
                  "![The dashboard during a spike](img/dashboard.svg)\n\n"
                  "More screens: [calls as a heat map](img/heatmap.svg) ·\n"
                  "[help](img/help.svg) · [80x24](img/80x24.svg) ·\n"
                  "[for a projector](img/projector.svg)\n\n"
                  "## Keys\n");
    keys(o);
    commands(o);
    conditions(o);
    knobs(o);
    policies(o);
}
