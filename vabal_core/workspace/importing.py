"""Import images: look first, write after the person has seen what would be written."""

from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vabal_core.images.ingest.class_names import NO_CLASSES
from vabal_core.images.ingest.examine import examine
from vabal_core.images.ingest.table_file import AS_IT_TELLS
from vabal_core.images.ingest.unread_labels import unread_label_doubts
from vabal_core.store.bin import removed_fingerprints
from vabal_core.store.change_log import log_change
from vabal_core.store.classes import class_book, classes_of
from vabal_core.store.database import writing, writing_piece
from vabal_core.store.images import fingerprints, insert_images, is_hidden
from vabal_core.store.imports import finish_import
from vabal_core.store.labels import append_imported
from vabal_core.types import (
    Actor,
    DrawnBy,
    EvaluationSource,
    ImportEntry,
    ImportPlan,
    LabelChange,
    LabelUse,
    Layout,
    OtherForms,
    Progress,
    Project,
    StudioError,
    TableColumns,
)
from vabal_core.types.names import NameBook, clean_name
from vabal_core.workspace.change_writing import apply_changes, restore_with
from vabal_core.workspace.elsewhere import files_known_to
from vabal_core.workspace.evaluation import remember_evaluation_source
from vabal_core.workspace.import_changes import changes_to_apply, chosen_changes, find_changes
from vabal_core.workspace.import_holdings import holds_known, note_held
from vabal_core.workspace.import_roots import require_within
from vabal_core.workspace.import_source import (
    archives_within,
    doubts_of_source,
    left_packed,
    readable_source,
    storable_source,
    unpacked_folder,
)
from vabal_core.workspace.layouts import ChooseLayout, layout_choice, remember_layout
from vabal_core.workspace.open_import import OpenImport, open_import, require_open
from vabal_core.workspace.other_forms import bin_replaced
from vabal_core.workspace.pending import (
    folder_for_pieces,
    keep_unpacked,
    remove_pending,
)
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import (
    create_project,
    project_if_any,
)
from vabal_core.workspace.shape import Shape, remember_shape, shaped
from vabal_core.workspace.workspace import Workspace

# Rows written while the write lock is held: small enough that a label given meanwhile is not felt to wait.
PIECE = 2_000

# What an import counts of what it wrote.
WRITTEN = (
    *("images", "pool", "evaluation", "labels", "hidden_labels"),
    *("labels_changed", "splits_changed", "moved", "replaced", "from_bin"),
)


def prepare_import(
    ws: Workspace,
    project_name: str,
    source: Path,
    *,
    labels: LabelUse,
    holdout: float = 0.1,
    holdout_count: int | None = None,
    drawn_by: DrawnBy = "random",
    layout: Layout | ChooseLayout | None = None,
    roots: Sequence[Path] | None = None,
    shape: Shape | None = None,
    other_forms: OtherForms = "leave",
    columns: TableColumns = AS_IT_TELLS,
) -> Generator[Progress, None, ImportPlan]:
    """Read a folder, a table, a ZIP or a TAR and return what an import would write. Writes nothing to the database.

    `layout` says how paths are read, or changes what would be taken without it: what the project remembers of such a
    source, or else what its paths suggest. `holdout_count` images, or the share `holdout`, of those that no source
    places are drawn for evaluation, `drawn_by` "random" from all alike, or by "class". `shape` says whether larger
    images are cut into tiles, without it as the project did before; `other_forms` what becomes of those that are
    there whole, or cut otherwise. `columns` name image, class and split where the names in a table do not tell.

    An archive is unpacked into the data folder first, once: the same given again is found there. What was unpacked is
    removed where the generator is closed or fails, or where nothing of it is new; a plan that is not to be written goes
    to `discard_import`. The project need not exist. With `roots` (of `list_import_roots`) the source and each file that
    a table names must lie in one of these folders; without, as on the command line, whoever asks has a shell anyway.
    StudioError when the source lies elsewhere, is missing, may not be read, or is not what it should be.
    """
    name = clean_name(project_name, "project")
    if roots is not None:
        require_within(source, roots)
    source = storable_source(source.absolute())
    readable, fresh = yield from readable_source(ws, name, source, columns)
    keep = False
    try:
        project = project_if_any(ws, name)
        drawing = {"holdout": holdout, "holdout_count": holdout_count, "drawn_by": drawn_by}
        choose = layout_choice(project, layout)
        with folder_for_pieces(unpacked_folder(ws, name), readable) as pieces:
            present = _known(ws, project) | {"columns": columns}
            plan = yield from examine(
                readable, labels=labels, roots=roots, choose=choose, pieces=pieces, **present, **drawing
            )
        plan = replace(_with_remarks(plan, source, readable, columns), changes=find_changes(ws, project, plan, fresh))
        keep = bool(plan.entries) or any(change.kind == "moved" for change in plan.changes)
        return (yield from shaped(ws, unpacked_folder(ws, name), project, plan, shape, other_forms))
    finally:
        if fresh is not None and not keep:
            remove_pending(fresh)


