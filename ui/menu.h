/* Menus: a spike's size, what to kill, which policy. Each is a few rows with one value
 * each; together they are one command, shown while it is put together and run by Enter. */
#ifndef UI_MENU_H
#define UI_MENU_H

#include "spillway.h"

#include "ui/grid.h"

enum menu_kind { MENU_SPIKE, MENU_KILL, MENU_POLICY };

#define MENU_ROWS 3

struct menu {
    enum menu_kind kind;
    int row;               /* with the cursor */
    int choice[MENU_ROWS]; /* by row; of the policy menu choice[0] alone */
};

enum menu_move { MENU_UP, MENU_DOWN, MENU_LESS, MENU_MORE, MENU_FIRST, MENU_LAST };

/* Opens a menu at what is most likely wanted: the last spike's size stays, the operator
 * that bursts, the policy in force. */
void menu_open(struct menu *m, enum menu_kind kind, const struct sp_reading *r);
void menu_move(struct menu *m, enum menu_move move, const struct sp_reading *r);
/* The command it stands for now; "" if there is nothing to choose. */
void menu_command(const struct menu *m, const struct sp_reading *r, char *dst, size_t size);

const char *menu_title(const struct menu *m);
/* Rows to show; row i as text. `about` explains the row or the value. */
int menu_rows(const struct menu *m);
struct menu_row {
    char name[24], value[80];
    const char *about;
    bool selected, current; /* current: in force now */
};
void menu_row(const struct menu *m, int i, const struct sp_reading *r, struct menu_row *out);

/* The menu over the middle of the screen. */
void draw_menu(struct grid *g, const struct menu *m, const struct sp_reading *r);

#endif
