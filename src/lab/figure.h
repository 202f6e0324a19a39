/* Figures: a data file and a gnuplot script for each, in the folder of the results, and
 * the pictures that gnuplot makes of them (SVG and PNG). Every series has a shape, a dash
 * and a pattern of its own, so colour is not needed to read one. */
#ifndef LAB_FIGURE_H
#define LAB_FIGURE_H

#include "lab/results.h"

/* Writes NAME.dat and NAME.gp. 0, ERR_IO or ERR_MEMORY. */
MUST_USE int figure_write(const struct results *r, const struct figure *f, struct err *e);

/* Runs gnuplot over the scripts in dir (names without .gp). 0; or ERR_IO with a sentence
 * when gnuplot is not installed or fails: data and scripts are there all the same. */
MUST_USE int figure_draw(const char *dir, const char *const *names, int count, struct err *e);

#endif