def _with_remarks(plan: ImportPlan, source: Path, readable: Path, columns: TableColumns) -> ImportPlan:
    """The plan with what there is to say of the source as a whole."""
    problems = (*left_packed(source), *plan.problems)
    entries = (*plan.entries, *plan.present)
    doubts = (*plan.doubts, *doubts_of_source(source, readable, columns, entries), *archives_within(plan.problems))
    doubts = (*doubts, *unread_label_doubts(plan.problems, entries))
    return replace(plan, source=str(source), problems=problems, doubts=doubts)


def _known(ws: Workspace, project: Project | None) -> dict[str, Any]:
    """What `examine` is told of a project that exists."""
    return {
        "present": fingerprints(ws.engine, project.id) if project else (),
        "in_bin": removed_fingerprints(ws.engine, project.id) if project else (),
        "classes": _class_names(ws, project),
        "elsewhere": files_known_to(ws, project),
    }


def discard_import(ws: Workspace, _project_name: str, plan: ImportPlan) -> None:
    """Remove what `prepare_import` unpacked for a plan that will not be written. What any image uses stays."""
    for folder in _unpacked_for(ws, plan):
        remove_pending(folder)


def commit_import(
    ws: Workspace,
    actor: Actor,
    project_name: str,
    plan: ImportPlan,
    *,
    synthetic: bool = False,
    from_bin: bool = False,
    apply: Collection[LabelChange] = (),
) -> Generator[Progress, None, dict[str, int]]:
    """Write the plan, making the project and its classes where they are missing; returns what was written.

    The counts are "images", "pool", "evaluation", "labels", "hidden_labels", "already_present" and "from_bin". Images
    the project has already are left as they are: a second run, also after a cancel or a crash, writes only what is
    missing, and is the same import. Those of them in the bin stay there, or come back with `from_bin`, and then with
    what the source says of them now, but for what a person decided. Of the plan's changes those in `apply` are made,
    and images whose file moved are linked to it: "labels_changed", "splits_changed", "moved" and "replaced" count them;
    what was decided of an image after the plan was made stays.
    StudioError where what was unpacked for the plan is gone, or the import is undone meanwhile.
    """
    require_right(actor, "import")
    name = clean_name(project_name, "project")
    for folder in _unpacked_for(ws, plan):
        if not keep_unpacked(folder):
            raise StudioError(f"What was unpacked into {folder} is gone: look through the ZIP again, then import.")
    project = project_if_any(ws, name) or create_project(ws, actor, name, synthetic)
    total = len(plan.entries)
    written = dict.fromkeys(WRITTEN, 0)
    changes = chosen_changes(plan.changes, set(apply))
    current = open_import(ws, actor, project.id, plan, changes, from_bin=from_bin)
    _remember_evaluation_source(ws, project, plan)
    remember_layout(ws, project, plan)
    remember_shape(ws, project, plan)
    yield Progress("write", 0, total)
    if current is not None:
        for start in range(0, total, PIECE):
            piece = plan.entries[start : start + PIECE]
            _add(written, _write(ws, current, piece))
            if start + len(piece) < total:  # after the last one nothing is left to stop
                yield Progress("write", start + len(piece), total)
        if holds_known(plan):
            yield from _hold(ws, current, plan.present)
        yield from _change(ws, project, current, replace(plan, changes=tuple(changes)), written)
        for counts in bin_replaced(ws, current, plan):
            _add(written, counts)
        if from_bin:
            yield from _bring_back(ws, project, current, plan, written)
        _finish(ws, actor, current, plan.source, written)
    return {**written, "already_present": plan.already_present + total - written["images"]}


def _finish(ws: Workspace, actor: Actor, current: OpenImport, source: str, written: Mapping[str, int]) -> None:
    brought = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in written.items() if count)
    with writing(ws.engine) as transaction:
        finish_import(transaction, current.id)
        about = {"new": brought, "began": current.began}
        log_change(transaction, actor, current.project_id, "import finished", source, **about)


