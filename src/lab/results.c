#include "lab/results.h"

#include "base/hash.h"
#include "lab/sparse.h"
#include "lab/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL "journal"
#define JOURNAL_MAX (INT64_C(1) << 30)

static int fail(struct err *e, int code, const char *path, const char *what)
{
    e->code = code;
    (void)snprintf(e->text, sizeof e->text, "%.300s: %.160s", path, what);
    return code;
}

/* ---- folders and files ------------------------------------------------------------------------ */

static int make_folders(const char *dir, struct err *e)
{
    char path[PRESET_PATH];
    if (strlen(dir) >= sizeof path - 64)
        return fail(e, ERR_BAD, dir, "this name is too long");
    (void)snprintf(path, sizeof path, "%s", dir);
    for (char *c = path + 1;; c++) {
        if (*c != '/' && *c != '\0')
            continue;
        char kept = *c;
        *c = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return fail(e, ERR_IO, path, strerror(errno));
        *c = kept;
        if (kept == '\0')
            break;
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return fail(e, ERR_IO, path, "is no folder");
    return 0;
}

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : ENOSPC;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

int results_file(const char *dir, const char *name, const struct text *t, struct err *e)
{
    char path[PRESET_PATH + 128], fresh[PRESET_PATH + 160];
    if (t->failed)
        return fail(e, ERR_MEMORY, name, "not enough memory");
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail(e, ERR_IO, fresh, strerror(errno));
    int why = write_all(fd, t->s ? t->s : "", t->size);
    if (close(fd) != 0 && !why)
        why = errno;
    if (!why && rename(fresh, path) != 0)
        why = errno;
    if (!why)
        return 0;
    (void)unlink(fresh);
    return fail(e, ERR_IO, path, strerror(why));
}

/* ---- the journal -------------------------------------------------------------------------------- */

/* Two builds of one unclean tree share a commit, but not the time of the program's file. */
static void put_program(struct text *t)
{
    struct stat info;
    const char *commit = sp_commit();
    text_add(t, commit);
    if (strstr(commit, "-dirty") && stat("/proc/self/exe", &info) == 0)
        text_put(t, "-%lld.%09ld", (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

static int put_header(const struct plan *p, struct text *t, struct err *e)
{
    uint64_t hash, metrics = HASH_SEED;
    int status = plan_hash(p, &hash, e);
    if (status != 0)
        return status;
    for (int i = 0; i < metric_count(); i++)
        metrics = hash_bytes(metrics, metric_at(i)->name, strlen(metric_at(i)->name));
    text_put(t,
             "# spillway journal 1, experiment %s, presets %016llx, seed %llu, clock %s, commit ",
             p->x->name, (unsigned long long)hash, (unsigned long long)p->options.seed,
             p->options.sim ? "sim" : "live");
    put_program(t);
    text_put(t, ", metrics %016llx\n", (unsigned long long)metrics);
    return 0;
}

static char *slurp(const char *path, size_t *size)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char *text = NULL;
    *size = 0;
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= JOURNAL_MAX)
        text = malloc((size_t)info.st_size + 1);
    while (text) {
        ssize_t n = read(fd, text + *size, (size_t)info.st_size - *size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        *size += (size_t)n;
    }
    if (fd >= 0)
        (void)close(fd);
    if (text)
        text[*size] = '\0';
    return text;
}

/* The next field of a line, cut off at its tab; NULL after the last. */
static char *next_field(char **rest)
{
    char *field = *rest;
    if (!field)
        return NULL;
    *rest = strchr(field, '\t');
    if (*rest)
        *(*rest)++ = '\0';
    return field;
}

static const struct point *find_point(const struct plan *p, const char *key)
{
    for (int i = 0; i < p->points; i++)
        if (strcmp(p->point[i].key, key) == 0)
            return &p->point[i];
    return NULL;
}

/* false: no memory, or letters that are no histogram. */
static bool copy_hists(struct results *r, int run, const char *const hist[POOLS])
{
    for (int i = 0; i < POOLS; i++) {
        struct hist h = {0};
        if (!sparse_read(hist[i], &h))
            return false;
    }
    for (int i = 0; i < POOLS; i++) {
        free(r->hist[run][i]);
        r->hist[run][i] = strdup(hist[i]);
        if (!r->hist[run][i])
            return false;
    }
    return true;
}

/* One line: key, repeat, values, histograms. A line that is not whole or of no run here is left out. */
static void take_line(struct results *r, char *line)
{
    char *rest = line, *key = next_field(&rest), *number = next_field(&rest);
    const struct point *pt = key ? find_point(r->plan, key) : NULL;
    int64_t value[METRICS_MAX];
    int repeat = number && strlen(number) < 9 ? atoi(number) : -1;
    if (!pt || repeat < 0 || repeat >= pt->repeats)
        return;
    for (int i = 0; i < metric_count(); i++) {
        char *field = next_field(&rest);
        if (!field || !metric_read(metric_at(i), field, &value[i]))
            return;
    }
    int run = pt->first_run + repeat;
    const char *hist[POOLS];
    for (int i = 0; i < POOLS; i++)
        if (!(hist[i] = next_field(&rest)))
            return;
    if (rest || r->done[run] || !copy_hists(r, run, hist))
        return;
    memcpy(r->value[run], value, sizeof value);
    r->done[run] = true;
    r->done_count++;
}

/* Takes what the journal holds of this plan; *kept: bytes of whole lines. */
static void read_journal(struct results *r, const char *path, const struct text *header,
                         size_t *kept)
{
    size_t size = 0;
    char *text = slurp(path, &size);
    *kept = 0;
    if (text && size >= header->size && memcmp(text, header->s, header->size) == 0) {
        *kept = header->size;
        char *end;
        for (char *line = text + header->size; (end = strchr(line, '\n')); line = end + 1) {
            *end = '\0';
            *kept = (size_t)(end + 1 - text);
            take_line(r, line);
        }
    }
    free(text);
    r->resumed = r->done_count;
}

/* Opens the journal for this process alone; *why: what was wrong, 0 or errno. */
static int open_alone(const char *path, int *why)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0666);
    *why = fd < 0 ? errno : 0;
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        *why = EWOULDBLOCK;
    return fd;
}

/* A journal of other runs is no longer gone on with, but it may have taken hours: it stays
 * beside the new one, which is opened. */
static int put_aside(int fd, const char *path, int *why)
{
    char before[PRESET_PATH + 40];
    struct stat info;
    if (fstat(fd, &info) != 0 || info.st_size == 0)
        return fd;
    (void)snprintf(before, sizeof before, "%s.before", path);
    if (rename(path, before) != 0) {
        *why = errno;
        return fd;
    }
    (void)close(fd);
    return open_alone(path, why);
}

static int open_journal(struct results *r, struct err *e)
{
    char path[PRESET_PATH + 32];
    struct text header = {0};
    size_t kept = 0;
    int why = 0, status = put_header(r->plan, &header, e);
    (void)snprintf(path, sizeof path, "%s/%s", r->dir, JOURNAL);
    if (status == 0 && header.failed)
        status = fail(e, ERR_MEMORY, path, "not enough memory");
    if (status == 0) {
        r->journal = open_alone(path, &why);
        if (!why)
            read_journal(r, path, &header, &kept);
        if (!why && kept == 0)
            r->journal = put_aside(r->journal, path, &why);
        if (!why && ftruncate(r->journal, (off_t)kept) != 0)
            why = errno;
        if (!why && kept == 0)
            why = write_all(r->journal, header.s, header.size);
        if (why)
            status = fail(e, ERR_IO, path,
                          why == EWOULDBLOCK ? "another spillway writes there; give another --out"
                                             : strerror(why));
    }
    text_free(&header);
    return status;
}

int results_open(const struct plan *plan, const char *dir, struct results *out, struct err *e)
{
    *out = (struct results){.plan = plan, .journal = -1};
    out->value = calloc((size_t)plan->runs, sizeof *out->value);
    out->hist = calloc((size_t)plan->runs, sizeof *out->hist);
    out->done = calloc((size_t)plan->runs, sizeof *out->done);
    int status = out->value && out->hist && out->done ? 0 : ERR_MEMORY;
    if (status != 0)
        (void)fail(e, ERR_MEMORY, plan->x->name, "not enough memory for its results");
    if (status == 0 && dir)
        status = make_folders(dir, e);
    if (status == 0 && dir) {
        (void)snprintf(out->dir, sizeof out->dir, "%s", dir);
        status = open_journal(out, e);
    }
    if (status != 0)
        results_close(out);
    return status;
}

void results_close(struct results *r)
{
    if (r->journal >= 0)
        (void)close(r->journal);
    for (int i = 0; r->hist && i < r->plan->runs; i++)
        for (int k = 0; k < POOLS; k++)
            free(r->hist[i][k]);
    free(r->hist);
    free(r->value);
    free(r->done);
    *r = (struct results){.journal = -1};
}

static bool keep_hists(struct results *r, int run, const struct sp_summary *s)
{
    struct hist none = {0};
    for (int i = 0; i < POOLS; i++) {
        struct text t = {0};
        text_add(&t, "");
        if (!sparse_write(&t, &none, metric_hist(s, (enum metric_pool)i)) || t.failed) {
            text_free(&t);
            return false;
        }
        r->hist[run][i] = t.s;
    }
    return true;
}

int results_keep(struct results *r, int run, const int64_t value[METRICS_MAX],
                 const struct sp_summary *s, struct err *e)
{
    int repeat;
    const struct point *pt = plan_point(r->plan, run, &repeat);
    assert(!r->done[run]);
    if (!keep_hists(r, run, s))
        return fail(e, ERR_MEMORY, pt->key, "not enough memory");
    memcpy(r->value[run], value, sizeof *r->value);
    r->done[run] = true;
    r->done_count++;
    if (r->journal < 0)
        return 0;
    struct text t = {0};
    char number[40];
    text_put(&t, "%s\t%d", pt->key, repeat);
    for (int i = 0; i < metric_count(); i++) {
        (void)metric_write(metric_at(i), value[i], number, sizeof number);
        text_put(&t, "\t%s", number);
    }
    for (int i = 0; i < POOLS; i++)
        text_put(&t, "\t%s", r->hist[run][i]);
    text_add(&t, "\n");
    int why = t.failed ? ENOMEM : write_all(r->journal, t.s, t.size);
    text_free(&t);
    return why ? fail(e, ERR_IO, r->dir, strerror(why)) : 0;
}

/* ---- tables ------------------------------------------------------------------------------------------ */

/* Names of all axes of all groups, each once, in order. */
static int axis_names(const struct experiment *x, const char *names[])
{
    int n = 0;
    names[n++] = "group";
    for (int g = 0; g < x->groups; g++)
        for (int a = 0; a < x->group[g].axes; a++) {
            bool known = false;
            for (int i = 0; i < n; i++)
                known = known || strcmp(names[i], x->group[g].axis[a].name) == 0;
            if (!known)
                names[n++] = x->group[g].axis[a].name;
        }
    return n;
}

/* Commands hold commas and quotes. */
static void put_cell(struct text *t, const char *s)
{
    text_add(t, "\"");
    for (; *s; s++)
        text_bytes(t, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    text_add(t, "\"");
}

static void put_labels(const struct results *r, const struct point *pt, struct text *t)
{
    const char *names[1 + EXPERIMENT_GROUPS * EXPERIMENT_AXES];
    int n = axis_names(r->plan->x, names);
    for (int i = 0; i < n; i++) {
        const char *label = plan_label(r->plan, pt, names[i]);
        text_put(t, "%s%s", i ? "," : "", label ? label : "");
    }
}

static void put_axis_names(const struct results *r, struct text *t)
{
    const char *names[1 + EXPERIMENT_GROUPS * EXPERIMENT_AXES];
    int n = axis_names(r->plan->x, names);
    for (int i = 0; i < n; i++)
        text_put(t, "%s%s", i ? "," : "", names[i]);
}

static void put_runs(const struct results *r, struct text *t)
{
    char number[40];
    struct text command = {0};
    put_axis_names(r, t);
    text_add(t, ",repeat,seed");
    for (int i = 0; i < metric_count(); i++)
        text_put(t, ",%s", metric_at(i)->name);
    text_add(t, ",command\n");
    for (int run = 0; run < r->plan->runs; run++) {
        int repeat;
        const struct point *pt = plan_point(r->plan, run, &repeat);
        if (!r->done[run])
            continue;
        put_labels(r, pt, t);
        text_put(t, ",%d,%llu", repeat + 1, (unsigned long long)plan_seed(r->plan, pt, repeat));
        for (int i = 0; i < metric_count(); i++) {
            (void)metric_write(metric_at(i), r->value[run][i], number, sizeof number);
            text_put(t, ",%s", number);
        }
        text_clear(&command);
        plan_command(r->plan, pt, repeat, &command);
        text_add(t, ",");
        put_cell(t, command.s ? command.s : "");
        text_add(t, "\n");
    }
    t->failed = t->failed || command.failed;
    text_free(&command);
}

int results_sorted(const struct results *r, const struct point *pt, int metric, int64_t *out)
{
    int n = 0;
    for (int i = 0; i < pt->repeats; i++)
        if (r->done[pt->first_run + i] && r->value[pt->first_run + i][metric] != METRIC_NONE)
            out[n++] = r->value[pt->first_run + i][metric];
    stats_sort(out, n);
    return n;
}

int results_pool(const struct results *r, const struct point *pt, enum metric_pool pool,
                 struct hist *h)
{
    int first, n = 0;
    first = metric_find_family(pool == POOL_BATCH ? "batch_ms" : "latency_ms");
    for (int i = 0; i < pt->repeats; i++) {
        int run = pt->first_run + i;
        if (!r->done[run] || !sparse_read(r->hist[run][pool], h))
            continue;
        int64_t max_us = r->value[run][first + FAMILY_MAX]; /* rounded */
        h->max = max_us > h->max / 1000 ? max_us * 1000 : h->max;
        n++;
    }
    return n;
}

static void put_point(const struct results *r, const struct point *pt, int64_t *sorted,
                      struct text *t)
{
    char number[40];
    for (int m = 0; m < metric_count(); m++) {
        int n = results_sorted(r, pt, m, sorted);
        const int64_t figures[] = {stats_median(sorted, n), stats_quantile(sorted, n, 1, 4),
                                   stats_quantile(sorted, n, 3, 4), stats_mean(sorted, n)};
        if (m == 0) {
            put_labels(r, pt, t);
            text_put(t, ",%d", n);
        }
        for (int i = 0; i < 4; i++) {
            (void)metric_write(metric_at(m), n ? figures[i] : METRIC_NONE, number, sizeof number);
            text_put(t, ",%s", number);
        }
    }
    text_add(t, "\n");
}

static void put_points(const struct results *r, struct text *t)
{
    int64_t *sorted = malloc((size_t)r->plan->runs * sizeof *sorted);
    t->failed = t->failed || !sorted;
    put_axis_names(r, t);
    text_add(t, ",runs");
    for (int i = 0; i < metric_count(); i++)
        text_put(t, ",%s,%s.p25,%s.p75,%s.mean", metric_at(i)->name, metric_at(i)->name,
                 metric_at(i)->name, metric_at(i)->name);
    text_add(t, "\n");
    for (int i = 0; sorted && i < r->plan->points; i++)
        if (results_sorted(r, &r->plan->point[i], 0, sorted) > 0)
            put_point(r, &r->plan->point[i], sorted, t);
    free(sorted);
}

int results_write(const struct results *r, struct err *e)
{
    struct text t = {0};
    put_runs(r, &t);
    int status = results_file(r->dir, "runs.csv", &t, e);
    text_clear(&t);
    put_points(r, &t);
    if (status == 0)
        status = results_file(r->dir, "points.csv", &t, e);
    text_free(&t);
    return status;
}
