"""An engine that is a server of its own: started as a process, spoken to over HTTP."""

import http.client
import json
import pathlib
import signal
import socket
import subprocess
import time

from engine import TOP_QUESTIONS, Engine

START_LIMIT_S = 30
STOP_LIMIT_S = 120
# Above what any question may take that is still worth asking.
ANSWER_LIMIT_S = 600


class Served(Engine):
    """Its subclasses say which command to run, and which request tells that it is up."""

    ready_path: str

    def command(self, directory, address):
        """The command line of the server, and what its environment has in addition."""
        raise NotImplementedError

    def start(self, directory):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command, environment = self.command(directory, f"127.0.0.1:{self.port}")
        self.log = pathlib.Path(f"{directory}.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            self.await_ready()
        except Exception:
            self.process.kill()
            raise
        self.connection = self.connect()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_LIMIT_S)

    def await_ready(self):
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                connection = self.connect()
                connection.request("GET", self.ready_path)
                if connection.getresponse().status != http.client.SERVICE_UNAVAILABLE:
                    return
            except OSError:
                pass
            # It does not listen yet, or answers that it is starting.
            time.sleep(0.05)
        raise RuntimeError(f"{self.title} did not start; it says: {self.log.read_text()}")

    def request(self, connection, method, path, body=None):
        headers = {"Content-Type": "application/x-ndjson"} if body else {}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{self.title} answered {method} {path} with {response.status}: {answer[:500]!r}")
        return answer

    def writer(self):
        connection = self.connect()

        def write(batch):
            answer = json.loads(self.request(connection, "POST", "/api/events", batch))
            if answer["accepted"] != batch.count(b"\n"):
                raise RuntimeError(f"{self.title} did not take every event of a batch: {answer}")

        return write

    def ask(self, question, window):
        limit = f"&limit={TOP_QUESTIONS}" if question == "questions/top" else ""
        path = f"/api/analytics/{question}?from={window.first}&to={window.last}{limit}"
        return self.request(self.connection, "GET", path)

    def processes(self):
        return [self.process.pid, *children(self.process.pid)]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(STOP_LIMIT_S)


def children(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
