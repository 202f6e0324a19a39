/* What the files of the signer share. */
#ifndef CLOUD_SIGN_PARTS_H
#define CLOUD_SIGN_PARTS_H

#include "cloud/sign.h"

/* The plain functions: with those behind EVP one signature would pay more for looking up the
 * algorithm and for copying contexts than for hashing. */
#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>

#define SIGN_KEYS_KEPT 4
#define SIGN_HASH SHA256_DIGEST_LENGTH
#define SIGN_HEX (2 * SIGN_HASH)
#define SIGN_NAMES_MAX 8192 /* bytes of all header names */

/* A key derived from (secret, day, region, service), as the two states of its HMAC. */
struct derived_key {
    char secret[SIGN_SECRET_MAX];
    char region[SIGN_SCOPE_MAX], service[SIGN_SCOPE_MAX];
    char day[9];
    SHA256_CTX inner, outer;
    uint64_t used; /* number of the signature that used it last; 0: empty */
};

struct named_value {
    const char *name; /* in lower case */
    size_t name_size;
    const char *value;
    size_t value_size;
};

struct parameter {
    const char *text; /* "name=value" or "name" */
    size_t name_size, size;
};

struct signer {
    struct derived_key keys[SIGN_KEYS_KEPT];
    uint64_t signatures;
    int64_t date_s; /* of `date` */
    char date[17];  /* "20261121T093015Z" */
    char hash[SIGN_HEX + 1];
    const char *body_hash; /* hash, or what a header says */
    struct named_value headers[SIGN_HEADERS_MAX];
    size_t header_count;
    struct parameter parameters[SIGN_PARAMETERS_MAX];
    char names[SIGN_NAMES_MAX];
    size_t names_used;
    char signed_names[SIGN_NAMES_MAX];
    char canonical[SIGN_CANONICAL_MAX + 1];
    size_t canonical_size;
    char to_sign[256 + 2 * SIGN_SCOPE_MAX];
    char authorization[SIGN_NAMES_MAX + 1024];
};

void sign_hex(const unsigned char *bytes, size_t count, char *dst);
void sign_hash(const void *bytes, size_t size, char hex[SIGN_HEX + 1]);

/* True for what can be a header's name in lower case (a token of RFC 9110). */
bool sign_is_name(const char *name);
/* Forgets the headers collected. */
void sign_headers_begin(struct signer *s);
/* Adds one, its name in lower case. */
MUST_USE int sign_headers_add(struct signer *s, const char *name, const char *value, struct err *e);
/* By name, repeated ones in the order they came. */
void sign_headers_sort(struct signer *s);

/* Writes canonical and signed_names from the sorted headers and body_hash. */
MUST_USE int sign_canonical(struct signer *s, const struct sign_request *r, bool encode_once,
                            struct err *e);

/* Sets s->date; ERR_BAD beyond the year 9999. */
MUST_USE int sign_set_date(struct signer *s, int64_t at_s, struct err *e);
/* Writes to_sign from canonical and date, and its signature. */
void sign_finish(struct signer *s, const char *secret, const char *region, const char *service,
                 char hex[SIGN_HEX + 1]);

#endif
