/* One client of the control socket: bytes in, commands; answers, bytes out. Buffers are
 * bounded. Knows of no thread and no engine. */
#ifndef UI_CTL_CLIENT_H
#define UI_CTL_CLIENT_H

#include "cli_print.h"
#include "spillway.h"

#define CTL_IN 1024
#define CTL_OUT (128 * 1024)
#define CTL_ANSWER (16 * 1024) /* room that an answer may need */

struct ctl_client {
    int fd; /* -1: free */
    char in[CTL_IN];
    size_t in_used;
    bool too_long; /* what follows up to the next line end is of a line that was refused */
    bool ended;    /* nothing more comes in */
    bool deaf;     /* nothing more goes out */
    bool watches;
    uint64_t ticket; /* of the command whose answer is awaited, 0: none */
    int64_t asked_ns;
    char out[CTL_OUT];
    size_t out_used;
};

void ctl_client_init(struct ctl_client *c, int fd);
/* True while lines may be taken: no answer is awaited, and there is room for one. */
bool ctl_client_takes(const struct ctl_client *c);
/* Reads what is there. */
void ctl_client_read(struct ctl_client *c);
/* Writes what can be written without waiting. */
void ctl_client_write(struct ctl_client *c);
/* The next whole line into line; false: there is none. Lines that are no text or too long,
 * and a last one without an end, are answered here and are not among them. */
bool ctl_client_line(struct ctl_client *c, char line[CTL_IN]);
/* Adds what o holds to the output, and empties o. False: no room. */
bool ctl_client_send(struct ctl_client *c, struct print *o);
/* Answers {"ok":false,"error":…}. */
void ctl_client_refuse(struct ctl_client *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Answers by the events of its ticket, if the reading has them. True: it is answered. */
bool ctl_client_answer(struct ctl_client *c, const struct sp_reading *r);
/* Nothing is left to be done for it. */
bool ctl_client_is_over(const struct ctl_client *c);

#endif
