"""Which files beside the pictures are masks, ground truth, previews or the same picture again: found from their names,
and where somebody may look at a file, from what it holds."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from posixpath import splitext

from vabal_core.images.ingest.few_values import Look
from vabal_core.images.ingest.folder_names import class_words, holds_masks, is_mask_word, may_hold_masks
from vabal_core.images.ingest.patterns import Patterns, literal

LookAt = Callable[[str], Look]
Findings = Iterator[tuple[str, tuple[str, ...]]]  # what files seem to be, and patterns that name them

SAMPLE = 4  # files looked at before a group of them is judged
_LOSSY = (".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".heic", ".avif")
_SUFFIX = re.compile(
    r"(?P<base>.*?)(?P<suffix>[ _.-]?(?:masks?|gt|ground[ _-]?truth|labels?|lable|seg(?:mentation)?|anno(?:tation)?s?|"
    r"overlay|heatmap|thumb(?:nail)?|preview)(?:[ _-]?\d+)?)",
    re.IGNORECASE,
)
_ANY_SUFFIX = re.compile(r"(?P<base>.+)(?P<suffix>[ _.-][^\W\d][^ _.-]*)")
_MOSTLY = 0.8
_MAX_FOLDERS_LOOKED_INTO = 30


@dataclass(frozen=True, kw_only=True)
class Aside:
    """Files proposed for leaving out: the patterns that name them, how many they are, and what they seem to be."""

    patterns: tuple[str, ...]
    files: int
    kind: str


def find_asides(images: Sequence[str], look: LookAt | None = None) -> list[Aside]:
    """What to leave out of the pictures at these paths (relative, with slashes). Never all of them.

    `look` says what a picture holds; without it names alone decide.
    """
    asides: list[Aside] = []
    for finder in (_folders_by_name, _suffixes, _twins, _folders_by_look):
        for kind, patterns in list(finder(images, look)):
            matching = Patterns(patterns)
            rest = [path for path in images if matching.of_file(path) is None]
            if 0 < len(rest) < len(images):
                asides.append(Aside(patterns=patterns, files=len(images) - len(rest), kind=kind))
                images = rest
    return asides


def _folders_by_name(images: Sequence[str], look: LookAt | None) -> Findings:
    """Folders called "ground_truth", "masks", "Label", ..."""
    parts = {folder: folder.split("/") for folder in {path.rpartition("/")[0] for path in images}}
    everywhere = set.intersection(*map(set, parts.values()))  # "steel_with_masks" around all says nothing of any
    named = {name for names in parts.values() for name in names if name not in everywhere and may_hold_masks(name)}
    names = {folder: next((name for name in parts[folder] if name in named), "") for folder in parts}
    members: dict[str, list[str]] = defaultdict(list)
    for path in images:
        members[names[path.rpartition("/")[0]]].append(path)
    others = {_bare(path) for path in members.pop("", ())}
    whole = [name for name in members if is_mask_word(name)]
    for name, paths in members.items():
        # "mask" whose pictures are called as others are is one; beside "no_mask" it may be a class.
        matching = _share_in(paths, others) >= _MOSTLY and (look is None or len(whole) == len(members))
        if holds_masks(name) or matching or _all_masks(paths, look):
            yield "masks or ground truth", (literal(name),)


def _suffixes(images: Sequence[str], look: LookAt | None) -> Findings:
    """`a_mask.png` beside `a.jpg`; another suffix than the common ones only where the pictures look like masks."""
    stems = {_stem(path).casefold() for path in images}
    for rule in (_SUFFIX, _ANY_SUFFIX):
        for pattern, members in _by_suffix(images, rule).items():
            has_base = sum(base in stems for _, base in members) >= _MOSTLY * len(members)
            has_base = has_base or (look is None and not pattern.startswith("*"))
            named = rule is _SUFFIX
            if (named and has_base) or ((named or has_base) and _all_masks([path for path, _ in members], look)):
                yield "masks or previews", (pattern,)


def _by_suffix(images: Sequence[str], rule: re.Pattern[str]) -> dict[str, list[tuple[str, str]]]:
    """Pattern of a suffix and an ending -> the paths that have them, each with the rest of its name."""
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in images:
        match = rule.fullmatch(_stem(path))
        if match:
            suffix = re.sub(r"\d+$", "*", literal(match["suffix"].casefold()))
            anything = "*" if match["base"] else ""
            groups[f"{anything}{suffix}{_ending(path)}"].append((path, match["base"].casefold()))
    return groups


def _twins(images: Sequence[str], look: LookAt | None) -> Findings:
    """`a.png` beside `a.jpg` in one folder: a mask by its looks, or else the same picture again."""
    by_stem: dict[str, list[str]] = defaultdict(list)
    for path in images:
        by_stem[splitext(path)[0]].append(path)  # as it stands: "Crack" and "crack" are two folders
    pairs: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    for paths in by_stem.values():
        if len(paths) == 2 and _ending(paths[0]) != _ending(paths[1]):
            pair = sorted(paths, key=lambda path: (_ending(path) not in _LOSSY, path))
            pairs[_ending(pair[0]), _ending(pair[1])].append(pair)
    for (first_ending, second_ending), members in pairs.items():
        first, second = [pair[0] for pair in members], [pair[1] for pair in members]
        if look is None or _all_masks(second, look):
            yield "masks", _of_ending(images, second, second_ending, look)
        elif _all_masks(first, look):
            yield "masks", _of_ending(images, first, first_ending, look)
        else:
            yield "the same pictures in another format", _of_ending(images, first, first_ending, None)


def _folders_by_look(images: Sequence[str], look: LookAt | None) -> Findings:
    """Folders whose pictures look like masks and are called like pictures elsewhere."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in images:
        folders[path.rpartition("/")[0]].append(path)
    if look is None or not 1 < len(folders) <= _MAX_FOLDERS_LOOKED_INTO:
        return
    masks = [folder for folder, paths in folders.items() if folder and _all_masks(paths, look)]
    pictures = [paths for folder, paths in folders.items() if folder not in masks and _all_pictures(paths, look)]
    elsewhere = {_bare(path) for paths in pictures for path in paths}
    for folder in sorted(folder for folder in masks if not class_words([folder.rpartition("/")[2]])):
        if _share_in(folders[folder], elsewhere) >= _MOSTLY:
            yield "masks", (literal(folder),)


