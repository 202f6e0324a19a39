/* The file of the screen's set-up: strict JSON, written whole. */
#include "ui/setup_file.h"

#include "ui/keymap.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX 65536

enum kind { KIND_NAMES, KIND_FRAMES, KIND_BOOL };

static const struct setting {
    const char *name;
    enum kind kind;
    const char *const *names;
    int count;
    size_t at;
} fields[] = {
    {"theme", KIND_NAMES, theme_names, THEME_COUNT, offsetof(struct screen_setup, theme)},
    {"glyphs", KIND_NAMES, glyphs_names, GLYPHS_COUNT, offsetof(struct screen_setup, glyphs)},
    {"frames", KIND_FRAMES, NULL, 0, offsetof(struct screen_setup, frames)},
    {"mouse", KIND_BOOL, NULL, 0, offsetof(struct screen_setup, mouse)},
    {"big", KIND_BOOL, NULL, 0, offsetof(struct screen_setup, big)},
    {"redact", KIND_BOOL, NULL, 0, offsetof(struct screen_setup, redact)},
};
#define FIELDS (sizeof fields / sizeof *fields)

static int *value_of(struct screen_setup *s, const struct setting *f)
{
    return (int *)(void *)((char *)s + f->at);
}

__attribute__((format(printf, 3, 4))) static int bad(struct err *e, const char *path,
                                                     const char *format, ...)
{
    char why[330];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    snprintf(e->text, sizeof e->text, "%.160s: %s", path, why);
    return e->code = ERR_BAD;
}

/* ---- reading --------------------------------------------------------------------------- */

static int read_field(const char *path, const struct setting *f, const cJSON *x, int *out,
                      struct err *e)
{
    if (f->kind == KIND_BOOL) {
        if (!cJSON_IsBool(x))
            return bad(e, path, "\"%s\" must be true or false", f->name);
        *out = cJSON_IsTrue(x);
        return 0;
    }
    if (f->kind == KIND_FRAMES) {
        for (int i = 0; cJSON_IsNumber(x) && i < SETUP_RATES; i++)
            if (x->valuedouble == setup_frames[i])
                *out = i;
        return *out >= 0 ? 0 : bad(e, path, "\"frames\" must be 1, 2, 5 or 10 a second");
    }
    for (int i = 0; cJSON_IsString(x) && i < f->count; i++)
        if (strcmp(f->names[i], x->valuestring) == 0)
            *out = i;
    if (*out >= 0)
        return 0;
    char list[200] = "";
    for (int i = 0; i < f->count; i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "",
                 f->names[i]);
    return bad(e, path, "\"%s\" must be one of %s", f->name, list);
}

static int read_keys(const char *path, const cJSON *keys, struct err *e)
{
    struct err why = {0, ""};
    if (!cJSON_IsObject(keys))
        return bad(e, path, "\"keys\" must be an object, like { \"Z\": \"Space\" }");
    for (const cJSON *k = keys->child; k != NULL; k = k->next) {
        for (const cJSON *o = k->next; o != NULL; o = o->next)
            if (strcmp(o->string, k->string) == 0)
                return bad(e, path, "keys: \"%.40s\" stands there twice", k->string);
        if (!cJSON_IsString(k))
            return bad(e, path, "keys: \"%.40s\" must be a key, a :command or \"none\"", k->string);
        if (keymap_bind(k->string, k->valuestring, &why) != 0)
            return bad(e, path, "keys: %.380s", why.text);
    }
    return 0;
}

