"""The rows of the tables that leave: labels, predictions for what has none, flags and doubts with their comments."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from operator import attrgetter
from typing import Any

from vabal_core.store import export_images
from vabal_core.store.gold import gold_ids
from vabal_core.store.images import UNDECIDED
from vabal_core.store.labelled_set import OF_PEOPLE, ExportRow, labelled_images
from vabal_core.store.search import ImageRow, rows_of
from vabal_core.store.second_looks import second_look_counts
from vabal_core.types import ExportRequest, ImageState, StudioError
from vabal_core.workspace.file_checks import changed_images
from vabal_core.workspace.projects import classes
from vabal_core.workspace.workspace import Workspace

PREDICTIONS = ("path", "split", "predicted_label", "predicted_probability", "rank", "score", "fingerprint")
FLAGS = ("path", "split", "state", "comment", "annotator", "marked_at", "fingerprint")
# What a piece of a larger image was cut from; these columns are there where the project has such pieces.
TILE = {
    "parent": "parent",
    "parent_fingerprint": "parent_fingerprint",
    "parent_x": "x",
    "parent_y": "y",
    "parent_width": "width",
    "parent_height": "height",
}
IN_DOUBT: tuple[ImageState, ...] = ("flagged", "unsure")
PIECE = 500
ANOTHER_PICTURE = "its file holds another picture by now: the label is of the old one"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table on its way out: its columns, and its rows, which come from the database as they are asked for."""

    header: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


def chosen_labels(ws: Workspace, project_id: int, request: ExportRequest) -> Iterator[ExportRow]:
    """The labelled images that the request lets through, by position."""
    names = _names(ws, project_id, request)
    return (
        row
        for row in labelled_images(ws.engine, project_id)
        if request.split in (None, row.split)
        and (not names or row.label in names)
        and (not request.annotators or row.annotator in request.annotators)
    )


def unchanged(
    ws: Workspace, project_id: int, rows: Iterable[ExportRow], left_out: list[dict[str, str]] | None = None
) -> Iterator[ExportRow]:
    """The rows without those whose file holds another picture by now, which would carry the label of the old one; these
    go to `left_out`. The files are looked at when the first row is asked for."""
    changed = {image.fingerprint for image in changed_images(ws, project_id) if image.content == "changed"}
    for row in rows:
        if row.fingerprint not in changed:
            yield row
        elif left_out is not None:
            left_out.append({"path": row.path, "reason": ANOTHER_PICTURE})


def table_of(ws: Workspace, project_id: int, request: ExportRequest, left_out: list[dict[str, str]]) -> Table:
    """The table that is asked for; what is not in it is told to `left_out` as its rows are read. StudioError where it
    is narrowed down by what its rows do not have."""
    if request.content == "labels":
        return _labels(ws, project_id, request, left_out)
    if request.content == "predictions" and request.annotators:
        raise StudioError("Predictions are of images that nobody has labelled: they cannot be chosen by person.")
    if request.content == "flags" and request.class_ids:
        raise StudioError("A flagged image has no class: flags cannot be chosen by class.")
    states, header = (UNDECIDED, PREDICTIONS) if request.content == "predictions" else (IN_DOUBT, FLAGS)
    names = {defect_class.id: defect_class.name for defect_class in classes(ws, project_id)}
    rows = (_undecided(row, names) for row in _rows(ws, project_id, states) if _passes(row, request))
    return Table(header=header, rows=(tuple(row[column] for column in header) for row in rows))


def _names(ws: Workspace, project_id: int, request: ExportRequest) -> set[str]:
    names = {defect_class.id: defect_class.name for defect_class in classes(ws, project_id)}
    unknown = set(request.class_ids) - set(names)
    if unknown:
        raise StudioError(f"The project has no class with the number {min(unknown)}.")
    return {names[class_id] for class_id in request.class_ids}


def _labels(ws: Workspace, project_id: int, request: ExportRequest, left_out: list[dict[str, str]]) -> Table:
    asked = second_look_counts(ws.engine, project_id) or gold_ids(ws.engine, project_id)
    header = tuple(field.name for field in fields(ExportRow) if asked or field.name not in OF_PEOPLE)
    rows = unchanged(ws, project_id, chosen_labels(ws, project_id, request), left_out)
    if not export_images.has_tiles(ws.engine, project_id):
        return Table(header=header, rows=map(attrgetter(*header), rows))
    return Table(header=(*header, *TILE), rows=_with_tiles(ws, project_id, rows, attrgetter(*header)))


def _with_tiles(
    ws: Workspace, project_id: int, rows: Iterable[ExportRow], cells: attrgetter
) -> Iterator[tuple[Any, ...]]:
    rows = iter(rows)
    while piece := list(islice(rows, PIECE)):
        tiles = export_images.tiles_of(ws.engine, project_id, [row.fingerprint for row in piece])
        for row in piece:
            tile = tiles.get(row.fingerprint, {})
            yield (*cells(row), *(tile.get(key) for key in TILE.values()))


def _rows(ws: Workspace, project_id: int, states: tuple[ImageState, ...]) -> Iterator[ImageRow]:
    for ids in export_images.ids_by_position(ws.engine, project_id, states):
        by_id = rows_of(ws.engine, project_id, ids)
        yield from (by_id[image_id] for image_id in ids if image_id in by_id)


def _passes(row: ImageRow, request: ExportRequest) -> bool:
    return (
        request.split in (None, row.split)
        and (not request.class_ids or row.predicted_class_id in request.class_ids)
        and (not request.annotators or row.annotator in request.annotators)
    )


def _undecided(row: ImageRow, names: dict[int, str]) -> dict[str, Any]:
    """The cells by column; of a class that is gone, no name."""
    cells = {name: getattr(row, name) for name in ("path", "split", "rank", "score", "fingerprint", "state")}
    cells |= {"comment": row.comment, "annotator": row.annotator, "marked_at": row.labelled_at}
    predicted = None if row.predicted_class_id is None else names.get(row.predicted_class_id)
    return cells | {"predicted_label": predicted, "predicted_probability": row.probability if predicted else None}
