/* What `spillway run` was asked for; shared by the files that read its options. */
#ifndef UI_CLI_REQUEST_H
#define UI_CLI_REQUEST_H

#include "cli.h"
#include "cli_functions.h"
#include "headless.h"
#include "screen.h"
#include "screenshot.h"

/* Strings that grow; ends with NULL. The strings are owned. */
struct list {
    char **item;
    size_t count;
};

struct request {
    const char *name; /* preset; NULL: none given */
    bool sim, live;
    bool headless;
    enum headless_format format;
    uint64_t seed;
    int64_t duration_ns;
    uint64_t records;
    int64_t rate_mps;
    const char *trace; /* NULL: the preset's schedule */
    struct list sets, commands, expects;
    enum sp_sink sink;
    const char *sink_dir;
    const char *dead_letters;
    enum source_kind source_kind;
    const char *source_file; /* NULL: the preset's source */
    bool source_said;
    bool input_taken; /* standard input was the script */
    const char *report_dir;
    const char *log;
    const char *record;
    struct functions_request functions;
    bool readonly;
    struct screen_options screen;
    struct shots shots;
    bool format_said;
};

/* Options of look, in cli_look.c: each takes its value as struct cli_option says. */
int look_take_ascii(void *request, const char *value, struct err *e);
int look_take_mono(void *request, const char *value, struct err *e);
int look_take_glyphs(void *request, const char *value, struct err *e);
int look_take_theme(void *request, const char *value, struct err *e);
int look_take_redact(void *request, const char *value, struct err *e);
int look_take_mouse(void *request, const char *value, struct err *e);
int look_take_linear(void *request, const char *value, struct err *e);
int look_take_screenshot(void *request, const char *value, struct err *e);
int look_take_format(void *request, const char *value, struct err *e);
/* --source and --trace, in cli_source.c. */
int source_take(void *request, const char *value, struct err *e);
int source_take_trace(void *request, const char *value, struct err *e);
/* Puts what --source said into the preset. */
void source_apply(const struct request *r, struct preset *p);
/* Does standard input hold the records? Keys cannot come from there too. */
bool source_is_input(const struct preset *p);
/* The file of the dead letters. */
const char *source_letters(const struct request *r);
/* What the records come from can be read by one alone: 0 or ERR_BAD. */
MUST_USE int source_check(const struct request *r, const struct preset *p, struct err *e);

/* What cannot go together; 0 or ERR_BAD. */
MUST_USE int look_check(const struct request *r, struct err *e);
/* Makes a run last as long as its screenshots need; ERR_BAD if it ends before. */
MUST_USE int look_until(const struct request *r, const struct preset *p, struct sp_options *o,
                        struct err *e);

#endif
