#include "io/preset_fields.h"

#include "io/preset_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 64

int preset_fail(struct preset_reader *r, uint32_t at, const char *format, ...)
{
    int line, column;
    json_position(r->doc.text, r->doc.size, at, &line, &column);
    char text[sizeof r->e->text];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->e->code = ERR_BAD;
    if (r->bare)
        (void)snprintf(r->e->text, sizeof r->e->text, "%.300s", text);
    else
        (void)snprintf(r->e->text, sizeof r->e->text, "%s:%d:%d: %.300s", r->out->where, line,
                       column, text);
    return ERR_BAD;
}

/* What a sentence calls v: its field name, or "this" for an array's element. */
static const char *name_of(const struct json_value *v, char dst[PRESET_QUOTED])
{
    if (!v->key)
        return "this";
    return preset_quote(dst, PRESET_QUOTED, v->key, v->key_size);
}

int preset_expect(struct preset_reader *r, const struct json_value *v, enum json_kind kind)
{
    char name[PRESET_QUOTED];
    if (v->kind == kind)
        return 0;
    return preset_fail(r, v->at, "%s must be %s, found %s", name_of(v, name), json_kind_name(kind),
                       json_kind_name(v->kind));
}

/* ---- quantities ----------------------------------------------------------------- */

/* digits d[0..n) with the decimal point after `point` of them, in plain form. */
static bool write_plain(char dst[PRESET_NUMBER], bool negative, const char *d, int n, int point)
{
    size_t used = 0;
    if (point > 24 || point < -24)
        return false;
    if (negative && n > 0)
        dst[used++] = '-';
    if (point <= 0 || n == 0)
        dst[used++] = '0';
    for (int i = 0; i < point && n > 0; i++)
        dst[used++] = i < n ? d[i] : '0';
    if (n > point && n > 0)
        dst[used++] = '.';
    for (int i = point; i < 0 && n > 0; i++)
        dst[used++] = '0';
    for (int i = point > 0 ? point : 0; i < n; i++)
        dst[used++] = d[i];
    dst[used] = '\0';
    return true;
}

/* Splits a JSON number into significant digits and the place of its point. */
static bool plain_number(const struct json_value *v, char dst[PRESET_NUMBER])
{
    char digits[24];
    int n = 0, point = 0, exponent = 0, zeros = 0;
    uint32_t i = v->text[0] == '-';
    bool negative = i == 1, fraction = false;
    for (; i < v->size && v->text[i] != 'e' && v->text[i] != 'E'; i++) {
        if (v->text[i] == '.') {
            fraction = true;
            continue;
        }
        bool leading = n == 0 && v->text[i] == '0';
        point += fraction ? -(int)leading : (int)!leading;
        if (v->text[i] == '0') {
            zeros += n > 0; /* written only if another digit follows */
            continue;
        }
        if (n + zeros >= (int)sizeof digits)
            return false;
        for (; zeros > 0; zeros--)
            digits[n++] = '0';
        digits[n++] = v->text[i];
    }
    bool down = i + 1 < v->size && v->text[i + 1] == '-';
    for (; i < v->size; i++)
        if (v->text[i] >= '0' && v->text[i] <= '9' && exponent < 100000)
            exponent = exponent * 10 + (v->text[i] - '0');
    return write_plain(dst, negative, digits, n,
                       n == 0 ? 0 : point + (down ? -exponent : exponent));
}

int preset_plain(struct preset_reader *r, const struct json_value *v, char dst[PRESET_NUMBER])
{
    char name[PRESET_QUOTED];
    if (v->kind == JSON_NUMBER) {
        if (plain_number(v, dst))
            return 0;
        return preset_fail(r, v->at, "%s: this number has too many digits", name_of(v, name));
    }
    if (v->kind != JSON_STRING)
        return preset_fail(r, v->at, "%s must be a number or a string, found %s", name_of(v, name),
                           json_kind_name(v->kind));
    char shown[PRESET_QUOTED];
    bool plain = v->size > 0 && v->size < PRESET_NUMBER;
    for (uint32_t i = 0; plain && i < v->size; i++)
        plain = v->text[i] > ' ' && v->text[i] <= '~';
    if (!plain)
        return preset_fail(r, v->at, "%s: %s is no value", name_of(v, name),
                           preset_quote(shown, sizeof shown, v->text, v->size));
    memcpy(dst, v->text, v->size + 1);
    return 0;
}

