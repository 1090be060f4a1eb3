"""The first system's way: SQLite through SQLAlchemy, served by Flask and gunicorn."""

import os
import pathlib
import sys

from served import Served

WORKERS = 2


class FirstSystem(Served):
    title = "SQLite, SQLAlchemy, Flask, gunicorn"
    ready_path = "/api/health"

    def command(self, directory, address):
        os.mkdir(directory)
        environment = os.environ | {"FIRST_SYSTEM_DATABASE": os.path.join(directory, "novahouse.db")}
        here = pathlib.Path(__file__).parent
        settings = here / "first_system_gunicorn.py"
        flags = ["--config", settings, "--chdir", here, "--workers", str(WORKERS), "--bind", address]
        return [sys.executable, "-m", "gunicorn", *flags, "first_system_app:app"], environment

    def notes(self):
        return [
            f"""the first system's way: over HTTP, {WORKERS} workers; indexes on every time and session, a write-ahead log,
            synchronous=FULL: each batch is a transaction, synced before it is answered."""
        ]
