package spillway;

import java.nio.charset.StandardCharsets;

/**
 * Walks over a JSON text from left to right. Strict: every value is checked whether it is wanted
 * or not; what is no JSON is an IllegalArgumentException that names the byte.
 */
final class Json {
    private static final int DEPTH_MAX = 200;
    private static final boolean[] WORD = new boolean[256];

    static {
        for (String run : new String[] {"az", "AZ", "09", "__"}) {
            for (char c = run.charAt(0); c <= run.charAt(1); c++) {
                WORD[c] = true;
            }
        }
    }

    private final byte[] text;
    private int at;
    private int depth;

    Json(byte[] text) {
        this.text = text;
    }

    /** First character of the next value (it stays unread): {@code { [ " t f n} or of a number. */
    char kind() {
        blanks();
        return at < text.length ? (char) (text[at] & 0xff) : 0;
    }

    static String name(char kind) {
        switch (kind) {
            case '{': return "an object";
            case '[': return "a list";
            case '"': return "a string";
            case 't': case 'f': return "a truth value";
            case 'n': return "null";
            default: return "a number";
        }
    }

    /** Enters an object or a list; true if it holds anything. */
    boolean open(char bracket) {
        expect(bracket);
        if (++depth > DEPTH_MAX) {
            throw bad("values nested less than 200 deep");
        }
        if (kind() != (bracket == '{' ? '}' : ']')) {
            return true;
        }
        at++;
        depth--;
        return false;
    }

    /** Behind a value: true if a comma leads to another, false at the closing bracket. */
    boolean next(char bracket) {
        char c = kind();
        if (c == ',') {
            at++;
            return true;
        }
        expect(bracket);
        depth--;
        return false;
    }

    /** An object's key and its colon. */
    String key() {
        if (kind() != '"') {
            throw bad("a field's name in quotes");
        }
        String key = new String(text(), StandardCharsets.UTF_8);
        blanks();
        expect(':');
        return key;
    }

    /** Nothing but blanks may follow. */
    void end() {
        blanks();
        if (at < text.length) {
            throw bad("the end");
        }
    }

    /** Skips a value. Its text if it is short and simple, else "" (objects, lists, long strings). */
    String skip() {
        char first = kind();
        int begin = at;
        switch (first) {
            case '{':
                for (boolean more = open('{'); more; more = next('}')) {
                    key();
                    skip();
                }
                return "";
            case '[':
                for (boolean more = open('['); more; more = next(']')) {
                    skip();
                }
                return "";
            case '"':
                walk(null, null);
                break;
            case 't':
                word("true");
                break;
            case 'f':
                word("false");
                break;
            case 'n':
                word("null");
                break;
            default:
                number();
        }
        return at - begin > 64 ? "" : new String(text, begin, at - begin, StandardCharsets.ISO_8859_1);
    }

    /** A string as UTF-8. */
    byte[] text() {
        Out out = new Out(64);
        walk(null, out);
        return out.toBytes();
    }

    /** Writes a string's tokens, quoted and with commas. Returns the first character above U+00FF, or -1. */
    int tokens(Out out) {
        return walk(out, null);
    }

    /** Reads a string. Characters go to `whole` as UTF-8, or as tokens to `tokens`, or nowhere. */
    private int walk(Out tokens, Out whole) {
        boolean inside = false;
        int wide = -1;
        expect('"');
        for (;;) {
            int c = character();
            if (c < 0) {
                break;
            }
            if (whole != null) {
                utf8(c, whole);
            }
            if (tokens == null) {
                continue;
            }
            if (c > 0xff) {
                wide = wide < 0 ? c : wide;
            } else if (WORD[c]) {
                if (!inside) {
                    int before = tokens.bytes[tokens.size - 1];
                    if (before != '[') {
                        tokens.add(',');
                    }
                    tokens.add('"');
                    inside = true;
                }
                tokens.add(c);
                continue;
            }
            if (inside) {
                tokens.add('"');
                inside = false;
            }
        }
        if (inside) {
            tokens.add('"');
        }
        return wide;
    }

