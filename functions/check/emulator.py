"""`spillway emulator` as a child process, and a client for it. SPILLWAY is the program."""

import http.client
import json
import os
import re
import signal
import subprocess
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JAR = "build/functions/dist/tokenize-java.jar"


class Emulator:
    """Runs until close(); functions: {"name": "kind:source"}."""

    def __init__(self, functions, *options):
        command = [os.environ.get("SPILLWAY", "./spillway"), "emulator", "--port", "0", *options]
        for name, source in functions.items():
            command += ["--function", f"{name}={source}"]
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, stderr=self.log)
        self.port = None
        for line in self.process.stdout:
            found = re.search(rb"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        if self.port is None:
            self.log.seek(0)
            raise RuntimeError(f"{command} did not start: {self.log.read().decode()}")

    def close(self):
        """Ends it; the processes it leaves behind."""
        pids = self.handlers()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()
        self.log.close()
        return [pid for pid in pids if os.path.exists(f"/proc/{pid}")]

    def handlers(self):
        """Process numbers of its environments."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
            mine = f.read().split()
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{task}/children", encoding="ascii") as f:
                mine += f.read().split()
        return sorted({int(pid) for pid in mine})


class Client:
    """One connection to an emulator."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, function, payload, **headers):
        """(kind of function error or None, answer)."""
        self.connection.request("POST", f"/2015-03-31/functions/{function}/invocations",
                                payload if isinstance(payload, bytes) else json.dumps(payload).encode(), headers)
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"status {response.status}: {body[:300]}")
        return response.getheader("X-Amz-Function-Error"), json.loads(body)

    def close(self):
        self.connection.close()
