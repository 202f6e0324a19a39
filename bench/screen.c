/* What the screen costs at 120x36, on a terminal of its own: CPU time and bytes of a
 * frame, silence while frozen or standing still, and how long a key takes to be seen;
 * htop and btop on the same terminal for comparison, where they are installed.
 *
 *     screen [PROGRAM]
 *
 * Where libvterm is installed it plays the terminal: then a key counts as seen when a cell
 * has changed; else when a byte has come.
 *
 * Goals: at most 1 ms of the screen's thread and 8 KB a frame, 0 bytes in 5 s while
 * nothing changes, a key within 50 ms (median) and 100 ms (p99). */
#include "bench/bench.h"
#include "tests/lib/pty.h"

#include <dirent.h>

#ifdef HAVE_VTERM
#include <vterm.h>
#endif

#ifdef HAVE_VTERM
#define CELLS(bytes) (&cells)
#define TYPED(bytes) (&typed)
#define SEEN "a cell changed"
#else
#define CELLS(bytes) (&(bytes))
#define TYPED(bytes) (&(bytes))
#define SEEN "a byte came"
#endif

#define PRESSES 100
#define WATCH_MS 8000
#define FRAMES_A_SECOND 10.0

static struct pty pty;
static char home[64];

/* ---- the terminal --------------------------------------------------------------------- */

#define COLUMNS 120
#define ROWS 36

static uint64_t cells, typed; /* cells that changed; and of them, to the character typed */

#ifdef HAVE_VTERM
static VTerm *terminal;
static VTermScreen *shown;

static bool was[ROWS][COLUMNS];

static int on_damage(VTermRect r, void *context)
{
    (void)context;
    for (int y = r.start_row; y < r.end_row && y < ROWS; y++)
        for (int x = r.start_col; x < r.end_col && x < COLUMNS; x++) {
            VTermScreenCell c;
            vterm_screen_get_cell(shown, (VTermPos){y, x}, &c);
            bool is = c.chars[0] == '~';
            typed += is && !was[y][x];
            was[y][x] = is;
            cells++;
        }
    return 1;
}

static void on_bytes(void *context, const char *byte, size_t n)
{
    (void)context;
    vterm_input_write(terminal, byte, n);
    vterm_screen_flush_damage(shown);
}

static void terminal_open(struct pty *p)
{
    static const VTermScreenCallbacks calls = {.damage = on_damage};
    terminal = vterm_new(ROWS, COLUMNS);
    vterm_set_utf8(terminal, 1);
    shown = vterm_obtain_screen(terminal);
    vterm_screen_set_callbacks(shown, &calls, NULL);
    vterm_screen_enable_altscreen(shown, 1);
    vterm_screen_reset(shown, 1);
    memset(was, 0, sizeof was);
    p->tap = on_bytes;
}

static void terminal_close(void)
{
    vterm_free(terminal);
    terminal = NULL;
}

/* Does the first row, as a terminal shows it, begin with this? */
static bool terminal_shows(const char *text)
{
    char row[COLUMNS * 4 + 1];
    VTermRect first = {0, 1, 0, COLUMNS};
    size_t n = vterm_screen_get_text(shown, row, sizeof row - 1, first);
    row[n < sizeof row ? n : sizeof row - 1] = 0;
    return strstr(row, text) != NULL;
}
#else
static void terminal_open(struct pty *p) { (void)p; }
static void terminal_close(void) {}
static bool terminal_shows(const char *text) { return text != NULL; }
#endif

_Noreturn static void give_up(const char *what)
{
    fprintf(stderr, "screen: %s\n", what);
    pty_home_remove(home);
    exit(1);
}

/* ---- CPU time ------------------------------------------------------------------------- */

