"""What an import makes of larger images and of values of more than 8 bits, and what the project remembers of it."""

from collections.abc import Generator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from vabal_core.images.ingest.pieces_by_name import SizedImage, piece_doubts
from vabal_core.images.ingest.tiling import tiled
from vabal_core.images.scale import suits
from vabal_core.store.images import fingerprints
from vabal_core.store.projects import merge_settings
from vabal_core.store.tiles import pieces_of_images, sides_of, wholes_of
from vabal_core.types import Doubt, ImportPlan, OtherForms, Progress, Project, Scale, Tiling
from vabal_core.workspace.other_forms import come_twice, settle_forms
from vabal_core.workspace.pending import mark_pending, remove_pending
from vabal_core.workspace.projects import SCALE
from vabal_core.workspace.scale import measure_scale, project_scale
from vabal_core.workspace.workspace import Workspace

TILING = "tiling"  # the setting that an import writes

Shape = Literal["fit"] | Tiling  # larger images are read whole, fitted into a square; or cut into tiles


def shaped(
    ws: Workspace,
    folder: Path,
    project: Project | None,
    plan: ImportPlan,
    shape: Shape | None,
    other_forms: OtherForms = "leave",
) -> Generator[Progress, None, ImportPlan]:
    """The plan with larger images cut as `shape` says, or as the project did before, and with the scale that values of
    more than 8 bits will be read by. Tiles are written into a new folder in `folder`, marked as pending. `other_forms`
    says what becomes of images that the project has whole, or cut otherwise."""
    plan = yield from _scaled(ws, project, plan)
    there = [SizedImage(*row) for row in wholes_of(ws.engine, project.id)] if project and plan.entries else []
    plan = replace(plan, doubts=(*plan.doubts, *come_twice(plan), *piece_doubts(plan.entries, there)))
    tiling = project_tiling(project) if shape is None else None if shape == "fit" else shape
    if project:
        plan = settle_forms(ws, project, plan, tiling, other_forms)
    plan = _on_their_side(ws, project, plan)
    return (yield from _cut(ws, folder, project, plan, tiling)) if tiling else plan


def _cut(
    ws: Workspace, folder: Path, project: Project | None, plan: ImportPlan, tiling: Tiling
) -> Generator[Progress, None, ImportPlan]:
    tiles = folder / f"tiles-{uuid4().hex[:16]}"
    mark_pending(tiles)
    try:
        present = fingerprints(ws.engine, project.id) if project else ()
        pieces = pieces_of_images(ws.engine, project.id) if project else {}
        plan = yield from tiled(plan, tiling, tiles, present=present, pieces=pieces)
    except BaseException:
        remove_pending(tiles)
        raise
    if not any(entry.tile for entry in plan.entries):
        remove_pending(tiles)
    return plan


def _on_their_side(ws: Workspace, project: Project | None, plan: ImportPlan) -> ImportPlan:
    """Images, and pieces of images, of which the project has other pieces go where these are: nothing that a model has
    learned from is measured on."""
    wholes = [entry.tile.parent_fingerprint if entry.tile else entry.fingerprint for entry in plan.entries]
    sides = sides_of(ws.engine, project.id, wholes) if project else {}
    if not sides:
        return plan
    # What an image of the pool is labelled for here; "evaluate": its label is kept for nothing.
    use = next((entry.label_use for entry in plan.entries if entry.split == "pool"), "evaluate")
    pool = {"split": "pool", "label_use": use} | ({"label": None} if use == "evaluate" else {})
    moves = {"pool": pool, "evaluation": {"split": "evaluation", "label_use": "evaluate"}}
    entries = tuple(
        entry if sides.get(whole, entry.split) == entry.split else replace(entry, **moves[sides[whole]])
        for whole, entry in zip(wholes, plan.entries, strict=True)
    )
    moved = sum(entry.split == "evaluation" for entry in entries) - sum(e.split == "evaluation" for e in plan.entries)
    return replace(plan, entries=entries, drawn=max(0, plan.drawn + moved) if plan.drawn else 0)


def project_tiling(project: Project | None) -> Tiling | None:
    """How the project's larger images are cut; None where they are fitted whole."""
    stored = project.settings.get(TILING) if project else None
    return Tiling(**stored) if stored else None


def remember_shape(ws: Workspace, project: Project, plan: ImportPlan) -> None:
    """Keep how the plan cuts images and, where the project has not been given one, its scale."""
    changes: dict[str, Any] = {}
    if plan.tiling != project_tiling(project):
        changes[TILING] = plan.tiling and asdict(plan.tiling)
    if plan.scale and project_scale(project) is None:
        changes[SCALE] = asdict(plan.scale)
    if changes:
        merge_settings(ws.engine, project.id, changes)


def _scaled(ws: Workspace, project: Project | None, plan: ImportPlan) -> Generator[Progress, None, ImportPlan]:
    """The plan with the scale of the project, or that of the plan where the project has yet to be given one."""
    own = project_scale(project) if project else None
    if own is None and plan.scale and project and (yield from _scales_each_image(ws, project)):
        doubt = (
            "This project shows each image of more than 8 bits by a range of its own, as it always did: give it one "
            "scale for all, so that a brighter image is brighter."
        )
        return replace(plan, scale=None, doubts=(*plan.doubts, Doubt(about="other", text=doubt)))
    scale = own or plan.scale
    return plan if scale is None else replace(plan, scale=scale, doubts=(*plan.doubts, *_unsuited(plan, scale)))


def _scales_each_image(ws: Workspace, project: Project) -> Generator[Progress, None, bool]:
    """Whether a person chose so, or the project is of before and has images of more than 8 bits."""
    if SCALE in project.settings:
        return project.settings[SCALE] is not None
    return (yield from measure_scale(ws, project.id)) is not None


def _unsuited(plan: ImportPlan, scale: Scale) -> tuple[Doubt, ...]:
    deep = [(entry.path, entry.values) for entry in plan.entries if entry.values]
    unsuited = [path for path, values in deep if not suits(values, scale)]
    if not unsuited:
        return ()
    some = ", ".join(unsuited[:3]) + (", ..." if len(unsuited) > 3 else "")
    text = (
        f"{len(unsuited):,} of {len(deep):,} images with more than 8 bits a value have many values outside the scale, "
        f"which goes from {scale.low:g} (black) to {scale.high:g} (white), or next to no contrast by it: {some}. "
        f"Look whether they belong to this project, or set another scale."
    )
    return (Doubt(about="other", text=text),)
