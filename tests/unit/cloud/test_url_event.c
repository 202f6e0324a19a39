#include "cloud/url_event.h"

#include "base/units.h"
#include "tests/lib/raw_http.h"

#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <pthread.h>

/* ---- results ---------------------------------------------------------------------------- */

static struct url_answer read_one(const char *json, bool good)
{
    struct url_answer a;
    cr_assert_eq(url_answer_read(json, strlen(json), &a), good, "%s", json);
    return a;
}

Test(url_event, a_result_is_an_answer_or_a_body)
{
    struct url_answer a =
        read_one("{\"statusCode\":201,\"headers\":{\"X-A\":\"b\",\"n\":7,\"t\":true,"
                 "\"Connection\":\"close\"},\"cookies\":[\"k=v\",\"l=w\"],"
                 "\"body\":\"dGV4dA==\",\"isBase64Encoded\":true}",
                 true);
    const struct http_field want[] = {{"X-A", "b"},          {"n", "7"},
                                      {"t", "true"},         {"Set-Cookie", "k=v"},
                                      {"Set-Cookie", "l=w"}, {"Content-Type", "application/json"}};
    cr_assert_eq(a.status, 201);
    cr_assert_eq(a.field_count, 6);
    for (int i = 0; i < 6; i++) {
        cr_assert_str_eq(a.fields[i].name, want[i].name);
        cr_assert_str_eq(a.fields[i].value, want[i].value);
    }
    cr_assert_str_eq(a.body.data, "text");
    url_answer_free(&a);
    a = read_one("{\"status\":\"of something else\"}", true);
    cr_assert_eq(a.status, 200);
    cr_assert_str_eq(a.body.data, "{\"status\":\"of something else\"}");
    url_answer_free(&a);
    a = read_one("\"plain \\\"text\\\"\"", true);
    cr_assert_str_eq(a.body.data, "plain \"text\"");
    url_answer_free(&a);
    a = read_one("{\"statusCode\":204}", true);
    cr_assert_eq(a.body.size, 0);
    url_answer_free(&a);
}

Test(url_event, a_result_that_is_no_answer)
{
    const char *bad[] = {"",
                         "nope",
                         "{\"statusCode\":99}",
                         "{\"statusCode\":600}",
                         "{\"statusCode\":\"x\"}",
                         "{\"statusCode\":200,\"body\":7}",
                         "{\"statusCode\":200,\"headers\":{\"a b\":\"c\"}}",
                         "{\"statusCode\":200,\"headers\":{\"a\":\"b\\r\\nX: y\"}}",
                         "{\"statusCode\":200,\"headers\":{\"a\":{}}}",
                         "{\"statusCode\":200,\"body\":\"???\",\"isBase64Encoded\":true}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct url_answer a = read_one(bad[i], false);
        url_answer_free(&a);
    }
}

/* ---- events: from a request as it came over a connection ------------------------------------ */

static struct buffer event;
static struct reactor *reactor;

static void serve(void *context, struct http_request *r)
{
    (void)context;
    const struct url_event u = {.request = r,
                                .path = "/a%20b",
                                .query = strchr(r->target, '?') ? strchr(r->target, '?') + 1 : "",
                                .domain = "id.lambda-url.r.on.aws",
                                .id = "id",
                                .account = "000000000000",
                                .request_id = "request-1",
                                .real_ms = INT64_C(1583348638390)};
    buffer_clear(&event);
    url_event_write(&event, &u);
    const struct http_answer a = {.status = 200};
    http_answer(r, &a);
}

static void *run_it(void *context)
{
    reactor_run(context);
    return NULL;
}

static cJSON *event_of(const char *request, size_t size)
{
    struct err e = {0};
    pthread_t thread;
    reactor = reactor_open(&e);
    const struct http_options o = {.connections_max = 10,
                                   .body_max = 10000,
                                   .bodies_max = 100000,
                                   .idle_ns = NS_PER_S,
                                   .serve = serve};
    struct http_server *server = http_open(reactor, &o, &e);
    cr_assert(server, "%s", e.text);
    pthread_create(&thread, NULL, run_it, reactor);
    int fd = raw_connect(http_port(server));
    raw_send(fd, request, size);
    struct raw_answer a = raw_read(fd);
    cr_assert_eq(a.status, 200);
    raw_free(&a);
    close(fd);
    reactor_stop(reactor);
    pthread_join(thread, NULL);
    http_close(server);
    reactor_close(reactor);
    cr_assert(url_event_is(event.data, event.size));
    cJSON *json = cJSON_ParseWithLength(event.data, event.size);
    cr_assert(json, "%s", event.data);
    buffer_free(&event);
    return json;
}

static void has(const cJSON *json, const char *path, const char *want)
{
    char name[100];
    for (const char *s = path; *s; s += *s == '/') {
        size_t length = strcspn(s, "/");
        snprintf(name, sizeof name, "%.*s", (int)length, s);
        json = cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(name))
                                   : cJSON_GetObjectItemCaseSensitive(json, name);
        s += length;
    }
    cr_assert(json && cJSON_IsString(json), "%s", path);
    cr_assert_str_eq(json->valuestring, want, "%s", path);
}

Test(url_event, a_request_in_payload_format_2)
{
    const char *request =
        "POST /x?a=1&b=%26&a=2&c&=&d=+ HTTP/1.1\r\nHost: h\r\nX-Twice: 1\r\n"
        "Cookie: k=v; l=\"w\"\r\nx-twice: 2\r\nUser-Agent: me\r\n"
        "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n[\"\xc3\xa9\\\"]";
    cJSON *json = event_of(request, strlen(request));
    has(json, "version", "2.0");
    has(json, "rawPath", "/a%20b");
    has(json, "rawQueryString", "a=1&b=%26&a=2&c&=&d=+");
    has(json, "queryStringParameters/a", "1,2");
    has(json, "queryStringParameters/b", "&");
    has(json, "queryStringParameters/c", "");
    has(json, "queryStringParameters/d", " ");
    has(json, "headers/x-twice", "1,2");
    has(json, "headers/host", "h");
    cr_assert_null(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "headers"), "cookie"));
    has(json, "cookies/0", "k=v");
    has(json, "cookies/1", "l=\"w\"");
    has(json, "body", "[\"\xc3\xa9\\\"]");
    cr_assert(cJSON_IsFalse(cJSON_GetObjectItem(json, "isBase64Encoded")));
    has(json, "requestContext/http/method", "POST");
    has(json, "requestContext/http/userAgent", "me");
    has(json, "requestContext/time", "04/Mar/2020:19:03:58 +0000");
    has(json, "requestContext/requestId", "request-1");
    cJSON_Delete(json);
}

Test(url_event, what_is_no_text_comes_as_base64)
{
    const char request[] =
        "POST /x HTTP/1.1\r\nHost: h\r\nX: \xe9\r\nContent-Length: 3\r\n\r\n\xff\0z";
    cJSON *json = event_of(request, sizeof request - 1);
    has(json, "body", "/wB6");
    has(json, "headers/x", "\xc3\xa9");
    cr_assert(cJSON_IsTrue(cJSON_GetObjectItem(json, "isBase64Encoded")));
    cJSON_Delete(json);
    const char empty[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    json = event_of(empty, sizeof empty - 1);
    cr_assert_null(cJSON_GetObjectItem(json, "body"));
    cr_assert_null(cJSON_GetObjectItem(json, "queryStringParameters"));
    cJSON_Delete(json);
}
