/* Where keys come from, in which order, and how they stay fresh. */
#include "home.h"

#include <sys/resource.h>
#include <time.h>

#include "../../lib/http_stub.h"
#include "cloud/credentials.h"
#include "cloud/credentials_find.h"

TestSuite(credentials, .init = home_begin, .fini = home_end, .timeout = 60);

static void finds(const char *profile, const char *access, const char *source)
{
    static struct key_set k;
    struct err e = {0};
    cr_assert_eq(credentials_find(profile, -1, &k, &e), 0, "%s", e.text);
    cr_assert_str_eq(k.access, access);
    cr_assert(strstr(k.source, source), "\"%s\" lacks \"%s\"", k.source, source);
}

static void fails(const char *profile, int code, const char *words)
{
    static struct key_set k;
    struct err e = {0};
    int got = credentials_find(profile, -1, &k, &e);
    cr_assert_eq(got, code, "%d: %s", got, e.text);
    cr_assert(strstr(e.text, words), "\"%s\" lacks \"%s\"", e.text, words);
    cr_assert_null(strstr(e.text, "hunter2"), "%s", e.text);
    cr_assert_str_eq(k.secret, "");
}

#define KEYS(name) "aws_access_key_id = " name "\naws_secret_access_key = hunter2\n"

Test(credentials, none)
{
    fails(NULL, ERR_BAD, "no AWS keys");
    fails("dev", ERR_BAD, "profile \"dev\" is neither in");
}

Test(credentials, order)
{
    home_write("config", "[default]\n" KEYS("CONFIG") "[profile dev]\n" KEYS("DEV"));
    finds(NULL, "CONFIG", "/.aws/config");
    home_write("config",
               "[default]\ncredential_process = printf "
               "'{\"Version\":1,\"AccessKeyId\":\"PROCESS\",\"SecretAccessKey\":\"s\"}'\n" KEYS(
                   "CONFIG") "[profile dev]\n" KEYS("DEV"));
    finds(NULL, "PROCESS", "credential_process");
    home_write("credentials", "[default]\n" KEYS("SHARED"));
    finds(NULL, "SHARED", "/.aws/credentials");
    setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT", 1);
    fails(NULL, ERR_BAD, "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not");
    setenv("AWS_SECRET_ACCESS_KEY", "hunter2", 1);
    finds(NULL, "ENVIRONMENT", "the environment");
    setenv("AWS_PROFILE", "dev", 1); /* does not beat keys of the environment … */
    finds(NULL, "ENVIRONMENT", "the environment");
    finds("dev", "DEV", "profile dev"); /* … an argument does */
}

Test(credentials, tokens_come_along)
{
    static struct key_set k;
    struct err e = {0};
    home_write("credentials", "[default]\n" KEYS("A") "aws_session_token = TOKEN==\n");
    cr_assert_eq(credentials_find(NULL, -1, &k, &e), 0);
    cr_assert_str_eq(k.token, "TOKEN==");
    setenv("AWS_ACCESS_KEY_ID", "B", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "hunter2", 1);
    setenv("AWS_SESSION_TOKEN", "OTHER", 1);
    cr_assert_eq(credentials_find(NULL, -1, &k, &e), 0);
    cr_assert_str_eq(k.token, "OTHER");
    setenv("AWS_SECRET_ACCESS_KEY", "hunter2\nX: y", 1);
    fails(NULL, ERR_BAD, "secret key of the environment has a character");
    static char longer[CREDENTIALS_TOKEN_MAX + 1];
    memset(longer, 't', sizeof longer - 1);
    setenv("AWS_SESSION_TOKEN", longer, 1);
    fails(NULL, ERR_BAD, "AWS_SESSION_TOKEN: has 16384 characters");
}

