/* What experiments and sweeps have in common at a terminal: signals that end them with what
 * there is, and a line of progress on standard error. */
#ifndef UI_LAB_RUN_H
#define UI_LAB_RUN_H

#include "cli.h"
#include "lab/study.h"

/* From now on SIGINT, SIGTERM and SIGHUP stop the runner; the second of a kind ends the
 * program at once. */
void lab_watch_signals(struct runner *runner);
/* The signal that came; 0: none. */
int lab_signal(void);

/* A study_progress_fn; context NULL. */
void lab_progress(void *context, const struct study *study, const struct runner_progress *p);
/* Ends its line. */
void lab_progress_end(void);

/* The exit code after studies_run gave code and e: sentences are told on standard error. */
int lab_verdict(const struct studies *s, int code, const struct err *e);

#endif
