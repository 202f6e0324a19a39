/* The sentence of an error, in the manner of printf. The record itself is base/err.h, which is
 * pure and may not write texts. */
#ifndef IO_ERR_SAY_H
#define IO_ERR_SAY_H

#include "base/err.h"

/* Fills *e with the code (ERR_*) and the sentence, cut to what e->text holds; returns the code.
 * No argument may point into e->text. */
int err_say(struct err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
