/* Where experiments come from: the folder experiments/ beside the presets. */
#include "lab/experiment.h"

#include "io/preset_fields.h"
#include "io/preset_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 256

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

/* Folder i of the search; false after the last. "" for one that there is not. */
static bool folder(int i, char dst[PRESET_PATH])
{
    if (!preset_search_dir(i, dst))
        return false;
    size_t len = strlen(dst);
    if (len > 0)
        (void)snprintf(dst + len, PRESET_PATH - len, "/experiments");
    return true;
}

int experiment_names(char (*names)[PRESET_NAME], int max)
{
    char path[PRESET_PATH];
    int count = 0;
    for (int i = 0; folder(i, path); i++)
        count = preset_folder_names(path, names, count, max);
    qsort(names, (size_t)count, sizeof *names, by_name);
    return count;
}

static int load_file(const char *path, struct experiment *out, struct err *e)
{
    char *text = NULL;
    size_t size = 0;
    memset(out, 0, sizeof *out);
    int status = preset_read_file(path, &text, &size, e);
    if (status == 0)
        status = experiment_parse(text, size, path, out, e);
    free(text);
    return status;
}

static int fail_unknown(const char *name, struct err *e)
{
    char names[NAMES_MAX][PRESET_NAME], list[300] = "", quoted[PRESET_QUOTED];
    const char *known[NAMES_MAX];
    int count = experiment_names(names, NAMES_MAX);
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        known[i] = names[i];
        if (used + strlen(names[i]) + 4 < sizeof list &&
            preset_printable(names[i], strlen(names[i])))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "",
                                     names[i]);
    }
    const char *near = preset_nearest_of(name, strlen(name), known, (size_t)count);
    e->code = ERR_BAD;
    (void)snprintf(e->text, sizeof e->text, "%s: no experiment has this name; %s%s%s%s%s",
                   preset_quote(quoted, sizeof quoted, name, strlen(name)),
                   near ? "did you mean \"" : "", near ? near : "", near ? "\"? " : "",
                   count ? "there are: " : "there are none in ./presets/experiments", list);
    return ERR_BAD;
}

int experiment_load(const char *name, struct experiment *out, struct err *e)
{
    char dir[PRESET_PATH], path[PRESET_PATH + 600];
    size_t len = strlen(name);
    memset(out, 0, sizeof *out);
    if (strchr(name, '/') || (len > 5 && strcmp(name + len - 5, ".json") == 0))
        return load_file(name, out, e);
    for (int i = 0; len > 0 && len < 256 && folder(i, dir); i++) {
        (void)snprintf(path, sizeof path, "%s/%s.json", dir, name);
        if (dir[0] && access(path, F_OK) == 0)
            return load_file(path, out, e);
    }
    return fail_unknown(name, e);
}
