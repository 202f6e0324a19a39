#include "race_report.h"

#include <stdio.h>
#include <string.h>

struct txt race_figure(enum score_figure f, int64_t value, bool known)
{
    struct txt t = {"n/a"};
    if (f <= SCORE_MEAN && !known)
        return t;
    switch (score_table[f].unit) {
    case UNIT_DURATION:
        if (f != SCORE_SLO)
            return fmt_latency(value);
        snprintf(t.s, sizeof t.s, "%llds", (long long)(value / NS_PER_S));
        return t;
    case UNIT_USD:
        return fmt_usd(value);
    case UNIT_RATIO:
        return fmt_percent((double)value / 1e6);
    default:
        return fmt_grouped((uint64_t)value);
    }
}

struct txt race_difference(const struct race_board *b, int lane, enum score_figure f)
{
    const struct score *mine = &b->score[lane], *base = &b->score[b->baseline];
    struct txt t = {"="};
    int64_t from = base->value[f], to = mine->value[f], by = to - from;
    if (f <= SCORE_MEAN && mine->any != base->any)
        return race_figure(f, 0, false);
    if (by == 0)
        return t;
    int64_t size = by < 0 ? -by : by;
    const char *sign = by < 0 ? "−" : "+";
    if (b->noise_known && size <= b->noise[f])
        snprintf(t.s, sizeof t.s, "≈");
    else if (f <= SCORE_MEAN && from > 0)
        snprintf(t.s, sizeof t.s, "%s%lld%%", sign, (long long)(size * 100 / from));
    else
        snprintf(t.s, sizeof t.s, "%s%.22s", sign, race_figure(f, size, true).s);
    return t;
}

/* ---- text --------------------------------------------------------------------------------- */

static const struct {
    enum score_figure f;
    const char *title;
    int width;
} columns[] = {
    {SCORE_P50, "p50", 8},        {SCORE_P99, "p99", 8},          {SCORE_P999, "p99.9", 8},
    {SCORE_SLO, "missed", 8},     {SCORE_BACKLOG, "backlog", 11}, {SCORE_QUEUE, "queue", 9},
    {SCORE_COLD, "cold", 6},      {SCORE_BURST, "burst", 7},      {SCORE_COST, "cost", 9},
    {SCORE_UNDONE, "undone", 10},
};
#define COLUMNS (sizeof columns / sizeof *columns)

static void cell(struct print *o, const char *text, int width)
{
    int used = 0; /* characters, not bytes */
    for (const char *p = text; *p; p++)
        used += ((unsigned char)*p & 0xC0) != 0x80;
    print_format(o, "%*s%s", used < width ? width - used : 1, "", text);
}

static void standing(struct print *o, const struct race *r, const struct race_board *b, int i)
{
    const struct goal *g = race_goal(r);
    const struct score *s = &b->score[i];
    if (!s->ledger_ok) {
        print_format(o, "  DQ: lost %llu, duplicated %llu, disordered %llu",
                     (unsigned long long)s->lost, (unsigned long long)s->duplicated,
                     (unsigned long long)s->disordered);
        return;
    }
    print_format(o, "  %d%s", b->rank[i], b->rank[i] == 1 && b->missed[i] < 0 ? " ◀" : "");
    if (b->missed[i] >= 0)
        print_format(o, "  misses %s", score_table[g->condition[b->missed[i]].figure].name);
}

static void print_lane(struct print *o, const struct race *r, const struct race_board *b, int i)
{
    print_format(o, "%c   ", 'A' + i);
    for (size_t c = 0; c < COLUMNS; c++)
        cell(o, race_figure(columns[c].f, b->score[i].value[columns[c].f], b->score[i].any).s,
             columns[c].width);
    standing(o, r, b, i);
    print_text(o, "\n");
}

static void print_differences(struct print *o, const struct race_board *b, int i)
{
    print_format(o, "%c−%c ", 'A' + i, 'A' + b->baseline);
    for (size_t c = 0; c < COLUMNS; c++)
        cell(o, race_difference(b, i, columns[c].f).s, columns[c].width);
    print_text(o, "\n");
}

static void say_difference(void *context, const char *line)
{
    static const char *const told[] = {"name: ", "why: "}; /* no settings */
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (strncmp(line, told[i], strlen(told[i])) == 0)
            return;
    print_format(context, "    %.150s\n", line);
}

static void print_settings(struct print *o, const struct race *r, int baseline)
{
    for (int i = 0; i < race_lanes(r); i++) {
        print_format(o, "%c   %s%s\n", 'A' + i, race_preset(r, i)->name,
                     i == baseline ? "  (baseline)" : "");
        if (i != baseline)
            preset_differences(race_preset(r, baseline), race_preset(r, i), say_difference, o);
    }
}

