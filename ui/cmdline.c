/* The line editor. Text is UTF-8; the cursor moves by whole characters. */
#include "ui/cmdline.h"

#include "ui/keys.h"
#include "ui/screen_commands.h"

#include "spillway.h"

#include <stdio.h>
#include <string.h>

void cmdline_init(struct cmdline *c) { memset(c, 0, sizeof *c); }

static void set_text(struct cmdline *c, const char *text)
{
    snprintf(c->text, sizeof c->text, "%s", text);
    c->length = c->cursor = (int)strlen(c->text);
}

void cmdline_start(struct cmdline *c, const char *text)
{
    set_text(c, text);
    c->history_at = 0;
    c->cycling = false;
    c->ghost[0] = 0;
}

/* ---- editing ---------------------------------------------------------------------- */

static bool continues(char byte) { return ((unsigned char)byte & 0xC0) == 0x80; }

static int left_of(const struct cmdline *c, int at)
{
    if (at > 0)
        at--;
    while (at > 0 && continues(c->text[at]))
        at--;
    return at;
}

static int right_of(const struct cmdline *c, int at)
{
    if (at < c->length)
        at++;
    while (at < c->length && continues(c->text[at]))
        at++;
    return at;
}

/* Removes the bytes [from, to) and puts the cursor there. */
static void cut(struct cmdline *c, int from, int to)
{
    memmove(c->text + from, c->text + to, (size_t)(c->length - to) + 1);
    c->length -= to - from;
    c->cursor = from;
}

static bool insert(struct cmdline *c, const char *bytes, int n)
{
    if (c->length + n >= CMDLINE_BYTES)
        return false;
    memmove(c->text + c->cursor + n, c->text + c->cursor, (size_t)(c->length - c->cursor) + 1);
    memcpy(c->text + c->cursor, bytes, (size_t)n);
    c->length += n;
    c->cursor += n;
    return true;
}

static int word_left(const struct cmdline *c)
{
    int at = c->cursor;
    while (at > 0 && c->text[at - 1] == ' ')
        at--;
    while (at > 0 && c->text[at - 1] != ' ')
        at--;
    return at;
}

static const char *history_line(const struct cmdline *c, int up)
{
    int i = (c->history_first + c->history_count - up) % CMDLINE_HISTORY;
    return c->history[i];
}

static void move_history(struct cmdline *c, int by)
{
    int to = c->history_at + by;
    if (to < 0 || to > c->history_count)
        return;
    if (c->history_at == 0)
        memcpy(c->draft, c->text, sizeof c->draft);
    c->history_at = to;
    char line[CMDLINE_BYTES];
    memcpy(line, to == 0 ? c->draft : history_line(c, to), sizeof line);
    set_text(c, line);
}

void cmdline_recall(struct cmdline *c, const char *text)
{
    if (text[strspn(text, " ")] == 0 || strlen(text) >= CMDLINE_BYTES)
        return;
    if (c->history_count > 0 && strcmp(history_line(c, 1), text) == 0)
        return;
    if (c->history_count == CMDLINE_HISTORY)
        c->history_first = (c->history_first + 1) % CMDLINE_HISTORY;
    else
        c->history_count++;
    int i = (c->history_first + c->history_count - 1) % CMDLINE_HISTORY;
    snprintf(c->history[i], sizeof c->history[i], "%s", text);
}

void cmdline_remember(struct cmdline *c) { cmdline_recall(c, c->text); }

/* The ghost becomes text. */
static void take_ghost(struct cmdline *c)
{
    insert(c, c->ghost, (int)strlen(c->ghost));
    c->ghost[0] = 0;
}

static enum cmdline_result edit_key(struct cmdline *c, uint32_t key)
{
    c->cycling = false;
    if ((key == PRESS_RIGHT || key == PRESS_END || key == PRESS_CTRL('E')) &&
        c->cursor == c->length && c->ghost[0] != 0) {
        take_ghost(c);
        return CMDLINE_EDITED;
    }
    switch (key) {
    case PRESS_LEFT:
        c->cursor = left_of(c, c->cursor);
        break;
    case PRESS_RIGHT:
        c->cursor = right_of(c, c->cursor);
        break;
    case PRESS_HOME:
    case PRESS_CTRL('A'):
        c->cursor = 0;
        break;
    case PRESS_END:
    case PRESS_CTRL('E'):
        c->cursor = c->length;
        break;
    case PRESS_DELETE:
        cut(c, c->cursor, right_of(c, c->cursor));
        break;
    case PRESS_BACKSPACE:
        cut(c, left_of(c, c->cursor), c->cursor);
        break;
    case PRESS_CTRL('W'):
        cut(c, word_left(c), c->cursor);
        break;
    case PRESS_CTRL('U'):
        cut(c, 0, c->cursor);
        break;
    case PRESS_CTRL('K'):
        c->text[c->cursor] = 0;
        c->length = c->cursor;
        break;
    case PRESS_UP:
        move_history(c, 1);
        break;
    case PRESS_DOWN:
        move_history(c, -1);
        break;
    default:
        return CMDLINE_IGNORED;
    }
    return CMDLINE_EDITED;
}