int preset_read_quantity(struct preset_reader *r, const struct json_value *v, enum unit unit,
                         int64_t min, int64_t max, int64_t *out)
{
    char plain[PRESET_NUMBER], low[48], high[48];
    const char *name = v->key ? v->key : "", *gap = v->key ? " " : "", *why = NULL;
    if (preset_plain(r, v, plain) != 0)
        return ERR_BAD;
    if (units_read(unit, plain, strlen(plain), out, &why)) {
        if (*out >= min && *out <= max)
            return 0;
        (void)units_write(unit, min, low, sizeof low);
        (void)units_write(unit, max, high, sizeof high);
        return preset_fail(r, v->at, "%s%s%s: must be %s to %s", name, gap, plain, low, high);
    }
    if (strcmp(why, "not a number") != 0)
        return preset_fail(r, v->at, "%s%s%s: %s", name, gap, plain, why);
    return preset_fail(r, v->at, "%s%s%s: %s; good would be %s", name, gap, plain, why,
                       units_example(unit));
}

int preset_read_u64(struct preset_reader *r, const struct json_value *v, uint64_t *out)
{
    char plain[PRESET_NUMBER];
    if (preset_plain(r, v, plain) != 0)
        return ERR_BAD;
    uint64_t n = 0;
    bool good = true;
    for (const char *p = plain; *p && good; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        good = *p >= '0' && *p <= '9' && n <= (UINT64_MAX - digit) / 10;
        n = n * 10 + digit;
    }
    *out = n;
    if (good)
        return 0;
    return preset_fail(r, v->at, "%s %s: must be a whole number, 0 to %llu", v->key, plain,
                       (unsigned long long)UINT64_MAX);
}

/* ---- names, lines, yes and no ----------------------------------------------------- */

/* "a, b, c" of names, cut where dst ends. */
static const char *join(char *dst, size_t size, const char *const *names, size_t count)
{
    size_t used = 0;
    dst[0] = '\0';
    for (size_t i = 0; i < count && used + 1 < size; i++)
        used += (size_t)snprintf(dst + used, size - used, "%s%s", i ? ", " : "", names[i]);
    return dst;
}

int preset_read_name(struct preset_reader *r, const struct json_value *v, const char *const *names,
                     size_t count, int *out)
{
    char name[PRESET_QUOTED], shown[PRESET_QUOTED], list[160];
    if (preset_expect(r, v, JSON_STRING) != 0)
        return ERR_BAD;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], v->text) == 0) {
            *out = (int)i;
            return 0;
        }
    }
    const char *near = preset_nearest_of(v->text, v->size, names, count);
    return preset_fail(r, v->at, "%s: %s is unknown; %s%s%smust be one of %s", name_of(v, name),
                       preset_quote(shown, sizeof shown, v->text, v->size),
                       near ? "did you mean \"" : "", near ? near : "", near ? "\"? it " : "",
                       join(list, sizeof list, names, count));
}

int preset_read_line(struct preset_reader *r, const struct json_value *v, size_t max, char *dst)
{
    char name[PRESET_QUOTED];
    if (preset_expect(r, v, JSON_STRING) != 0)
        return ERR_BAD;
    if (v->size == 0)
        return preset_fail(r, v->at, "%s is empty", name_of(v, name));
    if (v->size > max)
        return preset_fail(r, v->at, "%s: %u bytes are too long; at most %zu", name_of(v, name),
                           (unsigned)v->size, max);
    if (!preset_printable(v->text, v->size))
        return preset_fail(r, v->at, "%s must be one line without control characters",
                           name_of(v, name));
    memcpy(dst, v->text, v->size + 1);
    return 0;
}

/* ---- tables --------------------------------------------------------------------- */

