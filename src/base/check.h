/* Assertions that stay on: a broken invariant stops the program, in every build. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#undef NDEBUG
#include <assert.h>

#define MUST_USE __attribute__((warn_unused_result))

#endif
