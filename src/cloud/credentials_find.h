/* The search for keys, without the thread. */
#ifndef CLOUD_CREDENTIALS_FIND_H
#define CLOUD_CREDENTIALS_FIND_H

#include "cloud/credentials.h"

/* A set of keys by value. */
struct key_set {
    char access[SIGN_ACCESS_MAX];
    char secret[SIGN_SECRET_MAX];
    char token[CREDENTIALS_TOKEN_MAX];
    int64_t expires_s; /* 0: never */
    char source[300];
};

/* Fills *out from the first source that has keys. stop_fd (-1: none) ends a program that is
 * waited for. Errors as credentials_open. */
MUST_USE int credentials_find(const char *profile, int stop_fd, struct key_set *out, struct err *e);

/* What a credential_process or a metadata service answers, as JSON: AccessKeyId,
 * SecretAccessKey, SessionToken or Token, Expiration (its `version` 0: any), into out but for
 * its source. Sentences show nothing of the text. text is wiped. */
MUST_USE int credentials_read_json(char *text, int version, struct key_set *out, struct err *e);

/* "2026-11-21T09:30:15Z", with fractions or "+01:00" too. */
MUST_USE bool credentials_read_expiration(const char *text, int64_t *at_s);

#endif
