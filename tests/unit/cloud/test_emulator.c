#include "tests/lib/emulator_rig.h"

#include <pthread.h>

Test(emulator, an_invocation_has_the_headers_that_clients_read)
{
    struct emulator_options o = rig_options();
    struct emulator *emulator = rig_open(&o);
    struct raw_answer a = rig_ask(emulator, INVOKE, "", "[\"It's raining, it pours\"]");
    cr_assert_eq(a.status, 200);
    cr_assert_str_eq(a.body, "[\"It\",\"s\",\"raining\",\"it\",\"pours\"]");
    cr_assert_str_eq(raw_header(&a, "content-type"), "application/json");
    cr_assert_str_eq(raw_header(&a, "x-amz-executed-version"), "$LATEST");
    cr_assert_str_eq(raw_header(&a, "x-amzn-remapped-content-length"), "0");
    cr_assert_str_eq(raw_header(&a, "x-spillway-executions"), "1");
    cr_assert_eq(strlen(raw_header(&a, "x-amzn-requestid")), 36);
    cr_assert_eq(strncmp(raw_header(&a, "x-amzn-trace-id"), "Root=1-", 7), 0);
    cr_assert_null(raw_header(&a, "x-amz-function-error"));
    cr_assert(raw_header(&a, "x-spillway-init-ms"), "the first one is cold");
    raw_free(&a);
    a = rig_ask(emulator, INVOKE, "", "[]");
    cr_assert_null(raw_header(&a, "x-spillway-init-ms"), "the second one is warm");
    raw_free(&a);
    emulator_close(emulator);
}

Test(emulator, a_function_has_many_names)
{
    struct emulator_options o = rig_options();
    struct emulator *emulator = rig_open(&o);
    const char *names[] = {
        "tokenize",
        "tokenize:prod",
        "tokenize%3Aprod",
        "tokenize%3A%24LATEST",
        "123456789012:function:tokenize",
        "arn:aws:lambda:eu-west-1:123456789012:function:tokenize",
        "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Atokenize%3A7"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char line[300];
        snprintf(line, sizeof line, "POST /2015-03-31/functions/%s/invocations", names[i]);
        rig_expect(emulator, line, "", "[\"x\"]", 200, "[\"x\"]");
    }
    rig_expect(emulator, INVOKE "?Qualifier=%24LATEST", "", "", 200, "errorMessage");
    rig_expect(emulator, "POST /2015-03-31/functions/tokenize:a/invocations?Qualifier=b", "", "[]",
               400, "The derived qualifier from the function name does not match");
    rig_expect(emulator, "POST /2015-03-31/functions/nobody/invocations?Qualifier=prod", "", "[]",
               404,
               "{\"Type\":\"User\",\"Message\":\"Function not found: "
               "arn:aws:lambda:us-east-1:000000000000:function:nobody:prod\"}");
    rig_expect(emulator, "POST /2015-03-31/functions/a%20b%2Fc/invocations", "", "[]", 400,
               "cannot stand there");
    emulator_close(emulator);
}

Test(emulator, what_is_wrong_is_told_as_aws_tells_it)
{
    struct emulator_options o = rig_options();
    struct emulator *emulator = rig_open(&o);
    struct raw_answer a = rig_ask(emulator, INVOKE, "", "{\"a\":");
    cr_assert_eq(a.status, 400);
    cr_assert_str_eq(raw_header(&a, "x-amzn-errortype"), "InvalidRequestContentException");
    raw_free(&a);
    rig_expect(emulator, INVOKE, "X-Amz-Invocation-Type: Sometimes\r\n", "[]", 400,
               "InvocationType must be");
    rig_expect(emulator, "GET /2015-03-31/functions/tokenize/invocations", "", "", 404,
               "no such method here");
    rig_expect(emulator, "GET /", "", "", 404, "no such path here");
    rig_expect(emulator, "POST /2015-03-31/functions//invocations", "", "", 404, "no such path");
    char long_context[4000 + 40];
    int n = snprintf(long_context, sizeof long_context, "X-Amz-Client-Context: ");
    memset(long_context + n, 'a', 3600);
    memcpy(long_context + n + 3600, "\r\n", 3);
    rig_expect(emulator, INVOKE, long_context, "[]", 400, "3583");
    emulator_close(emulator);
}

