"""Files that changed since their import: found by a look at each, and what may be done about them."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vabal_core.images.parallel import in_order
from vabal_core.store.image_addresses import ImageAddress, image_addresses
from vabal_core.types import Progress
from vabal_core.workspace.image_content import Content, Look, look_at, remember_looks
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace

PIECE = 500  # looks between two events, and in one thread at a time


@dataclass(frozen=True, kw_only=True)
class ChangedImage:
    """An image whose file does not hold it any more: another picture stands there ("changed"), or none ("missing")."""

    image_id: int
    path: str
    file: Path
    fingerprint: str
    content: Content


def changed_images(ws: Workspace, project_id: int) -> tuple[ChangedImage, ...]:
    """The images of the project whose file was changed or is gone, by position: one question to the file system each.

    Where size or time differ, the content is read and compared. ValueError where there is no such project.
    """
    steps = check_images(ws, project_id)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def check_images(ws: Workspace, project_id: int) -> Generator[Progress, None, tuple[ChangedImage, ...]]:
    """`changed_images` step by step: images that were never looked at (of an older version) are read whole, once."""
    require_project(ws, project_id)
    addresses = image_addresses(ws.engine, project_id)
    pieces = [addresses[start : start + PIECE] for start in range(0, len(addresses), PIECE)]
    changed: list[ChangedImage] = []
    looks = in_order(_look_at_all, pieces)
    try:
        for done, (piece, answers) in enumerate(zip(pieces, looks, strict=True), start=1):
            remember_looks(ws, piece, answers)
            changed += [
                _changed(address, look.content)
                for address, look in zip(piece, answers, strict=True)
                if look.content != "same"
            ]
            yield Progress("check", min(done * PIECE, len(addresses)), len(addresses))
    finally:
        looks.close()
    return tuple(changed)


def _look_at_all(addresses: Sequence[ImageAddress]) -> list[Look]:
    return [look_at(address) for address in addresses]


def _changed(address: ImageAddress, content: Content) -> ChangedImage:
    return ChangedImage(
        image_id=address.image_id,
        path=address.path,
        file=Path(address.file),
        fingerprint=address.fingerprint,
        content=content,
    )
