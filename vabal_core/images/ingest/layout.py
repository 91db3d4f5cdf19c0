"""A layout proposed for a source from the paths of its files, with the questions that it leaves open."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from vabal_core.images.ingest.class_level import Level, best_level, levels, numbers_only
from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.file_names import classes_in_names
from vabal_core.images.ingest.folder_names import is_container, is_rubbish, split_use
from vabal_core.images.ingest.masks import Aside, LookAt, find_asides
from vabal_core.images.ingest.patterns import Patterns, literal
from vabal_core.types import Doubt, DoubtAbout, Layout, SplitUse
from vabal_core.types.names import NameBook

_IMAGE_ENDING = re.compile(
    r".*\.(jpe?g?|jfif|png|bmp|dib|tiff?|webp|gif|p[gpnb]m|jp2|j2k|hei[cf]|avif)", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """How a source seems to be laid out. `doubts` are the questions that this leaves open, the layout being the safe
    answer; `alternatives` are other readings that a person may mean."""

    layout: Layout
    doubts: tuple[Doubt, ...] = ()
    alternatives: tuple[Layout, ...] = ()


# What a doubt is about -> the parts of a layout that answer it: changed, nothing is left to ask.
_ANSWERED_BY: dict[DoubtAbout, tuple[str, ...]] = {
    "left out": ("exclude",),
    "splits": ("splits",),
    "classes": ("class_from", "class_level", "name_part", "separator"),
    "boxes": ("boxes",),
    "other": (),
}


def open_doubts(proposal: Proposal, layout: Layout) -> tuple[Doubt, ...]:
    """The doubts of the proposal that `layout`, which a person made of it, has not answered."""
    return tuple(
        doubt
        for doubt in proposal.doubts
        if all(getattr(layout, part) == getattr(proposal.layout, part) for part in _ANSWERED_BY[doubt.about])
    )


def propose_layout(
    paths: Sequence[str],
    *,
    look: LookAt | None = None,
    classes: NameBook[str] = NO_CLASSES,
    stated: Collection[str] = (),
) -> Proposal:
    """A layout for the files at `paths` (relative, with slashes).

    `look` says of a path what its picture holds; without it masks are found by their names alone. `classes` are those
    that are there: folders called so are classes. Files that a table names (`stated`) are never left out.
    """
    images = [path for path in paths if _IMAGE_ENDING.fullmatch(path)] or list(paths)
    exclude = _kept(_rubbish(paths), images, stated)
    exclude = exclude if _without(images, exclude) else ()
    images = _without(images, exclude)
    asides = [aside for aside in find_asides(images, look) if _kept(aside.patterns, images, stated)]
    masks = tuple(pattern for aside in asides for pattern in aside.patterns)
    images = _without(images, masks)
    splits, split_doubts = _splits(images)
    bare = Layout(class_from="none", splits=splits, exclude=exclude + masks)
    reading = _with_classes(bare, images, classes)
    left_out = (Doubt(about="left out", text=_aside_words(aside)) for aside in asides)
    return replace(reading, doubts=(*left_out, *split_doubts, *reading.doubts))


def _with_classes(bare: Layout, images: Sequence[str], classes: NameBook[str]) -> Proposal:
    """The layout completed by what names the class: a level of folders, a part of the file's name, or nothing."""
    splits = {name for name, use in bare.splits.items() if use != "folder"}
    folders = [tuple(part for part in path.split("/")[:-1] if part not in splits) for path in images]
    candidates = levels(folders, classes)
    chosen = best_level(candidates)
    by_folder = [replace(bare, class_from="folder", class_level=level.number) for level in candidates]
    rival = _rival(chosen, candidates) if chosen else None
    if chosen and rival:
        doubt = f"Two levels of folders could name the class: {_some(chosen.names)}, or {_some(rival.names)}. "
        doubt += "No labels are taken from them."
        return Proposal(layout=bare, doubts=_of_class(doubt), alternatives=tuple(by_folder))
    if chosen:
        layout = replace(bare, class_from="folder", class_level=chosen.number)
        others = tuple(other for other in by_folder if other != layout)
        return Proposal(layout=layout, doubts=_of_class(*_number_doubts(chosen)), alternatives=(*others, bare))
    doubts = tuple(_level_doubt(level) for level in candidates if level.kind in ("days", "numbers", "many"))
    if not doubts:
        single = [level for level in candidates if level.kind == "one" and not is_container(next(iter(level.names)))]
        doubts = tuple(_level_doubt(level) for level in single[:1])
    by_name = replace(bare, class_from="name", name_part=0, separator="")
    names = classes_in_names(images, by_name)
    if names is None:
        return Proposal(layout=bare, doubts=_of_class(*doubts), alternatives=tuple(by_folder))
    question = f"The names of the files begin with {_some(names)}: are these classes? No labels are taken from them."
    return Proposal(layout=bare, doubts=_of_class(*doubts, question), alternatives=(by_name, *by_folder))


