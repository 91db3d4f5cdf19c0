"""What a hostile case is, and what it is to survive one."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from common.neu_crops import drain
from vabal_core import workspace
from vabal_core.types import StudioError

Survive = Callable[[], None]  # raises where it does not


@dataclass(frozen=True, kw_only=True)
class Case:
    kind: str
    name: str
    survive: Survive


@dataclass(kw_only=True)
class Tally:
    """Of one kind: how many were `tried`, how many `failed`, and which these are; the `slowest` and its `seconds`."""

    kind: str
    tried: int = 0
    failed: int = 0
    slowest: str = ""
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)


def tally(cases: Iterable[Case]) -> list[Tally]:
    """One of each kind, in the order in which they come."""
    tallies: dict[str, Tally] = {}
    for case in cases:
        counted = tallies.setdefault(case.kind, Tally(kind=case.kind))
        counted.tried += 1
        began = time.monotonic()
        try:
            case.survive()
        except Exception as error:
            counted.failed += 1
            counted.failures.append(f"{case.name}: {type(error).__name__}: {error}"[:300])
        seconds = round(time.monotonic() - began, 1)
        if seconds > counted.seconds:
            counted.slowest, counted.seconds = case.name, seconds
    return list(tallies.values())


@dataclass(frozen=True, kw_only=True)
class Importer:
    """A Studio that is given hostile sources, in a folder beside which nothing may come to lie."""

    ws: workspace.Workspace
    sources: Path

    def survives(self, source: Path) -> None:
        """A source is looked through, and perhaps taken, or refused in words; nothing is written but into the data
        folder. Raises anything else."""
        before = self._outside()
        name = f"From {source.name[:40]}"
        try:
            plan = drain(workspace.prepare_import(self.ws, name, source, labels="use"))
            drain(workspace.commit_import(self.ws, workspace.STUDIO, name, plan))
        except StudioError as error:
            if not f"{error}".strip():
                raise AssertionError("it was refused without a word") from error
        if more := self._outside() - before:
            raise AssertionError(f"it wrote {sorted(more)}")

    def _outside(self) -> set[Path]:
        """What lies around the data folder, and in the places that hostile names mean."""
        around = {path for path in self.ws.data_dir.parent.iterdir() if path not in (self.ws.data_dir, self.sources)}
        return around | {path for path in (Path("/x"), Path("/var/x"), Path.home() / ".ssh" / "x") if path.exists()}


def flips(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """The content with some bytes replaced at random, `count` times."""
    rng = random.Random(seed)
    for _ in range(count):
        changed = bytearray(content)
        for _ in range(rng.randint(1, 8)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        yield bytes(changed)


def cuts(content: bytes, count: int) -> Iterator[bytes]:
    """Its beginnings, `count` of them."""
    for i in range(count):
        yield content[: len(content) * i // count]
