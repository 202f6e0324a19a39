package spillway;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of bytes. */
final class Out {
    byte[] bytes;
    int size;

    Out(int capacity) {
        bytes = new byte[capacity];
    }

    void add(int b) {
        if (size == bytes.length) {
            grow(1);
        }
        bytes[size++] = (byte) b;
    }

    void add(Out other) {
        grow(other.size);
        System.arraycopy(other.bytes, 0, bytes, size, other.size);
        size += other.size;
    }

    void ascii(String text) {
        byte[] more = text.getBytes(StandardCharsets.US_ASCII);
        grow(more.length);
        System.arraycopy(more, 0, bytes, size, more.length);
        size += more.length;
    }

    /** Printable ASCII as the inside of a JSON string. */
    void escaped(byte[] text, int length) {
        for (int i = 0; i < length; i++) {
            if (text[i] == '"' || text[i] == '\\') {
                add('\\');
            }
            add(text[i]);
        }
    }

    void escaped(byte[] text) {
        escaped(text, text.length);
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    private void grow(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
        }
    }
}
