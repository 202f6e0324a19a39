/* Figures as the screen writes them. */
#include "ui/fmt.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct txt none = {"n/a"};

struct txt fmt_si(double v)
{
    static const char suffix[] = "kMGTPE";
    struct txt t;
    if (!(v >= 0))
        return none;
    if (v < 9.95) {
        int whole = v - (double)(int)v < 0.05 || v - (double)(int)v >= 0.95;
        snprintf(t.s, sizeof t.s, whole ? "%.0f" : "%.1f", v);
        return t;
    }
    if (v < 999.5) {
        snprintf(t.s, sizeof t.s, "%.0f", v);
        return t;
    }
    int i = 0;
    for (v /= 1000; v >= 999.5 && suffix[i + 1] != 0; i++)
        v /= 1000;
    int digits = v >= 99.95 ? 0 : v >= 9.995 || i == 0 ? 1 : 2;
    if (v > 1e6)
        v = 1e6;
    snprintf(t.s, sizeof t.s, "%.*f%c", digits, v, suffix[i]);
    return t;
}

struct txt fmt_grouped(uint64_t v)
{
    char digits[24];
    struct txt t;
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)v);
    size_t at = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            t.s[at++] = ',';
        t.s[at++] = digits[i];
    }
    t.s[at] = 0;
    return t;
}

struct txt fmt_clock(int64_t ns)
{
    struct txt t;
    int64_t s = ns < 0 ? 0 : ns / 1000000000;
    snprintf(t.s, sizeof t.s, "%02lld:%02lld:%02lld", (long long)(s / 3600),
             (long long)(s / 60 % 60), (long long)(s % 60));
    return t;
}

struct txt fmt_clock_short(int64_t ns)
{
    struct txt t = fmt_clock(ns);
    if (strncmp(t.s, "00:", 3) == 0)
        memmove(t.s, t.s + 3, strlen(t.s + 3) + 1);
    return t;
}

struct txt fmt_latency(int64_t ns)
{
    struct txt t;
    double v = (double)ns;
    if (ns < 0)
        return none;
    if (v < 999.5)
        snprintf(t.s, sizeof t.s, "%.0fns", v);
    else if (v < 999.5e3)
        snprintf(t.s, sizeof t.s, "%.0fus", v / 1e3);
    else if (v < 9.95e6)
        snprintf(t.s, sizeof t.s, "%.1fms", v / 1e6);
    else if (v < 999.5e6)
        snprintf(t.s, sizeof t.s, "%.0fms", v / 1e6);
    else if (v < 99.95e9)
        snprintf(t.s, sizeof t.s, v < 9.995e9 ? "%.2fs" : "%.1fs", v / 1e9);
    else if (ns < INT64_C(1000000000) * 1000)
        snprintf(t.s, sizeof t.s, "%llds", (long long)(ns / 1000000000));
    else
        snprintf(t.s, sizeof t.s, "%lldm%02llds", (long long)(ns / 60000000000),
                 (long long)(ns / 1000000000 % 60));
    return t;
}

struct txt fmt_seconds(double s)
{
    struct txt t;
    if (!(s >= 0))
        return none;
    if (s > 1e9)
        s = 1e9;
    snprintf(t.s, sizeof t.s, s < 99.95 ? "%.1f s" : "%.0f s", s);
    return t;
}

struct txt fmt_usd(int64_t nusd)
{
    struct txt t;
    double usd = (double)nusd / 1e9;
    if (nusd < 0)
        return none;
    if (nusd == 0)
        snprintf(t.s, sizeof t.s, "$0");
    else if (usd < 0.001)
        snprintf(t.s, sizeof t.s, "$%.6f", usd);
    else if (usd < 0.995)
        snprintf(t.s, sizeof t.s, "$%.3f", usd);
    else if (usd < 999.5)
        snprintf(t.s, sizeof t.s, "$%.2f", usd);
    else
        snprintf(t.s, sizeof t.s, "$%.26s", fmt_grouped((uint64_t)(usd + 0.5)).s);
    return t;
}

struct txt fmt_percent(double ratio)
{
    struct txt t;
    if (!(ratio >= 0))
        return none;
    if (ratio > 1e4)
        ratio = 1e4;
    double p = ratio * 100;
    snprintf(t.s, sizeof t.s, p > 0 && p < 9.95 ? "%.1f%%" : "%.0f%%", p);
    return t;
}

struct txt fmt_tick(double v)
{
    static const char suffix[] = "kMGTPE";
    struct txt t;
    if (!(v >= 0))
        return none;
    int i = -1;
    while (v >= 1000 && (i < 0 || suffix[i + 1] != 0)) {
        v /= 1000;
        i++;
    }
    if (i < 0)
        snprintf(t.s, sizeof t.s, "%.3g", v);
    else
        snprintf(t.s, sizeof t.s, "%.3g%c", v, suffix[i]);
    return t;
}

struct txt fmt_record(uint64_t id)
{
    struct txt t;
    snprintf(t.s, sizeof t.s, "%u:%llu", (unsigned)(id >> 48),
             (unsigned long long)(id & ((UINT64_C(1) << 48) - 1)));
    return t;
}

bool text_contains(const char *text, const char *what)
{
    size_t n = strlen(what);
    for (; *text != 0; text++) {
        size_t i = 0;
        while (i < n && tolower((unsigned char)text[i]) == tolower((unsigned char)what[i]))
            i++;
        if (i == n)
            return true;
    }
    return n == 0;
}
