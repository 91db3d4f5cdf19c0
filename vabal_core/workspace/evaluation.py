"""Evaluation images: where they come from, and setting some aside later."""

from collections.abc import Sequence

from vabal_core.store.projects import merge_settings
from vabal_core.types import EvaluationSource, Project
from vabal_core.workspace.images import image_totals
from vabal_core.workspace.projects import EVALUATION_FROM, evaluation_source
from vabal_core.workspace.workspace import Workspace


def remember_evaluation_source(ws: Workspace, project: Project, sources: Sequence[EvaluationSource]) -> None:
    """Whether evaluation images were drawn at random or by class, stated, or both: what pages may say of accuracy.

    Where an older version brought some without remembering that, it stays unknown. Call it before they are written.
    """
    before = evaluation_source(project)
    if not sources or (before == "unknown" and image_totals(ws, project.id)["evaluation"]):
        return
    every = {*sources, before} - {"unknown"}
    drawn = every & {"drawn", "drawn by class"}
    merged = "both" if every - drawn and every != {"stated"} else max(every)
    merge_settings(ws.engine, project.id, {EVALUATION_FROM: merged})
