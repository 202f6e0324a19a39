/* Presets as files: the ones that come with the program, and what can be wrong
 * with a file or a name. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/preset.h"

static struct preset preset;
static char dir[64]; /* a directory of this test's own */

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

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert(file, "%s", path);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
}

Test(preset_file, every_preset_of_the_program_parses)
{
    static const char *const names[] = {"default",      "vanilla",       "modified", "burst",
                                        "invoker-only", "as-found-2023", "flapping", "excess",
                                        "cold-starts",  "throttled",     "budget",   "batch-size"};
    char found[64][PRESET_NAME];
    int count = preset_names(found, 64);
    cr_expect_geq(count, (int)(sizeof names / sizeof *names));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct err e = {0};
        cr_assert_eq(preset_load(names[i], &preset, &e), 0, "%s", e.text);
        cr_expect_str_eq(preset.name, names[i]);
    }
    for (int i = 0; i < count; i++) {
        struct err e = {0};
        cr_expect_eq(preset_load(found[i], &preset, &e), 0, "%s", e.text);
        cr_expect_str_eq(preset.name, found[i], "its name is its file's");
        cr_expect_geq(strlen(preset.why), (size_t)20, "%s says why it is there", found[i]);
        cr_expect(i == 0 || strcmp(found[i - 1], found[i]) < 0, "sorted, without repeats");
    }
}

Test(preset_file, the_2023_preset_keeps_its_constants)
{
    struct err e = {0};
    cr_assert_eq(preset_load("as-found-2023", &preset, &e), 0, "%s", e.text);
    const struct knobs *k = &preset.knobs;
    const struct node_spec *tokenizer = &preset.graph.node[2];
    cr_expect(tokenizer->cost_ns == NS_PER_S && tokenizer->slots == 1 &&
              tokenizer->jitter_ppm == 0 && !tokenizer->burst);
    cr_expect(preset.graph.node[1].burst, "the controller is an operator before the tokenizer");
    cr_expect_str_eq(knob_table[KNOB_POLICY].names[k->value[KNOB_POLICY]], "as-found");
    cr_expect_eq(k->value[KNOB_INTERVAL], 800 * NS_PER_MS);
    cr_expect_eq(k->value[KNOB_CONCURRENCY], 1);
    cr_expect_eq(k->value[KNOB_ORDER], ORDER_NONE);
    cr_expect_eq(preset.functions.calibration, CALIBRATION_2023);
}

Test(preset_file, files_that_cannot_be_read_get_one_sentence, .init = make_dir, .fini = remove_dir)
{
    struct err e = {0};
    cr_expect_eq(preset_load(path_of("none.json"), &preset, &e), ERR_IO);
    cr_expect(strstr(e.text, "none.json: cannot be opened: No such file"), "%s", e.text);
    cr_expect_eq(preset_load(dir, &preset, &e), ERR_IO);
    cr_expect(strstr(e.text, "is a directory"), "%s", e.text);
    write_file(path_of("shut.json"), "{\"spillway\":1}");
    cr_assert_eq(chmod(path_of("shut.json"), 0), 0);
    if (geteuid() != 0) {
        cr_expect_eq(preset_load(path_of("shut.json"), &preset, &e), ERR_IO);
        cr_expect(strstr(e.text, "Permission denied"), "%s", e.text);
    }
    cr_expect_eq(preset_load("/tmp/\x1b[2J.json", &preset, &e), ERR_IO);
    cr_expect_null(strchr(e.text, '\x1b'), "a file name cannot reach the terminal");
}

Test(preset_file, an_endless_file_is_read_up_to_the_limit, .timeout = 10)
{
    struct err e = {0};
    cr_expect_eq(preset_load("/dev/zero", &preset, &e), ERR_BAD);
    cr_expect_str_eq(e.text, "/dev/zero: larger than 1 MiB; a preset is a page of text");
    cr_expect_eq(preset_load("/dev/null", &preset, &e), ERR_BAD);
    cr_expect_str_eq(e.text, "/dev/null:1:1: empty: there is no value");
}

Test(preset_file, standard_input_is_read_too, .init = make_dir, .fini = remove_dir, .timeout = 20)
{
    struct err e = {0};
    write_file(path_of("p"), "{\"spillway\": 1, \"name\": \"piped\"}");
    cr_assert(freopen(path_of("p"), "r", stdin));
    cr_expect_eq(preset_load("-", &preset, &e), 0, "%s", e.text);
    cr_expect_str_eq(preset.name, "piped");

    /* 300 MB of blanks, as a hole: refused after the first of them */
    cr_assert_eq(truncate(path_of("p"), 300000000), 0);
    cr_assert(freopen(path_of("p"), "r", stdin));
    cr_expect_eq(preset_load("-", &preset, &e), ERR_BAD);
    cr_expect(strstr(e.text, "standard input: larger than 1 MiB"), "%s", e.text);
    cr_expect_leq(lseek(0, 0, SEEK_CUR), (off_t)PRESET_BYTES_MAX + 1, "and no more was read");

    write_file(path_of("p"), "{\"spillway\": 1,\n\"bacth\": 1}");
    cr_assert(freopen(path_of("p"), "r", stdin));
    cr_expect_eq(preset_load("-", &preset, &e), ERR_BAD);
    cr_expect(strstr(e.text, "standard input:2:1: "), "%s", e.text);
}

Test(preset_file, a_name_is_looked_up_where_people_keep_presets, .init = make_dir,
     .fini = remove_dir)
{
    struct err e = {0};
    cr_assert_eq(mkdir(path_of("spillway"), 0755), 0);
    cr_assert_eq(mkdir(path_of("spillway/presets"), 0755), 0);
    write_file(path_of("spillway/presets/mine.json"), "{\"spillway\":1}");
    write_file(path_of("spillway/presets/burst.json"), "{\"spillway\":1,\"name\":\"shadowed\"}");
    cr_assert_eq(setenv("XDG_CONFIG_HOME", dir, 1), 0);
    cr_expect_eq(preset_load("mine", &preset, &e), 0, "%s", e.text);
    cr_expect_str_eq(preset.name, "mine");
    cr_expect_eq(preset_load("burst", &preset, &e), 0);
    cr_expect_str_eq(preset.name, "burst", "./presets comes first");
}

Test(preset_file, an_unknown_name_lists_what_there_is)
{
    struct err e = {0};
    cr_expect_eq(preset_load("brust", &preset, &e), ERR_BAD);
    cr_expect(strstr(e.text, "\"brust\": no preset has this name; did you mean \"burst\"?"), "%s",
              e.text);
    cr_expect(strstr(e.text, "as-found-2023, ") && strstr(e.text, "vanilla"), "%s", e.text);
    cr_expect_eq(preset_load("", &preset, &e), ERR_BAD);
    cr_expect_eq(preset_load("..", &preset, &e), ERR_BAD);
    cr_expect_eq(preset_load("Makefile", &preset, &e), ERR_BAD);
    cr_expect(strstr(e.text, "./NAME"), "%s", e.text);
    char longer[5000];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    cr_expect_eq(preset_load(longer, &preset, &e), ERR_BAD);
    cr_expect_lt(strlen(e.text), sizeof e.text);
}
