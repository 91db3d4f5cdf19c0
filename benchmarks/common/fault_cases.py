"""What goes wrong on purpose: work in a process that may be killed, and the log that it is held against."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from vabal_core import workspace
from vabal_core.store.database import reading
from vabal_core.types import LabelEvent, StudioError

Say = Callable[[str], None]
WORDS, UNEXPLAINED = "words: ", "unexplained: "
LOG = "SELECT event_id, image_id FROM label_event WHERE project_id = :project"


@dataclass(kw_only=True)
class Outcome:
    """Of one kind of fault: how often it was `tried`; labels or images that were acknowledged and are `lost` or
    `doubled`; what ended without words or left a Studio that does not work: `unexplained`; and the words."""

    fault: str
    database: str
    tried: int = 0
    lost: int = 0
    doubled: int = 0
    unexplained: int = 0
    words: set[str] = field(default_factory=set)

    def hear(self, lines: Sequence[str]) -> None:
        """Counts what a process said of how it ended."""
        self.words |= {line.removeprefix(WORDS) for line in lines if line.startswith(WORDS)}
        strange = [line for line in lines if line.startswith(UNEXPLAINED)]
        self.unexplained += len(strange)
        self.words |= set(strange)

    def attempt(self, work: Callable[[], Any]) -> bool:
        """Whether `work` succeeded; a refusal in words is heard, anything else is unexplained."""
        try:
            work()
            return True
        except StudioError as error:
            self.words.add(f"{error}")
        except Exception as error:
            self.hear([f"{UNEXPLAINED}{type(error).__name__}: {error}"])
        return False


def in_child(work: Callable[[Say], None], kill_after: float | None = None) -> list[str]:
    """What `work` said, line by line, in a process of its own: to its end, or SIGKILLed so many seconds after its first
    line. A refusal is said after WORDS, any other error after UNEXPLAINED."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if not child:
        os.close(read_end)
        os._exit(_work(work, lambda line: os.write(write_end, f"{line!s}\n".encode())))
    os.close(write_end)
    with os.fdopen(read_end, encoding="utf-8") as lines:
        first = lines.readline()
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)
        said = (first + lines.read()).splitlines()
    os.waitpid(child, 0)
    return said


def _work(work: Callable[[Say], None], say: Say) -> int:
    try:
        work(say)
    except (StudioError, ValueError) as error:
        say(WORDS + f"{error}".replace("\n", " "))
    except BaseException as error:
        say(f"{UNEXPLAINED}{type(error).__name__}: {error}".replace("\n", " "))
    return 0


@contextmanager
def opened(folder: Path, url: str | None) -> Iterator[workspace.Workspace]:
    """A Studio whose connections are closed at the end: none may be shared with a process that is forked."""
    ws = workspace.open_workspace(folder, url)
    try:
        yield ws
    finally:
        ws.engine.dispose()


def label(ws: workspace.Workspace, project_id: int, image_id: int, class_id: int, event_id: str) -> list[str]:
    """Store one label as a desk does; returns the ids of what is stored. StudioError where it cannot be."""
    event = LabelEvent(event_id, image_id, "label", class_id, milliseconds=700)
    request = workspace.DeskRequest(queue="ranked", count=1, events=(event,))
    return list(workspace.at_desk(ws, workspace.person("Ann"), project_id, request).stored)


def log_of(ws: workspace.Workspace, project_id: int) -> list[tuple[str, int]]:
    """(event id, image id) of every row of the project's log."""
    with reading(ws.engine) as transaction:
        return [(row[0], row[1]) for row in transaction.execute(sa.text(LOG), {"project": project_id})]


def hold_against_log(outcome: Outcome, log: Sequence[tuple[str, int]], stored: Sequence[str]) -> None:
    """Counts labels that were named as stored and are not in the log, and images or events that are there twice."""
    events, images = Counter(event for event, _ in log), Counter(image for _, image in log)
    outcome.lost += sum(event not in events for event in stored)
    outcome.doubled += sum(count - 1 for count in (*events.values(), *images.values()))
