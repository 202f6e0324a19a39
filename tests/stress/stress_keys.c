/* Somebody leans on the keyboard: keys, pastes, broken UTF-8, escape sequences cut short
 * and resizes, thousands of them, from a seed, into the real program on a terminal.
 * Then it must be alive, the ledger must stand, Esc Esc q must end it within a second
 * with exit code 0, and the terminal must be as it was.
 *
 *     stress_keys [KEYS [SEED [PROGRAM]]]
 *
 * PROGRAM is SPILLWAY where it is not given, else the one built beside this. */
#include "tests/lib/pty.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OP_BYTES 2048

static uint64_t seed, state;
static struct pty pty;
static char home[64];
static int slower = 1; /* a sanitizer's build is given ten times as long */
static long sent, lives;

static uint32_t random_below(uint32_t n)
{
    state += UINT64_C(0x9E3779B97F4A7C15); /* SplitMix64 */
    uint64_t z = state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) >> 32) % n;
}

/* ---- what is typed -------------------------------------------------------------------- */

/* F10, q, Ctrl-C and Ctrl-\ end the program, as they should; c c leaves the run for a race;
 * Ctrl-S stops the terminal. */
static bool ends_or_stops(int c) { return c == 'q' || c == 'c' || c == 3 || c == 28 || c == 19; }

/* clang-format off */
static const char *const sequences[] = {
    "\033[A",    "\033[B",    "\033[C",    "\033[D",   "\033OA",      "\033OB",   "\033OC",
    "\033OD",    "\033[H",    "\033[F",    "\033OH",   "\033OF",      "\033[5~",  "\033[6~",
    "\033[1;2C", "\033[1;2D", "\033[3~",   "\033[2~",  "\033[Z",      "\033OP",   "\033[11~",
    "\033[18~",  "\033[19~",  "\033[20~",  "\033OS",   "\033[1;5A",   "\033[200~", "\033[201~",
    "\033[I",    "\033[O",    "\033[<0;40;12M", "\033[<64;3;3M", "\033[M !!", "\033[24;80R",
    "\033]11;rgb:0000/0000/0000\033\\", "\033P1$r0m\033\\", "\033[?62;22c", "\033[99999999999m",
};
static const char *const lines[] = {
    ":spike x2 10s\r",      ":rate 1.2k\r",         ":rate 0\r",          ":set batch 64\r",
    ":set batch 9999999\r", ":cancel 1\r",          ":ramp 100 4k 3s\r",  ":policy excess\r",
    ":pause\r:resume\r",    ":kill tokenizer/0\r",  ":fault error 20% 2s\r", ":undo\r",
    ":order global\r",      ":slots tokenizer 6\r", ":mark here\r",       ":save mine!\r",
    ":load burst\r",        ":load none\r",         ":as-command-line\r", ":at 1s spike x3 1s\r",
    ":stats since here\r",  ":set \t\t\t\r",        ":fault off\r",       ":spkie x3\r",
    ":set batch 18446744073709551616\r",            "?batch\r",           "Lhhjll\r",
};
static const char *const broken[] = {
    "\xC0\x80", "\xC3",         "\xE2\x9C",         "\xE2\x28\xA1", "\xED\xA0\x80",
    "\xFF\xFE", "\xF4\x90\x80\x80", "\xF0\x9F\x92", "\x80\x80\x80", "\xF8\x88\x80\x80\x80",
};
static const char *const whole[] = {"é", "漢字", "👩‍👩‍👧", "e\xCC\x81\xCC\x81", "\xE2\x80\xAE",
                                    "ﷺ"};
/* clang-format on */

static size_t put(char *dst, const char *text)
{
    size_t n = strlen(text);
    memcpy(dst, text, n);
    return n;
}

static size_t put_keys(char *dst)
{
    size_t n = 1 + random_below(8);
    for (size_t i = 0; i < n; i++) {
        int c;
        do
            c = (int)(random_below(10) ? 32 + random_below(96) : 1 + random_below(31));
        while (ends_or_stops(c));
        dst[i] = (char)c;
    }
    return n;
}

static size_t put_sequence(char *dst)
{
    return put(dst, sequences[random_below(COUNT(sequences))]);
}

static size_t put_cut(char *dst)
{
    const char *s = sequences[random_below(COUNT(sequences))];
    size_t n = 1 + random_below((uint32_t)strlen(s) - 1);
    memcpy(dst, s, n);
    return n;
}

static size_t put_line(char *dst) { return put(dst, lines[random_below(COUNT(lines))]); }

static size_t put_broken(char *dst) { return put(dst, broken[random_below(COUNT(broken))]); }

static size_t put_whole(char *dst) { return put(dst, whole[random_below(COUNT(whole))]); }

