/* The table of keys with changes. */
#include "ui/keymap.h"

#include <stdio.h>
#include <string.h>

#define ROWS 256
#define OWN 64 /* keys of one's own */

static struct key_def table[ROWS];
static int rows;
static struct own {
    char name[16], command[SP_EVENT_TEXT], help[SP_EVENT_TEXT + 16];
} own[OWN];
static int owns;

/* ---- names ---------------------------------------------------------------------------- */

uint32_t keymap_code(const char *name)
{
    static const struct {
        const char *name;
        uint32_t code;
    } spelt[] = {
        {"Up", PRESS_UP},
        {"Down", PRESS_DOWN},
        {"Left", PRESS_LEFT},
        {"Right", PRESS_RIGHT},
        {"PageUp", PRESS_PAGE_UP},
        {"PageDown", PRESS_PAGE_DOWN},
        {"Shift-Left", PRESS_SHIFT_LEFT},
        {"Shift-Right", PRESS_SHIFT_RIGHT},
        {"Delete", PRESS_DELETE},
        {"F5", PRESS_F1 + 4},
        {"F11", PRESS_F1 + 10},
        {"F12", PRESS_F12},
    };
    const char *p = name;
    uint32_t one = utf8_next(&p);
    for (int i = 0; i < key_usual_count; i++)
        if (key_usual[i].name[0] != 0 && strcmp(key_usual[i].name, name) == 0)
            return key_usual[i].code;
    for (size_t i = 0; i < sizeof spelt / sizeof *spelt; i++)
        if (strcmp(spelt[i].name, name) == 0)
            return spelt[i].code;
    if (strncmp(name, "Ctrl-", 5) == 0 && name[5] >= 'A' && name[5] <= 'Z' && name[6] == 0)
        return PRESS_CTRL(name[5]);
    return one >= ' ' && one != 0x7F && one != 0xFFFD && *p == 0 ? one : PRESS_NONE;
}

/* ---- rows ------------------------------------------------------------------------------ */

static bool same_function(const struct key_def *a, const struct key_def *b)
{
    if (a->context != b->context || a->action != b->action || a->action == ACT_NONE)
        return false;
    return a->command == b->command ||
           (a->command != NULL && b->command != NULL && strcmp(a->command, b->command) == 0);
}

void keymap_reset(void)
{
    assert(key_usual_count < ROWS - OWN);
    memcpy(table, key_usual, (size_t)key_usual_count * sizeof *table);
    rows = key_usual_count;
    owns = 0;
    key_table = key_usual;
    key_count = key_usual_count;
}

/* What stood with the row goes on to the next key of the same function. */
static void take_out(int i)
{
    struct key_def gone = table[i];
    memmove(&table[i], &table[i + 1], (size_t)(rows - i - 1) * sizeof *table);
    rows--;
    for (int k = 0; k < rows; k++) {
        if (!same_function(&table[k], &gone))
            continue;
        if (gone.help != NULL)
            table[k].help = gone.help;
        if (gone.bar != NULL && table[k].bar == NULL)
            table[k].bar = gone.bar;
        return;
    }
}

static void put_in(int i, const struct key_def *row)
{
    memmove(&table[i + 1], &table[i], (size_t)(rows - i) * sizeof *table);
    table[i] = *row;
    rows++;
}

/* Where a new key of a function belongs: behind the others, or at the end of its part. */
static int place_of(const struct key_def *row, bool *others)
{
    int at = 0;
    *others = false;
    for (int i = 0; i < rows; i++) {
        if (same_function(&table[i], row)) {
            at = i + 1;
            *others = true;
        } else if (table[i].context == KEYS_MAIN && !*others)
            at = i + 1;
    }
    return at;
}

static void add(const struct key_def *row)
{
    struct key_def new = *row;
    bool others;
    int at = place_of(row, &others);
    if (others)
        new.help = new.bar = NULL;
    put_in(at, &new);
}

/* ---- binding --------------------------------------------------------------------------- */

static const struct key_def *usual_row(uint32_t code)
{
    for (int i = 0; i < key_usual_count; i++)
        if (key_usual[i].context == KEYS_MAIN && key_usual[i].code == code)
            return &key_usual[i];
    return NULL;
}

/* The row that `to` stands for: another key's, or a command's. */
static int row_for(const char *to, struct own *x, struct key_def *out, struct err *e)
{
    struct err why = {0, ""};
    if (to[0] == ':') {
        snprintf(x->command, sizeof x->command, "%.*s", (int)sizeof x->command - 1, to + 1);
        snprintf(x->help, sizeof x->help, "your own: %s", x->command);
        if (sp_command_check(x->command, &why) != 0)
            return err_say(e, ERR_BAD, "\"%.60s\": %.300s", to, why.text);
        *out = (struct key_def){KEYS_MAIN, 0, "", ACT_SEND, x->command, NULL, x->help};
        return 0;
    }
    uint32_t code = keymap_code(to);
    const struct key_def *row = code != PRESS_NONE ? usual_row(code) : NULL;
    if (row == NULL || row->action == ACT_NONE || row->action == ACT_PANEL)
        return err_say(e, ERR_BAD,
                       "\"%.40s\" is nothing that a key can be bound to: name a key of the help "
                       "page, a :command, or \"none\"",
                       to);
    const struct key_def *head = row;
    while (head->help == NULL)
        head--;
    *out = *row;
    out->help = head->help;
    return 0;
}

int keymap_bind(const char *key, const char *to, struct err *e)
{
    uint32_t code = keymap_code(key);
    struct key_def row;
    struct own *x = &own[owns < OWN ? owns : OWN - 1];
    const struct key_def *was = usual_row(code);
    if (rows == 0)
        keymap_reset();
    if (code == PRESS_NONE || strlen(key) >= sizeof x->name)
        return err_say(e, ERR_BAD,
                       "\"%.40s\" is no key: one character, or a name like Ctrl-R, F5, PgUp, Up",
                       key);
    if ((was != NULL && (was->action == ACT_NONE || was->action == ACT_PANEL)) || code == PRESS_ESC)
        return err_say(e, ERR_BAD, "\"%s\" keeps its meaning", key);
    if (owns == OWN)
        return err_say(e, ERR_BAD, "more than %d keys of your own", OWN);
    bool none = strcmp(to, "none") == 0;
    if (!none && row_for(to, x, &row, e) != 0)
        return ERR_BAD;
    for (int i = 0; i < rows; i++)
        if (table[i].context == KEYS_MAIN && table[i].code == code) {
            take_out(i);
            break;
        }
    if (!none) {
        snprintf(x->name, sizeof x->name, "%s", key);
        owns++;
        row.name = x->name;
        row.code = code;
        add(&row);
    }
    key_table = table;
    key_count = rows;
    return 0;
}

bool keymap_lost(char *dst, size_t size)
{
    for (int i = 0; i < key_usual_count; i++) {
        const struct key_def *k = &key_usual[i];
        bool there = k->help == NULL || k->context != KEYS_MAIN || k->action == ACT_NONE;
        for (int j = 0; j < key_count && !there; j++)
            there = same_function(&key_table[j], k);
        if (there)
            continue;
        snprintf(dst, size, "no key is left to \"%.80s\": \"%s\" means something else now", k->help,
                 k->name);
        return true;
    }
    return false;
}
