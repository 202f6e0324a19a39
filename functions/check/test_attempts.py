"""What AWS's clients do by themselves with what the emulator answers, counted at the emulator:
attempts, signatures, limits, control plane. Run by build/functions/clients."""

import base64
import concurrent.futures
import json
import os
import subprocess
import sys
import unittest
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

from emulator import Emulator

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "any-text-will-do"}


class One(Emulator):
    """An emulator with the native tokenizer."""

    def __init__(self, *options):
        os.environ.update(KEYS)  # of the emulator, for --verify-signatures
        super().__init__({"tokenize": "native:tokenize"}, "--calibration", "none", *options)
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def state(self):
        with urllib.request.urlopen(self.url + "/_spillway/state", timeout=10) as answer:
            return json.load(answer)

    def fault(self, text):
        urllib.request.urlopen(self.url + "/_spillway/fault", text.encode(), timeout=10).close()

    def client(self, attempts=3, keys=tuple(KEYS.values()), **options):
        config = botocore.config.Config(retries={"mode": "standard", "total_max_attempts": attempts},
                                        proxies={}, **options)
        return boto3.client("lambda", endpoint_url=self.url, region_name="eu-central-1", aws_access_key_id=keys[0],
                            aws_secret_access_key=keys[1], config=config)


class Attempts(unittest.TestCase):
    def attempts(self, fault, **options):
        """How often boto3 tried, and the name of what it raised in the end."""
        with One() as e:
            e.fault(fault)
            raised = None
            try:
                e.client(read_timeout=1, **options).invoke(FunctionName="tokenize", Payload=b'["x"]')["Payload"].read()
            except Exception as error:  # botocore has many ways to say it
                raised = type(error).__name__
            return e.state()["calls"], raised

    def test_what_may_heal_is_tried_three_times(self):
        for fault, raised in (("throttle", "TooManyRequestsException"), ("reset 100%", "ConnectionClosedError"),
                              ("die-after-execute 100%", "ConnectionClosedError"), ("lose 100%", "ReadTimeoutError")):
            self.assertEqual(self.attempts(fault), (3, raised), fault)
        for _ in range(3):  # 500, 502 and 503 by chance
            self.assertEqual(self.attempts("error 100%")[0], 3)
        self.assertEqual(self.attempts("throttle", attempts=5)[0], 5)

    def test_what_does_not_heal_is_tried_once(self):
        for fault in ("function-error 100%", "garbage 100%", "cut 100%"):
            self.assertEqual(self.attempts(fault)[0], 1, fault)

    def test_executed_but_unanswered_calls_are_executed_again(self):
        with One() as e:
            e.fault("die-after-execute 50%")
            client = e.client(attempts=12)
            for _ in range(10):
                self.assertEqual(client.invoke(FunctionName="tokenize", Payload=b"[]")["StatusCode"], 200)
            self.assertGreater(e.state()["executed"], 10)

    def test_the_command_line_tries_five_times(self):
        with One() as e:
            e.fault("throttle")
            environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "AWS_DEFAULT_REGION": "us-east-1",
                           "AWS_ENDPOINT_URL": e.url, "NO_PROXY": "127.0.0.1", **KEYS}
            ran = subprocess.run([os.path.join(os.path.dirname(sys.executable), "aws"), "lambda", "invoke",
                                  "--function-name", "tokenize", "/dev/null"], env=environment, capture_output=True,
                                 text=True, timeout=60, check=False)
            self.assertIn("TooManyRequestsException", ran.stderr)
            self.assertEqual(e.state()["calls"], 5)


