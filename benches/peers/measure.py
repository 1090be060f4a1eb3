"""Does the job with one engine at one size in a process of its own, and prints what it took as JSON.

    measure.py ENGINE FILE DIRECTORY --now EPOCH_MS --ingest-limit SECONDS
"""

import argparse
import datetime
import importlib
import itertools
import json
import pathlib
import statistics
import sys
import threading
import time

from engine import QUESTIONS, Window

# By name, as the module of one engine needs not what the others do.
ENGINES = {
    "novahouse": ("novahouse", "NovaHouse"),
    "first-system": ("first_system", "FirstSystem"),
    "duckdb": ("duck", "DuckDb"),
    "clickhouse": ("clickhouse", "ClickHouse"),
}
LINES_AT_ONCE = 1_000
# Clients that post at the same time.
WRITERS = 2
# The generator spreads its events over the sixty times 24 hours that end now: that touches 61 days.
DATA_DAYS = 61
WINDOW_DAYS = [DATA_DAYS, 7]
ASKED_MOST = 20
# No question is begun again after this.
ASKING_LIMIT_S = 20


def engine_named(name):
    module, title = ENGINES[name]
    return getattr(importlib.import_module(module), title)()


def windows(now_ms):
    today = datetime.datetime.fromtimestamp(now_ms / 1000, datetime.UTC).date()
    return [Window(today - datetime.timedelta(days=days - 1), today) for days in WINDOW_DAYS]


class Ingest:
    """Posts a file in batches, with a few threads at the same time, for at most so long."""

    def __init__(self, engine, path, limit_s):
        self.engine, self.limit_s = engine, limit_s
        self.file, self.reading = path.open("rb"), threading.Lock()
        self.lines, self.failures = 0, []

    def run(self):
        """How many events were stored, in how many seconds, and whether those were all."""
        writers = [threading.Thread(target=self.write_all, args=(self.engine.writer(),)) for _ in range(WRITERS)]
        begin = time.monotonic()
        self.deadline = begin + self.limit_s
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        took_s = time.monotonic() - begin
        if self.failures:
            raise self.failures[0]
        return {"events": self.lines, "seconds": took_s, "whole": not self.file.read(1)}

    def write_all(self, write):
        try:
            while time.monotonic() < self.deadline and not self.failures and (batch := self.next_batch()):
                write(b"".join(batch))
                with self.reading:
                    self.lines += len(batch)
        except Exception as error:
            self.failures.append(error)

    def next_batch(self):
        with self.reading:
            return list(itertools.islice(self.file, LINES_AT_ONCE))


def ask_all(engine, window):
    """Each question's answer, and the times of asking it again and again."""
    return {question: asked(engine, question, window) for question in QUESTIONS}


def asked(engine, question, window):
    answer = engine.ask(question, window)
    answer = json.loads(answer) if isinstance(answer, bytes) else answer
    times, deadline = [], time.monotonic() + ASKING_LIMIT_S
    while len(times) < ASKED_MOST and (not times or time.monotonic() < deadline):
        begin = time.perf_counter()
        engine.ask(question, window)
        times.append(time.perf_counter() - begin)
    times_of = {"median_s": statistics.median(times), "worst_s": max(times), "asked": len(times)}
    return {"answer": answer, **times_of}


def peak_bytes(pids):
    return sum(peak_of(pid) for pid in pids)


def peak_of(pid):
    """The most memory that a process ever had resident."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def bytes_on_disk(directory):
    """What the files really take: some are longer than what is written of them."""
    return sum(file.lstat().st_blocks * 512 for file in pathlib.Path(directory).rglob("*") if file.is_file())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("directory")
    parser.add_argument("--now", type=int, required=True)
    parser.add_argument("--ingest-limit", type=float, required=True)
    words = parser.parse_args()
    engine = engine_named(words.engine)
    engine.start(words.directory)
    try:
        result = {"ingest": Ingest(engine, words.file, words.ingest_limit).run()}
        # What holds a part of the events answers another question.
        asked_windows = windows(words.now) if result["ingest"]["whole"] else []
        result["windows"] = {str(window.days): ask_all(engine, window) for window in asked_windows}
        result["note"] = " ".join(engine.note().split())
        result["peak_bytes"] = peak_bytes(engine.processes())
    finally:
        engine.stop()
    result["bytes_on_disk"] = bytes_on_disk(words.directory)
    json.dump(result, sys.stdout, default=str)


if __name__ == "__main__":
    main()
