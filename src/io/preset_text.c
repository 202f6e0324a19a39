#include "io/preset_text.h"

#include "io/preset.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 40     /* characters of a quoted text */
#define WORD_SIZE 64 /* longest word that is compared */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static bool is_alnum(char c) { return is_digit(c) || is_upper(c) || is_lower(c); }
static char fold(char c) { return is_upper(c) ? (char)(c | 0x20) : c == '-' ? '_' : c; }

/* ---- quoting ---------------------------------------------------------------- */

/* Code point at p, and its length; length 0 for broken UTF-8. */
static unsigned decode(const char *text, size_t len, size_t *n)
{
    const unsigned char *p = (const unsigned char *)text;
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    *n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
    if (*n <= 1)
        return p[0];
    unsigned c = p[0] & (0x7fu >> *n);
    for (size_t i = 1; i < *n; i++) {
        if (i >= len || (p[i] & 0xc0) != 0x80) {
            *n = 0;
            return 0;
        }
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[*n] || c > 0x10ffff)
        *n = 0;
    return c;
}

/* Characters that a terminal may act on instead of showing them. */
static bool is_unsafe(unsigned c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xd800 && c <= 0xdfff);
}

const char *preset_quote(char *dst, size_t size, const char *text, size_t len)
{
    assert(size >= PRESET_QUOTED);
    if (preset_secret(text, len)) {
        (void)snprintf(dst, size, "(not shown)");
        return dst;
    }
    size_t used = 0, at = 0, n;
    dst[used++] = '"';
    for (int shown = 0; at < len && shown < SHOWN; shown++, at += n) {
        unsigned c = decode(text + at, len - at, &n);
        if (n == 0 || is_unsafe(c)) {
            n = n == 0 ? 1 : n;
            for (size_t i = 0; i < n && used + 12 < size; i++)
                used += (size_t)snprintf(dst + used, size - used, "\\x%02x",
                                         (unsigned)(unsigned char)text[at + i]);
        } else if (used + n + 8 < size) {
            memcpy(dst + used, text + at, n);
            used += n;
        }
        if (used + 16 >= size) {
            at += n;
            break;
        }
    }
    (void)snprintf(dst + used, size - used, "%s", at < len ? "…\"" : "\"");
    return dst;
}

bool preset_printable(const char *text, size_t len)
{
    for (size_t at = 0, n; at < len; at += n) {
        unsigned c = decode(text + at, len - at, &n);
        if (n == 0 || is_unsafe(c))
            return false;
    }
    return true;
}

const char *preset_where(char *dst, size_t size, const char *where)
{
    assert(size >= 8);
    size_t len = strlen(where);
    bool cut = len >= size;
    size_t skip = cut ? len - (size - 4) : 0;
    while (cut && skip < len && ((unsigned char)where[skip] & 0xc0) == 0x80)
        skip++;
    (void)snprintf(dst, size, "%s%s", cut ? "…" : "", where + skip);
    for (size_t at = 0, n; dst[at]; at += n) {
        unsigned c = decode(dst + at, strlen(dst + at), &n);
        if (n > 0 && !is_unsafe(c))
            continue;
        n = n == 0 ? 1 : n;
        memset(dst + at, '?', n);
    }
    return dst;
}

/* ---- secrets ------------------------------------------------------------------ */

/* True when `part` stands in text, without regard to case; '-' equals '_'. */
static bool holds(const char *text, size_t len, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= len; i++) {
        size_t k = 0;
        while (k < n && fold(text[i + k]) == fold(part[k]))
            k++;
        if (k == n)
            return true;
    }
    return false;
}

/* An access key id: four capital letters of a known kind and at least 12 more
 * capitals or digits. */
static bool is_access_key(const char *word, size_t len)
{
    static const char *const kinds[] = {"AKIA", "ASIA", "ABIA", "ACCA", "AIDA", "AROA",
                                        "AGPA", "AIPA", "ANPA", "ANVA", "APKA"};
    size_t n = 0;
    while (n < len && (is_upper(word[n]) || is_digit(word[n])))
        n++;
    if (n < 16)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (memcmp(word, kinds[i], 4) == 0)
            return true;
    return false;
}

/* Random base64: 40 or more characters with capitals, small letters and digits. */
static bool is_random(const char *run, size_t len)
{
    bool upper = false, lower = false, digit = false;
    for (size_t i = 0; i < len; i++) {
        upper = upper || is_upper(run[i]);
        lower = lower || is_lower(run[i]);
        digit = digit || is_digit(run[i]);
    }
    return len >= 40 && upper && lower && digit;
}

static size_t run_length(const char *text, size_t len, const char *also)
{
    size_t n = 0;
    while (n < len && (is_alnum(text[n]) || (text[n] && strchr(also, text[n]))))
        n++;
    return n;
}

