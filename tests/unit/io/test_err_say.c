#include "io/err_say.h"

#include <criterion/criterion.h>
#include <string.h>

Test(err_say, the_code_comes_back_and_the_sentence_is_written)
{
    struct err e = {0, "before"};
    cr_assert_eq(err_say(&e, ERR_IO, "%s: line %d", "a file", 7), ERR_IO);
    cr_assert_eq(e.code, ERR_IO);
    cr_assert_str_eq(e.text, "a file: line 7");
}

Test(err_say, a_sentence_that_is_too_long_is_cut)
{
    struct err e;
    cr_assert_eq(err_say(&e, ERR_BAD, "%*s", 2 * (int)sizeof e.text, "x"), ERR_BAD);
    cr_assert_eq(strlen(e.text), sizeof e.text - 1);
}
