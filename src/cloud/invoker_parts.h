/* What the files of the invoker share: src/cloud/invoker*.c alone. */
#ifndef CLOUD_INVOKER_PARTS_H
#define CLOUD_INVOKER_PARTS_H

#include "cloud/invoker.h"

#include <curl/curl.h>

struct flight_setting;

/* A call with what only the invoker sees. */
struct flight {
    struct invoker_call call; /* first: an invoker_call is one of these */
    struct invoker *invoker;
    const struct flight_setting *setting;
    uint32_t index;
    size_t body_room, answer_room;
    CURL *easy;
    bool under_way;  /* in the multi handle */
    bool overflowed; /* the answer is longer than allowed */
    bool cancel;     /* asked for before it began */
    char *log;       /* INVOKER_LOG bytes, where it is kept */
    char error[CURL_ERROR_SIZE];
    /* header lines, laid out by hand: nothing is allocated per call */
    struct curl_slist line[INVOKER_HEADERS];
    int lines;
    char text[INVOKER_HEADER_BYTES];
    size_t text_used;
};

/* What a handle needs to know of its invoker. */
struct flight_setting {
    const char *url;
    const char *ca_file;
    bool loopback, keep_log;
    size_t answer_max;
    int64_t connect_ns;
    curl_opensocket_callback open_socket;
    curl_closesocket_callback close_socket;
};

/* Makes the handle of a flight, once. false: no memory. */
MUST_USE bool flight_make(struct flight *f);
/* Ready for its next call: empty answer, no header lines but the usual ones. */
void flight_reset(struct flight *f);
/* Sets what changes from call to call, after the headers are made. */
void flight_load(struct flight *f);
/* The transfer is over: fills failure and why. */
void flight_end(struct flight *f, CURLcode code);
void flight_free(struct flight *f);

/* In invoker_why.c: which failure, and the sentence. */
enum invoker_failure invoker_why(CURL *easy, CURLcode code, const char *detail, char *why,
                                 size_t size);
/* In invoker_said.c: takes one header line, CR LF included or not. */
void invoker_hear(struct invoker_said *s, const char *line, size_t size);
void invoker_said_init(struct invoker_said *s);
/* The value of header `name` (lower case) on this line; its size in *n. NULL: another one. */
const char *invoker_header_value(const char *line, size_t size, const char *name, size_t *n);

#endif
