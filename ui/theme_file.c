/* A theme as JSON:
 *
 *   { "theme": 1, "base": "dark", "ground": "#1c1c1c", "bold": false,
 *     "colours": { "text": 252, "burst": "#ffaf00" },
 *     "heat": [17, 18, 24, 73, 109, 145, 180, 215, 222, 229] }
 *
 * All but "theme" may be left out. A colour is one of 0 to 255, "#rrggbb" (the nearest
 * of those), or "default": the terminal's own. */
#include "ui/theme_file.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX 65536

static const char *const fields[] = {"theme", "base", "ground", "bold", "colours", "heat", NULL};

struct reader {
    const char *path;
    struct err *e;
};

__attribute__((format(printf, 2, 3))) static int bad(const struct reader *r, const char *format,
                                                     ...)
{
    char why[300];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    r->e->code = ERR_BAD;
    snprintf(r->e->text, sizeof r->e->text, "%.160s: %s", r->path, why);
    return ERR_BAD;
}

/* Names of an object: known ones, each once. */
static int check_names(const struct reader *r, const cJSON *object, const char *const *names)
{
    for (const cJSON *f = object->child; f != NULL; f = f->next) {
        bool known = false;
        for (int i = 0; names[i] != NULL; i++)
            known = known || strcmp(names[i], f->string) == 0;
        const char *near = preset_nearest(f->string, names);
        if (!known)
            return bad(r, "\"%.60s\" is no field of a theme%s%s%s", f->string,
                       near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                       near != NULL ? "\"?" : "");
        for (const cJSON *o = f->next; o != NULL; o = o->next)
            if (strcmp(o->string, f->string) == 0)
                return bad(r, "\"%.60s\" stands there twice", f->string);
    }
    return 0;
}

static int hex(const char *text, uint32_t *rgb)
{
    char *end;
    if (text[0] != '#' || strlen(text) != 7 || strspn(text + 1, "0123456789abcdefABCDEF") != 6)
        return ERR_BAD;
    *rgb = (uint32_t)strtoul(text + 1, &end, 16);
    return 0;
}

static int read_colour(const struct reader *r, const char *name, const cJSON *f, short *out)
{
    uint32_t rgb;
    if (cJSON_IsNumber(f) && f->valuedouble >= 0 && f->valuedouble <= 255 &&
        f->valuedouble == (double)f->valueint)
        *out = (short)f->valueint;
    else if (cJSON_IsString(f) && strcmp(f->valuestring, "default") == 0)
        *out = INK_OWN;
    else if (cJSON_IsString(f) && hex(f->valuestring, &rgb) == 0)
        *out = (short)colour_nearest(rgb);
    else
        return bad(r, "\"%s\" must be a colour: 0 to 255, \"#rrggbb\" or \"default\"", name);
    return 0;
}

static int read_colours(const struct reader *r, const cJSON *object, struct theme *t)
{
    const char *names[ROLE_HEAT + 1];
    for (int i = 0; i < ROLE_HEAT; i++)
        names[i] = role_names[i];
    names[ROLE_HEAT] = NULL;
    if (!cJSON_IsObject(object))
        return bad(r, "\"colours\" must be an object, like { \"burst\": 214 }");
    if (check_names(r, object, names) != 0)
        return ERR_BAD;
    for (const cJSON *f = object->child; f != NULL; f = f->next)
        for (int i = 0; i < ROLE_HEAT; i++)
            if (strcmp(names[i], f->string) == 0 && read_colour(r, names[i], f, &t->colour[i]) != 0)
                return ERR_BAD;
    return 0;
}

static int read_heat(const struct reader *r, const cJSON *list, struct theme *t)
{
    int steps = ROLE_HEAT_LAST - ROLE_HEAT + 1;
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) != steps)
        return bad(r, "\"heat\" must be a list of %d colours, from few to many", steps);
    for (int i = 0; i < steps; i++)
        if (read_colour(r, "heat", cJSON_GetArrayItem(list, i), &t->colour[ROLE_HEAT + i]) != 0)
            return ERR_BAD;
    return 0;
}

