/* A run without a screen: progress on standard error, results on standard output. */
#ifndef UI_HEADLESS_H
#define UI_HEADLESS_H

#include "spillway.h"

enum headless_format { HEADLESS_TEXT, HEADLESS_JSON, HEADLESS_CSV };

struct headless_options {
    enum headless_format format;
    bool results_on_stderr; /* standard output carries the sink's rows */
    const char *report_dir; /* NULL: no report */
    const char *record;     /* file to record into; NULL: none */
    const char *log;        /* file for the event lines; NULL: none */
};

/* Opens the engine, runs it to its end, writes what was asked for, closes it.
 * Returns the process's exit code. */
int headless_run(const struct sp_options *engine, const struct headless_options *options);

#endif
