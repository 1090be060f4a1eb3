"""Runs every engine at every size, checks that they answer the same, and prints a Markdown table.

    compare.py --room DIRECTORY [--only ENGINE,...] [--ingest-limit SECONDS] [EVENTS...]

Called by `run`, which makes what it needs. Exit codes: 0 done; 1 a peer answers something else; 2 could not be done.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import platform
import shutil
import sqlite3
import subprocess
import sys
import time

import answers
from engine import QUESTIONS
from measure import ASKED_MOST, DATA_DAYS, ENGINES, LINES_AT_ONCE, WINDOW_DAYS, engine_named

OURS = "novahouse"
EVENTS = [100_000]
INGEST_LIMIT_S = 15 * 60
HOW_TO_READ = f"""In brackets: how many times slower or larger than NovaHouse; below 1, the peer is better. Events are
durable when they count as stored. Disk is what the files take after a clean end. Memory is the peak of each process, added
up. Questions were asked {ASKED_MOST} times, where no fewer are given: the median, and the worst. Before that the answers
were compared with NovaHouse's.
"""
# Of a mismatch's differences; the first tell what is wrong.
DIFFERENCES_SHOWN = 10
PACKAGES = {
    "first-system": ["SQLAlchemy", "Flask", "gunicorn"],
    "duckdb": ["duckdb", "pyarrow"],
    "clickhouse": ["chdb", "chdb-core"],
}


def say(sentence):
    print(f"benches/peers/run: {sentence}", file=sys.stderr, flush=True)


def generate(events, now_ms, path):
    flags = [str(events), "--in-order", "--all-kinds", "--now", str(now_ms)]
    with path.open("wb") as file:
        subprocess.run([os.environ["NOVAHOUSE_GENERATOR"], *flags], stdout=file, check=True)


def measure(name, path, directory, now_ms, limit_s):
    """What an engine took. Each gets a directory that is gone when the next one begins."""
    here = pathlib.Path(__file__).with_name("measure.py")
    flags = ["--now", str(now_ms), "--ingest-limit", str(limit_s)]
    directory.mkdir()
    try:
        words = [sys.executable, here, name, path, directory / "data", *flags]
        done = subprocess.run(words, stdout=subprocess.PIPE)
        if done.returncode:
            raise ChildProcessError(f"{name} failed; what it says is above")
        return json.loads(done.stdout)
    finally:
        shutil.rmtree(directory)


def mismatches(theirs, ours):
    """Sentences on where the answers of two engines differ."""
    return [
        f"{question} of {days} days: {difference}"
        for days, questions in theirs["windows"].items()
        for question, asked in questions.items()
        for difference in answers.differences(asked["answer"], ours["windows"][days][question]["answer"])
    ]


class Table:
    """What all engines took at one size, as Markdown; each figure with its ratio to NovaHouse's."""

    def __init__(self, events, results):
        self.events, self.results, self.ours = events, results, results[OURS]

    def __str__(self):
        titles = [engine_named(name).title for name in self.results]
        head = [["", *titles], ["---"] * (len(titles) + 1)]
        rows = [
            ["events stored a second", *self.each(self.speed)],
            ["bytes on disk an event", *self.each(self.size)],
            ["memory at most, MB", *self.each(self.memory)],
            *(
                [f"`{question}` of {days} days", *self.each(self.question, str(days), question)]
                for days in WINDOW_DAYS
                for question in QUESTIONS
            ),
        ]
        return "\n".join("| " + " | ".join(cells) + " |" for cells in [*head, *rows])

    def each(self, cell, *of):
        return [cell(result, *of) for result in self.results.values()]

    def ratio(self, result, more):
        """How many times NovaHouse's figure, in brackets."""
        return "" if result is self.ours else f" ({brief(more)}×)"

    def speed(self, result):
        ingest = result["ingest"]
        cell = f"{rate(result):,.0f}{self.ratio(result, rate(self.ours) / rate(result))}"
        if ingest["whole"]:
            return cell
        return f"{cell}; not done within {ingest['seconds']:,.0f} s, stopped after {ingest['events']:,} events"

    def size(self, result):
        each = per_event(result)
        return f"{each:,.0f}{self.ratio(result, each / per_event(self.ours))}"

    def memory(self, result):
        peak = result["peak_bytes"]
        return f"{peak / 1e6:,.0f}{self.ratio(result, peak / self.ours['peak_bytes'])}"

    def question(self, result, days, question):
        if not result["windows"]:
            return "not asked: the load was not done"
        asked = result["windows"][days][question]
        ours = self.ours["windows"][days][question]
        few = "" if asked["asked"] == ASKED_MOST else f", asked {asked['asked']} times"
        worst = f", worst {brief(asked['worst_s'] * 1e3)}{few}"
        return f"{brief(asked['median_s'] * 1e3)} ms{self.ratio(result, asked['median_s'] / ours['median_s'])}{worst}"


