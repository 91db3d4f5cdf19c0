"""The noun of an experiment's images: files whose true class is known."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """N labelled images. Row i of every array is image i; a class of `class_names` has one image at least."""

    name: str
    files: tuple[str, ...]
    fingerprints: tuple[str, ...]  # SHA-256 of each file, hexadecimal, distinct
    truth: np.ndarray  # (N,) int64, rows of class_names
    test: np.ndarray | None  # (N,) bool: never asked for, measured on; None where the source states no split
    class_names: tuple[str, ...]

    def subset(self, rows: np.ndarray) -> "Source":
        """The images of `rows`, in that order, all classes kept; ValueError where one of them would be left empty."""
        truth = self.truth[rows]
        if len(np.unique(truth)) < len(self.class_names):
            missing = sorted(set(range(len(self.class_names))) - set(truth.tolist()))
            raise ValueError(f"no image of {self.class_names[missing[0]]} is left in {self.name}; keep more images")
        return replace(
            self,
            files=tuple(self.files[row] for row in rows),
            fingerprints=tuple(self.fingerprints[row] for row in rows),
            truth=truth,
            test=None if self.test is None else self.test[rows],
        )
