/* Signature Version 4: signs requests for AWS, and checks such signatures.
 *
 * A signer keeps all its buffers and the keys it derived last, so that one signature costs
 * some 700 ns besides the SHA-256 of the body, and allocates nothing. It belongs to one
 * thread at a time; several may exist.
 *
 * The rules are botocore's, checked with the vectors of tests/vectors/sigv4.jsonl: every
 * service but S3 normalises the path (no `//`, `.`, `..`) and encodes what is already
 * encoded once more; S3 takes it as it is. */
#ifndef CLOUD_SIGN_H
#define CLOUD_SIGN_H

#include "base/check.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGN_CANONICAL_MAX (64 * 1024) /* bytes of a canonical request */
#define SIGN_HEADERS_MAX 128
#define SIGN_PARAMETERS_MAX 256
#define SIGN_SECRET_MAX 256
#define SIGN_SCOPE_MAX 64 /* bytes of a region, a service, with their NUL */
#define SIGN_ACCESS_MAX 128

struct signer;

/* The three strings of an account; never empty but for the token. */
struct sign_keys {
    const char *access, *secret;
    const char *token; /* of a session; NULL or "": none */
};

struct sign_header {
    const char *name, *value;
};

struct sign_request {
    const char *method;
    const char *host;  /* the Host header's value: no port where it is the scheme's own.
                       * NULL: it is among the headers */
    const char *path;  /* as it stands on the request line, percent-encoded; "": "/" */
    const char *query; /* the same, without '?'; NULL or "": none */
    const struct sign_header *headers;
    size_t header_count;
    const void *body; /* may be NULL when empty */
    size_t body_size;
};

struct sign_scope {
    const char *region, *service; /* "us-east-1", "lambda" */
    int64_t at_s;                 /* seconds since 1970, up to the year 9999 */
};

/* Everything borrowed from the signer, until its next call. */
struct signature {
    const char *authorization; /* value of the Authorization header */
    const char *date;          /* of X-Amz-Date, always sent: "20261121T093015Z" */
    const char *body_sha256;   /* of X-Amz-Content-Sha256; sent if sign_sends_hash() */
    const char *canonical;     /* the canonical request */
    const char *to_sign;       /* the string to sign */
};

/* NULL if there is no memory. */
struct signer *signer_open(void);
/* Wipes the keys. NULL is fine. */
void signer_close(struct signer *s);

/* Signs. The headers of the request are all that will be sent and is to be signed, but for
 * X-Amz-Date and X-Amz-Security-Token, which the signer adds (and S3's X-Amz-Content-Sha256):
 * the caller sends those and Authorization as well. An X-Amz-Content-Sha256 among the headers
 * is believed. Headers that never are signed (User-Agent, Expect, X-Amzn-Trace-Id, …) may be
 * there. ERR_BAD with a sentence where something is missing, malformed or too long. */
MUST_USE int sign_request(struct signer *s, const struct sign_keys *keys,
                          const struct sign_scope *scope, const struct sign_request *r,
                          struct signature *out, struct err *e);

/* True for a header (in any case) that is not signed: proxies and tracing change it. */
bool sign_skips(const char *name);
/* True for S3 and its kin: the path is encoded once, and X-Amz-Content-Sha256 is sent. */
bool sign_sends_hash(const char *service);

/* Reads "20261121T093015Z" into seconds since 1970; false if it is no such time. */
MUST_USE bool sign_read_time(const char *text, int64_t *at_s);

/* ---- checking ------------------------------------------------------------------------ */

enum sign_verdict {
    SIGN_GOOD,
    SIGN_MISSING,   /* no Authorization of this kind */
    SIGN_MALFORMED, /* it, X-Amz-Date or a signed header is not as it must be */
    SIGN_UNKNOWN,   /* nobody has this access key */
    SIGN_EXPIRED,   /* signed too long ago, or in the future */
    SIGN_MISMATCH,  /* another secret, or the request was changed */
};

struct sign_check {
    /* The secret of an access key, or NULL: unknown. */
    const char *(*secret_of)(void *context, const char *access);
    void *context;
    int64_t now_s;
    int64_t skew_s; /* by how much X-Amz-Date may differ from now_s; 0: any date is good */
};

/* Checks a request as it came in, over the list in SignedHeaders alone: path and query as on
 * the request line (not decoded), all headers with Authorization and Host. Any region and
 * service is good. Anything but SIGN_GOOD says why in e->text, for the person who sent it;
 * after SIGN_MISMATCH sign_expected() is what should have been signed. */
enum sign_verdict sign_verify(struct signer *s, const struct sign_request *r,
                              const struct sign_check *check, struct err *e);
/* The canonical request of the last call; "" if it came to none. */
const char *sign_expected(const struct signer *s);
/* AWS's name of the error: "InvalidSignatureException"; "" for SIGN_GOOD. */
const char *sign_verdict_name(enum sign_verdict verdict);

#endif
