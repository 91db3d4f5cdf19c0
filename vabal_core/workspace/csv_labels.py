"""Labels from a table: what another tool, or an earlier export, already knows."""

import time
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vabal_core.images.ingest.table_file import AS_IT_TELLS
from vabal_core.store.change_log import log_change
from vabal_core.store.classes import class_book, insert_classes
from vabal_core.store.database import writing, writing_piece
from vabal_core.store.image_addresses import ImageAddress
from vabal_core.store.import_changes import label_given, note_changes
from vabal_core.store.imports import finish_import
from vabal_core.store.search import rows_of
from vabal_core.types import Actor, ChangesToApply, ImportProblem, LabelChange, LabelEvent, StudioError, TableColumns
from vabal_core.types.names import NameBook, clean_name, fold_name, name_book
from vabal_core.workspace.conflicts import current_names, label_change
from vabal_core.workspace.image_matcher import ImageMatcher
from vabal_core.workspace.imports import LABELS_OF
from vabal_core.workspace.labelling import record_in
from vabal_core.workspace.open_import import begin_change, require_not_undone
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import classes, require_project
from vabal_core.workspace.table_rows import TableRow, read_rows
from vabal_core.workspace.workspace import Workspace

PIECE = 150  # labels written while the write lock is held


@dataclass(frozen=True)
class TableLabels:
    """What became of the rows, or would: labels written, rows whose label stood already, rows left out with the reason,
    labels of the project that were kept against the table, what is to be doubted of the table, the `changes` that were
    written, those of a label that was there and of images without one, and the classes that were made for them."""

    written: int
    already: int
    problems: tuple[ImportProblem, ...]
    kept: tuple[LabelChange, ...] = ()
    doubts: tuple[str, ...] = ()
    changes: tuple[LabelChange, ...] = ()
    new_classes: tuple[str, ...] = ()


@dataclass
class _Sorted:
    """The rows so far: image id -> the row that labels it and the class it names; and the rows that cannot be used."""

    chosen: dict[int, tuple[TableRow, ImageAddress, int]] = field(default_factory=dict)
    problems: list[ImportProblem] = field(default_factory=list)


def label_from_csv(
    ws: Workspace,
    actor: Actor,
    project_id: int,
    file: Path,
    *,
    apply: ChangesToApply = "older",
    create_classes: bool = False,
    columns: TableColumns = AS_IT_TELLS,
    dry_run: bool = False,
) -> TableLabels:
    """Label images by a table (CSV, TSV or Excel); which of its columns name image and class is told by their names and
    cells, where `columns` does not say it.

    A path is as at import, relative to the table or whole; where the table has the fingerprints of an own export, these
    say which image is meant. A label that differs from the project's own replaces it where `apply` is "all"; under
    "older" not where a person gave the own one after what the table knows (its column labelled_at; without one, any
    label that a person gave); under "none" never. `create_classes` makes the classes that are missing. A second run
    writes nothing, nor does any with `dry_run`. What is written is listed with the imports, and undone like one.
    StudioError where the file cannot be read or lacks a column; a row that fits no image or no class is left out and
    listed.
    """
    require_right(actor, "label")
    require_project(ws, project_id)
    source = f"{LABELS_OF}{file.absolute()}"
    table = read_rows(file, columns)
    matcher = ImageMatcher(ws, project_id, table)
    rows = [(row, matcher.find(row)) for row in table.rows]
    missing: list[str] = []
    if create_classes:
        require_right(actor, "describe")
        missing = _missing_classes(ws, project_id, [row for row, address in rows if not isinstance(address, str)])
    if not dry_run:
        _create_classes(ws, actor, project_id, source, missing)
    planned = {-number: name for number, name in enumerate(missing, start=1)} if dry_run else {}
    sorted_rows = _sort(ws, project_id, rows, planned)
    new, kept = _against_labels(ws, project_id, sorted_rows.chosen, apply, planned)
    if not dry_run:
        _write(ws, actor, project_id, source, [(change.image_id, class_id) for change, class_id in new])
    already = len(rows) - len(sorted_rows.problems) - len(new) - len(kept)
    changes = tuple(change for change, _ in new)
    facts = {"kept": tuple(kept), "doubts": (*table.doubts, *matcher.doubts), "changes": changes}
    return TableLabels(len(new), already, tuple(sorted_rows.problems), **facts, new_classes=tuple(missing))


