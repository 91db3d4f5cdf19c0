"""What an import would bring, as a source of experiments: the same code as the Studio's import, so the same images."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from vabal_core.experiment.once import make_once, start_over
from vabal_core.experiment.source import Source, labelled_source
from vabal_core.experiment.source_list import read_list, write_list
from vabal_core.images.ingest.archive import is_archive, unpack
from vabal_core.images.ingest.examine import examine
from vabal_core.images.ingest.fingerprint import file_fingerprint
from vabal_core.images.ingest.plan_summary import plan_summary
from vabal_core.loop.events import Work
from vabal_core.types import Layout, Progress

IMAGES, LIST = "images", "source.json"


def open_imported(path: Path, folder: Path, name: str, roots: Sequence[Path] | None = None) -> Work[Source]:
    """The labelled images of a folder, a CSV, or a ZIP, which is unpacked into `folder` once.

    A stated split is kept. What an import leaves out, and every image without a label, is left out here; the last
    event says how many of which kind. StudioError where there is no such source, or where it has no two classes.
    """
    path = path.absolute()
    if path.is_file() and is_archive(path):
        target = folder / "archives" / (yield from file_fingerprint(path))[:16]
        return (yield from open_written(target, partial(_unpack, path), name))
    source, left_out = yield from _examined(path, name, (), roots)
    yield _ready(source, left_out)
    return source


def open_written(folder: Path, write: Callable[[Path], Work[Sequence[str]]], name: str) -> Work[Source]:
    """The labelled images that `write` brings into the folder it is given, read as an import reads them, once.

    `write` returns the order of the classes, or nothing. `folder` is there whole or not at all, and holds the list of
    what was read beside the images. Events and errors as above.
    """

    def make(partial_folder: Path) -> Work[None]:
        class_order = yield from write(partial_folder / IMAGES)
        source, left_out = yield from _examined(partial_folder / IMAGES, name, class_order)
        write_list(partial_folder / LIST, source, relative_to=partial_folder, left_out=left_out)

    yield from make_once(folder, make)
    return (yield from open_list(folder / LIST, name))


def open_list(file: Path, name: str) -> Work[Source]:
    """The images of a JSON list (source_list.py); the event says how many of which kind are left out."""
    source, left_out = read_list(file, name)
    yield _ready(source, left_out)
    return source


def _unpack(archive: Path, folder: Path) -> Work[Sequence[str]]:
    start_over(folder.parent)  # half an archive is not gone on with
    yield from unpack(archive, folder)
    return ()


def _examined(
    path: Path, name: str, class_order: Sequence[str], roots: Sequence[Path] | None = None
) -> Work[tuple[Source, dict[str, int]]]:
    plan = yield from examine(path, labels="use", holdout=0, roots=roots, choose=_labelled)
    labelled = [(entry, entry.label) for entry in plan.entries if entry.label is not None]
    source = labelled_source(
        name,
        [str(entry.file) for entry, _ in labelled],
        [entry.fingerprint for entry, _ in labelled],
        [label for _, label in labelled],
        [entry.split == "evaluation" for entry, _ in labelled],
        class_order,
        plan.scale,
    )
    return source, Counter(plan_summary(plan)["reasons"]) + Counter({"no label": len(plan.entries) - len(labelled)})


def _labelled(proposed: Layout) -> Layout:
    """An experiment is of labelled images: where folders may or may not be classes, they are."""
    return replace(proposed, class_from="folder") if proposed.class_from == "none" else proposed


def _ready(source: Source, left_out: Mapping[str, int]) -> Progress:
    count, reasons = len(source.files), ", ".join(f"{number:,} {reason}" for reason, number in left_out.items())
    return Progress(
        "images",
        count,
        count + sum(left_out.values()),
        metrics={reason: float(number) for reason, number in left_out.items()},
        message=f"left out: {reasons}" if reasons else "",
    )
