"""ClickHouse through chdb, in the process that asks it."""

import datetime
import json
import time

from chdb import session

import columnar

# Texts that are almost all different; the others are a few words again and again.
MANY = {"session_id", "user_id", "user_message", "bot_response", "name", "email", "phone", "additional_info",
        "error_message", "comment"}  # fmt: skip
# Never absent, or with a value that stands for absence, so that the columns need no map of nulls.
ALWAYS = {"type": "", "session_id": "", "user_id": " DEFAULT 'anonymous'"}
# One by one: a version that does not know a setting refuses the table.
DURABLE = "fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1"
# What merging has left over is kept for eight minutes, for a crash before it is synced; merges are synced here.
TIDY = """old_parts_lifetime = 1, cleanup_delay_period = 1, cleanup_delay_period_random_add = 0,
    merge_tree_clear_old_parts_interval_seconds = 1"""
TIDY_LIMIT_S = 60
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


def text_type(name):
    kind = "String" if name in ALWAYS else "Nullable(String)"
    return kind if name in MANY else f"LowCardinality({kind})"


TYPES = {
    **{name: text_type(name) + ALWAYS.get(name, "") for name in columnar.TEXTS},
    **{name: "Nullable(UInt32)" for name in columnar.WHOLE_NUMBERS},
    **{name: "Nullable(Float64)" for name in columnar.FRACTIONS},
    **{name: "Nullable(Bool)" for name in columnar.TRUTHS},
}
QUESTION = r"""if(lengthUTF8(user_message) > 10, trimBoth(replaceRegexpAll(
    replaceRegexpAll(lowerUTF8(user_message), '[^\\pL\\pN\\s]', ''), '\\s+', ' ')), NULL)"""


class ClickHouse(columnar.Columnar):
    title = "ClickHouse (chdb), in process"
    # Of an even number the lower middle, which is the nearest rank, as with the others.
    quantiles = "quantilesExactLow(0.5, 0.95, 0.99)(response_time_ms)"

    def start(self, directory):
        self.session = session.Session(directory)
        self.session.query("CREATE DATABASE peers ENGINE = Atomic")
        self.session.query("USE peers")
        columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
        self.session.query(
            f"""CREATE TABLE events (
                timestamp Int64 EPHEMERAL, moment DateTime64(3, 'UTC') DEFAULT fromUnixTimestamp64Milli(timestamp, 'UTC'),
                {columns}, question LowCardinality(Nullable(String)) MATERIALIZED {QUESTION})
            ENGINE = MergeTree ORDER BY (type, moment) SETTINGS {DURABLE}, {TIDY}"""
        )
        self.batches = 0

    def writer(self):
        head = f"""INSERT INTO events (timestamp, {", ".join(TYPES)}) SETTINGS input_format_skip_unknown_fields = 1
            FORMAT JSONEachRow """

        def write(batch):
            self.session.query(head + batch.decode())
            self.batches += 1

        return write

    def rows(self, sql):
        answer = json.loads(self.session.query(sql, "JSONCompact").bytes())
        readers = [READERS.get(column["type"].partition("(")[0], as_it_is) for column in answer["meta"]]
        return [[read(value) for read, value in zip(readers, row, strict=True)] for row in answer["data"]]

    def stop(self):
        # A server at rest merges what inserts have left in pieces; here the process ends, so it is told to.
        self.session.query("OPTIMIZE TABLE events FINAL")
        deadline = time.monotonic() + TIDY_LIMIT_S
        while self.has_leftovers() and time.monotonic() < deadline:
            time.sleep(0.5)
        self.session.close()

    def has_leftovers(self):
        return self.rows("SELECT name FROM system.parts WHERE NOT active LIMIT 1") != []

    def note(self):
        events = "SELECT sumIf(value, event = 'FileSync'), sumIf(value, event = 'DirectorySync') FROM system.events"
        ((files, directories),) = self.rows(events)
        syncs = (int(files) + int(directories)) / max(self.batches, 1)
        return f"""each batch is an insert into a MergeTree table with {DURABLE}, which it took: by its own count it synced
            files and directories {syncs:.0f} times a batch, merges included. {self.of_both}"""


def as_it_is(value):
    return value


# JSON has no times.
READERS = {
    "Date": datetime.date.fromisoformat,
    "DateTime": lambda text: datetime.datetime.strptime(text, TIME_FORMAT),
    "DateTime64": datetime.datetime.fromisoformat,
}
