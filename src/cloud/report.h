/* Log lines of an invocation as Lambda writes them, to the log and to the tail that a
 * caller may ask for. Nothing is written where nobody reads. */
#ifndef CLOUD_REPORT_H
#define CLOUD_REPORT_H

#include "cloud/pool.h"

/* Does anybody read what is written of this one? */
bool report_is_read(const struct invocation *i);
/* START, before the handler gets the event. */
void report_start(struct invocation *i);
/* END and REPORT; memory: bytes used at most, 0: not known. */
void report_end(struct invocation *i, int64_t memory);
/* A line of the platform's own; text without newline. */
void report_line(struct invocation *i, const char *text);
/* What a handler wrote; i NULL: between two invocations. */
void report_bytes(struct account *a, struct invocation *i, const void *bytes, size_t size);
/* "Root=1-5759e988-…;Parent=…;Sampled=0"; id: the request's, for uniqueness. */
void report_trace_id(char *out, size_t size, int64_t real_s, const char *id);

#endif
