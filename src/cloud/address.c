/* URLs and function names, read strictly. */
#include "cloud/address.h"

#include "io/err_say.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_word(char c)
{
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

static bool all_digits(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!is_digit(text[i]))
            return false;
    return true;
}

/* ---- functions -------------------------------------------------------------------------- */

/* Pieces of "a:b:c". */
#define PIECES 9
struct pieces {
    const char *at[PIECES];
    size_t size[PIECES];
    int count; /* PIECES if there are as many or more */
};

static struct pieces split(const char *text)
{
    struct pieces p = {.count = 0};
    while (p.count < PIECES) {
        size_t size = strcspn(text, ":");
        p.at[p.count] = text;
        p.size[p.count++] = size;
        if (!text[size])
            break;
        text += size + 1;
    }
    return p;
}

static bool piece_is(const struct pieces *p, int i, const char *word)
{
    return i < p->count && p->size[i] == strlen(word) && memcmp(p->at[i], word, p->size[i]) == 0;
}

static void copy(char *dst, size_t size, const char *text, size_t length)
{
    assert(length < size);
    memcpy(dst, text, length);
    dst[length] = '\0';
}

static int take_name(const struct pieces *p, int i, struct function_name *out, struct err *e)
{
    size_t size = i < p->count ? p->size[i] : 0;
    if (size == 0)
        return err_say(e, ERR_BAD,
                       "the function's name is missing: NAME, NAME:ALIAS or a whole ARN");
    if (size >= ADDRESS_NAME_MAX)
        return err_say(e, ERR_BAD, "a function's name has at most %d characters, this one has %zu",
                       ADDRESS_NAME_MAX - 1, size);
    for (size_t k = 0; k < size; k++)
        if (!is_word(p->at[i][k]))
            return err_say(e, ERR_BAD,
                           "character %zu of the function's name cannot stand there: letters, "
                           "digits, '-' and '_' can",
                           k + 1);
    copy(out->name, sizeof out->name, p->at[i], size);
    return 0;
}

static int take_qualifier(const struct pieces *p, int i, struct function_name *out, struct err *e)
{
    if (i >= p->count)
        return 0;
    if (p->count > i + 1)
        return err_say(
            e, ERR_BAD,
            "too many ':' in the function's name: at most NAME:QUALIFIER, or a whole ARN");
    size_t size = p->size[i];
    if (size == 0 || size >= ADDRESS_QUALIFIER_MAX)
        return err_say(e, ERR_BAD, "a version or alias has 1 to %d characters, this one has %zu",
                       ADDRESS_QUALIFIER_MAX - 1, size);
    for (size_t k = 0; k < size; k++) {
        char c = p->at[i][k];
        if (!is_word(c) && !(c == '$' && k == 0) && !(c == '.' && p->at[i][0] == '$'))
            return err_say(e, ERR_BAD,
                           "character %zu of the version or alias cannot stand there: a number, "
                           "$LATEST, or letters, digits, '-' and '_'",
                           k + 1);
    }
    copy(out->qualifier, sizeof out->qualifier, p->at[i], size);
    return 0;
}

static int take_account(const struct pieces *p, int i, struct function_name *out, struct err *e)
{
    if (i >= p->count || p->size[i] != 12 || !all_digits(p->at[i], 12))
        return err_say(e, ERR_BAD, "the account in the function's name is not 12 digits");
    copy(out->account, sizeof out->account, p->at[i], 12);
    return 0;
}

/* account:function:name[:qualifier] from piece i on */
static int take_rest(const struct pieces *p, int i, struct function_name *out, struct err *e)
{
    int code = take_account(p, i, out, e);
    if (code)
        return code;
    if (!piece_is(p, i + 1, "function"))
        return err_say(e, ERR_BAD, "after the account stands \"function\": ACCOUNT:function:NAME");
    code = take_name(p, i + 2, out, e);
    return code ? code : take_qualifier(p, i + 3, out, e);
}