def _of_class(*texts: str) -> tuple[Doubt, ...]:
    return tuple(Doubt(about="classes", text=text) for text in texts)


def _rubbish(paths: Sequence[str]) -> tuple[str, ...]:
    """Patterns of hidden files and folders, bins, thumbnails and the like that are there."""
    names = {name for folder in {path.rpartition("/")[0] for path in paths} for name in folder.split("/") if name}
    names |= {name for path in paths if (name := path.rpartition("/")[2]).startswith(".")}
    rubbish = {name for name in names if is_rubbish(name)}
    hidden = [".*"] if any(name.startswith(".") for name in rubbish) else []
    return (*hidden, *sorted(literal(name) for name in rubbish if not name.startswith(".")))


def _kept(patterns: Sequence[str], images: Sequence[str], stated: Collection[str]) -> tuple[str, ...]:
    """The patterns that take neither all the images nor one that a table names."""
    kept = []
    for pattern in patterns:
        matching = Patterns([pattern])
        if any(matching.of_file(path) for path in stated) or all(matching.of_file(path) for path in images):
            continue
        kept.append(pattern)
    return tuple(kept)


def _without(images: Sequence[str], patterns: Sequence[str]) -> list[str]:
    matching = Patterns(patterns)
    return [path for path in images if matching.of_file(path) is None]


def _splits(images: Sequence[str]) -> tuple[dict[str, SplitUse], tuple[Doubt, ...]]:
    """Folders named like splits, with what they are for, and what is doubtful of it.

    They are folders like any other where nothing would be left to learn from, or where one stands among others that
    hold images as it does and no second split is there: "valid" beside "invalid", "train" beside "bus".
    """
    folders = {path.rpartition("/")[0] for path in images}
    names = sorted({name for folder in folders for name in folder.split("/")})
    splits: dict[str, SplitUse] = {name: use for name in names if (use := split_use(name))}
    evaluation = [name for name, use in splits.items() if use == "evaluation"]
    everything = all(not set(evaluation).isdisjoint(folder.split("/")) for folder in folders)
    if evaluation and everything:
        doubt = f"All images lie in {_some(evaluation)}: are they for evaluation only? Taken as folders like any other."
        return splits | dict.fromkeys(evaluation, "folder"), (Doubt(about="splits", text=doubt),)
    if len(set(splits.values())) == 1 and (peers := _peers(folders, splits)):
        doubt = f"Is {_some(splits)} a split, or a class as {_some(peers)}? Taken as folders like any other."
        return dict.fromkeys(splits, "folder"), (Doubt(about="splits", text=doubt),)
    return splits, ()


def _peers(folders: Collection[str], splits: Collection[str]) -> list[str]:
    """Names of folders with images that stand beside a split that holds images itself."""
    parted = [folder.rpartition("/") for folder in folders]
    above = {parent for parent, _, name in parted if name in splits}
    others = [(parent, name) for parent, _, name in parted if name not in splits and not is_container(name)]
    return [name for parent, name in others if name and parent in above]


def _rival(chosen: Level, candidates: Sequence[Level]) -> Level | None:
    """Another level with other names that would do as well: which of the two is meant cannot be told."""
    able = [level for level in candidates if level.kind == "classes" and level.names.keys() != chosen.names.keys()]
    return next((level for level in able if level.score[:2] == chosen.score[:2]), None)


def _number_doubts(chosen: Level) -> tuple[str, ...]:
    if numbers_only(chosen):
        return (f"The folders are called {_some(chosen.names)}: are these numbers classes? Taken as such.",)
    return ()


def _level_doubt(level: Level) -> str:
    many = f"{len(level.names):,} folders ({_some(level.names)})"
    return {
        "one": f"One folder only, {_some(level.names)}: it would be the only class. No labels are taken from it.",
        "days": f"{many} are called like days or shifts. No labels are taken from them.",
        "numbers": f"{many} are called like coils, lots, cameras or views. No labels are taken from them.",
        "many": f"{many} would give a class for every few images. No labels are taken from them.",
    }[level.kind]


def _aside_words(aside: Aside) -> str:
    patterns = ", ".join(aside.patterns[:3]) + (", ..." if len(aside.patterns) > 3 else "")
    return f"{aside.files:,} files look like {aside.kind} ({patterns}). They are left out."


def _some(names: Collection[str]) -> str:
    first = [repr(name) for name in sorted(names)[:3]]
    return ", ".join(first) + (", ..." if len(names) > 3 else "")
