"""Images kept for experiments: what none of them needs any more goes, and nothing else."""

from collections.abc import Container
from pathlib import Path

from vabal_core.experiment.kept_images import kept_parts, needed_parts
from vabal_core.experiment.once import made_at, remove_made
from vabal_core.store.database import reading
from vabal_core.store.emptying import is_used
from vabal_core.workspace.experiment_folder import folders_of
from vabal_core.workspace.experiment_sources import IMAGES
from vabal_core.workspace.workspace import Workspace


def remove_unneeded_images(
    ws: Workspace, *, among: Container[str] | None = None, before: float = float("inf")
) -> list[Path]:
    """Remove what was unpacked, drawn or written for experiments and is needed by none, and by no project; returns the
    folders that are gone. For whoever is `alone`.

    `among`: these parts only (see kept_images.py); `before`: only what was made before, in seconds since 1970. Nothing
    goes as long as an experiment is there of which it cannot be told what it needs.
    """
    images, needed = ws.data_dir / IMAGES, _needed(ws)
    if needed is None:
        return []
    parts = [part for part in kept_parts(images) if part not in needed and (among is None or part in among)]
    return [
        images / part
        for part in parts
        if made_at(images / part) < before and not _holds_images_of_a_project(ws, part) and remove_made(images / part)
    ]


def _needed(ws: Workspace) -> set[str] | None:
    """Of all projects that the data folder holds, also of those in the bin or of another database."""
    experiments = [path for folder in ws.data_dir.glob("projects/*/experiments") for path in folders_of(folder)]
    of_each = [needed_parts(path, IMAGES) for path in experiments]
    return None if None in of_each else set().union(*of_each)


def _holds_images_of_a_project(ws: Workspace, part: str) -> bool:
    """A person may have imported from there."""
    with reading(ws.engine) as transaction:
        return is_used(transaction, f"{IMAGES}/{part}/")
