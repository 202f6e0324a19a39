/* The control socket: the same commands from another program of the same person.
 *
 * $XDG_RUNTIME_DIR/spillway-PID.sock, or /tmp/spillway-UID/spillway-PID.sock; mode 0600.
 * A line in is a command, and each gets one line of JSON, in order:
 *   {"ok":true,"event":{"number":…,"at":…,"author":"socket","command":…,"effect":…}}
 *   {"ok":false,"error":"column 4: …"}
 * The line `--watch` asks for readings: {"ok":true,"watch":true}, then one line of JSON for
 * each of them, named as in a headless run. At most CTL_CLIENTS are served at a time; one
 * that sends without reading is not read from, and a watcher that reads too slowly is
 * dropped. A thread of its own serves them, so nothing here waits for a client. */
#ifndef UI_CTL_H
#define UI_CTL_H

#include "spillway.h"

#define CTL_CLIENTS 8
#define CTL_PATH 108 /* of a socket's name, by the system */

struct ctl;

/* Starts to serve an engine that is open and not yet started. NULL, and e says why, when
 * there is no place for a socket; the run goes on without one. */
struct ctl *ctl_open(struct sp_engine *engine, struct err *e);
/* Shows the newest reading to those who wait for one. Costs a copy while somebody is
 * there, and nothing else. c may be NULL. */
void ctl_reading(struct ctl *c, const struct sp_reading *r);
/* Answers what is left (last may be NULL), removes the socket. Before sp_close. */
void ctl_close(struct ctl *c, const struct sp_reading *last);

/* Sends a command of the person at the keyboard: as sp_command, but it may meet one that
 * comes from the socket at the same moment. */
bool ctl_send(struct sp_engine *engine, enum sp_author author, uint64_t ticket, const char *text);

/* The folder in which the sockets of this environment live: XDG_RUNTIME_DIR if that is a
 * folder of ours that nobody else can change, else one in /tmp, which is made. ERR_IO when
 * that is not ours alone either. */
MUST_USE int ctl_folder(char path[CTL_PATH], struct err *e);
/* The process that a file name belongs to ("spillway-12.sock": 12), 0 if to none. */
long ctl_owner(const char *name);
/* Connects to a socket. The descriptor, or -1 with errno. */
int ctl_connect(const char *path);

#endif
