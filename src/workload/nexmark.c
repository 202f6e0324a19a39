/* An event is a function of its id: the id seeds a generator of its own, and the
 * fields are drawn from it in a fixed order, which is part of the contract. So
 * nothing is kept between events, and the numbers of an event (type, key) cost a
 * draw or two while its strings wait until somebody wants them. */
#include "workload/nexmark.h"

#include "base/prng.h"
#include "workload/lcg.h"
#include "workload/nexmark_price.h"
#include "workload/nexmark_text.h"

#include <string.h>

__extension__ typedef unsigned __int128 u128;

enum {
    PERSONS = 1, /* of each 50 ids: 1 person, then 3 auctions, then 46 bids */
    AUCTIONS = 3,
    EVENTS = 50,
    FIRST_ID = 1000, /* of persons and of auctions */
    FIRST_CATEGORY = 10,
    CATEGORIES = 5,
    ID_LEAD = 10, /* ids that may be named before they exist */
    HOT_STRIDE = 100,
    HOT_AUCTION_RATIO = 2,
    HOT_SELLER_RATIO = 4,
    HOT_BIDDER_RATIO = 4,
    ACTIVE_PEOPLE = 1000,
    IN_FLIGHT_AUCTIONS = 100,
    HORIZON_EVENTS = IN_FLIGHT_AUCTIONS * EVENTS / AUCTIONS,
    CHANNELS = 10000,
    GROUP_STEP = 953,
    REFERENCE_RATE = 10000,
};

const char *const nexmark_profile_names[NEXMARK_PROFILES] = {"beam", "ext", "mix"};

/* Bytes are copied in one move of fixed size; only the first `length` count. */
struct word {
    uint32_t length;
    char bytes[16];
};

struct channel {
    uint32_t length;
    char bytes[96];
};

#define TEXT(literal)                                                                              \
    {                                                                                              \
        sizeof literal - 1, literal                                                                \
    }

static const struct word first_names[11] = {
    TEXT("Peter"), TEXT("Paul"),  TEXT("Luke"),  TEXT("John"),   TEXT("Saul"),  TEXT("Vicky"),
    TEXT("Kate"),  TEXT("Julie"), TEXT("Sarah"), TEXT("Deiter"), TEXT("Walter")};
static const struct word last_names[9] = {TEXT("Shultz"), TEXT("Abrams"),  TEXT("Spencer"),
                                          TEXT("White"),  TEXT("Bartels"), TEXT("Walton"),
                                          TEXT("Smith"),  TEXT("Jones"),   TEXT("Noris")};
static const struct word cities[10] = {
    TEXT("Phoenix"), TEXT("Los Angeles"), TEXT("San Francisco"), TEXT("Boise"), TEXT("Portland"),
    TEXT("Bend"),    TEXT("Redmond"),     TEXT("Seattle"),       TEXT("Kent"),  TEXT("Cheyenne")};
static const struct word states[6] = {TEXT("AZ"), TEXT("CA"), TEXT("ID"),
                                      TEXT("OR"), TEXT("WA"), TEXT("WY")};

/* The hot channels' urls are drawn from seeds 10000 to 10003; they never change. */
#define HOT(name, path)                                                                            \
    TEXT(",\"channel\":\"" name "\",\"url\":\"https://www.nexmark.com/" path "/item.htm?query="    \
         "1\"")
static const struct channel hot_channels[4] = {
    HOT("Google", "cozb/_r_/r_cg"), HOT("Facebook", "nlmv/gcg/yzf"), HOT("Baidu", "hscm/hxm/wpph"),
    HOT("Apple", "rppg/h__/afrw")};

/* ---- numbers, ids, times ------------------------------------------------- */

bool nexmark_valid(const struct nexmark *g)
{
    return g->group >= 1 && g->group % GROUP_STEP != 0; /* 953 is a prime */
}

uint64_t nexmark_number(const struct nexmark *g, uint64_t k)
{
    assert(g->group >= 1);
    uint64_t m = g->first_event_number + k;
    if (g->group == 1)
        return m;
    uint64_t place = (uint64_t)((u128)(m % g->group) * GROUP_STEP % g->group);
    return m - m % g->group + place;
}

