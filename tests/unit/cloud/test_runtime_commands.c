/* Commands of the kinds, with runtime clients that are empty files. */
#include "cloud/runtime_process.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/spillway-runtimes-XXXXXX";

static void touch(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *f = fopen(path, "w");
    cr_assert(f);
    fclose(f);
    chmod(path, 0755);
}

static void folder(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", root, name);
    cr_assert_eq(mkdir(path, 0755), 0);
}

static void begin(void)
{
    cr_assert(mkdtemp(root));
    setenv("SPILLWAY_RUNTIMES", root, 1);
    setenv("JAVA_HOME", root, 1);
    folder("python");
    folder("python/bin");
    folder("java");
    folder("bin");
    touch("python/bin/python3");
    touch("java/libaws-lambda-jni.so");
    touch("bin/java");
    touch("app.jar");
    touch("bootstrap");
}

static void finish(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", root);
    cr_assert_eq(system(command), 0); /* NOLINT */
}

/* Each root in text becomes @. */
static void shorten(char *text)
{
    for (char *p; (p = strstr(text, root)) != NULL;) {
        *p = '@';
        memmove(p + 1, p + strlen(root), strlen(p + strlen(root)) + 1);
    }
}

/* The arguments for a source in the root, with blanks between. The command is kept. */
static const char *told(runtime_command_fn *fill, const char *source, struct runtime_command *c)
{
    static char text[2000];
    char path[200];
    struct err e = {0};
    const struct handler_function f = {.name = "f", .source = path, .memory_mb = 1000};
    snprintf(path, sizeof path, "%s%s", root, source);
    *c = (struct runtime_command){0};
    cr_assert_eq(fill(c, &f, &e), 0, "%s", e.text);
    text[0] = '\0';
    for (int i = 0; c->arguments[i]; i++) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "", c->arguments[i]);
    }
    shorten(text);
    return text;
}

Test(runtime_commands, python_runs_the_client_as_a_module)
{
    struct runtime_command c;
    begin();
    cr_assert_str_eq(told(runtime_command_python, "", &c),
                     "@/python/bin/python3 -B -m awslambdaric app.handler");
    cr_assert_str_eq(c.folder, root);
    runtime_command_free(&c);
    cr_assert_str_eq(told(runtime_command_python, "/bin:mod.sub.fn", &c),
                     "@/python/bin/python3 -B -m awslambdaric mod.sub.fn");
    cr_assert_str_eq(c.handler, "mod.sub.fn");
    runtime_command_free(&c);
    finish();
}

Test(runtime_commands, java_has_its_native_part_unpacked_and_a_heap_within_its_memory)
{
    struct runtime_command c;
    begin();
    cr_assert_str_eq(
        told(runtime_command_java, "/app.jar:a.B::c", &c),
        "@/bin/java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xmx850m "
        "-Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI="
        "@/java/libaws-lambda-jni.so -cp @/app.jar:@/java/* "
        "com.amazonaws.services.lambda.runtime.api.client.AWSLambda a.B::c");
    cr_assert_str_eq(c.folder, root);
    runtime_command_free(&c);
    told(runtime_command_java, "/app.jar", &c);
    cr_assert_str_eq(c.handler, "spillway.Tokenize::handle");
    runtime_command_free(&c);
    finish();
}

Test(runtime_commands, exec_runs_the_bootstrap_of_its_folder)
{
    struct runtime_command c;
    begin();
    cr_assert_str_eq(told(runtime_command_exec, "", &c), "./bootstrap");
    shorten(c.program);
    cr_assert_str_eq(c.program, "@/bootstrap");
    runtime_command_free(&c);
    finish();
}