/* arn:partition:lambda:region:… */
static int take_arn(const struct pieces *p, struct function_name *out, struct err *e)
{
    size_t partition = p->count > 1 ? p->size[1] : 0;
    bool good =
        partition >= 3 && partition < sizeof out->partition && memcmp(p->at[1], "aws", 3) == 0;
    for (size_t i = 0; good && i < partition; i++)
        good = is_lower(p->at[1][i]) || p->at[1][i] == '-';
    if (!good)
        return err_say(e, ERR_BAD, "an ARN begins with arn:aws:, arn:aws-cn: or such");
    copy(out->partition, sizeof out->partition, p->at[1], partition);
    if (!piece_is(p, 2, "lambda"))
        return err_say(e, ERR_BAD,
                       "the ARN is not that of a Lambda function: arn:aws:lambda:REGION:ACCOUNT:"
                       "function:NAME");
    if (p->count > 3 && p->size[3] < sizeof out->region)
        copy(out->region, sizeof out->region, p->at[3], p->size[3]);
    if (!address_is_region(out->region))
        return err_say(e, ERR_BAD, "the fourth part of the ARN is not a region such as us-east-1");
    return take_rest(p, 4, out, e);
}

int address_function(const char *text, struct function_name *out, struct err *e)
{
    struct pieces p = split(text);
    memset(out, 0, sizeof *out);
    if (piece_is(&p, 0, "arn"))
        return take_arn(&p, out, e);
    if (p.count >= 3)
        return take_rest(&p, 0, out, e);
    if (p.count == 2 && piece_is(&p, 0, "function"))
        return take_name(&p, 1, out, e);
    if (strstr(text, "://"))
        return err_say(e, ERR_BAD,
                       "this is a URL, not a function's name: it belongs to an endpoint");
    int code = take_name(&p, 0, out, e);
    return code ? code : take_qualifier(&p, 1, out, e);
}

/* ---- regions ------------------------------------------------------------------------------ */

/* "us-east-1": letters, then parts of letters and digits, the last one a number. */
bool address_is_region(const char *text)
{
    size_t size = strlen(text);
    if (size < 5 || size >= ADDRESS_REGION_MAX || !is_lower(text[0]) || !is_digit(text[size - 1]))
        return false;
    int dashes = 0;
    for (size_t i = 0; i < size; i++) {
        if (!is_lower(text[i]) && !is_digit(text[i]) && text[i] != '-')
            return false;
        if (text[i] == '-' && (text[i + 1] == '-' || i + 1 == size))
            return false;
        dashes += text[i] == '-';
    }
    return dashes >= 2;
}