/* Half of them into an open command line, some in brackets, some longer than any line. */
static size_t put_paste(char *dst)
{
    bool bracketed = random_below(2) == 0;
    size_t n = random_below(2) ? put(dst, ":") : 0;
    size_t end = n + 20 + random_below(random_below(8) ? 80 : 1500);
    if (bracketed)
        n += put(dst + n, "\033[200~");
    while (n < end) {
        int c = (int)(random_below(6) ? 32 + random_below(224) : random_below(256));
        if (c != 27 && !ends_or_stops(c))
            dst[n++] = (char)c;
    }
    return n + (bracketed ? put(dst + n, "\033[201~") : put(dst + n, "\r"));
}

static size_t put_escape(char *dst) { return put(dst, "\033"); }

static size_t resize(char *dst)
{
    static const int odd[][2] = {{1, 1}, {2, 1}, {300, 5}, {5, 100}, {240, 60}, {120, 36}};
    uint32_t i = random_below(2 * COUNT(odd));
    (void)dst;
    if (i < COUNT(odd))
        pty_resize(&pty, odd[i][0], odd[i][1]);
    else
        pty_resize(&pty, 1 + (int)random_below(200), 1 + (int)random_below(70));
    return 0;
}

static const struct {
    uint32_t share;
    size_t (*make)(char *dst);
} operations[] = {
    {40, put_keys}, {20, put_sequence}, {6, put_cut},    {6, put_line}, {4, put_broken},
    {3, put_whole}, {2, put_paste},     {6, put_escape}, {5, resize},
};

static size_t next_operation(char *dst)
{
    uint32_t sum = 0, at;
    for (size_t i = 0; i < COUNT(operations); i++)
        sum += operations[i].share;
    at = random_below(sum);
    for (size_t i = 0;; i++) {
        if (at < operations[i].share)
            return operations[i].make(dst);
        at -= operations[i].share;
    }
}

/* ---- what must hold ------------------------------------------------------------------- */

static char recent[4096]; /* typed last, for the report of a failure */
static size_t recent_size;

static void remember(const char *byte, size_t n)
{
    if (recent_size + n > sizeof recent) {
        memmove(recent, recent + sizeof recent / 2, sizeof recent / 2);
        recent_size = recent_size > sizeof recent / 2 ? recent_size - sizeof recent / 2 : 0;
    }
    if (n <= sizeof recent - recent_size) {
        memcpy(recent + recent_size, byte, n);
        recent_size += n;
    }
}

static void print_escaped(const char *byte, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)byte[i];
        printf(c >= 32 && c < 127 && c != '\\' ? "%c" : "\\x%02X", c);
    }
    printf("\n");
}

_Noreturn static void fail(const char *what)
{
    size_t typed = recent_size < 300 ? recent_size : 300, shown = pty.tail < 3000 ? pty.tail : 3000;
    printf("FAILED: %s (seed %llu, after %ld keys)\ntyped last: ", what, (unsigned long long)seed,
           sent);
    print_escaped(recent + recent_size - typed, typed);
    if (!pty_alive(&pty))
        printf("it has ended: wait status 0x%x\n", (unsigned)pty.status);
    printf("written last: ");
    print_escaped(pty.text + pty.tail - shown, shown);
    pty_close(&pty);
    pty_home_remove(home);
    exit(1);
}

static void must_be_given_back(const char *when)
{
    char words[200];
    const char *changed = pty_changed(&pty);
    if (changed == NULL)
        return;
    snprintf(words, sizeof words, "%s: %s", when, changed);
    fail(words);
}

/* Waits until the program wrote the text. */
static bool appears(const char *text, const char *other, int ms)
{
    int64_t until = pty_now_ns() + ms * INT64_C(1000000) * slower;
    while (strstr(pty.text, text) == NULL && (other == NULL || strstr(pty.text, other) == NULL)) {
        if (pty_now_ns() > until || !pty_alive(&pty))
            return false;
        pty_read(&pty, 10);
    }
    return true;
}

static void forget_screen(void)
{
    pty.tail = 0;
    pty.text[0] = 0;
}

static void start(const char *program)
{
    const char *argv[] = {program, NULL};
    pty_start(&pty, 120, 36, argv, home);
    lives++;
    if (!appears("LEDGER", NULL, 3000))
        fail("no screen within 3 s");
}

/* Keys that lead to an end in order (found on the help page, say) may end the program:
 * then as properly as ever, and another one takes over. */
static void live_again(const char *program)
{
    pty_wait_end(&pty, 100);
    if (!WIFEXITED(pty.status)) {
        char words[80];
        snprintf(words, sizeof words, "ended by signal %d", WTERMSIG(pty.status));
        fail(words);
    }
    if (WEXITSTATUS(pty.status) != 0 && WEXITSTATUS(pty.status) != 130) {
        char words[80];
        snprintf(words, sizeof words, "ended with exit code %d", WEXITSTATUS(pty.status));
        fail(words);
    }
    must_be_given_back("ended on the way");
    if (lives > 3 + sent / 200)
        fail("ended too often");
    pty_close(&pty);
    start(program);
}