class Limits(unittest.TestCase):
    def fails(self, call, *arguments, **named):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(*arguments, **named)
        return caught.exception.response

    def test_concurrency(self):
        with One("--concurrency", "4", "--rps", "1000", "--constant", "1s") as e:
            client = e.client(attempts=1, max_pool_connections=16)

            def one(_):
                try:
                    return client.invoke(FunctionName="tokenize", Payload=b"[]")["StatusCode"]
                except client.exceptions.TooManyRequestsException as error:
                    self.assertEqual(error.response["Reason"], "ConcurrentInvocationLimitExceeded")
                    self.assertEqual(error.response["Error"]["Message"], "Rate Exceeded.")
                    self.assertGreaterEqual(int(error.response["retryAfterSeconds"]), 1)
                    return 429
            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                answers = list(pool.map(one, range(16)))
            self.assertEqual((answers.count(200), answers.count(429)), (4, 12))

    def test_payloads_to_the_byte(self):
        with One() as e:
            client = e.client()
            limit = 6 * 1024 * 1024 + 100
            fits = b'["' + b"a" * (limit - 4) + b'"]'
            self.assertEqual(len(client.invoke(FunctionName="tokenize", Payload=fits)["Payload"].read()), limit)
            response = self.fails(client.invoke, FunctionName="tokenize", Payload=fits + b" ")
            self.assertEqual(response["Error"]["Code"], "RequestEntityTooLargeException")
            self.assertEqual(response["Error"]["Message"],
                             "6291557 byte payload is too large for the RequestResponse invocation type "
                             "(limit 6291556 bytes)")
            event = b'["' + b"a" * (1024 * 1024 - 3) + b'"]'
            response = self.fails(client.invoke, FunctionName="tokenize", InvocationType="Event", Payload=event)
            self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 413)

    def test_control_plane(self):
        with One() as e:
            client = e.client()
            client.get_waiter("function_active_v2").wait(FunctionName="tokenize")
            client.get_waiter("function_updated_v2").wait(FunctionName="tokenize")
            response = self.fails(client.put_function_concurrency, FunctionName="tokenize",
                                  ReservedConcurrentExecutions=901)
            self.assertEqual(response["Error"]["Code"], "InvalidParameterValueException")
            client.put_function_concurrency(FunctionName="tokenize", ReservedConcurrentExecutions=7)
            self.assertEqual(client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"], 993)
            client.delete_function_concurrency(FunctionName="tokenize")
            made = client.create_function(FunctionName="made", Role="arn:aws:iam::000000000000:role/x", MemorySize=256,
                                          Runtime="provided.al2023", Handler="x", Code={"ZipFile": b"none"})
            self.assertEqual((made["ResponseMetadata"]["HTTPStatusCode"], made["MemorySize"]), (201, 256))
            self.assertEqual(client.invoke(FunctionName="made", Payload=b"[]")["StatusCode"], 200)
            client.delete_function(FunctionName="made")
            response = self.fails(client.get_function, FunctionName="made")
            self.assertEqual(response["Error"]["Code"], "ResourceNotFoundException")
            url = client.get_function_url_config(FunctionName="tokenize")["FunctionUrl"]
            with urllib.request.urlopen(url, b'["by url"]', timeout=10) as answer:
                self.assertEqual(json.load(answer), ["by", "url"])

    def test_signatures(self):
        arn = "arn:aws:lambda:eu-central-1:123456789012:function:tokenize"
        with One("--verify-signatures") as e:
            client = e.client()
            for name in ("tokenize", "tokenize:prod", arn, arn + ":7"):
                self.assertEqual(client.invoke(FunctionName=name, Payload=b'["x"]')["StatusCode"], 200, name)
            answer = client.invoke(FunctionName="tokenize", Qualifier="a-b_c", Payload=b"[]", LogType="Tail",
                                   ClientContext=base64.b64encode(b"{}").decode())
            self.assertEqual(answer["StatusCode"], 200)
            client.list_functions()
            client.put_function_concurrency(FunctionName="tokenize", ReservedConcurrentExecutions=5)
            for keys, code in ((("AKIDEXAMPLE", "wrong"), "InvalidSignatureException"),
                               (("AKIDNOBODY", "any"), "UnrecognizedClientException")):
                response = self.fails(e.client(keys=keys).invoke, FunctionName="tokenize", Payload=b"[]")
                self.assertEqual(response["Error"]["Code"], code)
                self.assertEqual(response["ResponseMetadata"]["RetryAttempts"], 0)


if __name__ == "__main__":
    unittest.main()