Test(emulator, payloads_have_their_limits)
{
    struct emulator_options o = rig_options();
    struct emulator *emulator = rig_open(&o);
    size_t limit = 6 * 1024 * 1024 + 100;
    char *body = malloc(limit + 2);
    memset(body, 'a', limit + 1);
    memcpy(body, "[\"", 2);
    memcpy(body + limit - 2, "\"]", 3);
    struct raw_answer a = rig_ask(emulator, INVOKE, "", body);
    cr_assert_eq(a.status, 200, "%s", a.text);
    cr_assert_eq(a.size, limit, "one token as long as the whole");
    raw_free(&a);
    memcpy(body + limit - 2, "a\"]", 4);
    a = rig_ask(emulator, INVOKE, "", body);
    cr_assert_eq(a.status, 413);
    cr_assert_str_eq(raw_header(&a, "x-amzn-errortype"), "RequestEntityTooLargeException");
    cr_assert(strstr(a.body, "6291557 byte payload is too large for the RequestResponse invocation "
                             "type (limit 6291556 bytes)"));
    raw_free(&a);
    memcpy(body + 1024 * 1024 - 1, "\"]", 3);
    rig_expect(emulator, INVOKE, "X-Amz-Invocation-Type: Event\r\n", body, 413,
               "1048577 byte payload is too large for the Event invocation type (limit 1048576 "
               "bytes)");
    memcpy(body + 1024 * 1024 - 2, "\"]", 3);
    rig_expect(emulator, INVOKE, "X-Amz-Invocation-Type: Event\r\n", body, 202, "");
    rig_until(emulator, events_done, 1);
    free(body);
    emulator_close(emulator);
}

Test(emulator, event_and_dry_run)
{
    struct emulator_options o = rig_options();
    o.event_retry_ns = 20 * NS_PER_MS;
    struct emulator *emulator = rig_open(&o);
    struct raw_answer a = rig_ask(emulator, INVOKE, "X-Amz-Invocation-Type: DryRun\r\n", "[]");
    cr_assert_eq(a.status, 204);
    cr_assert_null(raw_header(&a, "x-amz-executed-version"));
    raw_free(&a);
    a = rig_ask(emulator, INVOKE, "X-Amz-Invocation-Type: Event\r\n", "[\"a\"]");
    cr_assert_eq(a.status, 202);
    cr_assert_eq(a.size, 0);
    cr_assert_null(raw_header(&a, "x-amz-executed-version"));
    raw_free(&a);
    rig_until(emulator, events_done, 1);
    struct account_seen seen;
    emulator_seen_all(emulator, &seen);
    cr_assert_eq(seen.faas.calls, 1, "the dry run ran nothing");
    rig_expect(emulator, INVOKE, "X-Amz-Invocation-Type: Event\r\n", "{\"not\":\"it\"}", 202, "");
    rig_until(emulator, events_dropped, 1);
    emulator_seen_all(emulator, &seen);
    cr_assert_eq(seen.faas.function_errors, 3, "once, and twice more");
    cr_assert_eq(seen.events_waiting, 0);
    emulator_fault(emulator, FAULT_THROTTLE, 0, 100 * NS_PER_MS);
    rig_expect(emulator, INVOKE, "X-Amz-Invocation-Type: Event\r\n", "[\"b\"]", 202, "");
    rig_until(emulator, events_done, 2);
    emulator_seen_all(emulator, &seen);
    cr_assert_geq(seen.refused[REFUSED_CONCURRENCY], 2, "throttled, and tried again until it ran");
    emulator_close(emulator);
}

