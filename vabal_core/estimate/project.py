"""The nouns that the estimates of a project are told in: of each class, and of all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vabal_core.estimate.finds import Finds
from vabal_core.estimate.left import Left, Needed
from vabal_core.evidence.intervals import Estimate
from vabal_core.types import DefectClass, Round

NEXT_IMAGES = 100  # next images that a sentence tells of


@dataclass(frozen=True, kw_only=True)
class ClassEstimates:
    """One class. NOTHING or None stand where nothing was measured, or nothing was drawn at random that could tell.

    `labels` to learn from and their `share`; `prevalence` among all images; `precision`, `recall`, and `wrong`, the
    share of all images about which the model is wrong where it says this class or should; `agreement`: of its images
    that several people labelled, the share where all say the same; `last_found`: when its newest label was given;
    `left` among the images without a label; `ahead` and `ahead_random`: finds among so many next images of the
    ranking, and drawn at random; `is_known`: whether the newest model had learned of it, without which the ranking
    tells nothing; `taken`: images without a label that this model takes for it; `needed` and `needed_random`: labels
    until the target is found; `brought`: its images among those out of rankings, the last of them among the first
    `brought_in` of these; random picking `would_need` so many for them.
    """

    defect_class: DefectClass
    labels: int
    share: float
    prevalence: Estimate
    precision: Estimate
    recall: Estimate
    wrong: Estimate
    agreement: Estimate
    last_found: datetime | None
    left: Left
    ahead: tuple[Finds, ...]
    ahead_random: tuple[Finds, ...]
    is_known: bool
    taken: int
    needed: Needed | None
    needed_random: Needed | None
    brought: int
    brought_in: int
    would_need: Needed | None

    @property
    def next_finds(self) -> Finds | None:
        """Finds among the next NEXT_IMAGES images of the ranking, or as many as there are; None where nothing tells."""
        return _among(self.ahead)

    @property
    def next_random_finds(self) -> Finds | None:
        """The same of images drawn at random."""
        return _among(self.ahead_random)

    @property
    def least_needed(self) -> Needed | None:
        """Labels until the target is found, along the ranking or in random order, whichever is shorter: a ranking need
        not bring one class first."""
        ways = [needed for needed in (self.needed, self.needed_random) if needed is not None]
        return min(ways, key=lambda needed: needed.value, default=None)


def _among(ahead: Sequence[Finds]) -> Finds | None:
    return next((finds for finds in reversed(ahead) if finds.images <= NEXT_IMAGES), None)


@dataclass(frozen=True, kw_only=True)
class ProjectEstimates:
    """All of a project at one moment, with predictions by `round_` (None: of no model). `images` in all, of which
    `unlabelled` have no label, `evaluation` are labelled evaluation images and `audit` others drawn at random; `chosen`
    came out of rankings. `judged`: the images that `accuracy` and `balanced_accuracy` are of. `target`: the share of a
    class that is to be found. At most `unmet` images without a label are of classes that nobody has met."""

    round_: Round | None
    images: int
    unlabelled: int
    evaluation: int
    audit: int
    chosen: int
    judged: int
    target: float
    accuracy: Estimate
    balanced_accuracy: Estimate
    unmet: int
    classes: tuple[ClassEstimates, ...]

    @property
    def drawn(self) -> int:
        """Labelled images that were drawn at random: without any, nothing is told of the others."""
        return self.evaluation + self.audit
