/* The screen as sentences. */
#include "ui/linear.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/lib/fake_reading.h"

static struct fake_load load;
static struct sp_reading reading;
static char said[60000], all[200000];

static void play(struct linear *l, int64_t from_ms, int64_t to_ms)
{
    all[0] = 0;
    for (int64_t ms = from_ms; ms <= to_ms; ms += 100) {
        fake_reading(&load, ms * NS_PER_MS, &reading);
        linear_say(l, &reading, said, sizeof said);
        cr_assert_lt(strlen(all) + strlen(said), sizeof all);
        strcat(all, said);
    }
}

static int lines(const char *text)
{
    int n = 0;
    for (; *text != 0; text++)
        n += *text == '\n';
    return n;
}

Test(linear, a_calm_minute_takes_few_words)
{
    struct linear l = {.ledger_good = true};
    fake_load_init(&load);
    play(&l, 0, 60000);
    cr_assert_gt(lines(all), 0);
    cr_assert_leq(lines(all), 13, "%s", all);
    cr_assert_null(strchr(all, '\033'));
}

Test(linear, events_are_said_once_and_bad_news_at_once)
{
    struct linear l = {.ledger_good = true};
    fake_load_init(&load);
    play(&l, 0, 10000);
    fake_event(&load, 10 * NS_PER_S, SP_YOU, 'L', "spike x3 10s", "load x3");
    fake_event(&load, 10 * NS_PER_S, SP_YOU, '!', "kill nobody", "no such operator");
    fake_spike(&load, 10 * NS_PER_S, 10 * NS_PER_S, 3);
    play(&l, 10100, 12000);
    cr_assert_not_null(strstr(all, "you: spike x3 10s: load x3\n"), "%s", all);
    cr_assert_not_null(strstr(all, "refused: kill nobody: no such operator\n"));
    cr_assert_null(strstr(strstr(all, "spike") + 5, "spike"), "once: %s", all);
    cr_assert_not_null(strstr(all, "high back-pressure"), "%s", all);
}

Test(linear, a_violated_ledger_is_said)
{
    struct linear l = {.ledger_good = true};
    fake_load_init(&load);
    play(&l, 0, 3000);
    reading.lost = 2;
    linear_say(&l, &reading, said, sizeof said);
    cr_assert_not_null(strstr(said, "LEDGER VIOLATED: lost 2"), "%s", said);
    linear_say(&l, &reading, said, sizeof said);
    cr_assert_str_eq(said, "");
}

Test(linear, redaction_holds_here_too)
{
    struct linear l = {.ledger_good = true, .redact = true};
    fake_load_init(&load);
    fake_event(&load, 0, SP_AUTO, '!', "", "denied for arn:aws:iam::123456789012:role/x");
    play(&l, 0, 100);
    cr_assert_null(strstr(all, "123456789012"), "%s", all);
}
