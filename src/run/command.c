#include "run/command.h"

#include "base/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct reader {
    const char *text, *at;
    struct command *c;
    struct err *e;
};

/* ---- words ---------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static int bad(struct reader *r, const char *format, ...)
{
    char what[400];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    r->e->code = ERR_BAD;
    snprintf(r->e->text, sizeof r->e->text, "column %d: %s", (int)(r->at - r->text) + 1, what);
    return ERR_BAD;
}

static void copy_word(char *dst, size_t size, const char *p, size_t n)
{
    snprintf(dst, size, "%.*s", (int)(n < size ? n : size - 1), p);
}

/* ---- names ------------------------------------------------------------------------------ */

/* Does the text at p begin with `name` (maybe two words), each word cut short at
 * will? Returns the length used, 0 if not; *exact tells whether nothing was cut. */
static size_t match(const char *p, const char *name, bool *exact)
{
    const char *start = p;
    *exact = true;
    for (;;) {
        size_t have = word_length(p), want = word_length(name);
        if (have == 0 || have > want || memcmp(p, name, have) != 0)
            return 0;
        *exact = *exact && have == want;
        p += have;
        name += want;
        if (*name == 0)
            return (size_t)(p - start);
        name = skip_blanks(name);
        p = skip_blanks(p);
    }
}

static int unknown_name(struct reader *r)
{
    const char *names[64];
    int n = 0;
    for (int i = 0; i < command_row_count; i++)
        names[n++] = command_rows[i].shown.name;
    names[n] = NULL;
    char word[64];
    copy_word(word, sizeof word, r->at, word_length(r->at));
    if (strcmp(word, "fault") == 0)
        return bad(r,
                   "a fault is one of latency, error, function-error, throttle, lose, late, cut, "
                   "reset, die-after-execute, garbage, drip, wrong-ids, sink-block, off");
    const char *near = preset_nearest(word, names);
    if (near)
        return bad(r, "\"%s\" is no command; did you mean %s?", word, near);
    return bad(r, "\"%s\" is no command; `spillway list commands` lists them", word);
}

static int read_name(struct reader *r)
{
    const struct command_row *found = NULL, *second = NULL;
    size_t used = 0;
    for (int i = 0; i < command_row_count; i++) {
        bool exact;
        size_t n = match(r->at, command_rows[i].shown.name, &exact);
        if (n == 0)
            continue;
        if (exact && (!found || n >= used)) {
            found = &command_rows[i];
            second = NULL;
            used = n;
            if (word_length(r->at) == n || strchr(found->shown.name, ' '))
                break;
            continue;
        }
        bool found_exact = found && strlen(found->shown.name) == used;
        if (found_exact)
            continue;
        if (found)
            second = &command_rows[i];
        else {
            found = &command_rows[i];
            used = n;
        }
    }
    if (found == NULL)
        return unknown_name(r);
    if (second)
        return bad(r, "could be %s or %s: type one letter more", found->shown.name,
                   second->shown.name);
    r->c->row = found;
    r->at += used;
    return 0;
}

/* ---- arguments ----------------------------------------------------------------------------- */

static int read_quantity(struct reader *r, enum unit unit, int i, size_t n, const char *what)
{
    const char *why;
    if (units_read(unit, r->at, n, &r->c->value[i], &why))
        return 0;
    char need[100];
    snprintf(need, sizeof need, "%s is needed here, like %s", what, units_example(unit));
    return bad(r, "%s: %s", need, why);
}

static int read_name_of(struct reader *r, const char *const *names, int i, size_t n,
                        const char *what)
{
    char word[64];
    copy_word(word, sizeof word, r->at, n);
    int hit = -1, hits = 0;
    for (int k = 0; names[k]; k++) {
        if (strcmp(names[k], word) == 0) {
            hit = k;
            hits = 1;
            break;
        }
        if (strncmp(names[k], word, n) == 0) {
            hit = k;
            hits++;
        }
    }
    if (hits == 1) {
        r->c->value[i] = hit;
        return 0;
    }
    const char *near = preset_nearest(word, names);
    char list[300] = "";
    for (int k = 0; names[k]; k++)
        if (hits == 0 || strncmp(names[k], word, n) == 0)
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "",
                     names[k]);
    if (hits > 1)
        return bad(r, "\"%s\" could be %s: type more of it", word, list);
    char said[160];
    snprintf(said, sizeof said, "\"%s\" is no %s%s%s%s", word, what,
             near ? "; did you mean " : ": ", near ? near : "", near ? "?" : "");
    return bad(r, "%s%s", said, near ? "" : list);
}

