"""What the path of a file says by a layout: its class, its split, or why it is left out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from posixpath import splitext

from vabal_core.images.ingest.patterns import Patterns
from vabal_core.images.ingest.split_uses import SplitUses
from vabal_core.types import Layout, Split, SplitUse

_NUMBER = re.compile(r"[ _.-]*\d+[ _.-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """Of one file: `label` and `split` are None where its path states none. `left_out` says why it is not taken ("":
    it is), and `folder` that a whole folder is not, the one with this path."""

    label: str | None = None
    split: Split | None = None
    left_out: str = ""
    folder: str | None = None


class PathReading:
    """Reads paths by one layout. What folders say is worked out once a folder."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._include = Patterns(layout.include)
        self._exclude = Patterns(layout.exclude)
        self._splits = SplitUses(layout.splits)
        # Where no folder is for evaluation, "train" says nothing: images may be drawn from it.
        self._states_splits = "evaluation" in layout.splits.values()
        self._of_folder = lru_cache(maxsize=None)(self._read_folder)

    def place(self, path: str) -> Placement:
        """What becomes of the file at `path` (relative, with slashes)."""
        folder, _, name = path.rpartition("/")
        placed = self._of_folder(folder)
        if placed.left_out:
            return placed
        excluded = self._exclude.of_file(path)
        if excluded:
            return Placement(left_out=f"left out by the pattern {excluded}")
        if not self._include.of_file(path):
            return Placement(left_out=f"not among the files to take ({', '.join(self._layout.include)})")
        if self._layout.class_from == "name":
            return Placement(label=name_part(name, self._layout), split=placed.split)
        return placed

    def _read_folder(self, folder: str) -> Placement:
        pattern, place = self._exclude.of_folder(folder)
        if pattern:
            return Placement(left_out=f"left out by the pattern {pattern}", folder=place)
        parts = folder.split("/") if folder else []
        uses = self._splits.of(parts)
        if "leave out" in uses:
            at = uses.index("leave out")
            reason = f"left out with the folder {self._splits.name_of(parts, at)}"
            return Placement(left_out=reason, folder="/".join(parts[: at + 1]))
        return Placement(label=self._label(self._splits.other_folders(parts)), split=self._split(uses))

    def _split(self, uses: list[SplitUse]) -> Split | None:
        if "evaluation" in uses:
            return "evaluation"
        return "pool" if "pool" in uses and self._states_splits else None

    def _label(self, folders: Sequence[str]) -> str | None:
        level = self._layout.class_level
        if self._layout.class_from != "folder" or not -len(folders) <= level < len(folders):
            return None
        return folders[level]


def name_part(name: str, layout: Layout) -> str | None:
    """The part of a file's name that the layout takes for its class; None where the name has no such part, or where
    nothing parts it."""
    stem = splitext(name)[0]
    parts = stem.split(layout.separator) if layout.separator else _NUMBER.split(stem)
    if len(parts) < 2 or not -len(parts) <= layout.name_part < len(parts):
        return None
    return parts[layout.name_part].strip() or None
