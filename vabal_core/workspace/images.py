"""The images of a project, by id: what they are, where their bytes lie, and how many there are."""

from collections.abc import Sequence
from pathlib import Path

from vabal_core.store import images as rows
from vabal_core.types import Image, Split, StudioError
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace


def image(ws: Workspace, image_id: int) -> Image:
    """The image with this id. ValueError where there is none."""
    found = rows.image_by_id(ws.engine, image_id)
    if found is None:
        raise ValueError(f"no image has the id {image_id}")
    return found


def images_by_id(ws: Workspace, image_ids: Sequence[int]) -> dict[int, Image]:
    """image id -> the image, for those of `image_ids` that exist."""
    return rows.images_by_id(ws.engine, image_ids)


def image_file(ws: Workspace, image_id: int) -> Path:
    """Where the image's bytes are. StudioError where the file is gone."""
    found = image(ws, image_id)
    if not found.file.is_file():
        raise StudioError(
            f"The file of image {found.path} is gone: {found.file} was there at import. Put it back, or connect the "
            "drive it is on."
        )
    return found.file


def image_totals(ws: Workspace, project_id: int) -> dict[Split, int]:
    """How many images the project has in each split, zeros included."""
    require_project(ws, project_id)
    return rows.images_per_split(ws.engine, project_id)
