/* A process of somebody else's code: started apart from us, watched, ended for sure.
 *
 * It leads a session of its own (no terminal, a process group that ends as one), holds
 * no descriptor of ours, starts with no signal blocked or ignored, has a clean
 * environment, may not gain privileges, and dies with the thread that started it. */
#ifndef CLOUD_CHILD_H
#define CLOUD_CHILD_H

#include "base/check.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What to run. All is borrowed during child_start only. */
struct child_plan {
    const char *program;     /* absolute path */
    const char *const *argv; /* ends with NULL */
    const char *const *envp; /* the whole environment, ends with NULL */
    const char *folder;      /* it starts there */
    uint64_t open_files_max; /* RLIMIT_NOFILE */
    uint64_t file_size_max;  /* RLIMIT_FSIZE, bytes */
};

struct child {
    pid_t pid;     /* 0: none, or reaped */
    int pidfd;     /* readable once it has ended */
    int output_fd; /* its standard output and error; does not block */
};

/* How it ended. */
struct child_end {
    bool signalled;
    int number; /* exit status, or the signal */
};

/* Starts it. 0, or ERR_IO with the sentence. A program that cannot be executed ends
 * with status 127 and its reason in the output. */
MUST_USE int child_start(struct child *c, const struct child_plan *plan, struct err *e);

/* Sends a signal to all of its group. Nothing if it was reaped. */
void child_signal(const struct child *c, int signal);

/* Takes the end of one that has ended, kills what is left of its group, closes the
 * pidfd. False if it still runs after wait_ms (0: looks, does not wait). The output
 * stays readable until child_close. */
bool child_reap(struct child *c, int wait_ms, struct child_end *end);

/* The most memory that it has held at once, bytes; 0: not known. */
int64_t child_memory(const struct child *c);

/* Closes the descriptors. It must have been reaped. */
void child_close(struct child *c);

#endif
