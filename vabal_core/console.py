"""Write to a terminal, a file or a pipe. What has been done is never made a failure by writing about it."""

import contextlib
import io
import json
import os
import re
import shlex
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, TextIO, TypeVar

from vabal_core.types import ImportProblem, LabelChange, Progress

# Problems printed one by one; a folder of a million wrong files would otherwise scroll the rest away.
PROBLEMS_SHOWN = 20
BY_NAME = {"classes", "spellings"}  # facts whose keys are names that people gave, not words of ours

T = TypeVar("T")


def prepare_streams() -> None:
    """Let standard output and error take any character: one that their encoding lacks is written as \\uXXXX."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str, *, error: bool = False) -> None:
    """Print a line, on standard error where `error`. Whether anybody can still read it changes nothing."""
    stream = sys.stderr if error else sys.stdout
    try:
        print(text, file=stream, flush=True)
    except (OSError, ValueError):  # the pipe is closed, its disk is full
        _silence(stream)


def say_error(problem: Exception) -> None:
    """What went wrong, on one line of standard error; spaces within names stay as they are."""
    say(re.sub(r"\s*[\r\n]+\s*", " ", str(problem).strip()), error=True)


def say_facts(facts: Mapping[str, Any], as_json: bool) -> None:
    """Facts as JSON, or as lines. Names stand as people wrote them."""
    say(json.dumps(facts, ensure_ascii=False, indent=2) if as_json else "\n".join(_plain(facts)))


def say_problems(problems: Sequence[ImportProblem], words: str = "left out") -> None:
    """The first PROBLEMS_SHOWN problems, a line each, and how many more there are."""
    for problem in problems[:PROBLEMS_SHOWN]:
        files = f" ({problem.files:,} files)" if problem.files > 1 else ""
        say(f"{words}: {problem.path}{files}: {problem.reason}", error=True)
    if len(problems) > PROBLEMS_SHOWN:
        say(
            f"{words}: {len(problems) - PROBLEMS_SHOWN:,} more; --json names all, --left-out writes a table", error=True
        )


def problem_facts(problems: Sequence[ImportProblem]) -> list[dict[str, Any]]:
    """All of them for JSON, with the files of each where it is a whole folder."""
    return [{"path": problem.path, "files": problem.files, "reason": problem.reason} for problem in problems]


def say_changes(changes: Sequence[LabelChange], words: str) -> None:
    """The first PROBLEMS_SHOWN changes, a line each, and how many more there are."""
    for change in changes[:PROBLEMS_SHOWN]:
        say(f"{words}: {change.path}: {_in_words(change)}", error=True)
    if len(changes) > PROBLEMS_SHOWN:
        say(f"{words}: {len(changes) - PROBLEMS_SHOWN:,} more; --json names all", error=True)


def say_way_back(import_id: int, project: str) -> None:
    """How what was written is taken back."""
    quoted = shlex.quote(project)
    say(f"To take this back: python -m vabal_core undo-import {import_id} --project {quoted}", error=True)


def _in_words(change: LabelChange) -> str:
    if change.kind == "content":
        return "its file holds a new picture, the one that was imported from it is gone"
    newer = ", decided by a person later," if change.newer else ""
    old = f"“{change.old}”" if change.old else "none"
    return f"{change.kind} {old}{newer} here, “{change.new}” there"


def say_doubts(doubts: Sequence[str]) -> None:
    """What should be looked at, a line each."""
    for doubt in filter(None, doubts):
        say(f"please check: {doubt}", error=True)


def follow(steps: Generator[Progress, None, T]) -> T:
    """Run long work to its end, a line on stderr for each phase, epoch and tenth of them; returns its result."""
    last: tuple[Any, ...] = ()
    # Closing on the way out (Ctrl+C) is what cancels a round and removes half an archive.
    with contextlib.closing(steps):
        while True:
            try:
                event = next(steps)
            except StopIteration as end:
                return end.value
            tenth = 10 * event.done // event.total if event.total else event.message
            now = (event.phase, event.epoch, tenth)
            if now != last:
                say(_line(event), error=True)
            last = now


def _silence(stream: TextIO | None) -> None:
    """What is still to be written goes nowhere: the flush at the end of the process would fail once more."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _line(event: Progress) -> str:
    parts = [event.phase]
    parts += [f"epoch {event.epoch}/{event.epochs}"] if event.epochs else []
    parts += [f"{event.done:,}/{event.total:,}"] if event.total else []
    parts += [f"{name} {value:.4g}" for name, value in event.metrics.items()]
    return "  ".join(parts + ([event.message] if event.message else []))


def _plain(facts: Mapping[str, Any], indent: str = "", by_name: bool = False) -> Iterator[str]:
    for name, value in facts.items():
        words = indent + (name if by_name else name.replace("_", " "))
        if isinstance(value, Mapping) and any(isinstance(inner, Mapping) for inner in value.values()):
            yield f"{words}:"
            yield from _plain(value, indent + "  ", name in BY_NAME)
        elif isinstance(value, Mapping):
            yield f"{words}: " + (", ".join(f"{key} {inner}" for key, inner in value.items()) or "none")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{words}:"
            yield from (f"{indent}  " + ", ".join(f"{key} {inner}" for key, inner in item.items()) for item in value)
        elif isinstance(value, list):
            # Curves and tables of numbers tell nothing in a terminal; --json prints them.
            yield f"{words}: " + (f"{len(value)} values" if value else "none")
        else:
            yield f"{words}: {value}"
