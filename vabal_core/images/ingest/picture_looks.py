"""Looks into the pictures of a source, as those need them who ask what its files are for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from vabal_core.images.ingest.few_values import Look, look_at
from vabal_core.images.ingest.same_picture import same_picture

SAMPLE = 12  # files looked at before a group of them is judged
_NEAR = 0.02  # a mask may be smaller than its picture, and off by a pixel


class PictureLooks:
    """What the pictures at paths hold, `files` saying where these lie."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files

    def look(self, path: str) -> Look:
        return look_at(self._files[path]).look

    def size(self, path: str) -> tuple[int, int]:
        """(width, height), (0, 0) where a look cannot tell."""
        return look_at(self._files[path]).size

    def same(self, path: str, other: str) -> bool:
        """Whether both show the same picture."""
        return same_picture(self._files[path], self._files[other])

    def all_masks(self, paths: Sequence[str]) -> bool:
        """Whether a sample of the pictures holds a few values each, and not one value everywhere."""
        looks = self._sample(paths)
        return looks["picture"] == 0 and looks["few values"] > 0

    def any_pictures(self, paths: Sequence[str]) -> bool:
        """Whether a sample of the pictures holds one of many values."""
        return self._sample(paths)["picture"] > 0

    def all_pictures(self, paths: Sequence[str]) -> bool:
        return self._sample(paths).keys() == {"picture"}

    def of_one_shape(self, paths: Sequence[str], others: Sequence[str]) -> bool:
        """Whether each of a sample of the pictures is as wide for its height as one of a sample of the others."""
        shapes = {self._shape(path) for path in sample_of(others)}
        return all(
            any(abs(self._shape(path) - shape) <= _NEAR * shape for shape in shapes) for path in sample_of(paths)
        )

    def _shape(self, path: str) -> float:
        width, height = self.size(path)
        return width / max(1, height)

    def _sample(self, paths: Sequence[str]) -> Counter[Look]:
        return Counter(self.look(path) for path in sample_of(paths))


def sample_of(paths: Sequence[str]) -> Sequence[str]:
    """A few of the paths, from the first to the last."""
    return paths[:: max(1, len(paths) // SAMPLE)][:SAMPLE]
