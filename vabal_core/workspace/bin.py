"""The bin of a project: images out of the way at once, and back exactly as they were. It is emptied by hand only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import partial

from sqlalchemy.engine import Connection

from vabal_core.store import bin as rows
from vabal_core.store.change_log import Action, log_change
from vabal_core.store.classes import class_table, removed_classes
from vabal_core.store.database import reading, writing_piece
from vabal_core.store.images import images_by_id
from vabal_core.types import Actor, DefectClass, Image, NotFound
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace

PAGE = 60
PIECE = 500  # images while the write lock is held


@dataclass(frozen=True, kw_only=True)
class MergedClass:
    """A class that counts as another one, called `into`, until it is taken apart from it."""

    id: int
    name: str
    into: str


@dataclass(frozen=True, kw_only=True)
class BinContents:
    """What lies in the bin of a project: `images` is one page of `image_count`, those that went last first; and the
    classes that were `merged` into others, which `restore_class` takes apart again."""

    images: tuple[Image, ...]
    image_count: int
    classes: tuple[DefectClass, ...]
    merged: tuple[MergedClass, ...] = ()


def remove_images(ws: Workspace, actor: Actor, project_id: int, image_ids: Sequence[int]) -> int:
    """Put images into the bin; returns how many went, those in it already not among them.

    They are out of the queue, the counts, the export, the review, the grid and all learning from now on. Their labels
    stay in the log, and a label that is given to one of them meanwhile counts when it is back. ValueError for an id
    that is not the project's; nothing is removed then.
    """
    require_right(actor, "import")
    require_project(ws, project_id)
    step = partial(rows.remove, moment=datetime.now(UTC))
    return _piecewise(ws, actor, project_id, image_ids, step, "images removed")


def restore_images(ws: Workspace, actor: Actor, project_id: int, image_ids: Sequence[int]) -> int:
    """Take images out of the bin, as they were; returns how many came back. A class in the bin that one of them is
    labelled as comes with it. ValueError as in `remove_images`."""
    require_right(actor, "import")
    require_project(ws, project_id)
    return _piecewise(ws, actor, project_id, image_ids, rows.restore, "images restored")


def _piecewise(
    ws: Workspace,
    actor: Actor,
    project_id: int,
    image_ids: Sequence[int],
    step: Callable[..., int],
    action: Action,
) -> int:
    """A transaction for each piece: labels given meanwhile need not wait for all of them."""
    with reading(ws.engine) as transaction:
        rows.require_images(transaction, project_id, image_ids)
    count = 0
    for start in range(0, len(image_ids), PIECE):
        piece = image_ids[start : start + PIECE]
        with writing_piece(ws.engine) as transaction:
            gone = sum(step(transaction, project_id, condition) for condition in rows.among(piece))
            if gone:
                log_change(transaction, actor, project_id, action, images_in_words(transaction, piece), new=gone)
        count += gone
    return count


def images_in_words(transaction: Connection, image_ids: Sequence[int]) -> str:
    """The first of the images by its path, and how many more."""
    first = images_by_id(transaction, image_ids[:1]) if image_ids else {}
    names = [image.path for image in first.values()]
    return " and ".join([*names, *([f"{len(image_ids) - 1:,} more"] if len(image_ids) > 1 else [])])


def image_ids_at(ws: Workspace, project_id: int, patterns: Sequence[str], *, in_bin: bool = False) -> list[int]:
    """Ids of the images imported under these paths, by position; `*` and `?` stand for anything. `in_bin`: of those in
    the bin instead of those in use. NotFound naming a path under which there is none."""
    require_project(ws, project_id)
    paths = rows.paths_of(ws.engine, project_id, in_bin=in_bin)
    image_ids: dict[int, None] = {}
    for pattern in patterns:
        # A path that stands so is meant by itself; brackets are part of names.
        matching = [image_id for image_id, path in paths.items() if path == pattern] or [
            image_id for image_id, path in paths.items() if fnmatchcase(path, pattern.replace("[", "[[]"))
        ]
        if not matching:
            where = "in the bin" if in_bin else "of the project"
            raise NotFound(f"No image {where} was imported under the path {pattern}: give it as the project shows it.")
        image_ids |= dict.fromkeys(matching)
    return list(image_ids)


def bin_contents(ws: Workspace, project_id: int, *, offset: int = 0, limit: int = PAGE) -> BinContents:
    """What lies in the bin. ValueError for an unknown project."""
    require_project(ws, project_id)
    images, count = rows.removed_images(ws.engine, project_id, offset=offset, limit=limit)
    classes = removed_classes(ws.engine, project_id)
    return BinContents(
        images=tuple(images), image_count=count, classes=tuple(classes), merged=tuple(_merged_classes(ws, project_id))
    )


def _merged_classes(ws: Workspace, project_id: int) -> Iterator[MergedClass]:
    table = class_table(ws.engine, project_id)
    for class_id, into in table.merged.items():
        yield MergedClass(id=class_id, name=table.names[class_id], into=table.names[into])
