/* Keys in a menu. */
#include "ui/control_hand.h"

static void open_menu(struct control *c, enum menu_kind kind)
{
    /* the size of the last spike stays for the next one */
    if (kind != MENU_SPIKE || c->view.menu.kind != MENU_SPIKE || !c->menu_used)
        menu_open(&c->view.menu, kind, c->newest);
    c->menu_used = true;
    c->view.mode = MODE_MENU;
    control_hush(c);
}

void control_menu(struct control *c, enum action action, int64_t now_ns)
{
    char text[SP_EVENT_TEXT];
    if (action == ACT_MENU_SPIKE)
        open_menu(c, MENU_SPIKE);
    else if (action == ACT_MENU_POLICY)
        open_menu(c, MENU_POLICY);
    else if (action == ACT_KILL)
        open_menu(c, MENU_KILL);
    else if (action == ACT_MENU_RUN) {
        menu_command(&c->view.menu, c->newest, text, sizeof text);
        c->view.mode = MODE_MAIN;
        if (text[0] != 0)
            control_send(c, text, now_ns);
    } else
        menu_move(&c->view.menu, (enum menu_move)(action - ACT_MENU_UP), c->newest);
}
