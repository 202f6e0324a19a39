/* Handler kinds whose environments are processes: `python`, `java`, `exec`.
 *
 * One environment is one process with a Runtime API of its own (cloud/runtime_api.h).
 * AWS's runtime clients run in it unmodified; they are looked for in the folder that
 * SPILLWAY_RUNTIMES names, else in build/functions (`make functions` fills it):
 *
 *   python/bin/python3            an interpreter that has awslambdaric
 *   java/NAME.jar                 aws-lambda-java-runtime-interface-client and what it needs
 *   java/libaws-lambda-jni.so     its native part, unpacked once: clients that start
 *                                 together would unpack it over one another
 *
 * A process gets nothing of ours but its folder: a clean environment (the variables
 * that AWS documents, credentials that are none), no terminal, no descriptor, limits on
 * open files and file sizes. Functions whose environments die before they are ready
 * start ever more slowly, up to one in 5 s. */
#ifndef CLOUD_RUNTIME_PROCESS_H
#define CLOUD_RUNTIME_PROCESS_H

#include "cloud/handler.h"

extern const struct handler_kind handler_python; /* python:FOLDER[:module.function] */
extern const struct handler_kind handler_java;   /* java:JAR[:package.Class::method] */
extern const struct handler_kind handler_exec;   /* exec:FOLDER[:handler]: FOLDER/bootstrap */

#define RUNTIME_ARGUMENTS 16

/* The command of a function's environments. Strings are the function's. */
struct runtime_command {
    char *program;                          /* absolute path */
    char *folder;                           /* LAMBDA_TASK_ROOT, absolute */
    char *runtime_folder;                   /* LAMBDA_RUNTIME_DIR */
    char *handler;                          /* _HANDLER */
    char *arguments[RUNTIME_ARGUMENTS + 1]; /* ends with NULL */
};

/* What differs between the kinds: fills the command for `source`. In
 * cloud/runtime_commands.c. 0, or ERR_BAD or ERR_IO with a sentence that says what to
 * type. The caller frees it in any case. */
typedef int runtime_command_fn(struct runtime_command *c, const struct handler_function *f,
                               struct err *e);
runtime_command_fn runtime_command_python, runtime_command_java, runtime_command_exec;
void runtime_command_free(struct runtime_command *c);

#endif