/* CPU seconds of one thread: the scheduler's count in ns, else ticks of 10 ms. */
static double thread_cpu_s(pid_t pid, long tid)
{
    char path[64];
    unsigned long long ns = 0, user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%ld/schedstat", (int)pid, tid);
    FILE *f = fopen(path, "r");
    bool good = f != NULL && fscanf(f, "%llu", &ns) == 1 && ns > 0;
    if (f != NULL)
        fclose(f);
    if (good)
        return (double)ns * 1e-9;
    snprintf(path, sizeof path, "/proc/%d/task/%ld/stat", (int)pid, tid);
    f = fopen(path, "r");
    if (f == NULL)
        return 0;
    if (fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
               &system) != 2)
        user = system = 0;
    fclose(f);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double process_cpu_s(pid_t pid)
{
    char path[64];
    double sum = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *d = opendir(path);
    if (d == NULL)
        return 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.')
            sum += thread_cpu_s(pid, strtol(e->d_name, NULL, 10));
    closedir(d);
    return sum;
}

struct spent {
    double wall_s, screen_cpu_s, cpu_s;
    uint64_t bytes, frames;
};

/* What the program spends and writes in so long. The screen is its first thread. */
static struct spent watch(struct pty *p, int ms)
{
    struct spent s = {-bench_wall_s(), -thread_cpu_s(p->pid, p->pid), -process_cpu_s(p->pid),
                      p->bytes, p->frames};
    pty_watch(p, ms);
    if (!pty_alive(p))
        give_up("the program ended while it was measured");
    s.wall_s += bench_wall_s();
    s.screen_cpu_s += thread_cpu_s(p->pid, p->pid);
    s.cpu_s += process_cpu_s(p->pid);
    s.bytes = p->bytes - s.bytes;
    s.frames = p->frames - s.frames;
    return s;
}

/* ---- the figures ---------------------------------------------------------------------- */

static void start(const char *const *argv)
{
    pty_start(&pty, COLUMNS, ROWS, argv, home);
    terminal_open(&pty);
    pty_watch(&pty, 3000); /* the first picture, and graphs with something in them */
    if (!pty_alive(&pty)) {
        fprintf(stderr, "%s\n", pty.text);
        give_up("the program does not run");
    }
}

static void stop(const char *key)
{
    pty_type(&pty, key, strlen(key));
    pty_wait_end(&pty, 3000);
    pty_close(&pty);
    terminal_close();
}

static double headless_cpu_per_s(const char *program)
{
    const char *argv[] = {program, "run", "default", "--headless", NULL};
    start(argv);
    struct spent s = watch(&pty, WATCH_MS);
    stop("\003");
    return s.cpu_s / s.wall_s;
}

static void print_frames(double headless)
{
    pty.frame_max = pty.frame_bytes = 0;
    struct spent s = watch(&pty, WATCH_MS);
    double frames = s.frames > 0 ? (double)s.frames : s.wall_s * FRAMES_A_SECOND;
    printf("{\"bench\":\"screen_frame\",\"columns\":120,\"rows\":36,\"frames_per_s\":%.1f,"
           "\"bytes_per_frame\":%.0f,\"bytes_max_frame\":%llu,\"screen_cpu_ms_per_frame\":%.3f,"
           "\"screen_cpu_ms_per_s\":%.2f,\"cpu_ms_per_s\":%.2f,"
           "\"headless_cpu_ms_per_s\":%.2f,\"cpu_over_headless_ms_per_s\":%.2f}\n",
           frames / s.wall_s, (double)s.bytes / frames, (unsigned long long)pty.frame_max,
           s.screen_cpu_s * 1e3 / frames, s.screen_cpu_s * 1e3 / s.wall_s, s.cpu_s * 1e3 / s.wall_s,
           headless * 1e3, (s.cpu_s / s.wall_s - headless) * 1e3);
}

static void print_silence(const char *name, const char *key)
{
    pty_type(&pty, key, 1);
    pty_watch(&pty, 1000);
    struct spent s = watch(&pty, 5000);
    printf("{\"bench\":\"screen_silent\",\"while\":\"%s\",\"seconds\":5,\"bytes\":%llu,"
           "\"screen_cpu_ms_per_s\":%.2f}\n",
           name, (unsigned long long)s.bytes, s.screen_cpu_s * 1e3 / s.wall_s);
}

