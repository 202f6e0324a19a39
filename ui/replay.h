/* A recording on the screen, in pictures and in words: the same views over other readings. */
#ifndef UI_REPLAY_H
#define UI_REPLAY_H

#include "lab/replay.h"
#include "ui/control.h"
#include "ui/screen.h"

#define REPLAY_SPEED_MIN (PPM_ONE / 4)
#define REPLAY_SPEED_MAX (100 * PPM_ONE)

/* The commands of a replay; NULL name at the end. */
extern const struct sp_command_def replay_commands[];

/* Playing: where, how fast. */
struct replay_player {
    struct replay *replay;
    int64_t first_ns, last_ns, at_ns; /* on the recording's time line */
    int64_t shown_ns;                 /* where the screen is */
    int64_t wall_ns;                  /* when at_ns was right */
    int speed_ppm;
    bool playing;
};

/* Starts at an instant, holding or playing. */
void replay_player_init(struct replay_player *p, struct replay *replay, int64_t at_ns,
                        int speed_ppm, bool playing, int64_t wall_ns);
/* Moves on to wall time now_ns and hands what was recorded until then to the screen. True if
 * it changed. *e is filled if the file cannot be read any more (ERR_*), and playing stops. */
bool replay_player_move(struct replay_player *p, struct control *c, int64_t now_ns, struct err *e);
/* Runs a command of a replay. 0, or ERR_BAD with the sentence; say (of size) becomes what to
 * tell, "" for nothing. */
MUST_USE int replay_player_run(struct replay_player *p, const char *command, int64_t now_ns,
                               char *say, size_t size, struct err *e);
/* Puts a reading before the screen at wall time now_ns; NULL: forgets all there were. */
void replay_show(struct control *c, const struct sp_reading *reading, int64_t now_ns);

/* The screen of a replay, until the person leaves. Returns as screen_run_e does. */
MUST_USE int replay_screen(struct replay_player *p, const struct screen_options *options,
                           struct err *e);

/* How a key or a typed line reads in a replay: leaves a command of a replay in c->command.
 * false: it is none, and the screen says so. */
bool control_replay_send(struct control *c, const char *text, int64_t now_ns);

#endif
