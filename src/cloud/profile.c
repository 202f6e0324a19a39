/* Reads the two files line by line, in place: names and values point into their text. */
#include "cloud/profile.h"

#include "io/err_say.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 4096
#define WHERE_SIZE 200 /* of a path in a sentence: its end */
#define SECTIONS_MAX 10000
#define KEYS_MAX 1000 /* of a section: each new one is compared with those before it */

struct section {
    char *title;      /* "profile x", as written */
    const char *kind; /* "profile", "services", "sso-session"; of other titles "" */
    const char *name; /* "x" */
};

struct entry {
    size_t section;
    const char *key;  /* in lower case */
    const char *part; /* key within an indented block; NULL: the value of `key` itself */
    char *value;
};

struct file {
    char path[PATH_SIZE];
    char *text; /* owned; NULL if the file was not there */
    size_t size;
    struct section *sections;
    size_t section_count;
    struct entry *entries;
    size_t entry_count;
};

struct profiles {
    struct file files[2];
};

/* The end of a path, for sentences. */
static const char *tail(const char *path)
{
    size_t size = strlen(path);
    return size < WHERE_SIZE ? path : path + size - WHERE_SIZE + 1;
}

/* ---- tables that grow ------------------------------------------------------------------- */

/* Room for one more of size bytes: doubled at each power of two. */
static void *grow(void *table, size_t count, size_t size)
{
    if (count & (count - 1))
        return table;
    return realloc(table, (count ? 2 * count : 1) * size);
}

static int add_section(struct file *f, struct section s, struct err *e)
{
    if (f->section_count == SECTIONS_MAX)
        return err_say(e, ERR_BAD, "%s: more than %d sections", tail(f->path), SECTIONS_MAX);
    struct section *table = grow(f->sections, f->section_count, sizeof *table);
    if (!table)
        return err_say(e, ERR_MEMORY, "out of memory");
    f->sections = table;
    table[f->section_count++] = s;
    return 0;
}

static int add_entry(struct file *f, struct entry n, struct err *e)
{
    size_t first = f->entry_count - KEYS_MAX;
    if (f->entry_count >= KEYS_MAX && f->entries[first].section == n.section)
        return err_say(e, ERR_BAD, "%s: more than %d keys in one section", tail(f->path), KEYS_MAX);
    struct entry *table = grow(f->entries, f->entry_count, sizeof *table);
    if (!table)
        return err_say(e, ERR_MEMORY, "out of memory");
    f->entries = table;
    table[f->entry_count++] = n;
    return 0;
}

/* ---- lines ------------------------------------------------------------------------------- */

/* Where parsing stands. */
struct reader {
    struct file *file;
    enum profile_file kind;
    const char *where;
    int line;
    size_t indent;  /* of the last line that was no continuation */
    bool has_entry; /* a continuation has something to go on with */
    size_t block;   /* index of the entry `key =` that an indented block belongs to */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *text)
{
    while (is_blank(*text))
        text++;
    size_t size = strlen(text);
    while (size > 0 && is_blank(text[size - 1]))
        text[--size] = '\0';
    return text;
}

static void lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + ('a' - 'A'));
}

static int fault(const struct reader *r, struct err *e, const char *what)
{
    return err_say(e, ERR_BAD, "%.200s:%d: %s", r->where, r->line, what);
}

/* "x" or 'x' or x without blanks; NULL if it is anything else. */
static char *unquote(char *text)
{
    size_t size = strlen(text);
    if (size >= 2 && (text[0] == '"' || text[0] == '\'') && text[size - 1] == text[0]) {
        text[size - 1] = '\0';
        return strchr(text + 1, text[0]) ? NULL : text + 1;
    }
    return size > 0 && !strpbrk(text, " \t'\"") ? text : NULL;
}

/* "profile x" and its like. Titles that mean nothing to us stay, with no kind. */
static void understand(struct section *s, char *words)
{
    static const char *const kinds[] = {"profile", "services", "sso-session"};
    s->kind = "";
    s->name = s->title;
    if (strcmp(s->title, "default") == 0)
        s->kind = "profile";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t size = strlen(kinds[i]);
        if (strncmp(words, kinds[i], size) != 0 || !is_blank(words[size]))
            continue;
        char *name = unquote(trim(words + size));
        if (name) {
            s->kind = kinds[i];
            s->name = name;
        }
        return;
    }
}

/* The title is copied: understanding it changes the text, and repeated ones are found by what
 * was written. */
