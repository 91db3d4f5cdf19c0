"""Look at everything a source offers, and say what an import would write, before anything is written."""

import hashlib
from collections import Counter
from collections.abc import Collection, Generator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

from vabal_core.images.decode import Unreadable, measure
from vabal_core.images.ingest.sources import Candidate, scan
from vabal_core.images.parallel import in_order
from vabal_core.types import Entry, Event, ImportPlan, LabelUse, Problem, Split

EVENT_EVERY = 16
LIST_EVENT_EVERY = 1000


def examine(
    source: Path, *, labels: LabelUse, holdout: float = 0.1, known: Collection[str] = ()
) -> Generator[Event, None, ImportPlan]:
    """Read, check and fingerprint (SHA-256) every file of a folder or CSV, and plan its import; nothing is written.

    `labels` says what the labels found are for: "use" as labels, "hide" as the truth of a simulation, "evaluate" for
    evaluation only. A stated split stands, and stated evaluation images keep their labels; labelled images without a
    stated split go to evaluation where `labels` is "evaluate". Of the other images whose label is missing or hidden
    and whose split is not stated, round(holdout * n) go to evaluation, hidden labels with them: chosen by fingerprint,
    so the same images whatever the order. Under "evaluate" an image whose stated split is pool loses its label.
    Exact duplicates and unreadable files are listed with reasons; fingerprints in `known` only counted.
    Raises ValueError for a wrong `labels` or `holdout`, `StudioError` for a missing source or a wrong CSV.
    """
    if labels not in get_args(LabelUse):
        raise ValueError(f"labels is {labels!r}; it must be one of {', '.join(get_args(LabelUse))}")
    if not 0 <= holdout <= 1:
        raise ValueError(f"holdout is {holdout}; it must be a share between 0 and 1")
    return _examine(source, labels, holdout, frozenset(known))


def _examine(
    source: Path, labels: LabelUse, holdout: float, known: frozenset[str]
) -> Generator[Event, None, ImportPlan]:
    offered = yield from _list(source)
    sorting = _Sorting(labels, known)
    looks = in_order(partial(_look, known=known), offered)
    try:
        for done, look in enumerate(looks, start=1):
            sorting.take(look)
            if done % EVENT_EVERY == 0 or done == len(offered):
                yield Event("read", done, len(offered), message=look.candidate.path)
    finally:
        looks.close()  # a cancelled import stops its threads now, not when the garbage collector comes by
    return ImportPlan(sorting.entries(holdout), tuple(sorting.problems), sorting.present)


def plan_summary(plan: ImportPlan) -> dict[str, Any]:
    """Counts of a plan, plain for JSON.

    images, pool, evaluation, already_present, left_out; classes: {name: {"pool": n, "evaluation": n}}; unlabelled:
    {"pool": n, "evaluation": n}; reasons: {reason without its details: n}.
    """
    splits = Counter(entry.split for entry in plan.entries)
    labelled = Counter((entry.label, entry.split) for entry in plan.entries)
    names = sorted({entry.label for entry in plan.entries if entry.label is not None})
    return {
        "images": len(plan.entries),
        "pool": splits["pool"],
        "evaluation": splits["evaluation"],
        "already_present": plan.already_present,
        "left_out": len(plan.problems),
        "classes": {name: {split: labelled[name, split] for split in get_args(Split)} for name in names},
        "unlabelled": {split: labelled[None, split] for split in get_args(Split)},
        "reasons": dict(Counter(_kind(problem.reason) for problem in plan.problems).most_common()),
    }


@dataclass(frozen=True, slots=True)
class _Look:
    """What reading one file gave: its fingerprint ("" where it could not be read), and its size or the reason."""

    candidate: Candidate | Problem
    fingerprint: str = ""
    size: tuple[int, int] = (0, 0)
    reason: str = ""


def _list(source: Path) -> Generator[Event, None, list[Candidate | Problem]]:
    offered: list[Candidate | Problem] = []
    for found in scan(source):
        offered.append(found)
        if len(offered) % LIST_EVENT_EVERY == 0:
            yield Event("read", message=f"{len(offered):,} files found so far")
    yield Event("read", 0, len(offered), message=f"{len(offered):,} files found")
    return offered


def _look(candidate: Candidate | Problem, known: frozenset[str]) -> _Look:
    if isinstance(candidate, Problem):
        return _Look(candidate)
    try:
        with candidate.file.open("rb") as file:
            fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
        if fingerprint in known:
            return _Look(candidate, fingerprint)
        return _Look(candidate, fingerprint, measure(candidate.file))
    except Unreadable as error:
        return _Look(candidate, reason=str(error))
    except OSError as error:
        return _Look(candidate, reason=f"cannot be opened: {error.strerror}")


class _Sorting:
    """Every file looked at so far, sorted into those to import, those present and those left out."""

    def __init__(self, labels: LabelUse, known: frozenset[str]) -> None:
        self.labels = labels
        self.known = known
        self.problems: list[Problem] = []
        self.present = 0
        self._first: dict[str, Candidate] = {}
        self._entries: list[Entry] = []
        self._free: list[int] = []  # which entries no source and no label has placed

    def take(self, look: _Look) -> None:
        candidate = look.candidate
        if isinstance(candidate, Problem):
            self.problems.append(candidate)
        elif look.reason:
            self.problems.append(Problem(candidate.path, look.reason))
        elif look.fingerprint in self._first:
            reason = _duplicate(candidate, self._first[look.fingerprint])
            self.problems.append(Problem(candidate.path, reason))
        else:
            self._first[look.fingerprint] = candidate
            self._place(candidate, look)

    def _place(self, candidate: Candidate, look: _Look) -> None:
        if look.fingerprint in self.known:
            self.present += 1
            return
        if candidate.split is None and (candidate.label is None or self.labels == "hide"):
            self._free.append(len(self._entries))
        label, split, label_use = _standing(candidate, self.labels)
        self._entries.append(
            Entry(candidate.path, candidate.file, label, split, label_use, look.fingerprint, *look.size)
        )

    def entries(self, holdout: float) -> tuple[Entry, ...]:
        """All to import, in the source's order, round(holdout * n) of the free ones set aside for evaluation."""
        by_chance = sorted(self._free, key=lambda row: _lot(self._entries[row].fingerprint))
        for row in by_chance[: round(holdout * len(by_chance))]:
            self._entries[row] = replace(self._entries[row], split="evaluation", label_use="evaluate")
        return tuple(self._entries)


def _standing(candidate: Candidate, labels: LabelUse) -> tuple[str | None, Split, LabelUse]:
    """Label, split and label use as far as the source and the caller decide them; what is left is in the pool."""
    if candidate.split == "evaluation":
        return candidate.label, "evaluation", "evaluate"
    if labels != "evaluate":
        return candidate.label, "pool", labels
    if candidate.split is None and candidate.label is not None:
        return candidate.label, "evaluation", "evaluate"
    return None, "pool", "evaluate"  # stated pool: its label may not be used for learning, so it is not kept


def _lot(fingerprint: str) -> bytes:
    """A number drawn for an image that depends on nothing but its bytes."""
    return hashlib.sha256(f"set aside:{fingerprint}".encode()).digest()


def _duplicate(candidate: Candidate, first: Candidate) -> str:
    reason = f"exact duplicate of {first.path}"
    if candidate.label == first.label:
        return reason
    return f"{reason}, with another label: {first.label or 'none'} there, {candidate.label or 'none'} here"


def _kind(reason: str) -> str:
    if reason.startswith("exact duplicate of"):
        return "exact duplicate with another label" if ", with another label: " in reason else "exact duplicate"
    return reason.partition(":")[0]