enum cmdline_result cmdline_key(struct cmdline *c, uint32_t key)
{
    if (key == PRESS_ENTER)
        return CMDLINE_ENTERED;
    if (key == PRESS_ESC || (key == PRESS_BACKSPACE && c->length == 0))
        return CMDLINE_CANCELLED;
    if (key < 0x20 || key == 0x7F || key > 0x10FFFF)
        return edit_key(c, key);
    char bytes[4];
    c->cycling = false;
    return insert(c, bytes, utf8_put(key, bytes)) ? CMDLINE_EDITED : CMDLINE_IGNORED;
}

/* ---- completion ------------------------------------------------------------------- */

/* Candidates for the word being typed: how far they agree, and their list. */
struct candidates {
    const char *word;
    size_t length;
    char agreed[CMDLINE_BYTES];
    int count;
    char *list;
    size_t size, used;
    int wanted; /* this one goes to picked */
    char picked[CMDLINE_BYTES];
};

static void offer(struct candidates *k, const char *name)
{
    if (strncmp(name, k->word, k->length) != 0)
        return;
    if (k->count == k->wanted)
        snprintf(k->picked, sizeof k->picked, "%s", name);
    if (k->count++ == 0) {
        snprintf(k->agreed, sizeof k->agreed, "%s", name);
    } else {
        size_t i = 0;
        while (k->agreed[i] != 0 && k->agreed[i] == name[i])
            i++;
        k->agreed[i] = 0;
    }
    size_t n = strlen(name);
    if (k->used + n + 2 < k->size) {
        if (k->used > 0)
            k->list[k->used++] = ' ';
        memcpy(k->list + k->used, name, n + 1);
        k->used += n;
    }
}

static void offer_names(struct candidates *k, const char *const *names)
{
    for (int i = 0; names != NULL && names[i] != NULL; i++)
        offer(k, names[i]);
}

static void offer_knobs(struct candidates *k)
{
    for (int i = 0; i < KNOB_COUNT; i++)
        offer(k, knob_table[i].name);
}

/* The words before the cursor: start and length of each, the last one being typed. */
#define WORDS 12
struct words {
    const char *at[WORDS];
    size_t length[WORDS];
    int count; /* at least 1 */
};

static struct words split(const struct cmdline *c)
{
    struct words w = {.count = 0};
    const char *p = c->text, *end = c->text + c->cursor;
    while (w.count < WORDS) {
        while (p < end && *p == ' ')
            p++;
        const char *start = p;
        while (p < end && *p != ' ')
            p++;
        w.at[w.count] = start;
        w.length[w.count++] = (size_t)(p - start);
        if (p == end)
            break;
    }
    return w;
}

static bool is_word(const struct words *w, int i, const char *name)
{
    return i < w->count && w->length[i] == strlen(name) &&
           memcmp(w->at[i], name, w->length[i]) == 0;
}

/* Commands of two words (`fault off`) once the first is there. */
static void offer_second_words(struct candidates *k, const struct words *w, int first)
{
    size_t n = w->length[first];
    for (const struct sp_command_def *d = sp_commands(); d->name != NULL; d++)
        if (strncmp(d->name, w->at[first], n) == 0 && d->name[n] == ' ')
            offer(k, d->name + n + 1);
}

/* Offers what can stand after the words from `first` on. */
static void offer_after(struct candidates *k, const struct words *w, int first,
                        const struct sp_reading *r)
{
    int n = w->count - 1 - first; /* complete words of this command */
    if (n > 0 && is_word(w, first, "at")) {
        if (n >= 2)
            offer_after(k, w, first + 2, r);
        return;
    }
    if (n == 0) {
        for (const struct sp_command_def *d = sp_commands(); d->name != NULL; d++)
            offer(k, d->name);
        for (const struct sp_command_def *d = screen_commands(); first == 0 && d->name; d++)
            offer(k, d->name);
        return;
    }
    const struct sp_command_def *own = first == 0 && n == 1 ? screen_command_find(w->at[0]) : NULL;
    if (own != NULL) {
        offer_names(k, screen_command_words(own));
        return;
    }
    if (n == 1)
        offer_second_words(k, w, first);
    int knob = n == 1 ? knob_find(w->at[first], w->length[first]) : -1;
    if (is_word(w, first, "set") ? n % 2 == 1 : n == 1 && is_word(w, first, "auto"))
        offer_knobs(k); /* `set` takes several */
    else if (n >= 2 && n % 2 == 0 && is_word(w, first, "set"))
        knob = knob_find(w->at[first + n - 1], w->length[first + n - 1]);
    if (knob >= 0)
        offer_names(k, knob_table[knob].names);
    if (knob >= 0 && n >= 2)
        offer(k, "auto");
    bool vertex = n == 1 && (is_word(w, first, "kill") || is_word(w, first, "slots"));
    for (int i = 0; vertex && r != NULL && i < r->vertex_count && i < SP_VERTICES; i++) {
        char name[sizeof r->vertex[i].name];
        snprintf(name, sizeof name, "%s", r->vertex[i].name);
        name[strcspn(name, " ")] = 0; /* chained operators answer to the first of them */
        if (!r->vertex[i].remote)
            offer(k, name);
    }
}

