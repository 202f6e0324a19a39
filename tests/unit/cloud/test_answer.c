/* What answers mean: the tables of faas.md 1 and 10.3, line by line. */
#include "cloud/answer.h"

#include "cloud/invoker_parts.h"

#include <criterion/criterion.h>
#include <string.h>

static struct judgement judge(int status, const char *type, const char *function_error,
                              const char *body, enum answer_front front)
{
    static struct invoker_call c;
    struct judgement j;
    memset(&c, 0, sizeof c);
    invoker_said_init(&c.said);
    c.said.status = status;
    strcpy(c.said.error_type, type);
    strcpy(c.said.function_error, function_error);
    c.answer = (char *)(uintptr_t)body;
    c.answer_size = strlen(body);
    answer_judge(&c, front, &j);
    cr_assert((j.why[0] == 0) == (j.status == ANSWER_OK));
    return j;
}

static enum answer_status plain(int status, const char *type, const char *body)
{
    return judge(status, type, "", body, ANSWER_FRONT_INVOKE).status;
}

Test(answer, a_status_says_what_to_do)
{
    cr_assert_eq(plain(200, "", "[]"), ANSWER_OK);
    for (int s = 300; s < 500; s++) {
        enum answer_status want = s == 408 || s == 409 ? ANSWER_ERROR
                                  : s == 413           ? ANSWER_TOO_LARGE
                                  : s == 429           ? ANSWER_THROTTLED
                                                       : ANSWER_REFUSED;
        cr_assert_eq(plain(s, "", ""), want, "%d", s);
    }
    for (int s = 500; s < 600; s++)
        cr_assert_eq(plain(s, "", ""), ANSWER_ERROR, "%d", s);
}

Test(answer, the_type_of_an_error_counts_more_than_its_status)
{
    cr_assert_eq(plain(400, "ThrottlingException", ""), ANSWER_THROTTLED);
    cr_assert_eq(plain(502, "EC2ThrottledException", ""), ANSWER_THROTTLED);
    cr_assert_eq(plain(502, "KMSDisabledException", ""), ANSWER_REFUSED);
    cr_assert_eq(plain(502, "ResourceNotReadyException", ""), ANSWER_ERROR);
    cr_assert_eq(plain(400, "RequestTimeoutException", ""), ANSWER_ERROR);
    cr_assert_eq(plain(400, "", "{\"__type\":\"com.amazonaws#SlowDown\"}"), ANSWER_THROTTLED);
    cr_assert_eq(plain(400, "SlowDownNot", ""), ANSWER_REFUSED);
    cr_assert_eq(plain(200, "SlowDown", "[]"), ANSWER_OK);
}

Test(answer, a_throttle_says_which_ceiling)
{
    struct judgement j =
        judge(429, "TooManyRequestsException", "",
              "{\"Reason\":\"FunctionInvocationRateLimitExceeded\",\"message\":\"Rate Exceeded.\"}",
              ANSWER_FRONT_INVOKE);
    cr_assert_eq(j.reason, THROTTLE_RATE);
    j = judge(429, "TooManyRequestsException", "",
              "{\"Reason\":\"ConcurrentInvocationLimitExceeded\",\"message\":\"Rate Exceeded.\"}",
              ANSWER_FRONT_INVOKE);
    cr_assert_eq(j.reason, THROTTLE_CONCURRENCY);
    cr_assert_str_eq(j.why,
                     "the platform throttles (HTTP 429 TooManyRequestsException): Rate Exceeded.");
}

Test(answer, a_function_fails_inside_a_200)
{
    struct judgement j =
        judge(200, "", "Unhandled", "{\"errorType\":\"ValueError\",\"errorMessage\":\"no\"}",
              ANSWER_FRONT_INVOKE);
    cr_assert_eq(j.status, ANSWER_FUNCTION_ERROR);
    cr_assert_str_eq(j.why, "the function failed: ValueError: no");
    j = judge(200, "", "Unhandled",
              "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: 1 Error: Task "
              "timed out after 1.00 seconds\"}",
              ANSWER_FRONT_INVOKE);
    cr_assert_eq(j.status, ANSWER_TIMEOUT);
    j = judge(200, "", "Unhandled",
              "{\"errorMessage\":\"2026-11-29T10:00:00Z 1 Task timed out after 3.00 seconds\"}",
              ANSWER_FRONT_INVOKE);
    cr_assert_eq(j.status, ANSWER_TIMEOUT);
    j = judge(200, "", "Unhandled", "{\"errorType\":\"Function.ResponseSizeTooLarge\"}",
              ANSWER_FRONT_INVOKE);
    cr_assert_eq(j.status, ANSWER_TOO_LARGE);
    j = judge(200, "", "Handled", "not json", ANSWER_FRONT_INVOKE);
    cr_assert_eq(j.status, ANSWER_FUNCTION_ERROR);
}

Test(answer, behind_a_function_url_502_is_the_function)
{
    cr_assert_eq(judge(502, "", "", "Internal Server Error", ANSWER_FRONT_URL).status,
                 ANSWER_FUNCTION_ERROR);
    cr_assert_eq(judge(502, "", "", "", ANSWER_FRONT_INVOKE).status, ANSWER_ERROR);
}

Test(answer, expired_keys_are_tried_once_more)
{
    struct judgement j = judge(403, "ExpiredTokenException", "", "", ANSWER_FRONT_INVOKE);
    cr_assert(j.expired);
    cr_assert_eq(j.status, ANSWER_ERROR);
    j = judge(403, "AccessDeniedException", "", "", ANSWER_FRONT_INVOKE);
    cr_assert_not(j.expired);
    cr_assert_eq(j.status, ANSWER_REFUSED);
}

Test(answer, a_sentence_shows_no_account_and_moves_no_cursor)
{
    struct judgement j = judge(404, "ResourceNotFoundException", "",
                               "{\"Message\":\"Function not found: "
                               "arn:aws:lambda:us-east-1:123456789012:function:x\\u001b[2J\"}",
                               ANSWER_FRONT_INVOKE);
    cr_assert(strstr(j.why, "Function not found: arn:aws:lambda:us-east-1:************:function:x"),
              "%s", j.why);
    cr_assert(!strchr(j.why, '\033'));
}

Test(answer, an_answer_without_result_is_explained)
{
    struct judgement j = judge(202, "", "", "", ANSWER_FRONT_INVOKE);
    cr_assert_eq(j.status, ANSWER_REFUSED);
    cr_assert(strstr(j.why, "brings no result"));
}

Test(answer, no_http_is_no_answer)
{
    static const struct {
        enum invoker_failure failure;
        enum answer_status status;
        bool gone;
    } rows[] = {
        {INVOKER_NO_HOST, ANSWER_ERROR, true},      {INVOKER_NO_PEER, ANSWER_ERROR, true},
        {INVOKER_DISTRUST, ANSWER_REFUSED, true},   {INVOKER_NO_HTTP, ANSWER_REFUSED, true},
        {INVOKER_BROKEN, ANSWER_ERROR, true},       {INVOKER_LATE, ANSWER_TIMEOUT, true},
        {INVOKER_UNPREPARED, ANSWER_REFUSED, true}, {INVOKER_TOO_LARGE, ANSWER_TOO_LARGE, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct invoker_call c = {.failure = rows[i].failure, .why = "why not"};
        struct judgement j;
        answer_judge(&c, ANSWER_FRONT_INVOKE, &j);
        cr_assert_eq(j.status, rows[i].status);
        cr_assert_eq(j.gone, rows[i].gone);
        cr_assert_str_eq(j.why, "why not");
    }
}
