"""Images that seem to be pieces of others, or smaller copies, which another program cut: told by names and sizes."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from vabal_core.images.ingest.patterns import literal
from vabal_core.types import Answer, Doubt, ImportEntry

MIN_PIECES = 2
SMALLER = 2  # times fewer pixels than the whole, at least
_BREAK = re.compile(r"[ _.-]+")
# What stands behind the name of the whole: "_0_512", "-crop3", "_tile_1_2", "_640x480".
_OF_A_PIECE = re.compile(r"(?:[xy]?\d+[xy]?|crop|cropped|tile|patch|part|piece|cut|roi|box|obj|object)[\w .-]*")


class SizedImage(NamedTuple):
    """An image by its path, its sides in pixels."""

    path: str
    width: int
    height: int


def piece_doubts(entries: Sequence[ImportEntry], there: Sequence[SizedImage] = ()) -> tuple[Doubt, ...]:
    """The question whether whole images and pieces of them are meant to be both: of `entries`, or of these and what is
    `there`. One that the folders of the pieces answer, where nothing else lies in them."""
    new = [SizedImage(entry.path, entry.width, entry.height) for entry in entries if not entry.tile]
    wholes = _by_name([*new, *there])
    pieces = {image.path: whole.path for image in new if (whole := _whole_of(image, wholes))}
    wholes = _by_name(new)
    older = {image.path: whole.path for image in there if (whole := _whole_of(image, wholes))} if wholes else {}
    if len(pieces) + len(older) < MIN_PIECES:
        return ()
    doubt = Doubt(about="taken", text=_words(pieces | older, bool(there)), answers=_answers(entries, pieces))
    return (doubt,)


def _words(pieces: Mapping[str, str], in_project: bool) -> str:
    piece, whole = next(iter(pieces.items()))
    count = len(set(pieces.values()))
    others = "another one" if count == 1 else f"{count:,} others"
    where = ", here and in the project," if in_project else ""
    return (
        f"{len(pieces):,} images{where} seem to be pieces or smaller copies of {others}, by their names and sizes "
        f"({piece} of {whole}). All are taken: a model learns from the same picture twice."
    )


def _answers(entries: Sequence[ImportEntry], pieces: Mapping[str, str]) -> tuple[Answer, ...]:
    folders = _folders_of_pieces(entries, pieces)
    word = f"Leave out “{folders[0]}”" if len(folders) == 1 else "Leave out the folders of the pieces"
    return (Answer(words=word, leave_out=tuple(map(literal, folders))),) if folders else ()


def _by_name(images: Iterable[SizedImage]) -> dict[str, list[SizedImage]]:
    by_name: dict[str, list[SizedImage]] = defaultdict(list)
    for image in images:
        by_name[_stem(image)].append(image)
    return by_name


def _whole_of(image: SizedImage, wholes: Mapping[str, Sequence[SizedImage]]) -> SizedImage | None:
    """The image that this one seems to be a piece of; None where there is none."""
    stem = _stem(image)
    for gap in reversed(list(_BREAK.finditer(stem))):
        start, rest = stem[: gap.start()], stem[gap.end() :]
        if start in wholes and _OF_A_PIECE.fullmatch(rest):
            for whole in wholes[start]:
                if _fits(image, whole):
                    return whole
    return None


def _fits(piece: SizedImage, whole: SizedImage) -> bool:
    within = piece.width <= whole.width and piece.height <= whole.height
    return within and 0 < piece.width * piece.height * SMALLER <= whole.width * whole.height


def _folders_of_pieces(entries: Sequence[ImportEntry], pieces: Mapping[str, str]) -> list[str]:
    """The folders that hold all the pieces and nothing else; none where there are no such."""
    folders = {str(PurePosixPath(path).parent) for path in pieces}
    others = {str(PurePosixPath(entry.path).parent) for entry in entries if entry.path not in pieces}
    mixed = (
        folders & others or "." in folders or any(f"{other}/".startswith(f"{f}/") for f in folders for other in others)
    )
    return [] if mixed else sorted(folders)


def _stem(image: SizedImage) -> str:
    name = image.path[image.path.rfind("/") + 1 :]
    return name.rpartition(".")[0].casefold() or name.casefold()