static struct candidates look_up(const struct cmdline *c, const struct sp_reading *reading,
                                 int wanted, char *choices, size_t size)
{
    struct words w = split(c);
    struct candidates k = {.word = w.at[w.count - 1],
                           .length = w.length[w.count - 1],
                           .list = choices,
                           .size = size,
                           .wanted = wanted};
    choices[0] = 0;
    offer_after(&k, &w, 0, reading);
    return k;
}

int cmdline_complete(struct cmdline *c, const struct sp_reading *reading, char *choices,
                     size_t size)
{
    assert(size > 0);
    struct candidates k = look_up(c, reading, 0, choices, size);
    if (k.count == 0)
        return 0;
    size_t more = strlen(k.agreed) - k.length;
    insert(c, k.agreed + k.length, (int)more);
    if (k.count == 1) {
        choices[0] = 0;
        if (c->text[c->cursor] != ' ')
            insert(c, " ", 1);
    }
    return k.count;
}

int cmdline_tab(struct cmdline *c, int by, const struct sp_reading *reading, char *choices,
                size_t size)
{
    int length = c->length;
    if (!c->cycling) {
        int count = cmdline_complete(c, reading, choices, size);
        if (count < 2 || c->length != length)
            return count;
        struct words w = split(c);
        c->cycling = true;
        c->word_at = (int)(w.at[w.count - 1] - c->text);
        c->candidate = by > 0 ? -1 : 0;
        snprintf(c->word, sizeof c->word, "%.*s", (int)w.length[w.count - 1], w.at[w.count - 1]);
    }
    cut(c, c->word_at, c->cursor);
    insert(c, c->word, (int)strlen(c->word));
    struct candidates all = look_up(c, reading, 0, choices, size);
    if (all.count == 0)
        return 0;
    c->candidate = (c->candidate + by + all.count) % all.count;
    struct candidates k = look_up(c, reading, c->candidate, choices, size);
    cut(c, c->word_at, c->cursor);
    insert(c, k.picked, (int)strlen(k.picked));
    return k.count;
}

int cmdline_candidates(const struct cmdline *c, const struct sp_reading *reading, char *choices,
                       size_t size)
{
    assert(size > 0);
    choices[0] = 0;
    if (c->cursor != c->length)
        return 0;
    return look_up(c, reading, 0, choices, size).count;
}

/* ---- ghost -------------------------------------------------------------------------- */

static bool goes_on(struct cmdline *c, const char *line)
{
    if (strncmp(line, c->text, (size_t)c->length) != 0 || line[c->length] == 0)
        return false;
    snprintf(c->ghost, sizeof c->ghost, "%s", line + c->length);
    return true;
}

/* `set linger ` goes on with what linger is now. */
static bool value_goes_on(struct cmdline *c, const struct sp_reading *r)
{
    struct words w = split(c);
    if (r == NULL || w.count < 3 || w.length[w.count - 1] > 0 || w.count % 2 == 0 ||
        !is_word(&w, 0, "set"))
        return false;
    int knob = knob_find(w.at[w.count - 2], w.length[w.count - 2]);
    if (knob < 0)
        return false;
    knob_write((enum knob)knob, r->knobs.value[knob], c->ghost, sizeof c->ghost);
    return true;
}

void cmdline_suggest(struct cmdline *c, const struct sp_reading *reading)
{
    char choices[2];
    c->ghost[0] = 0;
    if (c->length == 0 || c->cursor != c->length || c->cycling || c->history_at > 0)
        return;
    for (int i = 1; i <= c->history_count; i++)
        if (goes_on(c, history_line(c, i)))
            return;
    if (value_goes_on(c, reading))
        return;
    for (const struct sp_command_def *d = sp_commands(); d->name != NULL; d++)
        if (goes_on(c, d->example))
            return;
    for (const struct sp_command_def *d = screen_commands(); d->name != NULL; d++)
        if (goes_on(c, d->example))
            return;
    struct candidates k = look_up(c, reading, 0, choices, sizeof choices);
    if (k.count > 0 && k.length > 0 && strlen(k.picked) > k.length)
        snprintf(c->ghost, sizeof c->ghost, "%s", k.picked + k.length);
}

const struct sp_command_def *cmdline_command(const char *text)
{
    const struct sp_command_def *whole = screen_command_find(text), *begun = NULL;
    if (whole != NULL)
        return whole;
    size_t typed = strcspn(text, " ");
    for (const struct sp_command_def *d = sp_commands(); d->name != NULL; d++) {
        size_t n = strlen(d->name);
        bool same = strncmp(text, d->name, n) == 0 && (text[n] == ' ' || text[n] == 0);
        if (same && (whole == NULL || n > strlen(whole->name)))
            whole = d;
        if (begun == NULL && strncmp(text, d->name, typed) == 0)
            begun = d;
    }
    return whole != NULL ? whole : begun;
}
