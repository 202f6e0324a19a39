#include "spillway.h"

#ifndef SPILLWAY_COMMIT
#define SPILLWAY_COMMIT "unknown"
#endif

const char *sp_commit(void) { return SPILLWAY_COMMIT; }