static int take_section(struct reader *r, char *text, struct err *e)
{
    char *end = strrchr(text, ']');
    if (!end || end == text + 1)
        return fault(r, e, "a section is written [default] or [profile NAME]");
    *end = '\0';
    struct section s = {.title = strdup(text + 1)};
    if (!s.title)
        return err_say(e, ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < r->file->section_count; i++)
        if (strcmp(r->file->sections[i].title, s.title) == 0) {
            free(s.title);
            return fault(r, e, "this section is there twice: put both together");
        }
    if (r->kind == PROFILE_CONFIG) {
        understand(&s, text + 1);
    } else {
        s.kind = "profile";
        s.name = s.title;
    }
    int code = add_section(r->file, s, e);
    if (code)
        free(s.title);
    r->has_entry = false;
    return code;
}

/* True if the section that is being read has the key. */
static bool has_key(const struct file *f, const char *key)
{
    for (size_t i = f->entry_count; i > 0; i--) {
        const struct entry *n = &f->entries[i - 1];
        if (n->section != f->section_count - 1)
            return false;
        if (!n->part && strcmp(n->key, key) == 0)
            return true;
    }
    return false;
}

static int take_entry(struct reader *r, char *text, struct err *e)
{
    if (r->file->section_count == 0)
        return fault(r, e,
                     "before the first setting stands a section: [default] or [profile NAME]");
    char *mark = strpbrk(text, "=:");
    if (!mark)
        return fault(r, e, "neither a section in brackets nor `key = value`");
    *mark = '\0';
    char *key = trim(text);
    if (!*key)
        return fault(r, e, "the key before '=' is missing");
    lower(key);
    if (has_key(r->file, key))
        return fault(r, e, "this key is set twice in one section");
    r->has_entry = true;
    r->block = r->file->entry_count;
    struct entry n = {r->file->section_count - 1, key, NULL, trim(mark + 1)};
    return add_entry(r->file, n, e);
}

/* An indented line: more of the value, or a line of the block under an empty one. */
static int take_more(struct reader *r, char *text, struct err *e)
{
    struct entry *above = &r->file->entries[r->block];
    if (above->value[0]) {
        size_t used = strlen(above->value), size = strlen(text);
        above->value[used] = '\n'; /* there was the end of a line at least */
        memmove(above->value + used + 1, text, size + 1);
        return 0;
    }
    char *mark = strchr(text, '=');
    if (!mark)
        return fault(r, e, "an indented line under an empty value is written `  key = value`");
    *mark = '\0';
    struct entry n = {above->section, above->key, trim(text), trim(mark + 1)};
    return add_entry(r->file, n, e);
}

static int take_line(struct reader *r, char *line, struct err *e)
{
    size_t indent = 0;
    while (is_blank(line[indent]))
        indent++;
    char *text = trim(line);
    if (*text == '#' || *text == ';' || !*text)
        return 0;
    if (r->has_entry && indent > r->indent)
        return take_more(r, text, e);
    r->indent = indent;
    return *text == '[' ? take_section(r, text, e) : take_entry(r, text, e);
}

int profile_parse(struct profiles *p, enum profile_file file, char *text, size_t size,
                  const char *where, struct err *e)
{
    struct reader r = {.file = &p->files[file], .kind = file, .where = where};
    if (memchr(text, '\0', size))
        return err_say(e, ERR_BAD, "%.200s: has a NUL byte, so it is no text file", where);
    char *end = text + size;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    while (text < end) {
        char *stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop ? stop : end;
        *stop = '\0'; /* there is one byte more than the text */
        r.line++;
        int code = take_line(&r, text, e);
        if (code)
            return code;
        text = stop + 1;
    }
    return 0;
}

/* ---- files --------------------------------------------------------------------------------- */

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

static bool find_path(char *dst, const char *name_of, const char *name)
{
    const char *said = variable(name_of), *home = variable("HOME");
    home = home ? home : "";
    int n;
    if (said && said[0] == '~' && said[1] == '/')
        n = snprintf(dst, PATH_SIZE, "%s%s", home, said + 1);
    else if (said)
        n = snprintf(dst, PATH_SIZE, "%s", said);
    else
        n = snprintf(dst, PATH_SIZE, "%s/.aws/%s", home, name);
    return n > 0 && n < PATH_SIZE;
}