uint64_t nexmark_event_id(const struct nexmark *g, uint64_t k)
{
    return g->first_event_id + nexmark_number(g, k);
}

uint64_t nexmark_group_first(const struct nexmark *g, uint64_t k)
{
    assert(g->group >= 1);
    uint64_t m = g->first_event_number + k;
    return m - m % g->group;
}

int64_t nexmark_horizon_ms(int64_t nominal_ns, int64_t rate_mps)
{
    assert(nominal_ns >= 0 && rate_mps >= 0);
    if (rate_mps == 0)
        return 0;
    int64_t span_ns = HORIZON_EVENTS * INT64_C(1000000000000) / rate_mps;
    return (nominal_ns % 1000000 + span_ns) / 1000000;
}

/* Whole µs per event, and whole ms: exact for golden files, wrong for rates
 * that do not divide a million. */
int64_t nexmark_reference_ms(uint64_t number, int64_t rate)
{
    assert(rate >= 1);
    uint64_t period_us = (uint64_t)((1000000 + rate / 2) / rate);
    return (int64_t)((u128)number * period_us / 1000);
}

/* Newest person and auction (counted from 0) at event id e. An auction takes its
 * own number; -1: there is none yet. */
static inline int64_t last_person(uint64_t e)
{
    return (int64_t)(e / EVENTS); /* the one person comes first in its fifty */
}

static inline int64_t last_auction(uint64_t e)
{
    int64_t fifty = (int64_t)(e / EVENTS);
    int64_t place = (int64_t)(e % EVENTS);
    if (place < PERSONS)
        return fifty * AUCTIONS - 1;
    return fifty * AUCTIONS + (place < PERSONS + AUCTIONS ? place - PERSONS : AUCTIONS - 1);
}

static inline uint64_t seed_of(const struct nexmark *g, uint64_t e)
{
    if (g->profile != NEXMARK_MIX)
        return lcg_seed(e);
    return lcg_seed(prng_mix(e + UINT64_C(0x9E3779B97F4A7C15) * (1 + g->seed)));
}

/* A person among the newest thousand, or up to ten that are still to come. */
static inline uint64_t near_person(uint64_t *draw, uint64_t e)
{
    int64_t count = last_person(e) + 1;
    int64_t active = count < ACTIVE_PEOPLE ? count : ACTIVE_PEOPLE;
    return (uint64_t)(count - active) + lcg_bounded(draw, (uint32_t)active + ID_LEAD);
}

static inline uint64_t hot_person(uint64_t e)
{
    return (uint64_t)(last_person(e) / HOT_STRIDE * HOT_STRIDE);
}

static inline uint64_t bid_auction(uint64_t *draw, uint64_t e)
{
    int64_t last = last_auction(e);
    if (lcg_bounded(draw, HOT_AUCTION_RATIO) > 0)
        return FIRST_ID + (uint64_t)(last / HOT_STRIDE * HOT_STRIDE);
    int64_t low = last > IN_FLIGHT_AUCTIONS ? last - IN_FLIGHT_AUCTIONS : 0;
    return FIRST_ID + (uint64_t)low + lcg_bounded(draw, (uint32_t)(last - low + 1) + ID_LEAD);
}

void nexmark_numbers(const struct nexmark *g, uint64_t event_id, int64_t date_time_ms,
                     int64_t horizon_ms, struct nexmark_event *out)
{
    assert(date_time_ms >= 0 && horizon_ms >= 0);
    out->event_id = event_id;
    out->date_time_ms = date_time_ms;
    out->watermark_ms = date_time_ms;
    out->horizon_ms = horizon_ms;
    uint64_t place = event_id % EVENTS;
    if (place < PERSONS) {
        out->type = NEXMARK_PERSON;
        out->key = FIRST_ID + (uint64_t)last_person(event_id);
    } else if (place < PERSONS + AUCTIONS) {
        out->type = NEXMARK_AUCTION;
        out->key = FIRST_ID + (uint64_t)last_auction(event_id);
    } else {
        uint64_t draw = seed_of(g, event_id);
        out->type = NEXMARK_BID;
        out->key = bid_auction(&draw, event_id);
    }
}

/* ---- text ---------------------------------------------------------------- */

