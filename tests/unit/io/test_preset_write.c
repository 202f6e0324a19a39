/* Presets as text again: the same values come back, and a file is old or new, never half. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/preset_write.h"

static struct preset first, second;
static char text[PRESET_BYTES_MAX], again[PRESET_BYTES_MAX];
static char dir[64], path[128];

static void parse(const char *from, struct preset *to)
{
    struct err e = {0};
    cr_assert_eq(preset_parse(from, strlen(from), "p.json", to, &e), 0, "%s\n%s", e.text, from);
}

static void complain(void *context, const char *line)
{
    cr_log_error("%s: %s", (const char *)context, line);
}

/* Written and read, it is the same preset, and the same text. */
static void check_round_trip(const char *name)
{
    size_t size = preset_write(&first, text, sizeof text);
    cr_assert_gt(size, 0u);
    cr_assert_eq(size, strlen(text));
    parse(text, &second);
    cr_assert_eq(preset_differences(&first, &second, complain, (void *)(uintptr_t)name), 0);
    cr_assert_arr_eq(first.knobs.value, second.knobs.value, sizeof first.knobs.value);
    cr_assert_eq(memcmp(&first.functions, &second.functions, sizeof first.functions), 0);
    cr_assert_eq(memcmp(&first.schedule, &second.schedule, sizeof first.schedule), 0);
    cr_assert_eq(first.graph.count, second.graph.count);
    for (int i = 0; i < first.graph.count; i++)
        cr_assert_eq(
            memcmp(&first.graph.node[i], &second.graph.node[i], sizeof first.graph.node[i]), 0,
            "%s: node %d", name, i);
    cr_assert_arr_eq(first.scenario, second.scenario, sizeof first.scenario);
    cr_assert_eq(preset_write(&second, again, sizeof again), size);
    cr_assert_str_eq(text, again);
}

Test(preset_write, every_preset_of_ours_comes_back_as_it_was)
{
    DIR *d = opendir("presets");
    int seen = 0;
    cr_assert_not_null(d);
    for (struct dirent *entry; (entry = readdir(d));) {
        struct err e = {0};
        char name[300];
        if (!strstr(entry->d_name, ".json"))
            continue;
        snprintf(name, sizeof name, "presets/%s", entry->d_name);
        cr_assert_eq(preset_load(name, &first, &e), 0, "%s", e.text);
        check_round_trip(name);
        seen++;
    }
    closedir(d);
    cr_assert_geq(seen, 10);
}

Test(preset_write, every_field_that_there_is_comes_back)
{
    parse("{\"spillway\":1,\"name\":\"a \\\"quoted\\\" \\\\ name\",\"why\":\"größer → besser\","
          "\"source\":{\"kind\":\"nexmark\",\"profile\":\"ext\",\"seed\":18446744073709551615,"
          "\"base_time\":\"2015-07-15T00:00:00Z\"},"
          "\"schedule\":[{\"at\":\"0s\",\"rate\":0.5},{\"at\":\"1s\",\"ramp\":[1,\"2.5k\"],"
          "\"for\":\"3s\"},{\"at\":\"5s\",\"square\":[10,20],\"period\":\"1.5s\",\"for\":\"9s\"},"
          "{\"at\":\"20s\",\"spike\":\"x2.2\",\"for\":\"1s\",\"every\":\"10s\"}],"
          "\"graph\":[{\"name\":\"s\",\"op\":\"source\",\"parallelism\":2,\"fair\":false},"
          "{\"name\":\"m\",\"op\":\"map\",\"from\":[\"s\"],\"chain\":false,\"queue\":7,"
          "\"parallelism\":2,\"ship\":\"hash\"},"
          "{\"name\":\"t\",\"op\":\"tokenize\",\"from\":[\"m\"],\"slots\":9,\"cost\":\"323us\","
          "\"jitter\":\"12.5%\",\"burst\":true},"
          "{\"name\":\"z\",\"op\":\"sink\",\"from\":[\"t\"]}],"
          "\"policy\":\"slo\",\"knobs\":{\"order\":\"none\",\"budget\":\"$0.01\",\"load\":\"x1.5\","
          "\"burst_max\":\"33.3%\",\"slots\":11},"
          "\"functions\":{\"calibration\":\"none\",\"language\":\"java\",\"noisy\":true,"
          "\"memory_mb\":1769,\"rate_limit\":77,\"lose\":\"0.1%\",\"constant\":\"1.5ms\","
          "\"cold_factor\":\"x0\",\"session\":true,\"blocking\":true},"
          "\"duration\":\"90s\",\"scenario\":[\"at 1s mark \\\"x\\\"\",\"at 2s kill t\"]}",
          &first);
    check_round_trip("everything");
    cr_assert_eq(first.graph.node[2].slots, 11);
}