/* Partitions by the beginning of their regions' names; the last row takes the rest. */
static const struct partition {
    const char *begins, *name, *suffix, *dual_stack_suffix;
} partitions[] = {
    {"cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"us-gov-", "aws-us-gov", "amazonaws.com", "api.aws"},
    {"us-iso-", "aws-iso", "c2s.ic.gov", "api.aws.ic.gov"},
    {"us-isob-", "aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"},
    {"eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"us-isof-", "aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    {"eusc-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"", "aws", "amazonaws.com", "api.aws"},
};

static const struct partition *partition_of(const char *region)
{
    const struct partition *p = partitions;
    while (strncmp(region, p->begins, strlen(p->begins)) != 0)
        p++;
    return p;
}

/* ---- URLs ---------------------------------------------------------------------------------- */

static int check_bytes(const char *url, struct err *e)
{
    for (size_t i = 0; url[i]; i++)
        if ((unsigned char)url[i] <= 0x20 || url[i] == 0x7F)
            return err_say(e, ERR_BAD, "character %zu of the URL is %s: it is written %%%02X there",
                           i + 1, url[i] == ' ' ? "a blank" : "a control character",
                           (unsigned char)url[i]);
    return 0;
}

static int take_scheme(const char **at, bool *tls, struct err *e)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (int i = 0; i < 2; i++) {
        size_t size = strlen(schemes[i]);
        if (strncasecmp(*at, schemes[i], size) == 0) {
            *at += size;
            *tls = i == 1;
            return 0;
        }
    }
    return err_say(e, ERR_BAD, "the URL does not begin with http:// or https://");
}

/* Labels of letters, digits, '-' and '_' with dots between; stored in lower case. */
static bool take_host_name(const char *text, size_t size, char *dst)
{
    size_t label = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        label = c == '.' ? 0 : label + 1;
        if (!(is_word(c) || (c == '.' && i > 0 && text[i - 1] != '.')) || label > 63)
            return false;
        dst[i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    dst[size] = '\0';
    return size > 0;
}

/* "[::1]" */
static bool take_ipv6(const char *text, size_t size, char *dst)
{
    char inner[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (size < 4 || size - 2 >= sizeof inner || text[size - 1] != ']')
        return false;
    copy(inner, sizeof inner, text + 1, size - 2);
    if (inet_pton(AF_INET6, inner, &address) != 1)
        return false;
    for (size_t i = 0; i < size; i++)
        dst[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] + ('a' - 'A')) : text[i];
    dst[size] = '\0';
    return true;
}

static int take_port(const char *text, size_t size, bool tls, char *host, struct err *e)
{
    unsigned port = 0;
    for (size_t i = 0; i < size && i < 6; i++)
        port = port * 10 + (unsigned)(text[i] - '0');
    if (!all_digits(text, size) || size > 5 || (size > 0 && (port < 1 || port > 65535)))
        return err_say(e, ERR_BAD, "the URL's port is not a number from 1 to 65535");
    if (size > 0 && port != (tls ? 443u : 80u))
        snprintf(host + strlen(host), 7, ":%u", port);
    return 0;
}

/* "host:port", "[::1]:port" */
static int take_authority(const char *text, size_t size, struct address *out, struct err *e)
{
    const char *bracket = memchr(text, ']', size);
    const char *from = bracket ? bracket : text;
    const char *colon = memchr(from, ':', size - (size_t)(from - text));
    size_t host = colon ? (size_t)(colon - text) : size;
    if (host == 0)
        return err_say(e, ERR_BAD, "the URL has no host");
    bool good =
        host + 8 < sizeof out->host &&
        (text[0] == '[' ? take_ipv6(text, host, out->host) : take_host_name(text, host, out->host));
    if (!good)
        return err_say(e, ERR_BAD,
                       "the URL's host is neither a name of letters, digits, '-' and '.', nor an "
                       "address");
    return colon ? take_port(colon + 1, size - host - 1, out->tls, out->host, e) : 0;
}

/* Each '%' has two hexadecimal digits behind it. */
static int check_escapes(const char *text, struct err *e)
{
    for (const char *p = strchr(text, '%'); p; p = strchr(p + 1, '%'))
        if (strspn(p + 1, "0123456789abcdefABCDEF") < 2)
            return err_say(e, ERR_BAD,
                           "a '%%' in the URL is not followed by two hexadecimal digits: the "
                           "character itself is written %%25");
    return 0;
}

static int take_path(const char *at, struct address *out, struct err *e)
{
    if (strchr(at, '#'))
        return err_say(
            e, ERR_BAD,
            "the URL has a fragment (#…), which is never sent: leave it out, or write %%23");
    size_t path = strcspn(at, "?");
    const char *query = at[path] ? at + path + 1 : "";
    if (path >= sizeof out->path)
        return err_say(e, ERR_BAD, "the URL's path has %zu characters, more than %zu", path,
                       sizeof out->path - 1);
    if (strlen(query) >= sizeof out->query)
        return err_say(e, ERR_BAD, "the URL's query has %zu characters, more than %zu",
                       strlen(query), sizeof out->query - 1);
    int code = check_escapes(at, e);
    if (code)
        return code;
    copy(out->path, sizeof out->path, path ? at : "/", path ? path : 1);
    copy(out->query, sizeof out->query, query, strlen(query));
    return 0;
}

static void write_url(struct address *a)
{
    int n = snprintf(a->url, sizeof a->url, "%s://%s%s%s%s", a->tls ? "https" : "http", a->host,
                     a->path, a->query[0] ? "?" : "", a->query);
    assert(n > 0 && (size_t)n < sizeof a->url);
}

/* Host names of AWS: ID.lambda-url.REGION.on.aws, ID.execute-api.REGION.amazonaws.com,
 * lambda.REGION.amazonaws.com. `label` counts from 0. */
static const struct {
    const char *word, *service;
    int label;
} places[] = {{"lambda-url", "lambda", 1},
              {"execute-api", "execute-api", 1},
              {"lambda", "lambda", 0},
              {"lambda-fips", "lambda", 0}};

/* True when the host ends as AWS's own do. */
static bool is_aws(const char *host)
{
    static const char *const ends[] = {".on.aws", ".api.aws"};
    size_t size = strlen(host);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (size > strlen(ends[i]) && strcmp(host + size - strlen(ends[i]), ends[i]) == 0)
            return true;
    for (const struct partition *p = partitions;; p++) {
        const char *suffixes[] = {p->suffix, p->dual_stack_suffix};
        for (int i = 0; i < 2; i++) {
            size_t n = strlen(suffixes[i]);
            if (size > n && host[size - n - 1] == '.' && strcmp(host + size - n, suffixes[i]) == 0)
                return true;
        }
        if (!p->begins[0])
            return false;
    }
}

static void tell_place(struct address *a)
{
    const char *label[3] = {a->host, NULL, NULL};
    for (int i = 1; i < 3 && label[i - 1]; i++) {
        const char *dot = strchr(label[i - 1], '.');
        label[i] = dot ? dot + 1 : NULL;
    }
    if (strchr(a->host, ':') || !is_aws(a->host))
        return;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int at = places[i].label;
        size_t size = strlen(places[i].word);
        const char *region = label[at + 1];
        if (!label[at] || !region || strncmp(label[at], places[i].word, size) != 0 ||
            label[at][size] != '.' || strcspn(region, ".") >= sizeof a->region)
            continue;
        copy(a->region, sizeof a->region, region, strcspn(region, "."));
        if (address_is_region(a->region))
            copy(a->service, sizeof a->service, places[i].service, strlen(places[i].service));
        else
            a->region[0] = '\0';
        return;
    }
}

int address_url(const char *url, struct address *out, struct err *e)
{
    const char *at = url;
    memset(out, 0, sizeof *out);
    int code = check_bytes(url, e);
    if (code == 0)
        code = take_scheme(&at, &out->tls, e);
    if (code)
        return code;
    size_t authority = strcspn(at, "/?#");
    code = take_authority(at, authority, out, e);
    /* A password with a '/' ends the authority early, so the whole is looked at. */
    if (memchr(at, '@', code ? strlen(at) : authority))
        return err_say(e, ERR_BAD,
                       "the URL has a user name or password before '@': it would be seen in logs; "
                       "keys come from the environment or a profile");
    if (code == 0)
        code = take_path(at + authority, out, e);
    if (code)
        return code;
    write_url(out);
    tell_place(out);
    return 0;
}

/* ---- the Invoke API ---------------------------------------------------------------------------- */

static int choose_region(const struct function_name *f, const char *region, struct err *e)
{
    if (!region || !region[0])
        return err_say(e, ERR_BAD,
                       "no region: set AWS_REGION (for example us-east-1), or `region` in the "
                       "profile, or name the function by its whole ARN");
    if (!address_is_region(region))
        return err_say(e, ERR_BAD, "\"%.40s\" is not a region; written like us-east-1", region);
    if (f->region[0] && strcmp(f->region, region) != 0)
        return err_say(e, ERR_BAD, "the function's ARN says region %s, but %s is set", f->region,
                       region);
    const struct partition *p = partition_of(region);
    if (f->partition[0] && strcmp(f->partition, p->name) != 0)
        return err_say(e, ERR_BAD,
                       "the function's ARN begins with arn:%s:, but region %s belongs to %s",
                       f->partition, region, p->name);
    return 0;
}

int address_service(const char *service, const char *region, struct address_style style,
                    struct address *out, struct err *e)
{
    if (!address_is_region(region))
        return err_say(e, ERR_BAD, "\"%.40s\" is not a region; written like us-east-1", region);
    const struct partition *p = partition_of(region);
    memset(out, 0, sizeof *out);
    out->tls = true;
    int n = snprintf(out->host, sizeof out->host, "%s%s.%s.%s", service, style.fips ? "-fips" : "",
                     region, style.dual_stack ? p->dual_stack_suffix : p->suffix);
    assert(n > 0 && (size_t)n < sizeof out->host);
    copy(out->path, sizeof out->path, "/", 1);
    write_url(out);
    return 0;
}

static int other_endpoint(const char *endpoint, struct address_style style, struct address *out,
                          struct err *e)
{
    if (style.fips || style.dual_stack)
        return err_say(e, ERR_BAD, "an endpoint URL and %s cannot go together",
                       style.fips ? "AWS_USE_FIPS_ENDPOINT" : "AWS_USE_DUALSTACK_ENDPOINT");
    struct err why = {0};
    if (address_url(endpoint, out, &why))
        return err_say(e, ERR_BAD, "endpoint: %.400s", why.text);
    if (out->query[0])
        return err_say(e, ERR_BAD,
                       "endpoint: the URL has a query (?…), which cannot stand before a path");
    return 0;
}

/* Writes text with ':' and '$' as %3A and %24: the only ones names can have that a path
 * or query does not. */
static void append_encoded(char *dst, size_t size, const char *text)
{
    size_t at = strlen(dst);
    for (; *text; text++) {
        assert(at + 4 < size);
        if (*text == ':' || *text == '$')
            at += (size_t)snprintf(dst + at, 4, "%%%02X", (unsigned)*text);
        else
            dst[at++] = *text;
    }
    dst[at] = '\0';
}

static int write_path(const struct function_name *f, struct address *out, struct err *e)
{
    char arn[200] = "";
    if (f->account[0] && f->region[0])
        snprintf(arn, sizeof arn, "arn:%s:lambda:%s:%s:function:", f->partition, f->region,
                 f->account);
    else if (f->account[0])
        snprintf(arn, sizeof arn, "%s:function:", f->account);
    size_t base = strlen(out->path);
    if (base > 0 && out->path[base - 1] == '/')
        out->path[base - 1] = '\0';
    if (base + 3 * sizeof arn + 200 > sizeof out->path)
        return err_say(e, ERR_BAD, "endpoint: the URL's path is too long");
    strcat(out->path, "/2015-03-31/functions/");
    append_encoded(out->path, sizeof out->path, arn);
    strcat(out->path, f->name);
    strcat(out->path, "/invocations");
    if (f->qualifier[0]) {
        strcpy(out->query, "Qualifier=");
        append_encoded(out->query, sizeof out->query, f->qualifier);
    }
    return 0;
}

int address_invoke(const struct function_name *f, const char *region, const char *endpoint,
                   struct address_style style, struct address *out, struct err *e)
{
    if ((!region || !region[0]) && f->region[0])
        region = f->region;
    int code = choose_region(f, region, e);
    if (code)
        return code;
    char chosen[ADDRESS_REGION_MAX];
    copy(chosen, sizeof chosen, region, strlen(region));
    if (endpoint && endpoint[0])
        code = other_endpoint(endpoint, style, out, e);
    else
        code = address_service("lambda", chosen, style, out, e);
    if (code == 0)
        code = write_path(f, out, e);
    if (code)
        return code;
    write_url(out);
    copy(out->region, sizeof out->region, chosen, strlen(chosen));
    strcpy(out->service, "lambda");
    return 0;
}
