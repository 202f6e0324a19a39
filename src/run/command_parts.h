/* What the files of the commands share: src/run/command_*.c alone. */
#ifndef RUN_COMMAND_PARTS_H
#define RUN_COMMAND_PARTS_H

#include "run/command.h"

/* Says what was done. */
void command_effect(struct outcome *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Says why not. */
void command_refuse(struct outcome *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct command_number {
    char text[48];
};
/* A quantity as people write it. */
struct command_number command_say(enum unit unit, int64_t value);

/* Adds a line to the log that belongs to the command which is being run. */
void command_log(struct sp_engine *g, enum sp_author author, char kind, const char *command,
                 const char *effect, const char *inverse);

/* After a command was run: keeps it for `save-as scenario`. */
void command_note_deed(struct sp_engine *g, const struct command *c, const struct outcome *o);

/* Refuses a duration of 0. */
bool command_span_is_good(int64_t ns, struct outcome *o);
/* Turns one knob by hand. */
void command_set_knob(struct sp_engine *g, enum knob k, int64_t value, struct outcome *o);
/* Passes a knob's value on to the parts that hold copies. */
void command_spread_knob(struct sp_engine *g, enum knob k);
void command_faults_off(struct sp_engine *g);

typedef void command_fn(struct sp_engine *g, const struct command *c, struct outcome *o);
command_fn command_run_spike;
command_fn command_run_ramp;
command_fn command_run_rate;
command_fn command_run_cancel;
command_fn command_run_pause;
command_fn command_run_resume;
command_fn command_run_set;
command_fn command_run_policy;
command_fn command_run_batch;
command_fn command_run_linger;
command_fn command_run_concurrency;
command_fn command_run_order;
command_fn command_run_auto;
command_fn command_run_slots;
command_fn command_run_kill;
command_fn command_run_fault_latency;
command_fn command_run_fault_share;
command_fn command_run_fault_throttle;
command_fn command_run_fault_sink;
command_fn command_run_fault_off;
command_fn command_run_provider;
command_fn command_run_tail;
command_fn command_run_save;
command_fn command_run_load;
command_fn command_run_shell;
command_fn command_run_script;
command_fn command_run_stats;
command_fn command_run_record;
command_fn command_run_speed;
command_fn command_run_faster;
command_fn command_run_slower;
command_fn command_run_step;
command_fn command_run_go;

#endif
