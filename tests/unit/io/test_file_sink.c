/* The file sink: what readers of the directory may see, and when. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/file_sink.h"

static char dir[64];

static void make_dir(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/spillway-test-XXXXXX");
    cr_assert(mkdtemp(dir));
}

static void remove_dir(void)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    cr_expect_eq(system(command), 0);
}

static const char *path_of(const char *name)
{
    static char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

/* The text of a part, or NULL if there is no such file. */
static const char *content(const char *name)
{
    static char text[4096];
    FILE *file = fopen(path_of(name), "r");
    if (!file)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

static struct file_sink *open_sink(struct file_sink_found *found)
{
    struct file_sink *sink;
    struct err e = {0};
    cr_assert_eq(file_sink_open(dir, &sink, found, &e), 0, "%s", e.text);
    return sink;
}

static void append(struct file_sink *sink, const char *row)
{
    struct err e = {0};
    cr_assert_eq(file_sink_append(sink, row, strlen(row), &e), 0, "%s", e.text);
}

static void commit(struct file_sink *sink)
{
    struct err e = {0};
    cr_assert_eq(file_sink_commit(sink, &e), 0, "%s", e.text);
}

/* Names in the directory without a leading dot: what readers see. */
static int visible(void)
{
    int count = 0;
    DIR *d = opendir(dir);
    cr_assert(d);
    for (struct dirent *entry; (entry = readdir(d));)
        count += entry->d_name[0] != '.';
    (void)closedir(d);
    return count;
}

Test(file_sink, rows_become_visible_with_the_commit, .init = make_dir, .fini = remove_dir)
{
    struct file_sink_found found;
    struct file_sink *sink = open_sink(&found);
    cr_expect(found.parts == 0 && found.leftovers == 0 && found.text[0] == '\0');
    append(sink, "one\n");
    append(sink, "two\n");
    cr_expect_eq(visible(), 0);
    cr_expect_eq(file_sink_pending(sink), 8);
    commit(sink);
    cr_expect_eq(visible(), 1);
    cr_expect_str_eq(content("part-000000.jsonl"), "one\ntwo\n");
    commit(sink); /* nothing new: no empty part */
    cr_expect_eq(visible(), 1);
    append(sink, "three\n");
    commit(sink);
    cr_expect_str_eq(content("part-000001.jsonl"), "three\n");
    cr_expect_eq(file_sink_parts(sink), 2);
    file_sink_close(sink);
    cr_expect_null(content(".part-000002.inprogress"));
}

/* A child writes, commits some, and dies without a word. */
static void crash_after_writing(void)
{
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        struct file_sink_found found;
        struct file_sink *sink;
        struct err e;
        char row[1000];
        memset(row, 'x', sizeof row);
        row[sizeof row - 1] = '\n';
        if (file_sink_open(dir, &sink, &found, &e) != 0 ||
            file_sink_append(sink, "safe\n", 5, &e) != 0 || file_sink_commit(sink, &e) != 0)
            _exit(1);
        for (int i = 0; i < 100; i++) /* more than the buffer holds */
            if (file_sink_append(sink, row, sizeof row, &e) != 0)
                _exit(1);
        (void)kill(getpid(), SIGKILL);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

Test(file_sink, a_crash_leaves_committed_parts_whole_and_the_rest_hidden, .init = make_dir,
     .fini = remove_dir)
{
    struct file_sink_found found;
    crash_after_writing();
    cr_expect_eq(visible(), 1);

    struct file_sink *sink = open_sink(&found);
    cr_expect(found.parts == 1 && found.leftovers == 1);
    cr_expect(strstr(found.text, "1 part of an earlier run was never committed "
                                 "(.part-000001.inprogress)"),
              "%s", found.text);
    append(sink, "after\n");
    commit(sink);
    cr_expect_str_eq(content("part-000000.jsonl"), "safe\n", "untouched");
    cr_expect_null(content("part-000001.jsonl"), "the leftover's number is not used again");
    cr_expect_str_eq(content("part-000002.jsonl"), "after\n", "numbers go on");
    cr_expect(content(".part-000001.inprogress"), "the leftover stays");
    file_sink_close(sink);

    crash_after_writing();
    sink = open_sink(&found);
    cr_expect(found.parts == 3 && found.leftovers == 2);
    cr_expect(strstr(found.text, "2 parts of an earlier run were never committed"), "%s",
              found.text);
    file_sink_close(sink);
}

Test(file_sink, closing_without_a_commit_promises_nothing, .init = make_dir, .fini = remove_dir)
{
    struct file_sink_found found;
    struct file_sink *sink = open_sink(&found);
    append(sink, "row\n");
    file_sink_close(sink);
    cr_expect_eq(visible(), 0);
    sink = open_sink(&found);
    cr_expect_eq(found.leftovers, 1);
    file_sink_close(sink);
    file_sink_close(NULL);
}

Test(file_sink, other_files_are_none_of_its_business, .init = make_dir, .fini = remove_dir)
{
    static const char *const names[] = {"part-7.jsonl", "part-000009.json", "part-0000010.jsonl.gz",
                                        "part-99999999999.jsonl", ".part-000005.inprogress~"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        FILE *file = fopen(path_of(names[i]), "w");
        cr_assert(file && fclose(file) == 0);
    }
    struct file_sink_found found;
    struct file_sink *sink = open_sink(&found);
    cr_expect(found.parts == 0 && found.leftovers == 0);
    append(sink, "x\n");
    commit(sink);
    cr_expect_str_eq(content("part-000000.jsonl"), "x\n");
    file_sink_close(sink);
}

Test(file_sink, a_final_part_is_never_overwritten, .init = make_dir, .fini = remove_dir)
{
    struct file_sink_found found;
    struct file_sink *sink = open_sink(&found);
    struct err e = {0};
    append(sink, "mine\n");
    FILE *file = fopen(path_of("part-000000.jsonl"), "w"); /* someone else's, meanwhile */
    cr_assert(file && fputs("theirs\n", file) >= 0 && fclose(file) == 0);
    cr_expect_eq(file_sink_commit(sink, &e), ERR_IO);
    cr_expect(strstr(e.text, "final name: File exists"), "%s", e.text);
    cr_expect_str_eq(content("part-000000.jsonl"), "theirs\n");
    cr_assert_eq(unlink(path_of("part-000000.jsonl")), 0);
    commit(sink); /* nothing was lost: it can be tried again */
    cr_expect_str_eq(content("part-000000.jsonl"), "mine\n");
    file_sink_close(sink);
}

Test(file_sink, one_run_at_a_time, .init = make_dir, .fini = remove_dir)
{
    struct file_sink_found found;
    struct file_sink *sink = open_sink(&found), *second;
    struct err e = {0};
    cr_expect_eq(file_sink_open(dir, &second, &found, &e), ERR_IO);
    cr_expect(strstr(e.text, "another run is writing there"), "%s", e.text);
    cr_expect_null(second);
    file_sink_close(sink);
    file_sink_close(open_sink(&found));
}

Test(file_sink, directories_that_will_not_do_get_a_sentence, .init = make_dir, .fini = remove_dir)
{
    struct file_sink *sink;
    struct file_sink_found found;
    struct err e = {0};
    FILE *file = fopen(path_of("file"), "w");
    cr_assert(file && fclose(file) == 0);
    cr_expect_eq(file_sink_open(path_of("file"), &sink, &found, &e), ERR_BAD);
    cr_expect(strstr(e.text, "is not a directory"), "%s", e.text);
    cr_expect_eq(file_sink_open(path_of("a/b"), &sink, &found, &e), ERR_IO);
    cr_expect(strstr(e.text, "cannot be made: No such file"), "%s", e.text);
    cr_expect_eq(file_sink_open("", &sink, &found, &e), ERR_IO);
    cr_expect_eq(file_sink_open(path_of("new"), &sink, &found, &e), 0, "it is made: %s", e.text);
    file_sink_close(sink);
    if (geteuid() != 0) { /* root may write anywhere */
        cr_assert_eq(chmod(path_of("new"), 0500), 0);
        cr_expect_eq(file_sink_open(path_of("new"), &sink, &found, &e), ERR_IO);
        cr_expect(strstr(e.text, "cannot be written to: Permission denied"), "%s", e.text);
    }
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A limit on the size of files plays the full disk: writes stop half-way. */
Test(file_sink, a_full_disk_loses_no_row, .init = make_dir, .fini = remove_dir)
{
    struct file_sink_found found;
    struct err e = {0};
    static char row[100000], text[300001];
    (void)signal(SIGXFSZ, SIG_IGN);
    struct file_sink *sink = open_sink(&found);
    memset(row, 'r', sizeof row);
    row[sizeof row - 1] = '\n';
    append(sink, "small\n");
    limit_files(150000);
    cr_assert_eq(file_sink_append(sink, row, sizeof row, &e), 0, "%s", e.text);
    cr_expect_eq(file_sink_append(sink, row, sizeof row, &e), ERR_IO);
    cr_expect(strstr(e.text, "a part cannot be written: File too large"), "%s", e.text);
    cr_expect_eq(file_sink_pending(sink), 100006, "the row was not taken");
    limit_files(RLIM_INFINITY);
    cr_assert_eq(file_sink_append(sink, row, sizeof row, &e), 0, "offered again: %s", e.text);
    commit(sink);
    FILE *file = fopen(path_of("part-000000.jsonl"), "r");
    cr_assert(file);
    cr_expect_eq(fread(text, 1, sizeof text, file), (size_t)200006);
    (void)fclose(file);
    cr_expect(memcmp(text, "small\n", 6) == 0 && memcmp(text + 6, row, sizeof row) == 0 &&
              memcmp(text + 100006, row, sizeof row) == 0);
    file_sink_close(sink);
}

/* The half of a row that a full disk still took is cut off before the commit. */
Test(file_sink, a_commit_holds_whole_rows_only, .init = make_dir, .fini = remove_dir)
{
    struct file_sink_found found;
    struct err e = {0};
    struct stat info;
    static char row[100000];
    (void)signal(SIGXFSZ, SIG_IGN);
    struct file_sink *sink = open_sink(&found);
    memset(row, 'r', sizeof row);
    append(sink, "small\n");
    limit_files(50000);
    cr_expect_eq(file_sink_append(sink, row, sizeof row, &e), ERR_IO);
    commit(sink);
    cr_assert_eq(stat(path_of("part-000000.jsonl"), &info), 0);
    cr_expect_eq(info.st_size, 6);
    limit_files(RLIM_INFINITY);
    file_sink_close(sink);
}
