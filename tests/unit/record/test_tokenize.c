/* Every path against a plain reading of the rule: split at every byte outside
 * [A-Za-z0-9_], drop what is empty. */
#include <criterion/criterion.h>
#include <string.h>

#include "record/tokenize.h"

enum { LONGEST = 300, PAD = 64, GUARD = 0x5A5A5A5A };

static unsigned char slab[64 + LONGEST + PAD];
static struct span want[LONGEST], got[LONGEST + 32];

static bool is_word(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static uint32_t plain(uint32_t begin, uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t i = begin; i < end;) {
        uint32_t start = i;
        while (i < end && is_word(slab[i]))
            i++;
        if (i > start)
            want[count++] = (struct span){start, i};
        else
            i++;
    }
    return count;
}

/* Same tokens, and nothing written beyond the room that the contract asks for. */
static void expect_same(const char *path, tokenize_fn *tokenize, uint32_t begin, uint32_t end)
{
    uint32_t room = (end - begin) / 2 + 1;
    for (uint32_t i = 0; i < 4; i++)
        got[room + i] = (struct span){GUARD, GUARD};
    uint32_t count = plain(begin, end);
    cr_assert_eq(tokenize(slab, begin, end, got), count, "%s [%u, %u)", path, begin, end);
    cr_assert(memcmp(got, want, count * sizeof want[0]) == 0, "%s [%u, %u)", path, begin, end);
    for (uint32_t i = 0; i < 4; i++)
        cr_assert(got[room + i].begin == GUARD && got[room + i].end == GUARD,
                  "%s [%u, %u) writes past its room", path, begin, end);
}

static uint64_t seed = 88172645463325252u;

static uint32_t draw(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

enum texture { NOISE, WORDS, ALL_TOKEN, NO_TOKEN, ALTERNATE, ALTERNATE_LATER, TEXTURES };

static unsigned char byte_of(enum texture texture, size_t i)
{
    static const char words[] = "abzAZ019_ ,.@`[/:{\"";
    switch (texture) {
    case NOISE:
        return (unsigned char)draw(256);
    case WORDS:
        return draw(5) ? 'q' : (unsigned char)words[draw(sizeof words - 1)];
    case ALL_TOKEN:
        return 'x';
    case NO_TOKEN:
        return ' ';
    case ALTERNATE:
        return i % 2 ? ' ' : 'x';
    case ALTERNATE_LATER:
        return i % 2 ? 'x' : ' ';
    case TEXTURES:
        break;
    }
    return 0;
}

static void for_each_path(void (*check)(const char *path, tokenize_fn *tokenize))
{
    for (const char *const *path = tokenize_paths; *path; path++) {
        tokenize_fn *tokenize = tokenize_select(*path);
        if (tokenize) /* a processor may lack a path; scalar is always there */
            check(*path, tokenize);
    }
}

static void all_lengths(const char *path, tokenize_fn *tokenize)
{
    for (int texture = 0; texture < TEXTURES; texture++)
        for (uint32_t length = 0; length <= LONGEST; length++) {
            for (size_t i = 0; i < sizeof slab; i++)
                slab[i] = byte_of((enum texture)texture, i);
            for (uint32_t begin = 0; begin < 64; begin++)
                expect_same(path, tokenize, begin, begin + length);
        }
}

Test(tokenize, all_lengths_and_alignments) { for_each_path(all_lengths); }

static void all_bytes(const char *path, tokenize_fn *tokenize)
{
    for (int c = 0; c < 256; c++)
        for (uint32_t place = 0; place < 130; place++) {
            memset(slab, ' ', sizeof slab);
            slab[place] = (unsigned char)c;
            expect_same(path, tokenize, 0, 130);
            memset(slab, 'w', sizeof slab);
            slab[place] = (unsigned char)c;
            expect_same(path, tokenize, 0, 130);
        }
}

Test(tokenize, all_byte_values_at_all_places) { for_each_path(all_bytes); }

Test(tokenize, pairs_of_bytes)
{
    for (int a = 0; a < 256; a++)
        for (int b = 0; b < 256; b++) {
            slab[0] = (unsigned char)a;
            slab[1] = (unsigned char)b;
            for (const char *const *path = tokenize_paths; *path; path++)
                if (tokenize_select(*path))
                    expect_same(*path, tokenize_select(*path), 0, 2);
        }
}

Test(tokenize, an_event)
{
    static const char text[] = "{\"type\":\"bid\",\"url\":\"https://a.b/c_d\",\"n\":12}";
    static const char *const tokens[] = {"type", "bid", "url", "https", "a", "b", "c_d", "n", "12"};
    memcpy(slab, text, sizeof text);
    uint32_t count = tokenize_select(NULL)(slab, 0, sizeof text - 1, got);
    cr_assert_eq(count, 9);
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_eq(got[i].end - got[i].begin, strlen(tokens[i]));
        cr_assert(memcmp(slab + got[i].begin, tokens[i], strlen(tokens[i])) == 0);
    }
}

Test(tokenize, paths_are_chosen_by_name)
{
    cr_assert_not_null(tokenize_select("scalar"));
    cr_assert_null(tokenize_select("neon512"));
    cr_assert_null(tokenize_select("scala"));
    cr_assert_null(tokenize_select("scalar2"));
    cr_assert_eq(tokenize_select(NULL), tokenize_select("auto"));
    cr_assert_eq(tokenize_select(""), tokenize_select("auto"));
#if defined(__x86_64__)
    cr_assert_not_null(tokenize_select("sse2"));
    cr_assert_neq(tokenize_select("scalar"), tokenize_select("auto"));
#endif
}
