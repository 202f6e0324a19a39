/* The table of keys. Rows of one meaning stand together; the first of them has the
 * help sentence, the others share its line on the keys page. */
#include "ui/keys.h"

#include <stdio.h>
#include <string.h>

const char *const key_context_titles[KEYS_CONTEXTS] = {
    [KEYS_MAIN] = "On the dashboard",
    [KEYS_CROSS] = "With the cross-hair (v)",
    [KEYS_HELP] = "On this page",
    [KEYS_LINE] = "While typing a command or a value",
};

#define M KEYS_MAIN
#define F(n) (PRESS_F1 + (n)-1)

const struct key_def key_table[] = {
    {M, '?', "?", ACT_HELP, NULL, NULL, "this page"},
    {M, F(1), "F1", ACT_HELP, NULL, "Help", NULL},
    {M, 's', "s", ACT_SEND, "spike x2 10s", "Spike", "twice the load for 10 s, at once"},
    {M, 'S', "S", ACT_TYPE, "spike x2 10s", NULL, "a spike of another size: edit the command"},
    {M, 'p', "p", ACT_POLICY_NEXT, NULL, "Policy", "next policy"},
    {M, 'P', "P", ACT_POLICY_PREVIOUS, NULL, NULL, "previous policy"},
    {M, ' ', "Space", ACT_FREEZE, NULL, "Freeze",
     "freeze the view and let it go again; recording continues"},
    {M, ':', ":", ACT_TYPE, "", "Cmd", "type a command; every action is one"},
    {M, PRESS_UP, "↑", ACT_KNOB_UP, NULL, NULL, "select the knob above"},
    {M, 'k', "k", ACT_KNOB_UP, NULL, NULL, NULL},
    {M, PRESS_DOWN, "↓", ACT_KNOB_DOWN, NULL, NULL, "select the knob below"},
    {M, 'j', "j", ACT_KNOB_DOWN, NULL, NULL, NULL},
    {M, PRESS_HOME, "Home", ACT_KNOB_FIRST, NULL, NULL, "select the first knob"},
    {M, 'g', "g", ACT_KNOB_FIRST, NULL, NULL, NULL},
    {M, PRESS_END, "End", ACT_KNOB_LAST, NULL, NULL, "select the last knob"},
    {M, 'G', "G", ACT_KNOB_LAST, NULL, NULL, NULL},
    {M, PRESS_LEFT, "←", ACT_LESS, NULL, NULL, "turn the selected knob down by one step"},
    {M, 'h', "h", ACT_LESS, NULL, NULL, NULL},
    {M, F(7), "F7", ACT_LESS, NULL, "−", NULL},
    {M, PRESS_RIGHT, "→", ACT_MORE, NULL, NULL, "turn the selected knob up by one step"},
    {M, 'l', "l", ACT_MORE, NULL, NULL, NULL},
    {M, F(8), "F8", ACT_MORE, NULL, "+", NULL},
    {M, PRESS_PAGE_DOWN, "PgDn", ACT_LESS_10, NULL, NULL, "down by ten steps"},
    {M, PRESS_SHIFT_LEFT, "Shift-←", ACT_LESS_10, NULL, NULL, NULL},
    {M, PRESS_PAGE_UP, "PgUp", ACT_MORE_10, NULL, NULL, "up by ten steps"},
    {M, PRESS_SHIFT_RIGHT, "Shift-→", ACT_MORE_10, NULL, NULL, NULL},
    {M, PRESS_ENTER, "Enter", ACT_ENTRY, NULL, NULL, "type the value of the selected knob"},
    {M, '=', "=", ACT_DEFAULT, NULL, NULL, "give the selected knob its default"},
    {M, 'A', "A", ACT_AUTO, NULL, NULL, "give the selected knob back to the policy"},
    {M, 'K', "K", ACT_KILL, NULL, NULL, "kill an instance: Enter confirms"},
    {M, F(9), "F9", ACT_KILL, NULL, "Kill", NULL},
    {M, 'm', "m", ACT_TYPE, "mark ", NULL, "leave a note on the time line"},
    {M, '!', "!", ACT_SEND, "halt", "HALT", "stop all injections, knobs back to the preset"},
    {M, '+', "+", ACT_ZOOM_IN, NULL, NULL, "graphs over a shorter time"},
    {M, '-', "-", ACT_ZOOM_OUT, NULL, NULL, "graphs over a longer time"},
    {M, '0', "0", ACT_ZOOM_RESET, NULL, NULL, "back to now and to 60 s"},
    {M, '[', "[", ACT_PAN_BACK, NULL, NULL, "a quarter of the window back in time"},
    {M, ']', "]", ACT_PAN_ON, NULL, NULL, "a quarter of the window on"},
    {M, '{', "{", ACT_PAN_BACK_FAR, NULL, NULL, "a whole window back"},
    {M, '}', "}", ACT_PAN_ON_FAR, NULL, NULL, "a whole window on"},
    {M, 'v', "v", ACT_CROSS, NULL, NULL, "cross-hair: every panel as of one instant"},
    {M, 'n', "n", ACT_MARKER_NEXT, NULL, NULL, "next marker: what was before it and after"},
    {M, 'N', "N", ACT_MARKER_PREVIOUS, NULL, NULL, "the marker before"},
    {M, '1', "1-9", ACT_PANEL, NULL, NULL, "go to a panel; again: full screen"},
    {M, '2', "", ACT_PANEL, NULL, NULL, NULL},
    {M, '3', "", ACT_PANEL, NULL, NULL, NULL},
    {M, '4', "", ACT_PANEL, NULL, NULL, NULL},
    {M, '5', "", ACT_PANEL, NULL, NULL, NULL},
    {M, '6', "", ACT_PANEL, NULL, NULL, NULL},
    {M, '7', "", ACT_PANEL, NULL, NULL, NULL},
    {M, '8', "", ACT_PANEL, NULL, NULL, NULL},
    {M, '9', "", ACT_PANEL, NULL, NULL, NULL},
    {M, PRESS_TAB, "Tab", ACT_FOCUS_NEXT, NULL, NULL, "next panel"},
    {M, PRESS_SHIFT_TAB, "Shift-Tab", ACT_FOCUS_PREVIOUS, NULL, NULL, "previous panel"},
    {M, 'f', "f", ACT_FULL, NULL, NULL, "this panel over the whole screen, and back"},
    {M, PRESS_ESC, "Esc", ACT_BACK, NULL, NULL, "back"},
    {M, 'x', "x", ACT_GLYPHS, NULL, NULL, "draw with braille, blocks or ASCII"},
    {M, 't', "t", ACT_THEME, NULL, NULL, "colours: dark, light, projector, none, your own"},
    {M, 'B', "B", ACT_BIG, NULL, NULL, "the main figures in big digits, and back"},
    {M, 'V', "V", ACT_LATENCY, NULL, NULL,
     "latency as percentiles, map of calls, parts, curve"},
    {M, 'y', "y", ACT_AXIS, NULL, NULL, "linear or logarithmic axis of this graph"},
    {M, 'a', "a", ACT_SCALE, NULL, NULL, "hold the scale of this graph, and let it go"},
    {M, PRESS_WHEEL_UP, "Wheel", ACT_ZOOM_IN, NULL, NULL,
     "graphs over a shorter or longer time (--mouse; a click goes to a panel)"},
    {M, PRESS_WHEEL_DOWN, "", ACT_ZOOM_OUT, NULL, NULL, NULL},
    {M, PRESS_CTRL('L'), "Ctrl-L", ACT_REDRAW, NULL, NULL, "draw the whole screen anew"},
    {M, 'q', "q", ACT_QUIT, NULL, "Quit", "quit"},
    {M, F(10), "F10", ACT_QUIT, NULL, NULL, NULL},
    {M, PRESS_CTRL('C'), "Ctrl-C", ACT_NONE, NULL, NULL, "stop in order; twice: at once"},
    {M, PRESS_CTRL('Z'), "Ctrl-Z", ACT_NONE, NULL, NULL, "suspend; fg comes back"},

    {KEYS_CROSS, PRESS_LEFT, "←", ACT_CROSS_LEFT, NULL, "earlier", "a column earlier"},
    {KEYS_CROSS, 'h', "h", ACT_CROSS_LEFT, NULL, NULL, NULL},
    {KEYS_CROSS, PRESS_RIGHT, "→", ACT_CROSS_RIGHT, NULL, "later", "a column later"},
    {KEYS_CROSS, 'l', "l", ACT_CROSS_RIGHT, NULL, NULL, NULL},
    {KEYS_CROSS, PRESS_SHIFT_LEFT, "Shift-←", ACT_CROSS_LEFT_10, NULL, NULL,
     "ten columns earlier"},
    {KEYS_CROSS, PRESS_PAGE_DOWN, "PgDn", ACT_CROSS_LEFT_10, NULL, NULL, NULL},
    {KEYS_CROSS, PRESS_SHIFT_RIGHT, "Shift-→", ACT_CROSS_RIGHT_10, NULL, NULL,
     "ten columns later"},
    {KEYS_CROSS, PRESS_PAGE_UP, "PgUp", ACT_CROSS_RIGHT_10, NULL, NULL, NULL},
    {KEYS_CROSS, PRESS_HOME, "Home", ACT_CROSS_FIRST, NULL, NULL, "the window's first column"},
    {KEYS_CROSS, PRESS_END, "End", ACT_CROSS_LAST, NULL, NULL, "the window's last column"},
    {KEYS_CROSS, 'n', "n", ACT_MARKER_NEXT, NULL, "next marker", "next marker"},
    {KEYS_CROSS, 'N', "N", ACT_MARKER_PREVIOUS, NULL, "marker before", "the marker before"},
    {KEYS_CROSS, 'v', "v", ACT_CROSS, NULL, NULL, "leave the cross-hair"},
    {KEYS_CROSS, PRESS_ESC, "Esc", ACT_CROSS, NULL, "leave", NULL},
    {KEYS_CROSS, ' ', "Space", ACT_FREEZE, NULL, "back to now", "back to now"},

    {KEYS_HELP, PRESS_UP, "↑", ACT_SCROLL_UP, NULL, NULL, "scroll up"},
    {KEYS_HELP, 'k', "k", ACT_SCROLL_UP, NULL, NULL, NULL},
    {KEYS_HELP, PRESS_DOWN, "↓", ACT_SCROLL_DOWN, NULL, NULL, "scroll down"},
    {KEYS_HELP, 'j', "j", ACT_SCROLL_DOWN, NULL, NULL, NULL},
    {KEYS_HELP, PRESS_PAGE_UP, "PgUp", ACT_PAGE_UP, NULL, NULL, "a page up"},
    {KEYS_HELP, PRESS_PAGE_DOWN, "PgDn", ACT_PAGE_DOWN, NULL, "more", "a page down"},
    {KEYS_HELP, ' ', "Space", ACT_PAGE_DOWN, NULL, NULL, NULL},
    {KEYS_HELP, PRESS_ESC, "Esc", ACT_BACK, NULL, "back", "back to the dashboard"},
    {KEYS_HELP, '?', "?", ACT_BACK, NULL, NULL, NULL},
    {KEYS_HELP, F(1), "F1", ACT_BACK, NULL, NULL, NULL},
    {KEYS_HELP, 'q', "q", ACT_BACK, NULL, NULL, NULL},

    {KEYS_LINE, PRESS_ENTER, "Enter", ACT_NONE, NULL, NULL, "run the command, set the value"},
    {KEYS_LINE, PRESS_ESC, "Esc", ACT_NONE, NULL, NULL, "leave without doing anything"},
    {KEYS_LINE, PRESS_TAB, "Tab", ACT_NONE, NULL, NULL, "complete the word"},
    {KEYS_LINE, PRESS_UP, "↑", ACT_NONE, NULL, NULL, "earlier line"},
    {KEYS_LINE, PRESS_DOWN, "↓", ACT_NONE, NULL, NULL, "later line"},
    {KEYS_LINE, PRESS_LEFT, "←", ACT_NONE, NULL, NULL, "one character left"},
    {KEYS_LINE, PRESS_RIGHT, "→", ACT_NONE, NULL, NULL, "one character right"},
    {KEYS_LINE, PRESS_HOME, "Home", ACT_NONE, NULL, NULL, "start of the line"},
    {KEYS_LINE, PRESS_CTRL('A'), "Ctrl-A", ACT_NONE, NULL, NULL, NULL},
    {KEYS_LINE, PRESS_END, "End", ACT_NONE, NULL, NULL, "end of the line"},
    {KEYS_LINE, PRESS_CTRL('E'), "Ctrl-E", ACT_NONE, NULL, NULL, NULL},
    {KEYS_LINE, PRESS_BACKSPACE, "Backspace", ACT_NONE, NULL, NULL, "delete to the left"},
    {KEYS_LINE, PRESS_DELETE, "Del", ACT_NONE, NULL, NULL, "delete under the cursor"},
    {KEYS_LINE, PRESS_CTRL('W'), "Ctrl-W", ACT_NONE, NULL, NULL, "delete a word"},
    {KEYS_LINE, PRESS_CTRL('U'), "Ctrl-U", ACT_NONE, NULL, NULL, "delete to the start"},
    {KEYS_LINE, PRESS_CTRL('K'), "Ctrl-K", ACT_NONE, NULL, NULL, "delete to the end"},
};

