"""Generators of events, run to their end."""

from collections.abc import Generator
from typing import TypeVar

from vabal_core.types import Event

T = TypeVar("T")


def finish(work: Generator[Event, None, T]) -> tuple[T, list[Event]]:
    """The result of long work, and all its events."""
    events = []
    while True:
        try:
            events.append(next(work))
        except StopIteration as end:
            return end.value, events


def result_of(work: Generator[Event, None, T]) -> T:
    """The result of long work."""
    return finish(work)[0]
