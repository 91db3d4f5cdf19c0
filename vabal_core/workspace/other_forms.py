"""Images that a project has in another form than an import would bring: whole, or cut into other pieces."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vabal_core.images.tiles import boxes_of
from vabal_core.store.database import writing_piece
from vabal_core.store.import_changes import note_changes
from vabal_core.store.tiles import ImageForm, forms_of
from vabal_core.types import Box, Doubt, ImportEntry, ImportPlan, OtherForms, Project, Tiling
from vabal_core.workspace.change_writing import PIECE, put_away
from vabal_core.workspace.open_import import OpenImport, require_open
from vabal_core.workspace.workspace import Workspace

_DONE: dict[OtherForms, str] = {
    "leave": "Left so: nothing is added of {them}.",
    "replace": "What is there goes into the bin{labels}, and what comes now takes its place.",
    "beside": "Both stay: a model learns from the same picture twice.",
}


@dataclass(frozen=True, kw_only=True)
class _Clash:
    """An image of the source, and the forms that the project has it in and the import would not bring."""

    entry: ImportEntry
    others: tuple[ImageForm, ...]


def settle_forms(
    ws: Workspace, project: Project, plan: ImportPlan, tiling: Tiling | None, choice: OtherForms
) -> ImportPlan:
    """The plan with what `choice` says of images that are there in another form, and a doubt that counts them.

    Those of `plan.present` that are there whole are among the entries to be cut unless they are left so; all of them
    have the sizes that the project knows. Which images go into the bin for "replace" is in `replaced`.
    """
    wholes = {_whole_of(entry) for entry in plan.entries}
    wholes |= {entry.fingerprint for entry in plan.present if not entry.tile}
    forms = forms_of(ws.engine, project.id, wholes)
    plan = replace(plan, present=tuple(_sized(entry, forms) for entry in plan.present))
    plan = _without_binned(plan, forms_of(ws.engine, project.id, {entry.fingerprint for entry in plan.in_bin}), choice)
    new, there = _clashes(plan.entries, forms, tiling), _clashes(plan.present, forms, tiling)
    pieces = _pieces_of_wholes(plan.entries, forms)
    texts = [_text([*new, *there], choice)] if new or there else []
    texts += [_text_of_pieces(pieces, choice)] if pieces else []
    if not texts:
        return plan
    plan = replace(plan, doubts=(*plan.doubts, *(Doubt(about="shape", text=text) for text in texts)))
    new += pieces
    return _left(plan, new) if choice == "leave" else _added(plan, [*new, *there], there, choice)


def come_twice(plan: ImportPlan) -> tuple[Doubt, ...]:
    """What there is to say of images that a source holds whole and in pieces: both are taken as they are."""
    wholes = {entry.fingerprint for entry in (*plan.entries, *plan.present) if not entry.tile}
    pieces = [entry for entry in plan.entries if entry.tile and entry.tile.parent_fingerprint in wholes]
    if not pieces:
        return ()
    whole = len({entry.tile.parent_fingerprint for entry in pieces if entry.tile})
    images = "1 image" if whole == 1 else f"{whole:,} images"
    text = f"{images} of this source come whole and in pieces ({pieces[0].path}). {_DONE['beside']}"
    return (Doubt(about="other", text=text),)


def bin_replaced(ws: Workspace, current: OpenImport, plan: ImportPlan) -> Iterator[dict[str, int]]:
    """Put the images into the bin whose picture the plan has brought in another form; yields how many were "replaced",
    piece by piece. Undone with the import."""
    come = {_whole_of(entry) for entry in plan.entries}
    ids = [image_id for whole, image_ids in plan.replaced.items() if whole in come for image_id in image_ids]
    for start in range(0, len(ids), PIECE):
        with writing_piece(ws.engine) as transaction:
            require_open(transaction, current)
            made = put_away(transaction, current.project_id, ids[start : start + PIECE])
            note_changes(transaction, current.id, made)
        yield {"replaced": len(made)}


def _without_binned(plan: ImportPlan, forms: Mapping[str, Sequence[ImageForm]], choice: OtherForms) -> ImportPlan:
    """The plan without those images of the bin that the project has as tiles: they lie there because these came in
    their place, and do not come back beside them unless somebody says so."""
    replaced = [entry for entry in plan.in_bin if forms.get(entry.fingerprint)]
    if choice == "beside" or not replaced:
        return plan
    rest = tuple(entry for entry in plan.in_bin if entry not in replaced)
    return replace(plan, in_bin=rest, already_present=plan.already_present + len(replaced))


def _sized(entry: ImportEntry, forms: Mapping[str, Sequence[ImageForm]]) -> ImportEntry:
    whole = next((form for form in forms.get(entry.fingerprint, ()) if form.box is None), None)
    return replace(entry, width=whole.width, height=whole.height) if whole else entry


def _clashes(
    entries: Sequence[ImportEntry], forms: Mapping[str, Sequence[ImageForm]], tiling: Tiling | None
) -> list[_Clash]:
    clashes = []
    for entry in entries:
        there = forms.get(entry.fingerprint, ()) if not entry.tile else ()
        planned = _planned(entry, tiling)
        others = tuple(form for form in there if form.box not in planned)
        if others and planned - {form.box for form in there}:
            clashes.append(_Clash(entry=entry, others=others))
    return clashes


def _pieces_of_wholes(entries: Sequence[ImportEntry], forms: Mapping[str, Sequence[ImageForm]]) -> list[_Clash]:
    """The pieces that come of images that the project has whole."""
    clashes = []
    for entry in entries:
        there = forms.get(entry.tile.parent_fingerprint, ()) if entry.tile else ()
        if whole := tuple(form for form in there if form.box is None):
            clashes.append(_Clash(entry=entry, others=whole))
    return clashes


def _planned(entry: ImportEntry, tiling: Tiling | None) -> Collection[Box | None]:
    """The pieces that an entry becomes; None is the whole."""
    boxes = boxes_of(entry.width, entry.height, tiling) if tiling else []
    return set(boxes) if len(boxes) > 1 else {None}


def _left(plan: ImportPlan, new: Sequence[_Clash]) -> ImportPlan:
    gone = {clash.entry.fingerprint for clash in new}
    drawn = sum(clash.entry.split == "evaluation" and not clash.entry.split_stated for clash in new)
    return replace(
        plan,
        entries=tuple(entry for entry in plan.entries if entry.fingerprint not in gone),
        already_present=plan.already_present + len(new),
        drawn=max(0, plan.drawn - drawn),
    )


def _added(plan: ImportPlan, clashes: Sequence[_Clash], there: Sequence[_Clash], choice: OtherForms) -> ImportPlan:
    plan = replace(plan, entries=(*plan.entries, *(clash.entry for clash in there)))
    if choice == "beside":
        return plan
    gone = {clash.entry.fingerprint for clash in there}
    return replace(
        plan,
        present=tuple(entry for entry in plan.present if entry.fingerprint not in gone),
        already_present=plan.already_present - len(there),
        replaced={_whole_of(clash.entry): tuple(form.image_id for form in clash.others) for clash in clashes},
    )


def _whole_of(entry: ImportEntry) -> str:
    return entry.tile.parent_fingerprint if entry.tile else entry.fingerprint


def _text_of_pieces(clashes: Sequence[_Clash], choice: OtherForms) -> str:
    wholes = {form.image_id: form for clash in clashes for form in clash.others}
    labelled = sum(form.labelled for form in wholes.values())
    labels = f", with {labelled:,} labels" if labelled > 1 else ", with its label" if labelled else ""
    done = _DONE[choice].format(them="them" if len(wholes) > 1 else "it", labels=labels)
    start = "1 piece comes" if len(clashes) == 1 else f"{len(clashes):,} pieces come"
    images = "1 image that is" if len(wholes) == 1 else f"{len(wholes):,} images that are"
    return f"{start} of {images} in the project whole. {done}"


def _text(clashes: Sequence[_Clash], choice: OtherForms) -> str:
    forms = [form for clash in clashes for form in clash.others]
    tiles = sum(form.box is not None for form in forms)
    pieces = "1 tile" if tiles == 1 else f"{tiles:,} tiles"
    how = "whole" if not tiles else f"as {pieces}" if tiles == len(forms) else f"whole or as {pieces}"
    labelled = sum(form.labelled for form in forms)
    labels = f", with {labelled:,} labels" if labelled > 1 else ", with its label" if labelled else ""
    done = _DONE[choice].format(them="them" if len(clashes) > 1 else "it", labels=labels)
    if len(clashes) == 1:
        return f"One of these images is in the project {how}. {done}"
    return f"{len(clashes):,} of these images are in the project {how}. {done}"
