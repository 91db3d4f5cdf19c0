"""The most memory that some work takes, watched by a thread."""

import threading
from collections.abc import Callable
from typing import TypeVar

import psutil

T = TypeVar("T")


def anonymous_peak(work: Callable[[], T]) -> tuple[T, int]:
    """The work's result, and the most MiB beyond what was held before it began. Pages of mapped files do not count:
    the system takes them back whenever it likes.
    """
    process, done, most = psutil.Process(), threading.Event(), [0]

    def watch() -> None:
        while not done.wait(0.005):
            most[0] = max(most[0], _held(process))

    before = _held(process)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return work(), max(0, most[0] - before) // 2**20
    finally:
        done.set()
        watcher.join()


def _held(process: psutil.Process) -> int:
    memory = process.memory_info()
    return memory.rss - getattr(memory, "shared", 0)