static int read_member(const char *path, const cJSON *x, struct screen_setup *s, struct err *e)
{
    const char *names[FIELDS + 3] = {"screen", "keys"};
    if (strcmp(x->string, "screen") == 0)
        return cJSON_IsNumber(x) && x->valuedouble == 1
                   ? 0
                   : bad(e, path, "\"screen\" must be 1, the version of the file");
    if (strcmp(x->string, "keys") == 0)
        return read_keys(path, x, e);
    for (size_t i = 0; i < FIELDS; i++) {
        names[i + 2] = fields[i].name;
        if (strcmp(x->string, fields[i].name) == 0)
            return read_field(path, &fields[i], x, value_of(s, &fields[i]), e);
    }
    const char *near = preset_nearest(x->string, names);
    return bad(e, path, "\"%.60s\" is no field of it%s%s%s", x->string,
               near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static int read_root(const char *path, const cJSON *root, struct screen_setup *s, struct err *e)
{
    if (!cJSON_IsObject(root) || cJSON_GetObjectItemCaseSensitive(root, "screen") == NULL)
        return bad(e, path, "the set-up of the screen is an object, { \"screen\": 1, … }");
    for (const cJSON *x = root->child; x != NULL; x = x->next) {
        for (const cJSON *o = x->next; o != NULL; o = o->next)
            if (strcmp(o->string, x->string) == 0)
                return bad(e, path, "\"%.60s\" stands there twice", x->string);
        if (read_member(path, x, s, e) != 0)
            return ERR_BAD;
    }
    return 0;
}

static const struct screen_setup nothing = {-1, -1, -1, -1, -1, -1};

int setup_read(const char *path, const char *text, struct screen_setup *out, struct err *e)
{
    const char *end = text;
    cJSON *root = cJSON_ParseWithOpts(text, &end, 1);
    *out = nothing;
    keymap_reset();
    int code = 0;
    if (root == NULL) {
        int line = 1;
        for (const char *p = text; p < end; p++)
            line += *p == '\n';
        code = bad(e, path, "line %d: this is no JSON from here on", line);
    } else
        code = read_root(path, root, out, e);
    cJSON_Delete(root);
    if (code != 0) {
        *out = nothing;
        keymap_reset();
    }
    return code;
}

/* ---- the file ---------------------------------------------------------------------------- */

/* Path of the file, its folder made if wanted; false: neither folder is known. */
static bool file_path(char path[PRESET_PATH], bool make)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int n = -1;
    if (config != NULL && config[0] == '/')
        n = snprintf(path, PRESET_PATH, "%s/spillway/screen.json", config);
    else if (home != NULL && home[0] == '/')
        n = snprintf(path, PRESET_PATH, "%s/.config/spillway/screen.json", home);
    if (n < 0 || n >= PRESET_PATH - 32)
        return false;
    for (char *p = path + 1; make && (p = strchr(p, '/')) != NULL; p++) {
        *p = 0;
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            make = false; /* the write that follows says why */
        *p = '/';
    }
    return true;
}

/* 0 and text, NULL where there is no file; or the sentence. The text is the caller's. */
static int read_file(const char *path, char **text, struct err *e)
{
    struct stat st;
    *text = NULL;
    if (stat(path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : bad(e, path, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode) || st.st_size > FILE_BYTES_MAX)
        return bad(e, path, "is no file of at most 64 KiB");
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return bad(e, path, "%s", strerror(errno));
    *text = calloc(1, FILE_BYTES_MAX + 1);
    size_t n = *text != NULL ? fread(*text, 1, FILE_BYTES_MAX, f) : 0;
    bool failed = ferror(f) != 0 || *text == NULL || memchr(*text, 0, n) != NULL;
    fclose(f);
    if (!failed)
        return 0;
    free(*text);
    *text = NULL;
    return bad(e, path, "cannot be read as text");
}

void setup_load(struct screen_setup *out, char *note, size_t size)
{
    char path[PRESET_PATH], *text = NULL, lost[200];
    struct err e = {0, ""};
    *out = nothing;
    keymap_reset();
    note[0] = 0;
    if (!file_path(path, false))
        return;
    int code = read_file(path, &text, &e);
    if (code == 0 && text != NULL)
        code = setup_read(path, text, out, &e);
    free(text);
    if (code != 0)
        snprintf(note, size, "%s", e.text);
    else if (keymap_lost(lost, sizeof lost))
        snprintf(note, size, "%.160s: %s", path, lost);
}

static cJSON *as_json(const struct screen_setup *s, const struct setting *f)
{
    int v = *value_of((struct screen_setup *)(uintptr_t)s, f); /* which is only read */
    if (f->kind == KIND_BOOL)
        return cJSON_CreateBool(v);
    if (f->kind == KIND_FRAMES)
        return cJSON_CreateNumber(setup_frames[v]);
    return cJSON_CreateString(f->names[v]);
}

static int frames_index(int fps)
{
    int i = SETUP_RATES - 1;
    while (i > 0 && setup_frames[i] > fps)
        i--;
    return i;
}

static struct screen_setup setup_of(const struct view *v)
{
    return (struct screen_setup){v->looks.theme, (int)v->glyphs, frames_index(v->fps_wanted),
                                 v->mouse,       v->looks.big,   v->looks.redact};
}

int setup_save(const struct view *v, char path[PRESET_PATH], struct err *e)
{
    char *text = NULL;
    struct screen_setup now = setup_of(v), old;
    if (!file_path(path, true))
        return bad(e, "set-up", "neither XDG_CONFIG_HOME nor HOME says where to keep it");
    if (read_file(path, &text, e) != 0)
        return ERR_BAD;
    cJSON *root = text != NULL ? cJSON_Parse(text) : cJSON_CreateObject();
    int code = text != NULL ? setup_read(path, text, &old, e) : 0;
    free(text);
    for (size_t i = 0; code == 0 && i < FIELDS; i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(root, fields[i].name);
        cJSON_AddItemToObject(root, fields[i].name, as_json(&now, &fields[i]));
    }
    if (code == 0 && cJSON_GetObjectItemCaseSensitive(root, "screen") == NULL)
        cJSON_AddNumberToObject(root, "screen", 1);
    text = code == 0 ? cJSON_Print(root) : NULL;
    if (text != NULL)
        code = file_save(path, text, strlen(text), PRESET_REPLACE, e);
    else if (code == 0)
        code = bad(e, path, "the system gave no memory");
    free(text);
    cJSON_Delete(root);
    return code;
}

void setup_use(const struct screen_setup *s, const struct look_options *said, struct control *c)
{
    struct view *v = &c->view;
    bool colours = v->looks.colours > 0;
    if (s->theme >= 0 && said->theme == 0 && !said->mono && colours && theme_exists(s->theme))
        v->looks.theme = s->theme;
    v->mono = v->looks.theme == THEME_MONO;
    if (s->glyphs >= 0 && said->glyphs == 0 && v->glyphs != GLYPHS_ASCII)
        v->glyphs = (enum glyphs)s->glyphs;
    if (s->frames >= 0)
        v->fps_wanted = setup_frames[s->frames];
    v->mouse = said->mouse || s->mouse > 0;
    v->looks.big = said->big || s->big > 0;
    v->looks.redact = said->redact || s->redact > 0;
}