static int read_knob(struct reader *r, int i, size_t n)
{
    const char *names[KNOB_COUNT + 1];
    for (int k = 0; k < KNOB_COUNT; k++)
        names[k] = knob_table[k].name;
    names[KNOB_COUNT] = NULL;
    return read_name_of(r, names, i, n, "knob");
}

/* A value of knob k; names may be cut short. */
static int read_shorthand(struct reader *r, enum knob k, int i, size_t n)
{
    char why[300];
    if (knob_table[k].names)
        return read_name_of(r, knob_table[k].names, i, n, knob_table[k].name);
    if (knob_read(k, r->at, n, &r->c->value[i], why, sizeof why))
        return 0;
    return bad(r, "%s", why);
}

/* The value of a pair: VALUE, auto or auto:VALUE. */
static int read_pair_value(struct reader *r, struct command_pair *p)
{
    size_t n = word_length(r->at);
    p->give_back = n >= 4 && memcmp(r->at, "auto", 4) == 0 && (n == 4 || r->at[4] == ':');
    p->has_value = !p->give_back || n > 4;
    if (p->give_back && p->has_value) {
        r->at += 5;
        n -= 5;
    }
    if (!p->has_value)
        r->at += n;
    if (!p->has_value)
        return 0;
    int rc = read_shorthand(r, p->knob, 1, n);
    p->value = r->c->value[1];
    if (rc == 0)
        r->at += n;
    return rc;
}

static int read_pairs(struct reader *r)
{
    struct command *c = r->c;
    for (c->pairs = 0; *r->at; c->pairs++) {
        int rc = read_knob(r, 0, word_length(r->at));
        if (rc)
            return rc;
        enum knob k = (enum knob)c->value[0];
        for (int i = 0; i < c->pairs; i++)
            if (c->pair[i].knob == k)
                return bad(r, "%s stands here twice", knob_table[k].name);
        struct command_pair *p = &c->pair[c->pairs];
        p->knob = k;
        r->at = skip_blanks(r->at + word_length(r->at));
        if (*r->at == 0)
            return bad(r, "something is missing: %s %s", c->row->shown.name,
                       c->row->shown.arguments);
        rc = read_pair_value(r, p);
        if (rc)
            return rc;
        r->at = skip_blanks(r->at);
    }
    return 0;
}

static int read_prefixed(struct reader *r, char prefix, enum unit unit, int i, size_t n,
                         const char *what)
{
    if (*r->at != prefix)
        return bad(r, "%s is needed here", what);
    const char *why;
    bool keeps = unit == UNIT_FACTOR;
    if (units_read(unit, r->at + !keeps, n - !keeps, &r->c->value[i], &why))
        return 0;
    return bad(r, "%s: %s", what, why);
}

static int read_condition(struct reader *r, int i)
{
    struct expectation x;
    struct err inner;
    if (condition_read(r->at, &x, &inner) == 0) {
        snprintf(r->c->word[i], sizeof r->c->word[i], "%s", r->at);
        r->at += strlen(r->at);
        return 0;
    }
    int column = 0;
    char rest[400] = "";
    if (sscanf(inner.text, "column %d: %399[^\n]", &column, rest) == 2)
        r->at += column - 1;
    return bad(r, "%s", rest);
}

static int read_rest(struct reader *r, int i)
{
    if (strlen(r->at) >= sizeof r->c->word[i])
        return bad(r, "longer than 159 bytes");
    snprintf(r->c->word[i], sizeof r->c->word[i], "%s", r->at);
    r->at += strlen(r->at);
    return 0;
}

