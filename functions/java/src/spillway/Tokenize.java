package spillway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * tokenize: splits records into words, as spillway's local operator does. The same rule, payloads
 * and refusals as in functions/python/app.py, which describes them.
 *
 * <p>Entry point: {@code spillway.Tokenize::handle}. It takes streams, so that the runtime loads no
 * object mapper at a cold start, and reads the payload in one pass: tokens go to the answer while
 * their record is read. Nothing is written before the whole payload has been understood.
 */
public final class Tokenize {
    /** Reads one event to its end and writes the answer. Bad payloads: IllegalArgumentException. */
    public void handle(InputStream in, OutputStream out) throws IOException {
        Out answer = answerTo(in.readAllBytes());
        out.write(answer.bytes, 0, answer.size);
    }

    /** The answer to one event, as bytes of JSON in ASCII. */
    static byte[] answer(byte[] event) {
        return answerTo(event).toBytes();
    }

    private static Out answerTo(byte[] event) {
        Event e = new Event(event);
        e.read();
        return e.isHttp() ? throughUrl(e) : e.answer();
    }

    private static Out throughUrl(Event event) {
        int status = 200;
        Out body;
        try {
            Event payload = new Event(event.body());
            payload.read();
            body = payload.answer();
        } catch (IllegalArgumentException e) {
            status = 400;
            body = new Out(200);
            body.ascii("{\"errorType\":\"IllegalArgumentException\",\"errorMessage\":\"");
            body.escaped(e.getMessage().getBytes(StandardCharsets.US_ASCII));
            body.ascii("\"}");
        }
        Out out = new Out(body.size + body.size / 4 + 128);
        out.ascii("{\"statusCode\":" + status + ",\"headers\":{\"content-type\":\"application/json\"}"
                + ",\"isBase64Encoded\":false,\"body\":\"");
        out.escaped(body.bytes, body.size);
        out.ascii("\"}");
        return out;
    }

    /** One JSON text: a payload in either form, or an HTTP event around one. */
    private static final class Event {
        private final Json json;
        private final Out tokens;
        private boolean isList;
        private boolean hasVersion;
        private boolean hasOther; // "body" or "requestContext"
        private boolean base64;
        private byte[] body;
        private String batch;
        // What is wrong with each field, null once it has been read and is right.
        private String version = "it is missing";
        private String op = "it is missing";
        private String batchFault = "it is missing";
        private String records = "it is missing";
        private String recordFault;

        Event(byte[] text) {
            json = new Json(text);
            tokens = new Out(text.length + text.length / 2 + 64);
        }

        void read() {
            char first = json.kind();
            isList = first == '[';
            if (isList) {
                records = null;
                list(false);
            } else if (first == '{') {
                object();
            } else {
                json.skip();
            }
            json.end();
            if (!isList && first != '{') {
                throw new IllegalArgumentException(
                        "the payload must be an object or a list of strings, not " + Json.name(first));
            }
        }

        boolean isHttp() {
            return !isList && !hasVersion && hasOther;
        }

        private void object() {
            for (boolean more = json.open('{'); more; more = json.next('}')) {
                field(json.key());
            }
        }

        private void field(String key) {
            char kind = json.kind();
            switch (key) {
                case "v":
                    hasVersion = true;
                    String v = json.skip();
                    version = v.equals("1") ? null : "it is " + Json.name(kind);
                    break;
                case "op":
                    op = json.skip().equals("\"tokenize\"") ? null : "it is " + Json.name(kind);
                    break;
                case "batch":
                    batch = json.skip();
                    batchFault = isBatch(batch) ? null : "it is " + Json.name(kind);
                    break;
                case "records":
                    tokens.size = 0;
                    recordFault = null;
                    records = kind == '[' ? null : "it is " + Json.name(kind);
                    if (kind == '[') {
                        list(true);
                    } else {
                        json.skip();
                    }
                    break;
                case "body":
                    hasOther = true;
                    body = kind == '"' ? json.text() : null;
                    if (kind != '"') {
                        json.skip();
                    }
                    break;
                case "isBase64Encoded":
                    base64 = json.skip().equals("true");
                    break;
                default:
                    hasOther |= key.equals("requestContext");
                    json.skip();
            }
        }

        private static boolean isBatch(String digits) {
            try {
                return Character.isDigit(digits.charAt(0))
                        && Long.toUnsignedString(Long.parseUnsignedLong(digits)).equals(digits);
            } catch (NumberFormatException e) {
                return false;
            }
        }

        /** Tokens of a list of records: nested, or flat. */
        private void list(boolean nested) {
            int index = 0;
            tokens.add('[');
            for (boolean more = json.open('['); more; more = json.next(']')) {
                if (nested) {
                    tokens.ascii(index == 0 ? "[" : ",[");
                }
                record(index++);
                if (nested) {
                    tokens.add(']');
                }
            }
            tokens.add(']');
        }

        private void record(int index) {
            String where = nestedName();
            char kind = json.kind();
            if (kind != '"') {
                json.skip();
                fault("record " + index + " of " + where + " must be a string, not " + Json.name(kind));
                return;
            }
            int wide = json.tokens(tokens);
            if (wide >= 0) {
                fault(String.format("record %d of %s has the character U+%04X; bytes travel as U+0000 to U+00FF",
                        index, where, wide));
            }
        }

        private String nestedName() {
            return isList ? "the list" : "\"records\"";
        }

        private void fault(String sentence) {
            if (recordFault == null) {
                recordFault = sentence;
            }
        }

        Out answer() {
            if (!isList) {
                refuse(version, "\"v\" must be 1; ");
                refuse(op, "\"op\" must be \"tokenize\"; ");
                refuse(batchFault, "\"batch\" must be a whole number from 0 to 18446744073709551615; ");
                refuse(records, "\"records\" must be a list of strings; ");
            }
            refuse(recordFault, "");
            if (isList) {
                return tokens;
            }
            Out out = new Out(tokens.size + 64);
            out.ascii("{\"v\":1,\"batch\":" + batch + ",\"results\":");
            out.add(tokens);
            out.add('}');
            return out;
        }

        private static void refuse(String fault, String rule) {
            if (fault != null) {
                throw new IllegalArgumentException(rule + fault);
            }
        }

        byte[] body() {
            if (body == null) {
                throw new IllegalArgumentException(
                        "the request has no body; it must be an object or a list of strings in JSON");
            }
            if (!base64) {
                return body;
            }
            try {
                return Base64.getDecoder().decode(body);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("the body is marked as base64, but is not base64 of UTF-8 text");
            }
        }
    }
}
