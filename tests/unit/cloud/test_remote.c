/* The transport over HTTP: rows go out and tokens come back; what does not fit is refused;
 * a given-up call costs until it must have ended. */
#include "cloud/remote.h"

#include "flow/op.h"
#include "tests/lib/flow_kit.h"
#include "tests/lib/raw_function.h"

#include <poll.h>
#include <sys/eventfd.h>

static struct raw_server server;
static struct provider_access *provider;
static struct remote *r;
static const struct transport *t;
static struct block_pool pool;
static int wake;
static char url[100];
static struct provider_setting setting = {.kind = PROVIDER_URL, .endpoint = url};

static void start_form(raw_behave_fn *behave, enum payload_form form)
{
    struct err e;
    cr_assert_eq(raw_open(&server, 0, behave, NULL), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", server.port);
    cr_assert_eq(provider_open(&setting, &provider, &e), 0, "%s", e.text);
    wake = eventfd(0, EFD_NONBLOCK);
    struct remote_options o = {.provider = provider,
                               .form = form,
                               .job = "test",
                               .calls_max = 32,
                               .tickets = 40,
                               .wake_fd = wake};
    faas_config_init(&o.functions);
    o.functions.timeout_ns = NS_PER_S;
    cr_assert_eq(remote_open(&o, &r, &e), 0, "%s", e.text);
    t = remote_transport(r);
    kit_pool(&pool, 64, 64 * 1024);
}

static void start(raw_behave_fn *behave) { start_form(behave, PAYLOAD_V1); }

static void stop(void)
{
    remote_close(r);
    provider_close(provider);
    raw_close(&server);
}

static struct block_list batch_of(uint64_t first, uint32_t rows, uint32_t length)
{
    return (struct block_list){kit_block(&pool, first, rows, length), rows};
}

static bool submit(uint64_t ticket, uint32_t attempt, const struct block_list *batch)
{
    uint32_t bytes = 0;
    for (const struct block *b = batch->first; b; b = b->next)
        for (uint32_t i = 0; i < b->count; i++)
            bytes += b->length[i];
    struct call c = {ticket, attempt, batch, batch->records, bytes};
    return t->submit(t->self, &c, 0);
}

static struct answer next(void)
{
    struct answer a;
    for (int i = 0; i < 200; i++) {
        if (t->poll(t->self, 0, &a))
            return a;
        struct pollfd p = {.fd = wake, .events = POLLIN};
        (void)poll(&p, 1, 100);
        uint64_t n;
        (void)!read(wake, &n, sizeof n);
    }
    cr_assert_fail("no answer for 20 s");
    return a;
}

static uint64_t digest(const struct block *b)
{
    uint64_t sum = 0;
    for (; b; b = b->next)
        for (uint32_t i = 0; i < b->count; i++) {
            uint32_t first = block_first_span(b, i);
            cr_assert(b->flags[i] & ROW_TOKENS);
            sum += record_row_hash(b->id[i], b->slab, b->span + first, b->token_end[i] - first);
        }
    return sum;
}

static void expect_local_tokens(struct block *b)
{
    struct op_tokenize op = {tokenize_select("scalar")};
    uint64_t remote = digest(b);
    for (struct block *x = b; x; x = x->next) {
        for (uint32_t i = 0; i < x->count; i++)
            x->flags[i] = 0;
        op_tokenize_apply(&op, x, 0);
    }
    cr_assert_eq(remote, digest(b));
}

static bool serve(void *context, struct raw_request *q)
{
    (void)context;
    raw_serve_tokens(q, "X-Spillway-Billed-Ms: 100\r\nX-Spillway-Init-Ms: 80\r\n"
                        "X-Spillway-Executions: 2\r\n");
    return true;
}

Test(remote, rows_go_out_and_tokens_come_back)
{
    start(serve);
    struct block_list batch = batch_of(10, 100, 50);
    batch.first->next = kit_block(&pool, 500, 3, 7);
    batch.records = 103;
    cr_assert(submit(7, 1, &batch));
    struct answer a = next();
    cr_assert_eq(a.status, ANSWER_OK);
    cr_assert(a.ticket == 7 && a.attempt == 1);
    cr_assert(a.cold && a.init_ns == 80 * NS_PER_MS && a.executed == 2);
    struct faas_config c;
    faas_config_init(&c);
    cr_assert_eq(a.cost_nusd, faas_price_nusd(&c, 100 * NS_PER_MS));
    cr_assert(t->take(t->self, &a, &batch));
    expect_local_tokens(batch.first);
    struct remote_seen s;
    remote_seen(r, &s);
    cr_assert(s.executed == 2 && s.cold_starts == 1 && s.cost_nusd == a.cost_nusd && !s.troubles);
    stop();
}

Test(remote, the_list_form_works_too)
{
    start_form(serve, PAYLOAD_LIST);
    struct block_list batch = batch_of(10, 30, 50);
    cr_assert(submit(1, 1, &batch));
    struct answer a = next();
    cr_assert(t->take(t->self, &a, &batch));
    expect_local_tokens(batch.first);
    stop();
}

Test(remote, an_answer_fits_its_own_batch_only)
{
    start(serve);
    struct block_list one = batch_of(10, 10, 20), other = batch_of(50, 10, 20);
    cr_assert(submit(1, 1, &one));
    struct answer a = next();
    cr_assert_not(t->take(t->self, &a, &other));
    struct answer forged = a;
    forged.attempt = 2;
    cr_assert_not(t->take(t->self, &forged, &one));
    cr_assert(t->take(t->self, &a, &one));
    stop();
}

static bool answer_another(void *context, struct raw_request *q)
{
    (void)context;
    char *batch = strstr(q->body, "\"batch\":3");
    cr_assert(batch != NULL);
    batch[8] = '4';
    raw_serve_tokens(q, "");
    return true;
}

Test(remote, wrong_ids_are_seen)
{
    start(answer_another);
    struct block_list one = batch_of(10, 10, 20);
    cr_assert(submit(3, 1, &one));
    struct answer a = next();
    cr_assert_eq(a.status, ANSWER_OK);
    cr_assert_not(t->take(t->self, &a, &one));
    struct remote_seen s;
    remote_seen(r, &s);
    cr_assert(s.unusable == 1 && strstr(s.why, "another batch"), "%s", s.why);
    cr_assert(!(one.first->flags[0] & ROW_TOKENS));
    stop();
}

static bool throttle(void *context, struct raw_request *q)
{
    (void)context;
    raw_answer(q->fd, 429, "Retry-After: 2\r\nx-amzn-ErrorType: TooManyRequestsException\r\n",
               "{\"Reason\":\"CallerRateLimitExceeded\"}", 36);
    return true;
}

Test(remote, a_throttle_brings_its_wish)
{
    start(throttle);
    struct block_list one = batch_of(10, 10, 20);
    cr_assert(submit(3, 2, &one));
    struct answer a = next();
    cr_assert(a.status == ANSWER_THROTTLED && a.reason == THROTTLE_RATE);
    cr_assert_eq(a.retry_after_ns, 2 * NS_PER_S);
    cr_assert(a.executed == 0 && a.cost_nusd == 0);
    stop();
}

/* 64 blocks of bytes that become six each: beyond 6 MB, found before it is sent. */
Test(remote, what_is_too_large_is_not_sent)
{
    start(serve);
    struct block_list batch = {NULL, 0};
    for (uint64_t i = 0; i < 20; i++) {
        struct block *b = kit_block(&pool, i, 1, 60000);
        memset(b->slab, 0xff, 60000);
        b->next = batch.first;
        batch.first = b;
        batch.records++;
    }
    cr_assert(submit(3, 1, &batch));
    cr_assert(remote_pending(r));
    struct answer a = next();
    cr_assert_eq(a.status, ANSWER_TOO_LARGE);
    cr_assert_eq(raw_requests(&server), 0);
    stop();
}

static bool hang(void *context, struct raw_request *q)
{
    (void)context;
    raw_hang(q->fd, 20000);
    return false;
}

Test(remote, a_given_up_call_is_never_answered_but_counts_as_money)
{
    start(hang);
    struct block_list one = batch_of(10, 10, 20), two = batch_of(30, 10, 20);
    struct bill b;
    cr_assert(submit(3, 1, &one) && submit(4, 1, &two));
    while (raw_requests(&server) < 2)
        usleep(1000);
    t->bill(t->self, &b);
    cr_assert_eq(b.unbilled, 2);
    t->cancel(t->self, 3, 1, 0);
    t->cancel(t->self, 3, 1, 0); /* nothing any more */
    t->cancel(t->self, 4, 2, 0); /* another attempt */
    struct answer a;
    for (int i = 0; i < 20; i++) {
        cr_assert_not(t->poll(t->self, 0, &a));
        usleep(5000);
    }
    t->bill(t->self, &b);
    cr_assert_eq(b.unbilled, 2, "one is under way, one was given up and still runs");
    stop();
}

static void exact_bill(void *context, struct bill *out) { *out = *(struct bill *)context; }

Test(remote, a_better_bill_is_believed)
{
    start(serve);
    struct bill truth = {500, 70, 3}, b;
    remote_set_bill(r, exact_bill, &truth);
    t->bill(t->self, &b);
    cr_assert(b.spent_nusd == 500 && b.price_nusd == 70 && b.unbilled == 3);
    stop();
}

Test(remote, tickets_are_used_again)
{
    start(serve);
    for (uint64_t epoch = 1; epoch < 200; epoch++) {
        struct block_list batch[8];
        for (uint64_t i = 0; i < 8; i++) {
            batch[i] = batch_of(i * 100, 5, 20);
            cr_assert(submit(epoch << 32 | i, 1, &batch[i]));
        }
        if (epoch % 3 == 0)
            t->cancel(t->self, epoch << 32 | 5, 1, 0);
        for (int n = epoch % 3 == 0 ? 7 : 8; n > 0; n--) {
            struct answer a = next();
            uint64_t i = a.ticket & 7;
            if (i == 5 && epoch % 3 == 0) { /* it was on its way already */
                n++;
                continue;
            }
            cr_assert_eq(a.ticket >> 32, epoch);
            cr_assert(t->take(t->self, &a, &batch[i]));
        }
        for (uint64_t i = 0; i < 8; i++)
            block_pool_give(&pool, batch[i].first);
    }
    stop();
}
