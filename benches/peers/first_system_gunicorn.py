"""gunicorn's settings for the first system, as far as they are no flags."""

# The tables are made once, before there are workers to quarrel about it.
preload_app = True
# The answers of a big file take longer than gunicorn's patience of 30 s.
timeout = 0
loglevel = "warning"


def on_exit(_server):
    """Folds the log into the file: workers that close it at the same time leave that to each other."""
    from first_system_app import engine

    with engine.connect() as connection:
        connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