/* 12 digits as a word, plain or grouped as 1234-5678-9012. */
static bool is_account(const char *word, size_t len)
{
    size_t digits = 0, n = run_length(word, len, "-");
    for (size_t i = 0; i < n; i++) {
        if (word[i] == '-' && (i == 4 || i == 9) && n == 14)
            continue;
        if (!is_digit(word[i]))
            return false;
        digits++;
    }
    return digits == 12;
}

bool preset_has_user(const char *text, size_t len)
{
    for (size_t at = 0; at + 3 <= len; at++) {
        if (memcmp(text + at, "://", 3) != 0)
            continue;
        for (size_t i = at + 3; i < len && !strchr("/?# \t\n\"", text[i]); i++)
            if (text[i] == '@')
                return true;
    }
    return false;
}

const char *preset_secret(const char *text, size_t len)
{
    static const struct {
        const char *part, *kind;
    } marks[] = {{"arn:aws", "an ARN"},
                 {"aws_secret", "a secret"},
                 {"aws_access_key", "an access key"},
                 {"aws_session_token", "a secret"},
                 {"secretaccesskey", "a secret"},
                 {"secret_access_key", "a secret"},
                 {"accountkey=", "a secret"},
                 {"sharedaccesskey", "a secret"},
                 {"?code=", "a function key"},
                 {"&code=", "a function key"},
                 {"authorization:", "a secret"},
                 {"password=", "a secret"},
                 {"_____begin ", "a private key"}}; /* '-' equals '_' */
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (holds(text, len, marks[i].part))
            return marks[i].kind;
    for (size_t at = 0; at < len; at++)
        if (is_access_key(text + at, len - at))
            return "an access key";
    for (size_t at = 0; at < len;) {
        size_t n = run_length(text + at, len - at, "");
        if (n > 0 && is_account(text + at, len - at))
            return "an account number";
        at += n > 0 ? n : 1;
    }
    for (size_t at = 0; at < len;) {
        size_t n = run_length(text + at, len - at, "+/=");
        if (is_random(text + at, n))
            return "a secret";
        at += n > 0 ? n : 1;
    }
    return NULL;
}

/* True for `word` itself and for "…_word". */
static bool ends(const char *name, size_t len, const char *word)
{
    size_t n = strlen(word);
    if (len < n || (len > n && fold(name[len - n - 1]) != '_'))
        return false;
    return holds(name + len - n, n, word);
}

const char *preset_secret_name(const char *name, size_t len)
{
    static const char *const parts[] = {
        "secret",     "password",  "passwd",      "credential",   "api_key",       "apikey",
        "access_key", "accesskey", "private_key", "function_key", "authorization", "bearer"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (holds(name, len, parts[i]))
            return "a secret";
    if (holds(name, len, "account"))
        return "an account number";
    if (ends(name, len, "arn"))
        return "an ARN";
    if (ends(name, len, "token"))
        return "a secret";
    return preset_secret(name, len);
}

/* ---- nearest names -------------------------------------------------------------- */

static int min3(int a, int b, int c)
{
    int ab = a < b ? a : b;
    return ab < c ? ab : c;
}

int preset_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    if (a_len > WORD_SIZE || b_len > WORD_SIZE)
        return INT_MAX;
    /* row[i % 3][j]: edits from the first i letters of a to the first j of b */
    int row[3][WORD_SIZE + 1];
    for (size_t j = 0; j <= b_len; j++)
        row[0][j] = (int)j;
    for (size_t i = 1; i <= a_len; i++) {
        int *now = row[i % 3];
        const int *before = row[(i + 2) % 3];
        const int *before2 = row[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= b_len; j++) {
            char x = fold(a[i - 1]), y = fold(b[j - 1]);
            now[j] = min3(before[j] + 1, now[j - 1] + 1, before[j - 1] + (x != y));
            bool swap = i > 1 && j > 1 && x == fold(b[j - 2]) && y == fold(a[i - 2]);
            if (swap && before2[j - 2] + 1 < now[j])
                now[j] = before2[j - 2] + 1;
        }
    }
    return row[a_len % 3][b_len];
}

static bool begins(const char *word, size_t len, const char *start, size_t start_len)
{
    return start_len >= 3 && start_len <= len &&
           preset_distance(word, start_len, start, start_len) == 0;
}

const char *preset_nearest_of(const char *word, size_t len, const char *const *names, size_t count)
{
    const char *best = NULL, *prefix = NULL;
    int limit = len > WORD_SIZE ? -1 : 1 + ((int)len - 1) / 4;
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(names[i]);
        int d = preset_distance(word, len, names[i], n);
        if (d <= limit && d < (int)(len > n ? len : n)) {
            limit = d - 1; /* the first of equally near names stays */
            best = names[i];
        }
        if (!prefix && (begins(names[i], n, word, len) || begins(word, len, names[i], n)))
            prefix = names[i];
    }
    return best ? best : prefix;
}

const char *preset_nearest(const char *word, const char *const *names)
{
    size_t count = 0;
    while (names[count])
        count++;
    return preset_nearest_of(word, strlen(word), names, count);
}
