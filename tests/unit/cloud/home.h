/* A home directory of AWS files for tests, and an environment with nothing of AWS in it. */
#ifndef TESTS_UNIT_CLOUD_HOME_H
#define TESTS_UNIT_CLOUD_HOME_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static char home[64];

static void home_begin(void)
{
    for (char **v = environ; *v;) {
        char name[128];
        size_t n = strcspn(*v, "=");
        if (strncmp(*v, "AWS_", 4) != 0 || n >= sizeof name) {
            v++;
            continue;
        }
        memcpy(name, *v, n);
        name[n] = 0;
        unsetenv(name);
        v = environ;
    }
    snprintf(home, sizeof home, "/tmp/spillway-home-XXXXXX");
    cr_assert_not_null(mkdtemp(home));
    char path[96];
    snprintf(path, sizeof path, "%s/.aws", home);
    cr_assert_eq(mkdir(path, 0700), 0);
    setenv("HOME", home, 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
}

static void home_end(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", home);
    (void)!system(command);
}

/* Writes a file; a relative name is in ~/.aws. */
static void home_write(const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s%s", home, name[0] == '.' ? "" : ".aws/", name);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f, "%s", path);
    fputs(text, f);
    fclose(f);
}

#endif
