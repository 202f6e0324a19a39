/* One client of the control socket: whatever it sends, however it reads. */
#include "ui/ctl_client.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct ctl_client c;
static struct sp_reading reading;
static int far;
static char seen[300000];

static void connect_it(void)
{
    int ends[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ctl_client_init(&c, ends[0]);
    far = ends[1];
}

static void send_bytes(const void *bytes, size_t size)
{
    cr_assert_eq(write(far, bytes, size), (ssize_t)size);
    ctl_client_read(&c);
}
static void send_text(const char *text) { send_bytes(text, strlen(text)); }

static const char *heard(void)
{
    ctl_client_write(&c);
    ssize_t n = recv(far, seen, sizeof seen - 1, MSG_DONTWAIT);
    seen[n > 0 ? n : 0] = 0;
    return seen;
}

Test(ctl_client, takes_lines_in_any_pieces, .init = connect_it)
{
    char line[CTL_IN];
    send_text("spi");
    cr_assert_not(ctl_client_line(&c, line));
    send_text("ke x2 10s\r\nmark größer\nhal");
    cr_assert(ctl_client_line(&c, line));
    cr_assert_str_eq(line, "spike x2 10s");
    cr_assert(ctl_client_line(&c, line));
    cr_assert_str_eq(line, "mark größer");
    cr_assert_not(ctl_client_line(&c, line));
    cr_assert_str_eq(heard(), "");
}

Test(ctl_client, a_last_line_without_an_end_is_not_run, .init = connect_it)
{
    char line[CTL_IN];
    send_text("batch 1");
    close(far);
    ctl_client_read(&c);
    cr_assert_not(ctl_client_line(&c, line));
    ctl_client_write(&c);
    cr_assert(ctl_client_is_over(&c));
}

Test(ctl_client, a_line_without_end_is_refused_once, .init = connect_it)
{
    char line[CTL_IN], many[700];
    memset(many, 'x', sizeof many);
    for (int i = 0; i < 9; i++) {
        send_bytes(many, sizeof many);
        cr_assert_not(ctl_client_line(&c, line));
    }
    send_text("\nmark x\n");
    for (int i = 0; i < 3 && c.in_used > 0; i++)
        if (ctl_client_line(&c, line))
            break;
    cr_assert_str_eq(line, "mark x");
    cr_assert_str_eq(heard(), "{\"ok\":false,\"error\":\"the line is too long: a command has at "
                              "most 159 bytes\"}\n");
}

Test(ctl_client, what_is_no_text_is_refused, .init = connect_it)
{
    static const char *const bad[] = {
        "mark \xff\n",     "mark \xc0\xaf\n", "mark \xed\xa0\x80\n", "mark \xf5\x80\x80\x80\n",
        "mark \x1b[31m\n", "mark \xc2\x9b\n", "mark \x7f\n",         "mark \xe2\x82\n"};
    char line[CTL_IN];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        send_text(bad[i]);
        cr_assert_not(ctl_client_line(&c, line), "line %zu", i);
        cr_assert_str_eq(heard(), "{\"ok\":false,\"error\":\"column 6: this is no text\"}\n");
    }
    send_bytes("mark a\0b\n", 9);
    cr_assert_not(ctl_client_line(&c, line));
    cr_assert(strstr(heard(), "column 7") != NULL);
}

Test(ctl_client, random_bytes_get_an_answer_for_each_line, .init = connect_it)
{
    char line[CTL_IN];
    unsigned char noise[200];
    uint64_t state = 1;
    int lines = 0, taken = 0, refused = 0;
    for (int round = 0; round < 5000; round++) {
        for (size_t i = 0; i < sizeof noise; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            noise[i] = (unsigned char)(state >> 56);
            lines += noise[i] == '\n';
        }
        send_bytes(noise, sizeof noise);
        while (ctl_client_line(&c, line))
            taken++;
        for (const char *p = heard(); (p = strstr(p, "{\"ok\":false")) != NULL; p++)
            refused++;
        cr_assert_leq(c.in_used, (size_t)CTL_IN);
    }
    cr_assert_gt(lines, 1000);
    cr_assert_eq(taken + refused, lines);
}

/* It sends and never reads: it is not read from beyond what answers have room for. */
Test(ctl_client, one_that_never_reads_is_not_read_from, .init = connect_it)
{
    char line[CTL_IN];
    int answers = 0;
    for (int i = 0; i < 100000 && ctl_client_takes(&c); i++) {
        if (c.in_used < 100)
            send_text("?\n?\n?\n");
        while (ctl_client_line(&c, line)) {
            ctl_client_refuse(&c, "%0200d", 7);
            answers++;
        }
    }
    cr_assert_not(ctl_client_takes(&c));
    cr_assert_leq(c.out_used, (size_t)CTL_OUT);
    cr_assert_not(c.deaf);
    cr_assert_gt(answers, 100);
}

Test(ctl_client, is_answered_by_the_events_of_its_own_command, .init = connect_it)
{
    c.ticket = 7;
    reading.events = 3;
    reading.event[0] = (struct sp_event){
        .number = 4, .author = SP_SOCKET, .ticket = 6, .command = "a", .effect = "other"};
    cr_assert_not(ctl_client_answer(&c, &reading));
    reading.event[1] = (struct sp_event){.number = 5,
                                         .author = SP_SOCKET,
                                         .ticket = 7,
                                         .at_ns = 1500 * NS_PER_MS,
                                         .command = "c \"q\"",
                                         .effect = "one \\"};
    reading.event[2] = reading.event[1];
    reading.event[2].number = 6;
    strcpy(reading.event[2].effect, "two");
    cr_assert(ctl_client_answer(&c, &reading));
    cr_assert_eq(c.ticket, 0u);
    cr_assert_str_eq(heard(), "{\"ok\":true,\"event\":{\"number\":6,\"at\":1.500,\"author\":"
                              "\"socket\",\"command\":\"c \\\"q\\\"\",\"effect\":\"one two\"}}\n");
    reading.event[2].kind = '!';
    c.ticket = 7;
    cr_assert(ctl_client_answer(&c, &reading));
    cr_assert_str_eq(heard(), "{\"ok\":false,\"error\":\"one two\"}\n");
}

/* The server drops a watcher whose reading finds no room. */
Test(ctl_client, a_slow_watcher_fills_its_buffer_and_no_more, .init = connect_it)
{
    static struct print o;
    int taken = 0;
    for (bool room = true; room && taken < 10000; taken++) {
        print_init(&o, -1);
        print_format(&o, "%01000d\n", taken);
        room = ctl_client_send(&c, &o);
        cr_assert_eq(o.used, 0u);
        ctl_client_write(&c);
    }
    cr_assert_lt(taken, 10000);
    cr_assert_leq(c.out_used, (size_t)CTL_OUT);
    close(far);
    ctl_client_write(&c);
    cr_assert(c.deaf);
    cr_assert_eq(c.out_used, 0u);
}
