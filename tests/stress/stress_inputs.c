/* Trace files, dead letters and texts that went wrong: good ones with bytes changed, put
 * in, taken out, doubled and cut, thousands of them, from a seed. Each is either taken or
 * refused with a sentence; what is taken must hold what its header promises.
 *
 *     stress_inputs [ROUNDS [SEED]]
 */
#include "base/prng.h"
#include "base/units.h"
#include "io/letter.h"
#include "io/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT 8192

static struct prng prng;
static char path[] = "/tmp/spillway-inputs-XXXXXX";
static unsigned char text[TEXT];
static size_t size;
static struct schedule_spec spec;
static struct schedule sched;
static struct err e;
static long taken, refused;

static void die(const char *what)
{
    fprintf(stderr, "stress_inputs: %s\n", what);
    unlink(path);
    abort();
}

static uint32_t below(uint32_t n) { return (uint32_t)prng_below(&prng, n); }

/* ---- what is written -------------------------------------------------------------------- */

static const char *const traces[] = {
    "# c\ntime_s,rate\n0,100\n10,200.5\n20,50\n",
    "1600000000,1\n1600000060,2\n1600000120,1000000000\n",
    "0,0\n0.001,5\r\n0.002,5\r\n\r\n1000,0.001",
};
static const char *const letters[] = {
    "{\"id\":\"0:123\",\"reason\":\"retries used up\",\"attempts\":3,\"text\":\"a "
    "\\u00ff\\n\\\\\"}\n",
    "{\"text\":\"\",\"id\":\"1:9\",\"attempts\":0,\"reason\":\"\"}\n\n"
    "{\"id\":\"0:1\",\"reason\":\"above 1 MiB\",\"attempts\":0,\"at\":\"big:2 (9 bytes)\"}",
};

static void put_one(size_t at, unsigned char c)
{
    if (size == TEXT)
        return;
    memmove(text + at + 1, text + at, size - at);
    text[at] = c;
    size++;
}

static unsigned char odd_byte(void)
{
    static const char some[] = "0123456789.,eE+-#\"\\{}:[]u\n\r\t ";
    return below(4) ? (unsigned char)some[below(sizeof some - 1)] : (unsigned char)below(256);
}

static void spoil(void)
{
    size_t at = size ? below((uint32_t)size) : 0;
    switch (below(6)) {
    case 0:
        put_one(at, odd_byte());
        break;
    case 1:
        size = at;
        break;
    case 2:
        if (size > 0) {
            memmove(text + at, text + at + 1, size - at - 1);
            size--;
        }
        break;
    case 3:
        for (uint32_t n = below(40); n > 0; n--)
            put_one(at, text[at]);
        break;
    default:
        if (size > 0)
            text[at] = odd_byte();
    }
}

static void write_text(const char *good)
{
    size = strlen(good);
    memcpy(text, good, size);
    for (uint32_t n = below(5); n > 0; n--)
        spoil();
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(text, 1, size, f) != size || fclose(f) != 0)
        die("cannot write");
}

/* ---- what is read ----------------------------------------------------------------------- */

static void check_sentence(void)
{
    size_t length = strnlen(e.text, sizeof e.text);
    if (length < 10 || length >= sizeof e.text)
        die("a refusal without a sentence");
    refused++;
}

static void fuzz_trace(void)
{
    int index, at_fault;
    write_text(traces[below(sizeof traces / sizeof *traces)]);
    spec.count = 1;
    spec.traces = spec.points = 0;
    e = (struct err){0};
    if (trace_load(path, &spec, &index, &e) != 0) {
        check_sentence();
        return;
    }
    spec.step[0] = (struct schedule_step){.kind = STEP_TRACE,
                                          .trace = index,
                                          .factor_ppm = PPM_ONE,
                                          .stairs = below(2),
                                          .loop = below(2) && spec.points > 1};
    const char *why = schedule_check(&spec, &at_fault);
    taken++;
    if (why && !spec.step[0].loop)
        die(why); /* what was read is a good schedule, unless it loops in no time */
    if (why)
        return;
    schedule_init(&sched, &spec);
    uint64_t before = 0;
    for (int64_t now = 0; now < 2 * NS_PER_S; now += 100 * NS_PER_MS) {
        uint64_t due = schedule_due_count(&sched, now);
        if (due < before)
            die("fewer records are due than before");
        before = due;
    }
}

static void fuzz_letters(void)
{
    struct lines *l;
    struct line line;
    struct letter letter;
    write_text(letters[below(sizeof letters / sizeof *letters)]);
    if (lines_open(path, below(2) ? LETTER_MAX : 60, &l, &e) != 0)
        die(e.text);
    uint64_t bytes = 0, numbers = 0;
    while (lines_next(l, &line, &e) == LINES_HAS) {
        bytes += line.bytes + 1;
        if (line.number != ++numbers || (line.text && line.size != line.bytes))
            die("a line is not what it says");
        if (line.text == NULL)
            continue;
        e = (struct err){0};
        if (letter_read(line.text, line.size, &letter, &e) != 0)
            check_sentence();
        else if (letter.size > line.size || letter.text < line.text)
            die("a letter's text is not in its line");
        else
            taken++;
    }
    if (bytes != size && bytes != size + 1)
        die("bytes were lost between lines");
    lines_close(l);
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? atol(argv[1]) : 3000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    prng = prng_split(seed, 0);
    int fd = mkstemp(path);
    if (fd < 0)
        die("no temporary file");
    close(fd);
    for (long i = 0; i < rounds; i++) {
        fuzz_trace();
        fuzz_letters();
    }
    unlink(path);
    if (taken < rounds / 10 || refused < rounds / 10)
        die("nearly all of it was taken, or refused: this shows nothing");
    printf("%ld rounds, seed %llu: %ld taken, %ld refused\n", rounds, (unsigned long long)seed,
           taken, refused);
    return 0;
}
