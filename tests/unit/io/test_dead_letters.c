/* Dead letters: every byte of a record that failed can be read again. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/dead_letters.h"
#include "record/block.h"

static char dir[64], path[96];

static void make_dir(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/spillway-test-XXXXXX");
    cr_assert(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/dead.jsonl", dir);
}

static void remove_dir(void)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    cr_expect_eq(system(command), 0);
}

static struct dead_letters *open_letters(void)
{
    struct dead_letters *d;
    struct err e = {0};
    cr_assert_eq(dead_letters_open(path, &d, &e), 0, "%s", e.text);
    return d;
}

static void add(struct dead_letters *d, uint64_t id, const char *text)
{
    struct err e = {0};
    cr_assert_eq(
        dead_letters_add(d, id, "timeout", 3, (const unsigned char *)text, strlen(text), &e), 0,
        "%s", e.text);
}

static void close_letters(struct dead_letters *d)
{
    struct err e = {0};
    cr_assert_eq(dead_letters_close(d, &e), 0, "%s", e.text);
}

static const char *content(void)
{
    static char text[4096];
    FILE *file = fopen(path, "r");
    cr_assert(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

Test(dead_letters, a_run_without_any_leaves_no_file, .init = make_dir, .fini = remove_dir)
{
    close_letters(open_letters());
    cr_expect_neq(access(path, F_OK), 0);
}

Test(dead_letters, letters_are_lines_and_files_go_on, .init = make_dir, .fini = remove_dir)
{
    struct dead_letters *d = open_letters();
    add(d, record_id(0, 123), "{\"a\":1}");
    cr_expect_eq(dead_letters_count(d), 1);
    close_letters(d);
    d = open_letters();
    add(d, record_id(65535, RECORD_SEQ_MASK), "");
    close_letters(d);
    cr_expect_str_eq(content(),
                     "{\"id\":\"0:123\",\"reason\":\"timeout\",\"attempts\":3,"
                     "\"text\":\"{\\\"a\\\":1}\"}\n"
                     "{\"id\":\"65535:281474976710655\",\"reason\":\"timeout\",\"attempts\":3,"
                     "\"text\":\"\"}\n");
}

Test(dead_letters, every_byte_comes_back, .init = make_dir, .fini = remove_dir)
{
    unsigned char all[255]; /* NUL apart: a C string cannot show it */
    struct err e = {0};
    for (int i = 0; i < 255; i++)
        all[i] = (unsigned char)(i + 1);
    struct dead_letters *d = open_letters();
    cr_assert_eq(dead_letters_add(d, 0, "a \"reason\"", UINT32_MAX, all, sizeof all, &e), 0);
    close_letters(d);
    const char *line = content();
    for (const char *c = line; *c; c++)
        cr_assert((*c >= ' ' && *c < 0x7f) || c[1] == '\0', "plain ASCII, one line");
    cJSON *letter = cJSON_Parse(line);
    cr_assert(letter);
    cr_expect_str_eq(cJSON_GetObjectItem(letter, "reason")->valuestring, "a \"reason\"");
    cr_expect_eq(cJSON_GetObjectItem(letter, "attempts")->valuedouble, 4294967295.0);
    const unsigned char *p =
        (const unsigned char *)cJSON_GetObjectItem(letter, "text")->valuestring;
    for (int i = 1; i < 256; i++) { /* U+0080… is two bytes of UTF-8 */
        unsigned c = *p++;
        if (c >= 0x80)
            c = (c & 0x1f) << 6 | (*p++ & 0x3f);
        cr_expect_eq(c, (unsigned)i);
    }
    cr_expect_eq(*p, 0);
    cJSON_Delete(letter);
}

Test(dead_letters, a_nul_byte_is_escaped, .init = make_dir, .fini = remove_dir)
{
    struct err e = {0};
    struct dead_letters *d = open_letters();
    cr_assert_eq(dead_letters_add(d, 0, "r", 1, (const unsigned char *)"a\0b", 3, &e), 0);
    close_letters(d);
    cr_expect(strstr(content(), "\"a\\u0000b\""));
}

Test(dead_letters, a_line_cut_by_a_crash_spoils_no_other, .init = make_dir, .fini = remove_dir)
{
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs("{\"id\":\"0:1\",\"rea", file) >= 0 && fclose(file) == 0);
    struct dead_letters *d = open_letters();
    add(d, 2, "x");
    close_letters(d);
    cr_expect(strstr(content(), "{\"id\":\"0:1\",\"rea\n{\"id\":\"0:2\","), "%s", content());
}

Test(dead_letters, a_letter_may_be_larger_than_the_buffer, .init = make_dir, .fini = remove_dir)
{
    struct stat info;
    struct err e = {0};
    static unsigned char text[1 << 20];
    memset(text, 0xff, sizeof text);
    struct dead_letters *d = open_letters();
    add(d, 1, "before");
    cr_assert_eq(dead_letters_add(d, 2, "too large", 1, text, sizeof text, &e), 0, "%s", e.text);
    cr_assert_eq(dead_letters_flush(d, &e), 0);
    cr_assert_eq(stat(path, &info), 0);
    cr_expect_gt(info.st_size, (off_t)(6 * sizeof text));
    close_letters(d);
}

Test(dead_letters, places_that_will_not_do_get_a_sentence, .init = make_dir, .fini = remove_dir)
{
    struct err e = {0};
    struct dead_letters *d, *second;
    cr_expect_eq(dead_letters_open("", &d, &e), ERR_BAD);
    cr_assert_eq(dead_letters_open(dir, &d, &e), 0);
    cr_expect_eq(dead_letters_add(d, 1, "r", 1, (const unsigned char *)"x", 1, &e), ERR_IO);
    cr_expect(strstr(e.text, "Is a directory"), "%s", e.text);
    close_letters(d);

    d = open_letters();
    second = open_letters();
    add(d, 1, "x");
    cr_expect_eq(dead_letters_add(second, 2, "r", 1, (const unsigned char *)"y", 1, &e), ERR_IO);
    cr_expect(strstr(e.text, "another run"), "%s", e.text);
    close_letters(second);
    close_letters(d);

    cr_assert_eq(dead_letters_open("/dev/full", &d, &e), 0);
    cr_assert_eq(dead_letters_add(d, 1, "r", 1, (const unsigned char *)"x", 1, &e), 0, "buffered");
    cr_expect_eq(dead_letters_flush(d, &e), ERR_IO);
    cr_expect(strstr(e.text, "No space left"), "%s", e.text);
    cr_expect_eq(dead_letters_close(d, &e), ERR_IO, "still not written");
    cr_expect_eq(dead_letters_close(NULL, &e), 0);
}
