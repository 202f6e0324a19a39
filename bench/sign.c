/* What a signature costs beside the SHA-256 of the body: a call of a function as the invoker
 * makes it, key kept, against the hash of the same body alone, in turns. */
#include "bench/bench.h"

#define OPENSSL_API_COMPAT 0x10100000L
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 41
#define EACH 5000

static char body[64 * 1024];
static struct signer *signer;

static double hash_us(size_t size)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    double begin = bench_cpu_s();
    for (int i = 0; i < EACH; i++) {
        body[0] = (char)i;
        SHA256_CTX c;
        SHA256_Init(&c);
        SHA256_Update(&c, body, size);
        SHA256_Final(hash, &c);
        body[1] = (char)hash[0];
    }
    return (bench_cpu_s() - begin) * 1e6 / EACH;
}

static double sign_us(size_t size, const char *token)
{
    static const struct sign_header headers[] = {{"Content-Type", "application/json"},
                                                 {"X-Amz-Invocation-Type", "RequestResponse"}};
    struct sign_keys keys = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token};
    struct sign_request r = {.method = "POST",
                             .host = "lambda.us-east-1.amazonaws.com",
                             .path = "/2015-03-31/functions/tokenize/invocations",
                             .query = "Qualifier=prod",
                             .headers = headers,
                             .header_count = 2,
                             .body = body,
                             .body_size = size};
    double begin = bench_cpu_s();
    for (int i = 0; i < EACH; i++) {
        struct signature s;
        struct err e;
        struct sign_scope scope = {"us-east-1", "lambda", 1795253415 + i / 1000};
        body[0] = (char)i;
        if (sign_request(signer, &keys, &scope, &r, &s, &e)) {
            fprintf(stderr, "bench: %s\n", e.text);
            exit(1);
        }
        body[1] = s.authorization[200];
    }
    return (bench_cpu_s() - begin) * 1e6 / EACH;
}

static void measure(size_t size, const char *token)
{
    double whole[ROUNDS], hash[ROUNDS], beyond[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        whole[i] = sign_us(size, token);
        hash[i] = hash_us(size);
        beyond[i] = whole[i] - hash[i];
    }
    printf("{\"bench\":\"sign\",\"body_bytes\":%zu,\"token_bytes\":%zu,\"sign_us\":%.3f,"
           "\"sha256_us\":%.3f,\"beyond_us\":%.3f}\n",
           size, strlen(token), bench_median(whole, ROUNDS), bench_median(hash, ROUNDS),
           bench_median(beyond, ROUNDS));
}

int main(void)
{
    static char token[801];
    memset(token, 'T', sizeof token - 1);
    memset(body, 'b', sizeof body);
    signer = signer_open();
    if (!signer)
        return 1;
    measure(200, "");
    measure(4096, "");
    measure(sizeof body, "");
    measure(200, token);
    signer_close(signer);
    return 0;
}
