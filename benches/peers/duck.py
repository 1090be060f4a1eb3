"""DuckDB, in the process that asks it."""

import io
import os

import duckdb
import pyarrow
import pyarrow.json

import columnar

TYPES = {
    "timestamp": ("TIMESTAMP", pyarrow.int64()),
    **{name: ("VARCHAR", pyarrow.string()) for name in columnar.TEXTS},
    **{name: ("INTEGER", pyarrow.int32()) for name in columnar.WHOLE_NUMBERS},
    **{name: ("DOUBLE", pyarrow.float64()) for name in columnar.FRACTIONS},
    **{name: ("BOOLEAN", pyarrow.bool_()) for name in columnar.TRUTHS},
}
# Arrow reads lines of JSON half again as fast as DuckDB's own functions do.
READING = pyarrow.json.ParseOptions(
    explicit_schema=pyarrow.schema([(name, arrow) for name, (_, arrow) in TYPES.items()]),
    unexpected_field_behavior="ignore",
)
INSERT = r"""
    INSERT INTO events
    SELECT epoch_ms("timestamp"), * EXCLUDE ("timestamp"),
        CASE WHEN length(user_message) > 10 THEN trim(regexp_replace(
            regexp_replace(lower(user_message), '[^\p{L}\p{N}\s]', '', 'g'), '\s+', ' ', 'g')) END
    FROM lines"""


class DuckDb(columnar.Columnar):
    title = "DuckDB, in process"
    quantiles = "quantile_disc(response_time_ms, [0.5, 0.95, 0.99])"

    def start(self, directory):
        os.mkdir(directory)
        self.connection = duckdb.connect(os.path.join(directory, "events.duckdb"))
        columns = ", ".join(f'"{name}" {kind}' for name, (kind, _) in TYPES.items() if name != "timestamp")
        self.connection.execute(f"CREATE TABLE events (moment TIMESTAMP, {columns}, question VARCHAR)")

    def writer(self):
        cursor = self.connection.cursor()

        def write(batch):
            lines = pyarrow.json.read_json(io.BytesIO(batch), parse_options=READING)  # noqa: F841, the query names it
            cursor.execute(INSERT)

        return write

    def rows(self, sql):
        return self.connection.execute(sql).fetchall()

    def stop(self):
        self.connection.close()

    def note(self):
        return f"each batch is a transaction, synced to its log before the next. {self.of_both}"
