/* Curses. Grids come in, keys go out.
 *
 * The terminal is given back whatever happens: in order by term_close; on a second
 * TERM, HUP, INT or QUIT and on a crash by bytes that were prepared at the start, since
 * a signal handler may call nothing of curses. */
#include "ui/term.h"

#include "ui/keys.h"
#include "ui/term_signals.h"

/* Only plain functions of curses are used; its macros would clash with ours. */
#define NCURSES_NOMACROS
#include <curses.h>
#include <term.h>

#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define FALLBACK "xterm-256color"

static struct {
    bool open, sync;
    int colours;
    SCREEN *screen;
    struct termios before; /* as the shell left it */
    struct grid shown;     /* what stands on the terminal */
    bool forget;
    struct cursor cursor; /* as shown */
    wint_t kept;          /* a key read too many; 0 = none */
    int theme;
    int tint;             /* colours in use: none under the theme without */
    struct ink blank;     /* of an empty cell: pair 0 */
    short pair[257][257]; /* by foreground + 1 and background + 1; -1: not made yet */
    short pairs;
    bool mouse;
    int mouse_x, mouse_y; /* of the last click */
    cchar_t *row;
    int row_size;
} term;

/* ---- opening ---------------------------------------------------------------------- */

static bool no_terminal(struct err *e, const char *text)
{
    e->code = ERR_IO;
    snprintf(e->text, sizeof e->text, "%s", text);
    return false;
}

static const char *capability(const char *name)
{
    const char *s = tigetstr(name);
    return s == NULL || s == (const char *)(intptr_t)-1 ? "" : s;
}

/* Name under which the terminal is known, or NULL: TERM, or a common one if TERM is not
 * in the database of terminals. */
static const char *term_name(void)
{
    const char *const names[] = {getenv("TERM"), FALLBACK};
    for (size_t i = 0; i < COUNT(names); i++) {
        int found = 0;
        if (names[i] == NULL || names[i][0] == 0 ||
            setupterm(names[i], STDOUT_FILENO, &found) != OK)
            continue;
        bool places = capability("cup")[0] != 0;
        del_curterm(cur_term);
        return places ? names[i] : NULL;
    }
    return NULL;
}

bool term_possible(struct err *e)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return no_terminal(e, "standard input and output are no terminal");
    if (term_name() == NULL)
        return no_terminal(e, "this terminal cannot place its cursor (see TERM)");
    return true;
}

static bool set(const char *name)
{
    const char *v = getenv(name);
    return v != NULL && v[0] != 0;
}

/* Characters of the person's locale; C.UTF-8 where none is set, or where the one that is
 * set is a UTF-8 one that this machine does not have. */