Test(emulator, the_log_tail_comes_when_asked_for)
{
    struct emulator_options o = rig_options();
    struct emulator *emulator = rig_open(&o);
    struct raw_answer a = rig_ask(emulator, INVOKE, "X-Amz-Log-Type: Tail\r\n", "[\"a\"]");
    struct buffer log = {0};
    const char *encoded = raw_header(&a, "x-amz-log-result");
    cr_assert(encoded && buffer_unbase64(&log, encoded, strlen(encoded)));
    const char *id = raw_header(&a, "x-amzn-requestid");
    char want[200];
    snprintf(want, sizeof want, "START RequestId: %s Version: $LATEST\nEND RequestId: %s\nREPORT ",
             id, id);
    cr_assert_eq(strncmp(log.data, want, strlen(want)), 0, "%s", log.data);
    cr_assert(strstr(log.data, "\tMemory Size: 512 MB\tMax Memory Used: "));
    cr_assert(strstr(log.data, " MB\tInit Duration: "));
    cr_assert_str_eq(log.data + log.size - 5, " ms\t\n");
    buffer_free(&log);
    raw_free(&a);
    emulator_close(emulator);
}

Test(emulator, function_urls_by_path_and_by_host)
{
    struct emulator_options o = rig_options();
    struct emulator *emulator = rig_open(&o);
    rig_expect(emulator, "POST /url/tokenize/", "", "[\"a b\"]", 200, "[\"a\",\"b\"]");
    rig_expect(emulator, "POST /url/tokenize", "", "[\"a b\"]", 200, "[\"a\",\"b\"]");
    rig_expect(emulator, "PUT /url/tokenize/any/path?x=1", "Content-Type: image/png\r\n", "[\"c\"]",
               200, "[\"c\"]");
    rig_expect(emulator, "POST /url/tokenize/", "", "nothing", 502, "Internal Server Error");
    rig_expect(emulator, "POST /url/nobody/", "", "[]", 404, "no function has this URL");
    struct raw_answer a = rig_ask(emulator, "GET /2021-10-31/functions/tokenize/url", "", "");
    cr_assert(strstr(a.body, "/url/tokenize/\""), "%s", a.body);
    raw_free(&a);
    int fd = raw_connect(emulator_port(emulator));
    const char *text = "POST / HTTP/1.1\r\nHost: tokenize.lambda-url.eu-west-1.on.aws\r\n"
                       "Content-Length: 5\r\n\r\n[\"d\"]";
    raw_send(fd, text, strlen(text));
    a = raw_read(fd);
    cr_assert_eq(a.status, 200);
    cr_assert_str_eq(a.body, "[\"d\"]");
    raw_free(&a);
    close(fd);
    emulator_close(emulator);
}

Test(emulator, the_control_plane_that_clients_use)
{
    struct emulator_options o = rig_options();
    struct emulator *emulator = rig_open(&o);
    rig_expect(emulator, "GET /2015-03-31/functions", "", "", 200, "\"FunctionName\":\"tokenize\"");
    rig_expect(emulator, "GET /2015-03-31/functions/", "", "", 200, "\"State\":\"Active\"");
    rig_expect(emulator, "GET /2015-03-31/functions/tokenize", "", "", 200,
               "\"LastUpdateStatus\":\"Successful\"");
    rig_expect(emulator, "GET /2015-03-31/functions/tokenize/configuration", "", "", 200,
               "\"MemorySize\":512");
    rig_expect(emulator, "GET /2015-03-31/functions/nobody", "", "", 404, "Function not found");
    rig_expect(emulator, "GET /2019-09-30/functions/tokenize/concurrency", "", "", 200, "{}");
    rig_expect(emulator, "PUT /2017-10-31/functions/tokenize/concurrency", "",
               "{\"ReservedConcurrentExecutions\":900}", 200,
               "{\"ReservedConcurrentExecutions\":900}");
    rig_expect(emulator, "PUT /2017-10-31/functions/tokenize/concurrency", "",
               "{\"ReservedConcurrentExecutions\":901}", 400, "minimum value of [100]");
    rig_expect(emulator, "PUT /2017-10-31/functions/tokenize/concurrency", "",
               "{\"ReservedConcurrentExecutions\":-1}", 400, "whole number");
    rig_expect(emulator, "GET /2016-08-19/account-settings", "", "", 200,
               "\"ConcurrentExecutions\":1000,\"UnreservedConcurrentExecutions\":100}");
    rig_expect(emulator, "GET /2019-09-30/functions/tokenize/concurrency", "", "", 200,
               "{\"ReservedConcurrentExecutions\":900}");
    rig_expect(emulator, "DELETE /2017-10-31/functions/tokenize/concurrency", "", "", 204, "");
    rig_expect(emulator, "GET /2016-08-19/account-settings", "", "", 200,
               "\"UnreservedConcurrentExecutions\":1000}");
    rig_expect(emulator, "POST /2015-03-31/functions", "",
               "{\"FunctionName\":\"other\",\"MemorySize\":1024,\"Timeout\":5}", 201,
               "\"FunctionName\":\"other\"");
    rig_expect(emulator, "POST /2015-03-31/functions", "", "{\"FunctionName\":\"other\"}", 409,
               "already exist");
    rig_expect(emulator, "POST /2015-03-31/functions", "", "{\"FunctionName\":\"../x\"}", 400,
               "letters");
    rig_expect(emulator, "POST /2015-03-31/functions", "", "[]", 400, "object");
    rig_expect(emulator, "POST /2015-03-31/functions/other/invocations", "", "[\"z\"]", 200, "z");
    rig_expect(emulator, "DELETE /2015-03-31/functions/other", "", "", 204, "");
    rig_expect(emulator, "POST /2015-03-31/functions/other/invocations", "", "[]", 404, "other");
    emulator_close(emulator);
}

