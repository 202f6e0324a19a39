/* Two threads and one ring: every message arrives once, whole and in order, for
 * rings of one slot and of many, messages of odd sizes, and counters about to wrap. */
#include "ring/spsc.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define WORDS 25
#define MESSAGES 60000

struct message {
    uint64_t word[WORDS];
};

struct lane {
    struct spsc ring;
    uint32_t words; /* of a message that are used */
    uint64_t refused, empty;
    bool bad;
};

static void *produce(void *context)
{
    struct lane *l = context;
    struct message m;
    for (uint64_t n = 0; n < MESSAGES;) {
        for (uint32_t i = 0; i < l->words; i++)
            m.word[i] = n * 31 + i;
        if (spsc_push(&l->ring, &m)) {
            n++;
        } else {
            l->refused++;
            sched_yield();
        }
    }
    return NULL;
}

static void consume(struct lane *l)
{
    struct message m;
    for (uint64_t n = 0; n < MESSAGES;) {
        if (!spsc_pop(&l->ring, &m)) {
            l->empty++;
            sched_yield();
            continue;
        }
        for (uint32_t i = 0; i < l->words; i++)
            l->bad |= m.word[i] != n * 31 + i;
        n++;
    }
    l->bad |= spsc_pop(&l->ring, &m);
}

static bool run(uint32_t messages, uint32_t words, uint32_t start)
{
    struct lane l = {.words = words};
    size_t size = words * sizeof(uint64_t);
    unsigned char *memory = malloc(size * messages);
    if (memory == NULL)
        return false;
    spsc_init(&l.ring, memory, size, messages);
    atomic_store(&l.ring.pushed, start); /* as if it had carried so many already */
    atomic_store(&l.ring.popped, start);
    pthread_t t;
    if (pthread_create(&t, NULL, produce, &l) != 0)
        return false;
    consume(&l);
    pthread_join(t, NULL);
    free(memory);
    printf("  ring of %u, %zu bytes, from %u: %llu refused, %llu empty%s\n", messages, size, start,
           (unsigned long long)l.refused, (unsigned long long)l.empty, l.bad ? ": WRONG" : "");
    return !l.bad;
}

/* What one thread sees of a full and of an empty ring. */
static bool bounds(void)
{
    uint64_t memory[4], value = 1, out;
    struct spsc r;
    spsc_init(&r, memory, sizeof value, 4);
    bool good = !spsc_pop(&r, &out);
    for (; value <= 4; value++)
        good = good && spsc_push(&r, &value);
    good = good && !spsc_push(&r, &value);
    good = good && spsc_pop(&r, &out) && out == 1 && spsc_push(&r, &value);
    for (uint64_t want = 2; want <= 5; want++)
        good = good && spsc_pop(&r, &out) && out == want;
    return good && !spsc_pop(&r, &out);
}

int main(void)
{
    static const uint32_t messages[] = {1, 2, 64}, words[] = {1, 3, WORDS};
    bool good = bounds();
    for (int i = 0; i < 3; i++) {
        good &= run(messages[i], words[i], 0);
        good &= run(messages[i], words[2 - i], UINT32_MAX - 1000);
    }
    printf("%s\n", good ? "ok" : "FAILED");
    return !good;
}
