"""The first system's way: SQLite through SQLAlchemy, served by Flask and gunicorn."""

import os
import pathlib
import sys

from served import Served

WORKERS = 2


class FirstSystem(Served):
    title = "SQLite, SQLAlchemy, Flask, gunicorn, over HTTP"
    ready_path = "/api/health"

    def command(self, directory, address):
        os.mkdir(directory)
        environment = os.environ | {"FIRST_SYSTEM_DATABASE": os.path.join(directory, "novahouse.db")}
        here = pathlib.Path(__file__).parent
        settings = here / "first_system_gunicorn.py"
        flags = ["--config", settings, "--chdir", here, "--workers", str(WORKERS), "--bind", address]
        return [sys.executable, "-m", "gunicorn", *flags, "first_system_app:app"], environment

    def note(self):
        return f"""the first system's way, {WORKERS} workers; indexes on every time and session, a write-ahead log and
            synchronous=FULL: each batch is a transaction, synced before it is answered. Sessions are kept up to date as
            events come."""