static void lean_on_keys(const char *program, long keys)
{
    char byte[OP_BYTES];
    while (sent < keys) {
        size_t n = next_operation(byte);
        remember(byte, n);
        if (!pty_type(&pty, byte, n) && !pty.ended)
            fail("no key was taken for 10 s");
        sent += (long)(n > 0 ? n : 1);
        pty_read(&pty, 0);
        if (random_below(8) == 0)
            pty_watch(&pty, 1 + (int)random_below(24));
        if (!pty_alive(&pty))
            live_again(program);
    }
}

static void press(const char *key, int ms)
{
    pty_type(&pty, key, strlen(key));
    pty_watch(&pty, ms * slower);
}

static bool ledger_shown(void)
{
    forget_screen();
    press("\014", 0); /* Ctrl-L: the whole screen anew */
    return appears("LEDGER \xE2\x9C\x93", "LEDGER v", 400);
}

static void must_still_work(const char *program)
{
    char words[120];
    for (int64_t until = pty_now_ns() + slower * INT64_C(3000000000); pty_untaken(&pty) > 0;) {
        if (!pty_alive(&pty))
            live_again(program);
        if (pty_now_ns() > until)
            fail("keys are left lying for 3 s");
        pty_read(&pty, 10);
    }
    pty_resize(&pty, 120, 36);
    pty_watch(&pty, 200 * slower);
    press("\033", 150);
    press("\033", 150);
    int steps = 2;
    while (!ledger_shown()) { /* a line over a cross-hair over a full panel: a step for each */
        if (strstr(pty.text, "Metric") != NULL ||
            strstr(pty.text, "lost/dup/dis") != NULL) { /* c c: it has a board, and q ends it too */
            press("q", 0);
            if (pty_wait_end(&pty, 1000 * slower) < 0)
                fail("q did not end a race within 1 s");
            live_again(program);
            continue;
        }
        if (++steps > 6)
            fail("no ledger in order on the screen after six Esc and Ctrl-L");
        press("\033", 150);
    }
    forget_screen();
    press("q", 0);
    int took = pty_wait_end(&pty, 1000 * slower);
    if (took < 0)
        fail("q did not end it within 1 s");
    if (!WIFEXITED(pty.status) || WEXITSTATUS(pty.status) != 0) {
        snprintf(words, sizeof words, "after q: wait status 0x%x, not exit code 0",
                 (unsigned)pty.status);
        fail(words);
    }
    must_be_given_back("after q");
    if (strstr(pty.text, "balances") == NULL)
        fail("the summary does not say that the ledger balances");
    printf("ok    %ld bytes of keys, seed %llu, %ld %s; q ended it after %d ms\n", sent,
           (unsigned long long)seed, lives, lives == 1 ? "life" : "lives", took);
}

/* ---- which program -------------------------------------------------------------------- */

static const char *find_program(const char *self, const char *given)
{
    static char beside[4096], full[4096];
    const char *slash = strrchr(self, '/');
    if (given == NULL && slash != NULL) {
        snprintf(beside, sizeof beside, "%.*s/../spillway", (int)(slash - self), self);
        given = access(beside, X_OK) == 0 ? beside : "./spillway";
    }
    if (given == NULL || realpath(given, full) == NULL)
        return NULL;
    return full;
}

static bool is_sanitized(const char *program)
{
    char part[65536 + 16];
    size_t kept = 0;
    bool found = false;
    FILE *f = fopen(program, "rb");
    if (f == NULL)
        return false;
    for (size_t n; !found && (n = fread(part + kept, 1, 65536, f)) > 0;) {
        n += kept;
        found = memmem(part, n, "__asan_init", 11) != NULL ||
                memmem(part, n, "__tsan_init", 11) != NULL;
        kept = n < 16 ? n : 16;
        memmove(part, part + n - kept, kept);
    }
    fclose(f);
    return found;
}

/* curses keeps pairs of colours in a tree of its own and forgets some of it when they are
 * made anew: no leak of ours, which use no tsearch(). */
static void excuse_curses(void)
{
    char path[96], options[160];
    snprintf(path, sizeof path, "%s/leaks", home);
    FILE *f = fopen(path, "w");
    if (f == NULL)
        return;
    fputs("leak:tsearch\n", f);
    fclose(f);
    snprintf(options, sizeof options, "suppressions=%s:print_suppressions=0", path);
    setenv("LSAN_OPTIONS", options, 1);
}

int main(int argc, char **argv)
{
    long keys = argc > 1 ? strtol(argv[1], NULL, 10) : 20000;
    const char *given = argc > 3 ? argv[3] : getenv("SPILLWAY");
    const char *program = find_program(argv[0], given);
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    if (program == NULL) {
        printf("%s: no program to type into; `make` builds it\n", given ? given : "./spillway");
        return given == NULL ? 0 : 1;
    }
    state = seed;
    slower = is_sanitized(program) ? 10 : 1;
    pty_home(home);
    excuse_curses();
    start(program);
    lean_on_keys(program, keys);
    must_still_work(program);
    pty_close(&pty);
    pty_home_remove(home);
    return 0;
}
