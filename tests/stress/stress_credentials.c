/* Keys that are renewed by their thread while another one signs with them: access key and
 * secret must always be those of one and the same answer, whatever comes in between (files that
 * are rewritten, broken, gone), and closing must end it.
 *
 *     stress_credentials [RENEWALS]
 */
#include "cloud/credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char home[] = "/tmp/spillway-keys-XXXXXX";
static char path[64], next[64];

static void die(const char *what)
{
    fprintf(stderr, "stress_credentials: %s\n", what);
    exit(1);
}

/* Puts another file in the place of the old one, as AWS's tools do. */
static void write_keys(long number)
{
    FILE *f = fopen(next, "w");
    if (!f)
        die("no file");
    if (number % 5 == 4)
        fprintf(f, "[default]\nbroken");
    else
        fprintf(f, "[default]\naws_access_key_id = A%ld\naws_secret_access_key = S%ld\n", number,
                number);
    fclose(f);
    if (rename(next, path) != 0)
        die("the file cannot be replaced");
}

static void check(const struct sign_keys *k)
{
    if (k->access[0] != 'A' || k->secret[0] != 'S' || strcmp(k->access + 1, k->secret + 1) != 0)
        die("access key and secret are of two answers");
}

int main(int argc, char **argv)
{
    long renewals = argc > 1 ? atol(argv[1]) : 300;
    struct credentials *c;
    struct err e = {0};
    long changes = 0, troubles = 0;
    char sentence[500], last[128] = "";
    if (!mkdtemp(home))
        die("no folder");
    snprintf(path, sizeof path, "%s/credentials", home);
    snprintf(next, sizeof next, "%s/next", home);
    setenv("HOME", home, 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    write_keys(0);
    if (credentials_open(NULL, &c, &e))
        die(e.text);
    for (long i = 1; i <= renewals; i++) {
        write_keys(i);
        credentials_renew(c);
        for (int k = 0; k < 50; k++) {
            const struct sign_keys *keys = credentials_keys(c);
            check(keys);
            changes += strcmp(keys->access, last) != 0;
            snprintf(last, sizeof last, "%s", keys->access);
            troubles += credentials_trouble(c, sentence, sizeof sentence);
            nanosleep(&(struct timespec){0, 20000}, NULL);
        }
    }
    credentials_close(c);
    unlink(path);
    rmdir(home);
    if (changes < 2 || troubles < 1)
        die("nothing was renewed, or nothing went wrong: this shows nothing");
    printf("ok    stress_credentials: %ld renewals, %ld changes seen, %ld troubles told\n",
           renewals, changes, troubles);
    return 0;
}