/* ---- ceilings ------------------------------------------------------------------------ */

struct crowd {
    struct emulator *emulator;
    int each;
    int by_status[600];
    char reason[80], retry[20];
};

static void *ask_often(void *context)
{
    struct crowd *c = context;
    int fd = raw_connect(emulator_port(c->emulator));
    for (int i = 0; i < c->each; i++) {
        struct raw_answer a = raw_ask(fd, INVOKE, "", "[\"a\"]", 5);
        if (a.status > 0)
            c->by_status[a.status]++;
        const char *from = a.status == 429 ? strstr(a.body, "\"Reason\":\"") : NULL;
        if (from) {
            snprintf(c->reason, sizeof c->reason, "%.*s", (int)strcspn(from + 10, "\""), from + 10);
            const char *retry = raw_header(&a, "retry-after");
            snprintf(c->retry, sizeof c->retry, "%s", retry ? retry : "none");
        }
        raw_free(&a);
    }
    close(fd);
    return NULL;
}

#define CROWD 8
static struct crowd ask_together(struct emulator *emulator, int each)
{
    static struct crowd c[CROWD];
    pthread_t thread[CROWD];
    struct crowd all = {0};
    for (int i = 0; i < CROWD; i++) {
        c[i] = (struct crowd){.emulator = emulator, .each = each};
        pthread_create(&thread[i], NULL, ask_often, &c[i]);
    }
    for (int i = 0; i < CROWD; i++) {
        pthread_join(thread[i], NULL);
        for (int s = 0; s < 600; s++)
            all.by_status[s] += c[i].by_status[s];
        if (c[i].reason[0]) {
            memcpy(all.reason, c[i].reason, sizeof all.reason);
            memcpy(all.retry, c[i].retry, sizeof all.retry);
        }
    }
    return all;
}

Test(emulator, concurrency_has_a_ceiling)
{
    struct emulator_options o = rig_options();
    o.faas.concurrency_limit = 3;
    o.faas.rate_limit = 1000;
    o.faas.constant_ns = 300 * NS_PER_MS;
    struct emulator *emulator = rig_open(&o);
    struct crowd c = ask_together(emulator, 1);
    cr_assert_eq(c.by_status[200], 3);
    cr_assert_eq(c.by_status[429], CROWD - 3);
    cr_assert_str_eq(c.reason, "ConcurrentInvocationLimitExceeded");
    cr_assert_str_eq(c.retry, "1");
    emulator_close(emulator);
}

Test(emulator, the_rate_has_a_ceiling)
{
    struct emulator_options o = rig_options();
    o.faas.rate_limit = 10;
    struct emulator *emulator = rig_open(&o);
    struct crowd c = ask_together(emulator, 5);
    cr_assert_geq(c.by_status[200], 10);
    cr_assert_geq(c.by_status[429], 1);
    cr_assert_str_eq(c.reason, "FunctionInvocationRateLimitExceeded");
    cr_assert_str_eq(c.retry, "1");
    emulator_close(emulator);
}