static inline unsigned char *put_word(unsigned char *p, const struct word *w)
{
    memcpy(p, w->bytes, sizeof w->bytes);
    return p + w->length;
}

static inline unsigned char *put_hot_channel(unsigned char *p, const struct channel *c)
{
    memcpy(p, c->bytes, sizeof c->bytes);
    return p + c->length;
}

/* The last fields of every event; the draws of `extra` are the last ones too.
 * size: bytes counted so far; mean: what the whole event should come to. */
static inline unsigned char *put_extra(unsigned char *p, uint64_t *draw, uint32_t size,
                                       uint32_t mean)
{
    p = PUT(p, ",\"extra\":\"");
    if (size <= mean) {
        uint32_t want = mean - size;
        uint32_t spread = (want + 2) / 5; /* a fifth, rounded half up */
        uint32_t length = want - spread + (spread ? lcg_bounded(draw, 2 * spread) : 0);
        p = put_exact(p, *draw, length);
    }
    return PUT(p, "\"}");
}

static uint32_t person_text(const struct nexmark_event *e, uint64_t draw, unsigned char *dst)
{
    unsigned char *p = PUT(dst, "{\"type\":\"person\",\"id\":");
    p = put_number(p, e->key);
    p = PUT(p, ",\"name\":\"");
    unsigned char *start = p;
    p = put_word(p, &first_names[lcg_bounded(&draw, 11)]);
    *p++ = ' ';
    p = put_word(p, &last_names[lcg_bounded(&draw, 9)]);
    uint32_t size = 8 + (uint32_t)(p - start);
    p = PUT(p, "\",\"emailAddress\":\"");
    start = p;
    p = put_words(p, &draw, 7);
    *p++ = '@';
    p = put_words(p, &draw, 5);
    p = PUT(p, ".com");
    size += (uint32_t)(p - start);
    p = PUT(p, "\",\"creditCard\":\"");
    for (int group = 0; group < 4; group++) {
        p = put_four_digits(p, lcg_bounded(&draw, 10000));
        *p++ = ' ';
    }
    p--; /* no blank after the last group */
    const struct word *city = &cities[lcg_bounded(&draw, 10)];
    const struct word *state = &states[lcg_bounded(&draw, 6)];
    size += 19 + city->length + state->length;
    p = PUT(p, "\",\"city\":\"");
    p = put_word(p, city);
    p = PUT(p, "\",\"state\":\"");
    p = put_word(p, state);
    p = PUT(p, "\",\"dateTime\":");
    p = put_number(p, (uint64_t)e->date_time_ms);
    p = put_extra(p, &draw, size, 200);
    return (uint32_t)(p - dst);
}

static uint32_t auction_text(const struct nexmark_event *e, uint64_t draw, unsigned char *dst)
{
    uint64_t seller = lcg_bounded(&draw, HOT_SELLER_RATIO) > 0 ? hot_person(e->event_id)
                                                               : near_person(&draw, e->event_id);
    uint32_t category = lcg_bounded(&draw, CATEGORIES);
    uint64_t bid = nexmark_price(lcg_bits53(&draw));
    int64_t window = e->horizon_ms ? 2 * e->horizon_ms : 1;
    uint64_t open_ms = 1 + lcg_wide(&draw, window);
    unsigned char *p = PUT(dst, "{\"type\":\"auction\",\"id\":");
    p = put_number(p, e->key);
    p = PUT(p, ",\"itemName\":\"");
    unsigned char *start = p;
    p = put_words(p, &draw, 20);
    uint32_t size = 48 + (uint32_t)(p - start);
    p = PUT(p, "\",\"description\":\"");
    start = p;
    p = put_words(p, &draw, 100);
    size += (uint32_t)(p - start);
    p = PUT(p, "\",\"initialBid\":");
    p = put_number(p, bid);
    p = PUT(p, ",\"reserve\":");
    p = put_number(p, bid + nexmark_price(lcg_bits53(&draw)));
    p = PUT(p, ",\"dateTime\":");
    p = put_number(p, (uint64_t)e->date_time_ms);
    p = PUT(p, ",\"expires\":");
    p = put_number(p, (uint64_t)e->date_time_ms + open_ms);
    p = PUT(p, ",\"seller\":");
    p = put_number(p, FIRST_ID + seller);
    p = PUT(p, ",\"category\":");
    p = put_number(p, FIRST_CATEGORY + category);
    p = put_extra(p, &draw, size, 500);
    return (uint32_t)(p - dst);
}

