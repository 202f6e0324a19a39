#include "ui/headless_summary.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct print o;
static struct sp_summary s;
static char seen[1 << 16];

static const char *text_of(int (*write_it)(void))
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    print_init(&o, ends[1]);
    write_it();
    cr_assert(print_flush(&o));
    close(ends[1]);
    ssize_t n = read(ends[0], seen, sizeof seen - 1);
    close(ends[0]);
    cr_assert(n >= 0);
    seen[n] = '\0';
    return seen;
}

/* A run with a different figure in every field. */
static void a_run(void)
{
    struct sp_reading *r = &s.last;
    memset(&s, 0, sizeof s);
    strcpy(r->preset, "burst");
    strcpy(r->provider, "model");
    knobs_init(&r->knobs);
    s.seed = 7;
    r->sim = true;
    r->now_ns = 60 * NS_PER_S;
    s.completion_ns = 60 * NS_PER_S + 1499999;
    r->backlog = 11;
    r->in = 101, r->out = 90, r->in_flight = 8, r->dead = 3;
    r->lost = 1, r->duplicated = 2, r->disordered = 4;
    r->tokens = 4242;
    r->digest = 0xABC;
    r->latency_run =
        (struct sp_latency){90, 1500, 1499, 2000000, 250000499, 250000500, 999999999999};
    r->parts_run = (struct sp_parts){0.4, 499.6, 1e6, 2e6, 3e6, 0.0 / 1.0};
    r->call_run = (struct sp_latency){5, 0, 86000000, 0, 231000000, 0, 231000001};
    r->vertex_count = 1;
    strcpy(r->vertex[0].name, "tokenizer");
    r->vertex[0].accumulated_busy_s = 30;
    r->vertex[0].accumulated_idle_s = 18;
    r->vertex[0].accumulated_backpressured_s = 12;
    r->burst_records = 50, r->batches = 6, r->calls = 7, r->retries = 1;
    r->throttled = 2, r->cold_starts = 3, r->failed = 4, r->cost_nusd = 1234567;
    r->timeouts = 5, r->splits = 6, r->executed = 8, r->fell_back = 9;
    r->decisions = 9;
    s.expect_count = 1;
    strcpy(s.expect[0].text, "p99<250ms");
    strcpy(s.expect[0].observed, "251ms");
}

static int as_json(void)
{
    summary_json(&o, &s);
    return 0;
}

Test(headless_summary, json_is_one_line_with_the_fields_of_the_contract_in_order)
{
    a_run();
    char wanted[4096];
    snprintf(wanted, sizeof wanted,
             "{\"v\":1,\"preset\":\"burst\",\"clock\":\"sim\",\"provider\":\"model\",\"seed\":7,"
             "\"commit\":\"%s\",\"duration_s\":60.000,\"completion_s\":60.001,\"backlog\":11,"
             "\"records\":{\"in\":101,\"out\":90,\"in_flight\":8,\"dead\":3,\"lost\":1,"
             "\"duplicated\":2,\"disordered\":4},\"tokens\":4242,\"digest\":\"0000000000000abc\","
             "\"latency_ms\":{\"count\":90,\"mean\":0.002,\"p50\":0.001,\"p90\":2.000,"
             "\"p99\":250.000,\"p999\":250.001,\"max\":1000000.000},"
             "\"latency_parts_ms\":{\"backlog\":0.000,\"queue\":0.000,\"fill\":1.000,"
             "\"call\":2.000,\"service\":3.000,\"order\":0.000},"
             "\"call_ms\":{\"count\":5,\"p50\":86.000,\"p99\":231.000,\"max\":231.000},"
             "\"vertices\":[{\"name\":\"tokenizer\",\"busy\":500.000,\"idle\":300.000,"
             "\"backpressured\":200.000,\"accumulated_backpressured_s\":12.000}],"
             "\"burst\":{\"records\":50,\"batches\":6,\"calls\":7,\"retries\":1,\"throttled\":2,"
             "\"cold_starts\":3,\"failed\":4,\"timeouts\":5,\"splits\":6,\"executed\":8,\"fell_"
             "back\":9,\"cost_usd\":0.001234567},\"policy\":\"off\","
             "\"decisions\":9,\"expects\":[{\"text\":\"p99<250ms\",\"ok\":false,"
             "\"observed\":\"251ms\"}]}\n",
             sp_commit());
    cr_assert_str_eq(text_of(as_json), wanted);
}

Test(headless_summary, figures_that_are_no_numbers_are_written_as_zero)
{
    a_run();
    volatile double zero = 0;
    s.last.parts_run.queue = zero / zero;
    s.last.parts_run.fill = 1 / zero;
    const char *text = text_of(as_json);
    cr_assert(strstr(text, "\"queue\":0.000,\"fill\":0.000"), "%s", text);
}

Test(headless_summary, a_run_that_ended_at_once_has_a_summary)
{
    memset(&s, 0, sizeof s);
    knobs_init(&s.last.knobs);
    const char *text = text_of(as_json);
    cr_assert(strstr(text, "\"vertices\":[],"), "%s", text);
    cr_assert(strstr(text, "\"expects\":[]}\n"), "%s", text);
}

static int as_series(void)
{
    series_header(&o);
    series_row(&o, &s.last);
    return 0;
}

static int commas(const char *line)
{
    int n = 0;
    for (; *line && *line != '\n'; line++)
        n += *line == ',';
    return n;
}

Test(headless_summary, each_column_of_the_series_has_a_name)
{
    a_run();
    const char *text = text_of(as_series);
    const char *row = strchr(text, '\n') + 1;
    cr_assert_eq(commas(text), commas(row));
    cr_assert_eq(strncmp(text, "time_s,", 7), 0);
    cr_assert(strstr(text, ",records.in,"));
    cr_assert(strstr(text, ",latency_ms.p99,"));
    cr_assert_eq(strncmp(row, "60.000,", 7), 0);
}

static int as_text(void)
{
    summary_text(&o, &s);
    return 0;
}

Test(headless_summary, the_page_names_what_went_wrong)
{
    a_run();
    strcpy(s.ledger_text, "record 0:12 is lost");
    const char *text = text_of(as_text);
    cr_assert(strstr(text, "VIOLATED"), "%s", text);
    cr_assert(strstr(text, "record 0:12 is lost"), "%s", text);
    cr_assert(strstr(text, "FAILED p99<250ms  (observed 251ms)"), "%s", text);
}
