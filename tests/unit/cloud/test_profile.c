/* The two files of AWS's tools, with what people do to them. */
#include "home.h"

#include "cloud/profile.h"

TestSuite(profile, .init = home_begin, .fini = home_end);

static struct profiles *files;

static void reads(void)
{
    struct err e = {0};
    cr_assert_eq(profile_open(&files, &e), 0, "%s", e.text);
}

static void refuses(const char *config, const char *words)
{
    struct err e = {0};
    home_write("config", config);
    cr_assert_eq(profile_open(&files, &e), ERR_BAD, "%s", config);
    cr_assert(strstr(e.text, words), "\"%s\" lacks \"%s\"", e.text, words);
    cr_assert_null(strstr(e.text, "hunter2"), "%s", e.text);
}

static void config_has(const char *profile, const char *key, const char *want)
{
    const char *got = profile_value(files, PROFILE_CONFIG, profile, key);
    if (!want)
        cr_assert_null(got, "%s: %s", key, got);
    else
        cr_assert(got && strcmp(got, want) == 0, "%s %s: \"%s\", wanted \"%s\"", profile, key,
                  got ? got : "NULL", want);
}

Test(profile, no_files_are_empty_files)
{
    reads();
    cr_assert_not(profile_exists(files, "default"));
    profile_close(files);
    profile_close(NULL);
}

Test(profile, what_a_config_looks_like)
{
    home_write("config", "# a comment\n"
                         "; another\n"
                         "[default]\n"
                         "region = us-east-1\n"
                         "Output=json\n"
                         "\n"
                         "[profile dev]\n"
                         "  region:eu-west-1  \n"
                         "key = a = b # no comment: botocore takes it as value\n"
                         "empty =\n"
                         "[profile \"with blanks\"]\n"
                         "region = eu-west-2\n"
                         "[profile 'single']\n"
                         "region = eu-west-3\n"
                         "[dev]\n"
                         "region = not-a-profile\n"
                         "[profiledev]\n"
                         "region = neither\n");
    reads();
    config_has("default", "region", "us-east-1");
    config_has("default", "output", "json");
    config_has("dev", "region", "eu-west-1");
    config_has("dev", "key", "a = b # no comment: botocore takes it as value");
    config_has("dev", "empty", NULL);
    config_has("with blanks", "region", "eu-west-2");
    config_has("single", "region", "eu-west-3");
    config_has("nobody", "region", NULL);
    config_has("profiledev", "region", NULL);
    profile_close(files);
}

Test(profile, windows_and_missing_line_ends)
{
    home_write("config", "\xEF\xBB\xBF[default]\r\nregion = us-east-1\r\n[profile x]\r\n"
                         "region = eu-west-1");
    reads();
    config_has("default", "region", "us-east-1");
    config_has("x", "region", "eu-west-1");
    profile_close(files);
}

Test(profile, blocks_within_a_section)
{
    home_write("config", "[default]\n"
                         "s3 =\n"
                         "  addressing_style = path\n"
                         "  # comment\n"
                         "  max_concurrent_requests = 10\n"
                         "region = us-east-1\n"
                         "credential_process = one\n"
                         "    two\n"
                         "    three\n"
                         "services = local\n"
                         "[services local]\n"
                         "lambda =\n"
                         "  endpoint_url = http://localhost:4566\n"
                         "dynamodb =\n"
                         "  endpoint_url = http://localhost:8000\n");
    reads();
    config_has("default", "region", "us-east-1");
    config_has("default", "credential_process", "one\ntwo\nthree");
    config_has("default", "addressing_style", NULL);
    cr_assert_str_eq(profile_service(files, "default", "lambda", "endpoint_url"),
                     "http://localhost:4566");
    cr_assert_str_eq(profile_service(files, "default", "dynamodb", "endpoint_url"),
                     "http://localhost:8000");
    cr_assert_null(profile_service(files, "default", "sqs", "endpoint_url"));
    cr_assert_null(profile_service(files, "other", "lambda", "endpoint_url"));
    profile_close(files);
}

