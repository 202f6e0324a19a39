#include "base/err.h"

int err_exit(int code)
{
    switch (code) {
    case 0:
        return 0;
    case ERR_BAD:
        return 2;
    case ERR_EXPECT:
        return 3;
    case ERR_LEDGER:
        return 4;
    default:
        return 1;
    }
}
