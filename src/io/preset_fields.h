/* Fields of a preset as tables: name, kind, range, place in a struct. Shared by
 * the files that read one section each (preset.c, preset_graph.c,
 * preset_schedule.c); of no interest elsewhere. */
#ifndef IO_PRESET_FIELDS_H
#define IO_PRESET_FIELDS_H

#include "base/err.h"
#include "base/units.h"
#include "io/json.h"
#include "io/preset.h"
#include "io/preset_write.h"

/* No time in a preset is longer: a year keeps every sum of times far from the
 * end of int64_t. */
#define PRESET_TIME_MAX (INT64_C(366) * 24 * 3600 * NS_PER_S)

/* One reading of one text. */
struct preset_reader {
    struct json doc;
    struct preset *out;
    struct err *e;
    const char *where;          /* the text's file: what it names stands beside it */
    bool has_policy, has_slots; /* knobs that were given */
    bool bare;                  /* sentences come without a place: the caller knows it */
};

enum field_kind {
    FIELD_I64,  /* int64_t: a quantity in `unit`, min..max */
    FIELD_INT,  /* int: the same */
    FIELD_NAME, /* an enum: one of names[0..max] */
    FIELD_BOOL,
    FIELD_TEXT, /* char[max + 1]: one line of at most max bytes */
    FIELD_OWN,  /* whatever `own` makes of it */
};

struct preset_field {
    const char *name;
    size_t offset; /* in the struct that `base` points to */
    enum field_kind kind;
    enum unit unit;
    int64_t min, max;
    const char *const *names;
    int (*own)(struct preset_reader *r, const struct json_value *v, void *base);
};

struct preset_table {
    const char *place; /* "the preset", "a graph node": where its fields stand */
    const struct preset_field *field;
    size_t count;
};

/* The tables of all sections, for "it belongs in …". NULL-terminated. */
extern const struct preset_table *const preset_tables[];

/* Ends the reading with "where:line:column: sentence" at an offset of the text.
 * Returns ERR_BAD. */
__attribute__((format(printf, 3, 4))) int preset_fail(struct preset_reader *r, uint32_t at,
                                                      const char *format, ...);

/* 0 when v has the kind, else ERR_BAD and "must be …, found …". */
MUST_USE int preset_expect(struct preset_reader *r, const struct json_value *v,
                           enum json_kind kind);

/* Reads every field of an object by its table; unknown ones are errors. */
MUST_USE int preset_read_fields(struct preset_reader *r, const struct json_value *object,
                                const struct preset_table *table, void *base);

/* "unknown field", with the nearest name of the table or the section it belongs
 * in. Returns ERR_BAD. */
int preset_fail_unknown(struct preset_reader *r, const struct json_value *field,
                        const char *const *names, size_t count, const char *place);

/* A number or string as a quantity. */
MUST_USE int preset_read_quantity(struct preset_reader *r, const struct json_value *v,
                                  enum unit unit, int64_t min, int64_t max, int64_t *out);

/* A string that is one of names[0..count). */
MUST_USE int preset_read_name(struct preset_reader *r, const struct json_value *v,
                              const char *const *names, size_t count, int *out);

/* A string of one printable line, at most max bytes, into char[max + 1]. */
MUST_USE int preset_read_line(struct preset_reader *r, const struct json_value *v, size_t max,
                              char *dst);

/* A file's name into char[PRESET_FILE]. A relative one is relative to the preset's own
 * folder; it is kept in full, so that a copy of the preset elsewhere finds the same file. */
MUST_USE int preset_read_path(struct preset_reader *r, const struct json_value *v, char *dst);

/* A JSON number without exponent and needless zeros ("1e3" -> "1000", "5.0" ->
 * "5"), or a string as it is, NUL-terminated. 0, or ERR_BAD if it is neither or
 * too long to be a quantity. */
#define PRESET_NUMBER 64
MUST_USE int preset_plain(struct preset_reader *r, const struct json_value *v,
                          char dst[PRESET_NUMBER]);

/* An integer 0..2^64-1. */
MUST_USE int preset_read_u64(struct preset_reader *r, const struct json_value *v, uint64_t *out);

/* The knob `slots` and the costly node's slots are one thing: makes them equal. */
void preset_join_slots(struct preset *p, bool knob_wins);

/* ERR_BAD where a name or a string of the text looks like a secret. */
MUST_USE int preset_refuse_secrets(struct preset_reader *r, const struct json_value *v);

/* Sections. */
MUST_USE int preset_read_schedule(struct preset_reader *r, const struct json_value *v, void *base);
MUST_USE int preset_read_graph(struct preset_reader *r, const struct json_value *v, void *base);
extern const struct preset_table preset_schedule_table, preset_graph_table;

/* Directory i of the search for names, in order; false after the last. An empty text is a
 * place that this environment does not have. */
bool preset_search_dir(int i, char dst[PRESET_PATH]);

/* Adds the names of the .json files of one folder, those that are not there yet, to
 * names[0..count); the new count. An empty path has none. */
int preset_folder_names(const char *path, char (*names)[PRESET_NAME], int count, int max);

/* All bytes of a file of at most PRESET_BYTES_MAX; *text is the caller's to free. ERR_IO, or
 * ERR_BAD for a larger one. */
MUST_USE int preset_read_file(const char *path, char **text, size_t *size, struct err *e);

#endif
