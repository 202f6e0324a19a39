#include "ui/sheet.h"

#include "ui/fmt.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1a1a;--dim:#595959;--line:#d0d0d0;--paper:#fff;"
    "--c1:#0b5394;--c2:#b45309;--c3:#a0134f;--c4:#1d6f42}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#ececec;--dim:#a8a8a8;--line:#3c3c3c;"
    "--paper:#141414;--c1:#7db8ff;--c2:#ffb454;--c3:#ff8fb8;--c4:#74d99f}}\n"
    "@media print{:root{--ink:#000;--dim:#333;--line:#bbb;--paper:#fff;--c1:#000;--c2:#000;"
    "--c3:#000;--c4:#000}}\n"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:1000px;margin:2em auto;padding:0 1em}\n"
    "h1{font-size:1.5em;margin:0}h2{font-size:1.1em;margin:2em 0 .5em}\n"
    "svg{width:100%;height:auto;display:block;margin:0 0 1em;break-inside:avoid}\n"
    "svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .dim{fill:var(--dim)}"
    "svg .num{text-anchor:end}svg .mid{text-anchor:middle}svg .b{font-weight:600}\n"
    "svg path{fill:none}.grid{stroke:var(--line)}.axis{stroke:var(--dim)}"
    ".mark{stroke:var(--dim);stroke-dasharray:1 3}\n"
    ".p1{stroke:var(--c1);stroke-width:2}.p2{stroke:var(--c2);stroke-width:2;"
    "stroke-dasharray:7 3}.p3{stroke:var(--c3);stroke-width:1.6;stroke-dasharray:2 2}"
    ".p4{stroke:var(--c4);stroke-width:2;stroke-dasharray:10 3 2 3}\n"
    "table{border-collapse:collapse;width:100%;font-size:14px}"
    "td,th{border-bottom:1px solid var(--line);padding:.2em .6em;text-align:left;"
    "vertical-align:top}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "code,pre{font:13px/1.4 ui-monospace,monospace;white-space:pre-wrap;"
    "overflow-wrap:anywhere}.dim{color:var(--dim)}.bad{font-weight:700;"
    "text-decoration:underline}\n";

/* ---- tables ------------------------------------------------------------------------------ */

__attribute__((format(printf, 3, 4))) static void row(struct text *t, const char *name,
                                                      const char *format, ...)
{
    char value[400];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    text_put(t, "<tr><th>%s</th><td>", name);
    text_html(t, value);
    text_add(t, "</td></tr>\n");
}

static void latency_row(struct text *t, const char *name, const struct sp_latency *l)
{
    if (l->count == 0)
        row(t, name, "none");
    else
        row(t, name, "mean %s, p50 %s, p90 %s, p99 %s, p99.9 %s, max %s; %s of them",
            fmt_latency(l->mean).s, fmt_latency(l->p50).s, fmt_latency(l->p90).s,
            fmt_latency(l->p99).s, fmt_latency(l->p999).s, fmt_latency(l->max).s,
            fmt_grouped(l->count).s);
}

static void write_summary(struct text *t, const struct sp_summary *s, bool whole)
{
    const struct sp_reading *r = &s->last;
    const struct sp_parts *p = &r->parts_run;
    text_add(t, "<h2>Summary</h2>\n<table>\n");
    row(t, "Ends", "%s", whole ? "with its run" : "in the middle: the recording was broken off");
    row(t, "Records", "in %s, out %s, in flight %s, dead letters %s", fmt_grouped(r->in).s,
        fmt_grouped(r->out).s, fmt_grouped((uint64_t)(r->in_flight > 0 ? r->in_flight : 0)).s,
        fmt_grouped(r->dead).s);
    row(t, "Ledger", "%s: lost %s, duplicated %s, out of order %s",
        s->ledger_ok ? "balances" : "VIOLATED", fmt_grouped(r->lost).s,
        fmt_grouped(r->duplicated).s, fmt_grouped(r->disordered).s);
    if (s->ledger_text[0] != 0)
        row(t, "", "%s", s->ledger_text);
    row(t, "Backlog", "%s records due and not emitted", fmt_grouped((uint64_t)r->backlog).s);
    latency_row(t, "Latency", &r->latency_run);
    row(t, "made of", "backlog %s + queue %s + fill %s + call %s + service %s + order %s",
        fmt_latency((int64_t)p->backlog).s, fmt_latency((int64_t)p->queue).s,
        fmt_latency((int64_t)p->fill).s, fmt_latency((int64_t)p->call).s,
        fmt_latency((int64_t)p->service).s, fmt_latency((int64_t)p->order).s);
    latency_row(t, "Calls", &r->call_run);
    row(t, "Functions",
        "%s records in %s batches; %s retries, %s throttled, %s cold starts, %s "
        "failed; %s",
        fmt_grouped(r->burst_records).s, fmt_grouped(r->batches).s, fmt_grouped(r->retries).s,
        fmt_grouped(r->throttled).s, fmt_grouped(r->cold_starts).s, fmt_grouped(r->failed).s,
        fmt_usd(r->cost_nusd).s);
    row(t, "Output", "%s tokens, digest %016llx", fmt_grouped(r->tokens).s,
        (unsigned long long)r->digest);
    for (int i = 0; i < s->expect_count; i++)
        row(t, i == 0 ? "Expected" : "", "%s %s (observed %s)", s->expect[i].ok ? "✓" : "✗",
            s->expect[i].text, s->expect[i].observed);
    text_add(t, "</table>\n");
}

static void write_vertices(struct text *t, const struct sp_reading *r)
{
    text_add(t, "<h2>Operators</h2>\n<table>\n<tr><th>Operator</th><th class=\"n\">instances</th>"
                "<th class=\"n\">slots</th><th class=\"n\">in</th><th class=\"n\">out</th>"
                "<th class=\"n\">busy s</th><th class=\"n\">back-pressured s</th>"
                "<th class=\"n\">idle s</th></tr>\n");
    for (int i = 0; i < r->vertex_count && i < SP_VERTICES; i++) {
        const struct sp_vertex *v = &r->vertex[i];
        text_add(t, "<tr><td>");
        text_html(t, v->name);
        text_put(t,
                 "</td><td class=\"n\">%d</td><td class=\"n\">%d</td><td class=\"n\">%s</td>"
                 "<td class=\"n\">%s</td><td class=\"n\">%.1f</td><td class=\"n\">%.1f</td>"
                 "<td class=\"n\">%.1f</td></tr>\n",
                 v->parallelism, v->slots, fmt_grouped(v->in).s, fmt_grouped(v->out).s,
                 v->accumulated_busy_s, v->accumulated_backpressured_s, v->accumulated_idle_s);
    }
    text_add(t, "</table>\n");
}

static void write_events(struct text *t, const struct sheet_data *d)
{
    text_add(t, "<h2>Events</h2>\n");
    if (d->events == 0) {
        text_add(t, "<p>None.</p>\n");
        return;
    }
    text_add(t, "<p class=\"dim\">Capital letters stand for what people and scripts did, small "
                "ones for what the controller decided; they are those over the graphs.</p>\n"
                "<table>\n<tr><th></th><th class=\"n\">time</th><th>by</th><th>command</th>"
                "<th>effect</th></tr>\n");
    for (size_t i = 0; i < d->events; i++) {
        const struct sheet_event *m = &d->event[i];
        text_put(t, "<tr%s><td><b>%s</b></td><td class=\"n\">%s</td><td>%s</td><td><code>",
                 m->event.kind == '!' ? " class=\"bad\"" : "", m->letter, fmt_clock(m->at_ns).s,
                 sp_author_names[m->event.author]);
        text_html(t, m->event.command);
        text_add(t, "</code></td><td>");
        text_html(t, m->event.effect);
        text_add(t, "</td></tr>\n");
    }
    text_add(t, "</table>\n");
}

static void write_knob_changes(struct text *t, const struct sheet_data *d, int knob)
{
    char value[64];
    const char *between = "";
    for (size_t i = 0; i < d->knobs; i++) {
        const struct sheet_knob *k = &d->knob[i];
        if (k->knob != knob)
            continue;
        knob_write((enum knob)knob, k->value, value, sizeof value);
        text_put(t, "%s%s: ", between, fmt_clock(k->at_ns).s);
        text_html(t, value);
        text_add(t, k->manual ? "" : " (auto)");
        between = "; ";
    }
}

static void write_knobs(struct text *t, const struct sheet_data *d)
{
    char value[64];
    text_add(t, "<h2>Knobs</h2>\n<table>\n<tr><th>knob</th><th>at the start</th>"
                "<th>changes</th></tr>\n");
    for (int i = 0; i < KNOB_COUNT; i++) {
        knob_write((enum knob)i, d->start.value[i], value, sizeof value);
        text_put(t, "<tr><td>%s</td><td>", knob_table[i].name);
        text_html(t, value);
        text_add(t, d->start.manual[i] ? " by hand</td><td>" : "</td><td>");
        write_knob_changes(t, d, i);
        text_add(t, "</td></tr>\n");
    }
    text_add(t, "</table>\n");
}

/* ---- how to repeat it -------------------------------------------------------------------- */

/* A word for the shell, in single quotes where it needs them. */
static void shell_word(struct text *t, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:=,%+";
    char quoted[2 * SP_EVENT_TEXT + 16];
    size_t n = 0;
    if (word[0] != 0 && word[strspn(word, plain)] == 0) {
        text_html(t, word);
        return;
    }
    quoted[n++] = '\'';
    for (const char *p = word; *p != 0 && n + 8 < sizeof quoted; p++) {
        if (*p == '\'') {
            memcpy(quoted + n, "'\\''", 4);
            n += 4;
        } else {
            quoted[n++] = *p;
        }
    }
    quoted[n++] = '\'';
    quoted[n] = 0;
    text_html(t, quoted);
}

static void option(struct text *t, const char *name, const char *value)
{
    text_put(t, " %s ", name);
    shell_word(t, value);
}

/* A line of --script or --at. */
static void command_option(struct text *t, const char *command)
{
    if (strncmp(command, "at ", 3) == 0) {
        option(t, "--at", command + 3);
        return;
    }
    char text[SP_EVENT_TEXT + 8];
    snprintf(text, sizeof text, "0s %s", command);
    option(t, "--at", text);
}

static bool is_typed(const struct sp_event *e)
{
    return (e->author == SP_YOU || e->author == SP_SOCKET) && e->kind != 0 &&
           strchr("LKXPME", e->kind) != NULL && strcmp(e->command, "quit") != 0;
}

static void write_command(struct text *t, const struct sheet_data *d)
{
    const struct recording_head *h = replay_head(d->replay);
    char text[SP_EVENT_TEXT + 60];
    text_add(t, "<pre>spillway run ");
    snprintf(text, sizeof text, "./%s.json", h->preset->name);
    shell_word(t, text);
    text_put(t, " --%s --seed %llu", h->sim ? "sim" : "live", (unsigned long long)h->seed);
    if (h->records > 0)
        text_put(t, " --records %llu", (unsigned long long)h->records);
    if (h->duration_ns > 0) {
        units_write(UNIT_DURATION, h->duration_ns, text, sizeof text);
        option(t, "--duration", text);
    }
    if (h->rate_mps > 0) {
        units_write(UNIT_RATE, h->rate_mps, text, sizeof text);
        option(t, "--rate", text);
    }
    for (int i = 0; h->commands[i] != NULL; i++)
        command_option(t, h->commands[i]);
    for (size_t i = 0; i < d->events; i++) {
        const struct sp_event *e = &d->event[i].event;
        if (!is_typed(e))
            continue;
        snprintf(text, sizeof text, "%.3fs %s", (double)e->at_ns / 1e9, e->command);
        option(t, "--at", text);
    }
    for (int i = 0; h->expects[i] != NULL; i++)
        option(t, "--expect", h->expects[i]);
    text_add(t, "</pre>\n");
}

static void write_again(struct text *t, const struct sheet_data *d, const char *file)
{
    const struct recording_head *h = replay_head(d->replay);
    text_add(t, "<h2>Again</h2>\n<p>On the screen, and as a test:</p>\n<pre>spillway replay ");
    shell_word(t, file);
    if (h->sim) {
        text_add(t, "\nspillway replay ");
        shell_word(t, file);
        text_add(t, " --golden");
    }
    text_add(t, "</pre>\n<p>The run itself, with the preset below in <code>");
    text_html(t, h->preset->name);
    text_add(t, ".json</code>:</p>\n");
    write_command(t, d);
    text_add(t, "<details><summary>The preset</summary><pre>");
    text_html(t, h->preset_text);
    text_add(t, "</pre></details>\n");
}

/* ---- the page ---------------------------------------------------------------------------- */

static void write_head(struct text *t, const struct sheet_data *d, const struct sp_reading *r,
                       const char *file)
{
    const struct recording_head *h = replay_head(d->replay);
    text_add(t, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width\">\n<title>spillway ");
    text_html(t, r->preset);
    text_add(t, "</title>\n<style>\n");
    text_add(t, style);
    text_add(t, "</style></head><body>\n<h1>");
    text_html(t, r->preset);
    text_add(t, "</h1>\n<p>");
    text_html(t, r->why);
    text_put(t, "</p>\n<p class=\"dim\">%s of %s time; ", fmt_clock(d->last_ns - d->first_ns).s,
             h->sim ? "virtual" : "real");
    text_add(t, "provider ");
    text_html(t, r->provider);
    text_put(t, ", seed %llu, commit ", (unsigned long long)h->seed);
    text_html(t, h->commit);
    if (h->made[0] != 0) {
        text_add(t, ", made ");
        text_html(t, h->made);
        text_put(t, " on %d processors, ", h->cpus);
        text_html(t, h->system);
    }
    text_add(t, "; recorded in ");
    text_html(t, file);
    text_add(t, ".</p>\n");
}

void sheet_write(struct text *t, const struct sheet_data *d, const char *file)
{
    static struct sp_summary s;
    bool whole = replay_end(d->replay, &s);
    write_head(t, d, &s.last, file);
    for (const struct sheet_plot *p = sheet_plots; p->title != NULL; p++)
        sheet_plot(t, d, p);
    write_summary(t, &s, whole);
    write_events(t, d);
    write_knobs(t, d);
    write_vertices(t, &s.last);
    write_again(t, d, file);
    text_add(t, "</body></html>\n");
}
