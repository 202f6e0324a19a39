#include "io/preset.h"

#include <criterion/criterion.h>
#include <string.h>

/* Sets field=value on the default preset; the sentence, or "" when it was taken. */
static const char *assigned(struct preset *p, const char *assignment)
{
    static struct err e;
    e = (struct err){0};
    return preset_set(p, assignment, &e) == 0 ? "" : e.text;
}

Test(preset_assign, sets_knobs_and_fields_of_every_section)
{
    static struct preset p;
    preset_init(&p);
    cr_assert_str_eq(assigned(&p, "batch=64"), "");
    cr_assert_str_eq(assigned(&p, "functions.language=java"), "");
    cr_assert_str_eq(assigned(&p, "functions.noisy=true"), "");
    cr_assert_str_eq(assigned(&p, "source.seed=18446744073709551615"), "");
    cr_assert_str_eq(assigned(&p, "duration=90s"), "");
    cr_assert_str_eq(assigned(&p, "graph.tokenizer.cost=1s"), "");
    cr_assert_eq(p.knobs.value[KNOB_BATCH], 64);
    cr_assert_eq(p.functions.language, LANGUAGE_JAVA);
    cr_assert(p.functions.noisy);
    cr_assert_eq(p.source_seed, UINT64_MAX);
    cr_assert_eq(p.duration_ns, 90 * NS_PER_S);
    cr_assert_eq(p.graph.node[2].cost_ns, NS_PER_S);
}

Test(preset_assign, keeps_the_knob_slots_and_the_costly_node_together)
{
    static struct preset p;
    preset_init(&p);
    cr_assert_str_eq(assigned(&p, "graph.tokenizer.slots=9"), "");
    cr_assert_eq(p.knobs.value[KNOB_SLOTS], 9);
    cr_assert_str_eq(assigned(&p, "slots=3"), "");
    cr_assert_eq(p.graph.node[2].slots, 3);
}

Test(preset_assign, checks_the_graph_as_a_whole)
{
    static struct preset p;
    preset_init(&p);
    cr_assert_str_eq(assigned(&p, "graph.tokenizer.parallelism=4"), "");
    cr_assert_neq(strlen(assigned(&p, "graph.tokenizer.ship=forward")), 0);
}

Test(preset_assign, says_which_field_was_meant)
{
    static struct preset p;
    preset_init(&p);
    cr_assert_str_eq(assigned(&p, "bacth=5"),
                     "--set:1: \"bacth\": unknown field; did you mean \"batch\"?");
    cr_assert_str_eq(assigned(&p, "functions.langage=java"),
                     "--set:1: \"functions.langage\": unknown field; did you mean "
                     "\"functions.language\"?");
    cr_assert_str_eq(assigned(&p, "language=java"),
                     "--set:1: \"language\": unknown field; did you mean \"functions.language\"?");
    cr_assert_str_eq(assigned(&p, "graph.tokeniser.cost=1s"),
                     "--set:1: \"graph.tokeniser.cost\": the preset \"unnamed\" has no such node; "
                     "did you mean \"tokenizer\"?");
}

Test(preset_assign, says_what_is_wrong_with_a_value_and_where)
{
    static struct preset p;
    preset_init(&p);
    cr_assert_str_eq(assigned(&p, "duration=3"), "--set:10: duration 3: needs a unit: 20ms, 1.5s");
    cr_assert_str_eq(assigned(&p, "functions.noisy=yes"), "--set:17: noisy: must be true or false");
    cr_assert_str_eq(assigned(&p, "graph.tokenizer.parallelism=300"),
                     "--set:29: parallelism 300: must be 1 to 128");
    cr_assert_str_eq(assigned(&p, "batch"),
                     "--set:1: \"batch\": FIELD=VALUE is expected, as in batch=50");
}

Test(preset_assign, refuses_names_inputs_and_secrets)
{
    static struct preset p;
    preset_init(&p);
    cr_assert_neq(strlen(assigned(&p, "graph.tokenizer.name=x")), 0);
    cr_assert_neq(strlen(assigned(&p, "graph.tokenizer.op=map")), 0);
    cr_assert_neq(strlen(assigned(&p, "name=AKIAIOSFODNN7EXAMPLE")), 0);
    cr_assert_not(strstr(assigned(&p, "batch=AKIAIOSFODNN7EXAMPLE"), "AKIA"));
}