Test(profile, both_files)
{
    home_write("config", "[profile dev]\nregion = eu-west-1\nrole_arn = x\n");
    home_write("credentials", "[dev]\naws_access_key_id = AKID\nregion = eu-west-2\n"
                              "[profile dev]\naws_access_key_id = OTHER\n");
    reads();
    cr_assert(profile_exists(files, "dev"));
    cr_assert_str_eq(profile_value(files, PROFILE_CREDENTIALS, "dev", "aws_access_key_id"), "AKID");
    cr_assert_str_eq(profile_either(files, "dev", "region"), "eu-west-2");
    cr_assert_str_eq(profile_either(files, "dev", "role_arn"), "x");
    profile_close(files);
}

Test(profile, paths_from_the_environment)
{
    home_write(".mine", "[default]\nregion = sa-east-1\n");
    setenv("AWS_CONFIG_FILE", "~/.mine", 1);
    reads();
    config_has("default", "region", "sa-east-1");
    profile_close(files);
    setenv("AWS_CONFIG_FILE", "/tmp", 1);
    struct err e = {0};
    cr_assert_eq(profile_open(&files, &e), ERR_IO);
    cr_assert(strstr(e.text, "/tmp: cannot be read"), "%s", e.text);
    setenv("AWS_CONFIG_FILE", "/dev/null/x", 1);
    reads();
    profile_close(files);
}

Test(profile, sentences_name_the_line_and_show_nothing_of_it)
{
    refuses("region = hunter2\n", "config:1: before the first setting");
    refuses("[default]\nhunter2\n", "config:2: neither a section");
    refuses("[default]\n= hunter2\n", "config:2: the key before '='");
    refuses("[default]\nregion = a\nregion = hunter2\n", "config:3: this key is set twice");
    refuses("[default]\n[profile x]\n[default]\n", "config:3: this section is there twice");
    refuses("[]\n", "config:1: a section is written");
    refuses("[default\n", "config:1: a section is written");
    refuses("[default]\ns3 =\n  hunter2\n", "config:3: an indented line");
}

Test(profile, not_a_text_file)
{
    struct err e;
    char text[] = "[default]\nregion\0= x\n";
    files = profile_none();
    cr_assert_eq(profile_parse(files, PROFILE_CONFIG, text, sizeof text - 1, "here", &e), ERR_BAD);
    cr_assert(strstr(e.text, "here: has a NUL byte"));
    profile_close(files);
}

Test(profile, huge_lines_and_huge_files)
{
    char *text = malloc(PROFILE_FILE_MAX + 2);
    struct err e = {0};
    memset(text, 'x', PROFILE_FILE_MAX);
    memcpy(text, "[default]\nkey = ", 16);
    text[PROFILE_FILE_MAX] = 0;
    home_write("config", text);
    reads();
    cr_assert_eq(strlen(profile_value(files, PROFILE_CONFIG, "default", "key")),
                 PROFILE_FILE_MAX - 16);
    profile_close(files);
    text[PROFILE_FILE_MAX] = 'x';
    text[PROFILE_FILE_MAX + 1] = 0;
    home_write("config", text);
    cr_assert_eq(profile_open(&files, &e), ERR_BAD);
    cr_assert(strstr(e.text, "larger than"));
    size_t at = (size_t)sprintf(text, "[default]\n");
    for (int i = 0; i < 1001; i++)
        at += (size_t)sprintf(text + at, "k%d=1\n", i);
    refuses(text, "more than 1000 keys");
    free(text);
}

Test(profile, chooses)
{
    const char *name;
    struct err e = {0};
    home_write("config", "[profile a]\n[profile b]\n[profile c]\n");
    reads();
    cr_assert_eq(profile_choose(files, NULL, &name, &e), 0);
    cr_assert_str_eq(name, "default");
    setenv("AWS_PROFILE", "a", 1);
    cr_assert_eq(profile_choose(files, "", &name, &e), 0);
    cr_assert_str_eq(name, "a");
    setenv("AWS_DEFAULT_PROFILE", "b", 1);
    cr_assert_eq(profile_choose(files, NULL, &name, &e), 0);
    cr_assert_str_eq(name, "b");
    cr_assert_eq(profile_choose(files, "c", &name, &e), 0);
    cr_assert_str_eq(name, "c");
    cr_assert_eq(profile_choose(files, "d", &name, &e), ERR_BAD);
    cr_assert(strstr(e.text, "profile \"d\" is neither in"));
    profile_close(files);
}
