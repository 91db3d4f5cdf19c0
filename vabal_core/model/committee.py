"""What the members of a committee say of images, summed one member after the other: memory does not grow with them."""

import numpy as np
from scipy.special import entr

from vabal_core.types import Committee


class Tally:
    """Sums over the members so far, for M images and C classes."""

    def __init__(self, images: int, class_count: int) -> None:
        self._probabilities = np.zeros((images, class_count))
        self._entropy = np.zeros(images)
        self._votes = np.zeros((images, class_count))

    def add(self, part: slice, probabilities: np.ndarray) -> None:
        """What one member says of the images `part`: probabilities (n, C) float64, whose rows sum to 1.

        FloatingPointError where one is not finite.
        """
        if not np.isfinite(probabilities).all():
            raise FloatingPointError("a member of the committee gives probabilities that are not finite: it diverged")
        self._probabilities[part] += probabilities
        self._entropy[part] += entr(probabilities).sum(1)  # entr(0) is 0
        self._votes[part][np.arange(len(probabilities)), probabilities.argmax(1)] += 1

    def committee(self, members: int) -> Committee:
        """The means over so many members, each of whom has spoken once of every image."""
        return Committee(
            probabilities=self._probabilities / members, entropy=self._entropy / members, votes=self._votes / members
        )
