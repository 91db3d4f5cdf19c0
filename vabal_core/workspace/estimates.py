"""Numbers that can be believed: how common each class is, how good the model, what is left, what the ranking brought.

All of it from every label with its right weight (vabal_core/estimate/), and from nothing that chance did not choose.
"""

from vabal_core.estimate.left import left_unmet
from vabal_core.estimate.project import ProjectEstimates
from vabal_core.estimate.quality import quality
from vabal_core.evidence.intervals import NOTHING
from vabal_core.workspace.class_estimates import estimate_classes, is_brought
from vabal_core.workspace.labelled_design import read_design
from vabal_core.workspace.projects import require_project, usable_settings
from vabal_core.workspace.rounds import list_rounds
from vabal_core.workspace.workspace import Workspace


def project_estimates(ws: Workspace, project_id: int) -> ProjectEstimates:
    """As of now. It takes a second at 100,000 images: pages ask `kept_estimates`."""
    project = require_project(ws, project_id)
    done = [round_ for round_ in list_rounds(ws, project_id) if round_.state == "done"]
    read = read_design(ws, project, done[-1] if done else None)
    design, judged = read.design, read.judged
    of_model = None if judged is None else quality(design.part(judged), read.predicted[judged])
    return ProjectEstimates(
        round_=done[-1] if done else None,
        images=len(read.keys),
        unlabelled=int((~design.labelled).sum()),
        evaluation=int(design.evaluation.sum()),
        audit=int(design.audit.sum()),
        chosen=sum(map(is_brought, read.labels)),
        judged=0 if judged is None else int(judged.sum()),
        target=usable_settings(project)["target"],
        accuracy=of_model.accuracy if of_model else NOTHING,
        balanced_accuracy=of_model.balanced_accuracy if of_model else NOTHING,
        unmet=left_unmet(design),
        classes=estimate_classes(ws, project, read, done, of_model) if read.classes else (),
    )