#undef M
#undef F

const int key_count = (int)(sizeof key_table / sizeof *key_table);

const struct key_def *key_find(enum key_context context, uint32_t code)
{
    for (int i = 0; i < key_count; i++)
        if (key_table[i].context == context && key_table[i].code == code)
            return &key_table[i];
    return NULL;
}

/* Joins the names of row i and of the rows after it that share its sentence. */
static void join_names(int i, char *dst, size_t size)
{
    size_t n = (size_t)snprintf(dst, size, "%s", key_table[i].name);
    for (i++; i < key_count && key_table[i].help == NULL; i++)
        if (key_table[i].name[0] != 0 && n < size)
            n += (size_t)snprintf(dst + n, size - n, " %s", key_table[i].name);
}

bool key_page_line(int line, struct key_line *out)
{
    int at = 0;
    for (int i = 0; i < key_count; i++) {
        bool part = i == 0 || key_table[i].context != key_table[i - 1].context;
        if (part && i > 0 && at++ == line) {
            *out = (struct key_line){"", "", false};
            return true;
        }
        if (part && at++ == line) {
            *out = (struct key_line){"", "", true};
            snprintf(out->keys, sizeof out->keys, "%s", key_context_titles[key_table[i].context]);
            return true;
        }
        if (key_table[i].help == NULL || at++ != line)
            continue;
        *out = (struct key_line){"", key_table[i].help, false};
        join_names(i, out->keys, sizeof out->keys);
        return true;
    }
    return false;
}

int key_page_lines(void)
{
    struct key_line line;
    int n = 0;
    while (key_page_line(n, &line))
        n++;
    return n;
}
