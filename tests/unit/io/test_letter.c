/* Dead letters come back as they were written, and whatever is no dead letter is told. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/dead_letters.h"
#include "io/letter.h"

static struct err e;
static struct letter letter;

static int read_text(const char *text)
{
    static unsigned char line[4096];
    size_t size = strlen(text);
    memcpy(line, text, size);
    return letter_read(line, (uint32_t)size, &letter, &e);
}

static void expect_fault(const char *text, const char *sentence)
{
    cr_assert_eq(read_text(text), ERR_BAD, "%s", text);
    cr_assert_not_null(strstr(e.text, sentence), "%s: %s", text, e.text);
}

Test(letter, every_byte_that_was_written_comes_back)
{
    char path[] = "/tmp/spillway-letter-XXXXXX";
    unsigned char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (unsigned char)i;
    close(mkstemp(path));
    struct dead_letters *d;
    cr_assert_eq(dead_letters_open(path, &d, &e), 0);
    cr_assert_eq(dead_letters_add(d, 123, "retries \"used\" up", 3, bytes, 256, &e), 0);
    cr_assert_eq(dead_letters_add_place(d, 124, "above 1 MiB", bytes + 32, 60, &e), 0);
    cr_assert_eq(dead_letters_close(d, &e), 0);
    struct lines *l;
    struct line line;
    cr_assert_eq(lines_open(path, LETTER_MAX, &l, &e), 0);
    cr_assert_eq(lines_next(l, &line, &e), LINES_HAS);
    cr_assert_eq(letter_read(line.text, line.size, &letter, &e), 0, "%s", e.text);
    cr_assert_eq(letter.size, 256u);
    cr_assert(!letter.place);
    cr_assert_arr_eq(letter.text, bytes, 256);
    cr_assert_eq(lines_next(l, &line, &e), LINES_HAS);
    cr_assert_eq(letter_read(line.text, line.size, &letter, &e), 0, "%s", e.text);
    cr_assert(letter.place);
    cr_assert_eq(letter.size, 60u);
    cr_assert_arr_eq(letter.text, bytes + 32, 60);
    lines_close(l);
    unlink(path);
}

Test(letter, fields_may_stand_in_any_order_and_bytes_as_characters)
{
    cr_assert_eq(
        read_text("{ \"text\": \"gr\xc3\xb6\xc3\x9f\\u00ff\\/\" , \"attempts\":0,\"id\":\"7:1\","
                  "\"reason\":\"\"}  \r"),
        0, "%s", e.text);
    cr_assert_eq(letter.size, 6u);
    cr_assert_arr_eq(letter.text, "gr\xf6\xdf\xff/", 6);
}

Test(letter, what_is_wrong_is_told_with_its_column)
{
    expect_fault("", "column 1: the line ends early");
    expect_fault("[1]", "column 1: a dead letter is an object");
    expect_fault("{\"id\":\"0:1\",\"reason\":\"r\",\"attempts\":1,\"text\":\"abc", "cut short");
    expect_fault("{\"id\":\"0:1\",\"reason\":\"r\",\"attempts\":1}", "either \"text\" or \"at\"");
    expect_fault("{\"id\":\"0:1\",\"reason\":\"r\",\"attempts\":1,\"text\":\"\",\"at\":\"\"}",
                 "either");
    expect_fault("{\"reason\":\"r\",\"attempts\":1,\"text\":\"\"}", "is missing");
    expect_fault("{\"id\":\"01\",\"reason\":\"r\",\"attempts\":1,\"text\":\"\"}",
                 "column 7: no record's id");
    expect_fault("{\"id\":\"0:1\",\"id\":\"0:1\"}", "column 13: this field is here twice");
    expect_fault("{\"key\":1}", "column 2: unknown field");
    expect_fault("{\"attempts\":-1}", "column 13: \"attempts\" is a whole number");
    expect_fault("{\"text\":\"\\u0100\"}", "column 10: no byte of a record");
    expect_fault("{\"text\":\"\xe2\x82\xac\"}", "no byte of a record");
    expect_fault("{\"text\":\"\\q\"}", "no byte of a record");
    expect_fault("{\"text\":\"\\u00\"}", "no byte of a record");
    expect_fault("{\"text\":\"\\", "no byte of a record");
    expect_fault("{\"id\":\"0:1\",\"reason\":\"r\",\"attempts\":1,\"text\":\"\"} x",
                 "behind the object");
}
