package spillway;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;

/** Tests of the handler: a plain main (make -C functions test). Exit 1 at the first that fails. */
public final class TokenizeTest {
    private static int checks;

    public static void main(String[] args) throws Exception {
        everyByte();
        allBytesInOneRecord();
        emptyRecordsKeepTheirPlace();
        listFormIsFlat();
        oneMebibyte();
        randomBytes();
        fieldsInAnyOrderAndUnknownOnes();
        batchNumbersAreKeptExactly();
        refusals();
        errorTextsDoNotRepeatThePayload();
        urls();
        streams();
        System.out.println("ok    TokenizeTest: " + checks + " checks");
    }

    private static void everyByte() {
        for (int b = 0; b < 256; b++) {
            byte[] one = {(byte) b};
            byte[] between = {'a', (byte) b, 'c'};
            results("[" + slowTokens(one) + "," + slowTokens(between) + "]", one, between);
        }
    }

    private static void allBytesInOneRecord() {
        byte[] every = new byte[256];
        for (int b = 0; b < 256; b++) {
            every[b] = (byte) b;
        }
        results("[" + slowTokens(every) + "]", every);
    }

    private static void emptyRecordsKeepTheirPlace() {
        results("[[],[\"a\"],[],[]]", bytes(""), bytes("a"), bytes(""), bytes(" \n"));
        results("[]");
    }

    private static void listFormIsFlat() {
        is(answer("[\"a b\",\"\",\"c\\u00ff\\u0000d\"]"), "[\"a\",\"b\",\"c\",\"d\"]");
        is(answer("[]"), "[]");
        is(answer(" [ \"\" , \"\u00fca\u00df\" ] "), "[\"a\"]");
    }

    private static void oneMebibyte() {
        results("[[\"" + "a".repeat(1 << 20) + "\"]]", bytes("a".repeat(1 << 20)));
        results("[[" + "\"a\",".repeat((1 << 19) - 1) + "\"a\"]]", bytes("a ".repeat(1 << 19)));
        byte[] high = new byte[1 << 20];
        java.util.Arrays.fill(high, (byte) 0xff);
        results("[[]]", high);
    }

    private static void randomBytes() {
        Random random = new Random(1);
        byte[] common = bytes("aZ09_ -\u00c3\u0000\"\\");
        for (int i = 0; i < 500; i++) {
            byte[][] records = new byte[random.nextInt(9)][];
            StringBuilder want = new StringBuilder("[");
            for (int r = 0; r < records.length; r++) {
                records[r] = new byte[random.nextInt(60)];
                random.nextBytes(records[r]);
                for (int k = 0; k < records[r].length && i % 2 == 0; k++) {
                    records[r][k] = common[(records[r][k] & 0xff) % common.length];
                }
                want.append(r == 0 ? "" : ",").append(slowTokens(records[r]));
            }
            results(want + "]", records);
        }
    }

    private static void fieldsInAnyOrderAndUnknownOnes() {
        is(answer("{\"records\":[\"x y\"],\"op\":\"tokenize\",\"more\":{\"a\":[1,-2.5e3,{}],\"b\":null},\"batch\":3,\"v\":1}"),
                "{\"v\":1,\"batch\":3,\"results\":[[\"x\",\"y\"]]}");
    }

    private static void batchNumbersAreKeptExactly() {
        for (String batch : new String[] {"0", "9007199254740993", "18446744073709551615"}) {
            is(answer("{\"v\":1,\"batch\":" + batch + ",\"op\":\"tokenize\",\"records\":[]}"),
                    "{\"v\":1,\"batch\":" + batch + ",\"results\":[]}");
        }
    }

    private static void refusals() {
        for (String text : new String[] {"null", "true", "7", "\"a b\""}) {
            refuses(text, "must be an object or a list of strings");
        }
        refuses("{}", "\"v\" must be 1");
        for (String v : new String[] {"0", "2", "true", "\"1\"", "null", "1.0", "[1]"}) {
            refuses(payload(v, "7", "\"tokenize\"", "[]"), "\"v\" must be 1");
        }
        for (String op : new String[] {"\"split\"", "null", "1"}) {
            refuses(payload("1", "7", op, "[]"), "\"op\" must be \"tokenize\"");
        }
        for (String batch : new String[] {"-1", "18446744073709551616", "\"7\"", "true", "1.5", "null", "1e3"}) {
            refuses(payload("1", batch, "\"tokenize\"", "[]"), "\"batch\" must be");
        }
        for (String records : new String[] {"null", "\"a\"", "{\"0\":\"a\"}", "1"}) {
            refuses(payload("1", "7", "\"tokenize\"", records), "\"records\" must be a list");
        }
        for (String bad : new String[] {"null", "1", "[\"a\"]", "{}", "true"}) {
            refuses(payload("1", "7", "\"tokenize\"", "[\"a\"," + bad + "]"), "record 1 of");
            refuses("[\"a\"," + bad + "]", "record 1 of the list");
        }
        refuses("[\"a\",\"b\\u0100\"]", "U+0100");
        refuses("[\"\\ud83d\"]", "U+D83D");
        refuses("[\"\\ud83d\\ude00\"]", "U+1F600");
        for (String text : new String[] {"", "[", "[\"a\"", "[\"a", "[\"a\",]", "[,]", "{\"v\":1,}", "{\"v\" 1}", "{v:1}",
                "[\"\\x\"]", "[\"\\u00g0\"]", "[\"\\u00", "[\"a\nb\"]", "[\"a\"] x", "[] []", "nul", "[NaN]", "[01]",
                "[1.]", "[-]", "[1e]", "[\"a\" \"b\"]", "{\"a\":1 \"b\":2}", "[".repeat(100000)}) {
            refuses(text, "not JSON");
        }
        for (int[] utf8 : new int[][] {{0x80}, {0xc1, 0xbf}, {0xc3}, {0xe0, 0x80, 0x80}, {0xed, 0xa0, 0x80}, {0xff}}) {
            String text = "";
            for (int b : utf8) {
                text += (char) b;
            }
            refusesBytes(("[\"" + text + "\"]").getBytes(StandardCharsets.ISO_8859_1), "not JSON");
        }
    }

