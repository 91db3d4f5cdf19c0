"""Files that changed since their import: found by a look at each, and what may be done about them."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from vabal_core.images.decode import measure
from vabal_core.images.parallel import in_order
from vabal_core.store.database import writing, writing_piece
from vabal_core.store.image_addresses import ImageAddress, find_addresses, image_addresses
from vabal_core.store.images import insert_images
from vabal_core.store.import_changes import note_changes
from vabal_core.store.imports import finish_import
from vabal_core.store.search import rows_of
from vabal_core.types import Actor, ImportEntry, Progress, Split, StudioError
from vabal_core.workspace.change_writing import put_away
from vabal_core.workspace.image_content import Content, Look, compare, digest, look_at, remember_looks
from vabal_core.workspace.imports import NEW_PICTURES
from vabal_core.workspace.open_import import begin_change, require_not_undone
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace

PIECE = 500  # looks between two events, and in one thread at a time
FILES_READ = 16  # as much, where each file is read


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


def check_images(
    ws: Workspace, project_id: int, *, content: bool = False
) -> Generator[Progress, None, tuple[ChangedImage, ...]]:
    """`changed_images` step by step: images that were never looked at (of an older version) are read whole, once. With
    `content` every file is read, also where size and time are as they were; what that finds is known from then on."""
    require_project(ws, project_id)
    addresses = image_addresses(ws.engine, project_id)
    size = FILES_READ if content else PIECE
    pieces = [addresses[start : start + size] for start in range(0, len(addresses), size)]
    changed: list[ChangedImage] = []
    looks = in_order(partial(_look_at_all, look=compare if content else look_at), pieces)
    try:
        for done, (piece, answers) in enumerate(zip(pieces, looks, strict=True), start=1):
            remember_looks(ws, piece, answers)
            changed += [
                _changed(address, look.content)
                for address, look in zip(piece, answers, strict=True)
                if look.content != "same"
            ]
            yield Progress("check", min(done * size, len(addresses)), len(addresses))
    finally:
        looks.close()
    return tuple(changed)


def _look_at_all(addresses: Sequence[ImageAddress], look: Callable[[ImageAddress], Look]) -> list[Look]:
    return [look(address) for address in addresses]


def _changed(address: ImageAddress, content: Content) -> ChangedImage:
    return ChangedImage(
        image_id=address.image_id,
        path=address.path,
        file=Path(address.file),
        fingerprint=address.fingerprint,
        content=content,
    )


def take_changed(
    ws: Workspace, actor: Actor, project_id: int, image_ids: Sequence[int]
) -> Generator[Progress, None, dict[str, int]]:
    """Take the new picture in the file of each image as a new image without a label, in the same split; the image that
    was there goes into the bin, where its label waits for its picture to come back. It is listed with the imports, and
    undone like one.

    Returns how many images were "taken" and how many could not be, "left": their file is no image, or holds one that
    the project has. Images whose file was not changed are passed over.
    """
    require_right(actor, "import")
    addresses = find_addresses(ws.engine, project_id, "id", list(image_ids))
    changed = [address for address in addresses if look_at(address).content == "changed"]
    splits = {image.image_id: image.split for image in rows_of(ws.engine, project_id, list(image_ids)).values()}
    with writing(ws.engine) as transaction:
        facts = {"images": len(changed), "anything": bool(changed)}
        import_id = begin_change(transaction, actor, project_id, NEW_PICTURES, **facts)
    taken = 0
    readings = in_order(lambda address: _entry(address, splits[address.image_id]), changed)
    try:
        for done, (address, entry) in enumerate(zip(changed, readings, strict=True), start=1):
            taken += entry is not None and _replace(ws, project_id, import_id, address, entry)
            yield Progress("take", done, len(changed), message=address.path)
    finally:
        readings.close()
    if import_id is not None:
        finish_import(ws.engine, import_id)
    return {"taken": taken, "left": len(changed) - taken}


def _entry(address: ImageAddress, split: Split) -> ImportEntry | None:
    """What the file of `address` holds now; None where it cannot be read as an image."""
    file = Path(address.file)
    try:
        seen = file.stat()
        fingerprint = digest(file, seen)
        width, height = measure(file)
    except (OSError, StudioError):
        return None
    return ImportEntry(
        path=address.path,
        file=file,
        label=None,
        split=split,
        label_use="use",
        fingerprint=fingerprint,
        width=width,
        height=height,
        size=seen.st_size,
        modified_ns=seen.st_mtime_ns,
    )


def _replace(ws: Workspace, project_id: int, import_id: int, address: ImageAddress, entry: ImportEntry) -> bool:
    with writing_piece(ws.engine) as transaction:
        require_not_undone(transaction, import_id)
        if not insert_images(transaction, project_id, [entry], import_id):
            return False
        note_changes(transaction, import_id, put_away(transaction, project_id, [address.image_id]))
    return True