/* All of fd, with one byte of room behind it. */
static int read_all(int fd, struct file *f, struct err *e)
{
    f->text = malloc(PROFILE_FILE_MAX + 2);
    if (!f->text)
        return err_say(e, ERR_MEMORY, "out of memory");
    for (;;) {
        ssize_t n = read(fd, f->text + f->size, PROFILE_FILE_MAX + 1 - f->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_say(e, ERR_IO, "%s: cannot be read: %s", tail(f->path), strerror(errno));
        f->size += (size_t)n;
        if (f->size > PROFILE_FILE_MAX)
            return err_say(e, ERR_BAD, "%s: larger than %d bytes, so it is no such file",
                           tail(f->path), PROFILE_FILE_MAX);
        if (n == 0)
            return 0;
    }
}

static int load(struct profiles *p, enum profile_file kind, struct err *e)
{
    struct file *f = &p->files[kind];
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (fd < 0)
        return err_say(e, ERR_IO, "%s: cannot be opened: %s", tail(f->path), strerror(errno));
    int code = read_all(fd, f, e);
    close(fd);
    return code ? code : profile_parse(p, kind, f->text, f->size, tail(f->path), e);
}

struct profiles *profile_none(void) { return calloc(1, sizeof(struct profiles)); }

int profile_open(struct profiles **out, struct err *e)
{
    struct profiles *p = profile_none();
    if (!p)
        return err_say(e, ERR_MEMORY, "out of memory");
    int code = 0;
    if (!find_path(p->files[PROFILE_CONFIG].path, "AWS_CONFIG_FILE", "config") ||
        !find_path(p->files[PROFILE_CREDENTIALS].path, "AWS_SHARED_CREDENTIALS_FILE",
                   "credentials"))
        code = err_say(e, ERR_BAD, "the path of AWS's configuration is longer than %d bytes",
                       PATH_SIZE - 1);
    for (int kind = PROFILE_CONFIG; code == 0 && kind <= PROFILE_CREDENTIALS; kind++)
        code = load(p, (enum profile_file)kind, e);
    if (code) {
        profile_close(p);
        return code;
    }
    *out = p;
    return 0;
}

void profile_close(struct profiles *p)
{
    for (int i = 0; p && i < 2; i++) {
        struct file *f = &p->files[i];
        if (f->text)
            OPENSSL_cleanse(f->text, f->size);
        for (size_t k = 0; k < f->section_count; k++)
            free(f->sections[k].title);
        free(f->text);
        free(f->sections);
        free(f->entries);
    }
    free(p);
}

/* ---- looking up ------------------------------------------------------------------------------ */

/* The last section of a kind and name: [default] and [profile default] are the same. */
static bool find_section(const struct file *f, const char *kind, const char *name, size_t *at)
{
    for (size_t i = f->section_count; i > 0; i--) {
        const struct section *s = &f->sections[i - 1];
        if (strcmp(s->kind, kind) == 0 && strcmp(s->name, name) == 0) {
            *at = i - 1;
            return true;
        }
    }
    return false;
}

static const char *find_value(const struct file *f, size_t section, const char *key,
                              const char *part)
{
    for (size_t i = 0; i < f->entry_count; i++) {
        const struct entry *n = &f->entries[i];
        if (n->section != section || strcmp(n->key, key) != 0 || !n->part != !part)
            continue;
        if (!part || strcmp(n->part, part) == 0)
            return n->value;
    }
    return NULL;
}

bool profile_exists(const struct profiles *p, const char *profile)
{
    size_t at;
    return find_section(&p->files[PROFILE_CONFIG], "profile", profile, &at) ||
           find_section(&p->files[PROFILE_CREDENTIALS], "profile", profile, &at);
}

int profile_choose(const struct profiles *p, const char *given, const char **profile, struct err *e)
{
    const char *said = given && given[0] ? given : NULL;
    said = said ? said : variable("AWS_DEFAULT_PROFILE");
    said = said ? said : variable("AWS_PROFILE");
    *profile = said ? said : "default";
    if (!said || profile_exists(p, said))
        return 0;
    return err_say(e, ERR_BAD, "profile \"%.60s\" is neither in %.150s nor in %.150s", said,
                   tail(p->files[PROFILE_CONFIG].path), tail(p->files[PROFILE_CREDENTIALS].path));
}

const char *profile_value(const struct profiles *p, enum profile_file file, const char *profile,
                          const char *key)
{
    size_t at;
    if (!find_section(&p->files[file], "profile", profile, &at))
        return NULL;
    const char *value = find_value(&p->files[file], at, key, NULL);
    return value && value[0] ? value : NULL;
}

const char *profile_either(const struct profiles *p, const char *profile, const char *key)
{
    const char *value = profile_value(p, PROFILE_CREDENTIALS, profile, key);
    return value ? value : profile_value(p, PROFILE_CONFIG, profile, key);
}

const char *profile_service(const struct profiles *p, const char *profile, const char *service,
                            const char *key)
{
    const struct file *f = &p->files[PROFILE_CONFIG];
    const char *name = profile_either(p, profile, "services");
    size_t at;
    if (!name || !find_section(f, "services", name, &at))
        return NULL;
    const char *value = find_value(f, at, service, key);
    return value && value[0] ? value : NULL;
}

const char *profile_path(const struct profiles *p, enum profile_file file)
{
    return p->files[file].path;
}
