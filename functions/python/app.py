"""tokenize: splits records into words, as spillway's local operator does.

A record is a byte string. Its bytes travel in JSON as the characters U+0000 to U+00FF, so
what is above 0x7f arrives as \\u00XX. A token is a longest run of [A-Za-z0-9_]; everything
else separates. Two forms of payload:

    {"v":1,"batch":7,"op":"tokenize","records":["a b",""]}   ->  {"v":1,"batch":7,"results":[["a","b"],[]]}
    ["a b",""]                                               ->  ["a","b"]

The same payloads work as the body of a function URL or of API Gateway. Whatever is not such a
payload raises ValueError with one sentence (through a URL: status 400 with that sentence). The
answer is complete, or there is none. Standard library only; Python 3.9 or newer.
"""

import base64
import json
import re

_words = re.compile("[A-Za-z0-9_]+").findall
_BATCH_MAX = 2**64 - 1


def handler(event, _context=None):
    """Entry point of the function: `app.handler`."""
    if isinstance(event, dict) and "v" not in event and ("body" in event or "requestContext" in event):
        return _through_url(event)
    return answer(event)


def answer(payload):
    """The answer to a payload in either form; ValueError if it is neither."""
    if isinstance(payload, list):
        return [token for tokens in _tokenize(payload, "the list") for token in tokens]
    if not isinstance(payload, dict):
        raise ValueError("the payload must be an object or a list of strings, not " + _kind(payload))
    if not _is_integer(payload.get("v")) or payload["v"] != 1:
        raise ValueError('"v" must be 1' + _instead(payload, "v"))
    if payload.get("op") != "tokenize":
        raise ValueError('"op" must be "tokenize"' + _instead(payload, "op"))
    batch = payload.get("batch")
    if not _is_integer(batch) or not 0 <= batch <= _BATCH_MAX:
        raise ValueError('"batch" must be a whole number from 0 to 18446744073709551615' +
                         _instead(payload, "batch"))
    records = payload.get("records")
    if not isinstance(records, list):
        raise ValueError('"records" must be a list of strings' + _instead(payload, "records"))
    return {"v": 1, "batch": batch, "results": _tokenize(records, '"records"')}


def _tokenize(records, where):
    results = []
    for i, record in enumerate(records):
        if not isinstance(record, str):
            raise ValueError(f"record {i} of {where} must be a string, not {_kind(record)}")
        try:
            record.encode("latin-1")
        except UnicodeEncodeError as e:
            raise ValueError(f"record {i} of {where} has the character U+{ord(record[e.start]):04X} at "
                             f"{e.start}; bytes travel as U+0000 to U+00FF") from None
        results.append(_words(record))
    return results


def _through_url(event):
    """Takes the payload out of an HTTP event, wraps the answer as an HTTP response."""
    try:
        status, body = 200, answer(_payload_of(event))
    except ValueError as e:
        status, body = 400, {"errorType": "ValueError", "errorMessage": str(e)}
    return {"statusCode": status, "headers": {"content-type": "application/json"},
            "isBase64Encoded": False, "body": json.dumps(body, separators=(",", ":"))}


def _payload_of(event):
    body = event.get("body")
    if not isinstance(body, str):
        raise ValueError("the request has no body; it must be an object or a list of strings in JSON")
    if event.get("isBase64Encoded") is True:
        try:
            body = base64.b64decode(body, validate=True).decode("utf-8")
        except ValueError:
            raise ValueError("the body is marked as base64, but is not base64 of UTF-8 text") from None
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as e:
        raise ValueError(f"the body is not JSON: {_ascii(str(e))}") from None


def _no_constant(name):
    raise ValueError(f"{name} is no JSON value")


def _is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _kind(value):
    for kind, name in ((bool, "a truth value"), (dict, "an object"), (list, "a list"),
                       (str, "a string"), ((int, float), "a number")):
        if isinstance(value, kind):
            return name
    return "null"


def _instead(payload, field):
    """Never repeats what came: payloads are private, and error texts are logged."""
    return f"; it is {_kind(payload[field])}" if field in payload else "; it is missing"


def _ascii(text):
    return text.encode("ascii", "backslashreplace").decode("ascii")
