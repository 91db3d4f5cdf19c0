"""The noun of an experiment's images: files whose true class is known."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vabal_core.types import Scale, StudioError

TEST_SHARE = 0.2  # of each class, where a source states no split


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """N labelled images. Row i of every array is image i; each class of `class_names` has at least one image."""

    name: str
    files: tuple[str, ...]
    fingerprints: tuple[str, ...]  # SHA-256 of each file, hexadecimal, distinct
    truth: np.ndarray  # (N,) int64, rows of class_names
    test: np.ndarray | None  # (N,) bool: never asked for, measured on; None where the source states no split
    class_names: tuple[str, ...]
    scale: Scale | None = None  # by which values of more than 8 bits are read

    def subset(self, rows: np.ndarray) -> "Source":
        """The images of `rows`, in that order, all classes kept; ValueError where one of them would be left empty."""
        truth = self.truth[rows]
        missing = sorted(set(range(len(self.class_names))) - set(truth.tolist()))
        if missing:
            raise ValueError(f"no image of {self.class_names[missing[0]]} is left in {self.name}; keep more images")
        return replace(
            self,
            files=tuple(self.files[row] for row in rows),
            fingerprints=tuple(self.fingerprints[row] for row in rows),
            truth=truth,
            test=None if self.test is None else self.test[rows],
        )


def test_count(images: int) -> int:
    """How many images of a class are set aside for measuring where no split is stated: one at least, none of one."""
    return max(1, round(TEST_SHARE * images)) if images > 1 else 0


def labelled_source(
    name: str,
    files: Sequence[str],
    fingerprints: Sequence[str],
    labels: Sequence[str],
    test: Sequence[bool],
    class_order: Sequence[str] = (),
    scale: Scale | None = None,
) -> Source:
    """A source of images with a label each. `test` without one True means that no split is stated.

    Classes come in the order of `class_order`, those without an image left out; by default by name, numbers by value.
    StudioError where fewer than two classes are left, or where all images are test images.
    """
    present = set(labels)
    names = [label for label in class_order if label in present] or sorted(present, key=_by_value)
    if len(names) < 2:
        if not names:
            raise StudioError(f"{name} holds no labelled image: labels come from class folders, or from a table there.")
        raise StudioError(
            f"An experiment on {name} needs labels of two classes; it has one class ({names[0]}). Label more images."
        )
    if all(test):
        raise StudioError(f"Every labelled image of {name} is stated as test: nothing is left to choose from.")
    numbers = {label: number for number, label in enumerate(names)}
    return Source(
        name=name,
        files=tuple(files),
        fingerprints=tuple(fingerprints),
        truth=np.array([numbers[label] for label in labels], np.int64),
        test=np.array(test, bool) if any(test) else None,
        class_names=tuple(names),
        scale=scale,
    )


def _by_value(label: str) -> tuple[int, str]:
    return (int(label), label) if label.isdecimal() else (-1, label)
