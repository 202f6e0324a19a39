#include "faas/session.h"

#include "base/wide.h"
#include "faas/scale.h"

#define LARGE_BATCH 320

/* A curve through quantiles: p of 10^4, straight lines between. */
struct knot {
    uint32_t p;
    int64_t value;
};
#define KNOTS 11

/* exp(sigma·z): log-normal factors, ppm. */
#define LOG_NORMAL(a, b, c, d, e, f, g, h, i, j, k)                                                \
    {                                                                                              \
        {0, a}, {100, b}, {500, c}, {1000, d}, {2500, e}, {5000, f}, {7500, g}, {9000, h},         \
            {9500, i}, {9900, j},                                                                  \
        {                                                                                          \
            10000, k                                                                               \
        }                                                                                          \
    }

/* Batches of 320 and more, by language: sigma 0.31 Python, 0.47 Java. */
static const struct knot large[LANGUAGES][KNOTS] = {
    LOG_NORMAL(394554, 486194, 600538, 672142, 811320, 1000000, 1232559, 1487781, 1665175, 2056793,
               2534509),
    LOG_NORMAL(244143, 335080, 461561, 547520, 728331, 1000000, 1373002, 1826417, 2166560, 2984363,
               4095955),
};
/* Their medians, ns: measured without the first batch of a run, 1280 being a guess by what
 * is left when the fill is taken off. The curve of faas_median_ns, made to fit all sizes,
 * misses them by up to 11 %. By records: 320, 640, 1280. */
static const int64_t large_median_ns[LANGUAGES][3] = {{128000000, 267000000, 720000000},
                                                      {177000000, 346000000, 910000000}};
/* Up to 40 records the quiet client was measured by itself: a + b·n, ns. */
#define SMALL_BATCH 40
static const int64_t small_fixed_ns[LANGUAGES] = {37600000, 32300000};
static const int64_t small_record_ns[LANGUAGES] = {286000, 163000};

/* A run's own factor: sigma 0.15. */
static const struct knot run_factor[KNOTS] = LOG_NORMAL(
    637628, 705446, 781340, 825118, 903777, 1000000, 1106468, 1211948, 1279854, 1417543, 1568312);
/* Opening the connection, ns: first call minus the run's median. Quartiles and the
 * 90th percentile are measured, the ends are a guess. */
static const struct knot connection[LANGUAGES][5] = {
    {{0, 30000000}, {2500, 46000000}, {5000, 60000000}, {7500, 87000000}, {10000, 137000000}},
    {{0, 25000000}, {2500, 41000000}, {5000, 50000000}, {7500, 93000000}, {10000, 183000000}},
};
/* Chance that a call takes its luck from the one before: the autocorrelation. */
static const int64_t again_ppm[LANGUAGES] = {160000, 40000};

static int64_t curve(const struct knot *k, int count, uint32_t quantile)
{
    uint64_t p = (uint64_t)quantile * 10000; /* of 10^4, times 2^32 */
    int i = 1;
    while (i + 1 < count && p >= (uint64_t)k[i].p << 32)
        i++;
    int64_t from = k[i - 1].value, rise = k[i].value - from;
    uint64_t at = (p - ((uint64_t)k[i - 1].p << 32)) >> 16;
    uint64_t width = (uint64_t)(k[i].p - k[i - 1].p) << 16;
    return from + (int64_t)((i128)rise * (i128)at / (i128)width);
}

static uint32_t draw(struct session *s) { return (uint32_t)(prng_next(&s->prng) >> 32); }

void session_init(struct session *s, uint64_t seed)
{
    *s = (struct session){.prng = prng_split(seed, UINT64_C(0x73657373))}; /* "sess" */
    s->run_quantile = draw(s);
}

static int64_t large_ns(enum faas_language language, uint32_t records)
{
    const int64_t *m = large_median_ns[language];
    int i = records >= 2 * LARGE_BATCH; /* between 1 and 2, or beyond 2, as far as that goes */
    int64_t from = (int64_t)LARGE_BATCH << i;
    return m[i] + (m[i + 1] - m[i]) * ((int64_t)records - from) / from;
}

static int64_t small_ns(const struct faas_config *config, uint32_t records, uint32_t residual)
{
    int64_t median =
        small_fixed_ns[config->language] + small_record_ns[config->language] * (int64_t)records;
    return wide_mul_div(faas_warm_ns(config, records, residual), median,
                        faas_median_ns(config, records));
}

static int64_t noisy_ns(const struct session *s, const struct faas_config *config, uint32_t records,
                        uint32_t residual)
{
    if (records < LARGE_BATCH)
        return scale_ppm(faas_warm_ns(config, records, residual),
                         curve(run_factor, KNOTS, s->run_quantile));
    /* The measured spread is that of runs; a tenth either way is left to a call. */
    int64_t own_ppm = PPM_ONE - PPM_ONE / 10 + (int64_t)((uint64_t)residual * (PPM_ONE / 5) >> 32);
    int64_t run_ppm = curve(large[config->language], KNOTS, s->run_quantile);
    return scale_ppm(scale_ppm(large_ns(config->language, records), run_ppm), own_ppm);
}

int64_t session_warm_ns(struct session *s, const struct faas_config *config, uint32_t records,
                        uint32_t residual)
{
    if (!config->session || config->calibration == CALIBRATION_NONE)
        return faas_warm_ns(config, records, residual);
    if (config->noisy)
        return noisy_ns(s, config, records, residual);
    bool again = (int64_t)prng_below(&s->prng, PPM_ONE) < again_ppm[config->language];
    uint32_t opening = draw(s);
    int64_t open_ns = s->begun ? 0 : curve(connection[config->language], 5, opening);
    s->last = again && s->begun ? s->last : residual;
    s->begun = true;
    int64_t warm_ns = records <= SMALL_BATCH ? small_ns(config, records, s->last)
                                             : faas_warm_ns(config, records, s->last);
    return open_ns + warm_ns;
}
