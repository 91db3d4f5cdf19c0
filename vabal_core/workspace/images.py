"""The images of a project, by id: what they are, what a browser shows of them, and how many there are."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from vabal_core.images.decode import inspect
from vabal_core.images.display import full, thumbnail
from vabal_core.images.scale import common_scale
from vabal_core.store import images as rows
from vabal_core.store.counts import state_counts
from vabal_core.store.database import Database, reading
from vabal_core.store.image_addresses import ImageAddress, address_of
from vabal_core.store.projects import project_by_id
from vabal_core.types import Image, ImageState, NotAllowed, NotFound, Scale, Split, StudioError, UnknownId
from vabal_core.workspace.image_content import look_at, remember_looks
from vabal_core.workspace.projects import in_use, require_project
from vabal_core.workspace.scale import project_scale
from vabal_core.workspace.workspace import Workspace

PictureSize = Literal["full", "screen", "thumbnail"]
THUMBNAIL_PIXELS = 160
SCREEN_PIXELS = 1_600  # on the long side: all that a desk shows of a large image that is fitted to the window


def image(ws: Workspace, image_id: int) -> Image:
    """The image with this id. ValueError where there is none."""
    row = rows.image_by_id(ws.engine, image_id)
    if row is None:
        raise UnknownId(f"no image has the id {image_id}")
    return row


def images_by_id(ws: Workspace, image_ids: Sequence[int]) -> dict[int, Image]:
    """image id -> the image, for those of `image_ids` that exist."""
    return rows.images_by_id(ws.engine, image_ids)


def image_file(ws: Workspace, image_id: int) -> Path:
    """Where the image's bytes are. NotFound where the file is gone, StudioError where it holds another picture by now:
    that one is never shown, because the label is not its own."""
    _, address = _address(ws.engine, image_id)
    return _file_of(ws, address)


def _address(database: Database, image_id: int) -> tuple[int, ImageAddress]:
    row = address_of(database, image_id)
    if row is None:
        raise UnknownId(f"no image has the id {image_id}")
    return row


def _file_of(ws: Workspace, address: ImageAddress) -> Path:
    look = look_at(address)
    if look.content == "missing":
        raise NotFound(
            f"The file of image {address.path} is gone: {address.file} was there at import. Put it back, connect the "
            "drive it is on, or say where its folder is now (Locate the folder, on the Data page)."
        )
    if look.content == "changed":
        raise StudioError(
            f"The file {address.file} holds another picture than the one that was imported from it. Put the old one "
            "back, or take the new one as a new image on the Data page."
        )
    remember_looks(ws, [address], [look])
    return Path(address.file)


def picture(ws: Workspace, image_id: int, size: PictureSize, *, project_id: int | None = None) -> tuple[bytes, str]:
    """The image as a browser shows it: bytes and media type. A desk fetches forty ahead, so the database is asked once.

    NotAllowed where the image is of another project than `project_id`, if that is given; StudioError where the file is
    gone or unreadable.
    """
    with reading(ws.engine) as transaction:
        of_project, address = _address(transaction, image_id)
        project = in_use(project_by_id(transaction, of_project), of_project)
    if project_id not in (None, of_project):
        raise NotAllowed("This image belongs to another project.")
    file, scale = _file_of(ws, address), project_scale(project)
    if size == "thumbnail":
        return _thumbnail(file, address.fingerprint, scale)
    # A browser keeps each picture for ever, so the larger ones are made again rather than held in memory here.
    return thumbnail(file, SCREEN_PIXELS, scale) if size == "screen" else full(file, scale)


def preview(file: Path, scale: Scale | None = None) -> tuple[bytes, str]:
    """A thumbnail, bytes and media type, of a file that is no image of a project yet, by `scale`, or else by a scale of
    its own. StudioError where unreadable."""
    values = None if scale else inspect(file).values
    seen = file.stat()
    return _thumbnail(file, f"{seen.st_size} {seen.st_mtime_ns}", common_scale([values]) if values else scale)


@lru_cache(maxsize=2000)
def _thumbnail(file: Path, content: str, scale: Scale | None) -> tuple[bytes, str]:
    """Kept by content too: the same file may hold another image later."""
    return thumbnail(file, THUMBNAIL_PIXELS, scale)


def image_totals(ws: Workspace, project_id: int) -> dict[Split, int]:
    """How many images the project has in each split, zeros included."""
    require_project(ws, project_id)
    states = state_counts(ws.engine, project_id)
    return {split: sum(states[split, state] for state in get_args(ImageState)) for split in get_args(Split)}