Test(credentials, what_is_not_done_says_what_to_do)
{
    home_write("config", "[profile web]\nrole_arn = arn:aws:iam::123456789012:role/x\n"
                         "web_identity_token_file = /x\n[profile sso]\nsso_session = corp\n"
                         "[profile half]\naws_access_key_id = A\n");
    fails("web", ERR_BAD, "profile \"web\" has a web_identity_token_file");
    fails("sso", ERR_BAD, "aws configure export-credentials --profile sso");
    fails("half", ERR_BAD, "no aws_secret_access_key");
    setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/x", 1);
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/tmp/token", 1);
    fails(NULL, ERR_BAD, "web identities");
}

/* ---- credential_process -------------------------------------------------------------------- */

static void process(const char *command, const char *words)
{
    char config[600];
    snprintf(config, sizeof config, "[default]\ncredential_process = %s\n", command);
    home_write("config", config);
    static struct key_set k;
    struct err e = {0};
    int code = credentials_find(NULL, -1, &k, &e);
    cr_assert_lt(code, 0);
    cr_assert(strstr(e.text, words), "\"%s\" lacks \"%s\"", e.text, words);
    cr_assert_null(strstr(e.text, "hunter2"), "%s", e.text);
}

Test(credentials, processes_that_go_wrong)
{
    process("sh -c 'echo hunter2; echo hunter2 >&2; exit 7'", "it ended with exit code 7");
    process("/no/such/program --key hunter2", "credential_process of profile \"default\":");
    process("echo hunter2", "not good JSON (line 1, column 1)");
    process("echo '{}'", "\"Version\" is not 1");
    process("echo '{\"Version\":2}'", "\"Version\" is not 1");
    process("echo '[]'", "not a JSON object");
    process("echo '{\"Version\":1,\"AccessKeyId\":\"hunter2\"}'", "\"SecretAccessKey\" is missing");
    process("echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":[\"hunter2\"]}'",
            "SecretAccessKey is not a text");
    process(
        "echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hunter2\",\"Expiration\":"
        "\"soon\"}'",
        "\"Expiration\" is not a time");
    process(
        "echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hunter2\",\"Expiration\":"
        "\"2020-01-01T00:00:00Z\"}'",
        "have expired already");
    process("head -c 70000 /dev/zero", "writes more than 65535 bytes");
    process("'open", "does not end");
    process(
        "printf '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hunter2\\\\u000a\"}'",
        "no printable ASCII");
}

Test(credentials, expirations)
{
    int64_t s;
    cr_assert(credentials_read_expiration("1970-01-01T00:00:10Z", &s) && s == 10);
    cr_assert(credentials_read_expiration("1970-01-01T01:00:10.123456+01:00", &s) && s == 10);
    cr_assert(credentials_read_expiration("1970-01-01T00:00:10-0001", &s) && s == 70);
    static const char *const wrong[] = {"",
                                        "1970",
                                        "1970-01-01",
                                        "1970-01-01T00:00:10",
                                        "1970-13-01T00:00:10Z",
                                        "1970-01-01T00:00:10Zx",
                                        "1970-01-01T00:00:10+1:00",
                                        "19700101T000010Z"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_not(credentials_read_expiration(wrong[i], &s), "%s", wrong[i]);
}

/* ---- container and instance ------------------------------------------------------------------ */

#define JSON_KEYS                                                                                  \
    "{\"AccessKeyId\":\"FETCHED\",\"SecretAccessKey\":\"hunter2\",\"Token\":\"T\","                \
    "\"Expiration\":\"2999-01-01T00:00:00Z\"}"

Test(credentials, container)
{
    static const struct stub_answer answers[] = {
        {"GET /keys ", "\r\nAuthorization: secret-token\r\n", STUB_OK JSON_KEYS},
        {"GET /bare ", NULL, STUB_OK JSON_KEYS},
        {"GET /broken ", NULL, STUB_OK "hunter2"},
        {"GET /long ", NULL, "HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n"},
        {"GET /moved ", NULL, "HTTP/1.1 302 Found\r\nLocation: http://example.com\r\n\r\n"},
        {NULL, NULL, NULL}};
    struct http_stub stub;
    char url[100], path[100];
    http_stub_start(&stub, answers);
    snprintf(url, sizeof url, "%s/keys", stub.url);
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
    fails(NULL, ERR_IO, "HTTP status 404");
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret-token", 1);
    finds(NULL, "FETCHED", "container");
    home_write("token", "other-token");
    snprintf(path, sizeof path, "%s/.aws/token", home);
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path, 1);
    fails(NULL, ERR_IO, "HTTP status 404");
    home_write("token", "secret-token");
    finds(NULL, "FETCHED", "container");
    home_write("token", "secret-token\nX: y");
    fails(NULL, ERR_BAD, "more than one line");
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/no/such", 1);
    fails(NULL, ERR_IO, "cannot be read");
    unsetenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *const paths[][2] = {{"/broken", "not good JSON"}, {"/moved", "HTTP status 302"}};
    for (int i = 0; i < 2; i++) {
        snprintf(url, sizeof url, "%s%s", stub.url, paths[i][0]);
        setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url, 1);
        fails(NULL, ERR_IO, paths[i][1]);
    }
    http_stub_stop(&stub);
    fails(NULL, ERR_IO, "the container's credentials: ");
}

