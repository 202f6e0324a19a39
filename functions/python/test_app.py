"""Tests of app.py: python3 -m unittest (make -C functions test)."""

import base64
import json
import random
import time
import unittest

import app

WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")


def slow_tokens(record):
    """The token rule once more, byte by byte: what the handler must equal."""
    tokens, token = [], ""
    for byte in record:
        if byte in WORD:
            token += chr(byte)
        elif token:
            tokens.append(token)
            token = ""
    return tokens + [token] if token else tokens


def request(records, **changes):
    payload = {"v": 1, "job": "j", "epoch": 1, "batch": 7, "attempt": 1, "op": "tokenize", "records": records}
    payload.update(changes)
    return json.loads(json.dumps(payload))


def text(record):
    return record.decode("latin-1")


class Tokens(unittest.TestCase):
    def results(self, records):
        answer = app.handler(request([text(r) for r in records]))
        self.assertEqual([answer["v"], answer["batch"]], [1, 7])
        self.assertEqual(len(answer["results"]), len(records))
        return answer["results"]

    def test_splits_at_everything_but_letters_digits_and_underline(self):
        self.assertEqual(self.results([b'{"bid":{"auction":1001,"a_b":"x-y"}}']),
                         [["bid", "auction", "1001", "a_b", "x", "y"]])

    def test_every_byte_alone_and_between_letters(self):
        for byte in range(256):
            one = bytes([byte])
            self.assertEqual(self.results([one, b"a" + one + b"b"]), [slow_tokens(one), slow_tokens(b"a" + one + b"b")])

    def test_all_bytes_in_one_record(self):
        every = bytes(range(256))
        self.assertEqual(self.results([every, every[::-1]]), [slow_tokens(every), slow_tokens(every[::-1])])

    def test_letters_of_other_alphabets_separate(self):
        self.assertEqual(self.results(["gr\u00f6\u00dfe".encode("latin-1")]), [["gr", "e"]])

    def test_empty_records_keep_their_place(self):
        self.assertEqual(self.results([b"", b"a", b"", b" \n"]), [[], ["a"], [], []])
        self.assertEqual(self.results([]), [])

    def test_one_mebibyte_in_under_a_second(self):
        for record in (b"a" * 2**20, b"a " * 2**19, b"\xff" * 2**20):
            began = time.monotonic()
            self.assertEqual(self.results([record]), [slow_tokens(record)] if record[:2] != b"aa" else [[text(record)]])
            self.assertLess(time.monotonic() - began, 3)

    def test_random_bytes(self):
        rnd = random.Random(1)
        for _ in range(200):
            records = [rnd.randbytes(rnd.randrange(60)) if rnd.random() < .5 else
                       bytes(rnd.choices(b"aZ09_ -\xc3\x00\"\\", k=rnd.randrange(60))) for _ in range(rnd.randrange(9))]
            self.assertEqual(self.results(records), [slow_tokens(r) for r in records])

    def test_list_form_is_flat(self):
        self.assertEqual(app.handler(["a b", "", "c\u00ff\u0000d"]), ["a", "b", "c", "d"])
        self.assertEqual(app.handler([]), [])

    def test_batch_numbers_are_kept_exactly(self):
        for batch in (0, 2**53 + 1, 2**64 - 1):
            self.assertEqual(app.handler(request([], batch=batch))["batch"], batch)

    def test_job_epoch_and_attempt_may_be_missing(self):
        self.assertEqual(app.handler({"v": 1, "batch": 1, "op": "tokenize", "records": ["x"]}),
                         {"v": 1, "batch": 1, "results": [["x"]]})


class Refusals(unittest.TestCase):
    def refuses(self, event, words):
        with self.assertRaises(ValueError) as caught:
            app.handler(event)
        self.assertIn(words, str(caught.exception))
        self.assertTrue(str(caught.exception).isascii())

    def test_whatever_is_no_payload(self):
        for event in (None, True, 7, 1.5, "a b"):
            self.refuses(event, "must be an object or a list of strings")
        self.refuses({}, '"v" must be 1')

    def test_fields_of_the_wrong_kind(self):
        for v in (0, 2, True, "1", None, 1.0):
            self.refuses(request(["a"], v=v), '"v" must be 1')
        for op in ("split", None, 1):
            self.refuses(request(["a"], op=op), '"op" must be "tokenize"')
        for batch in (-1, 2**64, "7", True, 1.5, None):
            self.refuses(request(["a"], batch=batch), '"batch" must be')
        for records in (None, "a", {"0": "a"}, 1):
            self.refuses(request(records), '"records" must be a list')

    def test_one_bad_record_refuses_the_whole_batch(self):
        for bad in (None, 1, ["a"], {}, True):
            self.refuses(request(["a", bad]), "record 1 of")
            self.refuses(["a", bad], "record 1 of the list")
        self.refuses(request(["a", "b\u0100"]), "U+0100 at 1")
        self.refuses(request(["\ud83d"]), "U+D83D")

    def test_error_texts_do_not_repeat_the_payload(self):
        for event in (request(["a"], op="secret"), request("secret"), ["secret\u0100"]):
            with self.assertRaises(ValueError) as caught:
                app.handler(event)
            self.assertNotIn("secret", str(caught.exception))


class Urls(unittest.TestCase):
    def call(self, body, **event):
        answer = app.handler({"version": "2.0", "requestContext": {"http": {"method": "POST"}}, "body": body, **event})
        self.assertEqual(answer["headers"]["content-type"], "application/json")
        self.assertTrue(answer["body"].isascii())
        return answer["statusCode"], json.loads(answer["body"])

    def test_both_forms_plain_and_base64(self):
        for payload, want in ((request(["a b\u00e9c"]), {"v": 1, "batch": 7, "results": [["a", "b", "c"]]}),
                              (["a b", "c"], ["a", "b", "c"])):
            for ascii_only in (True, False):
                body = json.dumps(payload, ensure_ascii=ascii_only)
                self.assertEqual(self.call(body), (200, want))
                self.assertEqual(self.call(body, isBase64Encoded=False), (200, want))
                packed = base64.b64encode(body.encode()).decode()
                self.assertEqual(self.call(packed, isBase64Encoded=True), (200, want))

    def test_bad_bodies_get_status_400_and_a_sentence(self):
        for body, event in (("[", {}), ("", {}), (None, {}), ("[NaN]", {}), ("[" * 100000, {}), ("{}", {}),
                            ("!", {"isBase64Encoded": True}), ("/w==", {"isBase64Encoded": True})):
            status, answer = self.call(body, **event)
            self.assertEqual((status, answer["errorType"]), (400, "ValueError"))
            self.assertTrue(answer["errorMessage"])

    def test_a_get_without_body(self):
        self.assertEqual(app.handler({"requestContext": {}})["statusCode"], 400)


if __name__ == "__main__":
    unittest.main()
