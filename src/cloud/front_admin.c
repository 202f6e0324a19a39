/* What is not AWS's: metrics, state, faults. */
#include "cloud/emulator_parts.h"

#include <stdio.h>
#include <string.h>

static const char *const refusal_names[REFUSALS] = {
    [REFUSED_CONCURRENCY] = "concurrency",
    [REFUSED_RATE] = "rate",
    [REFUSED_SCALE] = "scale",
    [REFUSED_RESERVED_CONCURRENCY] = "reserved_concurrency",
    [REFUSED_RESERVED_RATE] = "reserved_rate",
    [REFUSED_QUEUE] = "event_queue",
    [REFUSED_OFF] = "reserved_zero",
};

/* ---- OpenMetrics ------------------------------------------------------------------------ */

static void head(struct buffer *b, const char *name, const char *type, const char *help)
{
    buffer_format(b, "# TYPE spillway_%s %s\n# HELP spillway_%s %s\n", name, type, name, help);
}

static void counter(struct buffer *b, const char *name, const char *help, uint64_t value)
{
    head(b, name, "counter", help);
    buffer_format(b, "spillway_%s_total %llu\n", name, (unsigned long long)value);
}

static void labelled(struct buffer *b, const char *name, const char *label, const char *is,
                     uint64_t value)
{
    buffer_format(b, "spillway_%s{%s=\"%s\"} %llu\n", name, label, is, (unsigned long long)value);
}

static void write_answers(struct buffer *b, const struct account_seen *s)
{
    head(b, "invocations", "counter", "Invocations by what became of them.");
    labelled(b, "invocations_total", "result", "ok", s->faas.executed);
    labelled(b, "invocations_total", "result", "throttled", s->faas.throttled);
    labelled(b, "invocations_total", "result", "error", s->faas.errors);
    labelled(b, "invocations_total", "result", "function_error", s->faas.function_errors);
    labelled(b, "invocations_total", "result", "timeout", s->faas.timeouts);
    head(b, "throttles", "counter", "429 by reason.");
    for (int i = 0; i < REFUSALS; i++)
        labelled(b, "throttles_total", "reason", refusal_names[i], s->refused[i]);
    head(b, "events", "counter", "Asynchronous invocations.");
    labelled(b, "events_total", "step", "queued", s->events_queued);
    labelled(b, "events_total", "step", "done", s->events_done);
    labelled(b, "events_total", "step", "retried", s->events_retried);
    labelled(b, "events_total", "step", "dropped", s->events_dropped);
}

static void write_environments(struct buffer *b, const struct platform *p)
{
    head(b, "environments", "gauge", "Environments by function and state.");
    for (int i = 0; i < p->pool_count; i++) {
        static const char *const states[] = {"starting", "busy", "idle"};
        int n[3];
        pool_count(p->pool[i], &n[0], &n[1], &n[2]);
        for (int k = 0; k < 3; k++)
            buffer_format(b, "spillway_environments{function=\"%s\",state=\"%s\"} %d\n",
                          pool_name(p->pool[i]), states[k], n[k]);
    }
}

void front_metrics(struct ask *a)
{
    struct platform *p = a->platform;
    const struct account_seen *s = &p->account.seen;
    struct buffer b = {0};
    counter(&b, "requests", "HTTP requests of every kind.", s->requests);
    counter(&b, "calls", "Invocations asked for.", s->faas.calls);
    write_answers(&b, s);
    counter(&b, "cold_starts", "Environments started.", s->faas.cold_starts);
    counter(&b, "executions", "Handlers that ran to their end without failing.", s->faas.executed);
    counter(&b, "init_failures", "Environments that never became ready.", s->init_failed);
    counter(&b, "exits", "Environments that ended by themselves.", s->exited);
    counter(&b, "answers_lost", "Answers that a fault lost.", s->faas.lost);
    counter(&b, "answers_late", "Answers that a fault delayed.", s->faas.late);
    counter(&b, "answers_spoiled", "Answers that a fault made useless.", s->faas.spoiled);
    counter(&b, "resets", "Connections that a fault reset before the handler ran.", s->resets);
    counter(&b, "billed_milliseconds", "Billed duration.", s->billed_ms);
    head(&b, "cost_usd", "counter", "Bill: requests and GB-seconds, US dollars.");
    buffer_format(&b, "spillway_cost_usd_total %lld.%09lld\n",
                  (long long)(s->faas.cost_nusd / NUSD_PER_USD),
                  (long long)(s->faas.cost_nusd % NUSD_PER_USD));
    write_environments(&b, p);
    head(&b, "events_waiting", "gauge", "Asynchronous invocations in the queue.");
    buffer_format(&b, "spillway_events_waiting %llu\n", (unsigned long long)s->events_waiting);
    head(&b, "connections", "gauge", "Open connections.");
    buffer_format(&b, "spillway_connections %d\n# EOF\n", http_connections(p->server));
    const struct http_field type = {"Content-Type",
                                    "application/openmetrics-text; version=1.0.0; charset=utf-8"};
    const struct http_answer answer = {
        .status = 200, .fields = &type, .field_count = 1, .body = b.data, .size = b.size};
    http_answer(a->request, &answer);
    buffer_free(&b);
}

