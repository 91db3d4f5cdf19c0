"""Which files and folders beside the pictures are masks, ground truth or previews of them: found from their names, and
where somebody may look at a file, from what it holds. A mask is one of another picture: without that it is an image."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from vabal_core.images.ingest.asides import Aside, Findings, ending_of, folder_of, stem_of, without
from vabal_core.images.ingest.folder_names import (
    class_words,
    holds_masks,
    is_container,
    is_mask_word,
    may_hold_masks,
    split_use,
)
from vabal_core.images.ingest.patterns import literal
from vabal_core.images.ingest.picture_looks import PictureLooks
from vabal_core.images.ingest.twins import find_twins

_SUFFIX = re.compile(
    r"(?P<base>.*?)(?P<suffix>[ _.-]?(?:masks?|gt|ground[ _-]?truth|labels?|lable|seg(?:mentation)?|anno(?:tation)?s?|"
    r"overlay|heatmap|thumb(?:nail)?|preview)(?:[ _-]?\d+)?)",
    re.IGNORECASE,
)
_ANY_SUFFIX = re.compile(r"(?P<base>.+)(?P<suffix>[ _.-][^\W\d][^ _.-]*)")
_MOSTLY = 0.8
_MAX_FOLDERS_LOOKED_INTO = 30


def find_asides(images: Sequence[str], looks: PictureLooks | None = None, stated: Collection[str] = ()) -> list[Aside]:
    """What to leave out of the pictures at these paths (relative, with slashes), and what to ask about. Never all of
    them. Without `looks` names alone decide. `stated` are those that a table or an annotation names."""
    asides: list[Aside] = []
    rest = list(images)
    for finder in (_folders_by_name, _suffixes, partial(find_twins, stated=stated), _folders_by_look):
        for aside in list(finder(rest, looks)):
            left = without(rest, aside.patterns)
            if 0 < len(left) < len(rest):
                asides.append(replace(aside, files=len(rest) - len(left)))
                rest = rest if aside.taken else left
    return asides


def _folders_by_name(images: Sequence[str], looks: PictureLooks | None) -> Findings:
    """Folders called "ground_truth", "masks", "Label", ..."""
    parts = {folder: folder.split("/") for folder in {folder_of(path) for path in images}}
    everywhere = set.intersection(*map(set, parts.values()))  # "steel_with_masks" around all says nothing of any
    named = {name for names in parts.values() for name in names if name not in everywhere and may_hold_masks(name)}
    names = {folder: next((name for name in parts[folder] if name in named), "") for folder in parts}
    members: dict[str, list[str]] = defaultdict(list)
    for path in images:
        members[names[folder_of(path)]].append(path)
    unnamed = members.pop("", [])
    for name, paths in members.items():
        others = list(unnamed)
        if looks is not None and not others:
            others = [path for other, rest in members.items() if other != name for path in rest]
        aside = Aside(patterns=(literal(name),), singular="a mask or ground truth", plural="masks or ground truth")
        if _are_masks(name, paths, others, looks):
            yield aside
        elif holds_masks(name):
            text = f"The folder {name!r} is called like masks, but its pictures are none of others. They are taken."
            yield Aside(patterns=aside.patterns, taken=True, text=text)


def _are_masks(name: str, paths: Sequence[str], others: Sequence[str], looks: PictureLooks | None) -> bool:
    """Whether the folder called `name` holds masks of the others."""
    if looks is None and not others:
        return holds_masks(name)
    if not others:
        return False
    matching = _share_in(paths, {_bare(path) for path in others}) >= _MOSTLY
    if looks is None:
        return holds_masks(name) or matching
    if looks.all_masks(paths) and looks.any_pictures(others):
        beside = holds_masks(name) or {_place(path) for path in paths} <= {_place(path) for path in others}
        return matching or (beside and looks.of_one_shape(paths, others))
    # Photographs, or two values throughout: what they belong to has to be said by names alone.
    return is_mask_word(name) and _share_beside(paths, others) >= _MOSTLY


def _share_beside(paths: Sequence[str], others: Collection[str]) -> float:
    """The share of the paths that lead to one of the others where folders of masks, containers and splits are left
    away: `masks/cr/1.png` to `images/cr/1.png`, and not `masks/1.png` to `helmets/1.png`."""
    keys = {(_place(path), _bare(path)) for path in others}
    return sum((_place(path), _bare(path)) in keys for path in paths) / len(paths)


def _place(path: str) -> tuple[str, ...]:
    folders = folder_of(path).split("/")
    return tuple(name for name in folders if name and not (is_mask_word(name) or _says_nothing(name)))


def _says_nothing(folder: str) -> bool:
    """Of what its pictures show."""
    return is_container(folder) or split_use(folder) is not None


def _suffixes(images: Sequence[str], looks: PictureLooks | None) -> Findings:
    """`a_mask.png` beside `a.jpg`; another suffix than the common ones only where the pictures look like masks."""
    stems: dict[str, list[str]] = defaultdict(list)
    for path in images:
        stems[stem_of(path).casefold()].append(path)
    for rule in (_SUFFIX, _ANY_SUFFIX):
        for pattern, members in _by_suffix(images, rule).items():
            paths = [path for path, _ in members]
            bases = [stems[base][0] for _, base in members if base in stems]
            has_base = len(bases) >= _MOSTLY * len(members) or (looks is None and not pattern.startswith("*"))
            named = rule is _SUFFIX
            if (named and has_base) or ((named or has_base) and _look_so(paths, bases, images, looks)):
                yield Aside(patterns=(pattern,), singular="a mask or a preview", plural="masks or previews")


def _look_so(paths: Sequence[str], bases: Sequence[str], images: Sequence[str], looks: PictureLooks | None) -> bool:
    """Whether they hold a few values, and what they would be masks of does not."""
    if looks is None or not looks.all_masks(paths):
        return False
    taken = set(paths)
    return looks.any_pictures(bases or [path for path in images if path not in taken])


def _by_suffix(images: Sequence[str], rule: re.Pattern[str]) -> dict[str, list[tuple[str, str]]]:
    """Pattern of a suffix and an ending -> the paths that have them, each with the rest of its name."""
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in images:
        match = rule.fullmatch(stem_of(path))
        if match:
            suffix = re.sub(r"\d+$", "*", literal(match["suffix"].casefold()))
            anything = "*" if match["base"] else ""
            groups[f"{anything}{suffix}{ending_of(path)}"].append((path, match["base"].casefold()))
    return groups


def _folders_by_look(images: Sequence[str], looks: PictureLooks | None) -> Findings:
    """Folders whose pictures look like masks and are called like pictures elsewhere."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in images:
        folders[folder_of(path)].append(path)
    if looks is None or not 1 < len(folders) <= _MAX_FOLDERS_LOOKED_INTO:
        return
    masks = [folder for folder, paths in folders.items() if folder and looks.all_masks(paths)]
    pictures = {folder for folder, paths in folders.items() if folder not in masks and looks.all_pictures(paths)}
    for folder in sorted(masks):
        paths = folders[folder]
        able = [other for other in pictures if _fits(folder, other) and not class_words(_apart(folder, other))]
        partners = [other for other in able if _drawn_from(paths, folders[other], looks)]
        if len(partners) == 1 and _differs_by_nothing(folder, partners[0]):
            yield Aside(patterns=(literal(folder),), singular="a mask", plural="masks")
        elif partners:
            text = f"The pictures in {folder!r} hold a few values and are called as those in {sorted(partners)[0]!r}: "
            yield Aside(patterns=(literal(folder),), taken=True, text=f"{text}are they masks of these? They are taken.")


