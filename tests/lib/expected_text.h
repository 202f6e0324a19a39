/* Expected texts: files in tests/golden. SPILLWAY_GOLDEN=write (`make golden`) makes them anew. */
#ifndef TESTS_LIB_EXPECTED_TEXT_H
#define TESTS_LIB_EXPECTED_TEXT_H

/* Fails the test unless the text is that of tests/golden/NAME, byte for byte; what is drawn now
 * is shown. Or writes it there. Run from the top of the project. */
void expected_text_check(const char *name, const char *text);

#endif
