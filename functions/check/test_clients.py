"""Unmodified boto3 and AWS command line against the emulator; run by build/functions/clients."""

import base64
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

from emulator import Emulator

ODD = "python:functions/check/odd:odd."


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = Emulator({"tokenize": "native:tokenize", "python": "python:functions/python",
                                 "leave": ODD + "leave", "sleep": ODD + "sleep"},
                                "--calibration", "none", "--timeout", "1s")
        cls.url = f"http://127.0.0.1:{cls.emulator.port}"
        cls.lambda_ = cls.client("standard")

    @classmethod
    def tearDownClass(cls):
        assert cls.emulator.close() == []

    @classmethod
    def client(cls, retries, attempts=3):
        config = botocore.config.Config(retries={"mode": retries, "total_max_attempts": attempts},
                                        proxies={}, max_pool_connections=64)
        return boto3.client("lambda", endpoint_url=cls.url, region_name="eu-central-1", aws_access_key_id="a",
                            aws_secret_access_key="b", config=config)

    def invoke(self, function, payload, **more):
        answer = self.lambda_.invoke(FunctionName=function, Payload=json.dumps(payload), **more)
        body = answer["Payload"].read()
        return answer, json.loads(body) if body else None

    def fails(self, kind, status, call, *arguments, **named):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(*arguments, **named)
        response = caught.exception.response
        self.assertEqual((response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]), (kind, status))
        return response

    def fault(self, text):
        urllib.request.urlopen(urllib.request.Request(self.url + "/_spillway/fault", text.encode()), timeout=10).read()

    # ---- what works

    def test_waits_for_an_answer(self):
        for function in ("tokenize", "python"):
            answer, tokens = self.invoke(function, ["a b", "c"])
            self.assertEqual((answer["StatusCode"], answer["ExecutedVersion"], tokens), (200, "$LATEST", ["a", "b", "c"]))
            self.assertNotIn("FunctionError", answer)

    def test_event_and_dry_run(self):
        answer, body = self.invoke("tokenize", ["a"], InvocationType="Event")
        self.assertEqual((answer["StatusCode"], body), (202, None))
        answer, body = self.invoke("tokenize", ["a"], InvocationType="DryRun")
        self.assertEqual((answer["StatusCode"], body), (204, None))

    def test_names_arns_and_qualifiers(self):
        arn = "arn:aws:lambda:eu-central-1:123456789012:function:tokenize"
        for name in ("tokenize", arn, "123456789012:function:tokenize", arn + ":$LATEST", "tokenize:$LATEST"):
            self.assertEqual(self.invoke(name, ["a"])[1], ["a"], name)
        self.assertEqual(self.invoke("tokenize", ["a"], Qualifier="$LATEST")[1], ["a"])

    def test_the_tail_of_the_log(self):
        answer, _ = self.invoke("python", ["a"], LogType="Tail")
        self.assertRegex(base64.b64decode(answer["LogResult"]).decode(),
                         r"(?s)START RequestId: \S+ Version: .*END RequestId: .*REPORT RequestId: .*Max Memory Used: \d+ MB")

    def test_what_it_says_about_functions(self):
        self.assertEqual(self.lambda_.get_function(FunctionName="python")["Configuration"]["FunctionName"], "python")
        names = {f["FunctionName"] for f in self.lambda_.list_functions()["Functions"]}
        self.assertLessEqual({"tokenize", "python", "leave", "sleep"}, names)

    def test_many_in_parallel(self):
        def one(number):
            return self.invoke("tokenize", [f"n {number}"])[1] == ["n", str(number)]
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            self.assertTrue(all(pool.map(one, range(600))))

    # ---- what does not

    def test_unknown_functions(self):
        self.fails("ResourceNotFoundException", 404, self.invoke, "nobody", [])

    def test_payloads_that_are_no_json(self):
        response = self.fails("InvalidRequestContentException", 400, self.lambda_.invoke, FunctionName="tokenize",
                              Payload=b"{")
        self.assertEqual(response["ResponseMetadata"]["RetryAttempts"], 0)

    def test_payloads_that_are_too_large(self):
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            self.invoke("tokenize", ["a" * (6 * 1024 * 1024 + 200)])
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 413)

    def test_function_errors(self):
        for function, payload, kind in (("python", [1], "ValueError"), ("leave", None, "Runtime.ExitError")):
            answer, error = self.invoke(function, payload)
            self.assertEqual((answer["StatusCode"], answer["FunctionError"]), (200, "Unhandled"))
            self.assertEqual(error["errorType"], kind)

    def test_a_function_that_takes_too_long(self):
        answer, error = self.invoke("sleep", 3)
        self.assertEqual(answer["FunctionError"], "Unhandled")
        self.assertEqual(error["errorType"], "Sandbox.Timedout")
        self.assertIn("Task timed out after 1.00 seconds", error["errorMessage"])
        self.assertEqual(self.invoke("sleep", 0)[1], 0)

    def test_throttles_are_retried_and_then_told(self):
        self.lambda_.put_function_concurrency(FunctionName="python", ReservedConcurrentExecutions=0)
        try:
            response = self.fails("TooManyRequestsException", 429, self.invoke, "python", ["a"])
            self.assertEqual(response["ResponseMetadata"]["RetryAttempts"], 2)
            self.assertEqual(response["Reason"], "ReservedFunctionConcurrentInvocationLimitExceeded")
        finally:
            self.lambda_.delete_function_concurrency(FunctionName="python")
        self.assertEqual(self.invoke("python", ["a"])[1], ["a"])

    def test_server_errors_are_retried(self):
        patient = self.client("legacy", 11)
        self.fault("error 30%")
        try:
            retries = 0
            for _ in range(40):
                answer = patient.invoke(FunctionName="tokenize", Payload=b'["a"]')
                self.assertEqual(json.loads(answer["Payload"].read()), ["a"])
                retries += answer["ResponseMetadata"]["RetryAttempts"]
            self.assertGreater(retries, 0)
            self.fault("error 100%")
            with self.assertRaises(botocore.exceptions.ClientError) as caught:
                self.invoke("tokenize", ["a"])
            self.assertGreaterEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 500)
            self.assertEqual(caught.exception.response["ResponseMetadata"]["RetryAttempts"], 2)
        finally:
            self.fault("off")

    # ---- the command line

    def aws(self, *arguments):
        environment = {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
                       "AWS_DEFAULT_REGION": "eu-central-1", "AWS_ENDPOINT_URL": self.url, "HOME": "/nowhere",
                       "NO_PROXY": "127.0.0.1", "AWS_MAX_ATTEMPTS": "2"}
        return subprocess.run([os.path.join(os.path.dirname(sys.executable), "aws"), "lambda", *arguments],
                              env=environment, capture_output=True, text=True, timeout=60, check=False)

    def test_the_command_line(self):
        with tempfile.NamedTemporaryFile("r") as out:
            ran = self.aws("invoke", "--function-name", "python", "--payload", '["a b"]', out.name)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            self.assertEqual(json.loads(ran.stdout)["StatusCode"], 200)
            self.assertEqual(json.load(out), ["a", "b"])
        ran = self.aws("invoke", "--function-name", "nobody", "/dev/null")
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("ResourceNotFoundException", ran.stderr)
        ran = self.aws("get-function-configuration", "--function-name", "tokenize")
        self.assertEqual(json.loads(ran.stdout)["State"], "Active")


if __name__ == "__main__":
    unittest.main()
