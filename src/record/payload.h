/* The payload codec: records as they travel to a function and back (DESIGN.md
 * section 6, "payload").
 *
 *   v1     {"v":1,"job":"…","epoch":0,"batch":7,"attempt":1,"op":"tokenize","records":["…",…]}
 *          {"v":1,"batch":7,"results":[["token",…],…]}          one entry per record
 *   list   ["…",…]  →  ["token",…]                              all records' tokens in a row
 *
 * A record is bytes, a JSON string is characters: byte 0xNN travels as U+00NN, from
 * 0x80 on as \u00NN, so a text needs no valid encoding and comes back byte for byte.
 * Reading is strict (RFC 8259, the fields above and no others, each once), bounded,
 * without recursion. Fields may come in any order; `job`, `epoch`, `attempt` may be
 * missing. */
#ifndef RECORD_PAYLOAD_H
#define RECORD_PAYLOAD_H

#include "record/block.h"

enum payload_form { PAYLOAD_V1, PAYLOAD_LIST, PAYLOAD_FORMS };
extern const char *const payload_form_names[]; /* "v1" "list", NULL */

/* What a platform takes and gives at most for a call that is waited for, bytes
 * (faas.md 1 and 10.3). */
#define PAYLOAD_REQUEST_MAX (6u * 1024 * 1024)
#define PAYLOAD_RESPONSE_MAX (6u * 1024 * 1024 + 100)

#define PAYLOAD_JOB 64 /* a job's name, NUL included */
#define PAYLOAD_OP 16  /* an operator's name, NUL included */

/* What stands in a request beside the records. */
struct payload_head {
    char job[PAYLOAD_JOB]; /* "": left out */
    char op[PAYLOAD_OP];
    uint32_t epoch;   /* number of restarts of the job */
    uint32_t attempt; /* 1, 2, …; 0: left out */
    uint64_t batch;
};

enum payload_error {
    PAYLOAD_OK,
    PAYLOAD_SYNTAX,   /* not JSON */
    PAYLOAD_TRAILING, /* text after the end */
    PAYLOAD_TYPE,     /* a value of another kind is wanted here */
    PAYLOAD_FIELD,    /* unknown field */
    PAYLOAD_REPEATED, /* field twice */
    PAYLOAD_MISSING,  /* field missing */
    PAYLOAD_VERSION,  /* "v" is not 1 */
    PAYLOAD_BATCH,    /* answers another batch */
    PAYLOAD_FEW,      /* fewer entries than records */
    PAYLOAD_MANY,     /* more entries than records, or than there is room for */
    PAYLOAD_WIDE,     /* a character above U+00FF */
    PAYLOAD_TOKEN,    /* not the record's next token */
    PAYLOAD_TOKENS,   /* the record has tokens that the answer lacks */
    PAYLOAD_LONG,     /* a name or a number that is too long */
    PAYLOAD_ERRORS
};
extern const char *const payload_error_text[PAYLOAD_ERRORS];

/* Where and why a payload was refused. */
struct payload_fault {
    enum payload_error error;
    uint32_t at;     /* byte of the body, from 0 */
    uint32_t record; /* entry being read, from 0 */
};

/* ---- the engine's side ------------------------------------------------------------ */

/* Bytes of the request for the rows, from each block's cursor on, of the blocks
 * linked by ->next. Exact. */
size_t payload_request_size(enum payload_form form, const struct payload_head *head,
                            const struct block *first);
/* Writes that request to out (no NUL). Returns its size; 0 if it does not fit in
 * room. */
size_t payload_write_request(char *out, size_t room, enum payload_form form,
                             const struct payload_head *head, const struct block *first);

/* Reads the answer to the batch into those rows: each gets its tokens as spans over
 * its own text, and ROW_TOKENS. The tokens must be those of the text, whole and in
 * order: an answer made for other records is never taken for a good one. (Empty
 * strings in the list form are passed over: handlers that split at every single
 * byte send them.) On an error fault says why, and no row has tokens. */
enum payload_error payload_read_results(const char *body, size_t size, enum payload_form form,
                                        uint64_t batch, struct block *first,
                                        struct payload_fault *fault);

/* ---- the function's side ------------------------------------------------------------ */

struct payload_request {
    enum payload_form form;
    struct payload_head head; /* list form: all zero */
    uint32_t records;
};

/* Records that a request of size bytes can hold at most. */
static inline uint32_t payload_records_max(size_t size) { return (uint32_t)(size / 3 + 1); }

/* Reads a request: the records' bytes go to text, one after the other (it holds size
 * bytes, and 64 more for tokenize), their places to record[records_max]. The form is
 * found by its first byte. A record more than records_max is PAYLOAD_MANY. */
enum payload_error payload_read_request(const char *body, size_t size, unsigned char *text,
                                        struct span *record, uint32_t records_max,
                                        struct payload_request *out, struct payload_fault *fault);

/* The answer: tokens of record i are token[token_end[i-1] … token_end[i]), spans over
 * text. The size is exact; the writer returns it, or 0 if it does not fit in room. */
size_t payload_response_size(const struct payload_request *q, const unsigned char *text,
                             const struct span *token, const uint32_t *token_end);
size_t payload_write_response(char *out, size_t room, const struct payload_request *q,
                              const unsigned char *text, const struct span *token,
                              const uint32_t *token_end);

#endif