/* A rare channel: its url is drawn from the channel's own number. */
static unsigned char *put_rare_channel(unsigned char *p, uint32_t channel)
{
    uint64_t draw = lcg_seed(channel);
    p = PUT(p, ",\"channel\":\"channel-");
    p = put_number(p, channel);
    p = PUT(p, "\",\"url\":\"https://www.nexmark.com/");
    for (int part = 0; part < 3; part++) {
        p = put_path(p, &draw);
        *p++ = '/';
    }
    p = PUT(p, "item.htm?query=1");
    if (lcg_bounded(&draw, 10) > 0) {
        p = PUT(p, "&channel_id=");
        uint32_t id = reverse_32(channel);
        if (id == UINT32_C(1) << 31) /* the one int that has no absolute value */
            *p++ = '-';
        p = put_number(p, id >> 31 ? 0 - id : id);
    }
    *p++ = '"';
    return p;
}

static uint32_t bid_text(const struct nexmark_event *e, uint64_t draw, bool channels,
                         unsigned char *dst)
{
    uint64_t auction = bid_auction(&draw, e->event_id);
    uint64_t bidder = lcg_bounded(&draw, HOT_BIDDER_RATIO) > 0 ? hot_person(e->event_id) + 1
                                                               : near_person(&draw, e->event_id);
    uint64_t price = nexmark_price(lcg_bits53(&draw));
    unsigned char *p = PUT(dst, "{\"type\":\"bid\",\"auction\":");
    p = put_number(p, auction);
    p = PUT(p, ",\"bidder\":");
    p = put_number(p, FIRST_ID + bidder);
    p = PUT(p, ",\"price\":");
    p = put_number(p, price);
    if (channels) {
        if (lcg_bounded(&draw, 2) > 0)
            p = put_hot_channel(p, &hot_channels[lcg_bounded(&draw, 4)]);
        else
            p = put_rare_channel(p, lcg_bounded(&draw, CHANNELS));
    }
    p = PUT(p, ",\"dateTime\":");
    p = put_number(p, (uint64_t)e->date_time_ms);
    p = put_extra(p, &draw, 32, 100);
    return (uint32_t)(p - dst);
}

uint32_t nexmark_text(const struct nexmark *g, const struct nexmark_event *e, unsigned char *dst)
{
    uint64_t draw = seed_of(g, e->event_id);
    switch (e->type) {
    case NEXMARK_PERSON:
        return person_text(e, draw, dst);
    case NEXMARK_AUCTION:
        return auction_text(e, draw, dst);
    case NEXMARK_BID:
        break;
    }
    return bid_text(e, draw, g->profile != NEXMARK_BEAM, dst);
}

uint32_t nexmark_golden_line(const struct nexmark *g, uint64_t k, unsigned char *dst)
{
    uint64_t number = nexmark_number(g, k);
    int64_t ms = nexmark_reference_ms(number, REFERENCE_RATE);
    int64_t end_ms = nexmark_reference_ms(number + HORIZON_EVENTS, REFERENCE_RATE);
    struct nexmark_event e;
    nexmark_numbers(g, g->first_event_id + number, ms, end_ms - ms, &e);
    e.watermark_ms = nexmark_reference_ms(nexmark_group_first(g, k), REFERENCE_RATE);
    unsigned char *p = PUT(dst, "{\"n\":");
    p = put_number(p, k);
    p = PUT(p, ",\"event_id\":");
    p = put_number(p, e.event_id);
    p = PUT(p, ",\"ts\":");
    p = put_number(p, (uint64_t)ms);
    p = PUT(p, ",\"watermark\":");
    p = put_number(p, (uint64_t)e.watermark_ms);
    unsigned char *object = p;
    p += nexmark_text(g, &e, p);
    *object = ','; /* the object's brace becomes the line's next comma */
    *p++ = '\n';
    return (uint32_t)(p - dst);
}
