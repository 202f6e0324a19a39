/* make_docs man|sheet: writes one document to standard output. */
#include "docs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static struct print o;
    print_init(&o, STDOUT_FILENO);
    if (argc == 2 && strcmp(argv[1], "man") == 0)
        docs_man(&o);
    else if (argc == 2 && strcmp(argv[1], "sheet") == 0)
        docs_sheet(&o);
    else {
        fprintf(stderr, "make_docs man|sheet\n");
        return 2;
    }
    return print_exit(&o, "standard output");
}
