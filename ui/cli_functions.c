#include "cli_functions.h"

#include "cli_request.h"

#include <stdio.h>
#include <string.h>

static struct functions_request *of(void *request)
{
    return &((struct request *)request)->functions;
}

int functions_name(const char *value, const char *const *names, const char *what, int *out,
                   struct err *e)
{
    char list[120] = "";
    for (int i = 0; names[i]; i++) {
        if (strcmp(value, names[i]) == 0) {
            *out = i;
            return 0;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = preset_nearest(value, names);
    if (near)
        return err_say(e, ERR_BAD, "\"%.60s\" is no %s; did you mean %s?", value, what, near);
    return err_say(e, ERR_BAD, "\"%.60s\" is no %s: one of %s", value, what, list);
}

/* A text that is not empty. */
static int take_text(const char *value, const char *what, const char **out, struct err *e)
{
    *out = value;
    return value[0] ? 0 : err_say(e, ERR_BAD, "%s is missing", what);
}

int functions_take_provider(void *request, const char *value, struct err *e)
{
    return functions_name(value, provider_names, "provider", &of(request)->provider, e);
}

int functions_take_endpoint(void *request, const char *value, struct err *e)
{
    struct address a; /* looked at here, so that a mistyped URL never starts anything */
    if (take_text(value, "a URL", &of(request)->endpoint, e))
        return e->code;
    return address_url(value, &a, e);
}

int functions_take_function(void *request, const char *value, struct err *e)
{
    struct function_name f;
    if (take_text(value, "a function's name", &of(request)->function, e))
        return e->code;
    return strchr(value, '=') ? emulator_function_check(value, e) : address_function(value, &f, e);
}

int functions_take_auth(void *request, const char *value, struct err *e)
{
    int i = 0;
    int rc = functions_name(value, provider_auth_names, "way to sign", &i, e);
    of(request)->auth = (enum provider_auth)i;
    return rc;
}

int functions_take_profile(void *request, const char *value, struct err *e)
{
    return take_text(value, "a profile's name", &of(request)->profile, e);
}

int functions_take_payload(void *request, const char *value, struct err *e)
{
    int i = 0;
    int rc = functions_name(value, payload_form_names, "form of a payload", &i, e);
    of(request)->payload = (enum payload_form)i;
    return rc;
}

int functions_take_tail(void *request, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    of(request)->log_tail = true;
    return 0;
}

int functions_take_budget(void *request, const char *value, struct err *e)
{
    const struct knob_def *budget = &knob_table[KNOB_BUDGET];
    return cli_quantity(UNIT_USD, value, budget->min, budget->max, &of(request)->budget_nusd, e);
}

int functions_settle(const struct request *r, struct preset *p, struct err *e)
{
    const struct functions_request *f = &r->functions;
    bool virtual_time = r->sim;
    if (virtual_time && f->provider > PROVIDER_MODEL)
        return err_say(e, ERR_BAD,
                       "--provider %s: virtual time always has the model; leave out --sim for "
                       "real calls",
                       provider_names[f->provider]);
    if (f->provider >= 0)
        p->provider = (enum provider)f->provider;
    bool named = f->function && strchr(f->function, '=');
    const char *endpoint = f->endpoint ? f->endpoint : p->endpoint;
    if (named && (p->provider != PROVIDER_EMULATOR || endpoint[0]))
        return err_say(e, ERR_BAD,
                       "--function NAME=KIND:SOURCE puts a function behind our own emulator: it "
                       "goes with --provider emulator and no endpoint");
    if (endpoint[0] && p->provider == PROVIDER_MODEL && !virtual_time)
        return err_say(e, ERR_BAD,
                       "an endpoint is of no use to the model: --provider emulator, "
                       "aws or url calls it");
    if (p->provider == PROVIDER_URL && !endpoint[0] && !virtual_time)
        return err_say(e, ERR_BAD, "--provider url: where is it? Give --endpoint URL");
    if (f->budget_nusd >= 0)
        p->knobs.value[KNOB_BUDGET] = f->budget_nusd;
    return 0;
}