static int read_argument(struct reader *r, char kind, int i)
{
    size_t n = word_length(r->at);
    int rc = 0;
    copy_word(r->c->word[i], sizeof r->c->word[i], r->at, n);
    switch (kind) {
    case 'x':
        rc = read_prefixed(r, 'x', UNIT_FACTOR, i, n, "a factor like x2");
        break;
    case '+':
        rc = read_prefixed(r, '+', UNIT_RATE, i, n, "a rate to add like +500");
        break;
    case 'r':
        rc = read_quantity(r, UNIT_RATE, i, n, "a rate");
        break;
    case 'd':
        rc = read_quantity(r, UNIT_DURATION, i, n, "a duration");
        break;
    case 'p':
        rc = read_quantity(r, UNIT_RATIO, i, n, "a ratio");
        break;
    case 'i':
        rc = read_quantity(r, UNIT_COUNT, i, n, "a number");
        break;
    case 'k':
        rc = read_knob(r, i, n);
        break;
    case 'l':
        rc = read_shorthand(r, KNOB_POLICY, i, n);
        break;
    case 'o':
        rc = read_shorthand(r, KNOB_ORDER, i, n);
        break;
    case 'b':
        rc = read_shorthand(r, KNOB_BATCH, i, n);
        break;
    case 'g':
        rc = read_shorthand(r, KNOB_LINGER, i, n);
        break;
    case 'y':
        rc = read_shorthand(r, KNOB_CONCURRENCY, i, n);
        break;
    case 'n':
        rc = read_shorthand(r, KNOB_SLOTS, i, n);
        break;
    case 't':
    case 'w':
        break;
    case 'c':
        return read_condition(r, i);
    case 's':
        return read_rest(r, i);
    case 'm':
        return read_pairs(r);
    default:
        assert(!"a letter that no argument has");
    }
    if (rc == 0)
        r->at += n;
    return rc;
}

/* One alternative of the arguments. */
static int read_form(struct reader *r, const char *form, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        r->at = skip_blanks(r->at);
        if (*r->at == 0)
            return bad(r, "something is missing: %s %s", r->c->row->shown.name,
                       r->c->row->shown.arguments);
        int rc = read_argument(r, form[i], (int)i);
        if (rc)
            return rc;
    }
    r->at = skip_blanks(r->at);
    if (*r->at)
        return bad(r, "nothing may follow here: %s %s", r->c->row->shown.name,
                   r->c->row->shown.arguments);
    return 0;
}

static size_t word_count(const char *p)
{
    size_t n = 0;
    for (p = skip_blanks(p); *p; p = skip_blanks(p + word_length(p)))
        n++;
    return n;
}

/* Of several alternatives the sentence is that of the one with so many words, else
 * of the one that came furthest. */
static int read_arguments(struct reader *r)
{
    const char *start = r->at, *form = r->c->row->arguments;
    struct err best = {0};
    const char *best_at = NULL;
    size_t words = word_count(start);
    bool fits = false;
    for (int number = 0;; number++) {
        size_t n = strcspn(form, "|");
        r->at = start;
        r->c->form = number;
        if (read_form(r, form, n) == 0)
            return 0;
        if (best_at == NULL || (n == words && !fits) || (r->at > best_at && !fits)) {
            best = *r->e;
            best_at = r->at;
            fits = n == words;
        }
        if (form[n] == 0)
            break;
        form += n + 1;
    }
    *r->e = best;
    return ERR_BAD;
}

static int check_printable(struct reader *r)
{
    for (; *r->at; r->at++)
        if ((unsigned char)*r->at < ' ' && *r->at != '\t')
            return bad(r, "a control character is not allowed");
    return 0;
}

/* ---- the text in full --------------------------------------------------------------- */

/* One argument as it is written in full: the same command gives the same text, however
 * it was typed. */
