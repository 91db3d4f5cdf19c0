"""What is counted and how each label was chosen: the population, and which part of it was drawn at random."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from vabal_core.types import UNLABELLED


@dataclass(frozen=True, kw_only=True)
class Design:
    """The images of a project and how the labelled ones were chosen. Row i of every array is image i; C classes.

    The population is finite: the images of the pool and the evaluation images that have a label. What is estimated is
    what these images are, not what the next delivery will be. Three kinds of labels tell of it:

    evaluation images were drawn at random from all images. Where a split that came with the data chose them, or they
        have no label yet, leave them out of all arrays.
    `audit` images were drawn at random from the images of the pool that had no label at that moment.
    all other labelled images were chosen by somebody or something: a ranking, a filter, a table. They say nothing of
        others, but what they are themselves is known, and that part of the population needs no estimate.

    `place` orders the labels of the pool by the moment at which the image was chosen (handed out, not answered):
    an audit label speaks for the images that had none then.
    """

    labels: np.ndarray  # (N,) int64: classes 0 to C - 1, UNLABELLED where an image of the pool has none
    evaluation: np.ndarray  # (N,) bool: all of them labelled
    audit: np.ndarray  # (N,) bool: labelled images of the pool
    place: np.ndarray  # (N,) int64, read where an image of the pool has a label; distinct there
    class_count: int

    def __post_init__(self) -> None:
        unlabelled = self.labels == UNLABELLED
        for name, wrong, what in (
            ("evaluation", self.evaluation & unlabelled, "have no label: leave them out"),
            ("audit", self.audit & unlabelled, "have no label: an audit tells by its answer alone"),
            ("audit", self.audit & self.evaluation, "are evaluation images: an audit draws from the pool"),
        ):
            if wrong.any():
                raise ValueError(f"{np.count_nonzero(wrong)} images of `{name}` {what}")
        if len(self.labels) and self.labels.max() >= self.class_count:
            raise ValueError(f"a label of class {self.labels.max()} among {self.class_count} classes: 0 to C - 1")

    def part(self, rows: np.ndarray) -> "Design":
        """The design of some of the images, `rows` (N,) bool. What parts them from the others must not go by labels."""
        arrays = {name: getattr(self, name)[rows] for name in ("labels", "evaluation", "audit", "place")}
        return replace(self, **arrays)

    @cached_property
    def labelled(self) -> np.ndarray:
        """(N,) bool."""
        return self.labels != UNLABELLED

    @property
    def tells(self) -> bool:
        """Whether anything is known of how common a class is: something was drawn at random, or nothing is left."""
        return bool((self.evaluation | self.audit).any() or (len(self.labels) and self.labelled.all()))

    @cached_property
    def pool_order(self) -> np.ndarray:
        """Rows of the labelled images of the pool, in the order in which they were chosen."""
        rows = np.flatnonzero(self.labelled & ~self.evaluation)
        return rows[np.argsort(self.place[rows], kind="stable")]
