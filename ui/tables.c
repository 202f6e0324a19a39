/* Tables as text. */
#include "tables.h"

#include <string.h>

/* Appends text to dst[0..used); the new length. */
static size_t append(char *dst, size_t size, size_t used, const char *text)
{
    size_t n = strlen(text);
    assert(used + n < size);
    memcpy(dst + used, text, n + 1);
    return used + n;
}

void tables_keys(int i, char *dst, size_t size)
{
    assert(key_table[i].help != NULL);
    size_t used = append(dst, size, 0, key_table[i].name);
    for (i++; i < key_count && key_table[i].help == NULL; i++)
        if (key_table[i].name[0]) {
            used = append(dst, size, used, " ");
            used = append(dst, size, used, key_table[i].name);
        }
}

const char *tables_unit(enum unit unit)
{
    static const char *const names[] = {"count",  "duration", "rate", "ratio",
                                        "factor", "USD",      "size", "name"};
    return names[unit];
}

void tables_range(enum knob i, char *dst, size_t size)
{
    const struct knob_def *k = &knob_table[i];
    size_t used = 0;
    dst[0] = '\0';
    if (k->unit != UNIT_NAME) {
        used = units_write(k->unit, k->min, dst, size);
        used = append(dst, size, used, " to ");
        units_write(k->unit, k->max, dst + used, size - used);
        return;
    }
    for (int n = 0; k->names[n]; n++) {
        used = append(dst, size, used, n ? " | " : "");
        used = append(dst, size, used, k->names[n]);
    }
}
