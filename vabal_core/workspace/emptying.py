"""Empty a bin, by hand only: what lies in it is gone for good, and with it those files that the Studio kept for it."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import Timeout
from sqlalchemy.engine import Connection

from vabal_core.experiment import background
from vabal_core.store import bin as bin_rows
from vabal_core.store import emptying as rows
from vabal_core.store.change_log import Action, log_change
from vabal_core.store.classes import empty_classes
from vabal_core.store.database import writing, writing_piece
from vabal_core.store.predictions import prune_rankings
from vabal_core.store.projects import mark_emptied, project_by_id
from vabal_core.store.rounds import rounds
from vabal_core.types import Actor, Busy, StudioError
from vabal_core.workspace.experiment_folder import folders_of
from vabal_core.workspace.pending import claim, mark_incomplete, remove_claimed
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.round_process import driver_lock
from vabal_core.workspace.workspace import Workspace

LOCK_SECONDS = 5.0  # a learner that is stopped is gone within one


@dataclass(frozen=True, kw_only=True)
class Emptied:
    """What has gone for good: images, classes, and the bytes of files that were deleted."""

    images: int = 0
    classes: int = 0
    bytes: int = 0


def empty_bin(ws: Workspace, actor: Actor, project_id: int) -> Emptied:
    """Empty the bin of a project. Its images are new again where they are imported again; their labels stay in the log.

    Deleted are those files that the Studio itself has written below its data folder and that no other image uses; what
    lies elsewhere is the person's. It goes piece by piece, while others label; what goes into the bin meanwhile stays
    in it, and what a crash leaves goes next time. ValueError for an unknown project.
    """
    require_right(actor, "import")
    require_project(ws, project_id)
    _log(ws, actor, project_id, "bin emptied")
    return _empty(ws, project_id)


def empty_project(ws: Workspace, actor: Actor, project_id: int) -> Emptied:
    """Empty a project out of the bin, with its rounds, experiments and caches; its labels stay in the log. Once it is
    gone nothing happens.

    StudioError where it is not in the bin; Busy where a round or an experiment of it is still being stopped.
    """
    require_right(actor, "import")
    project = project_by_id(ws.engine, project_id)
    if project is None:
        return Emptied()
    if project.removed_at is None:
        raise StudioError(f"The project “{project.name}” is in use: put it into the bin first.")
    folder = ws.data_dir / "projects" / str(project_id)
    if any(background.is_running(path) for path in folders_of(folder / "experiments")):
        raise Busy(f"An experiment of “{project.name}” is under way: stop it first.")
    try:
        with driver_lock(ws, project_id).acquire(timeout=LOCK_SECONDS):
            _log(ws, actor, project_id, "project emptied", project.name)
            emptied = _empty_whole(ws, project_id)
    except Timeout as error:
        raise Busy(f"A round of “{project.name}” is still being stopped. Try again in a moment.") from error
    shutil.rmtree(folder, ignore_errors=True)
    return emptied


def _log(ws: Workspace, actor: Actor, project_id: int, action: Action, subject: str = "") -> None:
    """Before the first piece goes: a crash in between leaves a line that says who began."""
    with writing(ws.engine) as transaction:
        log_change(transaction, actor, project_id, action, subject)


def _empty_whole(ws: Workspace, project_id: int) -> Emptied:
    with writing(ws.engine) as transaction:
        removed_at = _require_in_bin(transaction, project_id, "nothing was emptied")
        bin_rows.remove(transaction, project_id, bin_rows.EVERY, removed_at)
    emptied = _empty(ws, project_id)
    with writing(ws.engine) as transaction:
        _require_in_bin(transaction, project_id, "what was not emptied yet is in it")
    prune_rankings(ws.engine, [round_.id for round_ in rounds(ws.engine, project_id)])
    with writing(ws.engine) as transaction:
        mark_emptied(transaction, project_id)
    return emptied


def _require_in_bin(transaction: Connection, project_id: int, outcome: str) -> datetime:
    """Since when the project is in the bin; StudioError, saying the outcome, where it is not any more."""
    project = project_by_id(transaction, project_id)
    if project is None or project.removed_at is None:
        raise StudioError(f"The project was brought back just now: {outcome}.")
    return project.removed_at


def _empty(ws: Workspace, project_id: int) -> Emptied:
    images = 0
    in_bin = bin_rows.ids_of(ws.engine, bin_rows.in_bin_of(project_id))
    for start in range(0, len(in_bin), rows.PIECE):
        with writing_piece(ws.engine) as transaction:
            images += rows.begin_emptying(transaction, project_id, in_bin[start : start + rows.PIECE])
    with writing(ws.engine) as transaction:  # last: an image that came back meanwhile has brought its class along
        classes = empty_classes(transaction, project_id)
    size, touched, image_ids = 0, set(), [0]
    while image_ids:
        with writing_piece(ws.engine) as transaction:
            image_ids, addresses = rows.next_files(transaction, project_id)
            size += _delete(ws, addresses, touched)
            rows.forget_files(transaction, image_ids)
    _remove_unused(ws, touched)
    return Emptied(images=images, classes=classes, bytes=size)


def _remove_unused(ws: Workspace, folders: Iterable[Path]) -> None:
    """Remove those of the folders that no image uses, with what else the archives held."""
    for folder in sorted(folders):
        with writing(ws.engine) as transaction:
            used = rows.is_used(transaction, f"{folder.relative_to(ws.data_dir).as_posix()}/")
            if not used:
                claim(folder)
        if not used:
            remove_claimed(folder)


def _delete(ws: Workspace, addresses: Iterable[str], touched: set[Path]) -> int:
    """Delete those of the files that lie in the folders of projects; returns how many bytes they had. `touched` gets
    the folders of archives that some lay in."""
    size = 0
    for address in addresses:
        file = Path(os.path.normpath(address))
        if archive := _archive_folder(ws, file):
            touched.add(archive)
            mark_incomplete(archive)
            size += _size(file)
            file.unlink(missing_ok=True)
    return size


def _archive_folder(ws: Workspace, file: Path) -> Path | None:
    """The folder that an archive was unpacked into, or an upload moved to, and that holds `file`; None where the Studio
    has not written it."""
    root = ws.data_dir / "projects"
    parts = file.relative_to(root).parts if file.is_relative_to(root) else ()
    return root.joinpath(*parts[:3]) if len(parts) > 3 and parts[1] == "images" else None


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
