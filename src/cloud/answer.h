/* What an HTTP answer of a function platform means (faas.md 1, 10.2, 10.3): the status of
 * an attempt, the reason of a throttle, and one sentence for the person. */
#ifndef CLOUD_ANSWER_H
#define CLOUD_ANSWER_H

#include "burst/transport.h"
#include "cloud/invoker.h"

/* Where the answer comes from: the Invoke API tells of a function's failure inside a 200,
 * a function URL by 502. */
enum answer_front { ANSWER_FRONT_INVOKE, ANSWER_FRONT_URL };

#define ANSWER_WHY 240

struct judgement {
    enum answer_status status;
    enum throttle_reason reason;
    bool expired;         /* the credentials are not good any more: look for new ones */
    bool gone;            /* no HTTP came back: the endpoint, not the function, is at fault */
    char why[ANSWER_WHY]; /* "" when status is ANSWER_OK; account numbers are masked */
};

/* Judges a call that came out of the invoker and was not given up. */
void answer_judge(const struct invoker_call *c, enum answer_front front, struct judgement *out);

#endif
