"""The writers of a process, one after another in the order in which they came, and how long each may wait.

SQLite's own waiting is no queue: whoever asks just when the lock is free gets it, and asks more rarely the longer it
has waited. A writer that waits here holds no connection either.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

BUSY_SECONDS = 30.0

# Of the thread or task: a browser gives up after some seconds, a round's result is worth more of them.
_patience: ContextVar[float] = ContextVar("patience", default=BUSY_SECONDS)


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Transactions begun in the block wait so long for the others, instead of BUSY_SECONDS; so do those of a worker
    thread that the block waits for, and not those of threads that it starts."""
    token = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(token)


def seconds_to_wait() -> float:
    """How long a transaction that begins now may wait for the others."""
    return _patience.get()


class Turns:
    """So many at a time. From any thread; who came first goes first."""

    def __init__(self, places: int = 1) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, seconds: float) -> Iterator[float]:
        """The turn for as long as the block lasts; the seconds that are left of `seconds`. TimeoutError, with nothing
        done, where it does not come within these."""
        began = time.monotonic()
        if not self._take(seconds):
            raise TimeoutError(f"no turn to write within {seconds:g} s")
        try:
            yield max(0.0, seconds - (time.monotonic() - began))
        finally:
            self._pass_on()

    def _take(self, seconds: float) -> bool:
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(seconds):
            return True
        with self._lock:
            if called.is_set():  # just now
                return True
            self._waiting.remove(called)
            return False

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