def _drawn_from(paths: Sequence[str], others: Sequence[str], looks: PictureLooks) -> bool:
    matching = _share_in(paths, {_bare(path) for path in others}) >= _MOSTLY
    return matching and looks.of_one_shape(paths, others)


def _fits(folder: str, other: str) -> bool:
    """Whether the two paths part in one folder alone, which may be missing in either."""
    return len(_apart(folder, other)) == len(_apart(other, folder)) == 1 or not (
        _apart(folder, other) and _apart(other, folder)
    )


def _differs_by_nothing(folder: str, other: str) -> bool:
    """Whether what the other folder has of its own says nothing of what its pictures show: "images", "train"."""
    return all(_says_nothing(name) for name in _apart(other, folder))


def _apart(folder: str, other: str) -> list[str]:
    """The names on the way to `folder` that are not on the way to the other."""
    theirs = other.split("/")
    return [name for name in folder.split("/") if name and name not in theirs]


def _bare(path: str) -> str:
    """A picture's name without its ending and without a suffix that speaks of masks."""
    stem = stem_of(path)
    match = _SUFFIX.fullmatch(stem)
    return (match["base"] if match else stem).casefold()


def _share_in(paths: Sequence[str], names: Collection[str]) -> float:
    return sum(_bare(path) in names for path in paths) / len(paths)