static void write_argument(const struct command *c, char kind, int i, char *dst, size_t size)
{
    static const struct {
        char kind;
        enum unit unit;
    } quantities[] = {{'x', UNIT_FACTOR},
                      {'r', UNIT_RATE},
                      {'d', UNIT_DURATION},
                      {'p', UNIT_RATIO},
                      {'i', UNIT_COUNT}};
    static const struct {
        char kind;
        enum knob knob;
    } knobs[] = {{'l', KNOB_POLICY}, {'o', KNOB_ORDER},       {'b', KNOB_BATCH},
                 {'g', KNOB_LINGER}, {'y', KNOB_CONCURRENCY}, {'n', KNOB_SLOTS}};
    snprintf(dst, size, "%s", c->word[i]);
    for (size_t k = 0; k < sizeof quantities / sizeof *quantities; k++)
        if (quantities[k].kind == kind)
            units_write(quantities[k].unit, c->value[i], dst, size);
    for (size_t k = 0; k < sizeof knobs / sizeof *knobs; k++)
        if (knobs[k].kind == kind)
            knob_write(knobs[k].knob, c->value[i], dst, size);
    if (kind == 'k')
        snprintf(dst, size, "%s", knob_table[c->value[i]].name);
    if (kind == '+') {
        dst[0] = '+';
        units_write(UNIT_RATE, c->value[i], dst + 1, size - 1);
    }
}

static size_t write_pairs(const struct command *c, char *dst, size_t size)
{
    size_t n = 0;
    for (int i = 0; i < c->pairs && n < size; i++) {
        const struct command_pair *p = &c->pair[i];
        char value[64] = "";
        if (p->has_value)
            knob_write(p->knob, p->value, value, sizeof value);
        n += (size_t)snprintf(dst + n, size - n, " %s %s%s", knob_table[p->knob].name,
                              !p->give_back  ? ""
                              : p->has_value ? "auto:"
                                             : "auto",
                              value);
    }
    return n;
}

/* Should the full form not fit, the text stays as it was typed. */
static void write_in_full(struct command *c)
{
    char full[2 * PRESET_COMMAND];
    size_t n = (size_t)snprintf(full, sizeof full, "%s", c->row->shown.name);
    const char *form = c->row->arguments;
    for (int i = 0; i < c->form; i++)
        form += strcspn(form, "|") + 1;
    for (int i = 0; form[i] && form[i] != '|' && n < sizeof full; i++) {
        char word[PRESET_COMMAND];
        if (form[i] == 'm') {
            n += write_pairs(c, full + n, sizeof full - n);
            continue;
        }
        write_argument(c, form[i], i, word, sizeof word);
        n += (size_t)snprintf(full + n, sizeof full - n, " %s", word);
    }
    if (n < sizeof c->text)
        memcpy(c->text, full, n + 1);
}

int command_read(const char *text, struct command *out, struct err *e)
{
    *out = (struct command){0};
    struct reader r = {text, text, out, e};
    if (strlen(text) >= sizeof out->text)
        return bad(&r, "a command has at most 159 bytes");
    if (check_printable(&r))
        return ERR_BAD;
    r.at = skip_blanks(text);
    if (*r.at == ':')
        r.at = skip_blanks(r.at + 1);
    if (*r.at == 0)
        return bad(&r, "the command is empty");
    int rc = read_name(&r);
    if (rc)
        return rc;
    const char *arguments = skip_blanks(r.at);
    snprintf(out->text, sizeof out->text, "%s%s%s", out->row->shown.name, *arguments ? " " : "",
             arguments);
    rc = read_arguments(&r);
    if (rc == 0)
        write_in_full(out);
    return rc;
}

int sp_command_check(const char *text, struct err *e)
{
    struct command c;
    int rc = command_read(text, &c, e);
    if (rc)
        return rc;
    if (strcmp(c.row->shown.name, "at") != 0)
        return 0;
    struct err inner;
    if (sp_command_check(c.word[1], &inner) == 0)
        return 0;
    const char *tail = strstr(text, c.word[1]);
    int column = 0;
    char rest[400] = "";
    if (tail && sscanf(inner.text, "column %d: %399[^\n]", &column, rest) == 2)
        snprintf(e->text, sizeof e->text, "column %d: %s", (int)(tail - text) + column, rest);
    else
        *e = inner;
    e->code = ERR_BAD;
    return ERR_BAD;
}
