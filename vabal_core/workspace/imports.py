"""What was imported, and what has become of it."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from vabal_core.store import imports
from vabal_core.store.database import reading
from vabal_core.store.images import import_states
from vabal_core.store.import_changes import PRESENT, ChangeCounts, count_changes, count_present
from vabal_core.workspace.import_holdings import held_elsewhere
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace

LABELS_OF = "labels of "  # before the address of a table that gave labels to images that were there
NEW_PICTURES = "new pictures in changed files"

ImportState = Literal["whole", "broken off", "undone", "undone in part", "brought back"]


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import, or another change that is listed and undone like one: labels that a table gave to images that were
    there (its `source` begins with `LABELS_OF`), new pictures taken from changed files (it is `NEW_PICTURES`).
    `planned`: images it was to write; `images` of them are in use now, `labelled` of those have a label now, `removed`
    lie in the bin. `present`: images that another import had brought and that it named, too; `held`: those of `images`
    that stay although it is undone, for the imports `holders` (ids), which are in force, named them, too.

    Of images that were there already it changed `labels_changed` labels, took `splits_changed` to another split, linked
    `files_linked` to where their file lies now, put `replaced` into the bin, as their file holds a new picture, and
    took `from_bin` out of it. `standing` of all these are in force, `kept` are undone but for what somebody decided
    since, which stays. `finished_at` is None where it broke off or is under way: the same import again brings what is
    missing.
    """

    id: int
    source: str
    annotator: str
    created_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    planned: int
    images: int
    labelled: int
    removed: int
    present: int = 0
    held: int = 0
    holders: tuple[int, ...] = ()
    labels_changed: int = 0
    splits_changed: int = 0
    files_linked: int = 0
    replaced: int = 0
    from_bin: int = 0
    standing: int = 0
    undone: int = 0
    kept: int = 0

    @property
    def title(self) -> str:
        """What it came from, in short."""
        start = LABELS_OF if self.source.startswith(LABELS_OF) else ""
        return start + (Path(self.source.removeprefix(start)).name or self.source)

    @property
    def state(self) -> ImportState:
        """What has become of it. "undone in part": undoing it broke off, or some of it was brought back otherwise."""
        if self.undone_at is None:
            return "broken off" if self.finished_at is None else "whole"
        if self.images == self.held and not self.standing:
            return "undone"
        return "undone in part" if self.removed or self.undone else "brought back"


def list_imports(ws: Workspace, project_id: int) -> list[Import]:
    """The imports of a project, newest first; those of before imports were remembered are not among them."""
    require_project(ws, project_id)
    with reading(ws.engine) as transaction:
        stored = imports.imports_of(transaction, project_id)
        ids = [row.id for row in stored]
        states, changes = import_states(transaction, ids), count_changes(transaction, ids)
        present = count_present(transaction, ids)
        held = {row.id: held_elsewhere(transaction, project_id, row.id, [PRESENT]) for row in stored if row.undone_at}
    listed = [_import(row, states.get(row.id, Counter()), changes.get(row.id, NO_CHANGES)) for row in stored]
    return [
        replace(each, present=present.get(each.id, 0), held=count, holders=tuple(holders))
        for each in listed
        for count, holders in [held.get(each.id, (0, []))]
    ]


NO_CHANGES = ChangeCounts(made=Counter(), undone=Counter(), kept=Counter())


def _import(row: imports.ImportRow, states: Counter[str], changes: ChangeCounts) -> Import:
    gone = states["removed"] + states["emptied"]
    return Import(
        id=row.id,
        source=row.source,
        annotator=row.annotator,
        created_at=row.created_at,
        finished_at=row.finished_at,
        undone_at=row.undone_at,
        planned=row.images,
        images=states.total() - gone,
        labelled=states["labelled"],
        removed=states["removed"],
        labels_changed=changes.made["label"],
        splits_changed=changes.made["split"],
        files_linked=changes.made["moved"],
        replaced=changes.made["content"],
        from_bin=changes.made["from_bin"],
        standing=changes.made.total() - changes.undone.total(),
        undone=changes.undone.total(),
        kept=changes.kept["label"] + changes.kept["split"],
    )
