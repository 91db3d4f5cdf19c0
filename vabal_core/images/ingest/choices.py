"""The ways to read the paths of a source that a person may choose among, each with the classes it would give."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from vabal_core.images.ingest.class_level import levels
from vabal_core.images.ingest.folder_names import is_rubbish
from vabal_core.images.ingest.path_reading import PathReading
from vabal_core.images.ingest.patterns import literal
from vabal_core.images.ingest.split_uses import SplitUses
from vabal_core.types import Layout, SplitUse

SEPARATORS = ("", "_", "-", " ", ".")
PARTS = (0, 1, -1)
MAX_BY_NAME = 3
SAMPLE = 2_000  # paths that tell which part of the names could be the class
MIN_IMAGES = 3  # of a class on the average: a number that runs on gives every image a class of its own


@dataclass(frozen=True, kw_only=True)
class LayoutChoice:
    """One way to read the paths: the layout, the images of each class it gives (most first), and a path with the part
    of it that names the class (both "" where no class comes of it)."""

    layout: Layout
    classes: tuple[tuple[str, int], ...]
    path: str = ""
    part: str = ""


def layout_choices(layout: Layout, paths: Sequence[str]) -> tuple[LayoutChoice, ...]:
    """`layout` with each level of folders, each likely part of the files' names, and nothing as the class; what it says
    of splits and patterns stays. The one that is in use is among them."""
    uses = SplitUses(layout.splits)
    folders = [uses.other_folders(path.split("/")[:-1]) for path in paths]
    folder_levels = levels(folders)
    by_folder = [replace(layout, class_from="folder", class_level=level.number) for level in reversed(folder_levels)]
    choices = [_choice(candidate, paths) for candidate in (*by_folder, *_by_name(layout, paths))]
    if layout.class_from != "none" and layout not in [choice.layout for choice in choices]:
        choices.append(_choice(layout, paths))
    none = LayoutChoice(layout=replace(layout, class_from="none"), classes=())
    return (*_different(choices, layout), none)


def change_splits(layout: Layout, splits: Mapping[str, SplitUse], paths: Sequence[str]) -> Layout:
    """The layout with other `splits`, and the same folder of the paths naming the class: which is counted without those
    that are splits."""
    changed = replace(layout, splits=splits)
    if layout.class_from != "folder" or layout.class_level < 0:
        return changed
    before, after = SplitUses(layout.splits), SplitUses(splits)
    for path in paths:
        folders = path.split("/")[:-1]
        counted = [place for place, use in enumerate(before.of(folders)) if use == "folder"]
        if len(counted) > layout.class_level:
            above = folders[: counted[layout.class_level]]
            return replace(changed, class_level=len(after.other_folders(above)))
    return changed


def folder_patterns(paths: Collection[str]) -> list[str]:
    """A pattern for every folder that one of the paths leads through, in order."""
    folders = {path.rpartition("/")[0] for path in paths}
    above = {parents for folder in folders for parents in accumulate(folder.split("/"), "{}/{}".format)}
    return sorted(literal(folder) for folder in above if folder)


def take_asides(layout: Layout) -> Layout:
    """The layout that leaves out no more than what nobody means to label: hidden files, bins, thumbnails."""
    return replace(layout, exclude=tuple(pattern for pattern in layout.exclude if is_rubbish(pattern)))


def _choice(layout: Layout, paths: Sequence[str]) -> LayoutChoice:
    reading = PathReading(layout)
    labels = [reading.place(path).label for path in paths]
    path, part = next(((path, label) for path, label in zip(paths, labels, strict=True) if label), ("", ""))
    classes = Counter(label for label in labels if label)
    return LayoutChoice(layout=layout, classes=tuple(classes.most_common()), path=path, part=part)


def _by_name(layout: Layout, paths: Sequence[str]) -> Iterator[Layout]:
    """The parts of the names that give several classes with several images each."""
    sample = paths[:: max(1, len(paths) // SAMPLE)]
    seen: list[tuple[tuple[str, int], ...]] = []
    for separator in SEPARATORS:
        for part in PARTS:
            candidate = replace(layout, class_from="name", separator=separator, name_part=part)
            classes = _choice(candidate, sample).classes
            numbered = sum(name.isdecimal() for name, _ in classes) > len(classes) / 2
            likely = len(classes) > 1 and MIN_IMAGES * len(classes) <= len(sample) and not numbered
            if likely and classes not in seen and len(seen) < MAX_BY_NAME:
                seen.append(classes)
                yield candidate


def _different(choices: Sequence[LayoutChoice], layout: Layout) -> Iterator[LayoutChoice]:
    """Those that give any class, each outcome once; the one in use always."""
    in_use = [choice.classes for choice in choices if choice.layout == layout]
    seen = []
    for choice in choices:
        if choice.layout == layout:
            yield choice
        elif choice.classes and choice.classes not in (*seen, *in_use):
            seen.append(choice.classes)
            yield choice
