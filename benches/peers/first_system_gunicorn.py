"""gunicorn's settings for the first system, as far as they are no flags."""

# The tables are made once, before there are workers to quarrel about it.
preload_app = True
# The answers of a big file take longer than gunicorn's patience of 30 s.
timeout = 0
loglevel = "warning"


def worker_exit(_server, _worker):
    """Closes the database: the last to close it folds the log into the file."""
    from first_system_app import engine

    engine.dispose()
