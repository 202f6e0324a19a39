/* Damaged answers against the invoker and the reader of answers, seeded.
 *
 *   stress_answers [COUNT [SEED]]      COUNT: answers over HTTP (default 1000);
 *                                      100 times as many go to the reader alone
 *
 * Nothing may crash or hang, every call comes out once, and what is taken for a good
 * answer is one: its tokens are those of its own records. */
#include "base/prng.h"
#include "base/units.h"
#include "cloud/answer.h"
#include "cloud/invoker_parts.h"
#include "flow/op.h"
#include "record/payload.h"
#include "tests/lib/raw_function.h"

#include <inttypes.h>
#include <poll.h>
#include <sys/eventfd.h>

#define ROWS 12
#define SLAB 4096
#define FLIGHTS 32
#define MESSAGE_MAX 65536

static void die(const char *what)
{
    fprintf(stderr, "stress_answers: %s\n", what);
    exit(1);
}

/* ---- batches --------------------------------------------------------------------------- */

static struct block_pool pool;

static struct block *new_batch(struct prng *p)
{
    static const char letters[] = "abcXYZ019_ ,.\"\\\x80\xff\n";
    struct block *b = block_pool_take(&pool);
    if (b == NULL)
        die("no block");
    for (uint32_t r = 0; r < ROWS; r++) {
        uint32_t n = (uint32_t)prng_below(p, 60);
        b->id[r] = r;
        b->offset[r] = b->slab_used;
        b->length[r] = n;
        b->flags[r] = 0;
        b->token_end[r] = 0;
        for (uint32_t i = 0; i < n; i++)
            b->slab[b->slab_used++] = (unsigned char)letters[prng_below(p, sizeof letters - 1)];
        b->count = r + 1;
    }
    return b;
}

static uint64_t digest(const struct block *b)
{
    uint64_t sum = 0;
    for (uint32_t r = 0; r < b->count; r++) {
        uint32_t first = block_first_span(b, r);
        sum += record_row_hash(b->id[r], b->slab, b->span + first, b->token_end[r] - first);
    }
    return sum;
}

/* The answer was taken for a good one: is it? */
static void check_taken(struct block *b)
{
    struct op_tokenize op = {tokenize_select("scalar")};
    uint64_t taken = digest(b);
    for (uint32_t r = 0; r < b->count; r++)
        b->flags[r] = 0;
    op_tokenize_apply(&op, b, 0);
    if (digest(b) != taken)
        die("an answer with other tokens was taken for a good one");
}

/* ---- damage ------------------------------------------------------------------------------ */

/* Changes, inserts, removes, cuts, repeats; returns the new size. */
static size_t damage(struct prng *p, char *text, size_t size)
{
    static const char pieces[] = "{}[],:\"\\u0061 \r\n0123456789\xc3\xa9\x01";
    for (uint64_t k = prng_below(p, 4); k > 0 && size > 0; k--) {
        size_t at = (size_t)prng_below(p, size), n = (size_t)prng_below(p, 9);
        switch (prng_below(p, 5)) {
        case 0:
            text[at] = (char)prng_below(p, 256);
            break;
        case 1:
            text[at] = pieces[prng_below(p, sizeof pieces - 1)];
            break;
        case 2:
            n = n < size - at ? n : size - at;
            memmove(text + at, text + at + n, size - at - n);
            size -= n;
            break;
        case 3:
            n = n < size - at ? n : size - at;
            if (size + n < MESSAGE_MAX) {
                memmove(text + at + n, text + at, size - at);
                size += n;
            }
            break;
        case 4:
            size = prng_below(p, 4) ? size : at;
            break;
        }
    }
    return size;
}

/* ---- the reader alone ----------------------------------------------------------------------- */

static uint64_t read_alone(struct prng *p, uint64_t count)
{
    static char request[MESSAGE_MAX];
    uint64_t taken = 0;
    struct payload_head head = {.op = "tokenize"};
    for (uint64_t i = 0; i < count; i++) {
        struct payload_fault fault;
        enum payload_form form = prng_below(p, 4) ? PAYLOAD_V1 : PAYLOAD_LIST;
        struct block *b = new_batch(p);
        head.batch = prng_below(p, 100);
        size_t n = payload_write_request(request, sizeof request, form, &head, b), m;
        char *answer = raw_tokenize(request, n, &m);
        if (answer == NULL)
            die("a good request was refused");
        char *text = malloc(MESSAGE_MAX), *exact;
        memcpy(text, answer, m);
        size_t size = damage(p, text, m);
        exact = malloc(size + 1); /* so a sanitizer sees a step too far */
        memcpy(exact, text, size);
        if (payload_read_results(exact, size, form, head.batch, b, &fault) == PAYLOAD_OK) {
            check_taken(b);
            taken++;
        } else if (fault.at > size) {
            die("a fault behind the end");
        }
        struct invoker_call c = {.answer = exact, .answer_size = size};
        struct judgement j;
        invoker_said_init(&c.said);
        c.said.status = (int)(200 + prng_below(p, 400));
        invoker_hear(&c.said, exact, size);
        answer_judge(&c, (enum answer_front)prng_below(p, 2), &j);
        free(exact);
        free(text);
        free(answer);
        block_pool_give(&pool, b);
    }
    return taken;
}

