/* Menus: a spike's size, what to kill, which policy, how many slots, what to save, which
 * preset to open, how the screen looks. Each is a few rows with one value each, or a list;
 * together they are one command, shown while it is put together and run by Enter. */
#ifndef UI_MENU_H
#define UI_MENU_H

#include "spillway.h"

#include "ui/grid.h"
#include "ui/shelf.h"

enum menu_kind {
    MENU_SPIKE,
    MENU_KILL,
    MENU_POLICY,
    MENU_SLOTS,
    MENU_SAVE,
    MENU_OPEN,
    MENU_SETUP,
    MENU_KINDS
};

/* Rows of the set-up menu. */
enum setup {
    SETUP_THEME,
    SETUP_GLYPHS,
    SETUP_FRAMES,
    SETUP_MOUSE,
    SETUP_BIG,
    SETUP_REDACT,
    SETUP_COUNT
};
/* Frames a second that can be chosen. */
#define SETUP_RATES 4
extern const int setup_frames[SETUP_RATES];

#define MENU_ROWS 8

struct menu {
    enum menu_kind kind;
    int row;                   /* with the cursor */
    int choice[MENU_ROWS];     /* by row; of a list choice[0] alone */
    const struct shelf *shelf; /* of MENU_OPEN */
};

enum menu_move {
    MENU_UP,
    MENU_DOWN,
    MENU_LESS,
    MENU_MORE,
    MENU_LESS_10,
    MENU_MORE_10,
    MENU_FIRST,
    MENU_LAST
};

/* Opens a menu at what is most likely wanted: the last spike's size stays, the operator
 * that bursts, the policy in force. shelf is borrowed; only MENU_OPEN needs it. */
void menu_open(struct menu *m, enum menu_kind kind, const struct sp_reading *r,
               const struct shelf *shelf);
void menu_move(struct menu *m, enum menu_move move, const struct sp_reading *r);
/* The command it stands for now; "" if there is nothing to choose, or none is needed. */
void menu_command(const struct menu *m, const struct sp_reading *r, char *dst, size_t size);
/* True if Enter types the command instead of running it: its last word is to be chosen. */
bool menu_types(const struct menu *m);
/* True if a row is one of several to choose from; else each row has a value of its own. */
bool menu_is_list(const struct menu *m);

const char *menu_title(const struct menu *m);
/* Rows to show; row i as text. `about` explains the row or the value. */
int menu_rows(const struct menu *m);
struct menu_row {
    char name[PRESET_NAME], value[80];
    const char *about;
    bool selected, current; /* current: in force now */
};
void menu_row(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out);

/* The menu over the middle of the screen. */
void draw_menu(struct grid *g, const struct menu *m, const struct sp_reading *r);

#endif
