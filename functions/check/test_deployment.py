"""Deployment files give no more rights than needed, and packages are the same bytes each time."""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile

FUNCTIONS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DIST = os.path.join(os.path.dirname(FUNCTIONS), "build", "functions", "dist")
TEMPLATES = sorted(glob.glob(FUNCTIONS + "/*/template.yaml") + glob.glob(FUNCTIONS + "/*/serverless.yml"))
POLICIES = sorted(glob.glob(FUNCTIONS + "/policies/*.json"))
# What may be allowed at all, and to whom.
ACTIONS = {"lambda:InvokeFunction", "lambda:InvokeFunctionUrl", "logs:CreateLogStream", "logs:PutLogEvents",
           "sts:AssumeRole"}


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


class Rights(unittest.TestCase):
    def test_there_is_something_to_check(self):
        self.assertEqual((len(TEMPLATES), len(POLICIES)), (4, 3))

    def test_policies_name_their_actions_and_resources(self):
        for path in POLICIES:
            for statement in json.loads(read(path))["Statement"]:
                actions = statement["Action"]
                self.assertLessEqual(set([actions] if isinstance(actions, str) else actions), ACTIONS, path)
                resources = statement.get("Resource", [])
                for resource in [resources] if isinstance(resources, str) else resources:
                    self.assertRegex(resource, r"^arn:aws:(lambda|logs):REGION:ACCOUNT:.*FUNCTION(:\*)?$", path)

    def test_templates_allow_only_known_actions(self):
        for path in TEMPLATES:
            text = read(path)
            allowed = re.findall(r"\b(?:lambda|logs|sts|iam|s3|dynamodb):[A-Z][A-Za-z*]+", text)
            self.assertLessEqual(set(allowed) - {"lambda:FunctionUrlAuthType"}, ACTIONS, path)
            self.assertNotRegex(text, r"""(?m)(Action|Resource|Principal|actions?):\s*\[?\s*["']?\*""", path)

    def test_urls_ask_for_a_signature(self):
        for path in TEMPLATES:
            text = read(path)
            self.assertRegex(text, r"AuthType: AWS_IAM|authorizer: aws_iam", path)
            self.assertNotRegex(text, r"""(?i)auth(Type|orizer)"?:\s*["']?none""", path)
            self.assertRegex(text, r"(?i)reservedConcurren", path)

    def test_no_account_and_no_key_is_written_down(self):
        for path in TEMPLATES + POLICIES + glob.glob(FUNCTIONS + "/*.md"):
            self.assertNotRegex(read(path), r"\b\d{12}\b|\b(AKIA|ASIA)[A-Z0-9]{12,}", path)


class Packages(unittest.TestCase):
    def test_they_hold_what_the_templates_name(self):
        with zipfile.ZipFile(DIST + "/tokenize-python.zip") as z:
            self.assertEqual(z.namelist(), ["app.py"])
        with zipfile.ZipFile(DIST + "/tokenize-java.jar") as z:
            self.assertEqual(z.namelist()[0], "META-INF/MANIFEST.MF")
            self.assertIn("spillway/Tokenize.class", z.namelist())

    def test_the_same_files_give_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "a")
            with open(source, "w", encoding="utf-8") as f:
                f.write("x")
            made = []
            for i, when in enumerate((1, 2_000_000_000)):
                os.utime(source, (when, when))
                out = os.path.join(folder, f"{i}.zip")
                subprocess.run([sys.executable, FUNCTIONS + "/pack.py", out, source, "b/c", source, "a"], check=True)
                with open(out, "rb") as f:
                    made.append(f.read())
            self.assertEqual(made[0], made[1])


if __name__ == "__main__":
    unittest.main()
