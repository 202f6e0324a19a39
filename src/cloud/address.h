/* Where a function is: names, ARNs and URLs as people write them, and what a request needs of
 * them. Nothing here opens a connection or reads the environment. */
#ifndef CLOUD_ADDRESS_H
#define CLOUD_ADDRESS_H

#include "base/check.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_NAME_MAX 65       /* a function's name, with NUL: 64 characters (Invoke API) */
#define ADDRESS_QUALIFIER_MAX 129 /* version or alias */
#define ADDRESS_REGION_MAX 32
#define ADDRESS_SERVICE_MAX 32
#define ADDRESS_HOST_MAX 264 /* host name, ':' and port */
#define ADDRESS_PATH_MAX 2048
#define ADDRESS_QUERY_MAX 2048
#define ADDRESS_URL_MAX 4608 /* the three together */

/* A function as named by a person; "" where it does not say. */
struct function_name {
    char name[ADDRESS_NAME_MAX];
    char qualifier[ADDRESS_QUALIFIER_MAX]; /* "prod", "7", "$LATEST" */
    char account[13];                      /* 12 digits */
    char region[ADDRESS_REGION_MAX];
    char partition[16]; /* "aws", "aws-cn" */
};

/* A place that requests go to. */
struct address {
    char url[ADDRESS_URL_MAX]; /* the whole, for an HTTP client */
    bool tls;
    char host[ADDRESS_HOST_MAX];       /* the Host header: no port if it is the scheme's own */
    char path[ADDRESS_PATH_MAX];       /* percent-encoded, begins with '/' */
    char query[ADDRESS_QUERY_MAX];     /* without '?'; "" if there is none */
    char region[ADDRESS_REGION_MAX];   /* what it is signed for; "" if it does not say */
    char service[ADDRESS_SERVICE_MAX]; /* "lambda", "execute-api"; "" if it does not say */
};

/* How regions are reached. */
struct address_style {
    bool fips, dual_stack; /* AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT */
};

/* Reads a function's name: NAME, NAME:QUALIFIER, ACCOUNT:function:NAME[:QUALIFIER],
 * arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]. ERR_BAD with a sentence (which does
 * not repeat an account number). */
MUST_USE int address_function(const char *text, struct function_name *out, struct err *e);

/* True for what can be a region: "us-east-1". */
bool address_is_region(const char *text);

/* AWS's own endpoint of a service ("lambda", "sts") in a region, path "/". ERR_BAD if that is no
 * region. */
MUST_USE int address_service(const char *service, const char *region, struct address_style style,
                             struct address *out, struct err *e);

/* The Invoke API of a function. region: where the name does not say it; endpoint: NULL for
 * AWS's own, else a URL that requests are sent to instead (its path is put before). Errors:
 * no region, a region that is not the ARN's, a bad endpoint. */
MUST_USE int address_invoke(const struct function_name *f, const char *region, const char *endpoint,
                            struct address_style style, struct address *out, struct err *e);

/* A URL: http or https, host name or address, port, path, query. Of AWS's host names (function
 * URLs, API Gateway, Lambda itself) it tells region and service. Refused with a sentence: user
 * names, passwords, fragments, blanks, control characters, ports above 65535. Sentences never
 * repeat the URL's user part or query. */
MUST_USE int address_url(const char *url, struct address *out, struct err *e);

#endif