static bool locale_is_utf8(void)
{
    bool any = set("LC_ALL") || set("LC_CTYPE") || set("LANG");
    const char *wanted = set("LC_ALL")     ? getenv("LC_ALL")
                         : set("LC_CTYPE") ? getenv("LC_CTYPE")
                                           : getenv("LANG");
    bool have = setlocale(LC_CTYPE, "") != NULL;
    bool utf8 = wanted != NULL && (strcasestr(wanted, "utf-8") || strcasestr(wanted, "utf8"));
    if (!any || (!have && utf8))
        setlocale(LC_CTYPE, "C.UTF-8");
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static bool starts(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

/* A console has few glyphs, and an old terminal's font is anyone's guess. */
static enum glyphs glyphs_for(const char *name, bool utf8, int asked)
{
    if (!utf8 || !glyphs_single_width())
        return GLYPHS_ASCII;
    if (asked > 0)
        return (enum glyphs)(asked - 1);
    if (starts(name, "linux"))
        return GLYPHS_ASCII;
    return starts(name, "vt") || starts(name, "ansi") ? GLYPHS_BLOCK : GLYPHS_BRAILLE;
}

/* Appends a string of the terminal database without its padding marks $<…>. */
static void prepare(struct prepared *p, const char *s)
{
    while (*s != 0 && p->size < sizeof p->byte) {
        if (s[0] == '$' && s[1] == '<' && strchr(s, '>') != NULL)
            s = strchr(s, '>') + 1;
        else
            p->byte[p->size++] = *s++;
    }
}

static void prepare_all(void)
{
    leaving.size = entering.size = 0;
    leaving.mode = entering.mode = term.before;
    if (term.sync)
        prepare(&leaving, "\033[?2026l");
    if (capability("kmous")[0] != 0) /* it can be switched on at any time */
        prepare(&leaving, "\033[?1000l\033[?1006l");
    prepare(&leaving, capability("sgr0"));
    prepare(&leaving, capability("op"));
    prepare(&leaving, capability("rmkx"));
    prepare(&leaving, capability("cnorm"));
    prepare(&leaving, capability("rmcup"));
    if (capability("rmcup")[0] == 0)
        prepare(&leaving, "\r\n");
    prepare(&entering, capability("smcup"));
    prepare(&entering, capability("smkx"));
    prepare(&entering, capability("civis"));
}

/* Colour pairs start anew: the theme's own ground is pair 0. */
static void theme_use(void)
{
    term.tint = term.theme == THEME_MONO ? 0 : term.colours;
    term.blank = theme_blank(theme_get(term.theme), term.tint);
    term.pairs = 1;
    memset(term.pair, -1, sizeof term.pair);
    if (term.colours > 0)
        assume_default_colors(term.blank.fore, term.blank.back);
}

static void colours_choose(const struct look_options *o)
{
    int have = 0;
    if (has_colors() && start_color() == OK) {
        use_default_colors();
        have = COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
    }
    int wanted = looks_colours(o, have, getenv);
    term.colours = wanted < have ? wanted : have; /* curses cannot do more than it knows */
    term.theme = term.colours == 0 ? THEME_MONO : looks_theme(o, getenv);
    theme_use();
}

/* Where the person asked for them: they take away the terminal's own marking of text
 * (which Shift gives back). */
static void mouse_choose(void)
{
    mousemask(term.mouse ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
    mouseinterval(0);
}

void term_mouse_use(bool on)
{
    assert(term.open);
    if (term.mouse == on)
        return;
    term.mouse = on;
    mouse_choose();
}

/* Keys one by one; Ctrl-C stays a signal, Ctrl-Z becomes a key (see suspend), Ctrl-S must
 * not stop the screen. */
static void modes_set(void)
{
    struct termios t;
    cbreak();
    noecho();
    nonl();
    if (tcgetattr(STDIN_FILENO, &t) == 0) {
        t.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
        t.c_lflag &= ~(tcflag_t)IEXTEN;
        t.c_lflag |= ISIG;
        t.c_cc[VSUSP] = _POSIX_VDISABLE;
        tcsetattr(STDIN_FILENO, TCSANOW, &t);
        entering.mode = t;
    }
    def_prog_mode();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    wtimeout(stdscr, 0);
    leaveok(stdscr, FALSE);
    scrollok(stdscr, FALSE);
    curs_set(0);
}

int term_open(const struct term_options *options, struct term_caps *caps, struct err *e)
{
    assert(!term.open);
    if (!term_possible(e))
        return ERR_IO;
    unsetenv("LINES"); /* the terminal knows its size; these would freeze it */
    unsetenv("COLUMNS");
    const char *name = term_name();
    if (name == NULL || tcgetattr(STDIN_FILENO, &term.before) != 0) {
        no_terminal(e, "the terminal does not answer");
        return ERR_IO;
    }
    bool utf8 = locale_is_utf8();
    signals_save();
    set_escdelay(25);
    term.screen = newterm(name, stdout, stdin);
    if (term.screen == NULL) {
        signals_restore();
        no_terminal(e, "curses does not know this terminal (see TERM)");
        return ERR_IO;
    }
    term.sync =
        !options->no_sync && !starts(name, "linux") && !starts(name, "vt") && !starts(name, "dumb");
    term.mouse = options->look.mouse;
    prepare_all();
    signals_catch();
    modes_set();
    colours_choose(&options->look);
    mouse_choose();
    grid_init(&term.shown);
    term.kept = 0;
    term.cursor = (struct cursor){false, 0, 0};
    term.open = term.forget = true;
    errors_keep();
    *caps =
        (struct term_caps){glyphs_for(name, utf8, options->look.glyphs), term.colours, term.theme};
    return 0;
}

void term_close(void)
{
    if (!term.open)
        return;
    term.open = false;
    signal(SIGTTOU, SIG_IGN); /* in the background too the terminal is put right */
    curs_set(1);
    endwin();
    tcsetattr(STDIN_FILENO, TCSADRAIN, &term.before);
    signal(SIGTTOU, SIG_DFL);
    errors_give();
    signals_restore();
    delscreen(term.screen);
    term.screen = NULL;
    grid_fini(&term.shown);
    free(term.row);
    term.row = NULL;
    term.row_size = 0;
}

/* ---- suspending ------------------------------------------------------------------- */

/* Back on the screen after a stop: modes, size and contents may all have changed. */
static void resume(void)
{
    struct winsize w;
    reset_prog_mode();
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 0 && w.ws_col > 0 &&
        is_term_resized(w.ws_row, w.ws_col))
        resizeterm(w.ws_row, w.ws_col);
    term_forget();
}

bool term_suspended(void)
{
    if (!signals_continued())
        return false;
    resume();
    if (term.mouse)
        signals_put(STDOUT_FILENO, "\033[?1006h\033[?1000h", 16);
    curs_set(1); /* both: curses does not know what was sent behind its back */
    curs_set(0);
    term.cursor.shown = false;
    return true;
}

bool term_gone(void)
{
    struct pollfd p = {STDIN_FILENO, POLLIN, 0};
    int waiting = 0;
    if (poll(&p, 1, 0) <= 0)
        return false;
    if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
        return true;
    /* readable, and nothing to read: the end of the input */
    return ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting == 0 && poll(&p, 1, 0) > 0 &&
           ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting == 0;
}

/* ---- keys ------------------------------------------------------------------------- */

static const struct {
    int from;
    uint32_t to;
} codes[] = {
    {KEY_UP, PRESS_UP},
    {KEY_DOWN, PRESS_DOWN},
    {KEY_LEFT, PRESS_LEFT},
    {KEY_RIGHT, PRESS_RIGHT},
    {KEY_SLEFT, PRESS_SHIFT_LEFT},
    {KEY_SRIGHT, PRESS_SHIFT_RIGHT},
    {KEY_PPAGE, PRESS_PAGE_UP},
    {KEY_NPAGE, PRESS_PAGE_DOWN},
    {KEY_HOME, PRESS_HOME},
    {KEY_END, PRESS_END},
    {KEY_ENTER, PRESS_ENTER},
    {KEY_BTAB, PRESS_SHIFT_TAB},
    {KEY_BACKSPACE, PRESS_BACKSPACE},
    {KEY_DC, PRESS_DELETE},
    {KEY_RESIZE, PRESS_RESIZE},
    {KEY_A1, PRESS_HOME},
    {KEY_C1, PRESS_END},
    {KEY_A3, PRESS_PAGE_UP},
    {KEY_C3, PRESS_PAGE_DOWN},
    {KEY_FIND, PRESS_HOME},
    {KEY_SELECT, PRESS_END},
};

static uint32_t from_mouse(void)
{
    MEVENT m;
    if (getmouse(&m) != OK)
        return PRESS_NONE;
    term.mouse_x = m.x;
    term.mouse_y = m.y;
    if (m.bstate & BUTTON4_PRESSED)
        return PRESS_WHEEL_UP;
    if (m.bstate & BUTTON5_PRESSED)
        return PRESS_WHEEL_DOWN;
    return m.bstate & BUTTON1_PRESSED ? PRESS_CLICK : PRESS_NONE;
}

void term_mouse(int *x, int *y)
{
    *x = term.mouse_x;
    *y = term.mouse_y;
}

static uint32_t from_code(int code)
{
    if (code == KEY_MOUSE)
        return from_mouse();
    for (size_t i = 0; i < COUNT(codes); i++)
        if (codes[i].from == code)
            return codes[i].to;
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return PRESS_F1 + (uint32_t)(code - KEY_F(1));
    return PRESS_NONE;
}

/* Keys as other terminals send them than the one that TERM names: a session inside tmux
 * whose TERM is that of the window around it. */
static const struct {
    const char *after; /* the Esc */
    uint32_t key;
} stray[] = {
    {"[A", PRESS_UP},
    {"[B", PRESS_DOWN},
    {"[C", PRESS_RIGHT},
    {"[D", PRESS_LEFT},
    {"OA", PRESS_UP},
    {"OB", PRESS_DOWN},
    {"OC", PRESS_RIGHT},
    {"OD", PRESS_LEFT},
    {"[H", PRESS_HOME},
    {"[F", PRESS_END},
    {"OH", PRESS_HOME},
    {"OF", PRESS_END},
    {"[1~", PRESS_HOME},
    {"[4~", PRESS_END},
    {"[7~", PRESS_HOME},
    {"[8~", PRESS_END},
    {"[3~", PRESS_DELETE},
    {"[5~", PRESS_PAGE_UP},
    {"[6~", PRESS_PAGE_DOWN},
    {"[Z", PRESS_SHIFT_TAB},
    {"[1;2C", PRESS_SHIFT_RIGHT},
    {"[1;2D", PRESS_SHIFT_LEFT},
    {"OP", PRESS_F1},
};

/* After an Esc that begins no key of this terminal: another terminal's key, or a stray
 * control sequence, which is dropped as a whole; any other character is kept for the next
 * call. */
static uint32_t after_escape(void)
{
    char got[16];
    size_t n = 0;
    wint_t ch;
    int kind = get_wch(&ch);
    if (kind == ERR)
        return PRESS_ESC;
    if (kind != OK || (ch != '[' && ch != 'O')) {
        term.kept = kind == OK ? ch : 0;
        return PRESS_ESC;
    }
    got[n++] = (char)ch;
    for (int i = 0; i < 64 && get_wch(&ch) == OK; i++) {
        if (n + 1 < sizeof got)
            got[n++] = ch < 0x80 ? (char)ch : '?';
        if (ch >= 0x40 && ch <= 0x7E)
            break;
    }
    got[n] = 0;
    for (size_t i = 0; i < COUNT(stray); i++)
        if (strcmp(stray[i].after, got) == 0)
            return stray[i].key;
    return PRESS_NONE;
}

static uint32_t from_char(wint_t ch)
{
    switch (ch) {
    case '\r':
    case '\n':
        return PRESS_ENTER;
    case '\t':
        return PRESS_TAB;
    case 8:
    case 127:
        return PRESS_BACKSPACE;
    case 26:
        signals_suspend();
        return PRESS_NONE;
    case 27:
        return after_escape();
    default:
        return ch <= 0x10FFFF ? (uint32_t)ch : PRESS_NONE;
    }
}

uint32_t term_key(void)
{
    for (int i = 0; i < 100; i++) {
        wint_t ch = term.kept;
        int kind = OK;
        term.kept = 0;
        if (ch == 0)
            kind = get_wch(&ch);
        if (kind == ERR)
            return PRESS_NONE;
        uint32_t key = kind == KEY_CODE_YES ? from_code((int)ch) : from_char(ch);
        if (key != PRESS_NONE)
            return key;
    }
    return PRESS_NONE;
}

/* ---- drawing ---------------------------------------------------------------------- */

#define PAIRS 250

/* Pair of an ink, made when it is first seen; pair 0 is the empty cell's. */
static short pair_of(const struct ink *k)
{
    if (term.colours == 0 || (k->fore == term.blank.fore && k->back == term.blank.back))
        return 0;
    short *pair = &term.pair[k->fore + 1][k->back + 1];
    if (*pair >= 0)
        return *pair;
    short most = COLOR_PAIRS < PAIRS ? (short)COLOR_PAIRS : PAIRS;
    if (term.pairs < most && init_pair(term.pairs, k->fore, k->back) == OK)
        *pair = term.pairs++;
    else if (k->back != term.blank.back)
        *pair = pair_of(&(struct ink){k->fore, term.blank.back, 0});
    else
        *pair = 0;
    return *pair;
}

static attr_t attributes(uint8_t attr)
{
    attr_t a = A_NORMAL;
    a |= attr & ATTR_BOLD ? A_BOLD : 0;
    a |= attr & ATTR_REVERSE ? A_REVERSE : 0;
    a |= attr & ATTR_UNDERLINE ? A_UNDERLINE : 0;
    return a;
}

void term_theme(int theme)
{
    assert(term.open);
    if (theme == term.theme)
        return;
    term.theme = theme;
    theme_use();
    term.forget = true;
}

static void cell_put(const struct cell *c, cchar_t *out)
{
    wchar_t ch = (wchar_t)c->ch;
    if (c->ch >= 0x80 && wcwidth(ch) != 1)
        ch = L'?';
    const wchar_t text[2] = {ch, 0};
    struct ink k = theme_ink(theme_get(term.theme), term.tint, c);
    setcchar(out, text, attributes(k.attr), pair_of(&k), NULL);
}

static bool row_make(int width)
{
    if (width <= term.row_size)
        return true;
    cchar_t *row = realloc(term.row, (size_t)width * sizeof *row);
    if (row == NULL)
        return false;
    term.row = row;
    term.row_size = width;
    return true;
}

/* Puts the rows that changed into the curses window. True if there was any. */
static bool rows_put(const struct grid *g, int width, int height)
{
    bool any = false;
    for (int y = 0; y < height; y++) {
        const struct cell *row = &g->cell[y * g->width];
        struct cell *old = &term.shown.cell[y * g->width];
        size_t size = (size_t)g->width * sizeof *row;
        if (!term.forget && memcmp(row, old, size) == 0)
            continue;
        for (int x = 0; x < width; x++)
            cell_put(&row[x], &term.row[x]);
        mvwadd_wchnstr(stdscr, y, 0, term.row, width);
        memcpy(old, row, size);
        any = true;
    }
    return any;
}

static bool cursor_put(const struct cursor *cursor)
{
    bool same = cursor->shown == term.cursor.shown &&
                (!cursor->shown || (cursor->x == term.cursor.x && cursor->y == term.cursor.y));
    if (cursor->shown != term.cursor.shown)
        curs_set(cursor->shown ? 1 : 0);
    term.cursor = *cursor;
    return !same;
}

void term_draw(const struct grid *g, const struct cursor *cursor)
{
    assert(term.open);
    int width, height;
    term_size(&width, &height);
    if (term.shown.width != g->width || term.shown.height != g->height) {
        if (!grid_resize(&term.shown, g->width, g->height))
            return;
        term.forget = true;
    }
    width = width < g->width ? width : g->width;
    height = height < g->height ? height : g->height;
    if (width < 1 || height < 1 || !row_make(width))
        return;
    bool all = term.forget;
    if (all) {
        werase(stdscr);
        clearok(curscr, TRUE);
    }
    bool any = rows_put(g, width, height);
    term.forget = false;
    if (!cursor_put(cursor) && !any && !all)
        return;
    wmove(stdscr, cursor->shown ? cursor->y : height - 1, cursor->shown ? cursor->x : 0);
    if (term.sync)
        signals_put(STDOUT_FILENO, "\033[?2026h", 8);
    wnoutrefresh(stdscr);
    doupdate();
    if (term.sync)
        signals_put(STDOUT_FILENO, "\033[?2026l", 8);
}

void term_forget(void) { term.forget = true; }

void term_size(int *width, int *height)
{
    *height = getmaxy(stdscr);
    *width = getmaxx(stdscr);
}
