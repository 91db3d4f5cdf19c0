"""Seconds spent in each phase of long work, read off its events."""

import time
from collections.abc import Callable, Generator
from typing import TypeVar

from vabal_core.types import Progress

T = TypeVar("T")
Work = Generator[Progress, None, T]

LABELS = "labels"  # the phase of the event at which a round takes its labels: the images are read, learning begins


def timed(work: Generator[Progress, None, T]) -> Generator[Progress, None, tuple[T, dict[str, float]]]:
    """The same events; returns the work's result and the seconds of each phase.

    An event ends a piece of work of its phase, so the time before it is that phase's.
    """
    seconds: dict[str, float] = {}
    since = time.perf_counter()
    while True:
        try:
            event = next(work)
        except StopIteration as finished:
            return finished.value, seconds
        now = time.perf_counter()
        seconds[event.phase] = seconds.get(event.phase, 0.0) + now - since
        since = now
        yield event


def map_events(
    work: Generator[Progress, None, T], change: Callable[[Progress], Progress]
) -> Generator[Progress, None, T]:
    """The same work as a part of a longer one: each event is passed on as `change` makes it."""
    while True:
        try:
            event = next(work)
        except StopIteration as finished:
            return finished.value
        yield change(event)
