/* Choices of look, and the mask of --redact. */
#include "ui/looks.h"

#include <stdlib.h>
#include <string.h>

static const char *value(char *(*env)(const char *), const char *name)
{
    const char *v = env(name);
    return v != NULL ? v : "";
}

static bool is(const char *v, const char *word) { return strcmp(v, word) == 0; }

int looks_colours(const struct look_options *o, int have, char *(*env)(const char *))
{
    if (o->mono)
        return 0;
    const char *force = value(env, "FORCE_COLOR"), *force2 = value(env, "CLICOLOR_FORCE");
    bool never = is(force, "0") || is(force, "false");
    if (force[0] != 0 && !never)
        return have > 0 ? have : atoi(force) >= 2 ? 256 : 16;
    if (o->theme > 0) /* a theme with colours was asked for by name */
        return have;
    if (never || value(env, "NO_COLOR")[0] != 0)
        return 0;
    if (force2[0] != 0 && !is(force2, "0"))
        return have > 0 ? have : 16;
    return is(value(env, "CLICOLOR"), "0") ? 0 : have;
}

int looks_theme(const struct look_options *o, char *(*env)(const char *))
{
    if (o->theme > 0)
        return o->theme - 1;
    const char *ground = strrchr(value(env, "COLORFGBG"), ';');
    return ground != NULL && (is(ground, ";7") || is(ground, ";15")) ? THEME_LIGHT : THEME_DARK;
}

int looks_next_theme(int theme)
{
    do
        theme = (theme + 1) % THEME_COUNT;
    while (!theme_exists(theme));
    return theme;
}

/* ---- redaction -------------------------------------------------------------------- */

#define MASK 0xB7 /* · */
#define DIGITS 10

static bool digit(uint32_t ch) { return ch >= '0' && ch <= '9'; }

/* Ends a word: blank, quote, bracket, or anything that is no ASCII. */
static bool ends_word(uint32_t ch)
{
    return ch <= ' ' || ch >= 0x7F || ch == '"' || ch == '\'' || ch == '(' || ch == ')' ||
           ch == ',' || ch == ';';
}

static bool begins(const uint32_t *ch, int n, const char *word)
{
    for (int i = 0; word[i] != 0; i++)
        if (i >= n || ch[i] != (uint32_t)(unsigned char)word[i])
            return false;
    return true;
}

/* Hides the characters from ch[i] up to the end of the word, or to `stop`. */
static int hide_word(uint32_t *ch, int i, int n, uint32_t stop)
{
    while (i < n && !ends_word(ch[i]) && ch[i] != stop)
        ch[i++] = MASK;
    return i;
}

static int digits_at(const uint32_t *ch, int i, int n)
{
    int k = i;
    while (k < n && digit(ch[k]))
        k++;
    return k - i;
}

static bool letter(uint32_t ch) { return (ch | 32) >= 'a' && (ch | 32) <= 'z'; }

static bool in_host(uint32_t ch) { return letter(ch) || digit(ch) || ch == '-' || ch == '.'; }

/* Where a host that stands at ch[i] ends, its port with it; i if none does. A host has two
 * dots at least, or a letter and a port. */
static int host_end(const uint32_t *ch, int i, int n)
{
    int k = i, dots = 0, letters = 0;
    if (i > 0 && in_host(ch[i - 1]))
        return i;
    for (; k < n && in_host(ch[k]); k++) {
        dots += ch[k] == '.' && k > i && ch[k - 1] != '.' && k + 1 < n && in_host(ch[k + 1]) &&
                ch[k + 1] != '.';
        letters += letter(ch[k]);
    }
    int port = k < n && ch[k] == ':' ? digits_at(ch, k + 1, n) : 0;
    return dots >= 2 || (letters > 0 && port >= 2) ? k + (port > 0 ? 1 + port : 0) : i;
}

/* least_at_end: digits in a run that reaches the end, or a frame, from which on they are
 * hidden too. */
static void hide(uint32_t *ch, int n, int least_at_end)
{
    for (int i = 0; i < n; i++) {
        for (int end = host_end(ch, i, n); i < end; i++)
            ch[i] = MASK;
        if (i == n)
            return;
        if (begins(ch + i, n - i, "arn:"))
            i = hide_word(ch, i + 4, n, 0) - 1;
        else if (begins(ch + i, n - i, "://"))
            i = hide_word(ch, i + 3, n, '/') - 1;
        else if (digit(ch[i]) && (i == 0 || !digit(ch[i - 1]))) {
            int k = digits_at(ch, i, n);
            bool cut = i + k >= n || ch[i + k] == 0x2502 || ch[i + k] == '|';
            bool cut_before = i == 0 || ch[i - 1] == 0x2502;
            if (k >= DIGITS || ((cut || cut_before) && k >= least_at_end))
                for (int j = 0; j < k; j++)
                    ch[i + j] = MASK;
        }
    }
}

void redact_text(char *text)
{
    uint32_t ch[1024];
    size_t n = strlen(text);
    for (size_t from = 0; from < n; from += 1024) {
        int part = n - from < 1024 ? (int)(n - from) : 1024;
        for (int i = 0; i < part; i++)
            ch[i] = (unsigned char)text[from + (size_t)i];
        hide(ch, part, DIGITS);
        for (int i = 0; i < part; i++)
            if (ch[i] == MASK && (unsigned char)text[from + (size_t)i] < 0x80)
                text[from + (size_t)i] = '*';
    }
}

void redact_grid(struct grid *g)
{
    uint32_t ch[GRID_SIDE_MAX];
    for (int y = 0; y < g->height; y++) {
        struct cell *row = &g->cell[y * g->width];
        for (int x = 0; x < g->width; x++)
            ch[x] = row[x].ch;
        hide(ch, g->width, 5);
        for (int x = 0; x < g->width; x++)
            row[x].ch = ch[x];
    }
}
