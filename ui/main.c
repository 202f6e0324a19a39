/* The program: makes its three descriptors safe, then hands over to cli.c. */
#include "cli.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A descriptor that was closed by the caller would be given to the next file
 * that is opened, and a sentence could end up in a report. So each closed one
 * is held by /dev/null, opened the wrong way round: using it is still an error,
 * and told. Standard error alone is swallowed. */
static void hold_standard_descriptors(void)
{
    static const int mode[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", mode[fd]) != fd)
            _exit(1);
}

int main(int argc, char **argv)
{
    hold_standard_descriptors();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow: told by write() */
    return cli_main(argc, argv);
}
