"""Which images an import holds, those that another one had brought among them: they go when none that is in force
holds them any more, and come back with whichever does."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.images.ingest.table_file import is_table
from vabal_core.store import bin as rows
from vabal_core.store.images import IN_USE, brought_by_others
from vabal_core.store.import_changes import HELD, PRESENT, count_held, named_by, note_present
from vabal_core.store.imports import imports_of
from vabal_core.types import ImportEntry, ImportPlan
from vabal_core.workspace.open_import import OpenImport


def note_held(transaction: Connection, current: OpenImport, entries: Sequence[ImportEntry]) -> None:
    """Remember that the import holds these images, which are there already, together with the one that brought them."""
    fingerprints = [entry.fingerprint for entry in entries]
    note_present(transaction, current.id, brought_by_others(transaction, current.project_id, current.id, fingerprints))


def holds_known(plan: ImportPlan) -> bool:
    """Whether what the plan found to be there is held by its import: a table that only changes labels brings nothing
    that would stay."""
    return bool(plan.entries) or not is_table(Path(plan.source))


def goes_with(transaction: Connection, project_id: int, import_id: int) -> rows.Condition:
    """Of an image: it goes into the bin where the import is undone, for no other one in force holds it."""
    others = _in_force(transaction, project_id, import_id)
    elsewhere = sa.or_(rows.brought_by_any(others), named_by(others))
    return sa.and_(_of_import(import_id), IN_USE, sa.not_(elsewhere))


def comes_back_with(transaction: Connection, project_id: int, import_id: int) -> rows.Condition:
    """Of an image: it went into the bin with this import or with another one that held it, and comes back with this."""
    undone = [row.undone_at for row in imports_of(transaction, project_id) if row.undone_at is not None]
    return sa.and_(_of_import(import_id), rows.removed_at_any(undone))


def held_elsewhere(
    transaction: Connection, project_id: int, import_id: int, kinds: Sequence[str] = HELD
) -> tuple[int, list[int]]:
    """(images in use that the import brought and that other ones in force hold, too; the ids of those imports). `kinds`
    of holding: they named them, or took them out of the bin."""
    others = _in_force(transaction, project_id, import_id)
    images = rows.ids_of(transaction, rows.brought_by(import_id) & IN_USE & named_by(others, *kinds))
    return len(images), sorted(count_held(transaction, [import_id], others, kinds).get(import_id, ()))


def _of_import(import_id: int) -> rows.Condition:
    return sa.or_(rows.brought_by(import_id), named_by([import_id], PRESENT))


def _in_force(transaction: Connection, project_id: int, import_id: int) -> list[int]:
    return [row.id for row in imports_of(transaction, project_id) if row.undone_at is None and row.id != import_id]
