"""Generators of events, run to their end."""

from collections.abc import Generator
from typing import TypeVar

from vabal_core.types import Progress

T = TypeVar("T")


def finish(work: Generator[Progress, None, T]) -> tuple[T, list[Progress]]:
    """The result of long work, and all its events."""
    events = []
    while True:
        try:
            events.append(next(work))
        except StopIteration as end:
            return end.value, events


def result_of(work: Generator[Progress, None, T]) -> T:
    """The result of long work."""
    return finish(work)[0]
