"""What an import would bring, as a source of experiments: the same code as the Studio's import, so the same images."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vabal_core.experiment.once import make_once, start_over
from vabal_core.experiment.source import Source
from vabal_core.images.ingest.archive import unpack
from vabal_core.images.ingest.examine import examine, plan_summary
from vabal_core.images.ingest.fingerprint import file_fingerprint
from vabal_core.loop.events import Work
from vabal_core.types import ImportEntry, ImportPlan, Progress, StudioError


def open_imported(path: Path, folder: Path, name: str, class_order: Sequence[str] = ()) -> Work[Source]:
    """The labelled images of a folder, a CSV, or a ZIP, which is unpacked into `folder` once.

    A stated split is kept. What an import leaves out, and every image without a label, is left out here; the last
    event says how many of which kind. Classes come in the order of `class_order`, else by name, numbers by value.
    StudioError where there is no such source, or where it has no two classes.
    """
    path = path.absolute()
    if path.is_file() and path.suffix.lower() == ".zip":
        path = yield from _unpacked(path, folder)
    plan = yield from examine(path, labels="use", holdout=0)
    entries = [entry for entry in plan.entries if entry.label is not None]
    yield _left_out(plan, len(plan.entries) - len(entries))
    return _source(entries, path, name, class_order)


def _unpacked(archive: Path, folder: Path) -> Work[Path]:
    target = folder / "unpacked" / (yield from file_fingerprint(archive))[:16]

    def make(partial: Path) -> Work[None]:
        start_over(partial)  # half an archive is not gone on with
        yield from unpack(archive, partial / "images")

    yield from make_once(target, make)
    return target / "images"


def _left_out(plan: ImportPlan, unlabelled: int) -> Progress:
    counts = Counter(plan_summary(plan)["reasons"]) + Counter({"no label": unlabelled})
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in counts.most_common())
    done = len(plan.entries) - unlabelled
    total = len(plan.entries) + len(plan.problems)
    metrics = {reason: float(count) for reason, count in counts.items()}
    return Progress("images", done, total, metrics=metrics, message=f"left out: {reasons}" if reasons else "")


def _source(entries: Sequence[ImportEntry], path: Path, name: str, class_order: Sequence[str]) -> Source:
    labels = {entry.label for entry in entries}
    names = [label for label in class_order if label in labels] or sorted(labels, key=_by_value)
    if len(names) < 2:
        classes = f"one class ({names[0]})" if names else "no labelled image"
        raise StudioError(f"An experiment on {path} needs labels of two classes; it has {classes}. Add a label column.")
    numbers = {label: number for number, label in enumerate(names)}
    test = np.array([entry.split == "evaluation" for entry in entries])
    if test.all():
        raise StudioError(f"Every labelled image of {path} is stated as test: nothing is left to choose from.")
    return Source(
        name=name,
        files=tuple(str(entry.file) for entry in entries),
        fingerprints=tuple(entry.fingerprint for entry in entries),
        truth=np.array([numbers[entry.label] for entry in entries], np.int64),
        test=test if test.any() else None,
        class_names=tuple(names),
    )


def _by_value(label: str) -> tuple[int, str]:
    return (int(label), label) if label.isdecimal() else (-1, label)
