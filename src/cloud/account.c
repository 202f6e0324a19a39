#include "cloud/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RATE_KEPT_MAX 1000000 /* the window keeps one time per call of a second */

int account_init(struct account *a, struct reactor *reactor, const struct faas_config *config,
                 uint64_t seed, struct err *e)
{
    *a = (struct account){.reactor = reactor, .config = *config};
    int64_t limit = config->rate_limit ? config->rate_limit : 10 * config->concurrency_limit;
    limit = limit < RATE_KEPT_MAX ? limit : RATE_KEPT_MAX;
    void *memory = malloc(rate_window_bytes(limit));
    if (memory == NULL) {
        snprintf(e->text, sizeof e->text, "out of memory");
        return e->code = ERR_MEMORY;
    }
    rate_window_init(&a->rate, memory, limit);
    a->prng = prng_split(seed, UINT64_C(0x656d75)); /* a stream of its own: "emu" */
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    a->real_offset_ns = (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec - reactor_refresh_ns(reactor);
    return 0;
}

void account_free(struct account *a) { free(a->rate.at_ns); }

int account_unreserved(const struct account *a)
{
    return a->config.concurrency_limit - a->reserved_sum;
}

int64_t account_real_ms(const struct account *a, int64_t at_ns)
{
    return (at_ns + a->real_offset_ns) / NS_PER_MS;
}

void account_publish(struct account *a)
{
    if (a->publish && a->dirty)
        a->publish(a->publish_context);
    a->dirty = false;
}

void account_log(struct account *a, const char *bytes, size_t size)
{
    if (a->log && size)
        a->log(a->log_context, bytes, size);
}

void account_uuid(struct account *a, char *out)
{
    static const char hex[] = "0123456789abcdef";
    uint64_t high = prng_next(&a->prng), low = prng_next(&a->prng);
    high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x4000);
    low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
    for (int i = 0, nibble = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            out[i] = '-';
            continue;
        }
        uint64_t word = nibble < 16 ? high : low;
        out[i] = hex[word >> (60 - 4 * (nibble % 16)) & 15];
        nibble++;
    }
    out[36] = '\0';
}
