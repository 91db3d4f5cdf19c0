"""Evaluation images: where they come from, and setting some aside later."""

from collections.abc import Mapping, Sequence

from vabal_core.images.ingest.drawing import draw
from vabal_core.store.change_log import log_change
from vabal_core.store.counts import state_counts
from vabal_core.store.database import writing_piece
from vabal_core.store.projects import merge_settings
from vabal_core.store.set_aside import move_to_evaluation, undecided_pool
from vabal_core.types import Actor, EvaluationSource, Project, StudioError
from vabal_core.workspace.bin import PIECE, images_in_words
from vabal_core.workspace.images import image_totals
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import EVALUATION_FROM, evaluation_source, require_project
from vabal_core.workspace.workspace import Workspace

# Of several ways of drawing the one that says least of chance stands for all.
_DRAWN: tuple[EvaluationSource, ...] = ("drawn", "drawn by class", "drawn later")


def set_aside(
    ws: Workspace,
    actor: Actor,
    project_id: int,
    *,
    count: int | None = None,
    share: float | None = None,
    image_ids: Sequence[int] | None = None,
) -> int:
    """Move pool images without a label to the evaluation images; returns how many went.

    `count` of them, or round(share * n), drawn at random whatever any model says of them (pieces cut from one image go
    together, so that it may be a few more); or those of `image_ids` that are unlabelled in the pool still. Labelled
    images stay: the model may have learned from them. StudioError where no image of the pool is unlabelled, ValueError
    for an amount that is none, or where not one of the three is given.
    """
    require_right(actor, "import")
    project = require_project(ws, project_id)
    if sum(value is not None for value in (count, share, image_ids)) != 1:
        raise ValueError("give one of count, share and image_ids")
    if (count is not None and count < 0) or (share is not None and not 0 <= share <= 1):
        raise ValueError(f"count is 0 or more and share from 0 to 1, not {count if share is None else share}")
    undecided = undecided_pool(ws.engine, project_id)
    if not undecided:
        raise StudioError("Every image to learn from has a label: there is none left to set aside for evaluation.")
    source: EvaluationSource = "stated"
    if image_ids is None:
        image_ids = _drawn(undecided, share, count)
        source = "drawn later" if state_counts(ws.engine, project_id)["pool", "labelled"] else "drawn"
    if image_ids:
        remember_evaluation_source(ws, project, [source])
    return sum(
        _move(ws, actor, project_id, image_ids[start : start + PIECE], source)
        for start in range(0, len(image_ids), PIECE)
    )


def _move(ws: Workspace, actor: Actor, project_id: int, image_ids: Sequence[int], source: EvaluationSource) -> int:
    with writing_piece(ws.engine) as transaction:
        moved = move_to_evaluation(transaction, project_id, image_ids)
        if moved:
            subject = images_in_words(transaction, moved)
            log_change(transaction, actor, project_id, "images set aside", subject, new=source)
    return len(moved)


def _drawn(undecided: Mapping[str, Sequence[int]], share: float | None, count: int | None) -> list[int]:
    drawn_count = round((share or 0.0) * sum(map(len, undecided.values()))) if count is None else count
    wholes = list(undecided)
    image_ids: list[int] = []
    for place in draw(wholes, wholes, share=1.0):
        if len(image_ids) >= drawn_count:
            break
        image_ids += undecided[wholes[place]]
    return image_ids


def remember_evaluation_source(ws: Workspace, project: Project, sources: Sequence[EvaluationSource]) -> None:
    """Whether evaluation images were drawn at random or by class, stated, or both: what pages may say of accuracy.

    Where an older version brought some without remembering that, it stays unknown. Call it before they are written.
    """
    before = evaluation_source(project)
    if not sources or (before == "unknown" and image_totals(ws, project.id)["evaluation"]):
        return
    every = {*sources, before} - {"unknown"}
    drawn = every & set(_DRAWN)
    merged = "both" if every - drawn and every != {"stated"} else max(every, key=(*_DRAWN, "stated", "both").index)
    merge_settings(ws.engine, project.id, {EVALUATION_FROM: merged})
