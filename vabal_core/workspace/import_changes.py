"""What a source says otherwise of images that are there: looked up with the plan, to be chosen from."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from vabal_core.store.classes import class_book
from vabal_core.store.image_addresses import ImageAddress, find_addresses
from vabal_core.store.images import is_hidden
from vabal_core.store.search import ImageRow, rows_of
from vabal_core.types import ChangesToApply, ImportEntry, ImportPlan, LabelChange, Project
from vabal_core.types.names import clean_name
from vabal_core.workspace.conflicts import current_names, label_change
from vabal_core.workspace.image_content import look_at
from vabal_core.workspace.projects import project_if_any
from vabal_core.workspace.workspace import Workspace


def find_changes(
    ws: Workspace, project: Project | None, plan: ImportPlan, unpacked: Path | None = None
) -> tuple[LabelChange, ...]:
    """Labels and splits that differ, images whose file is gone and lies in the source now ("moved"), and files that
    hold a new picture ("content"): what was imported from them is gone. In the order of the plan.

    `unpacked` is the folder that an archive was unpacked into just now: an image that had its file in it has that back.
    """
    if project is None:
        return ()
    present = {entry.fingerprint: entry for entry in plan.present}
    addresses = find_addresses(ws.engine, project.id, "fingerprint", list(present))
    rows, names = (
        rows_of(ws.engine, project.id, [address.image_id for address in addresses]),
        current_names(ws, project.id),
    )
    changes = {
        address.fingerprint: [
            *_changes_of(present[address.fingerprint], address, rows[address.image_id], names),
            *_move_of(present[address.fingerprint], address, unpacked),
        ]
        for address in addresses
    }
    ordered = [change for entry in plan.present for change in changes.get(entry.fingerprint, ())]
    return (*ordered, *_new_contents(ws, project.id, plan))


def _changes_of(
    entry: ImportEntry, address: ImageAddress, row: ImageRow, names: Mapping[int, str]
) -> Iterator[LabelChange]:
    if entry.label is not None and not is_hidden(entry):
        change = label_change(row, address, entry.label, entry.labelled_at, names)
        if change is not None:
            yield change
    facts = {"image_id": address.image_id, "path": address.path, "fingerprint": address.fingerprint}
    stated = entry.split_stated or (entry.label is not None and entry.label_use == "evaluate")
    if stated and entry.split != row.split:
        # What is set aside to measure on stays so unless somebody chooses otherwise: it would be learned from.
        yield LabelChange(**facts, kind="split", old=row.split, new=entry.split, newer=entry.split == "pool")


def _move_of(entry: ImportEntry, address: ImageAddress, unpacked: Path | None) -> Iterator[LabelChange]:
    back = unpacked is not None and entry.file.is_relative_to(unpacked) and str(entry.file) == address.file
    if back or (str(entry.file) != address.file and look_at(address).content != "same"):
        facts = {"image_id": address.image_id, "path": address.path, "fingerprint": address.fingerprint}
        yield LabelChange(**facts, kind="moved", old=address.file, new=str(entry.file), newer=False)


def _new_contents(ws: Workspace, project_id: int, plan: ImportPlan) -> list[LabelChange]:
    by_file = {str(entry.file): entry for entry in plan.entries}
    return [
        LabelChange(
            image_id=address.image_id,
            path=address.path,
            fingerprint=address.fingerprint,
            kind="content",
            old=address.fingerprint,
            new=by_file[address.file].fingerprint,
            newer=False,
        )
        for address in find_addresses(ws.engine, project_id, "file", list(by_file))
        if address.file in by_file
    ]


def new_classes(ws: Workspace, project_name: str, plan: ImportPlan) -> list[str]:
    """The classes that the plan would make, for new images or for changes of those that are there; sorted."""
    project = project_if_any(ws, clean_name(project_name, "project"))
    book = class_book(ws.engine, project.id) if project else None
    labels = {entry.label for entry in plan.entries if entry.label is not None}
    labels |= {change.new for change in plan.changes if change.kind == "label"}
    return sorted(label for label in labels if book is None or book.find(label) is None)


def changes_to_apply(plan: ImportPlan, which: ChangesToApply) -> list[LabelChange]:
    """The plan's changes, without those that would go over what a person decided later ("older"), or none."""
    return [change for change in plan.changes if which == "all" or (which == "older" and not change.newer)]


def chosen_changes(changes: Collection[LabelChange], apply: Collection[LabelChange]) -> list[LabelChange]:
    """Those to be applied: `apply`, and addresses of files that moved, which nobody would keep as they are."""
    return [change for change in changes if change in apply or change.kind == "moved"]