    private static void errorTextsDoNotRepeatThePayload() {
        for (String text : new String[] {payload("1", "7", "\"secret\"", "[]"), "[\"secret\\u0100\"]", "secret"}) {
            try {
                answer(text);
                fail("no refusal of " + text);
            } catch (IllegalArgumentException e) {
                that(!e.getMessage().contains("secret"), e.getMessage());
            }
        }
    }

    private static void urls() {
        String body = payload("1", "7", "\"tokenize\"", "[\"a b\\u00e9c\"]");
        String quoted = body.replace("\\", "\\\\").replace("\"", "\\\"");
        String want = "{\\\"v\\\":1,\\\"batch\\\":7,\\\"results\\\":[[\\\"a\\\",\\\"b\\\",\\\"c\\\"]]}";
        String head = "{\"statusCode\":200,\"headers\":{\"content-type\":\"application/json\"},\"isBase64Encoded\":false,\"body\":\"";
        String base64 = Base64.getEncoder().encodeToString(body.getBytes(StandardCharsets.UTF_8));
        String around = "{\"version\":\"2.0\",\"requestContext\":{\"http\":{\"method\":\"POST\"}},\"isBase64Encoded\":";
        is(answer(around + "false,\"body\":\"" + quoted + "\"}"), head + want + "\"}");
        is(answer(around + "true,\"body\":\"" + base64 + "\"}"), head + want + "\"}");
        is(answer(around + "false,\"body\":\"[\\\"\u00ff a\\\"]\"}"), head + "[\\\"a\\\"]\"}");
        String[] bad = {"[", "", "[NaN]", "{}", "[[]]"};
        for (String text : bad) {
            that(answer(around + "false,\"body\":\"" + text + "\"}").startsWith("{\"statusCode\":400,"), text);
        }
        that(answer(around + "true,\"body\":\"!\"}").contains("base64"), "base64");
        that(answer("{\"requestContext\":{}}").startsWith("{\"statusCode\":400,"), "no body");
        that(answer("{\"body\":null}").startsWith("{\"statusCode\":400,"), "null body");
    }

    private static void streams() throws Exception {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        new Tokenize().handle(new java.io.ByteArrayInputStream("[\"x-y\"]".getBytes()), out);
        is(out.toString(), "[\"x\",\"y\"]");
    }

    // ---- helpers

    private static String payload(String v, String batch, String op, String records) {
        return "{\"v\":" + v + ",\"job\":\"j\",\"epoch\":1,\"batch\":" + batch + ",\"attempt\":1,\"op\":" + op
                + ",\"records\":" + records + "}";
    }

    private static void results(String want, byte[]... records) {
        StringBuilder list = new StringBuilder("[");
        for (int i = 0; i < records.length; i++) {
            list.append(i == 0 ? "\"" : ",\"");
            for (byte b : records[i]) {
                int c = b & 0xff;
                list.append(c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? String.format("\\u%04x", c) : (char) c);
            }
            list.append('"');
        }
        is(answer(payload("1", "7", "\"tokenize\"", list + "]")), "{\"v\":1,\"batch\":7,\"results\":" + want + "}");
    }

    /** The token rule once more, character by character: what the handler must equal. */
    private static String slowTokens(byte[] record) {
        StringBuilder out = new StringBuilder("[");
        String token = "";
        for (int i = 0; i <= record.length; i++) {
            char c = i < record.length ? (char) (record[i] & 0xff) : ' ';
            if (c == '_' || c < 128 && Character.isLetterOrDigit(c)) {
                token += c;
            } else if (!token.isEmpty()) {
                out.append(out.length() > 1 ? ",\"" : "\"").append(token).append('"');
                token = "";
            }
        }
        return out.append(']').toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String answer(String event) {
        return new String(Tokenize.answer(event.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    private static void refuses(String text, String words) {
        refusesBytes(text.getBytes(StandardCharsets.UTF_8), words);
    }

    private static void refusesBytes(byte[] text, String words) {
        try {
            Tokenize.answer(text);
            fail("no refusal; wanted: " + words);
        } catch (IllegalArgumentException e) {
            that(e.getMessage().contains(words), "wanted " + words + ", got " + e.getMessage());
        }
    }

    private static void is(String got, String want) {
        that(got.equals(want), "got " + got.substring(0, Math.min(300, got.length())) + "\nwanted "
                + want.substring(0, Math.min(300, want.length())));
    }

    private static void that(boolean holds, String text) {
        checks++;
        if (!holds) {
            fail(text);
        }
    }

    private static void fail(String text) {
        System.out.println("FAIL  TokenizeTest: " + text);
        System.exit(1);
    }
}