    /** The next character of a string; -1 at its end. */
    private int character() {
        if (at >= text.length) {
            throw bad("the end of a string");
        }
        int c = text[at] & 0xff;
        if (c == '"') {
            at++;
            return -1;
        }
        if (c == '\\') {
            return escape();
        }
        if (c < 0x20) {
            throw bad("a string without control characters");
        }
        if (c >= 0x80) {
            return multibyte();
        }
        at++;
        return c;
    }

    private int escape() {
        at++;
        int c = at < text.length ? text[at++] : 0;
        switch (c) {
            case '"': case '\\': case '/': return c;
            case 'b': return '\b';
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u': break;
            default: throw bad("a known escape");
        }
        int high = hex4();
        if (high < 0xd800 || high > 0xdbff || at + 1 >= text.length || text[at] != '\\' || text[at + 1] != 'u') {
            return high;
        }
        int mark = at;
        at += 2;
        int low = hex4();
        if (low < 0xdc00 || low > 0xdfff) {
            at = mark;
            return high;
        }
        return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }

    private int hex4() {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = at < text.length && text[at] > 0 ? Character.digit((char) text[at], 16) : -1;
            if (digit < 0) {
                throw bad("four hexadecimal digits");
            }
            value = 16 * value + digit;
            at++;
        }
        return value;
    }

    private int multibyte() {
        int c = text[at] & 0xff;
        int more = c < 0xc2 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : 0;
        int value = c & (0x3f >> more);
        if (more == 0 || at + more >= text.length) {
            throw bad("UTF-8");
        }
        for (int i = 1; i <= more; i++) {
            int b = text[at + i] & 0xff;
            if (b >> 6 != 2) {
                throw bad("UTF-8");
            }
            value = value << 6 | (b & 0x3f);
        }
        boolean tooLong = more == 2 && value < 0x800 || more == 3 && value < 0x10000;
        if (tooLong || value > 0x10ffff || value >= 0xd800 && value <= 0xdfff) {
            throw bad("UTF-8");
        }
        at += more + 1;
        return value;
    }

    private static void utf8(int c, Out out) {
        if (c < 0x80) {
            out.add(c);
        } else if (c < 0x800) {
            out.add(0xc0 | c >> 6);
            out.add(0x80 | c & 0x3f);
        } else if (c < 0x10000) {
            out.add(0xe0 | c >> 12);
            out.add(0x80 | c >> 6 & 0x3f);
            out.add(0x80 | c & 0x3f);
        } else {
            out.add(0xf0 | c >> 18);
            out.add(0x80 | c >> 12 & 0x3f);
            out.add(0x80 | c >> 6 & 0x3f);
            out.add(0x80 | c & 0x3f);
        }
    }

    private void number() {
        if (at < text.length && text[at] == '-') {
            at++;
        }
        if (at < text.length && text[at] == '0') {
            at++;
        } else {
            digits();
        }
        if (at < text.length && text[at] == '.') {
            at++;
            digits();
        }
        if (at < text.length && (text[at] | 0x20) == 'e') {
            at++;
            if (at < text.length && (text[at] == '+' || text[at] == '-')) {
                at++;
            }
            digits();
        }
    }

    private void digits() {
        int begin = at;
        while (at < text.length && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
        if (at == begin) {
            throw bad("a value");
        }
    }

    private void word(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (at >= text.length || text[at] != word.charAt(i)) {
                throw bad("a value");
            }
            at++;
        }
    }

    private void expect(char c) {
        if (at >= text.length || text[at] != c) {
            throw bad("'" + c + "'");
        }
        at++;
    }

    private void blanks() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
            at++;
        }
    }

    /** Never repeats the text: payloads are private, and error texts are logged. */
    private IllegalArgumentException bad(String wanted) {
        return new IllegalArgumentException("not JSON: byte " + at + " should be " + wanted);
    }
}
