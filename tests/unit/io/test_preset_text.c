#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

#include "io/preset.h"
#include "io/preset_text.h"

static int edits(const char *a, const char *b)
{
    return preset_distance(a, strlen(a), b, strlen(b));
}

Test(preset_text, distance_counts_edits)
{
    cr_expect_eq(edits("", ""), 0);
    cr_expect_eq(edits("batch", "batch"), 0);
    cr_expect_eq(edits("", "abc"), 3);
    cr_expect_eq(edits("bacth", "batch"), 1, "neighbours swapped are one edit");
    cr_expect_eq(edits("bath", "batch"), 1);
    cr_expect_eq(edits("batchh", "batch"), 1);
    cr_expect_eq(edits("kitten", "sitting"), 3);
    cr_expect_eq(edits("Batch-Policy", "batch_policy"), 0, "case and '-' do not count");
    cr_expect_eq(edits("ab", "ba"), 1);
    cr_expect_eq(edits("ca", "abc"), 3);
    char longer[80];
    memset(longer, 'a', sizeof longer);
    cr_expect_eq(preset_distance(longer, 80, "a", 1), INT_MAX);
    cr_expect_eq(preset_distance(longer, 64, longer, 63), 1);
}

Test(preset_text, the_nearest_name_is_near_or_none)
{
    static const char *const names[] = {"batch",   "batch_policy", "concurrency", "linger",
                                        "busy_on", "busy_off",     NULL};
    cr_expect_str_eq(preset_nearest("bacth", names), "batch");
    cr_expect_str_eq(preset_nearest("concurency", names), "concurrency");
    cr_expect_str_eq(preset_nearest("conc", names), "concurrency", "a beginning is near");
    cr_expect_str_eq(preset_nearest("batch_size", names), "batch", "so is what goes on");
    cr_expect_str_eq(preset_nearest("BUSY-OFF", names), "busy_off");
    cr_expect_null(preset_nearest("elephant", names));
    cr_expect_null(preset_nearest("", names));
    cr_expect_null(preset_nearest("zz", names));
}

static const char *quoted(const char *text)
{
    static char dst[PRESET_QUOTED];
    return preset_quote(dst, sizeof dst, text, strlen(text));
}

Test(preset_text, quoted_text_cannot_reach_the_terminal)
{
    cr_expect_str_eq(quoted("plain"), "\"plain\"");
    cr_expect_str_eq(quoted("\x1b[31m"), "\"\\x1b[31m\"");
    cr_expect_str_eq(quoted("caf\xc3\xa9"), "\"caf\xc3\xa9\"");
    cr_expect_str_eq(quoted("\xc2\x9b"
                            "1"),
                     "\"\\xc2\\x9b1\"", "C1 controls neither");
    cr_expect_str_eq(quoted("\xe2\x80\xae"
                            "x"),
                     "\"\\xe2\\x80\\xaex\"", "nor a change of direction");
    cr_expect_str_eq(quoted("\xff\xc3"), "\"\\xff\\xc3\"");
    cr_expect_str_eq(quoted("0123456789012345678901234567890123456789"),
                     "\"0123456789012345678901234567890123456789\"");
    cr_expect_str_eq(quoted("0123456789012345678901234567890123456789Z"),
                     "\"0123456789012345678901234567890123456789…\"");
    char worst[400];
    memset(worst, '\x01', sizeof worst - 1);
    worst[sizeof worst - 1] = '\0';
    cr_expect_lt(strlen(quoted(worst)), (size_t)PRESET_QUOTED);
    cr_expect_str_eq(quoted("AKIAIOSFODNN7EXAMPLE"), "(not shown)");
}

static bool secret(const char *text) { return preset_secret(text, strlen(text)) != NULL; }

static bool secret_name(const char *name) { return preset_secret_name(name, strlen(name)) != NULL; }

Test(preset_text, secrets_are_recognised)
{
    cr_expect(secret("AKIAIOSFODNN7EXAMPLE"));
    cr_expect(secret("key=ASIAIOSFODNN7EXAMPLE;"));
    cr_expect(secret("arn:aws:lambda:us-east-1:1:function:f"));
    cr_expect(secret("arn:aws-cn:iam::role/x"));
    cr_expect(preset_has_user("see https://me:pw@host/x", 24));
    cr_expect(preset_has_user("http://token@host", 17));
    cr_expect_not(preset_has_user("https://host/path?mail=a@b, or a://b", 36));
    cr_expect(secret("in account 123456789012 today"));
    cr_expect(secret("1234-5678-9012"));
    cr_expect(secret("aws_secret_access_key=abc"));
    cr_expect(secret("AWS-Secret: x"));
    cr_expect(secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1"));
    cr_expect(secret("https://x.azurewebsites.net/api/f?code=abc"));
    cr_expect(secret("-----BEGIN RSA PRIVATE KEY-----"));
    cr_expect(secret_name("aws_secret_access_key"));
    cr_expect(secret_name("Password"));
    cr_expect(secret_name("session_token"));
    cr_expect(secret_name("account_id"));
    cr_expect(secret_name("role_arn"));
}

Test(preset_text, ordinary_words_are_no_secrets)
{
    static const char *const plain[] = {"at 10s spike x3 5s",
                                        "Bursting the excess keeps latency flat.",
                                        "12345678901",
                                        "1234567890123",
                                        "1436918400000ms",
                                        "token",
                                        "rate 1000000",
                                        "AKIA",
                                        "barn:aw",
                                        "tokenizer",
                                        "0123456789abcdef0123456789abcdef01234567"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        cr_expect_not(secret(plain[i]), "%s", plain[i]);
    cr_expect_not(secret_name("tokenizer"));
    cr_expect_not(secret_name("tokens"));
    cr_expect_not(secret_name("learn"));
    cr_expect_not(secret_name("batch"));
}
