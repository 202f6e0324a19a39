/* One thread posts, another takes: what is taken is whole, never older than what
 * was taken before, and the last value posted is taken in the end. */
#include "ring/flag.h"
#include "ring/mailbox.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define WORDS 512
#define POSTS 100000

struct value {
    uint64_t word[WORDS];
};

struct pair {
    struct mailbox box;
    struct flag done;
};

static void *post(void *context)
{
    struct pair *p = context;
    for (uint64_t n = 1; n <= POSTS; n++) {
        struct value *v = mailbox_slot(&p->box);
        for (int i = 0; i < WORDS; i++)
            v->word[i] = n + (uint64_t)i;
        mailbox_post(&p->box);
        if (n % 64 == 0)
            sched_yield();
    }
    flag_raise(&p->done);
    return NULL;
}

/* Takes what is there; returns false when it is torn, or older than *last. */
static bool take(struct pair *p, uint64_t *last, uint64_t *taken)
{
    const struct value *v = mailbox_take(&p->box);
    if (v == NULL)
        return true;
    bool good = v->word[0] > *last;
    for (int i = 0; i < WORDS; i++)
        good = good && v->word[i] == v->word[0] + (uint64_t)i;
    *last = v->word[0];
    ++*taken;
    return good;
}

int main(void)
{
    struct value *v = calloc(3, sizeof *v);
    struct pair p;
    pthread_t t;
    uint64_t last = 0, taken = 0;
    if (v == NULL)
        return 1;
    mailbox_init(&p.box, &v[0], &v[1], &v[2]);
    flag_init(&p.done);
    bool good = mailbox_take(&p.box) == NULL;
    if (pthread_create(&t, NULL, post, &p) != 0)
        return 1;
    while (good && !flag_is(&p.done))
        good = take(&p, &last, &taken);
    good = good && take(&p, &last, &taken) && last == POSTS && mailbox_take(&p.box) == NULL;
    pthread_join(t, NULL);
    free(v);
    printf("  %d posted, %llu taken, last %llu\n%s\n", POSTS, (unsigned long long)taken,
           (unsigned long long)last, good ? "ok" : "FAILED");
    return !good;
}
