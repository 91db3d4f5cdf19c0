"""Small facts about a project that several pages show."""

from vabal_core import workspace
from vabal_core.types import Split, StudioError
from vabal_core.workspace import Workspace


def image_totals(ws: Workspace, project_id: int) -> dict[Split, int]:
    """How many images the project holds to learn from ("pool") and set aside for evaluation."""
    splits: tuple[Split, ...] = ("pool", "evaluation")
    return {split: workspace.browse(ws, project_id, split=split, limit=1)[1] for split in splits}


def knows_answers(ws: Workspace, project_id: int) -> bool:
    """Whether the project was imported with its true labels hidden, as the demo is."""
    try:
        workspace.label_for_me(ws, project_id, 0)
    except StudioError:
        return False
    return True