/* ---- through the invoker ---------------------------------------------------------------------- */

static uint64_t server_seed;

static bool serve_damaged(void *context, struct raw_request *r)
{
    (void)context;
    struct prng p = prng_split(server_seed, (uint64_t)r->number);
    char *message = malloc(MESSAGE_MAX + 1024);
    size_t n, size;
    char *answer = raw_tokenize(r->body, r->size, &n);
    size = (size_t)snprintf(message, 1024,
                            "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nx-amzn-RequestId: 1\r\n"
                            "X-Spillway-Billed-Ms: 12\r\n\r\n",
                            answer ? n : 2);
    memcpy(message + size, answer ? answer : "{}", answer ? n : 2);
    size += answer ? n : 2;
    if (prng_below(&p, 4))
        size = damage(&p, message, size);
    raw_write(r->fd, message, size);
    free(message);
    free(answer);
    return prng_below(&p, 3) != 0; /* else it closes the connection */
}

struct outcome {
    uint64_t taken, refused, failed;
};

static void send_one(struct invoker *v, struct prng *p, struct block *batch[FLIGHTS], uint64_t i)
{
    struct payload_head head = {.op = "tokenize", .batch = i};
    struct invoker_call *c = invoker_take(v);
    if (c == NULL || !invoker_room(c, MESSAGE_MAX))
        die("no call is free");
    batch[i] = new_batch(p);
    c->body_size = payload_write_request(c->body, MESSAGE_MAX, PAYLOAD_V1, &head, batch[i]);
    c->ticket = i;
    c->timeout_ns = 100 * NS_PER_MS;
    invoker_start(v, c);
}

static struct invoker_call *wait_one(struct invoker *v, int wake_fd)
{
    struct invoker_call *c;
    for (int i = 0; (c = invoker_poll(v)) == NULL && i < 300; i++) {
        struct pollfd p = {.fd = wake_fd, .events = POLLIN};
        uint64_t n;
        if (poll(&p, 1, 100) > 0 && read(wake_fd, &n, sizeof n) < 0)
            die("the descriptor cannot be read");
    }
    if (c == NULL)
        die("nothing came out for 30 s: it hangs");
    return c;
}

static void through_invoker(struct prng *p, uint64_t count, struct outcome *o)
{
    static struct raw_server server;
    struct block *batch[FLIGHTS] = {NULL};
    struct invoker *v;
    struct err e;
    char url[64];
    int wake_fd = eventfd(0, EFD_NONBLOCK);
    if (raw_open(&server, 0, serve_damaged, NULL))
        die("no server");
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", server.port);
    struct invoker_options options = {.url = url,
                                      .loopback = true,
                                      .calls_max = FLIGHTS,
                                      .answer_max = 1u << 20,
                                      .connect_ns = NS_PER_S,
                                      .wake_fd = wake_fd};
    if (invoker_open(&options, &v, &e))
        die(e.text);
    uint64_t sent = 0, got = 0;
    for (; sent < FLIGHTS && sent < count; sent++)
        send_one(v, p, batch, sent);
    for (; got < count; got++) {
        struct invoker_call *c = wait_one(v, wake_fd);
        struct payload_fault fault;
        uint64_t i = c->ticket;
        if (c->failure != INVOKER_ANSWERED)
            o->failed++;
        else if (payload_read_results(c->answer ? c->answer : "", c->answer_size, PAYLOAD_V1, i,
                                      batch[i], &fault) != PAYLOAD_OK)
            o->refused++;
        else
            o->taken++, check_taken(batch[i]);
        block_pool_give(&pool, batch[i]);
        invoker_give(v, c);
        if (sent < count)
            send_one(v, p, batch, i), sent++;
    }
    if (invoker_poll(v) != NULL)
        die("a call came out twice");
    invoker_close(v);
    raw_close(&server);
    close(wake_fd);
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct prng p = prng_split(seed, 1);
    struct outcome o = {0};
    block_pool_init(&pool, calloc(1, block_pool_bytes(2 * FLIGHTS, SLAB)), 2 * FLIGHTS, SLAB);
    server_seed = seed;
    uint64_t alone = read_alone(&p, 100 * count);
    through_invoker(&p, count, &o);
    free(pool.memory);
    printf("ok    answers: %" PRIu64 " read alone, %" PRIu64 " taken; %" PRIu64
           " over HTTP, %" PRIu64 " taken, %" PRIu64 " refused, %" PRIu64 " without an answer\n",
           100 * count, alone, count, o.taken, o.refused, o.failed);
    return o.taken > 0 && o.refused > 0 && o.failed > 0 ? 0 : 1;
}