Test(credentials, containers_elsewhere_are_refused)
{
    static const char *const wrong[] = {"http://example.com/x", "http://169.254.169.254/",
                                        "http://localhost.example.com/", "http://1127.0.0.1/"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", wrong[i], 1);
        fails(NULL, ERR_BAD, "plain HTTP");
    }
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://u:hunter2@localhost/", 1);
    fails(NULL, ERR_BAD, "user name or password");
}

Test(credentials, instance)
{
    static const struct stub_answer answers[] = {
        {"PUT /latest/api/token ", "\r\nX-aws-ec2-metadata-token-ttl-seconds: 21600\r\n",
         STUB_OK "TOKEN=="},
        {"GET /latest/meta-data/iam/security-credentials/ ",
         "\r\nX-aws-ec2-metadata-token: TOKEN==\r\n", STUB_OK "my-role\n"},
        {"GET /latest/meta-data/iam/security-credentials/my-role ",
         "\r\nX-aws-ec2-metadata-token: TOKEN==\r\n", STUB_OK JSON_KEYS},
        {NULL, NULL, NULL}};
    struct http_stub stub;
    http_stub_start(&stub, answers);
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", stub.url, 1);
    fails(NULL, ERR_BAD, "no AWS keys"); /* disabled */
    unsetenv("AWS_EC2_METADATA_DISABLED");
    finds(NULL, "FETCHED", "instance's role");
    http_stub_stop(&stub);
    fails(NULL, ERR_BAD, "no AWS keys");
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

Test(credentials, a_metadata_service_that_hangs_costs_a_second)
{
    static const struct stub_answer answers[] = {{"PUT ", NULL, NULL}, {NULL, NULL, NULL}};
    struct http_stub stub;
    http_stub_start(&stub, answers);
    setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", stub.url, 1);
    unsetenv("AWS_EC2_METADATA_DISABLED");
    double begun = seconds();
    fails(NULL, ERR_BAD, "no AWS keys");
    cr_assert_lt(seconds() - begun, 5);
    http_stub_stop(&stub);
}

/* ---- roles ------------------------------------------------------------------------------------ */

#define ROLE_XML                                                                                   \
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"   \
    "<Credentials>\n<AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>hunter2/+</"                \
    "SecretAccessKey>"                                                                             \
    "<SessionToken>T//==</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></"            \
    "Credentials>"                                                                                 \
    "</AssumeRoleResult></AssumeRoleResponse>"

static struct http_stub sts;

static void role(const char *settings)
{
    char config[900];
    snprintf(config, sizeof config,
             "[profile r]\nrole_arn = arn:aws:iam::123456789012:role/x y\nregion = eu-west-1\n%s\n"
             "[profile base]\n" KEYS("BASE") "[profile chain]\nrole_arn = z\n[profile none]\n",
             settings);
    home_write("config", config);
}

Test(credentials, roles_are_assumed)
{
    static const struct stub_answer answers[] = {
        {"GET "
         "/?Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole"
         "%2Fx%20y&RoleSessionName=me&ExternalId=e%2F1&DurationSeconds=900 ",
         "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=BASE/", STUB_OK ROLE_XML},
        {"GET "
         "/?Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole"
         "%2Fx%20y&RoleSessionName=spillway-",
         "\r\nX-Amz-Security-Token: TOKEN\r\n", STUB_OK ROLE_XML},
        {NULL, NULL, NULL}};
    static struct key_set k;
    struct err e = {0};
    http_stub_start(&sts, answers);
    setenv("AWS_ENDPOINT_URL_STS", sts.url, 1);
    role(
        "source_profile = base\nrole_session_name = me\nexternal_id = e/1\nduration_seconds = 900");
    cr_assert_eq(credentials_find("r", -1, &k, &e), 0, "%s", e.text);
    cr_assert_str_eq(k.access, "ASSUMED");
    cr_assert_str_eq(k.secret, "hunter2/+");
    cr_assert_str_eq(k.token, "T//==");
    cr_assert_gt(k.expires_s, 0);
    cr_assert_str_eq(k.source, "the role of profile r");
    role("credential_source = Environment");
    setenv("AWS_ACCESS_KEY_ID", "ENVIRONMENT", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "hunter2", 1);
    setenv("AWS_SESSION_TOKEN", "TOKEN", 1);
    finds("r", "ASSUMED", "role of profile r");
    setenv("AWS_PROFILE", "r", 1); /* keys in the environment go before the role */
    finds(NULL, "ENVIRONMENT", "the environment");
    http_stub_stop(&sts);
}

Test(credentials, roles_that_cannot_be_assumed)
{
    static const struct stub_answer answers[] = {
        {"GET /denied/?Action=AssumeRole", NULL,
         "HTTP/1.1 403 Forbidden\r\nConnection: "
         "close\r\n\r\n<ErrorResponse><Error><Type>Sender</Type>"
         "<Code>AccessDenied</Code><Message>hunter2</Message></Error></ErrorResponse>"},
        {"GET /half/?Action=AssumeRole", NULL, STUB_OK "<AccessKeyId>hunter2</AccessKeyId>"},
        {NULL, NULL, NULL}};
    char url[100];
    http_stub_start(&sts, answers);
    role("source_profile = base");
    const char *const paths[][2] = {{"/denied/", "AWS answered AccessDenied (HTTP status 403)"},
                                    {"/half/", "the answer has no keys"},
                                    {"/other/", "AWS answered something else (HTTP status 404)"}};
    for (int i = 0; i < 3; i++) {
        snprintf(url, sizeof url, "%s%s", sts.url, paths[i][0]);
        setenv("AWS_ENDPOINT_URL_STS", url, 1);
        fails("r", ERR_IO, paths[i][1]);
    }
    http_stub_stop(&sts);
    fails("r", ERR_IO, "role of profile \"r\": ");
    role("");
    fails("r", ERR_BAD, "one of source_profile and credential_source");
    role("source_profile = nobody");
    fails("r", ERR_BAD, "\"nobody\" is in neither file");
    role("source_profile = chain");
    fails("r", ERR_BAD, "assumes a role itself");
    role("source_profile = none");
    fails("r", ERR_BAD, "source_profile has no keys");
    role("source_profile = base\nmfa_serial = x");
    fails("r", ERR_BAD, "mfa_serial");
    role("source_profile = base\nduration_seconds = 1h");
    fails("r", ERR_BAD, "duration_seconds is not a number");
    role("credential_source = Moon");
    fails("r", ERR_BAD, "none of Environment");
}

/* ---- freshness ----------------------------------------------------------------------------------- */

/* A program that gives keys named after the number in ~/.aws/n, good for so many seconds. */
static void write_process(int life_s)
{
    char text[900];
    snprintf(text, sizeof text,
             "[default]\ncredential_process = sh -c 'n=$(cat %s/.aws/n) || exit 5; printf "
             "\"{\\\\\"Version\\\\\":1,\\\\\"AccessKeyId\\\\\":\\\\\"KEY$n\\\\\","
             "\\\\\"SecretAccessKey\\\\\":\\\\\"s\\\\\",\\\\\"Expiration\\\\\":\\\\\"%%s\\\\\"}\" "
             "$(date -u -d @$(($(date +%%s) + %d)) +%%Y-%%m-%%dT%%H:%%M:%%SZ)'\n",
             home, life_s);
    /* inside single quotes nothing is escaped */
    char *to = text;
    for (char *from = text; (*to = *from) != 0; from++)
        if (!(from[0] == '\\' && from[1] == '\\'))
            to++;
    home_write("config", text);
}

static bool becomes(struct credentials *c, const char *access)
{
    double until = seconds() + 20;
    while (seconds() < until) {
        if (strcmp(credentials_keys(c)->access, access) == 0)
            return true;
        usleep(20000);
    }
    return false;
}

Test(credentials, are_renewed_before_they_expire)
{
    struct credentials *c;
    struct err e = {0};
    home_write("n", "1");
    write_process(4);
    cr_assert_eq(credentials_open(NULL, &c, &e), 0, "%s", e.text);
    cr_assert_str_eq(credentials_keys(c)->access, "KEY1");
    cr_assert_gt(credentials_expire_s(c), 0);
    home_write("n", "2");
    cr_assert(becomes(c, "KEY2"));
    cr_assert(strstr(credentials_source(c), "credential_process"));
    credentials_close(c);
}

Test(credentials, old_ones_stay_while_new_ones_cannot_be_had)
{
    struct credentials *c;
    struct err e = {0};
    char text[600], path[100];
    home_write("n", "1");
    write_process(2);
    cr_assert_eq(credentials_open(NULL, &c, &e), 0, "%s", e.text);
    snprintf(path, sizeof path, "%s/.aws/n", home);
    unlink(path);
    double until = seconds() + 20;
    while (!credentials_trouble(c, text, sizeof text) && seconds() < until)
        usleep(20000);
    cr_assert(strstr(text, "exit code 5"), "%s", text);
    cr_assert_str_eq(credentials_keys(c)->access, "KEY1");
    cr_assert_not(credentials_trouble(c, text, sizeof text)); /* once */
    home_write("n", "3");
    cr_assert(becomes(c, "KEY3"));
    credentials_close(c);
}

Test(credentials, are_looked_for_at_once_when_asked)
{
    struct credentials *c;
    struct err e = {0};
    home_write("credentials", "[default]\n" KEYS("OLD"));
    cr_assert_eq(credentials_open(NULL, &c, &e), 0, "%s", e.text);
    cr_assert_eq(credentials_expire_s(c), 0);
    home_write("credentials", "[default]\n" KEYS("NEW"));
    cr_assert_str_eq(credentials_keys(c)->access, "OLD");
    credentials_renew(c);
    cr_assert(becomes(c, "NEW"));
    credentials_close(c);
}

Test(credentials, closing_does_not_wait_for_a_program)
{
    struct credentials *c;
    struct err e = {0};
    home_write("credentials", "[default]\n" KEYS("OLD"));
    cr_assert_eq(credentials_open(NULL, &c, &e), 0, "%s", e.text);
    home_write("credentials", "");
    home_write("config", "[default]\ncredential_process = sleep 50\n");
    credentials_renew(c);
    usleep(200000);
    double begun = seconds();
    credentials_close(c);
    cr_assert_lt(seconds() - begun, 10);
}

Test(credentials, turn_core_dumps_off)
{
    struct credentials *c;
    struct err e = {0};
    struct rlimit core;
    home_write("credentials", "[default]\n" KEYS("A"));
    cr_assert_eq(credentials_open(NULL, &c, &e), 0, "%s", e.text);
    cr_assert_eq(getrlimit(RLIMIT_CORE, &core), 0);
    cr_assert_eq(core.rlim_cur, 0);
    credentials_close(c);
    credentials_close(NULL);
}
