/* Characters and their ASCII stand-ins. */
#include "ui/glyphs.h"

#include <wchar.h>

const char *const glyphs_names[GLYPHS_COUNT] = {"braille", "blocks", "ASCII"};

/* Every character that a view draws on purpose, but for the braille patterns. */
static const struct {
    const char *from; /* one character each */
    char to;
} folds[] = {
    {"─", '-'}, {"│", '|'}, {"┌", '+'}, {"┐", '+'}, {"└", '+'}, {"┘", '+'}, {"├", '+'}, {"┤", '+'},
    {"┊", ':'}, {"┄", '-'}, {"━", '='}, {"┃", '!'}, {"╍", '~'}, {"═", '='}, {"╰", '+'}, {"╯", '+'},
    {"▁", '.'}, {"▂", '.'}, {"▃", 'o'}, {"▄", 'o'}, {"▅", 'o'}, {"▆", '#'}, {"▇", '#'}, {"█", '#'},
    {"▏", '|'}, {"▎", ' '}, {"▍", '#'}, {"▌", '>'}, {"▋", '#'}, {"▊", '#'}, {"▉", '#'}, {"▕", '|'},
    {"░", '.'}, {"▒", '%'}, {"▓", '%'}, {"▲", '^'}, {"▼", 'v'}, {"▶", '>'}, {"◀", '<'}, {"◂", '<'},
    {"▸", '>'}, {"●", '*'}, {"◆", '*'}, {"■", '#'}, {"⚑", '!'}, {"✖", 'x'}, {"✓", 'v'}, {"✗", 'X'},
    {"→", '>'}, {"←", '<'}, {"↑", '^'}, {"↓", 'v'}, {"•", 'o'}, {"·", '.'}, {"…", '~'}, {"−", '-'},
    {"×", 'x'}, {"÷", '/'}, {"±", '~'}, {"≤", '<'}, {"≥", '>'}, {"Σ", 'S'}, {"ƒ", 'f'}, {"❚", '"'},
    {"λ", 'L'}, {"µ", 'u'}, {"°", 'o'}, {"—", '-'}, {"–", '-'}, {"“", '"'}, {"”", '"'}, {"’", '\''},
    {"▀", '"'},
};

#define FOLDS (sizeof folds / sizeof *folds)

static uint32_t fold_from(size_t i)
{
    const char *p = folds[i].from;
    return utf8_next(&p);
}

uint32_t glyph_ascii(uint32_t ch)
{
    if (ch < 0x80)
        return ch;
    if (ch >= 0x2800 && ch <= 0x28FF) {
        static const char density[] = " ..ooo###";
        return (uint32_t)density[__builtin_popcount(ch - 0x2800)];
    }
    for (size_t i = 0; i < FOLDS; i++)
        if (fold_from(i) == ch)
            return (uint32_t)folds[i].to;
    return '?';
}

void glyphs_fold(struct grid *g)
{
    for (int i = 0; i < g->width * g->height; i++)
        if (g->cell[i].ch >= 0x80)
            g->cell[i].ch = glyph_ascii(g->cell[i].ch);
}

bool glyphs_single_width(void)
{
    for (size_t i = 0; i < FOLDS; i++)
        if (wcwidth((wchar_t)fold_from(i)) != 1)
            return false;
    return wcwidth((wchar_t)0x28FF) == 1;
}