/* Milliseconds from the key until the program wrote something that `seen` counts. */
static double press_ms(char key, const uint64_t *seen)
{
    uint64_t before = *seen;
    double begun = bench_wall_s();
    pty_type(&pty, &key, 1);
    while (*seen == before)
        if (!pty_read(&pty, 100) && bench_wall_s() - begun > 2)
            give_up("a key was not answered within 2 s");
    return (bench_wall_s() - begun) * 1e3;
}

static void print_keys(const char *name, const char *keys, const uint64_t *seen)
{
    double ms[PRESSES];
    for (int i = 0; i < PRESSES; i++) {
        pty_watch(&pty, 40 + i * 37 % 100); /* keys fall anywhere between two frames */
        ms[i] = press_ms(keys[(size_t)i % strlen(keys)], seen);
    }
    double median = bench_median(ms, PRESSES); /* sorts */
    printf("{\"bench\":\"screen_key\",\"while\":\"%s\",\"until\":\"%s\",\"presses\":%d,"
           "\"median_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f}\n",
           name, SEEN, PRESSES, median, ms[PRESSES * 99 / 100 - 1], ms[PRESSES - 1]);
}

/* ---- beside others -------------------------------------------------------------------- */

static bool installed(const char *name)
{
    char path[4096];
    const char *rest = getenv("PATH");
    while (rest != NULL && *rest != 0) {
        size_t n = strcspn(rest, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)n, rest, name);
        if (access(path, X_OK) == 0)
            return true;
        rest += n + (rest[n] == ':');
    }
    return false;
}

static void print_other(const char *name)
{
    const char *argv[] = {name, NULL};
    if (!installed(name)) {
        fprintf(stderr, "screen: %s is not installed: not measured\n", name);
        printf("{\"bench\":\"screen_other\",\"program\":\"%s\",\"bytes_per_s\":\"n/a\","
               "\"cpu_ms_per_s\":\"n/a\"}\n",
               name);
        return;
    }
    start(argv);
    struct spent s = watch(&pty, WATCH_MS);
    printf("{\"bench\":\"screen_other\",\"program\":\"%s\",\"bytes_per_s\":%.0f,"
           "\"cpu_ms_per_s\":%.2f}\n",
           name, (double)s.bytes / s.wall_s, s.cpu_s * 1e3 / s.wall_s);
    stop("q");
}

int main(int argc, char **argv)
{
    char program[4096];
    if (realpath(argc > 1 ? argv[1] : "./spillway", program) == NULL) {
        fprintf(stderr, "screen: there is no ./spillway; `make` builds it\n");
        return 1;
    }
    const char *live[] = {program, "run", "default", NULL};
    const char *sim[] = {program, "run", "default", "--sim", NULL};
    setvbuf(stdout, NULL, _IOLBF, 0);
    pty_home(home);
    double headless = headless_cpu_per_s(program);

#ifndef HAVE_VTERM
    fprintf(stderr,
            "screen: there is no libvterm (libvterm-dev): keys are timed to the first byte\n");
#endif
    start(live);
    if (!terminal_shows("spillway"))
        give_up("the first row of the terminal does not say spillway");
    print_frames(headless);
    print_silence("frozen", " ");
    print_keys("frozen, a knob is chosen", "jjjkkk", CELLS(pty.bytes));
    pty_type(&pty, " ", 1);
    pty_type(&pty, ":", 1);
    pty.mark = '~'; /* written for no other reason than that it was typed */
    pty_watch(&pty, 500);
    print_keys("live, a character is typed", "~", TYPED(pty.marks));
    stop("\033");

    start(sim);
    print_silence("the simulated clock stands still", ".");
    stop("q");
    print_other("htop");
    print_other("btop");
    pty_home_remove(home);
    return 0;
}
