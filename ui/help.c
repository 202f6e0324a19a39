/* Nothing is written here that a table says already: keys, commands, knobs, panels. */
#include "ui/help.h"

#include "ui/fmt.h"
#include "ui/keys.h"
#include "ui/screen_commands.h"

#include "spillway.h"

#include <stdio.h>
#include <string.h>

const char *const help_page_names[HELP_PAGES] = {"Keys and commands", "Words", "Signs"};

/* Keys that belong to one panel: they come first while it is in focus. */
static const struct {
    enum area panel;
    enum action first, last;
} belongs[] = {
    {PANEL_KNOBS, ACT_KNOB_UP, ACT_AUTO},
    {PANEL_KNOBS, ACT_STAGE, ACT_STAGE},
    {PANEL_KNOBS, ACT_MENU_POLICY, ACT_MENU_POLICY},
    {PANEL_PIPELINE, ACT_KILL, ACT_KILL},
    {PANEL_RATE, ACT_MENU_SPIKE, ACT_MENU_SPIKE},
    {PANEL_RATE, ACT_ZOOM_IN, ACT_CROSS},
    {PANEL_BUSY, ACT_ZOOM_IN, ACT_CROSS},
    {PANEL_BACKLOG, ACT_ZOOM_IN, ACT_CROSS},
    {PANEL_LATENCY, ACT_ZOOM_IN, ACT_CROSS},
    {PANEL_LATENCY, ACT_LATENCY, ACT_LATENCY},
    {PANEL_RATE, ACT_AXIS, ACT_SCALE},
    {PANEL_BUSY, ACT_AXIS, ACT_SCALE},
    {PANEL_BACKLOG, ACT_AXIS, ACT_SCALE},
    {PANEL_LATENCY, ACT_AXIS, ACT_SCALE},
    {PANEL_EVENTS, ACT_MARKER_NEXT, ACT_MARKER_PREVIOUS},
};

static const char *const panel_titles[PANEL_COUNT] = {
    [PANEL_PIPELINE] = "In this panel: Pipeline", [PANEL_RATE] = "In this panel: Rate",
    [PANEL_BUSY] = "In this panel: Busy",         [PANEL_BACKLOG] = "In this panel: Backlog",
    [PANEL_LATENCY] = "In this panel: Latency",   [PANEL_KNOBS] = "In this panel: Knobs",
    [PANEL_CALLS] = "In this panel: Calls",       [PANEL_EVENTS] = "In this panel: Events",
    [PANEL_LEDGER] = "In this panel: Ledger",
};

/* A word and what it means; "" begins a part. */
struct word {
    const char *name, *about;
};

static const struct word words[] = {
    {"", "What is measured"},
    {"IN", "records that entered the pipeline, per second"},
    {"OUT", "records that left it through the sink, per second"},
    {"BURST", "share of the records that went to functions, and their rate"},
    {"BUSY", "time the operator's slots worked, of the time they could have"},
    {"BP", "back-pressure: ms of each second in which an operator could not pass its output on"},
    {"OK LOW HIGH", "levels of back-pressure: up to 10 %, up to 50 %, above"},
    {"ΣBP", "all back-pressure since the start, in seconds"},
    {"p50 p90 p99", "half, nine of ten, 99 of 100 records were faster than this"},
    {"latency", "from the moment a record was due to the sink: waiting counts, also at the source"},
    {"call", "from the first attempt of a function call to its answer"},
    {"backlog", "records that are due and have not entered yet"},
    {"$/h", "what the functions would cost in an hour at this pace"},
    {"", "What it consists of"},
    {"record", "one event of the stream; a batch is the records of one call"},
    {"policy", "the rule that decides how much goes to functions"},
    {"burst", "to send what the local slots cannot do to functions"},
    {"slot", "one worker of an operator"},
    {"cold start", "the first call of a new function environment; it takes longer"},
    {"throttled", "calls that the platform refused; they are tried again"},
    {"sequencer", "puts the results back into order before the sink"},
    {"", "What is always true"},
    {"LEDGER", "in = out + in flight + dead; ✓ while it balances and nothing is lost"},
    {"lost dup disorder", "records missing, delivered twice, out of the order asked for"},
    {"dead", "records given up with a reason, because nothing could process them"},
    {"", "What the title says"},
    {"SIM, LIVE", "the clock: simulated time, or the real one"},
    {"NOW, FROZEN", "what is shown: this moment, or one held fast while recording goes on"},
    {"auto, manual", "who owns a knob: the policy, or a person until A gives it back"},
};

