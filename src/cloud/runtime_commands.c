/* Which command runs a function, and what must be there for it. */
#include "cloud/runtime_process.h"

#include "io/err_say.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUNTIMES_DEFAULT "build/functions"
#define HEAP_PERCENT 85 /* of a function's memory is the JVM's heap */

static char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *text(const char *format, ...)
{
    char *out;
    va_list values;
    va_start(values, format);
    int n = vasprintf(&out, format, values);
    va_end(values);
    assert(n >= 0); /* no memory for a path */
    return out;
}

void runtime_command_free(struct runtime_command *c)
{
    free(c->program);
    free(c->folder);
    free(c->runtime_folder);
    free(c->handler);
    for (int i = 0; c->arguments[i]; i++)
        free(c->arguments[i]);
    *c = (struct runtime_command){0};
}

/* Takes argument, which was allocated. */
static void add(struct runtime_command *c, char *argument)
{
    int n = 0;
    while (c->arguments[n])
        n++;
    assert(n < RUNTIME_ARGUMENTS);
    c->arguments[n] = argument;
}

/* "PATH[:HANDLER]": the absolute path, which must be a folder or a file; the handler,
 * or the usual one. NULL with the sentence. */
static char *split(const char *source, bool folder, const char *usual, char **handler,
                   struct err *e)
{
    size_t n = strcspn(source, ":");
    char *path = text("%.*s", (int)n, source);
    const char *said = source[n] ? source + n + 1 : usual;
    struct stat s;
    char *found = *path ? realpath(path, NULL) : NULL;
    if (found == NULL)
        err_say(e, ERR_BAD, "%s \"%s\": %s", folder ? "folder" : "file", path,
                strerror(*path ? errno : ENOENT));
    else if (stat(found, &s) != 0 || (folder ? !S_ISDIR(s.st_mode) : !S_ISREG(s.st_mode)))
        err_say(e, ERR_BAD, "\"%s\" is no %s", path, folder ? "folder" : "file");
    else if (*said == '\0')
        err_say(e, ERR_BAD,
                "\"%s\" ends with a colon: write the handler behind it, as in \"%s:%s\"", source,
                path, usual);
    else {
        *handler = text("%s", said);
        free(path);
        return found;
    }
    free(path);
    free(found);
    return NULL;
}

/* A file of the installed runtime clients, absolute. NULL with what to type. */
static char *runtime_file(const char *name, struct err *e)
{
    const char *set = getenv("SPILLWAY_RUNTIMES");
    const char *root = set && *set ? set : RUNTIMES_DEFAULT;
    char *folder = realpath(root, NULL);
    char *path = folder ? text("%s/%s", folder, name) : NULL;
    free(folder);
    if (path && access(path, R_OK) == 0)
        return path;
    err_say(e, ERR_BAD,
            "AWS's runtime clients are not in %s (%s is missing): type `make functions`, or say in "
            "SPILLWAY_RUNTIMES where they are",
            root, name);
    free(path);
    return NULL;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return text("%.*s", slash && slash > path ? (int)(slash - path) : 1, slash ? path : ".");
}

int runtime_command_python(struct runtime_command *c, const struct handler_function *f,
                           struct err *e)
{
    c->folder = split(f->source, true, "app.handler", &c->handler, e);
    if (c->folder == NULL)
        return e->code;
    if (strchr(c->handler, '.') == NULL)
        return err_say(e, ERR_BAD, "handler \"%s\": write MODULE.FUNCTION, as in \"app.handler\"",
                       c->handler);
    c->program = runtime_file("python/bin/python3", e);
    if (c->program == NULL)
        return e->code;
    c->runtime_folder = folder_of(c->program);
    add(c, text("%s", c->program));
    add(c, text("-B")); /* a task root is read-only in the cloud: no __pycache__ in it */
    add(c, text("-m"));
    add(c, text("awslambdaric"));
    add(c, text("%s", c->handler));
    return 0;
}

/* java of JAVA_HOME, else the first in PATH. NULL if there is none. */
static char *find_java(void)
{
    const char *home = getenv("JAVA_HOME");
    char *path = text("%s/bin/java", home ? home : "");
    if (home && *home == '/' && access(path, X_OK) == 0)
        return path;
    free(path);
    for (const char *p = getenv("PATH"), *end; p && *p; p = *end ? end + 1 : end) {
        end = p + strcspn(p, ":");
        path = text("%.*s/java", (int)(end - p), p);
        if (*path == '/' && access(path, X_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

int runtime_command_java(struct runtime_command *c, const struct handler_function *f, struct err *e)
{
    char *jar = split(f->source, false, "spillway.Tokenize::handle", &c->handler, e);
    if (jar == NULL)
        return e->code;
    c->folder = folder_of(jar);
    char *native = runtime_file("java/libaws-lambda-jni.so", e);
    c->program = native ? find_java() : NULL;
    if (native && c->program == NULL)
        err_say(e, ERR_BAD, "there is no java in JAVA_HOME or PATH: type `make functions`");
    if (c->program) {
        c->runtime_folder = folder_of(native);
        add(c, text("%s", c->program));
        /* As Lambda starts it: a short life on a small machine. */
        add(c, text("-XX:+UseSerialGC"));
        add(c, text("-XX:TieredStopAtLevel=1"));
        add(c, text("-XX:-UsePerfData"));
        add(c, text("-Xmx%dm", f->memory_mb * HEAP_PERCENT / 100));
        add(c, text("-Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi."
                    "NativeClient.JNI=%s",
                    native));
        add(c, text("-cp"));
        add(c, text("%s:%s/*", jar, c->runtime_folder));
        add(c, text("com.amazonaws.services.lambda.runtime.api.client.AWSLambda"));
        add(c, text("%s", c->handler));
    }
    free(native);
    free(jar);
    return c->program ? 0 : e->code;
}

int runtime_command_exec(struct runtime_command *c, const struct handler_function *f, struct err *e)
{
    c->folder = split(f->source, true, "handler", &c->handler, e);
    if (c->folder == NULL)
        return e->code;
    c->program = text("%s/bootstrap", c->folder);
    struct stat s;
    if (stat(c->program, &s) != 0)
        return err_say(e, ERR_BAD,
                       "%s: %s; an exec function is a folder with a program of that name",
                       c->program, strerror(errno));
    if (!S_ISREG(s.st_mode) || access(c->program, X_OK) != 0)
        return err_say(e, ERR_BAD, "%s is not executable: chmod +x it", c->program);
    c->runtime_folder = text("%s", c->folder);
    add(c, text("./bootstrap"));
    return 0;
}
