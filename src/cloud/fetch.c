/* One libcurl easy handle per request: they are rare. */
#include "cloud/fetch.h"

#include "io/err_say.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <string.h>

/* The body as far as it has come. */
struct body {
    char *out;
    size_t size, used;
    bool too_long;
};

static size_t take(char *bytes, size_t one, size_t count, void *context)
{
    struct body *b = context;
    size_t n = one * count;
    if (b->used + n >= b->size) {
        b->too_long = true;
        return 0;
    }
    memcpy(b->out + b->used, bytes, n);
    b->used += n;
    return n;
}

static void set_up(CURL *h, const struct fetch *f, struct curl_slist *headers, struct body *b)
{
    curl_easy_setopt(h, CURLOPT_URL, f->url);
    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, f->method);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)f->timeout_ms);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)f->timeout_ms);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, b);
}

/* Headers may be tokens. */
static void free_headers(struct curl_slist *list)
{
    for (struct curl_slist *at = list; at; at = at->next)
        OPENSSL_cleanse(at->data, strlen(at->data));
    curl_slist_free_all(list);
}

static bool make_headers(const struct fetch *f, struct curl_slist **list)
{
    *list = NULL;
    for (const char *const *h = f->headers; *h; h++) {
        struct curl_slist *longer = curl_slist_append(*list, *h);
        if (!longer)
            return false;
        *list = longer;
    }
    return true;
}

int fetch_run(const struct fetch *f, char *out, size_t size, struct err *e)
{
    struct body b = {.out = out, .size = size};
    long status = 0;
    out[0] = '\0';
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *h = curl_easy_init();
    struct curl_slist *headers;
    if (!make_headers(f, &headers) || !h) {
        free_headers(headers);
        curl_easy_cleanup(h);
        return err_say(e, ERR_IO, "out of memory");
    }
    set_up(h, f, headers, &b);
    CURLcode code = curl_easy_perform(h);
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(h);
    free_headers(headers);
    out[b.used] = '\0';
    if (code == CURLE_OK)
        return (int)status;
    return err_say(e, ERR_IO, "%s",
                   b.too_long ? "the answer is too long" : curl_easy_strerror(code));
}
