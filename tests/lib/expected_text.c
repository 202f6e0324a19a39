#include "tests/lib/expected_text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void expected_text_check(const char *name, const char *text)
{
    static char expected[400 * 1000];
    char path[200];
    snprintf(path, sizeof path, "tests/golden/%s", name);
    const char *how = getenv("SPILLWAY_GOLDEN");
    bool writes = how != NULL && strcmp(how, "write") == 0;
    FILE *f = fopen(path, writes ? "w" : "r");
    cr_assert_not_null(f, "%s: run from the top of the project", path);
    if (writes)
        fputs(text, f);
    else
        expected[fread(expected, 1, sizeof expected - 1, f)] = 0;
    fclose(f);
    cr_assert(writes || strcmp(expected, text) == 0, "%s differs; what is drawn now:\n%s", path,
              text);
}