static const struct word signs[] = {
    {"", "Events, their marks in every graph and on the ruler"},
    {"▲", "load: spike, ramp, rate, pause"},
    {"◆", "a knob was turned"},
    {"●", "a policy was chosen"},
    {"✖", "kill or fault"},
    {"■", "the controller decided"},
    {"⚑", "a note"},
    {"✓ ✗", "an expectation that came true; one that did not, or an error"},
    {"…", "waits: a command for its time, a condition for its end"},
    {"A B … A2", "marks of people, scripts and scenarios, in order"},
    {"a b … a2", "marks of the controller"},
    {"┊", "the moment of a mark, in every graph"},
    {"┄", "a threshold: where the knob stands, and stood"},
    {"", "Pipeline"},
    {"█ ▒ ·", "busy, held back by what comes after, idle"},
    {"══48k══▶", "rate between two operators"},
    {"", "Knobs"},
    {"▌", "the knob that arrows turn"},
    {"•", "belongs to the policy in force"},
    {"* was 85%", "changed a moment ago, from this"},
    {"→ 90%", "collected with L: Enter applies all of them at one instant"},
    {"now 64", "what the policy uses at the moment"},
    {"", "Figures"},
    {"▲ ▼ after a figure", "a sixth more or less than three seconds ago"},
    {"n/a", "nothing was measured"},
};

/* ---- filter ------------------------------------------------------------------------- */

struct builder {
    struct help_line *out;
    int count;
    const char *filter;
    struct help_line title; /* put before the first line of its part */
    bool titled;
};

static void put(struct builder *b, const struct help_line *x)
{
    if (b->count < HELP_LINES)
        b->out[b->count++] = *x;
}

static void begin(struct builder *b, const char *title)
{
    b->title = (struct help_line){.kind = HELP_TITLE, .right = ""};
    snprintf(b->title.left, sizeof b->title.left, "%s", title);
    b->titled = false;
}

static void add(struct builder *b, const struct help_line *x)
{
    if (!text_contains(x->left, b->filter) && !text_contains(x->right, b->filter))
        return;
    if (!b->titled) {
        if (b->count > 0)
            put(b, &(struct help_line){.kind = HELP_BLANK, .right = ""});
        put(b, &b->title);
        b->titled = true;
    }
    put(b, x);
}

/* ---- pages ---------------------------------------------------------------------------- */

static bool belongs_to(const struct key_def *k, enum area panel)
{
    for (size_t i = 0; i < sizeof belongs / sizeof *belongs; i++)
        if (belongs[i].panel == panel && k->context == KEYS_MAIN && k->action >= belongs[i].first &&
            k->action <= belongs[i].last)
            return true;
    return false;
}

/* The row with the sentence that row i shares. */
static int with_help(int i)
{
    while (i > 0 && key_table[i].help == NULL)
        i--;
    return i;
}

static void add_keys(struct builder *b, enum key_context context, enum area focus, bool own)
{
    for (int i = 0; i < key_count; i++) {
        const struct key_def *k = &key_table[i];
        struct help_line x = {.kind = HELP_KEY, .index = i, .right = k->help};
        if (k->context != context || k->help == NULL || belongs_to(k, focus) != own)
            continue;
        size_t n = (size_t)snprintf(x.left, sizeof x.left, "%s", k->name);
        for (int j = i + 1; j < key_count && with_help(j) == i && n < sizeof x.left; j++)
            if (key_table[j].name[0] != 0)
                n += (size_t)snprintf(x.left + n, sizeof x.left - n, " %s", key_table[j].name);
        add(b, &x);
    }
}

