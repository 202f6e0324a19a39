/* The pool with a kind that does what the test says, in the test's own thread. */
#include "cloud/pool.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fake {
    const struct handler_host *host;
    int started, stopped, invoked;
    bool ready_at_once, answer_at_once, no_start;
    void *token; /* of the newest environment */
    char last_id[HANDLER_REQUEST_ID];
    int64_t deadline_ms;
};

static struct fake fake;

static void *fake_open(const struct handler_function *f, struct reactor *r,
                       const struct handler_host *host, struct err *e)
{
    (void)f, (void)r, (void)e;
    fake.host = host;
    return &fake;
}

static void *fake_start(void *opened, void *token, struct err *e)
{
    (void)opened;
    if (fake.no_start) {
        strcpy(e->text, "no process can be made");
        e->code = ERR_IO;
        return NULL;
    }
    fake.started++;
    fake.token = token;
    if (fake.ready_at_once)
        fake.host->ready(token);
    return token;
}

static void fake_invoke(void *environment, const struct handler_invocation *i)
{
    fake.invoked++;
    fake.deadline_ms = i->deadline_ms;
    memcpy(fake.last_id, i->request_id, sizeof fake.last_id);
    if (fake.answer_at_once)
        fake.host->answer(environment, i->request_id, HANDLER_OK, "42", 2);
}

static void fake_stop(void *environment)
{
    (void)environment;
    fake.stopped++;
}

static void fake_close(void *opened) { (void)opened; }

static const struct handler_kind fake_kind = {.name = "fake",
                                              .open = fake_open,
                                              .start = fake_start,
                                              .invoke = fake_invoke,
                                              .stop = fake_stop,
                                              .close = fake_close};

#define EACH 400

struct rig {
    struct reactor *reactor;
    struct account account;
    struct pool *pool;
    int done;
    enum answer_status status;
    enum refusal refusal;
    char body[300];
    bool cold, executed;
    int64_t billed_ms, init_ns, run_ns;
    int64_t each_init_ns[EACH], each_run_ns[EACH]; /* of the first ones, in order */
};

static struct rig rig;

static void note(struct invocation *i)
{
    if (rig.done < EACH) {
        rig.each_init_ns[rig.done] = i->init_ns;
        rig.each_run_ns[rig.done] = i->run_ns;
    }
    rig.done++;
    rig.status = i->status;
    rig.refusal = i->refusal;
    rig.cold = i->cold;
    rig.executed = i->executed;
    rig.billed_ms = i->billed_ms;
    rig.init_ns = i->init_ns;
    rig.run_ns = i->run_ns;
    snprintf(rig.body, sizeof rig.body, "%.*s", i->body ? (int)i->size : 0,
             i->body ? (const char *)i->body : "");
}

static struct faas_config config(void)
{
    struct faas_config c;
    faas_config_init(&c);
    c.calibration = CALIBRATION_NONE;
    c.constant_ns = 0;
    return c;
}

static void begin(const struct faas_config *c)
{
    struct err e = {0};
    memset(&rig, 0, sizeof rig);
    memset(&fake, 0, sizeof fake);
    fake.ready_at_once = fake.answer_at_once = true;
    rig.reactor = reactor_open(&e);
    cr_assert_eq(account_init(&rig.account, rig.reactor, c, 1, &e), 0);
    rig.account.region = "us-east-1";
    rig.account.id = "000000000000";
    const struct pool_options o = {.name = "f", .kind = &fake_kind, .source = "x", .faas = *c};
    rig.pool = pool_open(&rig.account, &o, &e);
    cr_assert(rig.pool, "%s", e.text);
}

static void finish(void)
{
    pool_close(rig.pool);
    account_free(&rig.account);
    reactor_close(rig.reactor);
}

static void call(void)
{
    struct invocation *i = pool_invocation(rig.pool);
    i->done = note;
    i->work.payload = "[]";
    i->work.size = 2;
    pool_invoke(i);
}

static void run_until(int done)
{
    for (int i = 0; i < 5000 && rig.done < done; i++)
        reactor_step(rig.reactor, NS_PER_MS);
    cr_assert_eq(rig.done, done);
}

