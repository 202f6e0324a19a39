/* Options of `spillway run` and `spillway invoke` that say which functions are called. */
#ifndef UI_CLI_FUNCTIONS_H
#define UI_CLI_FUNCTIONS_H

#include "cli.h"

struct functions_request {
    int provider;                              /* -1: the preset's */
    int64_t budget_nusd;                       /* -1: the preset's */
    const char *endpoint, *function, *profile; /* NULL: not given */
    enum provider_auth auth;
    enum payload_form payload;
    bool log_tail;
};

struct request;

/* Each takes its value as struct cli_option says; the request is a struct request. */
int functions_take_provider(void *request, const char *value, struct err *e);
int functions_take_endpoint(void *request, const char *value, struct err *e);
int functions_take_function(void *request, const char *value, struct err *e);
int functions_take_auth(void *request, const char *value, struct err *e);
int functions_take_profile(void *request, const char *value, struct err *e);
int functions_take_payload(void *request, const char *value, struct err *e);
int functions_take_tail(void *request, const char *value, struct err *e);
int functions_take_budget(void *request, const char *value, struct err *e);

/* Index of a name in a NULL-terminated list, in *out; ERR_BAD with the nearest one. */
int functions_name(const char *value, const char *const *names, const char *what, int *out,
                   struct err *e);

/* Puts what was said into the preset; ERR_BAD for what does not go together. */
MUST_USE int functions_settle(const struct request *r, struct preset *p, struct err *e);

#endif
