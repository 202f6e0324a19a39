#include "events.h"

#include <string.h>
#include <unistd.h>

/* Each number of an event stays below 2^53, so that every JSON reader keeps it,
 * and its product with the group's stride stays within 64 bits. */
#define NUMBER_MAX (UINT64_C(1) << 50)
#define GROUP_STRIDE 953 /* prime; the group is permuted by it */

struct request {
    struct nexmark generator;
    uint64_t count, start;
};

static int take_profile(void *request, const char *value, struct err *e)
{
    const char *names[NEXMARK_PROFILES + 1] = {0};
    for (int i = 0; i < NEXMARK_PROFILES; i++) {
        names[i] = nexmark_profile_names[i];
        if (strcmp(value, names[i]) == 0) {
            ((struct request *)request)->generator.profile = (enum nexmark_profile)i;
            return 0;
        }
    }
    const char *near = preset_nearest(value, names);
    return err_say(e, ERR_BAD, "\"%.60s\" is no profile%s%s%s", value,
                   near ? "; did you mean " : ": beam, ext or mix", near ? near : "",
                   near ? "?" : "");
}

static int take_count(void *request, const char *value, struct err *e)
{
    return cli_number(value, 0, NUMBER_MAX, &((struct request *)request)->count, e);
}

static int take_start(void *request, const char *value, struct err *e)
{
    return cli_number(value, 0, NUMBER_MAX, &((struct request *)request)->start, e);
}

static int take_group(void *request, const char *value, struct err *e)
{
    struct nexmark *g = &((struct request *)request)->generator;
    int code = cli_number(value, 1, NUMBER_MAX, &g->group, e);
    if (code == 0 && g->group % GROUP_STRIDE == 0)
        return err_say(e, ERR_BAD, "%s: must not be a multiple of %d, or events would repeat",
                       value, GROUP_STRIDE);
    return code;
}

static int take_first_id(void *request, const char *value, struct err *e)
{
    return cli_number(value, 0, NUMBER_MAX, &((struct request *)request)->generator.first_event_id,
                      e);
}

static int take_first_number(void *request, const char *value, struct err *e)
{
    return cli_number(value, 0, NUMBER_MAX,
                      &((struct request *)request)->generator.first_event_number, e);
}

static int take_seed(void *request, const char *value, struct err *e)
{
    return cli_number(value, 0, UINT64_MAX, &((struct request *)request)->generator.seed, e);
}

static const struct cli_option options[] = {
    {"profile", "NAME",
     "mix (the default: for experiments), beam (as the reference generator, byte for byte) or ext "
     "(beam with channel and url).",
     take_profile},
    {"count", "N", "How many events (default 10).", take_count},
    {"start", "K", "Number of the first one that is printed (default 0).", take_start},
    {"group", "G", "Events are out of order within groups of G (default 1: in order).", take_group},
    {"first-event-id", "F", "Event id of the generator's first event (default 0).", take_first_id},
    {"first-event-number", "N0", "Number of the generator's first event (default 0).",
     take_first_number},
    {"seed", "S", "User seed of profile mix (default 0).", take_seed},
    {0},
};

static int print_events(const struct request *r)
{
    static struct print o;
    unsigned char line[NEXMARK_TEXT_MAX + 128];
    print_init(&o, STDOUT_FILENO);
    for (uint64_t i = 0; i < r->count && o.error == 0; i++) {
        uint32_t length = nexmark_golden_line(&r->generator, r->start + i, line);
        assert(length > 0 && length <= sizeof line);
        print_bytes(&o, line, length);
    }
    return print_exit(&o, "standard output");
}

static int run(int argc, char **argv)
{
    struct request r = {.generator = {.profile = NEXMARK_MIX, .group = 1}, .count = 10};
    int exit_code = 0;
    if (cli_parse(&cli_events, argc, argv, &r, &exit_code))
        return exit_code;
    return print_events(&r);
}

const struct cli_command cli_events = {
    .name = "events",
    .operands = "",
    .help = "Prints events of the Nexmark generator, one JSON object a line.",
    .details = "Times are those of the reference generator at 10000 events/s from base time 0.\n",
    .examples = "  spillway events --count 3\n"
                "  spillway events --profile beam --count 60 --group 1000\n",
    .options = options,
    .run = run,
};