Test(pool, a_call_that_is_answered_at_once_is_done_at_once)
{
    const struct faas_config c = config();
    begin(&c);
    call();
    cr_assert_eq(rig.done, 1);
    cr_assert(rig.cold && rig.executed);
    cr_assert_str_eq(rig.body, "42");
    cr_assert_geq(rig.billed_ms, 1);
    call();
    cr_assert_not(rig.cold);
    cr_assert_eq(fake.started, 1);
    cr_assert_eq(rig.account.seen.faas.warm_idle, 1);
    cr_assert_eq(rig.account.seen.faas.busy, 0);
    finish();
    cr_assert_eq(fake.stopped, 1);
}

Test(pool, two_at_once_need_two_environments)
{
    const struct faas_config c = config();
    begin(&c);
    fake.answer_at_once = false;
    call();
    void *first = fake.token;
    call();
    cr_assert_eq(fake.started, 2);
    cr_assert_eq(rig.account.seen.faas.busy, 2);
    fake.host->answer(first, NULL, HANDLER_OK, "1", 1);
    cr_assert_str_eq(rig.body, "1");
    fake.host->answer(first, NULL, HANDLER_OK, "again", 5);
    cr_assert_eq(rig.done, 1, "an answer that nobody waits for");
    fake.host->answer(fake.token, "another-request", HANDLER_OK, "x", 1);
    cr_assert_eq(rig.done, 1, "an answer to something else");
    fake.host->answer(fake.token, fake.last_id, HANDLER_OK, "2", 1);
    cr_assert_str_eq(rig.body, "2");
    finish();
}

Test(pool, init_and_run_are_floors_and_what_takes_longer_counts)
{
    struct faas_config c = config();
    c.constant_ns = 20 * NS_PER_MS;
    begin(&c);
    call();
    cr_assert_eq(rig.done, 0, "answered, but not before its time");
    run_until(1);
    cr_assert_geq(rig.run_ns, 20 * NS_PER_MS);
    fake.answer_at_once = false;
    call();
    for (int i = 0; i < 40; i++) {
        reactor_step(rig.reactor, NS_PER_MS);
        usleep(1000);
    }
    cr_assert_eq(rig.done, 1, "its time has passed, but there is no answer");
    fake.host->answer(fake.token, NULL, HANDLER_OK, "x", 1);
    cr_assert_eq(rig.done, 2);
    cr_assert_geq(rig.run_ns, 40 * NS_PER_MS, "the real time");
    finish();
}

Test(pool, the_init_of_a_slow_runtime_is_billed)
{
    const struct faas_config c = config();
    begin(&c);
    fake.ready_at_once = false;
    call();
    cr_assert_eq(rig.account.seen.faas.cold_starting, 1);
    cr_assert_eq(rig.account.seen.faas.busy, 0);
    usleep(15000);
    reactor_step(rig.reactor, 0);
    fake.host->ready(fake.token);
    cr_assert_eq(rig.done, 1);
    cr_assert_geq(rig.init_ns, 15 * NS_PER_MS);
    cr_assert_geq(rig.billed_ms, 15);
    cr_assert_eq(rig.account.seen.faas.cold_starting, 0);
    finish();
}

Test(pool, a_time_out_ends_the_environment_and_the_next_call_is_cold)
{
    struct faas_config c = config();
    c.timeout_ns = 1230 * NS_PER_MS / 10;
    begin(&c);
    fake.answer_at_once = false;
    call();
    run_until(1);
    cr_assert_eq(rig.status, ANSWER_TIMEOUT);
    cr_assert(strstr(rig.body, "Task timed out after 0.12 seconds"), "%s", rig.body);
    cr_assert_eq(fake.stopped, 1);
    fake.host->answer(fake.token, NULL, HANDLER_OK, "too late", 8);
    cr_assert_eq(rig.done, 1);
    fake.answer_at_once = true;
    call();
    cr_assert(rig.cold);
    cr_assert_eq(fake.started, 2);
    finish();
}

Test(pool, a_process_that_ends_is_a_function_error)
{
    const struct faas_config c = config();
    const struct {
        struct handler_end end;
        const char *text;
    } ends[] = {{{false, 3}, "Runtime exited with error: exit status 3"},
                {{true, SIGKILL}, "Runtime exited with error: signal: killed"},
                {{false, 0}, "Runtime exited without providing a reason"}};
    begin(&c);
    fake.answer_at_once = false;
    for (int i = 0; i < 3; i++) {
        call();
        fake.host->gone(fake.token, ends[i].end);
        cr_assert_eq(rig.done, i + 1);
        cr_assert_eq(rig.status, ANSWER_FUNCTION_ERROR);
        cr_assert(strstr(rig.body, "\"errorType\":\"Runtime.ExitError\""));
        cr_assert(strstr(rig.body, ends[i].text), "%s", rig.body);
        cr_assert(rig.cold, "each starts anew");
    }
    finish();
}

