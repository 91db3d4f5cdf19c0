"""Look at images, and take the labelled set out."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from pathlib import Path

from vabal_core.export.csv import csv_pieces
from vabal_core.store import browse as rows
from vabal_core.store.browse import BrowseRow
from vabal_core.store.images import image_by_id, images_by_id, images_per_split
from vabal_core.store.labelled import ExportRow, labelled_images
from vabal_core.types import Image, Split, StudioError
from vabal_core.workspace.opening import Workspace
from vabal_core.workspace.projects import require_project

LARGEST_PAGE = 1_000


def browse(
    ws: Workspace,
    project_id: int,
    *,
    class_id: int | None = None,
    split: Split | None = None,
    round: int | None = None,
    predicted_class_id: int | None = None,
    min_probability: float | None = None,
    max_probability: float | None = None,
    labelled: bool | None = None,
    text: str = "",
    offset: int = 0,
    limit: int = 60,
) -> tuple[list[BrowseRow], int]:
    """One page of the images that pass every filter given, by position, and how many pass in all.

    `class_id`: labelled so now. `round`: labelled while that round's ranking was in use. `text`: part of the path,
    capitals or not. A negative `offset` or a `limit` outside 1..1000 raises ValueError.
    """
    require_project(ws, project_id)
    if offset < 0 or not 1 <= limit <= LARGEST_PAGE:
        raise ValueError(f"offset {offset} and limit {limit}: offset is 0 or more, limit 1 to {LARGEST_PAGE}")
    probabilities = (min_probability, max_probability)
    wanted = rows.Filter(class_id, split, round, predicted_class_id, *probabilities, labelled, text.strip())
    return rows.browse(ws.engine, project_id, wanted, offset=offset, limit=limit)


def image_totals(ws: Workspace, project_id: int) -> dict[Split, int]:
    """How many images the project has in each split, zeros included."""
    require_project(ws, project_id)
    return images_per_split(ws.engine, project_id)


def image(ws: Workspace, image_id: int) -> Image:
    """The image with this id. ValueError where there is none."""
    found = image_by_id(ws.engine, image_id)
    if found is None:
        raise ValueError(f"no image has the id {image_id}")
    return found


def images(ws: Workspace, image_ids: Sequence[int]) -> dict[int, Image]:
    """image id -> the image, for those of `image_ids` that exist."""
    return images_by_id(ws.engine, image_ids)


def image_file(ws: Workspace, image_id: int) -> Path:
    """Where the image's bytes are. StudioError where the file is gone."""
    found = image(ws, image_id)
    if not found.file.is_file():
        raise StudioError(
            f"The file of image {found.path} is gone: {found.file} was there at import. Put it back, or connect the "
            "drive it is on."
        )
    return found.file


def export_rows(ws: Workspace, project_id: int) -> Iterator[ExportRow]:
    """Every labelled image with the label that counts now, pool and evaluation, by position; one at a time."""
    require_project(ws, project_id)
    return labelled_images(ws.engine, project_id)


def export_csv(ws: Workspace, project_id: int) -> Iterator[bytes]:
    """The labelled set as a CSV file in pieces; its columns are the fields of ExportRow, in their order."""
    header = [field.name for field in fields(ExportRow)]
    cells = attrgetter(*header)
    return csv_pieces(header, (cells(row) for row in export_rows(ws, project_id)))