def _missing_classes(ws: Workspace, project_id: int, rows: Sequence[TableRow]) -> list[str]:
    """The classes that the rows name and that the project lacks."""
    names: dict[str, str] = {}
    book = class_book(ws.engine, project_id)
    for label in dict.fromkeys(row.label for row in rows if row.label):
        try:
            name = clean_name(label, "class")
        except StudioError:  # said of each row that has it
            continue
        if book.find(name) is None:
            names.setdefault(fold_name(name), name)
    return list(names.values())


def _create_classes(ws: Workspace, actor: Actor, project_id: int, source: str, names: Sequence[str]) -> None:
    with writing(ws.engine) as transaction:
        book = class_book(transaction, project_id)
        missing = [name for name in names if book.find(name) is None]
        import_id = begin_change(transaction, actor, project_id, source, anything=bool(missing))
        insert_classes(transaction, project_id, missing, import_id)


def _write(ws: Workspace, actor: Actor, project_id: int, source: str, new: Sequence[tuple[int, int]]) -> None:
    """Give the labels, (image id, class id), piece by piece, each remembered so that all can be undone."""
    began = time.monotonic()
    with writing(ws.engine) as transaction:
        import_id = begin_change(transaction, actor, project_id, source, anything=bool(new))
    if import_id is None:
        return
    for start in range(0, len(new), PIECE):
        piece = new[start : start + PIECE]
        events = [
            LabelEvent(str(uuid.uuid4()), image_id, "label", class_id, chosen_by="table")
            for image_id, class_id in piece
        ]
        with writing_piece(ws.engine) as transaction:
            require_not_undone(transaction, import_id)
            record_in(transaction, actor, project_id, events)
            note_changes(transaction, import_id, map(label_given, events))
    with writing(ws.engine) as transaction:
        finish_import(transaction, import_id)
        log_change(transaction, actor, project_id, "table imported", source, new=f"{len(new)} labels", began=began)


def _sort(
    ws: Workspace, project_id: int, rows: Sequence[tuple[TableRow, ImageAddress | str]], planned: Mapping[int, str]
) -> _Sorted:
    """The rows, each with its image or why it has none. `planned`: classes (id -> name) that are not made yet."""
    book = class_book(ws.engine, project_id)
    names = ", ".join(defect_class.name for defect_class in classes(ws, project_id)) or "none"
    new = name_book((name, class_id) for class_id, name in planned.items())
    result = _Sorted()
    labels: dict[int, dict[int, list[TableRow]]] = defaultdict(lambda: defaultdict(list))
    for row, address in rows:
        class_id = _class_of(row, book) or new.find(row.label or "") or ""
        if isinstance(address, str):
            reason = address
        elif isinstance(class_id, str):
            reason = class_id or f"the project has no class “{row.label}”; it has {names}"
        else:
            result.chosen.setdefault(address.image_id, (row, address, class_id))
            labels[address.image_id][class_id].append(row)
            continue
        result.problems.append(ImportProblem(path=row.path, reason=reason))
    for image_id in [image_id for image_id, by_class in labels.items() if len(by_class) > 1]:
        del result.chosen[image_id]
        torn = [row for of_class in labels[image_id].values() for row in of_class]
        reason = f"several rows give this image other labels: {', '.join(dict.fromkeys(row.label for row in torn))}"
        result.problems += [ImportProblem(path=row.path, reason=reason) for row in torn]
    return result


def _class_of(row: TableRow, book: NameBook[int]) -> int | str:
    """The id of the class that the row names, or why it names none; "" where the project lacks it."""
    if row.label is None:
        return "the row has no label"
    try:
        clean_name(row.label, "class")
    except StudioError as error:
        return str(error)
    return book.find(row.label) or ""


def _against_labels(
    ws: Workspace,
    project_id: int,
    chosen: Mapping[int, tuple[TableRow, ImageAddress, int]],
    apply: ChangesToApply,
    planned: Mapping[int, str],
) -> tuple[list[tuple[LabelChange, int]], list[LabelChange]]:
    """What is to be written, each with its class id, and the labels of the project that stay as they are."""
    images, names = rows_of(ws.engine, project_id, sorted(chosen)), {**current_names(ws, project_id), **planned}
    new: list[tuple[LabelChange, int]] = []
    kept: list[LabelChange] = []
    for image_id, (row, address, class_id) in chosen.items():
        change = label_change(images[image_id], address, names[class_id], row.labelled_at, names)
        if change is None:
            continue
        if change.old and (apply == "none" or (apply == "older" and change.newer)):
            kept.append(change)
        else:
            new.append((change, class_id))
    return new, kept