static int read_base(const struct reader *r, const cJSON *root, struct theme *t)
{
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(root, "theme");
    if (!cJSON_IsNumber(version) || version->valuedouble != 1)
        return bad(r, "\"theme\": 1 is missing, the version of the file");
    const cJSON *base = cJSON_GetObjectItemCaseSensitive(root, "base");
    int from = THEME_DARK;
    if (base != NULL)
        from = cJSON_IsString(base) ? theme_find(base->valuestring) : -1;
    if (from < 0 || from == THEME_USER || from == THEME_MONO)
        return bad(r, "\"base\" must be \"dark\", \"light\" or \"projector\"");
    *t = *theme_get(from);
    snprintf(t->name, sizeof t->name, "user");
    const cJSON *bold = cJSON_GetObjectItemCaseSensitive(root, "bold");
    if (bold != NULL && !cJSON_IsBool(bold))
        return bad(r, "\"bold\" must be true or false");
    t->bold = bold != NULL ? cJSON_IsTrue(bold) : t->bold;
    const cJSON *ground = cJSON_GetObjectItemCaseSensitive(root, "ground");
    return ground != NULL ? read_colour(r, "ground", ground, &t->ground) : 0;
}

static int read_root(const struct reader *r, const cJSON *root, struct theme *t)
{
    if (!cJSON_IsObject(root))
        return bad(r, "a theme is an object, like { \"theme\": 1, \"base\": \"dark\" }");
    if (check_names(r, root, fields) != 0 || read_base(r, root, t) != 0)
        return ERR_BAD;
    const cJSON *colours = cJSON_GetObjectItemCaseSensitive(root, "colours");
    const cJSON *heat = cJSON_GetObjectItemCaseSensitive(root, "heat");
    if (colours != NULL && read_colours(r, colours, t) != 0)
        return ERR_BAD;
    return heat != NULL ? read_heat(r, heat, t) : 0;
}

int theme_read(const char *path, const char *text, struct theme *out, struct err *e)
{
    const struct reader r = {path, e};
    const char *end = text;
    cJSON *root = cJSON_ParseWithOpts(text, &end, 1);
    if (root == NULL) {
        int line = 1, column = 1;
        for (const char *p = text; p < end; p++) {
            column = *p == '\n' ? 1 : column + 1;
            line += *p == '\n';
        }
        snprintf(e->text, sizeof e->text, "%.160s:%d:%d: this is no JSON from here on", path, line,
                 column);
        return e->code = ERR_BAD;
    }
    struct theme t;
    int code = read_root(&r, root, &t);
    if (code == 0)
        *out = t;
    cJSON_Delete(root);
    return code;
}

/* false: neither folder is known. */
static bool theme_path(char *dst, size_t size)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int n = -1;
    if (config != NULL && config[0] == '/')
        n = snprintf(dst, size, "%s/spillway/theme.json", config);
    else if (home != NULL && home[0] == '/')
        n = snprintf(dst, size, "%s/.config/spillway/theme.json", home);
    return n > 0 && (size_t)n < size;
}

enum theme_file theme_file_load(struct err *e)
{
    static char text[FILE_BYTES_MAX + 1];
    char path[4096];
    struct theme t;
    if (!theme_path(path, sizeof path)) {
        snprintf(e->text, sizeof e->text, "no theme of your own: HOME is not set");
        return THEME_FILE_NONE;
    }
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        snprintf(e->text, sizeof e->text, "%.300s: %s", path, strerror(errno));
        return errno == ENOENT || errno == ENOTDIR ? THEME_FILE_NONE : THEME_FILE_BAD;
    }
    size_t n = fread(text, 1, sizeof text, f);
    bool failed = ferror(f) != 0;
    fclose(f);
    e->code = ERR_BAD;
    if (failed || n > FILE_BYTES_MAX || memchr(text, 0, n) != NULL) {
        snprintf(e->text, sizeof e->text, "%.300s: %s", path,
                 failed ? "cannot be read" : "no text of at most 64 KiB");
        return THEME_FILE_BAD;
    }
    text[n] = 0;
    if (theme_read(path, text, &t, e) != 0)
        return THEME_FILE_BAD;
    theme_set_user(&t);
    return THEME_FILE_READ;
}