int preset_fail_unknown(struct preset_reader *r, const struct json_value *field,
                        const char *const *names, size_t count, const char *place)
{
    char name[PRESET_QUOTED];
    name_of(field, name);
    for (size_t i = 0; preset_tables[i]; i++)
        for (size_t k = 0; k < preset_tables[i]->count; k++)
            if (strcmp(preset_tables[i]->field[k].name, field->key) == 0)
                return preset_fail(r, field->key_at, "%s: unknown field in %s; it belongs in %s",
                                   name, place, preset_tables[i]->place);
    if (knob_find(field->key, field->key_size) >= 0)
        return preset_fail(r, field->key_at, "%s: unknown field in %s; it belongs in \"knobs\"",
                           name, place);
    const char *near = preset_nearest_of(field->key, field->key_size, names, count);
    if (near)
        return preset_fail(r, field->key_at, "%s: unknown field; did you mean \"%s\"?", name, near);
    char list[240];
    return preset_fail(r, field->key_at, "%s: unknown field; %s has %s", name, place,
                       join(list, sizeof list, names, count));
}

static int read_field(struct preset_reader *r, const struct json_value *v,
                      const struct preset_field *f, void *base)
{
    char *at = (char *)base + f->offset;
    int64_t quantity;
    int status = 0, number;
    bool yes;
    switch (f->kind) {
    case FIELD_I64:
        return preset_read_quantity(r, v, f->unit, f->min, f->max, (int64_t *)(void *)at);
    case FIELD_INT:
        if ((status = preset_read_quantity(r, v, f->unit, f->min, f->max, &quantity)) == 0) {
            number = (int)quantity;
            memcpy(at, &number, sizeof number);
        }
        return status;
    case FIELD_NAME:
        if ((status = preset_read_name(r, v, f->names, (size_t)f->max + 1, &number)) == 0)
            memcpy(at, &number, sizeof number);
        return status;
    case FIELD_BOOL:
        if ((status = preset_expect(r, v, JSON_BOOL)) == 0) {
            yes = v->text[0] == 't';
            memcpy(at, &yes, sizeof yes);
        }
        return status;
    case FIELD_TEXT:
        return preset_read_line(r, v, (size_t)f->max, at);
    case FIELD_OWN:
        return f->own(r, v, base);
    }
    return ERR_BAD;
}

int preset_read_fields(struct preset_reader *r, const struct json_value *object,
                       const struct preset_table *table, void *base)
{
    const char *names[NAMES_MAX];
    assert(table->count <= NAMES_MAX);
    if (preset_expect(r, object, JSON_OBJECT) != 0)
        return ERR_BAD;
    for (size_t i = 0; i < table->count; i++)
        names[i] = table->field[i].name;
    for (const struct json_value *v = object->first; v; v = v->next) {
        size_t i = 0;
        while (i < table->count && strcmp(names[i], v->key) != 0)
            i++;
        if (i == table->count)
            return preset_fail_unknown(r, v, names, table->count, table->place);
        if (read_field(r, v, &table->field[i], base) != 0)
            return ERR_BAD;
    }
    return 0;
}

/* The folder of the preset's file, with its slash; "" where that is the working one. */
static int folder_length(const char *where)
{
    const char *slash = strrchr(where, '/');
    return slash ? (int)(slash - where) + 1 : 0;
}

int preset_read_path(struct preset_reader *r, const struct json_value *v, char *dst)
{
    char name[PRESET_FILE], path[2 * PRESET_FILE + 4096];
    if (preset_read_line(r, v, PRESET_FILE - 1, name) != 0)
        return ERR_BAD;
    int folder = name[0] == '/' ? 0 : folder_length(r->where);
    if (folder > 4096)
        return preset_fail(r, v->at, "\"%s\": the preset's own path is too long", v->key);
    (void)snprintf(path, sizeof path, "%.*s%s", folder, r->where, name);
    char *full = realpath(path, NULL);
    const char *kept = full && preset_printable(full, strlen(full)) ? full : path;
    size_t length = strlen(kept);
    if (length < PRESET_FILE)
        memcpy(dst, kept, length + 1);
    free(full);
    if (length >= PRESET_FILE)
        return preset_fail(r, v->at, "\"%s\": the path is longer than %d bytes", v->key,
                           PRESET_FILE - 1);
    return 0;
}
