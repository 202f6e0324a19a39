/* Lines of a file, a pipe, anything: every byte comes back, memory stays bounded. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/lines.h"

static char dir[] = "/tmp/spillway-lines-XXXXXX";
static char path[64];
static struct lines *l;
static struct line line;
static struct err e;

static void write_file(const void *bytes, size_t size)
{
    if (path[0] == 0) {
        cr_assert_not_null(mkdtemp(dir));
        snprintf(path, sizeof path, "%s/text", dir);
    }
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(bytes, 1, size, f), size);
    fclose(f);
}

static void clean(void)
{
    lines_close(l);
    l = NULL;
    if (path[0]) {
        unlink(path);
        rmdir(dir);
    }
}

static void open_limit(uint32_t limit)
{
    cr_assert_eq(lines_open(path, limit, &l, &e), 0, "%s", e.text);
}

static void expect_line(const char *text)
{
    cr_assert_eq(lines_next(l, &line, &e), LINES_HAS);
    cr_assert_eq(line.bytes, strlen(text));
    cr_assert_eq(line.size, strlen(text));
    cr_assert_eq(memcmp(line.text, text, line.size), 0, "line %lu", (unsigned long)line.number);
}

TestSuite(lines, .fini = clean);

Test(lines, the_last_one_needs_no_lf_and_an_lf_at_the_end_begins_none)
{
    write_file("a\n\nb c\r\nd", 9);
    open_limit(LINES_MAX);
    for (int twice = 0; twice < 2; twice++) {
        expect_line("a");
        expect_line("");
        expect_line("b c\r"); /* CR is a byte like any other */
        cr_assert_eq(line.number, 3u);
        expect_line("d");
        cr_assert_eq(lines_next(l, &line, &e), LINES_ENDS);
        cr_assert_eq(lines_next(l, &line, &e), LINES_ENDS);
        lines_rewind(l);
    }
    lines_close(l);
    write_file("a\n", 2);
    open_limit(LINES_MAX);
    expect_line("a");
    cr_assert_eq(lines_next(l, &line, &e), LINES_ENDS);
}

Test(lines, an_empty_file_has_none)
{
    write_file("", 0);
    open_limit(LINES_MAX);
    cr_assert_eq(lines_next(l, &line, &e), LINES_ENDS);
}

Test(lines, all_byte_values_but_lf_pass)
{
    char bytes[256];
    size_t n = 0;
    for (int i = 0; i < 256; i++)
        if (i != '\n')
            bytes[n++] = (char)i;
    write_file(bytes, n);
    open_limit(LINES_MAX);
    cr_assert_eq(lines_next(l, &line, &e), LINES_HAS);
    cr_assert_eq(line.size, n);
    cr_assert_eq(memcmp(line.text, bytes, n), 0);
}

/* Around the limit and around the size of a read: kept to the byte, told beyond it. */
Test(lines, what_is_above_the_limit_is_told_and_not_kept)
{
    static char text[700000];
    static const size_t sizes[] = {99999, 100000, 100001, 300000};
    memset(text, 'x', sizeof text);
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        at += sizes[i];
        text[at++] = '\n';
    }
    memcpy(text + at, "end", 3);
    write_file(text, at + 3);
    open_limit(100000);
    for (int i = 0; i < 4; i++) {
        cr_assert_eq(lines_next(l, &line, &e), LINES_HAS);
        cr_assert_eq(line.bytes, sizes[i]);
        cr_assert_eq(line.text != NULL, sizes[i] <= 100000);
        cr_assert_eq(line.number, (uint64_t)i + 1);
    }
    expect_line("end");
    cr_assert_eq(lines_next(l, &line, &e), LINES_ENDS);
}

Test(lines, a_file_is_read_as_it_was)
{
    write_file("a\nb", 3);
    open_limit(LINES_MAX);
    FILE *f = fopen(path, "ab");
    fputs("c\nd\n", f);
    fclose(f);
    expect_line("a");
    expect_line("b");
    cr_assert_eq(lines_next(l, &line, &e), LINES_ENDS);
}

Test(lines, a_fifo_is_never_waited_for)
{
    write_file("", 0);
    unlink(path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    open_limit(LINES_MAX);
    cr_assert_eq(lines_next(l, &line, &e), LINES_WAITS); /* nobody writes yet */
    FILE *f = fopen(path, "wb");
    cr_assert_not_null(f);
    cr_assert_eq(lines_next(l, &line, &e), LINES_WAITS);
    cr_assert(!lines_wait(l, -1, 1));
    fputs("one\ntw", f);
    fflush(f);
    cr_assert(lines_wait(l, -1, 1000));
    expect_line("one");
    cr_assert_eq(lines_next(l, &line, &e), LINES_WAITS);
    fputs("o", f);
    fclose(f);
    expect_line("two");
    cr_assert_eq(lines_next(l, &line, &e), LINES_ENDS);
    cr_assert(!lines_again(l));
}

Test(lines, what_cannot_be_read_gets_a_sentence)
{
    cr_assert_eq(lines_open("/nowhere/at/all", 10, &l, &e), ERR_IO);
    cr_assert_not_null(strstr(e.text, "/nowhere/at/all: cannot be opened"));
    cr_assert_eq(lines_open("/tmp", 10, &l, &e), ERR_BAD);
    cr_assert_not_null(strstr(e.text, "is a directory"));
    cr_assert_eq(lines_open("", 10, &l, &e), ERR_BAD);
    cr_assert_null(l);
}

Test(lines, an_input_without_any_end_does_not_hold_its_reader_up)
{
    cr_assert_eq(lines_open("/dev/zero", LINES_MAX, &l, &e), 0, "%s", e.text);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(lines_next(l, &line, &e), LINES_WAITS);
}
