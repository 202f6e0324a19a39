/* Error codes of the whole project, and the sentence that reaches the person. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* Codes are negative so that a count or 0 can share the return value. The
 * process exit code follows from them (DESIGN.md section 6): see err_exit(). */
enum {
    ERR_IO = -1,     /* a file, descriptor or system call failed: exit 1 */
    ERR_BAD = -2,    /* bad input from a person or a file: exit 2 */
    ERR_EXPECT = -3, /* an `expect` did not hold: exit 3 */
    ERR_LEDGER = -4, /* the ledger is violated: exit 4 */
    ERR_MEMORY = -5, /* the system gave no memory: exit 1 */
};

/* A code and one clear sentence. Filled once, where the reason is known. */
struct err {
    int code;       /* 0 or ERR_* */
    char text[500]; /* NUL-terminated, no trailing newline */
};

/* Exit code for an ERR_* code (0 for 0). */
int err_exit(int code);

#endif
