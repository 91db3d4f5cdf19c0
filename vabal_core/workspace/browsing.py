"""Look at images, and take the labelled set out."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import get_args

from vabal_core.export.csv import csv_pieces
from vabal_core.store import browse as rows
from vabal_core.store.browse import BrowseRow
from vabal_core.store.images import image_by_id, images_by_id, images_per_split
from vabal_core.store.labelled import ExportRow, labelled_images
from vabal_core.types import Image, ImageState, Sort, Split, StudioError
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
    state: ImageState | None = None,
    annotator: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    min_score: float | None = None,
    max_score: float | None = None,
    disagrees: bool | None = None,
    sort: Sort = "position",
    descending: bool = False,
    offset: int = 0,
    limit: int = 60,
) -> tuple[list[BrowseRow], int]:
    """One page of the images that pass every filter given, and how many pass in all.

    `class_id`: labelled so now. `round`: decided on while that round's ranking was in use. `text`: part of the path,
    capitals or not. `annotator`, `since` (that moment too) and `until` (before it; both aware): of the decision that
    counts, a label, an "unsure" or a "flag". `disagrees`: the label is another class than a model says that had not
    learned from the image; False: the same. `sort`: "disagreement" is the model's probability where the two differ;
    rows without a value come last either way. ValueError for a negative `offset`, a `limit` outside 1..1000, a `sort`
    or `state` that does not exist, or a time without a zone.
    """
    require_project(ws, project_id)
    if offset < 0 or not 1 <= limit <= LARGEST_PAGE:
        raise ValueError(f"offset {offset} and limit {limit}: offset is 0 or more, limit 1 to {LARGEST_PAGE}")
    for value, known in ((sort, get_args(Sort)), (state, (None, *get_args(ImageState)))):
        if value not in known:
            raise ValueError(f"{value!r} is none of {known}")
    for moment in (since, until):
        if moment is not None and moment.tzinfo is None:
            raise ValueError(f"a time without a zone was given: {moment!r}; give an aware datetime")
    wanted = rows.Filter(
        class_id, split, round, predicted_class_id, min_probability, max_probability, labelled, text.strip(),
        state, annotator, since, until, min_score, max_score, disagrees,
    )  # fmt: skip
    return rows.browse(ws.engine, project_id, wanted, sort=sort, descending=descending, offset=offset, limit=limit)


def annotators(ws: Workspace, project_id: int) -> list[str]:
    """Everybody who has decided on an image of the project, by name; imports and the demo's oracle among them."""
    require_project(ws, project_id)
    return rows.annotators(ws.engine, project_id)


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