static void add_commands(struct builder *b)
{
    begin(b, "Commands, typed after :");
    for (int i = 0; sp_commands()[i].name != NULL; i++) {
        const struct sp_command_def *d = &sp_commands()[i];
        struct help_line x = {.kind = HELP_COMMAND, .index = i, .right = d->help};
        snprintf(x.left, sizeof x.left, "%s %s", d->name, d->arguments);
        add(b, &x);
    }
    begin(b, "Commands of the screen, typed after :");
    for (int i = 0; screen_commands()[i].name != NULL; i++) {
        const struct sp_command_def *d = &screen_commands()[i];
        struct help_line x = {.kind = HELP_SCREEN, .index = i, .right = d->help};
        snprintf(x.left, sizeof x.left, "%s %s", d->name, d->arguments);
        add(b, &x);
    }
}

static void add_knobs(struct builder *b)
{
    begin(b, "Knobs");
    for (int i = 0; i < KNOB_COUNT; i++) {
        struct help_line x = {.kind = HELP_KNOB, .index = i, .right = knob_table[i].help};
        snprintf(x.left, sizeof x.left, "%s", knob_table[i].name);
        add(b, &x);
    }
}

static void add_words(struct builder *b, const struct word *word, int count)
{
    for (int i = 0; i < count; i++) {
        struct help_line x = {.kind = HELP_WORD, .index = i, .right = word[i].about};
        snprintf(x.left, sizeof x.left, "%s", word[i].name);
        if (word[i].name[0] == 0)
            begin(b, word[i].about);
        else
            add(b, &x);
    }
}

int help_lines(const struct help_view *h, enum area focus, struct help_line *out)
{
    struct builder b = {.out = out, .filter = h->filter};
    if (h->page == HELP_WORDS) {
        add_words(&b, words, (int)(sizeof words / sizeof *words));
        return b.count;
    }
    if (h->page == HELP_SIGNS) {
        add_words(&b, signs, (int)(sizeof signs / sizeof *signs));
        return b.count;
    }
    if (h->context != KEYS_MAIN) {
        begin(&b, key_context_titles[h->context]);
        add_keys(&b, h->context, AREA_NONE, false);
    } else if (focus >= 0 && focus < PANEL_COUNT) {
        begin(&b, panel_titles[focus]);
        add_keys(&b, KEYS_MAIN, focus, true);
    }
    for (int c = 0; c < KEYS_CONTEXTS; c++) {
        if (c != KEYS_MAIN && c == (int)h->context)
            continue; /* stands first */
        begin(&b, key_context_titles[c]);
        add_keys(&b, (enum key_context)c, focus, false);
        if (c == KEYS_MAIN) {
            add_commands(&b);
            add_knobs(&b);
        }
    }
    return b.count;
}

/* ---- choice --------------------------------------------------------------------------- */

static bool can_choose(const struct help_line *x)
{
    return x->kind != HELP_TITLE && x->kind != HELP_BLANK;
}

int help_feet(int width, int height)
{
    return width < 130 && height >= 16 ? width < 70 ? 3 : 2 : 0;
}

int help_rows(int width, int height)
{
    int frame = height > 6 ? 2 : height > 4 ? 1 : 0;          /* title above, keys below */
    int rows = height - frame - 3 - help_feet(width, height); /* box and the filter's line */
    return rows > 1 ? rows : 1;
}

void help_move(struct help_view *h, enum area focus, int by, int rows)
{
    struct help_line line[HELP_LINES];
    int n = help_lines(h, focus, line), at = h->at;
    at = at < 0 ? 0 : at >= n ? n - 1 : at;
    int step = by < 0 ? -1 : 1;
    for (int left = by < 0 ? -by : by; left > 0;) {
        int to = at + step;
        while (to >= 0 && to < n && !can_choose(&line[to]))
            to += step;
        if (to < 0 || to >= n)
            break;
        at = to;
        left--;
    }
    while (at >= 0 && at < n && !can_choose(&line[at]))
        at++;
    h->at = at < 0 || at >= n ? 0 : at;
    int first = h->at > 0 && !can_choose(&line[h->at - 1]) ? h->at - 1 : h->at; /* its title */
    if (h->top > first)
        h->top = first == 1 ? 0 : first;
    if (h->top < h->at - rows + 1)
        h->top = h->at - rows + 1;
    if (h->top > n - rows)
        h->top = n > rows ? n - rows : 0;
}