def rate(result):
    return result["ingest"]["events"] / result["ingest"]["seconds"]


def per_event(result):
    return result["bytes_on_disk"] / result["ingest"]["events"]


def brief(number):
    """Three figures that count, or two of what is below one; no exponent."""
    if number >= 100:
        return f"{float(f'{number:.3g}'):,.0f}"
    return f"{number:.3g}" if number >= 1 else f"{number:.2g}"


def versions(names):
    command = [os.environ["NOVAHOUSE_EXECUTABLE"], "--version"]
    ours = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    packages = [package for name in names for package in PACKAGES.get(name, [])]
    return ", ".join(
        [
            ours.stdout.strip(),
            *(f"{package} {importlib.metadata.version(package)}" for package in packages),
            f"SQLite {sqlite3.sqlite_version}",
            f"Python {platform.python_version()}",
        ]
    )


def words():
    parser = argparse.ArgumentParser(prog="benches/peers/run")
    parser.add_argument("events", type=int, nargs="*", default=EVENTS, help="sizes, one table each")
    parser.add_argument("--room", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", default=",".join(ENGINES), help="engines beside novahouse: " + ", ".join(ENGINES))
    parser.add_argument("--ingest-limit", type=float, default=INGEST_LIMIT_S, help="seconds; what takes longer is stopped")
    given = parser.parse_args()
    unknown = set(given.only.split(",")) - set(ENGINES)
    if unknown:
        parser.error(f"--only: expected some of {', '.join(ENGINES)}, found {', '.join(sorted(unknown))}")
    return given


def compare(events, given):
    """Prints the table of one size; the number of peers that answer something else."""
    now_ms = int(time.time() * 1000)
    path = given.room / "events.ndjson"
    generate(events, now_ms, path)
    results, wrong = {}, 0
    # NovaHouse first: the others' answers are compared with its own.
    for name in [OURS, *(name for name in ENGINES if name != OURS and name in given.only.split(","))]:
        say(f"{events:,} events: {name}")
        results[name] = measure(name, path, given.room / "peer", now_ms, given.ingest_limit)
        if not results[OURS]["ingest"]["whole"]:
            raise TimeoutError(f"NovaHouse itself did not store {events:,} events within the limit")
        found = mismatches(results[name], results[OURS]) if name != OURS else []
        wrong += bool(found)
        for sentence in found[:DIFFERENCES_SHOWN]:
            say(f"MISMATCH: {name} answers {sentence}")
        if found:
            say(f"MISMATCH: {len(found)} figures of {name} differ: what it took is no comparison")
    load_mb = path.stat().st_size / 1e6
    print(f"**{events:,} events**, {load_mb:,.0f} MB of NDJSON of {DATA_DAYS} days, in batches of {LINES_AT_ONCE:,}\n")
    print(f"{Table(events, results)}\n", flush=True)
    print(HOW_TO_READ)
    for name, result in results.items():
        print(f"- {engine_named(name).title}: {result['note']}")
    print(f"\n{versions(results)}; {os.cpu_count()} cores, {platform.system()} {platform.release()}.\n", flush=True)
    return wrong


def main():
    given = words()
    wrong = sum(compare(events, given) for events in given.events)
    if wrong:
        say("MISMATCH: a peer answers something else; see above")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, subprocess.CalledProcessError) as error:
        say(f"could not be done: {error}")
        sys.exit(2)
