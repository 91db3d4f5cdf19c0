"""Numbers that can be believed: how common each class is, how good the model, what is left, what the ranking brought.

All of it from every label with its right weight (vabal_core/estimate/), and from nothing that chance did not choose.
"""

from dataclasses import dataclass

from vabal_core.estimate.left import left_unmet
from vabal_core.estimate.quality import quality
from vabal_core.evidence.intervals import NOTHING, Estimate
from vabal_core.types import UNLABELLED, Round
from vabal_core.workspace.class_estimates import ClassEstimates, estimate_classes, is_brought
from vabal_core.workspace.labelled_design import read_design
from vabal_core.workspace.projects import require_project, usable_settings
from vabal_core.workspace.rounds import list_rounds
from vabal_core.workspace.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class ProjectEstimates:
    """All of a project at one moment, with predictions by `round_` (None: of no model). `images` in all, of which
    `unlabelled` have no label, `evaluation` are labelled evaluation images and `audit` others drawn at random; `chosen`
    came out of rankings. `target`: the share of a class that is to be found. At most `unmet` images without a label are
    of classes that nobody has met."""

    round_: Round | None
    images: int
    unlabelled: int
    evaluation: int
    audit: int
    chosen: int
    target: float
    accuracy: Estimate
    balanced_accuracy: Estimate
    unmet: int
    classes: tuple[ClassEstimates, ...]


def project_estimates(ws: Workspace, project_id: int) -> ProjectEstimates:
    """As of now. It takes a second at 100,000 images: pages ask `kept_estimates`."""
    project = require_project(ws, project_id)
    done = [round_ for round_ in list_rounds(ws, project_id) if round_.state == "done"]
    read = read_design(ws, project, done[-1] if done else None)
    design, measured = read.design, bool(done) and bool((read.predicted != UNLABELLED).any())
    of_model = quality(design, read.predicted) if measured else None
    return ProjectEstimates(
        round_=done[-1] if done else None,
        images=len(read.keys),
        unlabelled=int((~design.labelled).sum()),
        evaluation=int(design.evaluation.sum()),
        audit=int(design.audit.sum()),
        chosen=sum(map(is_brought, read.labels)),
        target=usable_settings(project)["target"],
        accuracy=of_model.accuracy if of_model else NOTHING,
        balanced_accuracy=of_model.balanced_accuracy if of_model else NOTHING,
        unmet=left_unmet(design),
        classes=estimate_classes(ws, project, read, done) if read.classes else (),
    )
