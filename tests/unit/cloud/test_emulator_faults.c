/* What a client sees of each fault. */
#include "tests/lib/emulator_rig.h"

#define BATCH "{\"v\":1,\"batch\":19,\"op\":\"tokenize\",\"records\":[\"a b\"]}"
#define GOOD "{\"v\":1,\"batch\":19,\"results\":[[\"a\",\"b\"]]}"

static struct raw_answer under(struct emulator *emulator, enum faas_fault fault)
{
    emulator_faults_off(emulator);
    emulator_fault(emulator, fault, PPM_ONE, TIME_NEVER);
    return rig_ask(emulator, INVOKE, "", BATCH);
}

static struct faas_seen seen(struct emulator *emulator)
{
    struct faas_seen s;
    emulator_seen(emulator, &s);
    return s;
}

Test(emulator_faults, before_the_handler_runs)
{
    struct emulator_options o = rig_options();
    struct emulator *emulator = rig_open(&o);
    struct raw_answer a = under(emulator, FAULT_ERROR);
    cr_assert(a.status == 500 || a.status == 502 || a.status == 503);
    raw_free(&a);
    a = under(emulator, FAULT_THROTTLE);
    cr_assert_eq(a.status, 429);
    cr_assert_str_eq(raw_header(&a, "x-amzn-errortype"), "TooManyRequestsException");
    cr_assert(strstr(a.body, "\"message\":\"Rate Exceeded.\""));
    raw_free(&a);
    a = under(emulator, FAULT_RESET);
    cr_assert_eq(a.status, -1, "a reset");
    raw_free(&a);
    cr_assert_eq(seen(emulator).executed, 0);
    cr_assert_eq(seen(emulator).cost_nusd, 0);
    emulator_close(emulator);
}

Test(emulator_faults, after_it_ran)
{
    struct emulator_options o = rig_options();
    struct emulator *emulator = rig_open(&o);
    struct raw_answer a = under(emulator, FAULT_DIE);
    cr_assert_eq(a.status, -1);
    raw_free(&a);
    rig_until(emulator, faas.spoiled, 1);
    cr_assert_eq(seen(emulator).executed, 1, "executed, but the answer is lost");
    a = under(emulator, FAULT_CUT);
    cr_assert(a.status == 200 && !a.whole && a.size == (sizeof GOOD - 1) / 2);
    raw_free(&a);
    a = under(emulator, FAULT_GARBAGE);
    cr_assert(a.status == 200 && a.whole && (unsigned char)a.body[0] == 0xff);
    raw_free(&a);
    a = under(emulator, FAULT_WRONG_IDS);
    cr_assert_str_eq(a.body, "{\"v\":1,\"batch\":29,\"results\":[[\"a\",\"b\"]]}");
    raw_free(&a);
    a = under(emulator, FAULT_FUNCTION_ERROR);
    cr_assert_eq(a.status, 200);
    cr_assert_str_eq(raw_header(&a, "x-amz-function-error"), "Unhandled");
    cr_assert(strstr(a.body, "\"errorType\":\"InjectedFault\""));
    raw_free(&a);
    double begin = rig_now_s();
    a = under(emulator, FAULT_DRIP);
    cr_assert(a.status == 200 && a.whole && rig_now_s() - begin > 1.5);
    cr_assert_eq(memcmp(a.body, GOOD, sizeof GOOD - 1), 0);
    raw_free(&a);
    cr_assert_eq(seen(emulator).executed, 5);
    cr_assert_eq(seen(emulator).function_errors, 1);
    emulator_close(emulator);
}

Test(emulator_faults, lost_and_late_and_slow)
{
    struct emulator_options o = rig_options();
    o.faas.constant_ns = 10 * NS_PER_MS;
    struct emulator *emulator = rig_open(&o);
    double begin = rig_now_s();
    struct raw_answer a = under(emulator, FAULT_LATE);
    cr_assert(a.status == 200 && rig_now_s() - begin > 0.99, "%f", rig_now_s() - begin);
    raw_free(&a);
    emulator_faults_off(emulator);
    emulator_fault(emulator, FAULT_LATENCY, 20 * PPM_ONE, TIME_NEVER);
    a = rig_ask(emulator, INVOKE, "", BATCH);
    cr_assert_geq(atoi(raw_header(&a, "x-spillway-billed-ms")), 200);
    raw_free(&a);
    emulator_faults_off(emulator);
    emulator_fault(emulator, FAULT_LOSE, PPM_ONE, TIME_NEVER);
    int fd = raw_connect(emulator_port(emulator));
    char request[400];
    int n = snprintf(request, sizeof request,
                     INVOKE " HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s",
                     sizeof BATCH - 1, BATCH);
    raw_send(fd, request, (size_t)n);
    rig_until(emulator, faas.lost, 1);
    cr_assert_eq(seen(emulator).executed, 3);
    struct timeval soon = {.tv_usec = 100000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    char byte;
    cr_assert_eq(recv(fd, &byte, 1, 0), -1, "neither an answer nor an end");
    close(fd);
    emulator_close(emulator);
}

Test(emulator_faults, end_by_themselves)
{
    struct emulator_options o = rig_options();
    struct emulator *emulator = rig_open(&o);
    emulator_fault(emulator, FAULT_THROTTLE, 0, 200 * NS_PER_MS);
    struct raw_answer a = rig_ask(emulator, INVOKE, "", BATCH);
    cr_assert_eq(a.status, 429);
    raw_free(&a);
    usleep(250000);
    rig_expect(emulator, INVOKE, "", BATCH, 200, GOOD);
    emulator_close(emulator);
}