Test(preset_write, what_is_too_small_for_it_is_told)
{
    preset_init(&first);
    size_t size = preset_write(&first, text, sizeof text);
    for (size_t room = 0; room <= size; room++)
        cr_assert_eq(preset_write(&first, again, room), 0u);
    cr_assert_eq(preset_write(&first, again, size + 1), size);
}

/* ---- differences -------------------------------------------------------------------- */

static char lines[4000];

static void keep(void *context, const char *line)
{
    (void)context;
    size_t used = strlen(lines);
    snprintf(lines + used, sizeof lines - used, "%s\n", line);
}

Test(preset_differences, are_told_in_words)
{
    preset_init(&first);
    second = first;
    cr_assert_eq(preset_differences(&first, &second, keep, NULL), 0);
    second.knobs.value[KNOB_BATCH] = 64;
    second.functions.memory_mb = 1024;
    second.schedule.step[0].rate_mps = 2000000;
    second.graph.node[2].cost_ns = 8 * NS_PER_MS;
    second.duration_ns = 5 * NS_PER_S;
    snprintf(second.scenario[0], PRESET_COMMAND, "at 1s mark x");
    second.scenario_count = 1;
    cr_assert_eq(preset_differences(&first, &second, keep, NULL), 6);
    cr_assert_str_eq(lines, "schedule: step 1: at 0 rate 1k -> at 0 rate 2k\n"
                            "graph: tokenizer: cost: 4ms -> 8ms\n"
                            "knobs: batch: 50 -> 64\n"
                            "functions: memory_mb: 512 -> 1024\n"
                            "duration: no end -> 5s\n"
                            "scenario: only in the second: at 1s mark x\n");
}

/* ---- files ---------------------------------------------------------------------------- */

static void make_dir(void)
{
    snprintf(dir, sizeof dir, "/tmp/preset-write-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/x.json", dir);
    preset_init(&first);
}

static int files_there(void)
{
    int n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *entry; (entry = readdir(d));)
        n += entry->d_name[0] != '.';
    closedir(d);
    return n;
}

static void remove_dir(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    cr_assert_eq(system(command), 0);
}

static void save(enum preset_over over)
{
    struct err e = {0};
    cr_assert_eq(preset_save(&first, path, over, &e), 0, "%s", e.text);
}

Test(preset_save, never_overwrites_unless_told, .init = make_dir, .fini = remove_dir)
{
    struct err e = {0};
    save(PRESET_KEEP);
    first.knobs.value[KNOB_BATCH] = 77;
    cr_assert_eq(preset_save(&first, path, PRESET_KEEP, &e), ERR_BAD);
    cr_assert(strstr(e.text, "is there already") != NULL, "%s", e.text);
    cr_assert_eq(preset_load(path, &second, &e), 0);
    cr_assert_eq(second.knobs.value[KNOB_BATCH], 50);
    save(PRESET_REPLACE);
    cr_assert_eq(preset_load(path, &second, &e), 0);
    cr_assert_eq(second.knobs.value[KNOB_BATCH], 77);
    cr_assert_eq(files_there(), 1);
}