Test(emulator, a_reservation_is_a_ceiling_and_zero_is_off)
{
    struct emulator_options o = rig_options();
    o.faas.constant_ns = 300 * NS_PER_MS;
    struct emulator *emulator = rig_open(&o);
    rig_expect(emulator, "PUT /2017-10-31/functions/tokenize/concurrency", "",
               "{\"ReservedConcurrentExecutions\":2}", 200, "2");
    struct crowd c = ask_together(emulator, 1);
    cr_assert_eq(c.by_status[200], 2);
    cr_assert_str_eq(c.reason, "ReservedFunctionConcurrentInvocationLimitExceeded");
    rig_expect(emulator, "PUT /2017-10-31/functions/tokenize/concurrency", "",
               "{\"ReservedConcurrentExecutions\":0}", 200, "0");
    c = ask_together(emulator, 1);
    cr_assert_eq(c.by_status[429], CROWD);
    cr_assert_str_eq(c.retry, "none", "waiting does not help");
    emulator_close(emulator);
}

Test(emulator, scale_out_has_a_rate)
{
    struct emulator_options o = rig_options();
    o.faas.scale_per_10s = 2;
    o.faas.constant_ns = 300 * NS_PER_MS;
    struct emulator *emulator = rig_open(&o);
    struct crowd c = ask_together(emulator, 1);
    cr_assert_eq(c.by_status[200], 2);
    cr_assert_str_eq(c.reason, "ConcurrentInvocationLimitExceeded");
    cr_assert(strcmp(c.retry, "5") == 0 || strcmp(c.retry, "4") == 0, "%s", c.retry);
    struct account_seen seen;
    emulator_seen_all(emulator, &seen);
    cr_assert_eq(seen.refused[REFUSED_SCALE], CROWD - 2);
    emulator_close(emulator);
}

Test(emulator, idle_environments_are_reclaimed)
{
    struct emulator_options o = rig_options();
    o.faas.idle_ns = 50 * NS_PER_MS;
    struct emulator *emulator = rig_open(&o);
    rig_expect(emulator, INVOKE, "", "[]", 200, "");
    struct faas_seen seen = {.warm_idle = 1};
    for (int i = 0; i < 5000 && seen.warm_idle; i++) {
        usleep(1000);
        emulator_seen(emulator, &seen);
    }
    cr_assert_eq(seen.warm_idle, 0, "reclaimed by time alone");
    rig_expect(emulator, INVOKE, "", "[]", 200, "");
    emulator_seen(emulator, &seen);
    cr_assert_eq(seen.cold_starts, 2);
    emulator_close(emulator);
}

Test(emulator, a_function_that_takes_too_long_is_timed_out)
{
    struct emulator_options o = rig_options();
    o.faas.timeout_ns = 1000 * NS_PER_MS;
    o.faas.constant_ns = 2000 * NS_PER_MS;
    struct emulator *emulator = rig_open(&o);
    double begin = rig_now_s();
    struct raw_answer a = rig_ask(emulator, INVOKE, "", "[]");
    double took = rig_now_s() - begin;
    cr_assert(took >= 1.0 && took < 1.9, "%f", took);
    cr_assert_eq(a.status, 200);
    cr_assert_str_eq(raw_header(&a, "x-amz-function-error"), "Unhandled");
    cr_assert(strstr(a.body, "\"errorType\":\"Sandbox.Timedout\""));
    cr_assert(strstr(a.body, " Error: Task timed out after 1.00 seconds\""), "%s", a.body);
    raw_free(&a);
    struct faas_seen seen;
    emulator_seen(emulator, &seen);
    cr_assert_eq(seen.timeouts, 1);
    cr_assert_eq(seen.executed, 0);
    emulator_close(emulator);
}

/* ---- signatures ------------------------------------------------------------------------ */

