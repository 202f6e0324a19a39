/* The parts of the control plane that clients use. specs: faas.md 10.3.5. */
#include "cloud/emulator_parts.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void refuse(struct ask *a, enum api_error error, const char *message)
{
    char id[HANDLER_REQUEST_ID];
    const struct api_detail d = {.request_id = id};
    account_uuid(&a->platform->account, id);
    api_error_answer(a->request, error, &d, "%s", message);
}

/* ---- what there is ------------------------------------------------------------------- */

static const char *runtime_of(const struct handler_kind *kind)
{
    static const char *const runtimes[][2] = {{"python", "python3.12"}, {"java", "java21"}};
    for (size_t i = 0; i < sizeof runtimes / sizeof *runtimes; i++)
        if (strcmp(kind->name, runtimes[i][0]) == 0)
            return runtimes[i][1];
    return "provided.al2023";
}

static void write_configuration(struct buffer *b, const struct platform *p, const struct pool *pool)
{
    const struct pool_options *o = pool_options(pool);
    time_t s = (time_t)(account_real_ms(&p->account, p->started_ns) / 1000);
    struct tm tm;
    char when[64];
    gmtime_r(&s, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S.000+0000", &tm);
    buffer_format(b, "{\"FunctionName\":\"%s\",\"FunctionArn\":\"%s\",\"Runtime\":\"%s\"",
                  pool_name(pool), pool_arn(pool), runtime_of(o->kind));
    buffer_format(b, ",\"Role\":\"arn:aws:iam::%s:role/spillway\",\"Handler\":", p->account.id);
    buffer_json(b, o->source, strlen(o->source));
    buffer_format(b,
                  ",\"CodeSize\":0,\"Description\":\"%s\",\"Timeout\":%lld,\"MemorySize\":%d,"
                  "\"LastModified\":\"%s\",\"Version\":\"$LATEST\",\"State\":\"Active\","
                  "\"LastUpdateStatus\":\"Successful\",\"PackageType\":\"Zip\","
                  "\"Architectures\":[\"x86_64\"],\"TracingConfig\":{\"Mode\":\"PassThrough\"}}",
                  o->kind->name, (long long)((o->faas.timeout_ns + NS_PER_S - 1) / NS_PER_S),
                  o->faas.memory_mb, when);
}

void front_list(struct ask *a)
{
    struct buffer b = {0};
    buffer_text(&b, "{\"Functions\":[");
    for (int i = 0; i < a->platform->pool_count; i++) {
        buffer_text(&b, i ? "," : "");
        write_configuration(&b, a->platform, a->platform->pool[i]);
    }
    buffer_text(&b, "]}");
    answer_json(a, 200, &b);
}

void front_get(struct ask *a)
{
    struct pool *pool = platform_find(a, NULL);
    struct buffer b = {0};
    if (pool == NULL)
        return;
    buffer_text(&b, "{\"Configuration\":");
    write_configuration(&b, a->platform, pool);
    buffer_text(&b, ",\"Code\":{\"RepositoryType\":\"S3\"},\"Tags\":{}");
    if (pool_reserved(pool) != POOL_UNRESERVED)
        buffer_format(&b, ",\"Concurrency\":{\"ReservedConcurrentExecutions\":%d}",
                      pool_reserved(pool));
    buffer_text(&b, "}");
    answer_json(a, 200, &b);
}

void front_configuration(struct ask *a)
{
    struct pool *pool = platform_find(a, NULL);
    struct buffer b = {0};
    if (pool == NULL)
        return;
    write_configuration(&b, a->platform, pool);
    answer_json(a, 200, &b);
}

void front_url_config(struct ask *a)
{
    struct pool *pool = platform_find(a, NULL);
    struct buffer b = {0};
    if (pool == NULL)
        return;
    buffer_format(&b,
                  "{\"FunctionUrl\":\"http://127.0.0.1:%d/url/%s/\",\"FunctionArn\":\"%s\","
                  "\"AuthType\":\"%s\",\"InvokeMode\":\"BUFFERED\"}",
                  http_port(a->platform->server), pool_name(pool), pool_arn(pool),
                  a->platform->signer ? "AWS_IAM" : "NONE");
    answer_json(a, 200, &b);
}

/* ---- functions come and go --------------------------------------------------------------- */

static const char *text_field(const cJSON *object, const char *name)
{
    const cJSON *f = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(f) ? f->valuestring : NULL;
}

/* A number in [min, max], or what stands there if the field is missing; -1: bad. */
static int64_t number_field(const cJSON *object, const char *name, int64_t min, int64_t max,
                            int64_t missing)
{
    const cJSON *f = cJSON_GetObjectItemCaseSensitive(object, name);
    if (f == NULL || cJSON_IsNull(f))
        return missing;
    bool good = cJSON_IsNumber(f) && f->valuedouble >= (double)min &&
                f->valuedouble <= (double)max && (double)(int64_t)f->valuedouble == f->valuedouble;
    return good ? (int64_t)f->valuedouble : -1;
}

/* What may be made over HTTP runs no program of the machine: whoever reaches the port
 * must not be able to start one. */
static void create(struct ask *a, const cJSON *body)
{
    struct platform *p = a->platform;
    const char *name = text_field(body, "FunctionName");
    struct faas_config faas = p->options.faas;
    int64_t memory =
        number_field(body, "MemorySize", FAAS_MEMORY_MIN, FAAS_MEMORY_MAX, faas.memory_mb);
    int64_t timeout_s = number_field(body, "Timeout", 1, 900, -2);
    struct err e = {0};
    if (name == NULL || memory < 0 || timeout_s == -1) {
        refuse(a, API_BAD_PARAMETER,
               "FunctionName must be a string, MemorySize 128 to 10240, Timeout 1 to 900");
        return;
    }
    if (platform_by_name(p, name)) {
        refuse(a, API_CONFLICT, "Function already exist");
        return;
    }
    faas.memory_mb = (int)memory;
    if (timeout_s > 0)
        faas.timeout_ns = timeout_s * NS_PER_S;
    struct pool *pool = platform_add(p, name, "native:tokenize", &faas, &e);
    if (pool == NULL) {
        refuse(a, API_BAD_PARAMETER, e.text);
        return;
    }
    struct buffer b = {0};
    write_configuration(&b, p, pool);
    answer_json(a, 201, &b);
}

void front_create(struct ask *a)
{
    cJSON *body = cJSON_ParseWithLength((const char *)a->request->body, a->request->size);
    if (cJSON_IsObject(body))
        create(a, body);
    else
        refuse(a, API_BAD_CONTENT, "Could not parse request body into json: an object is wanted");
    cJSON_Delete(body);
}

void front_delete(struct ask *a)
{
    struct pool *pool = platform_find(a, NULL);
    if (pool == NULL)
        return;
    if (pool_busy(pool)) {
        refuse(a, API_CONFLICT, "The function has invocations under way: try again later");
        return;
    }
    platform_remove(a->platform, pool);
    answer_empty(a, 204);
}

/* ---- reserved concurrency ------------------------------------------------------------------- */

void front_concurrency_put(struct ask *a)
{
    struct pool *pool = platform_find(a, NULL);
    if (pool == NULL)
        return;
    cJSON *body = cJSON_ParseWithLength((const char *)a->request->body, a->request->size);
    int64_t wanted =
        number_field(body, "ReservedConcurrentExecutions", 0, FAAS_ENVIRONMENTS_MAX, -1);
    cJSON_Delete(body);
    struct err e = {0};
    struct buffer b = {0};
    if (wanted < 0) {
        refuse(a, API_BAD_PARAMETER, "ReservedConcurrentExecutions must be a whole number from 0");
        return;
    }
    if (pool_reserve(pool, (int)wanted, &e) != 0) {
        refuse(a, API_BAD_PARAMETER, e.text);
        return;
    }
    buffer_format(&b, "{\"ReservedConcurrentExecutions\":%d}", (int)wanted);
    answer_json(a, 200, &b);
}

void front_concurrency_delete(struct ask *a)
{
    struct pool *pool = platform_find(a, NULL);
    struct err e;
    if (pool == NULL)
        return;
    int rc = pool_reserve(pool, POOL_UNRESERVED, &e);
    assert(rc == 0); /* giving back cannot fail */
    answer_empty(a, 204);
}

void front_concurrency_get(struct ask *a)
{
    struct pool *pool = platform_find(a, NULL);
    struct buffer b = {0};
    if (pool == NULL)
        return;
    if (pool_reserved(pool) == POOL_UNRESERVED)
        buffer_text(&b, "{}");
    else
        buffer_format(&b, "{\"ReservedConcurrentExecutions\":%d}", pool_reserved(pool));
    answer_json(a, 200, &b);
}

void front_settings(struct ask *a)
{
    struct account *account = &a->platform->account;
    struct buffer b = {0};
    buffer_format(&b,
                  "{\"AccountLimit\":{\"TotalCodeSize\":80530636800,\"CodeSizeUnzipped\":262144000,"
                  "\"CodeSizeZipped\":52428800,\"ConcurrentExecutions\":%d,"
                  "\"UnreservedConcurrentExecutions\":%d},"
                  "\"AccountUsage\":{\"TotalCodeSize\":0,\"FunctionCount\":%d}}",
                  account->config.concurrency_limit, account_unreserved(account),
                  a->platform->pool_count);
    answer_json(a, 200, &b);
}
