/* Region and endpoint: who is asked first. */
#include "home.h"

#include "cloud/settings.h"

TestSuite(settings, .init = home_begin, .fini = home_end);

static struct settings read_them(const char *profile)
{
    struct settings s;
    struct err e = {0};
    cr_assert_eq(settings_read(profile, "lambda", &s, &e), 0, "%s", e.text);
    return s;
}

static void refuses(const char *words)
{
    struct settings s;
    struct err e = {0};
    cr_assert_eq(settings_read(NULL, "lambda", &s, &e), ERR_BAD);
    cr_assert(strstr(e.text, words), "\"%s\" lacks \"%s\"", e.text, words);
    cr_assert_null(strstr(e.text, "hunter2"), "%s", e.text);
}

static void expect_region(const char *profile, const char *want)
{
    struct settings s = read_them(profile);
    cr_assert_str_eq(s.region, want);
}

static void expect_endpoint(const char *profile, const char *want)
{
    struct settings s = read_them(profile);
    cr_assert_str_eq(s.endpoint, want);
}

Test(settings, nobody_says)
{
    struct settings s = read_them(NULL);
    cr_assert_str_eq(s.region, "");
    cr_assert_str_eq(s.endpoint, "");
    cr_assert_not(s.style.fips || s.style.dual_stack);
}

Test(settings, region)
{
    home_write("config", "[default]\nregion = eu-west-1\n[profile x]\nregion = eu-west-2\n");
    expect_region(NULL, "eu-west-1");
    expect_region("x", "eu-west-2");
    setenv("AWS_DEFAULT_REGION", "sa-east-1", 1);
    expect_region("x", "sa-east-1");
    setenv("AWS_REGION", "us-west-2", 1);
    expect_region("x", "us-west-2");
    setenv("AWS_REGION", "Oregon", 1);
    refuses("AWS_REGION is not a region");
}

Test(settings, endpoint)
{
    home_write("config", "[default]\nendpoint_url = http://default:1\n"
                         "[profile x]\nendpoint_url = http://profile:2\nservices = s\n"
                         "[services s]\nlambda =\n  endpoint_url = http://service:3\n");
    expect_endpoint(NULL, "http://default:1/");
    expect_endpoint("x", "http://service:3/");
    setenv("AWS_ENDPOINT_URL", "http://all:4", 1);
    expect_endpoint("x", "http://all:4/");
    setenv("AWS_ENDPOINT_URL_LAMBDA", "http://lambda:5", 1);
    struct settings s = read_them("x");
    cr_assert_str_eq(s.endpoint, "http://lambda:5/");
    cr_assert_str_eq(s.endpoint_from, "AWS_ENDPOINT_URL_LAMBDA");
    setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE", 1);
    expect_endpoint("x", "");
}

Test(settings, bad_endpoints_are_told_without_their_secret)
{
    setenv("AWS_ENDPOINT_URL", "http://user:hunter2@host", 1);
    refuses("AWS_ENDPOINT_URL: the URL has a user name or password");
    setenv("AWS_ENDPOINT_URL", "localhost:4566", 1);
    refuses("AWS_ENDPOINT_URL: the URL does not begin with http://");
    setenv("AWS_PROFILE", "nobody", 1);
    refuses("profile \"nobody\"");
}

Test(settings, style)
{
    home_write("config", "[default]\nuse_fips_endpoint = true\n");
    setenv("AWS_USE_DUALSTACK_ENDPOINT", "true", 1);
    struct settings s = read_them(NULL);
    cr_assert(s.style.fips && s.style.dual_stack);
    setenv("AWS_USE_FIPS_ENDPOINT", "false", 1);
    s = read_them(NULL);
    cr_assert_not(s.style.fips);
}
