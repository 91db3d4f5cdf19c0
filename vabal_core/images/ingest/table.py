"""A table that names images, with their labels and splits. The columns of an own export are read back as well."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vabal_core.images.ingest.formats.annotation import LabelledBox, split_in
from vabal_core.images.ingest.paths import file_of
from vabal_core.images.ingest.table_file import AS_IT_TELLS, read_table
from vabal_core.types import Box, Split, StudioError, TableColumns, Tile
from vabal_core.types.cells import as_written


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One file to try. `path` as its source names it; `label` and `split` are None where the source states none; `line`
    is the line of the table that names it, None where it was found in a folder. `fingerprint` and `labelled_at` are
    what an own export says of the image's content and of when its label was given. `label_from_path`: nothing but its
    path may give it a label, or else `boxes`, what annotations mark in it. `box`: only this piece of the file is meant,
    `parent` being the path of the whole; `record`: where annotations name it;
    `tile`: what an own export says that the image was cut from. `at_odds`: the classes that its path and its annotation
    name, where these differ and it has none of them."""

    path: str
    file: Path
    label: str | None
    split: Split | None = None
    line: int | None = None
    fingerprint: str | None = None
    labelled_at: datetime | None = None
    label_from_path: bool = False
    boxes: tuple[LabelledBox, ...] = ()
    box: LabelledBox | None = None
    parent: str = ""
    record: str = ""
    tile: Tile | None = None
    at_odds: tuple[str, ...] = ()


def read_candidates(
    table: Path, *, paths_label: bool = False, columns: TableColumns = AS_IT_TELLS
) -> tuple[Candidate, ...]:
    """All rows of a table that names images; those that say no more of an image than others do are passed over.

    With `paths_label`, a table without a label column leaves the paths their say. Whether the files exist is not
    asked. Raises `StudioError` as `read_table`, and for an empty path or an unknown split, naming the line.
    """
    first: dict[Any, Candidate] = {}
    for line, cells in read_table(table, columns).rows:
        candidate = _candidate(cells, line, table, paths_label)
        first.setdefault((_image_of(candidate), candidate.label), candidate)
    labelled = {image for image, label in first if label is not None}
    rows = first.items()
    return tuple(row for (image, label), row in rows if label is not None or image not in labelled)


def _image_of(candidate: Candidate) -> tuple[Any, ...]:
    """What a row says of its image, but for the class."""
    return candidate.path, candidate.split, candidate.fingerprint


def label_in(cells: dict[str, str]) -> str | None:
    """The label of a row, as an export or a person wrote it; None where there is none."""
    return as_written(cells.get("label", "")).strip() or None


def fingerprint_in(cells: dict[str, str]) -> str | None:
    """The SHA-256 that an own export gives an image, None where the row has none."""
    value = cells.get("fingerprint", "").strip().lower()
    return value if len(value) == 64 and set(value) <= set("0123456789abcdef") else None


def labelled_at_in(cells: dict[str, str]) -> datetime | None:
    """When the label of a row was given, aware, as far as the row says so."""
    for column in ("labelled_at", "created_at"):
        try:
            given = datetime.fromisoformat(cells.get(column, "").strip())
        except ValueError:
            continue
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    return None


def tile_in(cells: Mapping[str, Any]) -> Tile | None:
    """What an own export says that the image was cut from, in the columns parent, parent_x ...; None where it was
    not."""
    try:
        x, y, width, height = (int(cells[f"parent_{edge}"]) for edge in ("x", "y", "width", "height"))
    except (KeyError, TypeError, ValueError):
        return None
    fingerprint = fingerprint_in({"fingerprint": str(cells.get("parent_fingerprint", ""))})
    parent = as_written(str(cells.get("parent") or ""))
    box = Box(x=x, y=y, width=width, height=height)
    return Tile(parent=parent, parent_fingerprint=fingerprint, box=box) if parent and fingerprint else None


def _candidate(cells: dict[str, str], line: int, table: Path, paths_label: bool) -> Candidate:
    if not cells["path"].strip() or "\0" in cells["path"]:
        reason = "broken: it holds a zero byte" if cells["path"].strip() else "empty"
        raise StudioError(f"{table.name}, line {line}: the path is {reason}")
    path, file = file_of(table.parent, cells["path"])
    return Candidate(
        path=path,
        file=file,
        label=label_in(cells),
        split=_split(cells.get("split", ""), line, table.name),
        line=line,
        fingerprint=fingerprint_in(cells),
        labelled_at=labelled_at_in(cells),
        tile=tile_in(cells),
        label_from_path=paths_label and "label" not in cells,
    )


def _split(cell: str, line: int, name: str) -> Split | None:
    split = split_in(cell)
    if split is None and cell.strip():
        raise StudioError(f"{name}, line {line}: split is {cell.strip()!r}; use pool, train, test, eval or val")
    return split
