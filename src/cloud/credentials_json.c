/* Keys as programs and metadata services write them. */
#include "cloud/credentials_find.h"

#include "io/err_say.h"
#include "io/json.h"

#include <openssl/crypto.h>
#include <string.h>
#include <time.h>

/* count digits at *text, which moves behind them; -1 if there are not as many. */
static int take_digits(const char **text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return -1;
        value = value * 10 + (**text - '0');
    }
    return value;
}

static bool take_char(const char **text, const char *choice)
{
    if (!**text || !strchr(choice, **text))
        return false;
    (*text)++;
    return true;
}

/* "Z", "+01:00", "-0730" */
static bool take_zone(const char **text, int *offset_s)
{
    *offset_s = 0;
    if (take_char(text, "Zz"))
        return true;
    int sign = **text == '-' ? -1 : 1;
    if (!take_char(text, "+-"))
        return false;
    int hours = take_digits(text, 2);
    (void)take_char(text, ":");
    int minutes = take_digits(text, 2);
    *offset_s = sign * (hours * 3600 + minutes * 60);
    return hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

bool credentials_read_expiration(const char *text, int64_t *at_s)
{
    struct tm t = {0};
    int offset_s;
    t.tm_year = take_digits(&text, 4) - 1900;
    bool good = take_char(&text, "-");
    t.tm_mon = good ? take_digits(&text, 2) - 1 : -1;
    good = good && take_char(&text, "-");
    t.tm_mday = good ? take_digits(&text, 2) : -1;
    good = good && take_char(&text, "Tt ");
    t.tm_hour = good ? take_digits(&text, 2) : -1;
    good = good && take_char(&text, ":");
    t.tm_min = good ? take_digits(&text, 2) : -1;
    good = good && take_char(&text, ":");
    t.tm_sec = good ? take_digits(&text, 2) : -1;
    if (good && take_char(&text, "."))
        text += strspn(text, "0123456789");
    if (!good || !take_zone(&text, &offset_s) || *text || t.tm_year < 70 || t.tm_mon < 0 ||
        t.tm_mon > 11 || t.tm_mday < 1 || t.tm_mday > 31 || t.tm_hour < 0 || t.tm_hour > 23 ||
        t.tm_min < 0 || t.tm_min > 59 || t.tm_sec < 0 || t.tm_sec > 60)
        return false;
    *at_s = (int64_t)timegm(&t) - offset_s;
    return true;
}

/* A text field; "" if it is not there or null. */
static int take_text(const struct json_value *o, const char *name, char *dst, size_t size,
                     struct err *e)
{
    const struct json_value *v = json_field(o, name);
    dst[0] = '\0';
    if (!v || v->kind == JSON_NULL)
        return 0;
    if (v->kind != JSON_STRING)
        return err_say(e, ERR_BAD, "%s is not a text", name);
    if (v->size >= size)
        return err_say(e, ERR_BAD, "%s has %u characters, more than %zu", name, v->size, size - 1);
    memcpy(dst, v->text, v->size + 1);
    return 0;
}

static int check_version(const struct json_value *o, int version, struct err *e)
{
    const struct json_value *v = json_field(o, "Version");
    if (version == 0)
        return 0;
    if (!v || v->kind != JSON_NUMBER || v->size != 1 || v->text[0] != '0' + version)
        return err_say(e, ERR_BAD, "\"Version\" is not %d", version);
    return 0;
}

static int take_expiration(const struct json_value *o, struct key_set *out, struct err *e)
{
    char text[64];
    int code = take_text(o, "Expiration", text, sizeof text, e);
    out->expires_s = 0;
    if (code || !text[0])
        return code;
    if (!credentials_read_expiration(text, &out->expires_s))
        return err_say(e, ERR_BAD, "\"Expiration\" is not a time such as 2026-11-21T09:30:15Z");
    return 0;
}

static int take_keys(const struct json_value *o, int version, struct key_set *out, struct err *e)
{
    if (o->kind != JSON_OBJECT)
        return err_say(e, ERR_BAD, "it is not a JSON object");
    int code = check_version(o, version, e);
    if (code == 0)
        code = take_text(o, "AccessKeyId", out->access, sizeof out->access, e);
    if (code == 0)
        code = take_text(o, "SecretAccessKey", out->secret, sizeof out->secret, e);
    if (code == 0)
        code = take_text(o, "SessionToken", out->token, sizeof out->token, e);
    if (code == 0 && !out->token[0])
        code = take_text(o, "Token", out->token, sizeof out->token, e);
    if (code == 0)
        code = take_expiration(o, out, e);
    if (code == 0 && (!out->access[0] || !out->secret[0]))
        code = err_say(e, ERR_BAD, "\"%s\" is missing",
                       out->access[0] ? "SecretAccessKey" : "AccessKeyId");
    return code;
}

int credentials_read_json(char *text, int version, struct key_set *out, struct err *e)
{
    struct json doc;
    struct json_fault fault = {0};
    size_t size = strlen(text);
    int code = json_parse(text, size, &doc, &fault);
    if (code == 0) {
        code = take_keys(doc.value, version, out, e);
    } else {
        int line, column;
        json_position(text, size, fault.at, &line, &column);
        code = err_say(e, ERR_BAD, "it is not good JSON (line %d, column %d)", line, column);
    }
    if (doc.strings)
        OPENSSL_cleanse(doc.strings, size + 1); /* so long json_parse makes it */
    json_free(&doc);
    OPENSSL_cleanse(text, size);
    return code;
}