Test(emulator, signatures_are_checked_when_asked_for)
{
    const struct sign_keys keys = {.access = "AKIDEXAMPLE", .secret = "not-much-of-a-secret"};
    struct emulator_options o = rig_options();
    o.keys = &keys;
    struct emulator *emulator = rig_open(&o);
    struct raw_answer a = rig_ask(emulator, INVOKE, "", "[]");
    cr_assert_eq(a.status, 403);
    cr_assert_str_eq(raw_header(&a, "x-amzn-errortype"), "MissingAuthenticationTokenException");
    raw_free(&a);
    struct signer *s = signer_open();
    const char *secrets[] = {"not-much-of-a-secret", "another"};
    for (int i = 0; i < 2; i++) {
        const struct sign_keys mine = {.access = "AKIDEXAMPLE", .secret = secrets[i]};
        const struct sign_scope scope = {"us-east-1", "lambda", (int64_t)time(NULL)};
        const struct sign_request r = {.method = "POST",
                                       .host = "127.0.0.1",
                                       .path = "/2015-03-31/functions/tokenize/invocations",
                                       .query = "Qualifier=prod",
                                       .body = "[\"a\"]",
                                       .body_size = 5};
        struct signature sig;
        struct err e = {0};
        cr_assert_eq(sign_request(s, &mine, &scope, &r, &sig, &e), 0, "%s", e.text);
        char headers[1000];
        snprintf(headers, sizeof headers, "Authorization: %s\r\nX-Amz-Date: %s\r\n",
                 sig.authorization, sig.date);
        rig_expect(emulator, INVOKE "?Qualifier=prod", headers, "[\"a\"]", i ? 403 : 200,
                   i ? "signature" : "[\"a\"]");
    }
    signer_close(s);
    rig_expect(emulator, "GET /metrics", "", "", 200, "# EOF\n");
    emulator_close(emulator);
}

/* ---- what is not AWS's ------------------------------------------------------------------ */

Test(emulator, metrics_and_state)
{
    struct emulator_options o = rig_options();
    struct emulator *emulator = rig_open(&o);
    rig_expect(emulator, INVOKE, "", "[]", 200, "");
    rig_expect(emulator, "GET /metrics", "", "", 200,
               "spillway_invocations_total{result=\"ok\"} 1\n");
    rig_expect(emulator, "GET /metrics", "", "", 200,
               "spillway_environments{function=\"tokenize\",state=\"idle\"} 1\n");
    rig_expect(emulator, "GET /_spillway/state", "", "", 200, "\"executed\":1,");
    rig_expect(emulator, "GET /_spillway/health", "", "", 200, "\"status\":\"ok\"");
    rig_expect(emulator, "POST /_spillway/fault", "", "error 100% 10s", 200,
               "\"fault\":\"error\",\"value\":\"100%\"");
    struct raw_answer a = rig_ask(emulator, INVOKE, "", "[]");
    cr_assert(a.status >= 500 && a.status <= 503, "%d", a.status);
    raw_free(&a);
    rig_expect(emulator, "POST /_spillway/fault", "Origin: http://example.org\r\n", "off", 403,
               "not for pages");
    rig_expect(emulator, "POST /_spillway/fault", "", "off", 200, "[]");
    rig_expect(emulator, "POST /_spillway/fault", "", "err 10%", 400, "no such fault");
    rig_expect(emulator, INVOKE, "", "[]", 200, "");
    emulator_close(emulator);
}

Test(emulator, a_bad_function_is_refused_with_a_sentence)
{
    const char *bad[] = {"tokenize",  "=native:tokenize",        "a b=native:tokenize",
                         "a=cobol:x", "a=native:sort",           "a=native",
                         "a=native:", "a=python:/nowhere/at/all"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct emulator_options o = rig_options();
        struct err e = {0};
        o.function = &bad[i];
        o.function_count = 1;
        cr_assert_null(emulator_open(&o, &e), "%s", bad[i]);
        cr_assert(e.code && strlen(e.text) > 10, "%s", bad[i]);
    }
    const char *twice[] = {"a=native:tokenize", "a=native:tokenize"};
    struct emulator_options o = rig_options();
    struct err e = {0};
    o.function = twice;
    o.function_count = 2;
    cr_assert_null(emulator_open(&o, &e));
    cr_assert(strstr(e.text, "two functions"));
}
