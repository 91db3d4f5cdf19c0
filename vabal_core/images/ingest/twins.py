"""Files of one name in one folder, `a.png` beside `a.jpg`: a mask, the same picture again, or another picture. What
they hold decides."""

from collections import defaultdict
from collections.abc import Collection, Generator, Sequence
from functools import partial
from posixpath import splitext
from typing import Literal

from vabal_core.images.ingest.asides import Aside, Findings, ending_of, folder_of
from vabal_core.images.ingest.patterns import literal
from vabal_core.images.ingest.picture_looks import PictureLooks
from vabal_core.images.ingest.same_picture import LOSSY
from vabal_core.images.parallel import in_order
from vabal_core.types import Progress

Kind = Literal["mask", "copy", "blank", "other picture"]
Judged = tuple[str, str, Kind]  # a path, the one beside it that is taken, and what the first is to it

EVENT_EVERY = 16
_WORDS: dict[Kind, tuple[str, str]] = {
    "mask": ("a mask", "masks"),
    "copy": ("the same picture in another format", "the same pictures in another format"),
}


def groups_of(images: Sequence[str]) -> list[list[str]]:
    """The paths that differ in their endings alone, as they stand: "Crack" and "crack" are two folders."""
    by_stem: dict[str, list[str]] = defaultdict(list)
    for path in images:
        by_stem[splitext(path)[0]].append(path)
    return [paths for paths in by_stem.values() if 1 < len(paths) == len({ending_of(path) for path in paths})]


def compare_ahead(
    images: Sequence[str], looks: PictureLooks, stated: Collection[str] = ()
) -> Generator[Progress, None, None]:
    """Look at all files of one name, several at a time: who asks what they are need not wait then."""
    groups = groups_of(images)
    judged = in_order(partial(_judge, looks=looks, stated=frozenset(stated)), groups)
    try:
        for done, _ in enumerate(judged, start=1):
            if done % EVENT_EVERY == 0 or done == len(groups):
                yield Progress("compare", done, len(groups), message=groups[done - 1][0])
    finally:
        judged.close()


def find_twins(images: Sequence[str], looks: PictureLooks | None, stated: Collection[str] = ()) -> Findings:
    """What the files of one name are to each other; without a look the one in a format that loses nothing is a mask.
    Those that a table or an annotation names (`stated`) are what the others are compared with."""
    stated = frozenset(stated)
    judged = [each for group in groups_of(images) for each in _judge(group, looks, stated)]
    judged = _blanks_settled(judged)
    for kind in ("mask", "copy"):
        endings = {ending_of(path): None for path, _, of_kind in judged if of_kind == kind}
        for ending in endings:
            members = [path for path, _, of_kind in judged if of_kind == kind and ending_of(path) == ending]
            singular, plural = _WORDS[kind]
            yield Aside(patterns=_patterns(images, members, ending, kind, looks), singular=singular, plural=plural)
    others = [(path, main) for path, main, kind in judged if kind == "other picture"]
    if others:
        yield Aside(patterns=tuple(literal(path) for path, _ in others), taken=True, text=_question(others))


def _judge(group: Sequence[str], looks: PictureLooks | None, stated: Collection[str]) -> list[Judged]:
    """The others of a group beside the one that is taken whatever they are."""
    if looks is None:
        first, *rest = sorted(group, key=lambda path: (path not in stated, ending_of(path) not in LOSSY, path))
        return [(path, first, "mask") for path in rest]
    pictures = [path for path in group if looks.look(path) == "picture"]

    def worth(path: str) -> tuple[bool, int, bool, str]:
        return path in stated, _pixels(looks, path), ending_of(path) not in LOSSY, path

    main = max(pictures or group, key=worth)
    return [(path, main, _kind(path, main, bool(pictures), looks)) for path in group if path != main]


def _kind(path: str, main: str, main_is_picture: bool, looks: PictureLooks) -> Kind:
    look = looks.look(path)
    if main_is_picture and look != "picture":
        return "mask" if look == "few values" else "blank"
    return "copy" if looks.same(path, main) else "other picture"


def _blanks_settled(judged: Sequence[Judged]) -> list[Judged]:
    """A picture of one value is the mask of a faultless piece where others of its ending are masks."""
    masks = {ending_of(path) for path, _, kind in judged if kind == "mask"}
    settled = []
    for path, main, kind in judged:
        if kind == "blank":
            kind = "mask" if ending_of(path) in masks else "other picture"
        settled.append((path, main, kind))
    return settled


def _pixels(looks: PictureLooks, path: str) -> int:
    width, height = looks.size(path)
    return width * height


def _patterns(
    images: Sequence[str], members: Sequence[str], ending: str, kind: Kind, looks: PictureLooks | None
) -> tuple[str, ...]:
    """Patterns that take `members` and no picture of the same ending that stands alone; masks whose picture is gone go
    with the others in their folder."""
    taken = set(members)
    alone = [path for path in images if ending_of(path) == ending and path not in taken]
    if kind == "mask" and looks is not None:
        folders = {folder_of(path) for path in members}
        orphans = {path for path in alone if folder_of(path) in folders and looks.look(path) == "few values"}
        orphans -= {path for group in groups_of(images) for path in group}
        alone, members = [path for path in alone if path not in orphans], [*members, *sorted(orphans)]
    return tuple(literal(path) for path in members) if alone else (f"*{ending}",)


def _question(others: Sequence[tuple[str, str]]) -> str:
    path, main = others[0]
    if len(others) == 1:
        return f"{path} is called as {main} is, and holds another picture. Both are taken."
    return (
        f"{len(others):,} files are called as another beside them is, and hold another picture (the first is {path}, "
        f"beside {main}). All are taken."
    )
