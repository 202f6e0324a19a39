#include "cloud/handler.h"

#include "cloud/runtime_process.h"

#include <string.h>

const struct handler_kind *const handler_kinds[] = {&handler_native, &handler_python, &handler_java,
                                                    &handler_exec, NULL};

const struct handler_kind *handler_find(const char *name)
{
    for (const struct handler_kind *const *k = handler_kinds; *k; k++)
        if (strcmp((*k)->name, name) == 0)
            return *k;
    return NULL;
}
