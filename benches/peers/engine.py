"""What the driver asks of an engine, and the window of a question."""

import datetime
import os
from abc import ABC, abstractmethod

QUESTIONS = ["overview", "conversations", "engagement", "intents", "leads", "performance", "questions/top"]
TOP_QUESTIONS = 10
TOP_INTENTS = 5


class Window:
    """Whole days in UTC, both ends included. Fixed days, so that an hour that strikes during a run changes no answer."""

    def __init__(self, first, last):
        self.first, self.last = first, last

    @property
    def days(self):
        return (self.last - self.first).days + 1

    @property
    def begin(self):
        return datetime.datetime.combine(self.first, datetime.time())

    @property
    def end(self):
        """The first moment after it."""
        return datetime.datetime.combine(self.last, datetime.time()) + datetime.timedelta(days=1)

    def before(self):
        """The window of the same length before this one."""
        length = datetime.timedelta(days=self.days)
        return Window(self.first - length, self.last - length)


class Engine(ABC):
    """One way of storing events and answering the seven questions. Here as it is where the engine runs in this process."""

    title: str

    @abstractmethod
    def start(self, directory):
        """Makes an empty store in a directory of its own."""

    @abstractmethod
    def writer(self):
        """A function for one thread that stores a batch of NDJSON, and returns when it is as durable as `note` says."""

    @abstractmethod
    def ask(self, question, window):
        """The answer in the contract's shape; as JSON in bytes where it came so, for whoever wants to read it."""

    @abstractmethod
    def stop(self):
        """Ends cleanly, with nothing left for the next start to do."""

    @abstractmethod
    def note(self):
        """What was measured and how durable it is, for below the table; asked before the end."""

    def processes(self):
        """Ids of the processes whose memory counts."""
        return [os.getpid()]
