/* Names, ARNs and URLs, as people write them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cloud/address.h"

static const struct address_style plain;

static struct function_name function(const char *text)
{
    struct function_name f;
    struct err e;
    cr_assert_eq(address_function(text, &f, &e), 0, "%s: %s", text, e.text);
    return f;
}

static void no_function(const char *text, const char *words)
{
    struct function_name f;
    struct err e;
    cr_assert_eq(address_function(text, &f, &e), ERR_BAD, "%s", text);
    cr_assert(strstr(e.text, words), "%s: \"%s\" lacks \"%s\"", text, e.text, words);
}

static struct address invoke(const char *name, const char *region, const char *endpoint)
{
    struct function_name f = function(name);
    struct address a;
    struct err e;
    cr_assert_eq(address_invoke(&f, region, endpoint, plain, &a, &e), 0, "%s: %s", name, e.text);
    return a;
}

static void no_invoke(const char *name, const char *region, const char *endpoint, const char *words)
{
    struct function_name f = function(name);
    struct address a;
    struct err e;
    cr_assert_eq(address_invoke(&f, region, endpoint, plain, &a, &e), ERR_BAD);
    cr_assert(strstr(e.text, words), "\"%s\" lacks \"%s\"", e.text, words);
}

static struct address url(const char *text)
{
    struct address a;
    struct err e;
    cr_assert_eq(address_url(text, &a, &e), 0, "%s: %s", text, e.text);
    return a;
}

static void no_url(const char *text, const char *words)
{
    struct address a;
    struct err e;
    cr_assert_eq(address_url(text, &a, &e), ERR_BAD, "%s", text);
    cr_assert(strstr(e.text, words), "%s: \"%s\" lacks \"%s\"", text, e.text, words);
    cr_assert_null(strstr(e.text, "hunter2"));
}

#define ARN "arn:aws:lambda:eu-west-1:123456789012:function:tok"

Test(address, function_names)
{
    struct function_name f = function("tok-2_x");
    cr_assert_str_eq(f.name, "tok-2_x");
    cr_assert_str_eq(f.qualifier, "");
    f = function("tok:prod");
    cr_assert_str_eq(f.qualifier, "prod");
    f = function("tok:$LATEST");
    cr_assert_str_eq(f.qualifier, "$LATEST");
    f = function("tok:$LATEST.PUBLISHED");
    cr_assert_str_eq(f.qualifier, "$LATEST.PUBLISHED");
    f = function("function:tok");
    cr_assert_str_eq(f.name, "tok");
    f = function("123456789012:function:tok:7");
    cr_assert_str_eq(f.account, "123456789012");
    cr_assert_str_eq(f.qualifier, "7");
    f = function(ARN ":blue");
    cr_assert_str_eq(f.region, "eu-west-1");
    cr_assert_str_eq(f.partition, "aws");
    cr_assert_str_eq(f.name, "tok");
    cr_assert_str_eq(f.qualifier, "blue");
}

Test(address, function_names_refused)
{
    char name[130];
    memset(name, 'n', sizeof name);
    name[64] = 0;
    (void)function(name);
    name[64] = 'n';
    name[65] = 0;
    no_function(name, "at most 64 characters, this one has 65");
    no_function("", "name is missing");
    no_function(":prod", "name is missing");
    no_function("tok:", "1 to 128 characters");
    no_function("tok tok", "character 4");
    no_function("t\xc3\xa4k", "character 2");
    no_function("tok:pr$od", "character 3 of the version");
    no_function("12345678901:function:tok", "not 12 digits");
    no_function("123456789012:fn:tok", "\"function\"");
    no_function("123456789012:function:tok:1:2", "too many ':'");
    no_function("https://x.lambda-url.eu-west-1.on.aws/", "URL");
    no_function("arn:aws:s3:::bucket", "not that of a Lambda function");
    no_function("arn:aws:lambda::123456789012:function:tok", "not a region");
    no_function("arn:azure:lambda:eu-west-1:123456789012:function:tok", "arn:aws:");
    no_function("arn:aws:lambda:eu-west-1:123456789012:layer:tok", "\"function\"");
    no_function("arn:aws:lambda:eu-west-1:123456789012", "\"function\"");
    no_function("arn", "arn:aws:");
    no_function("arn:aws\n:lambda:eu-west-1:123456789012:function:tok", "arn:aws:");
    no_function("a:b:c:d:e:f:g:h:i:j:k", "12 digits");
}

Test(address, invoke_urls)
{
    struct address a = invoke("tok", "us-east-1", NULL);
    cr_assert_str_eq(a.url,
                     "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/tok/invocations");
    cr_assert_str_eq(a.host, "lambda.us-east-1.amazonaws.com");
    cr_assert_str_eq(a.path, "/2015-03-31/functions/tok/invocations");
    cr_assert_str_eq(a.region, "us-east-1");
    cr_assert_str_eq(a.service, "lambda");
    a = invoke("tok:$LATEST", "us-east-1", NULL);
    cr_assert_str_eq(a.query, "Qualifier=%24LATEST");
    a = invoke("123456789012:function:tok:7", "us-east-1", NULL);
    cr_assert_str_eq(a.path, "/2015-03-31/functions/123456789012%3Afunction%3Atok/invocations");
    cr_assert_str_eq(a.query, "Qualifier=7");
    a = invoke(ARN, NULL, NULL);
    cr_assert_str_eq(a.host, "lambda.eu-west-1.amazonaws.com");
    cr_assert_str_eq(a.path, "/2015-03-31/functions/"
                             "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Atok/"
                             "invocations");
    a = invoke("tok", "cn-north-1", "");
    cr_assert_str_eq(a.host, "lambda.cn-north-1.amazonaws.com.cn");
    a = invoke("tok", "us-gov-west-1", NULL);
    cr_assert_str_eq(a.host, "lambda.us-gov-west-1.amazonaws.com");
}

Test(address, invoke_elsewhere)
{
    struct address a = invoke("tok:prod", "us-east-1", "http://localhost:4566");
    cr_assert_str_eq(a.url,
                     "http://localhost:4566/2015-03-31/functions/tok/invocations?Qualifier=prod");
    cr_assert_not(a.tls);
    a = invoke("tok", "us-east-1", "https://proxy.example/aws/");
    cr_assert_str_eq(a.path, "/aws/2015-03-31/functions/tok/invocations");
    cr_assert_str_eq(a.service, "lambda");
    no_invoke("tok", "us-east-1", "http://u:hunter2@localhost", "user name or password");
    no_invoke("tok", "us-east-1", "http://localhost?x=1", "query");
    no_invoke("tok", "us-east-1", "localhost:4566", "http://");
    struct function_name f = function("tok");
    struct err e;
    struct address_style fips = {.fips = true};
    cr_assert_eq(address_invoke(&f, "us-east-1", "http://localhost", fips, &a, &e), ERR_BAD);
    cr_assert_eq(address_invoke(&f, "us-east-1", NULL, fips, &a, &e), 0);
    cr_assert_str_eq(a.host, "lambda-fips.us-east-1.amazonaws.com");
    struct address_style dual = {.dual_stack = true};
    cr_assert_eq(address_invoke(&f, "us-east-1", NULL, dual, &a, &e), 0);
    cr_assert_str_eq(a.host, "lambda.us-east-1.api.aws");
}

Test(address, services)
{
    struct address a;
    struct err e;
    cr_assert_eq(address_service("sts", "cn-north-1", plain, &a, &e), 0);
    cr_assert_str_eq(a.url, "https://sts.cn-north-1.amazonaws.com.cn/");
    cr_assert_eq(address_service("sts", "x", plain, &a, &e), ERR_BAD);
}

Test(address, regions_must_agree)
{
    no_invoke("tok", NULL, NULL, "no region");
    no_invoke("tok", "", NULL, "no region");
    no_invoke("tok", "Frankfurt", NULL, "not a region");
    no_invoke("tok", "us-east-1/../x", NULL, "not a region");
    no_invoke(ARN, "us-east-1", NULL, "ARN says region eu-west-1, but us-east-1");
    no_invoke("arn:aws-cn:lambda:eu-west-1:123456789012:function:tok", NULL, NULL,
              "belongs to aws");
}

Test(address, urls_of_functions)
{
    struct address a = url("https://abc.lambda-url.eu-west-1.on.aws");
    cr_assert_str_eq(a.path, "/");
    cr_assert_str_eq(a.region, "eu-west-1");
    cr_assert_str_eq(a.service, "lambda");
    a = url("https://abc.lambda-url.eu-west-1.on.aws/x?b=1");
    cr_assert_str_eq(a.url, "https://abc.lambda-url.eu-west-1.on.aws/x?b=1");
    a = url("https://a1.execute-api.us-east-2.amazonaws.com/prod");
    cr_assert_str_eq(a.service, "execute-api");
    cr_assert_str_eq(a.region, "us-east-2");
    a = url("https://lambda.cn-north-1.amazonaws.com.cn/");
    cr_assert_str_eq(a.region, "cn-north-1");
    a = url("https://abc.lambda-url.eu-west-1.on.aws.evil.example/");
    cr_assert_str_eq(a.service, "");
    a = url("https://abc.lambda-url.somewhere.on.aws/");
    cr_assert_str_eq(a.region, "");
    a = url("http://localhost/");
    cr_assert_str_eq(a.region, "");
}

Test(address, urls)
{
    struct address a = url("HTTP://LocalHost:80/a?b");
    cr_assert_str_eq(a.url, "http://localhost/a?b");
    a = url("https://x.example:443");
    cr_assert_str_eq(a.host, "x.example");
    a = url("https://x.example:80");
    cr_assert_str_eq(a.host, "x.example:80");
    a = url("http://[::1]:9001/p");
    cr_assert_str_eq(a.host, "[::1]:9001");
    a = url("http://127.0.0.1:");
    cr_assert_str_eq(a.host, "127.0.0.1");
    a = url("http://x/?");
    cr_assert_str_eq(a.query, "");
    a = url("http://x?a=b");
    cr_assert_str_eq(a.url, "http://x/?a=b");
}

Test(address, urls_refused)
{
    static char path[3000] = "http://x/";
    memset(path + 9, 'p', sizeof path - 10);
    no_url("", "http://");
    no_url("x.example", "http://");
    no_url("ftp://x", "http://");
    no_url("http://", "no host");
    no_url("http://:80/", "no host");
    no_url("http:///path", "no host");
    no_url("http://user:hunter2@x/", "user name or password");
    no_url("http://hunter2@x", "user name or password");
    no_url("http://user:hunter2/and+more@x/", "user name or password");
    no_url("http://hunter2+x/y@x/", "user name or password");
    (void)url("http://x/an@in/the/path?a=@");
    no_url("http://x/ y", "a blank: it is written %20");
    no_url("http://x/\r\nHost: y", "a control character: it is written %0D");
    no_url("http://x:0/", "port");
    no_url("http://x:65536/", "port");
    no_url("http://x:99999999999999999999/", "port");
    no_url("http://x:80a/", "port");
    no_url("http://x/a#b", "fragment");
    no_url("http://x/100%", "hexadecimal");
    no_url("http://x/%zz", "hexadecimal");
    no_url("http://x/?a=%2", "hexadecimal");
    no_url("http://a..b/", "host");
    no_url("http://.b/", "host");
    no_url("http://a_b!/", "host");
    no_url("http://[::1/", "host");
    no_url("http://[::1]x/", "host");
    no_url("http://[gg]/", "host");
    no_url("http://[]/", "host");
    no_url(path, "path has");
    memset(path, 'a', sizeof path - 1);
    memcpy(path, "http://", 7);
    no_url(path, "host");
    memcpy(path, "http://x/?", 10);
    no_url(path, "query has");
}
