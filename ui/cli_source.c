/* Options of `spillway run` that say what the records and the load come from. */
#include "cli_request.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* KIND or KIND:FILE. */
int source_take(void *request, const char *value, struct err *e)
{
    struct request *r = request;
    size_t length = strcspn(value, ":");
    const char *file = value[length] ? value + length + 1 : NULL;
    r->source_said = true;
    for (int k = 0; source_kind_names[k]; k++) {
        if (strlen(source_kind_names[k]) != length ||
            memcmp(source_kind_names[k], value, length) != 0)
            continue;
        r->source_kind = (enum source_kind)k;
        r->source_file = file ? file : "";
        if ((k == SOURCE_NEXMARK) != (file == NULL) || (file && !file[0]))
            break;
        if (strlen(r->source_file) >= PRESET_FILE)
            return err_say(e, ERR_BAD, "the path is longer than %d bytes", PRESET_FILE - 1);
        return 0;
    }
    return err_say(e, ERR_BAD, "\"%.60s\" is no source: nexmark, lines:FILE, lines:- or dead:FILE",
                   value);
}

int source_take_trace(void *request, const char *value, struct err *e)
{
    ((struct request *)request)->trace = value;
    return value[0] ? 0 : err_say(e, ERR_BAD, "a file's name is missing");
}

/* Standard input holds the records: keys cannot come from there too. */
bool source_is_input(const struct preset *p)
{
    return p->source_kind == SOURCE_LINES && strcmp(p->source_file, "-") == 0;
}

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

const char *source_letters(const struct request *r)
{
    return r->dead_letters ? r->dead_letters : "dead-letters.jsonl";
}

/* What the records come from can be read by one alone. */
int source_check(const struct request *r, const struct preset *p, struct err *e)
{
    if (source_is_input(p) && (r->input_taken || (r->name && strcmp(r->name, "-") == 0)))
        return err_say(e, ERR_BAD,
                       "standard input is wanted twice: for the records (--source "
                       "lines:-) and for the preset or --script");
    if (p->source_kind == SOURCE_DEAD && same_file(p->source_file, source_letters(r)))
        return err_say(e, ERR_BAD,
                       "%.200s: what fails again would be added to the file that is being run; "
                       "give another with --dead-letters",
                       p->source_file);
    return 0;
}

void source_apply(const struct request *r, struct preset *p)
{
    if (!r->source_said)
        return;
    p->source_kind = r->source_kind;
    snprintf(p->source_file, sizeof p->source_file, "%s", r->source_file);
    p->duration_ns = r->source_kind == SOURCE_NEXMARK ? p->duration_ns : 0;
}