void race_text(struct print *o, struct race *r)
{
    struct race_board b;
    race_score(r, &b);
    const struct sp_reading *first = race_reading(r, 0);
    print_format(o, "race of %d lanes, %s clock, %s of engine time; goal %s\n", race_lanes(r),
                 first->sim ? "sim" : "live", fmt_seconds((double)first->now_ns / 1e9).s,
                 race_goal(r)->text);
    if (!first->sim)
        print_text(o,
                   "live lanes share the processor's cores: what they show is not theirs alone\n");
    print_text(o, "\n    ");
    for (size_t c = 0; c < COLUMNS; c++)
        cell(o, columns[c].title, columns[c].width);
    print_text(o, "  rank\n");
    for (int i = 0; i < race_lanes(r); i++)
        print_lane(o, r, &b, i);
    for (int i = 0; i < race_lanes(r); i++)
        if (i != b.baseline)
            print_differences(o, &b, i);
    print_format(o, "    %s\n\n",
                 b.noise_known ? "≈ within what the baseline shows against itself with other seeds"
                               : "noise was not measured: small differences may be chance");
    print_settings(o, r, b.baseline);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void json_figure(struct print *o, enum score_figure f, int64_t value, bool known)
{
    static const char *const suffix[] = {[UNIT_DURATION] = "_ms", [UNIT_USD] = "_usd"};
    enum unit unit = score_table[f].unit;
    const char *end = unit < sizeof suffix / sizeof *suffix && suffix[unit] ? suffix[unit] : "";
    print_format(o, "\"%s%s\":", f == SCORE_SLO ? "slo_missed" : score_table[f].name,
                 f == SCORE_SLO ? "_s" : end);
    if (f <= SCORE_MEAN && !known)
        print_text(o, "null");
    else if (f == SCORE_SLO)
        print_format(o, "%lld", (long long)(value / NS_PER_S));
    else if (unit == UNIT_DURATION)
        print_fixed(o, value / 1000 + (value % 1000 >= 500) - (value % 1000 <= -500), 3);
    else if (unit == UNIT_USD)
        print_fixed(o, value, 9);
    else if (unit == UNIT_RATIO)
        print_fixed(o, value, 6);
    else
        print_format(o, "%lld", (long long)value);
}

/* known: latencies mean something, since records were done. */
static void json_figures(struct print *o, const int64_t value[SCORE_FIGURES], bool known)
{
    for (int f = 0; f < SCORE_FIGURES; f++) {
        print_text(o, f ? "," : "");
        json_figure(o, (enum score_figure)f, value[f], known);
    }
}

static void json_records(struct print *o, const struct sp_reading *l)
{
    print_format(o,
                 "\"records\":{\"in\":%llu,\"out\":%llu,\"in_flight\":%lld,\"dead\":%llu,"
                 "\"lost\":%llu,\"duplicated\":%llu,\"disordered\":%llu},"
                 "\"tokens\":%llu,\"digest\":\"%016llx\"",
                 (unsigned long long)l->in, (unsigned long long)l->out, (long long)l->in_flight,
                 (unsigned long long)l->dead, (unsigned long long)l->lost,
                 (unsigned long long)l->duplicated, (unsigned long long)l->disordered,
                 (unsigned long long)l->tokens, (unsigned long long)l->digest);
}

static void json_difference(struct print *o, const struct race_board *b, int i)
{
    int64_t by[SCORE_FIGURES];
    for (int f = 0; f < SCORE_FIGURES; f++)
        by[f] = b->score[i].value[f] - b->score[b->baseline].value[f];
    print_text(o, ",\"difference\":{");
    json_figures(o, by, b->score[i].any == b->score[b->baseline].any);
    print_text(o, "},\"within_noise\":[");
    for (int f = 0, n = 0; b->noise_known && f < SCORE_FIGURES; f++)
        if (by[f] != 0 && by[f] <= b->noise[f] && -by[f] <= b->noise[f])
            print_format(o, "%s\"%s\"", n++ ? "," : "", score_table[f].name);
    print_text(o, "]");
}

static void json_lane(struct print *o, const struct race *r, const struct race_board *b, int i)
{
    const struct score *s = &b->score[i];
    print_format(o, "%s{\"lane\":\"%c\",\"preset\":", i ? "," : "", 'A' + i);
    print_json(o, race_preset(r, i)->name);
    print_format(o, ",\"rank\":%d,\"disqualified\":%s,\"goal_met\":%s,\"missed\":", b->rank[i],
                 s->ledger_ok ? "false" : "true",
                 s->ledger_ok && b->missed[i] < 0 ? "true" : "false");
    if (b->missed[i] >= 0)
        print_json(o, score_table[race_goal(r)->condition[b->missed[i]].figure].name);
    else
        print_text(o, "null");
    print_text(o, ",\"ledger\":");
    print_json(o, race_ledger_text(r, i));
    print_text(o, ",");
    json_records(o, race_reading(r, i));
    print_text(o, ",\"figures\":{");
    json_figures(o, s->value, s->any);
    print_text(o, "}");
    if (i != b->baseline)
        json_difference(o, b, i);
    print_text(o, "}");
}

void race_json(struct print *o, struct race *r, bool live, uint64_t seed)
{
    struct race_board b;
    race_score(r, &b);
    print_format(
        o, "{\"v\":1,\"race\":%d,\"clock\":\"%s\",\"shared_cores\":%s,\"seed\":%llu,\"commit\":",
        race_lanes(r), live ? "live" : "sim", live ? "true" : "false", (unsigned long long)seed);
    print_json(o, sp_commit());
    print_text(o, ",\"duration_s\":");
    print_fixed(o, race_reading(r, 0)->now_ns / NS_PER_MS, 3);
    print_text(o, ",\"goal\":");
    print_json(o, race_goal(r)->text);
    print_format(o, ",\"baseline\":\"%c\",\"noise\":", 'A' + b.baseline);
    print_text(o, b.noise_known ? "{" : "null");
    if (b.noise_known) {
        json_figures(o, b.noise, true);
        print_text(o, "}");
    }
    print_text(o, ",\"lanes\":[");
    for (int i = 0; i < race_lanes(r); i++)
        json_lane(o, r, &b, i);
    print_text(o, "]}\n");
}