Test(preset_save, a_full_disk_keeps_the_old_file, .init = make_dir, .fini = remove_dir)
{
    struct err e = {0};
    save(PRESET_KEEP);
    struct rlimit old, none;
    getrlimit(RLIMIT_FSIZE, &old);
    none = old;
    signal(SIGXFSZ, SIG_IGN);
    first.knobs.value[KNOB_BATCH] = 77;
    rlim_t size = preset_write(&first, text, sizeof text);
    for (rlim_t room = 0; room < size; room += 97) {
        none.rlim_cur = room;
        setrlimit(RLIMIT_FSIZE, &none);
        int rc = preset_save(&first, path, PRESET_REPLACE, &e);
        setrlimit(RLIMIT_FSIZE, &old);
        cr_assert_eq(rc, ERR_IO, "with room for %lu bytes", (unsigned long)room);
        cr_assert(strstr(e.text, "what was there is as it was") != NULL, "%s", e.text);
        cr_assert_eq(preset_load(path, &second, &e), 0, "%s", e.text);
        cr_assert_eq(second.knobs.value[KNOB_BATCH], 50);
        cr_assert_eq(files_there(), 1);
    }
}

/* Saves one preset after another until it is killed. */
static void save_for_ever(void)
{
    struct err e;
    for (int64_t batch = 1;; batch = batch % 9999 + 1) {
        first.knobs.value[KNOB_BATCH] = batch;
        if (preset_save(&first, path, PRESET_REPLACE, &e))
            _exit(1);
    }
}

Test(preset_save, a_kill_leaves_the_old_file_or_the_new_one, .init = make_dir, .fini = remove_dir)
{
    struct err e = {0};
    save(PRESET_KEEP);
    for (int i = 0; i < 40; i++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0)
            save_for_ever();
        usleep((useconds_t)(500 + 731 * i));
        kill(child, SIGKILL);
        cr_assert_eq(waitpid(child, &status, 0), child);
        cr_assert(WIFSIGNALED(status), "it could not save");
        cr_assert_eq(preset_load(path, &second, &e), 0, "%s", e.text);
    }
}

Test(preset_save, a_folder_that_is_closed_gets_a_sentence, .init = make_dir, .fini = remove_dir)
{
    struct err e = {0};
    snprintf(path, sizeof path, "%s/none/x.json", dir);
    cr_assert_eq(preset_save(&first, path, PRESET_KEEP, &e), ERR_IO);
    cr_assert(strstr(e.text, "cannot be saved: No such file") != NULL, "%s", e.text);
    snprintf(path, sizeof path, "%s", dir);
    cr_assert_eq(preset_save(&first, path, PRESET_REPLACE, &e), ERR_BAD);
    cr_assert(strstr(e.text, "is no file") != NULL, "%s", e.text);
}

Test(preset_home, takes_names_that_are_safe, .init = make_dir, .fini = remove_dir)
{
    static const char *const bad[] = {"", "..", ".x", "a/b", "../a", "-x", "a b", "x.json", "ä"};
    struct err e = {0};
    char where[PRESET_PATH], want[PRESET_PATH];
    setenv("XDG_CONFIG_HOME", dir, 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(preset_home(bad[i], where, &e), ERR_BAD, "%s", bad[i]);
    cr_assert_eq(preset_home("burst", where, &e), ERR_BAD);
    cr_assert(strstr(e.text, "goes before presets of your own") != NULL, "%s", e.text);
    cr_assert_eq(preset_home("mine-2", where, &e), 0, "%s", e.text);
    snprintf(want, sizeof want, "%s/spillway/presets/mine-2.json", dir);
    cr_assert_str_eq(where, want);
    want[strlen(want) - strlen("/mine-2.json")] = 0;
    cr_assert_eq(access(want, F_OK), 0);
}
