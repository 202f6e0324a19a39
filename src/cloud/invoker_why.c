/* Why a call brought no answer: libcurl's code as one of our words, and a sentence for
 * the person. URLs are not repeated beyond host and port: they may name an account. */
#include "cloud/invoker_parts.h"

#include <stdio.h>
#include <string.h>

/* before PEER after (detail) */
static const struct {
    CURLcode code;
    enum invoker_failure failure;
    const char *before, *after;
    bool detail; /* what libcurl says helps */
} reasons[] = {
    {CURLE_COULDNT_RESOLVE_HOST, INVOKER_NO_HOST, "the name of ",
     " is unknown: no such host, or no name server answers", false},
    {CURLE_COULDNT_RESOLVE_PROXY, INVOKER_NO_HOST, "the proxy for ",
     " is unknown: see the variables http_proxy and https_proxy", false},
    {CURLE_COULDNT_CONNECT, INVOKER_NO_PEER, "nobody listens at ", ", or it cannot be reached",
     false},
    {CURLE_PEER_FAILED_VERIFICATION, INVOKER_DISTRUST, "the certificate of ",
     " is not to be trusted", true},
    {CURLE_SSL_CACERT_BADFILE, INVOKER_DISTRUST, "for ",
     ": the file of trusted certificates cannot be used", true},
    {CURLE_SSL_CONNECT_ERROR, INVOKER_NO_HTTP, "", " does not speak TLS as it should", true},
    {CURLE_UNSUPPORTED_PROTOCOL, INVOKER_NO_HTTP, "", " answers, but not in HTTP", false},
    {CURLE_WEIRD_SERVER_REPLY, INVOKER_NO_HTTP, "", " answers, but not in HTTP", false},
    {CURLE_HTTP2, INVOKER_NO_HTTP, "", " answers in HTTP/2, which was not asked for", false},
    {CURLE_OPERATION_TIMEDOUT, INVOKER_LATE, "", " did not answer in time", true},
    {CURLE_FILESIZE_EXCEEDED, INVOKER_TOO_LARGE, "", " sends more than an answer may hold", false},
    {CURLE_GOT_NOTHING, INVOKER_BROKEN, "", " closed the connection without an answer", false},
    {CURLE_PARTIAL_FILE, INVOKER_BROKEN, "", " cut its answer short", false},
    {CURLE_SEND_ERROR, INVOKER_BROKEN, "the connection to ", " broke while sending", true},
    {CURLE_RECV_ERROR, INVOKER_BROKEN, "the connection to ", " broke", true},
};

/* "host:port" of the handle's URL. */
static void peer_of(CURL *easy, char *dst, size_t size)
{
    const char *url = NULL;
    curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
    const char *host = url ? strstr(url, "://") : NULL;
    host = host ? host + 3 : "the endpoint";
    snprintf(dst, size, "%.*s", (int)strcspn(host, "/?#"), host);
}

/* libcurl's word without line ends. */
static void tidy(char *dst, size_t size, const char *text)
{
    snprintf(dst, size, "%s", text);
    for (char *p = dst; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
}

enum invoker_failure invoker_why(CURL *easy, CURLcode code, const char *detail, char *why,
                                 size_t size)
{
    char peer[100], said[100];
    peer_of(easy, peer, sizeof peer);
    tidy(said, sizeof said, detail[0] ? detail : curl_easy_strerror(code));
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].code != code)
            continue;
        bool more = reasons[i].detail;
        snprintf(why, size, "%s%s%s%s%s%s", reasons[i].before, peer, reasons[i].after,
                 more ? " (" : "", more ? said : "", more ? ")" : "");
        return reasons[i].failure;
    }
    snprintf(why, size, "the call to %s failed (%s)", peer, said);
    return INVOKER_BROKEN;
}