/* ---- /_spillway ------------------------------------------------------------------------------ */

void front_health(struct ask *a)
{
    struct buffer b = {0};
    int64_t up_ns = reactor_now_ns(a->platform->reactor) - a->platform->started_ns;
    buffer_format(&b, "{\"status\":\"ok\",\"up_s\":%lld,\"functions\":%d}\n",
                  (long long)(up_ns / NS_PER_S), a->platform->pool_count);
    answer_json(a, 200, &b);
}

static void write_faults(struct buffer *b, const struct platform *p)
{
    int64_t now_ns = reactor_now_ns(p->reactor);
    bool first = true;
    buffer_text(b, "[");
    for (int i = 0; i < FAAS_FAULTS; i++) {
        int64_t value = faults_value(&p->account.faults, (enum faas_fault)i, now_ns);
        char text[48];
        if (value == 0)
            continue;
        units_write(fault_rows[i].unit == UNIT_NAME ? UNIT_COUNT : fault_rows[i].unit, value, text,
                    sizeof text);
        buffer_format(b, "%s{\"fault\":\"%s\",\"value\":\"%s\"", first ? "" : ",",
                      faas_fault_names[i], text);
        int64_t until_ns = p->account.faults.at[i].until_ns;
        if (until_ns != TIME_NEVER)
            buffer_format(b, ",\"left_s\":%lld.%03lld", (long long)((until_ns - now_ns) / NS_PER_S),
                          (long long)((until_ns - now_ns) % NS_PER_S / NS_PER_MS));
        buffer_text(b, "}");
        first = false;
    }
    buffer_text(b, "]");
}

void front_faults(struct ask *a)
{
    struct buffer b = {0};
    write_faults(&b, a->platform);
    answer_json(a, 200, &b);
}

void front_fault(struct ask *a)
{
    struct platform *p = a->platform;
    char text[200];
    struct fault_order o;
    struct err e = {0};
    snprintf(text, sizeof text, "%.*s", a->request->size < 199 ? (int)a->request->size : 199,
             a->request->size ? (const char *)a->request->body : "");
    if (faults_read(text, &o, &e) != 0) {
        char id[HANDLER_REQUEST_ID];
        account_uuid(&p->account, id);
        const struct api_detail d = {.request_id = id};
        api_error_answer(a->request, API_BAD_PARAMETER, &d, "%s", e.text);
        return;
    }
    platform_fault(p, &o);
    front_faults(a);
}

void front_state(struct ask *a)
{
    const struct account_seen *s = &a->platform->account.seen;
    const struct {
        const char *name;
        uint64_t value;
    } figures[] = {
        {"requests", s->requests},
        {"calls", s->faas.calls},
        {"completed", s->completed},
        {"executed", s->faas.executed},
        {"throttled", s->faas.throttled},
        {"errors", s->faas.errors},
        {"function_errors", s->faas.function_errors},
        {"timeouts", s->faas.timeouts},
        {"cold_starts", s->faas.cold_starts},
        {"lost", s->faas.lost},
        {"late", s->faas.late},
        {"spoiled", s->faas.spoiled},
        {"resets", s->resets},
        {"billed_ms", s->billed_ms},
        {"cost_nusd", (uint64_t)s->faas.cost_nusd},
        {"cold_starting", (uint64_t)s->faas.cold_starting},
        {"busy", (uint64_t)s->faas.busy},
        {"warm_idle", (uint64_t)s->faas.warm_idle},
        {"events_waiting", s->events_waiting},
        {"events_dropped", s->events_dropped},
        {"connections", (uint64_t)http_connections(a->platform->server)},
        {"pending", (uint64_t)http_pending(a->platform->server)},
    };
    struct buffer b = {0};
    buffer_text(&b, "{");
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        buffer_format(&b, "\"%s\":%llu,", figures[i].name, (unsigned long long)figures[i].value);
    buffer_text(&b, "\"faults\":");
    write_faults(&b, a->platform);
    buffer_text(&b, "}\n");
    answer_json(a, 200, &b);
}
