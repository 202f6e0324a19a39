/* Keys in a menu. */
#include "ui/control_hand.h"
#include "ui/control_looks.h"

#include <stdio.h>
#include <string.h>

static const struct {
    enum action action;
    enum menu_kind kind;
} opens[] = {
    {ACT_MENU_SPIKE, MENU_SPIKE}, {ACT_MENU_POLICY, MENU_POLICY}, {ACT_KILL, MENU_KILL},
    {ACT_MENU_SLOTS, MENU_SLOTS}, {ACT_MENU_SAVE, MENU_SAVE},     {ACT_MENU_OPEN, MENU_OPEN},
    {ACT_MENU_SETUP, MENU_SETUP},
};

static void open_menu(struct control *c, enum menu_kind kind)
{
    if (kind == MENU_OPEN) {
        shelf_fill(&c->shelf);
        if (!c->shelf.knows) /* a picture, a replay: by its name */
            shelf_loaded(&c->shelf, c->newest->preset);
    }
    /* the size of the last spike stays for the next one */
    if (kind != MENU_SPIKE || c->view.menu.kind != MENU_SPIKE || !c->menu_used)
        menu_open(&c->view.menu, kind, c->newest, &c->shelf);
    if (kind == MENU_OPEN)
        shelf_preview(&c->shelf, c->view.menu.row, c->newest);
    if (kind == MENU_SETUP)
        control_setup_fill(c);
    c->menu_used = true;
    c->view.mode = MODE_MENU;
    control_hush(c);
}

/* In a simulated run nothing that is real dies: F9 F9 kills again what was killed last. */
static void kill_again(struct control *c, int64_t now_ns)
{
    if (c->view.menu.kind != MENU_KILL)
        return;
    if (!c->newest->sim)
        control_say(c, true, "F9 F9 kills again in a sim run only: here Enter confirms", now_ns);
    else if (c->last_kill[0] == 0)
        control_say(c, false, "nothing was killed yet: Enter kills what is chosen", now_ns);
    else if (control_send(c, c->last_kill, now_ns))
        c->view.mode = MODE_MAIN;
}

static void run(struct control *c, int64_t now_ns)
{
    char text[SP_EVENT_TEXT];
    menu_command(&c->view.menu, c->newest, text, sizeof text);
    c->view.mode = MODE_MAIN;
    if (c->view.menu.kind == MENU_SETUP) {
        c->keep_setup = true;
        return;
    }
    if (text[0] == 0)
        return;
    if (menu_types(&c->view.menu)) {
        control_type(c, MODE_COMMAND, text);
        return;
    }
    if (control_send(c, text, now_ns) && c->view.menu.kind == MENU_KILL)
        snprintf(c->last_kill, sizeof c->last_kill, "%s", c->command);
}

void control_menu(struct control *c, enum action action, int64_t now_ns)
{
    for (size_t i = 0; i < sizeof opens / sizeof *opens; i++)
        if (opens[i].action == action) {
            open_menu(c, opens[i].kind);
            return;
        }
    if (action == ACT_MENU_RUN) {
        run(c, now_ns);
    } else if (action == ACT_KILL_AGAIN) {
        kill_again(c, now_ns);
    } else {
        menu_move(&c->view.menu, (enum menu_move)(action - ACT_MENU_UP), c->newest);
        if (c->view.menu.kind == MENU_OPEN)
            shelf_preview(&c->shelf, c->view.menu.row, c->newest);
        if (c->view.menu.kind == MENU_SETUP)
            control_setup_use(c);
    }
}