def _of_ending(images: Sequence[str], twins: Sequence[str], ending: str, look: LookAt | None) -> tuple[str, ...]:
    """Patterns that take the twins and no picture of the same ending that stands alone."""
    taken = set(twins)
    alone = [path for path in images if _ending(path) == ending and path not in taken]
    if not alone or _all_masks(alone, look):
        return (f"*{ending}",)
    return tuple(literal(path) for path in twins)


def _all_masks(paths: Sequence[str], look: LookAt | None) -> bool:
    """Whether a sample of the pictures holds a few values each, and not one value everywhere. False without looking."""
    if look is None:
        return False
    looks = _looks(paths, look)
    return looks["picture"] == 0 and looks["few values"] > 0


def _all_pictures(paths: Sequence[str], look: LookAt) -> bool:
    return _looks(paths, look).keys() == {"picture"}


def _looks(paths: Sequence[str], look: LookAt) -> Counter[Look]:
    step = max(1, len(paths) // SAMPLE)
    return Counter(look(path) for path in paths[::step][:SAMPLE])


def _bare(path: str) -> str:
    """A picture's name without its ending and without a suffix that speaks of masks."""
    stem = _stem(path)
    match = _SUFFIX.fullmatch(stem)
    return (match["base"] if match else stem).casefold()


def _share_in(paths: Sequence[str], names: Collection[str]) -> float:
    return sum(_bare(path) in names for path in paths) / len(paths)


def _stem(path: str) -> str:
    return splitext(path.rpartition("/")[2])[0]


def _ending(path: str) -> str:
    return splitext(path)[1].lower()
