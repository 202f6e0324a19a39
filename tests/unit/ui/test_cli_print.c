#include "ui/cli_print.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct print o;
static char seen[1 << 20];

/* What write_it prints, as a string. */
static const char *printed(void (*write_it)(struct print *))
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    print_init(&o, ends[1]);
    write_it(&o);
    cr_assert(print_flush(&o));
    close(ends[1]);
    ssize_t n = read(ends[0], seen, sizeof seen - 1);
    cr_assert(n >= 0);
    seen[n] = '\0';
    close(ends[0]);
    return seen;
}

static void some_numbers(struct print *p)
{
    print_fixed(p, 0, 3);
    print_text(p, " ");
    print_fixed(p, 1, 3);
    print_text(p, " ");
    print_fixed(p, -1, 3);
    print_text(p, " ");
    print_fixed(p, 1234567, 3);
    print_text(p, " ");
    print_fixed(p, INT64_MIN, 9);
    print_text(p, " ");
    print_fixed(p, INT64_MAX, 9);
}

Test(cli_print, numbers_have_fixed_digits)
{
    cr_assert_str_eq(printed(some_numbers),
                     "0.000 0.001 -0.001 1234.567 -9223372036.854775808 9223372036.854775807");
}

static void hostile_strings(struct print *p)
{
    print_json(p, "a\"b\\c\n\x01\x7f");
    print_json(p, "é €");
    print_json(p, "\xff|\xc3|\xc0\xaf|\xed\xa0\x80|\xf0\x9f\x98\x80");
    print_json(p, "");
}

Test(cli_print, json_strings_are_valid_whatever_is_in_them)
{
    cr_assert_str_eq(printed(hostile_strings),
                     "\"a\\\"b\\\\c\\u000a\\u0001\\u007f\""
                     "\"é €\""
                     "\"\\ufffd|\\ufffd|\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|\xf0\x9f\x98\x80\""
                     "\"\"");
}

Test(cli_print, more_than_the_buffer_arrives_whole)
{
    char path[] = "/tmp/spillway-print-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    unlink(path);
    print_init(&o, fd);
    for (int i = 0; i < PRINT_BUFFER; i++)
        print_text(&o, "abc");
    static char large[PRINT_BUFFER * 2];
    memset(large, 'x', sizeof large);
    print_bytes(&o, large, sizeof large);
    cr_assert(print_finish(&o, "a file"));
    cr_assert_eq(lseek(fd, 0, SEEK_END), 5 * PRINT_BUFFER);
    cr_assert_eq(o.written, 5u * PRINT_BUFFER);
    close(fd);
}

Test(cli_print, a_full_disk_is_an_error)
{
    print_init(&o, open("/dev/full", O_WRONLY));
    print_text(&o, "lost");
    cr_assert_eq(print_exit(&o, "the disk"), 1);
    cr_assert_eq(o.error, ENOSPC);
}

Test(cli_print, a_reader_that_had_something_may_leave)
{
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pipe(ends), 0);
    print_init(&o, ends[1]);
    print_text(&o, "first");
    cr_assert(print_flush(&o));
    cr_assert_not(print_reader_gone(ends[1]));
    close(ends[0]);
    cr_assert(print_reader_gone(ends[1]));
    print_text(&o, "second");
    cr_assert_not(print_flush(&o));
    cr_assert_eq(print_exit(&o, "the pipe"), 0);
}

Test(cli_print, a_reader_that_had_nothing_is_an_error)
{
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pipe(ends), 0);
    close(ends[0]);
    print_init(&o, ends[1]);
    print_text(&o, "first");
    cr_assert_eq(print_exit(&o, "the pipe"), 1);
}
