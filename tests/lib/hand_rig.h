/* The dashboard in a test's hands: readings of a made-up pipeline go in, keys are pressed, and
 * what stands on the screen comes out as text. */
#ifndef TESTS_LIB_HAND_RIG_H
#define TESTS_LIB_HAND_RIG_H

#include "tests/lib/expected_text.h"
#include "tests/lib/fake_reading.h"
#include "ui/control.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct control c;
static struct fake_load load;
static struct grid grid;
static int64_t now;           /* of the last reading or key */
static char text[200000];     /* the frame that was drawn last */
static const char *preset_as; /* readings are of this preset; NULL: as fake_reading has it */

static inline void read_now(void)
{
    fake_reading(&load, now, c.newest);
    if (preset_as != NULL)
        snprintf(c.newest->preset, sizeof c.newest->preset, "%s", preset_as);
    control_reading(&c, now);
}

/* A reading every 100 ms, both ends included. */
static inline void play(int64_t from_ms, int64_t to_ms)
{
    for (int64_t ms = from_ms; ms <= to_ms; ms += 100) {
        now = ms * NS_PER_MS;
        read_now();
    }
}

/* A screen of 120 x 36 that has had no reading yet. */
static inline void begin_empty(void)
{
    cr_assert(control_open(&c, GLYPHS_BRAILLE, false));
    fake_load_init(&load);
    grid_init(&grid);
    c.width = 120;
    c.height = 36;
}

/* The same after three quiet seconds. */
static inline void begin_quiet(void)
{
    begin_empty();
    for (now = 0; now <= 3 * NS_PER_S; now += 100 * NS_PER_MS)
        read_now();
}

static inline void end(void)
{
    grid_fini(&grid);
    control_close(&c);
}

/* Presses a key; what it sends stays in c.command. */
static inline void strike(uint32_t key)
{
    now += 10 * NS_PER_MS;
    control_key(&c, key, now);
}

/* Presses a key and gives what it sends; "" if nothing. */
static inline const char *press(uint32_t key)
{
    static char sent[SP_EVENT_TEXT];
    strike(key);
    snprintf(sent, sizeof sent, "%s", c.command);
    c.command[0] = 0;
    return sent;
}

static inline void type(const char *what)
{
    for (uint32_t ch; (ch = utf8_next(&what)) != 0;)
        press(ch);
}

/* On the dashboard: goes down to a knob. */
static inline void choose(int knob)
{
    press(PRESS_HOME);
    for (int i = 0; i < KNOB_COUNT && c.view.knob != knob; i++)
        press(PRESS_DOWN);
    cr_assert_eq(c.view.knob, knob);
}

static inline const char *frame(int w, int h)
{
    struct cursor cursor;
    cr_assert(grid_resize(&grid, w, h));
    c.width = w;
    c.height = h;
    view_draw(&grid, &c.view, &cursor);
    cr_assert_lt(grid_dump_size(&grid), sizeof text);
    grid_dump(&grid, text, sizeof text);
    return text;
}

/* Is it in the frame that was drawn last? */
static inline bool shows(const char *what) { return strstr(text, what) != NULL; }

static inline void golden(const char *name) { expected_text_check(name, text); }

#endif
