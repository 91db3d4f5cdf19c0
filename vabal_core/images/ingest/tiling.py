"""Large images of an import cut into tiles, which are imported in their place."""

import hashlib
import os
from collections.abc import Collection, Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from vabal_core.images.decode import turn_to_decode
from vabal_core.images.parallel import in_order
from vabal_core.images.tiles import boxes_of, cut_all
from vabal_core.images.unreadable import Unreadable
from vabal_core.types import Box, Doubt, ImportEntry, ImportPlan, ImportProblem, Progress, Tile, Tiling


def tiled(
    plan: ImportPlan,
    tiling: Tiling,
    folder: Path,
    *,
    present: Collection[str],
    pieces: Mapping[str, Collection[Box]],
) -> Generator[Progress, None, ImportPlan]:
    """The plan with tiles, written into `folder`, in place of the images that are larger than one.

    All tiles of an image are on the side of the image. Tiles that the project has (`present`, by fingerprint) are only
    counted, and an image of which it has all (`pieces`, by the fingerprint of the image) is not cut. Tiles of the same
    pixels as one before are listed with that reason. StudioError where the disk is full.
    """
    sorting = _Sorting(present=frozenset(present))
    work = partial(_tiles, tiling=tiling, folder=folder, pieces=pieces)
    answers = in_order(work, plan.entries)
    try:
        for done, (entry, answer) in enumerate(zip(plan.entries, answers, strict=True), start=1):
            sorting.take(entry, answer)
            yield Progress("cut", done, len(plan.entries), message=entry.path)
    finally:
        answers.close()
    all_drawn = plan.drawn == sum(entry.split == "evaluation" for entry in plan.entries)
    return replace(
        plan,
        entries=tuple(sorting.entries),
        problems=(*plan.problems, *sorting.problems),
        already_present=plan.already_present + sorting.already_present,
        drawn=sum(entry.split == "evaluation" for entry in sorting.entries) if all_drawn else plan.drawn,
        doubts=(*plan.doubts, *_doubts(sorting.without_label)),
        tiling=tiling,
    )


def _tiles(
    entry: ImportEntry, *, tiling: Tiling, folder: Path, pieces: Mapping[str, Collection[Box]]
) -> list[ImportEntry] | ImportProblem | int:
    """The tiles of an image, itself where it is none too large; why it cannot be cut; or how many tiles of it the
    project has, where these are all."""
    boxes = boxes_of(entry.width, entry.height, tiling)
    if len(boxes) == 1 or entry.tile:
        return [entry]
    if set(boxes) <= set(pieces.get(entry.fingerprint, ())):
        return len(boxes)
    names = [folder / entry.fingerprint[:2] / f"{entry.fingerprint[:32]}-{box.x}-{box.y}.png" for box in boxes]
    try:
        with turn_to_decode(entry.width, entry.height):
            files = cut_all(entry.file, zip(boxes, names, strict=True))
    except Unreadable as error:
        return ImportProblem(path=entry.path, reason=str(error))
    tiles = [_tile(entry, box, file, tiling) for box, file in zip(boxes, files, strict=True)]
    return [tiles[0], *(replace(tile, remark="") for tile in tiles[1:])]  # what is to be said is said once


def _tile(entry: ImportEntry, box: Box, file: Path, tiling: Tiling) -> ImportEntry:
    with file.open("rb") as stream:
        fingerprint = hashlib.file_digest(stream, "sha256").hexdigest()
        written = os.fstat(stream.fileno())
    return replace(
        entry,
        path=f"{os.path.splitext(entry.path)[0]}.tile-{box.x}-{box.y}{file.suffix}",
        file=file,
        label=entry.label if tiling.keep_labels else None,
        fingerprint=fingerprint,
        width=box.width,
        height=box.height,
        size=written.st_size,
        modified_ns=written.st_mtime_ns,
        tile=Tile(parent=entry.path, parent_fingerprint=entry.fingerprint, box=box),
    )


@dataclass(kw_only=True)
class _Sorting:
    """What became of the images so far."""

    present: frozenset[str]
    entries: list[ImportEntry] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)
    already_present: int = 0
    without_label: int = 0  # labelled images whose tiles have none
    _first: dict[str, str] = field(default_factory=dict)  # fingerprint -> path

    def take(self, entry: ImportEntry, answer: list[ImportEntry] | ImportProblem | int) -> None:
        if isinstance(answer, ImportProblem):
            self.problems.append(answer)
        elif isinstance(answer, int):
            self.already_present += answer
        else:
            self.without_label += entry.label is not None and answer[0].label is None
            for tile in answer:
                self._add(tile)

    def _add(self, tile: ImportEntry) -> None:
        if tile.fingerprint in self.present:
            self.already_present += 1
        elif tile.fingerprint in self._first:
            reason = f"exact duplicate of {self._first[tile.fingerprint]}"
            self.problems.append(ImportProblem(path=tile.path, reason=reason))
        else:
            self._first[tile.fingerprint] = tile.path
            self.entries.append(tile)


def _doubts(without_label: int) -> tuple[Doubt, ...]:
    if not without_label:
        return ()
    images = "One labelled image is" if without_label == 1 else f"{without_label:,} labelled images are"
    text = (
        f"{images} cut into tiles, which have no label: what the whole shows need not be in each piece. Have each tile "
        "keep the label of its image where that is so."
    )
    return (Doubt(about="other", text=text),)
