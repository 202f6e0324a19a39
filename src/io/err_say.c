#include "io/err_say.h"

#include <stdarg.h>
#include <stdio.h>

int err_say(struct err *e, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(e->text, sizeof e->text, format, arguments);
    va_end(arguments);
    e->code = code;
    return code;
}
