"""Places that cannot be written: a full disk, a read-only one, a database that is away, a clock that jumps."""

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from common.fault_cases import Outcome, hold_against_log, label, log_of, opened
from common.fault_kills import IMAGES, Place, draw, import_into, learn, project_to_learn
from common.neu_crops import drain
from common.postgresql import start, stop
from common.synthetic import make_project
from vabal_core import workspace
from vabal_core.store import labels, leases, rounds

DISK = 48  # MiB
PAGE = 4096


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of DISK MiB, in memory. PermissionError where this user may mount none."""
    folder.mkdir(parents=True)
    if not shutil.which("mount"):
        raise PermissionError("there is no mount here")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        raise PermissionError("no file system may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def full_disk(place: Place, cases: int) -> Outcome:
    """So many pages are left on the disk, one more each time."""
    outcome = Outcome(fault="disk full at every write", database=place.name)
    with small_disk(place.folder / "full") as disk:
        desk = Desk.of(disk / "data", place.new_url(), place.folder)
        for case in range(cases):
            desk.draw(f"case-{case}")
            with opened(desk.folder, desk.url) as ws:
                _fill(disk / "ballast", PAGE * case)
                desk.try_all(outcome, f"case-{case}", ws, _ALSO[case % len(_ALSO)])
            (disk / "ballast").unlink()
            desk.settle(outcome)
    return outcome


def read_only(place: Place, cases: int) -> Outcome:
    """The disk of the data folder is mounted for reading alone."""
    outcome = Outcome(fault="read-only folder", database=place.name)
    with small_disk(place.folder / "read-only") as disk:
        desk = Desk.of(disk / "data", None, place.folder)
        for case in range(cases):
            desk.draw(f"case-{case}")
            _remount(disk, "ro")
            desk.try_all(outcome, f"case-{case}", None, _ALSO[case % len(_ALSO)])
            _remount(disk, "rw")
            desk.settle(outcome)
    return outcome


def _import(desk: "Desk") -> None:
    import_into(desk.folder, desk.url, desk.sources / "source", "While it is broken")


def _back_up(desk: "Desk") -> None:
    with opened(desk.folder, desk.url) as ws:
        drain(workspace.backup(ws, desk.folder / "broken.backup"))


def _learn(desk: "Desk") -> None:
    learn(desk.folder, desk.url, desk.project_id)


# What is tried beside a label, in turn: a round takes longest.
Also = Callable[["Desk"], None]
_ALSO: Sequence[Also] = (_import, _back_up, _import, _back_up, _import, _back_up, _learn)


@dataclass(kw_only=True)
class Desk:
    """Somebody who labels one image after another in a project whose folder breaks and is mended."""

    folder: Path
    url: str | None
    sources: Path
    project_id: int
    sent: dict[str, tuple[int, int]] = field(default_factory=dict)
    stored: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path, url: str | None, sources: Path) -> "Desk":
        return cls(folder=folder, url=url, sources=sources, project_id=project_to_learn(folder, url, sources))

    def draw(self, event: str) -> None:
        """Which image comes next, and what it is to be labelled as."""
        with opened(self.folder, self.url) as ws:
            (item,) = workspace.next_images(ws, self.project_id, "ranked", count=1)
            self.sent[event] = item.image_id, workspace.classes(ws, self.project_id)[0].id

    def send(self, ws: workspace.Workspace, event: str) -> None:
        self.stored += label(ws, self.project_id, *self.sent[event], event)

    def try_all(self, outcome: Outcome, event: str, ws: workspace.Workspace | None, also: "Also") -> None:
        """What is tried while something is broken: a label, by a Studio that was open (`ws`) or is to open now, and
        another thing."""
        outcome.tried += 1
        outcome.attempt(partial(self.send, ws, event) if ws else partial(self._open_and_send, event))
        outcome.attempt(partial(also, self))

    def _open_and_send(self, event: str) -> None:
        with opened(self.folder, self.url) as ws:
            self.send(ws, event)

    def settle(self, outcome: Outcome) -> None:
        """All is mended: what was not named as stored is sent again, and the log holds all of it."""
        with opened(self.folder, self.url) as ws:
            workspace.recover(ws)
            hold_against_log(outcome, self._log(ws), self.stored)
            for event in self.sent:
                if event not in self.stored:
                    outcome.attempt(partial(self.send, ws, event))
            hold_against_log(outcome, self._log(ws), list(self.sent))

    def _log(self, ws: workspace.Workspace) -> list[tuple[str, int]]:
        return [row for row in log_of(ws, self.project_id) if row[0] in self.sent]


def _fill(file: Path, left: int) -> None:
    """A file that leaves so many bytes of its disk."""
    free = os.statvfs(file.parent)
    with file.open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, max(1, free.f_bavail * free.f_frsize - left))


def _remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def away(place: Place, seconds: float) -> Outcome:
    """The database does not answer for so long: a desk goes on sending one label until it is named as stored."""
    outcome = Outcome(fault=f"database away for {seconds:g} s", database=place.name)
    folder, url = place.folder / "away", place.new_url()
    with opened(folder, url) as ws:
        project = make_project(ws, "Away", draw(place.folder / "one", 1), 20)
        class_id = workspace.classes(ws, project.id)[0].id
        item = workspace.next_images(ws, project.id, "ranked", count=1)[0]
        with _gone(folder, url):
            until, stored = time.monotonic() + seconds, []
            while time.monotonic() < until:
                outcome.tried += 1
                with workspace.patience(0.2):
                    outcome.attempt(lambda: stored.extend(label(ws, project.id, item.image_id, class_id, "away")))
                time.sleep(min(1.0, seconds / 4))
        outcome.unexplained += bool(stored)
        for _ in range(20):  # as a browser does
            if stored:
                break
            outcome.attempt(lambda: stored.extend(label(ws, project.id, item.image_id, class_id, "away")))
            time.sleep(0.2)
        hold_against_log(outcome, log_of(ws, project.id), ["away"])
    return outcome


@contextmanager
def _gone(folder: Path, url: str | None) -> Iterator[None]:
    """PostgreSQL is stopped at once, and started again; SQLite's file is locked by another program."""
    if url:
        stop(url)
        try:
            yield
        finally:
            start(url)
    else:
        with closing(sqlite3.connect(folder / "studio.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield


def clock_jumps(place: Place, _cases: int) -> Outcome:
    """Two people label while the clock jumps an hour ahead, and back; each image is one person's, and the log whole."""
    outcome = Outcome(fault="clock jumps an hour", database=place.name)
    folder, url = place.folder / "clock", place.new_url()
    with opened(folder, url) as ws:
        project = make_project(ws, "Clock", draw(place.folder / "one", 1), IMAGES)
        class_id = workspace.classes(ws, project.id)[0].id
        stored: list[str] = []
        for number, hours in enumerate((0, 1, 0, -1, 0, 1)):
            outcome.tried += 1
            with clock_ahead(hours):
                for person in ("Ann", "Ben"):
                    state = workspace.at_desk(
                        ws, workspace.person(person), project.id, workspace.DeskRequest(queue="ranked", count=2)
                    )
                    for item in state.items:
                        event = f"{number}-{person}-{item.image_id}"
                        outcome.attempt(partial(_keep, stored, ws, project.id, item.image_id, class_id, event))
        hold_against_log(outcome, log_of(ws, project.id), stored)
    return outcome


def _keep(stored: list[str], *decision: Any) -> None:
    stored.extend(label(*decision))


@contextmanager
def clock_ahead(hours: float) -> Iterator[None]:
    """The server's clock is so far ahead."""

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(hours=hours)

    with ExitStack() as patches:
        for module in (labels, leases, rounds):
            patches.enter_context(patch.object(module, "datetime", Ahead))
        yield
