/* The order of precedence is a list of questions; the first answer counts. */
#include "cloud/settings.h"

#include "cloud/profile.h"
#include "io/err_say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] ? value : NULL;
}

/* A yes or no in the environment, or else in the profile. */
static bool is_true(const struct profiles *p, const char *profile, const char *name,
                    const char *key)
{
    const char *value = variable(name);
    if (!value)
        value = profile_either(p, profile, key);
    return value && strcasecmp(value, "true") == 0;
}

/* ---- region ------------------------------------------------------------------------------ */

static int read_region(const struct profiles *p, const char *profile, struct settings *out,
                       struct err *e)
{
    static const char *const names[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};
    const char *value = NULL, *from = "the profile's region";
    for (size_t i = 0; !value && i < sizeof names / sizeof *names; i++)
        if ((value = variable(names[i])))
            from = names[i];
    if (!value)
        value = profile_either(p, profile, "region");
    if (!value)
        return 0;
    if (!address_is_region(value))
        return err_say(e, ERR_BAD, "%s is not a region: written like us-east-1", from);
    snprintf(out->region, sizeof out->region, "%s", value);
    return 0;
}

/* ---- endpoint ----------------------------------------------------------------------------- */

static const char *find_endpoint(const struct profiles *p, const char *profile, const char *service,
                                 struct settings *out)
{
    char own[64] = "AWS_ENDPOINT_URL_";
    size_t at = strlen(own);
    for (size_t i = 0; service[i] && at + 1 < sizeof own; i++)
        own[at++] = service[i] >= 'a' && service[i] <= 'z' ? (char)(service[i] - ('a' - 'A'))
                    : service[i] == '-'                    ? '_'
                                                           : service[i];
    own[at] = '\0';
    const char *const names[] = {own, "AWS_ENDPOINT_URL"};
    for (size_t i = 0; i < 2; i++) {
        const char *value = variable(names[i]);
        if (value) {
            snprintf(out->endpoint_from, sizeof out->endpoint_from, "%s", names[i]);
            return value;
        }
    }
    const char *value = profile_service(p, profile, service, "endpoint_url");
    value = value ? value : profile_either(p, profile, "endpoint_url");
    if (value)
        snprintf(out->endpoint_from, sizeof out->endpoint_from, "profile %.50s", profile);
    return value;
}

static int read_endpoint(const struct profiles *p, const char *profile, const char *service,
                         struct settings *out, struct err *e)
{
    if (is_true(p, profile, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                "ignore_configured_endpoint_urls"))
        return 0;
    const char *value = find_endpoint(p, profile, service, out);
    if (!value)
        return 0;
    struct address a;
    struct err why = {0};
    if (address_url(value, &a, &why))
        return err_say(e, ERR_BAD, "%s: %.400s", out->endpoint_from, why.text);
    snprintf(out->endpoint, sizeof out->endpoint, "%s", a.url);
    return 0;
}

int settings_read(const char *given, const char *service, struct settings *out, struct err *e)
{
    struct profiles *p = NULL;
    const char *profile = "";
    memset(out, 0, sizeof *out);
    int code = profile_open(&p, e);
    if (code)
        return code;
    code = profile_choose(p, given, &profile, e);
    if (code == 0)
        code = read_region(p, profile, out, e);
    if (code == 0)
        code = read_endpoint(p, profile, service, out, e);
    out->style.fips = is_true(p, profile, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    out->style.dual_stack =
        is_true(p, profile, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    profile_close(p);
    return code;
}
