"""Images that seem to be pieces of others, or smaller copies, which another program cut: told by names and sizes."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from vabal_core.images.ingest.patterns import literal
from vabal_core.types import Answer, Doubt, ImportEntry
from vabal_core.types.names import fold_name

MIN_PIECES = 2
SMALLER = 2  # times fewer pixels than the whole, at least
_BREAK = re.compile(r"[ _.-]+")
# What stands behind the name of the whole: "_0_512", "-crop3", "_tile_1_2", "_640x480".
_OF_A_PIECE = re.compile(r"(?:[xy]?\d+[xy]?|crop|cropped|tile|patch|part|piece|cut|roi|box|obj|object)[\w .-]*")


def piece_doubts(entries: Sequence[ImportEntry]) -> tuple[Doubt, ...]:
    """The question whether whole images and pieces of them are meant to come both; one that the folders of the pieces
    answer, where nothing else lies in them."""
    wholes = _wholes_by_name(entries)
    pieces = {entry.path: whole for entry in entries if not entry.tile and (whole := _whole_of(entry, wholes))}
    if len(pieces) < MIN_PIECES:
        return ()
    piece, whole = next(iter(pieces.items()))
    count = len(set(pieces.values()))
    others = "another one" if count == 1 else f"{count:,} others"
    text = (
        f"{len(pieces):,} images seem to be pieces or smaller copies of {others}, by their names and sizes ({piece} of "
        f"{whole}). All are taken: a model learns from the same picture twice."
    )
    folders = _folders_of_pieces(entries, pieces)
    word = f"Leave out “{folders[0]}”" if len(folders) == 1 else "Leave out the folders of the pieces"
    answers = (Answer(words=word, leave_out=tuple(map(literal, folders))),) if folders else ()
    return (Doubt(about="taken", text=text, answers=answers),)


def _wholes_by_name(entries: Sequence[ImportEntry]) -> dict[str, list[ImportEntry]]:
    by_name: dict[str, list[ImportEntry]] = defaultdict(list)
    for entry in entries:
        if not entry.tile:
            by_name[_stem(entry)].append(entry)
    return by_name


def _whole_of(entry: ImportEntry, wholes: dict[str, list[ImportEntry]]) -> str:
    """The path of the image that this one seems to be a piece of; "" where there is none."""
    stem = _stem(entry)
    for gap in reversed(list(_BREAK.finditer(stem))):
        start, rest = stem[: gap.start()], stem[gap.end() :]
        if start in wholes and _OF_A_PIECE.fullmatch(rest):
            for whole in wholes[start]:
                if _fits(entry, whole):
                    return whole.path
    return ""


def _fits(piece: ImportEntry, whole: ImportEntry) -> bool:
    within = piece.width <= whole.width and piece.height <= whole.height
    return within and 0 < piece.width * piece.height * SMALLER <= whole.width * whole.height


def _folders_of_pieces(entries: Sequence[ImportEntry], pieces: dict[str, str]) -> list[str]:
    """The folders that hold all the pieces and nothing else; none where there are no such."""
    folders = {str(PurePosixPath(path).parent) for path in pieces}
    others = {str(PurePosixPath(entry.path).parent) for entry in entries if entry.path not in pieces}
    mixed = (
        folders & others or "." in folders or any(f"{other}/".startswith(f"{f}/") for f in folders for other in others)
    )
    return [] if mixed else sorted(folders)


def _stem(entry: ImportEntry) -> str:
    return fold_name(PurePosixPath(entry.path).stem)
