"""Who is asked for labels in an experiment: knows the truth, tells what it is asked for, and counts."""

from collections.abc import Sequence

import numpy as np

from vabal_core.types import UNLABELLED


class Oracle:
    """The true classes (N,) of images, each told once. `labels` (N,) are those told so far, else UNLABELLED."""

    def __init__(self, truth: np.ndarray, never: np.ndarray) -> None:
        """`never` (N,) bool: images that nobody may ask for, because they are measured on."""
        self._truth, self._never = truth, never
        self.labels = np.full(len(truth), UNLABELLED, np.int64)

    @property
    def asked(self) -> np.ndarray:
        """Which images it was asked for, bool (N,)."""
        return self.labels != UNLABELLED

    def ask(self, rows: np.ndarray) -> np.ndarray:
        """The classes (k,) of images, distinct and not asked for before. ValueError where they are not, or are images
        that are measured on: then nothing is told."""
        for forbidden, why in ((self._never, "is measured on"), (self.asked, "was labelled before")):
            if forbidden[rows].any():
                raise ValueError(f"image {_first(rows, forbidden)} {why}: it cannot be asked for")
        if len(np.unique(rows)) < len(rows):
            raise ValueError(f"of {len(rows)} images asked for {len(np.unique(rows))} are distinct")
        self.labels[rows] = self._truth[rows]
        return self._truth[rows]


def _first(rows: Sequence[int], mask: np.ndarray) -> int:
    return int(next(row for row in rows if mask[row]))
