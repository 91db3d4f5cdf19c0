"""The estimates of a project as its report tells them."""

from collections.abc import Sequence

from vabal_core.estimate.finds import Finds
from vabal_core.export.report import ClassEstimate, Overall
from vabal_core.workspace.class_estimates import ClassEstimates
from vabal_core.workspace.estimates import ProjectEstimates

NEXT_IMAGES = 100  # for which finds are told; of fewer left the most that are foreseen


def overall(estimates: ProjectEstimates) -> Overall:
    """What holds for the whole project."""
    names = ("images", "unlabelled", "evaluation", "audit", "target", "accuracy", "balanced_accuracy", "unmet")
    return Overall(**{name: getattr(estimates, name) for name in names})


def class_estimate(of_class: ClassEstimates) -> ClassEstimate:
    """What holds for one class."""
    names = (
        "prevalence",
        "recall",
        "precision",
        "agreement",
        "left",
        "needed",
        "needed_random",
        "brought",
        "brought_in",
    )
    finds = _next_images(of_class.ahead)
    return ClassEstimate(
        **{name: getattr(of_class, name) for name in (*names, "brought_in", "would_need")},
        finds=finds,
        finds_random=_next_images(of_class.ahead_random),
    )


def _next_images(ahead: Sequence[Finds]) -> Finds | None:
    return next((finds for finds in reversed(ahead) if finds.images <= NEXT_IMAGES), None)
