"""The handlers in AWS's own runtimes, and the native function, under the emulator."""

import base64
import http.client
import json
import os
import random
import signal
import threading
import time
import unittest

from emulator import JAR, Client, Emulator

ALL = {"native": "native:tokenize", "python": "python:functions/python", "java": "java:" + JAR}
ODD = "python:functions/check/odd:"


def request(records, batch=7):
    return {"v": 1, "job": "check", "epoch": 0, "batch": batch, "attempt": 1, "op": "tokenize",
            "records": [record.decode("latin-1") for record in records]}


def lives(pid):
    """Is it there, and no zombie?"""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Same(unittest.TestCase):
    """Whatever the records, all three give the same rows."""

    @classmethod
    def setUpClass(cls):
        cls.emulator = Emulator(ALL, "--calibration", "none")
        cls.client = Client(cls.emulator.port)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        assert cls.emulator.close() == []

    def agree(self, records):
        answers = {}
        for function in ALL:
            error, answers[function] = self.client.call(function, request(records))
            self.assertIsNone(error, (function, answers[function]))
            _, answers[function + " list"] = self.client.call(function, [r.decode("latin-1") for r in records])
        self.assertEqual(len(answers["native"]["results"]), len(records))
        flat = [token for row in answers["native"]["results"] for token in row]
        for function in ALL:
            self.assertEqual(answers[function], answers["native"])
            self.assertEqual(answers[function + " list"], flat)
        return answers["native"]["results"]

    def test_every_byte_value(self):
        every = bytes(range(256))
        rows = self.agree([every, every[::-1]] + [b"a" + bytes([b]) + b"c" for b in range(256)])
        self.assertEqual(rows[0], ["0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "_", "abcdefghijklmnopqrstuvwxyz"])
        self.assertEqual(rows[2 + 0xe9], ["a", "c"])

    def test_empty_records(self):
        self.assertEqual(self.agree([b"", b"a", b"", b"\n"]), [[], ["a"], [], []])
        self.assertEqual(self.agree([]), [])

    def test_records_of_one_mebibyte(self):
        for record in (b"a" * 2**20, b"ab " * (2**20 // 3), b"\xff" * 2**20, random.Random(3).randbytes(2**20)):
            self.agree([record])

    def test_random_bytes(self):
        rnd = random.Random(2)
        for _ in range(int(os.environ.get("ROUNDS", "150"))):
            self.agree([rnd.randbytes(rnd.randrange(200)) if rnd.random() < .5 else
                        bytes(rnd.choices(b"aZ09_ {}:\",\\\xc3\x00\x7f", k=rnd.randrange(200)))
                        for _ in range(rnd.randrange(40))])

    def test_all_refuse_the_same(self):
        good = request([b"a"])
        for payload in ([1], ["a", None], {}, 7, None, dict(good, v=2), dict(good, op="x"), dict(good, batch=-1),
                        dict(good, records="a"), dict(good, records=["a", 1]), ["\u0100"], ["\U0001f600"]):
            for function in ALL:
                error, answer = self.client.call(function, payload)
                self.assertEqual(error, "Unhandled", (function, payload, answer))
                self.assertTrue(answer["errorMessage"])
        for function, kind in (("python", "ValueError"), ("java", "java.lang.IllegalArgumentException")):
            self.assertEqual(self.client.call(function, [1])[1]["errorType"], kind)

    def test_through_a_function_url(self):
        for function in ALL:
            for status, body in ((200, json.dumps(request([b"a b\xff"])).encode()), (200, b'["a", "b"]'), (400, b"[1]")):
                if function == "native" and status == 400:
                    continue
                connection = http.client.HTTPConnection("127.0.0.1", self.emulator.port, timeout=30)
                connection.request("POST", f"/url/{function}/", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                text = response.read()
                self.assertEqual(response.status, status, (function, text))
                if status == 200:
                    self.assertIn(json.loads(text), ({"v": 1, "batch": 7, "results": [["a", "b"]]}, ["a", "b"]))
                connection.close()


class Odd(unittest.TestCase):
    """Handlers that fail in the ways that real ones do."""

    @classmethod
    def setUpClass(cls):
        names = ("recurse", "leave", "environment", "context", "sleep", "missing")
        functions = {name: ODD + "odd." + name for name in names}
        functions["broken"] = ODD + "broken.handler"
        functions["nojava"] = "java:" + JAR + ":spillway.Missing::handle"
        cls.emulator = Emulator(functions, "--calibration", "none")
        cls.client = Client(cls.emulator.port)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        assert cls.emulator.close() == []

    def fails(self, function, kind, words, payload=None):
        error, answer = self.client.call(function, payload)
        self.assertEqual((error, answer["errorType"]), ("Unhandled", kind), answer)
        self.assertIn(words, answer["errorMessage"])

    def test_an_exception_of_a_thousand_frames(self):
        for _ in range(3):
            self.fails("recurse", "RecursionError", "recursion")

    def test_a_process_that_leaves(self):
        for _ in range(3):
            self.fails("leave", "Runtime.ExitError", "exit status 3")

    def test_modules_and_handlers_that_are_not_there(self):
        self.fails("broken", "RuntimeError", "broken on purpose")
        self.fails("missing", "Runtime.HandlerNotFound", "missing")
        self.fails("nojava", "java.lang.ClassNotFoundException", "Missing")

    def test_the_environment_is_clean(self):
        answer = self.client.call("environment", None)[1]
        self.assertTrue(answer["folder"].endswith("functions/check/odd"))
        self.assertIsNone(answer["home"])
        ours = {name for name in answer["names"] if name not in (
            "LANG", "PATH", "TZ", "_HANDLER", "LC_CTYPE") and not name.startswith(("AWS_", "LAMBDA_"))}
        self.assertLessEqual(ours, {"_X_AMZN_TRACE_ID"})

    def test_the_context_says_what_it_should(self):
        custom = base64.b64encode(b'{"custom":{"a":"b"}}').decode()
        answer = self.client.call("context", None, **{"X-Amz-Client-Context": custom})[1]
        self.assertRegex(answer["id"], "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertRegex(answer["arn"], "^arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:function:context$")
        self.assertEqual((answer["name"], answer["client"]), ("context", {"a": "b"}))
        self.assertGreater(answer["left"], 0)


class Pools(unittest.TestCase):
    def test_twelve_java_environments_start_at_once(self):
        emulator = Emulator({"java": "java:" + JAR}, "--calibration", "none")
        gate = threading.Barrier(12)
        wrong = []

        def one(number):
            client = Client(emulator.port)
            payload = json.dumps(request([b"ab " * 300000] * 4, number)).encode()
            gate.wait()
            for _ in range(3):
                error, answer = client.call("java", payload)
                if error or answer["batch"] != number or answer["results"] != [["ab"] * 300000] * 4:
                    wrong.append((number, error, str(answer)[:300]))
            client.close()

        threads = [threading.Thread(target=one, args=(i,)) for i in range(12)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        environments = len(emulator.handlers())
        self.assertEqual(emulator.close(), [])
        self.assertEqual(wrong, [])
        self.assertEqual(environments, 12)

    def test_handlers_die_with_a_killed_emulator(self):
        emulator = Emulator({"python": ALL["python"], "java": ALL["java"]}, "--calibration", "none")
        client = Client(emulator.port)
        for function in ("python", "java"):
            self.assertEqual(client.call(function, ["a b"]), (None, ["a", "b"]))
        client.close()
        pids = emulator.handlers()
        self.assertEqual(len(pids), 2)
        emulator.process.kill()
        end = time.monotonic() + 10
        while any(map(lives, pids)) and time.monotonic() < end:
            time.sleep(0.02)
        self.assertEqual([pid for pid in pids if lives(pid)], [])
        emulator.process.wait()
        emulator.process.stdout.close()
        emulator.log.close()

    def test_killed_handlers_are_told_apart_and_replaced(self):
        emulator = Emulator({"python": ALL["python"]}, "--calibration", "none")
        client = Client(emulator.port)
        stop = threading.Event()
        killed = []

        def killer():
            while not stop.wait(0.2):
                for pid in emulator.handlers()[:1]:
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

        thread = threading.Thread(target=killer)
        thread.start()
        right = died = 0
        end = time.monotonic() + 5
        while time.monotonic() < end:
            error, answer = client.call("python", request([b"a b"] * 50))
            if error:
                self.assertEqual(answer["errorType"], "Runtime.ExitError", answer)
                died += 1
            else:
                self.assertEqual(answer["results"], [["a", "b"]] * 50)
                right += 1
        stop.set()
        thread.join()
        self.assertEqual(client.call("python", ["c d"]), (None, ["c", "d"]))
        client.close()
        self.assertEqual(emulator.close(), [])
        self.assertGreater(right, 20)
        self.assertGreater(died, 3)
        self.assertGreater(len(killed), 8)


if __name__ == "__main__":
    unittest.main()