def _hold(ws: Workspace, current: OpenImport, present: Sequence[ImportEntry]) -> Generator[Progress, None, None]:
    """What was there already is held by this import, too: it stays where only the other one is undone."""
    for start in range(0, len(present), PIECE):
        with writing_piece(ws.engine) as transaction:
            require_open(transaction, current)
            note_held(transaction, current, present[start : start + PIECE])
        yield Progress("write", start, len(present))


def _change(
    ws: Workspace, project: Project, current: OpenImport, plan: ImportPlan, written: dict[str, int]
) -> Generator[Progress, None, None]:
    """Make the plan's changes, and count them in `written`."""
    done = 0
    for counts in apply_changes(ws, current, plan):
        _add(written, counts)
        done += sum(counts.values())
        yield Progress("change", min(done, len(plan.changes)), len(plan.changes))


def _bring_back(
    ws: Workspace, project: Project, current: OpenImport, plan: ImportPlan, written: dict[str, int]
) -> Generator[Progress, None, None]:
    """Take what the plan found in the bin out of it. It lay there with the labels of before: what the source says
    otherwise of it now is made so. Counted in `written`."""
    in_bin = removed_fingerprints(ws.engine, project.id)
    image_ids = [in_bin[entry.fingerprint] for entry in plan.in_bin if entry.fingerprint in in_bin]
    for start in range(0, len(image_ids), PIECE):
        written["from_bin"] += restore_with(ws, current, image_ids[start : start + PIECE])
        yield Progress("bin", min(start + PIECE, len(image_ids)), len(image_ids))
    of_those = replace(plan, entries=(), present=plan.in_bin, changes=())
    of_those = replace(of_those, changes=find_changes(ws, project, of_those))
    of_those = replace(of_those, changes=tuple(changes_to_apply(of_those, "older")))
    yield from _change(ws, project, current, of_those, written)


def _add(written: dict[str, int], counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        written[name] += count


def _unpacked_for(ws: Workspace, plan: ImportPlan) -> set[Path]:
    """The folders of unpacked archives that the plan's files lie in, whatever their project is called by now."""
    root = (ws.data_dir / "projects").absolute()
    files = [entry.file for entry in plan.entries]
    files += [Path(change.new) for change in plan.changes if change.kind == "moved"]
    inside = (file.relative_to(root).parts for file in files if file.is_relative_to(root))
    return {root.joinpath(*parts[:3]) for parts in inside if len(parts) > 3 and parts[1] == "images"}


def _class_names(ws: Workspace, project: Project | None) -> NameBook[str]:
    """Whatever means a class of the project -> what that is called now."""
    if project is None:
        return NO_CLASSES
    book, now = class_book(ws.engine, project.id), {each.id: each.name for each in classes_of(ws.engine, project.id)}
    exact, folded = ({name: now[id_] for name, id_ in ids.items() if id_ in now} for ids in (book.exact, book.folded))
    return NameBook(exact, folded)


def _remember_evaluation_source(ws: Workspace, project: Project, plan: ImportPlan) -> None:
    """Whether evaluation images were drawn, stated, or both: what the pages may say of accuracy."""
    stated = sum(entry.split == "evaluation" for entry in plan.entries) - plan.drawn
    drawn: EvaluationSource = "drawn" if plan.drawn_by == "random" else "drawn by class"
    remember_evaluation_source(ws, project, ([drawn] if plan.drawn else []) + (["stated"] if stated else []))


def _write(ws: Workspace, current: OpenImport, entries: Sequence[ImportEntry]) -> dict[str, int]:
    """One transaction: images and their labels go in together, so that no crash can part them."""
    with writing_piece(ws.engine) as transaction:
        require_open(transaction, current)
        new = insert_images(transaction, current.project_id, entries, current.id, current.book)
        if len(new) < len(entries):  # somebody else brought them since the plan was made
            note_held(transaction, current, entries)
        labelled = [
            (image_id, entry.split, entry.fingerprint, class_id)
            for image_id, entry in new
            if entry.label is not None
            and not is_hidden(entry)
            and (class_id := current.book.find(entry.label)) is not None
        ]
        count = append_imported(transaction, current.project_id, labelled)
    evaluation = sum(entry.split == "evaluation" for _, entry in new)
    hidden = sum(is_hidden(entry) for _, entry in new)
    return {
        "images": len(new),
        "pool": len(new) - evaluation,
        "evaluation": evaluation,
        "labels": count,
        "hidden_labels": hidden,
    }