Test(pool, one_that_ends_while_idle_is_started_anew)
{
    const struct faas_config c = config();
    begin(&c);
    call();
    fake.host->gone(fake.token, (struct handler_end){true, SIGKILL});
    cr_assert_eq(fake.stopped, 1);
    call();
    cr_assert(rig.cold && rig.status == ANSWER_OK);
    cr_assert_eq(fake.started, 2);
    finish();
}

Test(pool, a_failed_init_says_what_the_runtime_said)
{
    const struct faas_config c = config();
    begin(&c);
    fake.ready_at_once = false;
    call();
    fake.host->init_failed(fake.token, "{\"errorType\":\"E\"}", 17);
    cr_assert_eq(rig.status, ANSWER_FUNCTION_ERROR);
    cr_assert_str_eq(rig.body, "{\"errorType\":\"E\"}");
    cr_assert_eq(fake.stopped, 1);
    fake.no_start = true;
    call();
    cr_assert_eq(rig.status, ANSWER_FUNCTION_ERROR);
    cr_assert(strstr(rig.body, "no process can be made"));
    cr_assert_eq(rig.account.seen.faas.busy, 0);
    cr_assert_eq(rig.account.seen.faas.cold_starting, 0);
    finish();
}

Test(pool, what_is_too_large_is_an_error)
{
    const struct faas_config c = config();
    begin(&c);
    fake.answer_at_once = false;
    call();
    size_t size = HANDLER_PAYLOAD_MAX + 1;
    char *large = calloc(1, size);
    fake.host->answer(fake.token, NULL, HANDLER_OK, large, size);
    free(large);
    cr_assert_eq(rig.status, ANSWER_FUNCTION_ERROR);
    cr_assert(strstr(rig.body, "\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response "
                               "payload size exceeded maximum allowed payload size (6291556 "
                               "bytes).\""));
    finish();
}

/* AWS's clients exit when the Runtime API does not take their answer: the next call must not
 * be theirs. */
Test(pool, a_runtime_that_was_refused_gets_no_further_call)
{
    const struct faas_config c = config();
    begin(&c);
    fake.answer_at_once = false;
    call();
    fake.host->answer(fake.token, NULL, HANDLER_TOO_LARGE, NULL, 0);
    cr_assert_eq(rig.status, ANSWER_FUNCTION_ERROR);
    fake.answer_at_once = true;
    call();
    cr_assert_eq(rig.status, ANSWER_OK);
    cr_assert(rig.cold);
    finish();
}

Test(pool, closing_drops_what_is_under_way)
{
    struct faas_config c = config();
    c.concurrency_limit = 2;
    c.calibration = CALIBRATION_2026;
    begin(&c);
    fake.answer_at_once = false;
    call();
    call();
    call(); /* refused, and on its way back */
    cr_assert_eq(rig.done, 0);
    finish();
    cr_assert_eq(fake.stopped, 2);
}

/* Model and emulator draw from the same tables: the medians agree, and each call takes
 * at least what was drawn. */
Test(pool, a_calibrated_call_takes_what_the_model_says)
{
    struct faas_config c = config();
    c.calibration = CALIBRATION_2026;
    begin(&c);
    for (int i = 0; i < EACH; i++)
        call();
    while (rig.done < EACH)
        reactor_step(rig.reactor, NS_PER_MS);
    int below = 0;
    int64_t median_ns = faas_median_ns(&c, 1);
    for (int i = 0; i < EACH; i++) {
        below += rig.each_run_ns[i] < median_ns;
        cr_assert_geq(rig.each_init_ns[i], faas_cold_ns(&c) * 8 / 10);
    }
    cr_assert(below > EACH / 5 && below < EACH * 4 / 5, "%d of %d below the model's median", below,
              EACH);
    cr_assert_eq(rig.account.seen.faas.cold_starts, EACH);
    finish();
}
