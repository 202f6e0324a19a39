/* How long a call takes and what it costs, by calibration. specs: workloads.md
 * 4.4 (fits of the 2023 measurements), faas.md 4 (INIT times and prices of 2026).
 *
 *   warm call   M(n)·R, M(n) = a + b·n + c·n², median over n records, R residual
 *   cold call   INIT before that, only for a new environment
 *
 * a differs between a quiet and a noisy client; b and c come from the noisy set,
 * the only one that measured large batches without waiting for its source. The
 * fits hold for n up to 1280; beyond, they are an extrapolation.
 *
 * M is measured at the client and holds the network. The model keeps the
 * environment busy, and bills, for all of it: the bill is an upper bound.
 *
 * Cold starts of 2023 (3.9 s Java, 0.67 s Python) are whole first calls minus the
 * median, so the new connection is in them. Those of 2026 are INIT alone, at 512
 * MB; connections are taken to be kept alive.
 *
 * Memory moves the price only. INIT runs with full processors whatever the size
 * is, and the published times hardly depend on it. A warm call is almost all
 * transport: tokenizing 400 records takes below a millisecond on a whole core,
 * hence some 10 ms of 150 on the smallest environment, within the spread of R. */
#include "faas/model.h"

#include "base/wide.h"
#include "faas/scale.h"
#include "faas/tables.h"

/* The fastest whole calls measured took 13 ms, so a trip over the network is below that. */
#define NETWORK_NS (12 * NS_PER_MS)
#define REQUEST_NUSD 200 /* $0.20 per million */
/* x86: $0.0000166667 per GB-s = 166667 / 10 nano-USD; per MB and ms a 1024·1000th. */
#define GBS_TENTH_NUSD 166667
#define GBS_TENTHS_PER_MB_MS (10 * 1024 * 1000)

const char *const faas_calibration_names[CALIBRATIONS] = {"2023", "2026", "none"};
const char *const faas_language_names[LANGUAGES] = {"python", "java"};

static const int64_t median_fixed_ns[2][LANGUAGES] = {
    {37600000, 32000000}, /* quiet client */
    {43500000, 38400000}, /* noisy client */
};
static const int64_t median_record_ns[LANGUAGES] = {201000, 247000};
static const int64_t median_square_ns[LANGUAGES] = {227, 393};
static const int64_t cold_median_ns[CALIBRATIONS][LANGUAGES] = {
    [CALIBRATION_2023] = {670 * NS_PER_MS, 3900 * NS_PER_MS},
    [CALIBRATION_2026] = {86 * NS_PER_MS, 231 * NS_PER_MS},
    [CALIBRATION_NONE] = {0, 0},
};
static const bool init_billed[CALIBRATIONS] = {
    [CALIBRATION_2023] = false, [CALIBRATION_2026] = true, [CALIBRATION_NONE] = true};

void faas_config_init(struct faas_config *config)
{
    *config = (struct faas_config){
        .calibration = CALIBRATION_2026,
        .language = LANGUAGE_PYTHON,
        .memory_mb = 512,
        .concurrency_limit = 1000,
        .scale_per_10s = 1000,
        .idle_ns = 300 * NS_PER_S,
        .timeout_ns = 30 * NS_PER_S,
        .cold_factor_ppm = PPM_ONE,
        .constant_ns = 50 * NS_PER_MS,
        .late_factor = 100,
    };
}

static bool within(int64_t value, int64_t min, int64_t max) { return value >= min && value <= max; }

bool faas_config_good(const struct faas_config *config)
{
    return within((int64_t)config->calibration, 0, CALIBRATIONS - 1) &&
           within((int64_t)config->language, 0, LANGUAGES - 1) &&
           within(config->memory_mb, FAAS_MEMORY_MIN, FAAS_MEMORY_MAX) &&
           within(config->concurrency_limit, 1, FAAS_ENVIRONMENTS_MAX) &&
           within(config->rate_limit, 0, FAAS_RATE_MAX) &&
           within(config->scale_per_10s, 0, FAAS_SCALE_MAX) &&
           within(config->idle_ns, 1, FAAS_TIME_MAX) &&
           within(config->timeout_ns, 1, FAAS_TIME_MAX) &&
           within(config->cold_factor_ppm, 0, FAAS_FACTOR_MAX) &&
           within(config->constant_ns, 0, FAAS_TIME_MAX) && within(config->error_ppm, 0, PPM_ONE) &&
           within(config->function_error_ppm, 0, PPM_ONE) && within(config->lose_ppm, 0, PPM_ONE) &&
           within(config->late_ppm, 0, PPM_ONE) &&
           within(config->late_factor, 1, FAAS_LATE_FACTOR_MAX);
}

int64_t faas_median_ns(const struct faas_config *config, uint32_t records)
{
    if (config->calibration == CALIBRATION_NONE)
        return config->constant_ns;
    enum faas_language language = config->language;
    i128 n = records;
    i128 ns = median_fixed_ns[config->noisy][language] + median_record_ns[language] * n +
              median_square_ns[language] * n * n;
    return ns > SCALE_MAX ? SCALE_MAX : (int64_t)ns;
}

/* R at a quantile, ppm: the segment of the table, the cell in it, a straight line. */
static int64_t residual(const struct faas_config *config, uint32_t quantile)
{
    const uint32_t *table = residual_ppm[config->noisy][config->language];
    int segment = 0;
    while (quantile >= residual_knot[segment + 1]) /* the last knot is 2^32 */
        segment++;
    uint64_t width = residual_knot[segment + 1] - residual_knot[segment];
    uint64_t at = (quantile - residual_knot[segment]) * RESIDUAL_STEPS;
    const uint32_t *cell = table + segment * RESIDUAL_STEPS + at / width;
    int64_t rise = (int64_t)cell[1] - (int64_t)cell[0];
    return (int64_t)cell[0] + rise * (int64_t)(at % width) / (int64_t)width;
}

int64_t faas_warm_ns(const struct faas_config *config, uint32_t records, uint32_t quantile)
{
    int64_t median = faas_median_ns(config, records);
    if (config->calibration == CALIBRATION_NONE)
        return median;
    return scale_ppm(median, residual(config, quantile));
}

int64_t faas_cold_ns(const struct faas_config *config)
{
    int64_t median = cold_median_ns[config->calibration][config->language];
    return scale_ppm(median, config->cold_factor_ppm);
}

int64_t faas_trip_ns(const struct faas_config *config, uint32_t records)
{
    int64_t median_ns = faas_median_ns(config, records);
    return NETWORK_NS < median_ns ? NETWORK_NS : median_ns;
}

bool faas_init_billed(const struct faas_config *config) { return init_billed[config->calibration]; }

int64_t faas_price_nusd(const struct faas_config *config, int64_t billed_ns)
{
    assert(billed_ns >= 0);
    i128 ms = ((i128)billed_ns + NS_PER_MS - 1) / NS_PER_MS;
    i128 tenths = ms * config->memory_mb * GBS_TENTH_NUSD;
    i128 compute = (tenths + GBS_TENTHS_PER_MB_MS / 2) / GBS_TENTHS_PER_MB_MS;
    return compute > SCALE_MAX ? SCALE_MAX : REQUEST_NUSD + (int64_t)compute;
}
